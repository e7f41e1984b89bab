// Renews the home page every few seconds while somebody looks at it. Not while
// a link in it has the keyboard's focus, which a renewal would take away.
(function () {
  "use strict";
  const EVERY = 4000;
  const part = document.getElementById("desk-live");
  if (!part) {
    return;
  }

  async function renew() {
    if (document.hidden || part.contains(document.activeElement)) {
      return;
    }
    const answer = await fetch(part.dataset.url, { credentials: "same-origin" });
    if (answer.redirected) {
      window.location.reload(); // Signed out meanwhile: the login page is due.
    } else if (answer.ok) {
      part.innerHTML = await answer.text();
    }
  }

  setInterval(() => renew().catch(() => {}), EVERY);
})();
