"use strict";
// A telephone: claims a number, then talks to the simulator over one WebSocket.

const $ = (id) => document.getElementById(id);
const KEYS = ["1", "2", "3", "4", "5", "6", "7", "8", "9", "*", "0", "#"];
const KEY_NAMES = { "*": "star", "#": "hash" };
const TONES = {
  1: [697, 1209], 2: [697, 1336], 3: [697, 1477], 4: [770, 1209], 5: [770, 1336], 6: [770, 1477],
  7: [852, 1209], 8: [852, 1336], 9: [852, 1477], "*": [941, 1209], 0: [941, 1336], "#": [941, 1477],
};
const STATES = {
  off: "Switched off", on: "Waiting for a call", ringing: "Ringing", talking: "On the phone",
  holding: "Being connected",
};
const ENDINGS = {
  app_hung_up: "The caller hung up.", patient_hung_up: "You hung up.", declined: "You declined.",
  no_answer: "Nobody answered.", cancelled_ringing: "The caller gave up.",
  transferred: "You were connected to somebody else.", reset: "The simulator was reset.",
  over_line_limit: "A call was turned away: the caller has too many lines open.",
};
const VOICES = {
  tone: "The caller's voice is a tone for every letter here; recordings are heard as they are. Words " +
    "are heard where espeak-ng is installed beside the simulator, or let the browser read.",
  "espeak-ng": "The caller's voice is espeak-ng's here, not Azure's.",
};
// Where the mute switch is remembered.
const MUTED = "ringwell-phone-muted";

let socket = null;
let claim = null;
let caller = "";
let speaking = null;
let ringer = null;
let audio = null;
let loudness = null;

function show(state) {
  document.body.dataset.state = state;
  $("state").textContent = STATES[state];
  const off = state === "off";
  $("switch").textContent = off ? "Switch on" : "Switch off";
  $("number").readOnly = !off;
  const deaf = state !== "talking";
  for (const control of document.querySelectorAll("#keypad button, #say, #words, #silent")) {
    control.disabled = deaf;
  }
  document.title = (state === "ringing" ? "☎ Ringing – " : "") + "Telephone – simulator";
  if (state !== "ringing") stopRinging();
}

function announce(text) { $("announce").textContent = text; }

function complain(text) { $("mistake").textContent = text; }

function write(kind, text, note, language) {
  const line = document.createElement("li");
  line.className = kind;
  if (note) {
    const small = document.createElement("small");
    small.textContent = note;
    line.append(small);
  }
  const words = document.createElement("span");
  words.dir = "auto";
  if (language) words.lang = language;
  words.textContent = text;
  line.append(words);
  $("transcript").append(line);
  $("nothing-said").hidden = true;
}

// The line

async function switchOn() {
  const number = $("number").value.trim();
  complain("");
  let answer;
  try {
    answer = await fetch(`/control/phones/${encodeURIComponent(number)}`, { method: "POST" });
  } catch {
    complain("The simulator does not answer.");
    return;
  }
  if (!answer.ok) {
    complain(await answer.text());
    return;
  }
  claim = await answer.json();
  $("voice").textContent = VOICES[claim.voice] || "";
  const address = new URL(claim.line, location.href);
  address.protocol = address.protocol.replace("http", "ws");
  socket = new WebSocket(address);
  socket.onmessage = (event) => take(JSON.parse(event.data));
  socket.onclose = switchedOff;
}

function switchOff() {
  if (socket) socket.close();
}

function switchedOff() {
  socket = claim = null;
  stopSpeaking(true);
  show("off");
  $("caller").textContent = "";
  announce("This phone is switched off.");
}

function send(what, more = {}) {
  if (socket && socket.readyState === WebSocket.OPEN) {
    socket.send(JSON.stringify({ do: what, ...more }));
  }
}

