// The button that shows the state of the card: the extension's own page does, and this page hears nothing of it.

// @ts-check

import { openSetup } from "/static/client.js";

const button = /** @type {HTMLButtonElement | null} */ (document.getElementById("card-state"));
const state = document.getElementById("card-state-status");

if (button && state) {
  button.hidden = false;
  button.addEventListener("click", async () => {
    try {
      await openSetup({ language: document.documentElement.lang === "en" ? "en" : "tr" });
      say("opened", state.dataset.opened ?? "");
    } catch (error) {
      const { code, message } = /** @type {import("/static/client.js").EOnayError} */ (error);
      if (code === "extension_missing") say("missing", state.dataset.missing ?? "");
      else say("failed", message);
    }
  });
}

/** @type {(name: string, text: string) => void} */
function say(name, text) {
  if (!state) return;
  state.textContent = text;
  state.className = name === "opened" ? "notice" : "notice look";
  state.dataset.state = name;
  if (name === "missing") {
    const link = document.createElement("a");
    link.href = "/kurulum";
    link.textContent = document.querySelector('footer a[href="/kurulum"]')?.textContent ?? "";
    state.append(" ", link);
  }
}
