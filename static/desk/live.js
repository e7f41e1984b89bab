// Renews the home page every few seconds while somebody looks at it; a link that
// has the keyboard's focus has it again afterwards.
(function () {
  "use strict";
  const EVERY = 4000;
  const part = document.getElementById("desk-live");
  if (!part) {
    return;
  }

  async function renew() {
    if (document.hidden) {
      return;
    }
    const answer = await fetch(part.dataset.url, { credentials: "same-origin" });
    if (answer.redirected) {
      window.location.reload(); // Signed out meanwhile: the login page is due.
    } else if (answer.ok) {
      const text = await answer.text();
      const links = () => [...part.querySelectorAll("a[href]")];
      const focused = links().find((link) => link === document.activeElement);
      const place = focused && links().filter((link) => link.href === focused.href).indexOf(focused);
      part.innerHTML = text;
      if (focused) {
        const again = links().filter((link) => link.href === focused.href)[place];
        if (again) {
          again.focus({ preventScroll: true });
        }
      }
    }
  }

  setInterval(() => renew().catch(() => {}), EVERY);
})();