const TAKE = {
  ready(message) {
    show("on");
    $("caller").textContent = `This phone is ${message.number}.`;
    announce(`This phone is ${message.number}. Waiting for a call.`);
  },
  ring(message) {
    caller = message.name ? `${message.name}, ${message.caller}` : message.caller;
    $("transcript").replaceChildren();
    $("nothing-said").hidden = false;
    show("ringing");
    $("caller").textContent = caller;
    announce(`Ringing: ${caller}`);
    startRinging();
    if (document.activeElement === document.body || $("handset").contains(document.activeElement)
        || document.activeElement === $("switch")) {
      $("answer").focus();
    }
  },
  answered() {
    show("talking");
    $("prompt").replaceChildren();
    listenFor(null);
    $("state").focus();
  },
  prompt(message) { stopSpeaking(false); speak(message.prompts); },
  listen(message) { listenFor(message); },
  quiet() { stopSpeaking(false); },
  you(message) {
    const said = message.key === undefined ? message.text : `Key ${message.key}`;
    const label = message.heard_as || message.means;
    write("you", said, label ? `understood as ${label}` : null);
  },
  hold(message) {
    show("holding");
    listenFor(null);
    write("note", `You are being connected to ${message.number}.`);
    announce("You are being connected.");
  },
  over(message) {
    const text = ENDINGS[message.ending] || "The call has ended.";
    const hadFocus = $("handset").contains(document.activeElement);
    stopSpeaking(false);
    show("on");
    write("note", text);
    announce(text);
    $("caller").textContent = claim ? `This phone is ${claim.number}.` : "";
    if (hadFocus) $("state").focus();
  },
  released() { write("note", "This phone was switched off."); },
  mistake(message) { complain(message.text); },
};

function take(message) {
  complain("");
  // After a transfer that failed the caller speaks again.
  if (document.body.dataset.state === "holding" && message.type === "prompt") show("talking");
  const what = TAKE[message.type];
  if (what) what(message);
}

function listenFor(message) {
  const labels = {};
  let text = "";
  if (message) {
    for (const choice of message.choices) if (choice.key) labels[choice.key] = choice.label;
    const names = message.choices.map((choice) => choice.label).join(", ");
    text = {
      choices: `words or a key: ${names}.`,
      dtmf: message.tones === 1 ? "one key." : `up to ${message.tones} keys.`,
      speech: "your own words.",
      speechOrDtmf: "your own words, or a key.",
    }[message.input];
    text = `The caller listens for ${text}`;
  }
  $("listening").textContent = text;
  for (const button of $("keypad").children) {
    const label = labels[button.dataset.key] || "";
    button.lastChild.textContent = label;
    const name = KEY_NAMES[button.dataset.key] || button.dataset.key;
    button.setAttribute("aria-label", label ? `${name}, ${label}` : name);
  }
}

// What the caller says, word by word

function speak(prompts) {
  if (!prompts.length) return;
  const box = $("prompt");
  box.replaceChildren();
  const words = [];
  let at = 0;
  for (const prompt of prompts) {
    const spoken = prompt.text.split(/\s+/).filter(Boolean);
    for (const word of spoken) {
      const span = document.createElement("span");
      span.className = "ahead";
      span.textContent = `${word} `;
      if (prompt.locale) span.lang = prompt.locale;
      box.append(span);
      words.push({ span, at });
      at += (1000 * prompt.seconds) / spoken.length;
    }
  }
  const text = prompts.map((prompt) => prompt.text).join(" ");
  const began = performance.now();
  speaking = { words, next: 0, text, language: prompts[0].locale, timer: null, began, end: at, sounds: [] };
  announce(text);
  readAloud(prompts);
  playSounds(prompts, speaking);
  sayNextWord();
}

function sayNextWord() {
  const now = speaking;
  if (!now) return;
  if (now.next >= now.words.length) {
    speaking = null;
    write("caller", now.text, null, now.language);
    return;
  }
  now.words[now.next++].span.className = "";
  const following = now.next < now.words.length ? now.words[now.next].at : now.end;
  now.timer = setTimeout(sayNextWord, now.began + following - performance.now());
}

function stopSpeaking(forGood) {
  if (window.speechSynthesis && (forGood || speaking)) speechSynthesis.cancel();
  const now = speaking;
  if (!now) return;
  speaking = null;
  clearTimeout(now.timer);
  for (const sound of now.sounds) sound.stop();
  const said = now.words.slice(0, now.next).map((word) => word.span.textContent).join("");
  write("caller", said.trim() + (now.next < now.words.length ? " …" : ""), null, now.language);
  for (const word of now.words) word.span.className = word.span.className ? "ahead" : "cut";
}

function readAloud(prompts) {
  if (!$("speak").checked || !window.speechSynthesis) return;
  for (const prompt of prompts) {
    if (isRecording(prompt)) continue;
    const utterance = new SpeechSynthesisUtterance(prompt.text);
    if (prompt.locale) utterance.lang = prompt.locale;
    speechSynthesis.speak(utterance);
  }
}

// What the caller says, heard: every sound at its place among the words. A browser plays
// nothing before a click, so the first one, on "Switch on", opens the loudspeaker.

