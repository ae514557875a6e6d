// Screen 2/2 of every act: the code and its countdown, on a page as page.js has it.

// @ts-check

import * as page from "/static/page.js";

export * from "/static/page.js";

/** @type {(id: string) => any} */
const part = (id) => document.getElementById(id);
/** @type {[HTMLElement, HTMLButtonElement, HTMLElement]} */
const [copy, newCode, remaining] = [part("copy"), part("new-code"), part("remaining")];

/** @type {string} */
export const code = part("code").dataset.code;

const end = Date.now() + Number(remaining.dataset.seconds) * 1000;

/**
 * begin brings the page to life, as that of page.js does. There is nothing to press for once the code is over.
 * @param {import("/static/page.js").Work} work
 */
export function begin(work) {
  copy.hidden = false;
  page.begin({ ...work, open: () => secondsLeft() > 0, updated });
}

function updated() {
  const left = secondsLeft();
  newCode.disabled = page.busy;
  page.button.classList.toggle("primary", left > 0);
  newCode.classList.toggle("primary", left === 0);
}

// secondsLeft is rounded up, as the portal's own figure is: at 0 the portal no longer takes the code.
function secondsLeft() {
  return Math.max(0, Math.ceil((end - Date.now()) / 1000));
}

function tick() {
  const left = secondsLeft();
  const before = Number(remaining.dataset.seconds);
  const { over = "", text = "" } = remaining.dataset;
  remaining.dataset.seconds = String(left);
  remaining.textContent = left === 0 ? over : text.replace("{n}", String(left));
  remaining.toggleAttribute("data-low", left < 60);
  if (left === 0) clearInterval(ticking);
  if (!page.busy && before > 60 && left <= 60) page.say("minute");
  if (left === 0) page.update();
}

copy.addEventListener("click", async () => {
  await navigator.clipboard.writeText(code);
  page.say("copied");
});

const ticking = setInterval(tick, 250);
