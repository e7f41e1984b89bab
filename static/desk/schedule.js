// Making an appointment while somebody types: patients found, what stands in the
// way, what will be called when. The server judges anew what is sent.
(function () {
  "use strict";
  const form = document.getElementById("schedule");
  if (!form) {
    return;
  }
  const at = (id) => document.getElementById(id);
  const token = form.querySelector("[name=csrfmiddlewaretoken]").value;
  const PAUSE = 200;

  async function ask(url, body) {
    const answer = await fetch(url, {
      method: "POST",
      body,
      credentials: "same-origin",
      headers: { "X-CSRFToken": token },
    });
    if (answer.redirected) {
      window.location.reload(); // Signed out meanwhile: the login page is due.
    }
    return answer.ok ? answer.json() : null;
  }

  function soon(act) {
    let waiting = 0;
    let round = 0;
    return () => {
      clearTimeout(waiting);
      waiting = setTimeout(() => {
        round += 1;
        const mine = round;
        act(() => mine === round).catch(() => {});
      }, PAUSE);
    };
  }

  // -- what will be called when

  function put(part, html) {
    const focused = part.contains(document.activeElement) ? document.activeElement.id : "";
    part.innerHTML = html;
    if (focused && at(focused)) {
      at(focused).focus({ preventScroll: true });
    }
  }

  const check = soon(async (isNewest) => {
    const found = await ask(form.dataset.check, new FormData(form));
    if (found && isNewest()) {
      put(at("plan"), found.plan);
      at("zone").textContent = found.clock;
      if (at("number")) {
        put(at("number"), found.number);
        put(at("zone-told"), found.zone);
      }
    }
  });

  // -- whose practitioners, whose kinds of visit

  function narrow() {
    const clinic = at("id_clinic").value;
    for (const name of ["practitioner", "type"]) {
      const select = at(`id_${name}`);
      for (const option of select.options) {
        const other = Boolean(option.dataset.clinic) && Boolean(clinic) && option.dataset.clinic !== clinic;
        option.hidden = other;
        option.disabled = other;
        if (other && option.selected) {
          select.value = "";
        }
      }
    }
  }

  // -- the patient: a combobox, as the ARIA practices describe it

  const who = at("id_who");
  const list = at("who-list");
  const patient = at("id_patient");
  let results = [];
  let active = -1;

  who.setAttribute("role", "combobox");
  who.setAttribute("aria-autocomplete", "list");
  who.setAttribute("aria-controls", "who-list");
  who.setAttribute("aria-expanded", "false");
  who.setAttribute("aria-describedby", "who-help");

  function open(isOpen) {
    list.hidden = !isOpen;
    who.setAttribute("aria-expanded", String(isOpen));
    if (!isOpen) {
      active = -1;
      who.removeAttribute("aria-activedescendant");
    }
  }

  function mark(index) {
    active = index;
    [...list.children].forEach((item, n) => item.setAttribute("aria-selected", String(n === index)));
    const item = list.children[index];
    if (item) {
      who.setAttribute("aria-activedescendant", item.id);
      item.scrollIntoView({ block: "nearest" });
    }
  }

  function line(text, role) {
    const item = document.createElement("li");
    item.setAttribute("role", role);
    item.textContent = text;
    return item;
  }

  function show(found) {
    results = found.results;
    list.replaceChildren(
      ...results.map((one, n) => {
        const item = line("", "option");
        item.id = `who-${n}`;
        const name = document.createElement("strong");
        name.textContent = one.name;
        const about = document.createElement("small");
        about.textContent = [one.about, one.trouble].filter(Boolean).join(" · ");
        item.append(name, about);
        return item;
      }),
    );
    if (!results.length) {
      list.append(line(form.dataset.none, "presentation"));
    } else if (found.more) {
      list.append(line(form.dataset.more, "presentation"));
    }
    open(true);
    mark(results.length ? 0 : -1);
  }

  function choose(one) {
    forget();
    patient.value = one.id;
    who.value = one.name;
    at("chosen-name").textContent = one.name;
    at("chosen-about").textContent = one.about;
    at("chosen-trouble").textContent = one.trouble;
    at("chosen").hidden = false;
    open(false);
    check();
  }

  function forget() {
    patient.value = "";
    patient.disabled = false;
    at("chosen").hidden = true;
    const candidates = at("candidates");
    if (candidates) {
      candidates.remove();
    }
  }

  const search = soon(async (isNewest) => {
    const text = who.value.trim();
    if (text.length < 2 || patient.value) {
      open(false);
      return;
    }
    const body = new FormData();
    body.set("q", text);
    const found = await ask(form.dataset.patients, body);
    if (found && isNewest() && who.value.trim() === text && !patient.value && document.activeElement === who) {
      show(found);
    }
  });

  who.addEventListener("input", () => {
    forget();
    search();
  });
  who.addEventListener("keydown", (event) => {
    const last = results.length - 1;
    if (event.key === "ArrowDown" && !list.hidden && last >= 0) {
      mark(active >= last ? 0 : active + 1);
    } else if (event.key === "ArrowDown") {
      search();
    } else if (event.key === "ArrowUp" && !list.hidden && last >= 0) {
      mark(active <= 0 ? last : active - 1);
    } else if (event.key === "Enter" && !list.hidden && results[active]) {
      choose(results[active]);
      at("id_day").focus();
    } else if (event.key === "Enter" && !patient.value) {
      search(); // Still looking: Enter sends nothing before somebody is chosen.
    } else if (event.key === "Escape" && !list.hidden) {
      open(false);
    } else {
      return;
    }
    event.preventDefault();
  });
  who.addEventListener("blur", () => {
    // Leaving by Tab takes what is marked; by mouse, what is pressed.
    setTimeout(() => {
      if (!list.hidden && results[active] && !patient.value) {
        choose(results[active]);
      }
      open(false);
    }, 150);
  });
  list.addEventListener("mousedown", (event) => {
    event.preventDefault();
    const item = event.target.closest("[role=option]");
    if (item) {
      choose(results[[...list.children].indexOf(item)]);
    }
  });

  // -- everything else

  form.addEventListener("input", (event) => {
    if (event.target !== who) {
      check();
    }
  });
  form.addEventListener("change", (event) => {
    if (event.target === at("id_clinic")) {
      narrow();
    }
    if (event.target === at("id_new") && event.target.checked) {
      forget();
      open(false);
      if (!at("id_new-name").value) {
        at("id_new-name").value = who.value.replace(/[\d+()]/g, "").trim();
      }
      who.value = "";
      at("id_new-name").focus();
    }
    check();
  });

  at("check").hidden = true; // It checks by itself.
  narrow();
  const wrong = form.querySelector(".desk-error[role=alert]");
  const field = wrong && wrong.closest(".desk-field");
  const first = at("candidates") || field;
  if (at("id_agreed").value && !wrong) {
    at("save").focus();
  } else if (first) {
    const input = first.querySelector("input:not([type=hidden]), select");
    if (input) {
      input.focus();
    }
  } else {
    (patient.value ? at("id_day") : who).focus();
  }
  if (at("id_day").value || patient.value) {
    check();
  }
})();
