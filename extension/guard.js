"use strict";
// @ts-check

// The guard of every page of ours. A press counts only when the person has had the time to see what they press: a page
// can open a window under a hand that is busy with the page, and a screen can change under a hand that is busy with the
// screen before. One rule, for pointer and keyboard alike:
//
// - The guard closes when a screen is drawn or changes by itself, when the window gets or loses the focus, and when it is
//   moved or resized. It opens `settle` milliseconds later, while the window has the focus.
// - A press counts if it began while the guard was open. A key that is held down, and the second press of a double click,
//   do not count.
// - A press that came too early keeps the guard closed for `calm` milliseconds: whoever presses in a rhythm does not read.
// - A question that was drawn before the program runs (question.js) holds the guard closed until the program has drawn.
//
// What gives nothing away passes: the focus moves, text is typed into fields, documents scroll, Escape leaves.
// `data-armed` on the document element tells that the guard is open; until then buttons are aria-disabled.

globalThis.guard = (() => {
  const settle = 500; // milliseconds
  const calm = 1_000; // milliseconds
  const lookAgain = 250; // milliseconds: browsers tell of no movement
  const root = document.documentElement;

  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  let held = false; // the program has not drawn yet
  let due = false; // the guard would be open, but for that
  // Whether the press that has begun counts; null where none has.
  /** @type {boolean | null} */
  let counts = null;
  let began = ""; // the type of the event it has begun with
  let place = "";

  const isOpen = () => root.dataset.armed !== undefined;

  function close(wait = settle) {
    delete root.dataset.armed;
    due = false;
    clearTimeout(timer);
    timer = document.hasFocus() ? setTimeout(open, wait) : undefined;
    if (counts) counts = false; // it began on what was there before
    tell();
  }

  function open() {
    timer = undefined;
    if (!document.hasFocus()) return;
    due = held;
    if (held) return;
    root.dataset.armed = "";
    tell();
  }

  // tell has whoever looks or listens know that the buttons do not work yet.
  function tell() {
    for (const button of document.querySelectorAll("button")) {
      if (isOpen()) button.removeAttribute("aria-disabled");
      else button.setAttribute("aria-disabled", "true");
    }
  }

  // look notices what no event tells: that the window was moved, or has had the focus from the start.
  function look() {
    const now = `${screenX} ${screenY}`;
    if (now !== place || (!isOpen() && !due && timer === undefined && document.hasFocus())) close();
    place = now;
  }

  /** @type {(event: Event, early?: boolean) => void} */
  function begin(event, early = false) {
    look();
    began = event.type;
    counts = !early && isOpen() && document.hasFocus();
    if (counts) return;
    close(calm);
    event.stopImmediatePropagation();
  }

  /** @param {KeyboardEvent} event */
  function keydown(event) {
    const clicks = /** @type {Partial<Element>} */ (event.target).matches?.("button, summary, select, input:not([type=text], [type=password])");
    if (event.key !== "Enter" && !(event.key === " " && clicks)) return;
    begin(event, event.repeat);
    if (!counts) event.preventDefault();
  }

  /**
   * letGo ends a press that no click comes of, as one on a text, so that the next click without a press is not taken for its
   * own. A click comes before the timer; only that of a finger may come later.
   * @param {Event & { pointerType?: string }} event
   */
  function letGo(event) {
    const ends = began === "keydown" ? event.type === "keyup" : event.type === "pointercancel" || event.pointerType === "mouse";
    if (ends) setTimeout(() => { counts = null; });
  }

  /**
   * end lets a click pass whose press counts. A click without a press before it, as assistive technology makes it, is one
   * itself; a press on a label makes a second click, on what is labelled.
   * @param {Event & { detail?: number }} event
   */
  function end(event) {
    if (counts === null) begin(event);
    const passes = counts && !((event.detail ?? 0) > 1);
    setTimeout(() => { counts = null; });
    if (passes) return;
    event.preventDefault();
    event.stopImmediatePropagation();
  }

  // Before all other listeners.
  addEventListener("pointerdown", (event) => begin(event), true);
  addEventListener("keydown", keydown, true);
  for (const type of ["pointerup", "pointercancel", "keyup"]) addEventListener(type, letGo, true);
  addEventListener("click", end, true);
  addEventListener("submit", end, true);
  for (const type of ["focus", "blur", "resize"]) addEventListener(type, (event) => { if (event.target === window) close(); });
  document.addEventListener("visibilitychange", () => close());
  setInterval(look, lookAgain);
  look();

  return {
    // hold keeps the guard closed until the program calls drawn.
    hold() {
      held = true;
      close();
    },
    /**
     * drawn is to be called when something was drawn: `seen` tells that it is a change within the screen that the person has
     * made, as by typing, or none.
     * @param {boolean} seen
     */
    drawn(seen) {
      held = false;
      if (!seen) close();
      else if (due) open();
      else tell();
    },
  };
})();
