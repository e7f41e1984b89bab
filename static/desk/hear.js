// The play buttons: asks for a sound when somebody presses, plays one at a time, and tells how
// long it is and who spoke it. Sounds are kept while the page is open.
(function () {
  "use strict";
  const form = document.getElementById("prompts");
  if (!form) {
    return;
  }
  const words = JSON.parse(document.getElementById("hear-words").textContent);
  const path = JSON.parse(document.getElementById("prompt-path").textContent);
  const whole = document.getElementById("hear-path");
  const tag = document.getElementById("hear-tag");
  //: Milliseconds; the server gives up before.
  const PATIENCE = 20000;
  const kept = new Map();
  let audio = null;
  let playing = null;

  const of = (name, key) => form.querySelector(`[data-${name}="${key}"]`);

  function show(button, state) {
    button.dataset.state = state;
    button.setAttribute("aria-pressed", String(state === "playing"));
    button.firstElementChild.textContent = state === "playing" ? "stop" : "play_arrow";
    const named = button === whole ? words.whole : words.play;
    button.querySelector("[data-word]").textContent = { playing: words.stop, waiting: words.wait }[state] || named;
  }

  function note(key, text, more, wrong) {
    const line = of("hear-note", key);
    line.className = wrong ? "desk-hear-note wrong" : "desk-hear-note";
    line.replaceChildren(text);
    if (more) {
      const small = document.createElement("small");
      small.textContent = more;
      line.append(small);
    }
  }

  function asked(key) {
    const sent = new FormData();
    sent.set("csrfmiddlewaretoken", form.elements.csrfmiddlewaretoken.value);
    sent.set("key", key);
    sent.set("tag", tag.value);
    sent.set("text", of("key", key).value);
    sent.set("sound", of("sound", key) ? of("sound", key).value : "");
    sent.set("ssml", of("ssml", key) ? of("ssml", key).value : "");
    const voice = form.elements[`voice-${tag.value}`] || form.querySelector("[name^=voice-]");
    sent.set("voice", voice ? voice.value : "");
    return sent;
  }

  // A recording that was chosen and not saved yet never leaves this computer.
  function chosenFile(key) {
    const input = form.elements[`file-${key}`];
    const is = of("sound", key) && of("sound", key).value === "file";
    return is && input && input.files.length ? input.files[0] : null;
  }

  async function fetched(key) {
    const file = chosenFile(key);
    if (file) {
      const buffer = await audio.decodeAudioData(await file.arrayBuffer());
      return { buffer, voice: "", standIn: false };
    }
    const sent = asked(key);
    const name = JSON.stringify([...sent].slice(1));
    if (!kept.has(name)) {
      const limit = AbortSignal.timeout(PATIENCE);
      const answer = await fetch(form.dataset.hearAt, { method: "POST", body: sent, signal: limit });
      if (!(answer.headers.get("Content-Type") || "").startsWith("audio/")) {
        const told = await answer.json();
        throw Object.assign(new Error(told.error), { told: true, hint: told.hint });
      }
      kept.set(name, {
        buffer: await audio.decodeAudioData(await answer.arrayBuffer()),
        voice: answer.headers.get("X-Spoken-Voice"),
        standIn: answer.headers.get("X-Spoken-By-Stand-In") === "1",
      });
    }
    return kept.get(name);
  }

  function stop() {
    if (playing) {
      playing.over();
    }
  }

  // Resolves to true when it was heard to its end.
  async function play(key) {
    stop();
    audio = audio || new AudioContext();
    audio.resume();
    const button = of("hear", key);
    const mine = { over: () => {} };
    playing = mine;
    let source = null;
    const ended = new Promise((resolve) => {
      mine.over = (complete) => {
        if (playing === mine) {
          playing = null;
        }
        if (source) {
          source.onended = null;
          source.stop();
        }
        show(button, "");
        resolve(complete === true);
      };
    });
    show(button, "waiting");
    note(key, "");
    try {
      const sound = await fetched(key);
      if (playing !== mine) {
        return false;
      }
      note(key, [sound.voice, sound.standIn ? words.standIn : ""].filter(Boolean).join(" · "));
      form.dispatchEvent(new CustomEvent("heard", { detail: { key, seconds: sound.buffer.duration } }));
      source = audio.createBufferSource();
      source.buffer = sound.buffer;
      source.connect(audio.destination);
      source.onended = () => mine.over(true);
      source.start();
      show(button, "playing");
    } catch (problem) {
      note(key, problem.told ? problem.message : words.lost, problem.hint, true);
      mine.over();
    }
    return ended;
  }

  async function playAll() {
    let wanted = true;
    const button = whole;
    show(button, "playing");
    for (const key of path) {
      if (wanted && of("hear", key)) {
        of("hear", key).closest(".desk-prompt").scrollIntoView({ block: "nearest" });
        wanted = await play(key);
      }
    }
    show(button, "");
  }

  form.addEventListener("click", (event) => {
    const button = event.target.closest("[data-hear]");
    if (button) {
      if (button.dataset.state) {
        stop();
      } else {
        play(button.dataset.hear);
      }
    }
  });
  whole.addEventListener("click", () => (whole.dataset.state ? stop() : playAll()));
})();
