"use strict";

// What is in every page of an admitted site from its start, before any script of the page, in a world of its own. It says
// that the extension is there, sees the person's presses, and keeps what the page says to us until the bridge is there,
// which the broker puts into the document then. A page that never asks has these few lines, which read of a message only
// to whom it is said.

const resident = (() => {
  const extension = chrome.runtime.getManifest().version;
  const attribute = "data-eonay"; // protocol.PageAttribute
  const maxKept = 16_384; // messages, before the bridge is there
  const wakeEvery = 1_000; // milliseconds

  // The person's last press, until a window was opened for it: {at, since, x, y}. `at` is as of performance.now(), `since`
  // as of Date.now(), for the broker to compare with other documents' presses; x and y, missing of a key, are on the screen.
  let pressed = null;
  let pressing = false; // a press has begun whose click has not come yet
  let wokenAt = -Infinity;
  const listeners = { __proto__: null }; // by the kind of messages that they hear
  let kept = []; // the messages without a listener yet: [kind, data, at]
  let loading = false;

  globalThis[Symbol.for("eonay")] = true; // for the broker's look
  root().setAttribute(attribute, extension);
  window.addEventListener("message", hear);
  for (const type of ["pointerdown", "keydown"]) window.addEventListener(type, press, true); // before any of the page's
  for (const type of ["pointerup", "pointercancel", "keyup"]) window.addEventListener(type, letGo, true);
  window.addEventListener("click", click, true);

  // root asks the browser's own getter: an element of the page stands in the place of a document's property of its name
  // (<img name="documentElement">).
  function root() {
    return Object.getOwnPropertyDescriptor(Document.prototype, "documentElement").get.call(document);
  }

  // --- messages -----------------------------------------------------------------------------------

  function own(object, key) {
    return Object.hasOwn(object, key) ? object[key] : undefined;
  }

  // kindOf tells in whose words a message is, ours or Web eID's; null of any other.
  function kindOf(data) {
    if (typeof data !== "object" || data === null) return null;
    if (own(data, "to") === "extension") return "eonay";
    const action = own(data, "action");
    return typeof action === "string" && action.startsWith("web-eid:") ? "web-eid" : null;
  }

  function hear(event) {
    if (event.source !== window || event.origin !== location.origin) return;
    const kind = kindOf(event.data);
    if (kind === null) return;
    const at = navigator.userActivation.isActive ? performance.now() : Infinity; // long after any press
    if (listeners[kind] !== undefined) return listeners[kind](event.data, at);
    if (kept.length < maxKept) kept.push([kind, event.data, at]);
    load();
  }

  // load has the broker put the bridge here. Where it does not, what the page has asked is refused.
  async function load() {
    if (loading) return;
    loading = true;
    const { problem, message } = await ask({ type: "load" });
    loading = false;
    if (problem === undefined) return;
    for (const [kind, data] of kept.splice(0)) {
      const [eonay, id] = [own(data, "eonay"), own(data, "id")];
      if (kind !== "eonay" || typeof id !== "string") continue;
      window.postMessage({ eonay, to: "page", id, type: "failed", body: { code: problem, message } }, location.origin);
    }
  }

  // ask sends a message to the broker. It answers {problem: code} for whatever goes wrong.
  async function ask(message) {
    // An extension that was removed leaves its content scripts behind, without runtime.
    if (chrome.runtime?.id === undefined) return { problem: "extension_missing" };
    try {
      const answer = await chrome.runtime.sendMessage(message);
      return typeof answer === "object" && answer !== null ? answer : { problem: "window_failed" };
    } catch {
      return { problem: chrome.runtime?.id === undefined ? "extension_missing" : "window_failed" };
    }
  }

  // --- presses ------------------------------------------------------------------------------------

  function press(event) {
    if (!event.isTrusted || event.repeat) return;
    pressing = true;
    pressed = { at: performance.now(), since: Date.now() };
    if (event.type === "pointerdown") Object.assign(pressed, { x: event.screenX, y: event.screenY });
    wake();
  }

  // wake starts the broker, which the browser may have stopped, in a page that has asked before: while the person lets go
  // of the button.
  function wake() {
    if (listeners.eonay === undefined || pressed.at - wokenAt < wakeEvery) return;
    wokenAt = pressed.at;
    ask({ type: "wake" });
  }

  // letGo keeps the press of whoever holds a button down for long: pages hear of it now. A click that comes of it comes
  // before the timer; only that of a finger may come later.
  function letGo(event) {
    if (!event.isTrusted) return;
    if (pressed !== null && event.type !== "pointercancel") pressed.at = performance.now();
    if (event.type !== "pointerup" || event.pointerType === "mouse") setTimeout(() => { pressing = false; });
  }

  // click takes a click that no pointer and no key has begun for a press: a screen reader makes such in Firefox. A label's
  // press makes two clicks, the second before the timer.
  function click(event) {
    if (!event.isTrusted) return;
    if (!pressing) pressed = { at: performance.now(), since: Date.now() };
    pressing = true;
    setTimeout(() => { pressing = false; });
  }

  return {
    extension,
    root,
    ask,
    // listen has f called with each message of a kind, those that have come already too, and when it came.
    listen(kind, f) {
      const mine = kept.filter((message) => message[0] === kind);
      kept = kept.filter((message) => message[0] !== kind);
      listeners[kind] = f;
      for (const [, data, at] of mine) f(data, at);
    },
    pressed: () => pressed,
    forgetPress() {
      pressed = null;
    },
  };
})();