function openLoudspeaker() {
  if (!audio) {
    audio = new AudioContext();
    loudness = audio.createGain();
    loudness.connect(audio.destination);
    mute();
  }
  audio.resume();
}

function mute() {
  if (loudness) loudness.gain.value = $("mute").checked ? 0 : 1;
}

function playSounds(prompts, mine) {
  if (!audio) return;
  let at = 0;
  for (const prompt of prompts) {
    const isRead = $("speak").checked && window.speechSynthesis && !isRecording(prompt);
    if (prompt.sound && !isRead) playSound(prompt.sound, mine, at);
    at += 1000 * prompt.seconds;
  }
}

async function playSound(number, mine, at) {
  const address = new URL(claim.line, location.href);
  address.pathname = address.pathname.replace(/line$/, `sounds/${number}`);
  let buffer;
  try {
    const answer = await fetch(address);
    if (!answer.ok) return;
    buffer = await audio.decodeAudioData(await answer.arrayBuffer());
  } catch {
    return; // the words are on the screen all the same
  }
  if (speaking !== mine) return;
  const sound = audio.createBufferSource();
  sound.buffer = buffer;
  sound.connect(loudness);
  const wait = (mine.began + at - performance.now()) / 1000;
  sound.start(audio.currentTime + Math.max(0, wait), Math.max(0, -wait));
  mine.sounds.push(sound);
  document.body.dataset.heard = String(Number(document.body.dataset.heard || 0) + 1);
}

function isRecording(prompt) { return prompt.text.startsWith("[recording "); }

// Other sounds, off until asked for

function beep(frequencies, seconds, volume = 0.06) {
  if (!$("sound").checked || !audio) return;
  for (const frequency of frequencies) {
    const tone = audio.createOscillator();
    const gain = audio.createGain();
    tone.frequency.value = frequency;
    gain.gain.value = volume;
    tone.connect(gain).connect(audio.destination);
    tone.start();
    tone.stop(audio.currentTime + seconds);
  }
}

function startRinging() {
  stopRinging();
  beep([440, 480], 2);
  ringer = setInterval(() => beep([440, 480], 2), 6000);
}

function stopRinging() {
  clearInterval(ringer);
  ringer = null;
}

// What the person does

function press(key) {
  if (document.body.dataset.state !== "talking") return;
  beep(TONES[key], 0.15);
  send("press", { key });
}

function makeKeypad() {
  for (const key of KEYS) {
    const button = document.createElement("button");
    button.type = "button";
    button.dataset.key = key;
    button.append(key, document.createElement("small"));
    button.setAttribute("aria-label", KEY_NAMES[key] || key);
    button.addEventListener("click", () => press(key));
    $("keypad").append(button);
  }
}

async function suggestNumbers() {
  try {
    const known = await (await fetch("/control/phones")).json();
    for (const number of known.suggested) {
      const option = document.createElement("option");
      option.value = number;
      $("numbers").append(option);
    }
  } catch { /* the number can be typed */ }
}

$("claim").addEventListener("submit", (event) => {
  event.preventDefault();
  openLoudspeaker();
  if (socket) switchOff(); else switchOn();
});
$("say-form").addEventListener("submit", (event) => {
  event.preventDefault();
  const text = $("words").value.trim();
  if (!text) return;
  send("say", { text, language: $("language").value });
  $("words").value = "";
});
$("language").addEventListener("change", () => { $("words").lang = $("language").value; });
$("answer").addEventListener("click", () => {
  openLoudspeaker();
  send("answer");
});
$("decline").addEventListener("click", () => send("decline"));
$("silent").addEventListener("click", () => send("silence"));
$("hang-up").addEventListener("click", () => send("hang_up"));
$("mute").addEventListener("change", () => {
  mute();
  try { localStorage.setItem(MUTED, $("mute").checked ? "1" : ""); } catch { /* not remembered */ }
});
$("sound").addEventListener("change", () => {
  openLoudspeaker();
  if ($("sound").checked && document.body.dataset.state === "ringing") startRinging();
});
$("speak").addEventListener("change", () => {
  if (!$("speak").checked && window.speechSynthesis) speechSynthesis.cancel();
});
document.addEventListener("keydown", (event) => {
  const typing = event.target.matches("input:not([type=checkbox]), select, textarea");
  if (!typing && !event.ctrlKey && !event.metaKey && !event.altKey && KEYS.includes(event.key)) {
    event.preventDefault();
    press(event.key);
  }
});

try { $("mute").checked = localStorage.getItem(MUTED) === "1"; } catch { /* heard, then */ }
makeKeypad();
show("off");
suggestNumbers();
