// While somebody types: the preview for an invented patient, the seconds of each
// text and of the whole path. The server judges anew what is sent. Seconds of a text
// that was heard are measured; another letter in it, and they are estimated again.
(function () {
  "use strict";
  const form = document.getElementById("prompts");
  if (!form) {
    return;
  }
  const values = JSON.parse(document.getElementById("prompt-values").textContent);
  const path = JSON.parse(document.getElementById("prompt-path").textContent);
  const perWord = 60 / Number(form.dataset.rate);
  const total = document.getElementById("path-seconds");
  const texts = new Map();
  form.querySelectorAll("textarea[data-key]").forEach((area) => texts.set(area.dataset.key, area));

  const told = JSON.parse(document.getElementById("hear-words").textContent);
  const heard = new Map();

  const of = (name, key) => form.querySelector(`[data-${name}="${key}"]`);

  function fill(text) {
    return text.replace(/\{(\w+)\}/g, (whole, name) => (name in values ? values[name] : whole));
  }

  function words(key) {
    const sound = of("sound", key);
    if (sound && sound.value === "ssml") {
      const read = new DOMParser().parseFromString(of("ssml", key).value, "application/xml");
      return read.querySelector("parsererror") ? "" : read.documentElement.textContent;
    }
    return texts.get(key).value;
  }

  function seconds(key) {
    return fill(words(key)).split(/\s+/).filter(Boolean).length * perWord;
  }

  function state(key) {
    const sound = of("sound", key);
    const voices = [...form.querySelectorAll("[name^=voice-]")].map((field) => field.value);
    const tag = document.getElementById("hear-tag").value;
    return JSON.stringify([words(key), sound ? sound.value : "", voices, tag]);
  }

  function showSeconds(key) {
    const known = heard.get(key);
    const isHeard = known !== undefined && known.state === state(key);
    of("seconds", key).textContent = (isHeard ? known.seconds : seconds(key)).toFixed(1);
    of("measure", key).textContent = isHeard ? told.heard : told.estimated;
  }

  function renew(key) {
    const spoken = fill(words(key)).replace(/\s+/g, " ").trim();
    of("preview", key).textContent = spoken;
    of("preview", key).hidden = spoken === texts.get(key).value.trim();
    showSeconds(key);
    const all = path.reduce((sum, part) => sum + (texts.has(part) ? seconds(part) : 0), 0);
    total.textContent = all.toFixed(0);
    total.closest(".desk-savebar").classList.toggle("too-long", all > 60);
  }

  form.addEventListener("heard", (event) => {
    const { key, seconds } = event.detail;
    heard.set(key, { seconds, state: state(key) });
    showSeconds(key);
  });
  document.addEventListener("input", (event) => {
    if (event.target.id === "hear-tag" || (event.target.name || "").startsWith("voice-")) {
      texts.forEach((_, key) => showSeconds(key));
    }
  });
  form.addEventListener("input", (event) => {
    const data = event.target.dataset;
    const key = data.key || data.sound || data.ssml;
    if (key) {
      renew(key);
    }
  });
  form.addEventListener("change", (event) => {
    if (event.target.type === "file" && event.target.files.length) {
      const sound = of("sound", event.target.name.slice("file-".length));
      if ([...sound.options].some((option) => option.value === "file")) {
        sound.value = "file";
      }
    }
  });
  form.addEventListener("click", (event) => {
    const button = event.target.closest("[data-back]");
    if (button) {
      const key = button.dataset.back;
      texts.get(key).value = button.dataset.shipped;
      const sound = of("sound", key);
      if (sound) {
        sound.value = "";
      }
      renew(key);
      texts.get(key).focus();
    }
  });
  texts.forEach((_, key) => {
    const known = of("seconds", key).dataset.heard;
    if (known && texts.get(key).value === texts.get(key).defaultValue) {
      heard.set(key, { seconds: Number(known), state: state(key) });
    }
    renew(key);
  });
  const wrong = document.querySelector("#form-errors, .desk-error[role=alert]");
  if (wrong) {
    const first = form.querySelector(".desk-error") || wrong;
    first.closest(".desk-prompt, .desk-field, .desk-strip").scrollIntoView({ block: "center" });
  }
})();
