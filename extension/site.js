"use strict";
// @ts-check

// The window that a press on the toolbar button opens: which site the page in the tab is of, and whether E-Onay is to
// work there always. It has no WebAssembly: it must be there at once, and asks one thing. What it is about comes in
// its address, which no page can open.

{
  const api = globalThis.browser ?? globalThis.chrome;
  const query = new URLSearchParams(location.search);
  const state = query.get("state"); // "admitted", "insecure" or "refused"
  const site = new URL(query.get("origin") ?? "");
  /** @type {(id: string) => HTMLElement} */
  const element = (id) => /** @type {HTMLElement} */ (document.getElementById(id));

  show();

  // A second press asks the same once more: the new window takes the place of the old one.
  const others = new BroadcastChannel("site");
  others.addEventListener("message", ({ data }) => { if (data === location.search) close(); });
  others.postMessage(location.search);

  async function show() {
    const language = await readLanguage();
    const messages = await (await fetch(`_locales/${language}/messages.json`)).json();
    /** @type {(id: string, name: string) => void} */
    const say = (id, name) => write(element(id), messages[name].message);
    document.documentElement.lang = language;
    /** @type {NodeListOf<HTMLElement>} */
    const texts = document.querySelectorAll("[data-message]");
    for (const e of texts) write(e, messages[e.dataset.message ?? ""].message);
    element("scheme").textContent = `${site.protocol}//`;
    element("host").textContent = site.host;
    element("encoded").hidden = !site.host.split(".").some((label) => label.startsWith("xn--"));
    const fit = state === "admitted";
    say("title", fit ? "site_title" : "site_unfit");
    say("meaning", fit ? "site_meaning" : state === "insecure" ? "site_insecure" : "site_refused");
    say("close", fit ? "site_now" : "site_close");
    // Of what is private nothing is kept. On this machine "always" would admit the programs of all ports, whoever runs them.
    const keeps = fit && site.protocol === "https:" && !api.extension.inIncognitoContext;
    element("always").hidden = element("ports").hidden = !keeps;
    element("always").addEventListener("click", async () => {
      // In the press itself: Firefox wants it so.
      const kept = await api.permissions.request({ origins: [`https://${site.hostname}/*`] }).catch(() => false);
      element("outcome").hidden = false;
      say("outcome", kept ? "site_kept" : "site_not_kept");
      say("close", "site_close");
      // What was said of this page alone does not hold any more, and the pressed button is gone.
      element("meaning").hidden = element("ports").hidden = element("always").hidden = kept;
      element("close").focus();
      guard.drawn(false);
    });
    element("close").addEventListener("click", close);
    element("settings").addEventListener("click", () => {
      api.runtime.openOptionsPage();
      close();
    });
    document.addEventListener("keydown", (event) => { if (event.key === "Escape") close(); });
    document.title = `${element("title").textContent} – E-Onay`;
    /** @type {HTMLElement} */ (document.querySelector("main")).hidden = false;
    guard.drawn(false);
    element("title").focus();
  }

  /**
   * write sets an element's text, whose lines do not end inside "E-Onay".
   * @type {(element: HTMLElement, text: string) => void}
   */
  function write(element, text) {
    element.replaceChildren(...text.split(/(E-Onay)/).map((part) => {
      if (part !== "E-Onay") return part;
      const word = document.createElement("span");
      word.className = "whole";
      word.textContent = part;
      return word;
    }));
  }

  // readLanguage returns the person's language, else their institution's, else Turkish, as on the settings page.
  async function readLanguage() {
    const { language } = await api.storage.local.get("language");
    return (language ?? (await policy.read()).language) === "en" ? "en" : "tr";
  }

  // close closes the window: window.close is refused where a script did not open it.
  async function close() {
    const tab = await api.tabs.getCurrent();
    if (tab?.id !== undefined) api.tabs.remove(tab.id);
  }
}
