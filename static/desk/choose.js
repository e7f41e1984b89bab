// Lists of which several may be ticked. "All" and the others take each other's place; a
// click on nothing shows what was ticked; Escape, or a click on something else, leaves all as it was.
(function () {
  "use strict";
  for (const list of document.querySelectorAll("[data-choose]")) {
    const boxes = [...list.querySelectorAll("input[type=checkbox]")];
    const all = list.querySelector("[data-all]");
    const narrow = list.querySelector("[data-narrow]");
    const before = boxes.map((box) => box.checked);
    const changed = () => boxes.some((box, place) => box.checked !== before[place]);
    const restore = () => boxes.forEach((box, place) => { box.checked = before[place]; });

    list.addEventListener("change", (event) => {
      if (event.target === all) {
        boxes.forEach((box) => { box.checked = box === all; });
      } else if (boxes.includes(event.target)) {
        all.checked = !boxes.some((box) => box !== all && box.checked);
      }
    });
    list.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && list.open) {
        restore();
        list.open = false;
        list.querySelector("summary").focus();
      }
    });
    list.addEventListener("toggle", () => {
      if (!list.open && changed()) {
        list.closest("form").requestSubmit();
      }
    });
    document.addEventListener("click", (event) => {
      if (!list.open || list.contains(event.target)) {
        return;
      }
      if (event.target.closest("a, button, form, .fc")) {
        restore(); // Who clicks on something else wants that, and not what is ticked.
      }
      list.open = false;
    });
    if (narrow) {
      narrow.hidden = false;
      narrow.addEventListener("input", () => {
        const typed = narrow.value.trim().toLocaleLowerCase();
        for (const row of list.querySelectorAll("[data-row]")) {
          row.hidden = !row.textContent.toLocaleLowerCase().includes(typed);
        }
      });
      narrow.addEventListener("keydown", (event) => {
        if (event.key === "Enter") {
          event.preventDefault(); // It would show what is ticked, not what is typed.
        }
      });
    }
  }
})();
