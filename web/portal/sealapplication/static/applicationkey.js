// The key of a mail comes in the address's fragment. It is taken out of the address, so that it stays in no history, and typed for the
// person, who presses the button: programs that read mails follow links, and press nothing.

// @ts-check

const key = /** @type {HTMLInputElement} */ (document.getElementById("key"));

function take() {
  const brought = window.location.hash.slice(1);
  if (!brought) return;
  window.history.replaceState(null, "", window.location.pathname);
  key.value = brought.slice(0, key.maxLength);
  document.getElementById("resume")?.focus();
}

take();
window.addEventListener("hashchange", take); // another mail's link, opened while this page is shown
