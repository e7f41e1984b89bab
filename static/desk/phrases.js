// Renews a run of the phrase test while it is under way; a button that has the keyboard's focus
// has it again afterwards. When the run is over nothing is asked any more.
(function () {
  "use strict";
  const EVERY = 3000;
  const part = document.getElementById("phrase-run");
  const isOpen = () => part.querySelector("progress") !== null;

  async function renew() {
    if (document.hidden) {
      return;
    }
    const answer = await fetch(part.dataset.url, { credentials: "same-origin" });
    if (answer.redirected) {
      window.location.reload(); // Signed out meanwhile: the login page is due.
    } else if (answer.ok) {
      const hadFocus = part.contains(document.activeElement);
      part.innerHTML = await answer.text();
      if (hadFocus) {
        (part.querySelector("button") || part).focus({ preventScroll: true });
      }
    }
  }

  async function keepUp() {
    if (isOpen()) {
      await renew().catch(() => {});
      setTimeout(keepUp, EVERY);
    }
  }

  if (part && isOpen()) {
    setTimeout(keepUp, EVERY);
  }
})();
