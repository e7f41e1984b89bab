// The admin's theme writes the name of a chosen file beside its own kind of field. Ours
// shows the name itself, and has no such place: the theme is told that it is looked after.
document.addEventListener("DOMContentLoaded", () => {
  "use strict";
  for (const input of document.querySelectorAll("input.desk-file")) {
    input.hasChangeListener = true;
  }
});
