// The calendar. Times are those of each clinic's own wall: the component
// is told that they are UTC, so that no zone of the browser has a say.
(function () {
  "use strict";
  const room = document.getElementById("calendar-room");
  if (!room || !window.FullCalendar) {
    return;
  }
  const at = (id) => document.getElementById(id);
  const options = JSON.parse(at("calendar-options").textContent);
  const token = room.querySelector("[name=csrfmiddlewaretoken]").value;
  const narrow = window.matchMedia("(max-width: 700px)");
  const names = { day: "timeGridDay", week: "timeGridWeek", list: "listWeek" };
  const EVERY = 20000;
  const loaded = Date.now();
  const wallAtLoad = Date.parse(`${options.now}Z`);
  let dragged = false;
  let undoToken = "";

  // -- what is told

  function tell(words, undo) {
    at("calendar-words").textContent = words;
    undoToken = undo || "";
    at("calendar-undo").hidden = !undoToken;
    at("calendar-told").hidden = !words;
  }

  async function send(url, values) {
    try {
      const answer = await fetch(url, {
        method: "POST",
        body: new URLSearchParams(values),
        credentials: "same-origin",
        headers: { "X-CSRFToken": token },
      });
      if (answer.redirected) {
        window.location.reload(); // Signed out meanwhile: the login page is due.
      }
      return await answer.json();
    } catch {
      return { refused: at("calendar-lost").textContent };
    }
  }

  function agrees(words) {
    const dialog = at("calendar-ask");
    at("calendar-ask-words").replaceChildren(
      ...words.map((text) => {
        const item = document.createElement("li");
        item.textContent = text;
        return item;
      }),
    );
    dialog.returnValue = "no";
    dialog.showModal();
    return new Promise((resolve) => {
      dialog.addEventListener("close", () => resolve(dialog.returnValue === "yes"), { once: true });
    });
  }

  // -- moving

  const wall = (date) => date.toISOString().slice(0, 16);

  async function moved(info) {
    const event = info.event;
    const values = {
      visit: event.id,
      start: wall(event.start),
      minutes: String(Math.round((event.end - event.start) / 60000)),
      seen: event.extendedProps.seen,
    };
    let answer = await send(options.move, values);
    if (answer.ask) {
      if (!(await agrees(answer.ask))) {
        info.revert();
        return;
      }
      answer = await send(options.move, { ...values, agreed: answer.agreed });
    }
    if (answer.told) {
      tell(answer.told, answer.undo);
    } else {
      info.revert();
      tell(answer.refused || (answer.ask || []).join(" "));
    }
    calendar.refetchEvents();
  }

  at("calendar-undo").addEventListener("click", async () => {
    const answer = await send(options.undo, { undo: undoToken });
    tell(answer.told || answer.refused);
    calendar.refetchEvents();
  });

  // -- scheduling

  function schedule(start, minutes) {
    if (options.add) {
      const length = minutes ? `&minutes=${minutes}` : "";
      window.location.assign(`${options.add}&start=${wall(start)}${length}`);
    }
  }

  // -- drawing

  function part(name, text) {
    const element = document.createElement("span");
    element.className = name;
    element.textContent = text;
    return element;
  }

  function draw(info) {
    const more = info.event.extendedProps;
    if (info.event.display === "background") {
      return { domNodes: [part("desk-visit-who", info.event.title)] };
    }
    const list = info.view.type.startsWith("list");
    const head = part("desk-visit-head", "");
    if (list) {
      // The component makes a link of whatever stands in the grid, not in a list.
      const link = document.createElement("a");
      link.href = info.event.url;
      link.textContent = info.event.title;
      head.append(link);
    }
    const sign = part("desk-visit-sign", more.sign);
    sign.setAttribute("aria-hidden", "true");
    head.prepend(sign, list ? " " : ` ${info.event.title}`);
    const rest = [list ? "" : more.time, more.who, list ? more.answer : ""].filter(Boolean).join(" · ");
    return { domNodes: rest ? [head, part("desk-visit-who", rest)] : [head] };
  }

  function mounted(info) {
    const more = info.event.extendedProps;
    if (info.event.display !== "background") {
      const words = [more.time, info.event.title, more.who, more.answer].filter(Boolean).join(", ");
      info.el.title = words;
      if (info.el.matches("a")) {
        info.el.setAttribute("aria-label", words);
      }
    }
  }

  async function load(info, done, failed) {
    const query = `&start=${wall(info.start).slice(0, 10)}&end=${wall(info.end).slice(0, 10)}`;
    try {
      const answer = await fetch(options.feed + query, { credentials: "same-origin" });
      if (answer.redirected) {
        window.location.reload();
      }
      const found = await answer.json();
      at("calendar-cut").textContent = found.cut || found.refused || "";
      at("calendar-cut").hidden = !(found.cut || found.refused);
      done(found.events || []);
    } catch (error) {
      failed(error);
    }
  }

  function view() {
    if (options.view) {
      return narrow.matches && options.view === "week" ? "listWeek" : names[options.view];
    }
    return narrow.matches ? "listDay" : names.week;
  }

  function shown(info) {
    const type = info.view.type;
    at("calendar-title").textContent = info.view.title;
    for (const button of at("calendar-views").children) {
      const mine = names[button.dataset.view];
      const same = type === mine || (type === "listDay" && button.dataset.view === "list");
      button.setAttribute("aria-pressed", String(same));
      if (same) {
        at("calendar-view").value = button.dataset.view;
      }
    }
    const day = wall(info.view.calendar.getDate()).slice(0, 10);
    at("calendar-day").value = day;
    if (at("calendar-add")) {
      at("calendar-add").href = `${options.add}&start=${day}T09:00`;
    }
    const here = new URL(window.location);
    here.searchParams.set("day", day);
    if (at("calendar-view").value) {
      here.searchParams.set("view", at("calendar-view").value);
    }
    window.history.replaceState(null, "", here);
  }

  at("calendar-list").remove();
  const opening = options.hours.map((span) => span.startTime).sort()[0] || "08:00";
  const calendar = new FullCalendar.Calendar(at("calendar"), {
    timeZone: "UTC",
    locale: options.locale,
    now: () => new Date(wallAtLoad + (Date.now() - loaded)).toISOString().slice(0, 19),
    initialDate: options.day,
    initialView: view(),
    headerToolbar: false,
    height: narrow.matches ? "auto" : "calc(100vh - 20rem)",
    allDaySlot: false,
    slotDuration: "00:15:00",
    slotLabelInterval: "01:00",
    slotLabelFormat: { hour: "2-digit", minute: "2-digit", hour12: false },
    eventTimeFormat: { hour: "2-digit", minute: "2-digit", hour12: false },
    dayHeaderFormat: { weekday: "short", day: "numeric", month: "short" },
    scrollTime: opening,
    businessHours: options.hours,
    nowIndicator: true,
    navLinks: true,
    slotEventOverlap: false,
    // Beside more than these a name would be cut to letters: "+3" leads to the others.
    views: { timeGridWeek: { eventMaxStack: 2 }, timeGridDay: { eventMaxStack: narrow.matches ? 2 : 6 } },
    moreLinkDidMount: (info) => info.el.setAttribute("role", "button"),
    noEventsText: at("calendar-none").textContent,
    eventMinHeight: 20,
    eventStartEditable: options.mayMove,
    eventDurationEditable: options.mayMove,
    selectable: Boolean(options.add),
    selectMinDistance: 6,
    selectMirror: true,
    longPressDelay: 500,
    events: load,
    eventContent: draw,
    eventDidMount: mounted,
    eventDragStart: () => { dragged = true; },
    eventDragStop: () => { dragged = false; },
    eventResizeStart: () => { dragged = true; },
    eventResizeStop: () => { dragged = false; },
    eventDrop: moved,
    eventResize: moved,
    dateClick: (info) => schedule(info.date, 0),
    select: (info) => schedule(info.start, Math.round((info.end - info.start) / 60000)),
    datesSet: shown,
    navLinkDayClick: (date) => calendar.changeView(narrow.matches ? "listDay" : names.day, date),
  });
  calendar.render();

  // -- the bar

  const acts = { before: () => calendar.prev(), today: () => calendar.today(), after: () => calendar.next() };
  for (const [name, act] of Object.entries(acts)) {
    at(`calendar-${name}`).addEventListener("click", (event) => {
      event.preventDefault();
      act();
    });
  }
  at("calendar-views").hidden = false;
  at("calendar-hint").hidden = false;
  at("calendar-views").addEventListener("click", (event) => {
    const button = event.target.closest("[data-view]");
    if (button) {
      calendar.changeView(names[button.dataset.view]);
    }
  });
  at("calendar-show").hidden = true;
  at("calendar-day").addEventListener("change", (event) => {
    if (event.target.value) {
      calendar.gotoDate(event.target.value);
    }
  });
  setInterval(() => {
    if (!document.hidden && !dragged && !at("calendar-ask").open) {
      calendar.refetchEvents();
    }
  }, EVERY);
})();
