// The page that leads to extension and program: it watches both arrive, and goes on by itself. It hears that the extension has
// come by the extension's own mark, and looks for the program while the page is in view. Readers and cards it never hears of:
// the extension's own page shows these.

// @ts-check

import { installed, openSetup, status } from "/static/client.js";

/** @type {(selector: string, within?: ParentNode) => any} */
const part = (selector, within = document) => within.querySelector(selector);

const [state, steps, look, obstacle] = [part("#status"), part("#steps"), part("#look"), part("#obstacle")];
/** @type {Record<"extension" | "program", HTMLElement>} */
const items = { extension: part("#step-extension"), program: part("#step-program") };
const language = document.documentElement.lang === "en" ? "en" : "tr";

const lookEvery = 3_000; // milliseconds: the browser looks for a program that is not there within one
const newest = { extension: steps.dataset.version, program: steps.dataset.program };

/**
 * compare compares versions, numbers between dots: below 0 where a is older.
 * @type {(a: string, b: string) => number}
 */
function compare(a, b) {
  /** @type {(version: string) => number[]} */
  const numbers = (version) => version.split(".").map((n) => Number.parseInt(n, 10) || 0);
  const [as, bs] = [numbers(a), numbers(b)];
  for (let i = 0; i < Math.max(as.length, bs.length); i++) {
    const order = (as[i] ?? 0) - (bs[i] ?? 0);
    if (order !== 0) return order;
  }
  return 0;
}

// --- what the person sees --------------------------------------------------------------------------

/**
 * mark tells how far a part is, and its version.
 * @type {(name: "extension" | "program", how: "todo" | "old" | "done", version?: string) => void}
 */
function mark(name, how, version = "") {
  const item = items[name];
  item.dataset.state = how;
  const [word, line] = [part(".part-state", item), part(".part-version", item)];
  word.textContent = word.dataset[how];
  word.hidden = false;
  line.textContent = (line.dataset[how] ?? "").replace("{version}", version).replace("{newest}", newest[name]);
  line.hidden = line.textContent === "";
}

/**
 * lead makes the button of the step that the person is at the primary one.
 * @type {(step: Element) => void}
 */
function lead(step) {
  for (const button of document.querySelectorAll("#steps .primary")) button.classList.remove("primary");
  part(".button, button", step)?.classList.add("primary");
}

/**
 * say tells what the page waits for. What has been said is not said again.
 * @type {(name: string, values?: Record<string, string>) => void}
 */
function say(name, values = {}) {
  write(name, Object.entries(values).reduce((text, [key, value]) => text.replace(`{${key}}`, value), state.dataset[name]));
}

/** @type {(name: string, text: string) => void} */
function write(name, text) {
  if (state.textContent === text) return;
  state.hidden = false; // before the words, or they are not announced
  state.textContent = text;
  state.dataset.state = name;
}

// --- watching --------------------------------------------------------------------------------------

let looking = false;
/** @type {ReturnType<typeof setTimeout> | undefined} */
let timer;

// watch looks for what is missing. No event tells of a program that has come: the page looks again, as long as it is in view.
async function watch() {
  if (looking || document.visibilityState !== "visible") return;
  clearTimeout(timer);
  if (!installed()) return obstacle === null ? missing() : undefined;
  looking = true;
  const found = await status({ language });
  looking = false;
  if (show(found)) timer = setTimeout(watch, lookEvery);
}

function missing() {
  mark("extension", "todo");
  mark("program", "todo");
  say("extension");
  lead(items.extension);
}

/**
 * show says what is there, and returns whether the program is still missing.
 * @type {(found: import("/static/client.js").Status) => boolean}
 */
function show({ extension, host, problem }) {
  if (problem?.code === "extension_missing" || problem?.code === "extension_outdated") {
    missing();
    if (problem.code === "extension_outdated") say("failed");
    return false;
  }
  mark("extension", compare(extension, newest.extension) < 0 ? "old" : "done", extension);
  if (host === "") {
    mark("program", problem?.code === "host_outdated" ? "old" : "todo");
    lead(items.program);
    if (problem?.code === "host_missing") say("program");
    else write("problem", problem?.message ?? "");
    return problem?.code === "host_missing"; // one that is there and does not work is looked at when the person comes back
  }
  mark("program", compare(host, newest.program) < 0 ? "old" : "done", host);
  if (compare(extension, host) === 0) say("ready");
  else say("old", { program: host, extension });
  goOn();
  return false;
}

// goOn leads to the reader and the card. The focus stays where it is: nobody has pressed anything.
function goOn() {
  const step = part("#step-card");
  if (step.dataset.state === "ready") return;
  step.dataset.state = "ready";
  look.hidden = false;
  lead(step);
  state.scrollIntoView({ block: "nearest" });
}

look.addEventListener("click", async () => {
  try {
    await openSetup({ language });
  } catch (error) {
    const { code, message } = /** @type {import("/static/client.js").EOnayError} */ (error);
    if (code === "extension_missing") say("press"); // one that is older than this page does not know what is asked
    else write("problem", message);
  }
});

// The extension's mark comes while the page is open; the person comes back from a store or an installer.
new MutationObserver(watch).observe(document.documentElement, { attributes: true, attributeFilter: ["data-eonay"] });
document.addEventListener("visibilitychange", watch);
window.addEventListener("focus", watch);

// --- what headers do not say -----------------------------------------------------------------------

// An iPad says that it is a Mac.
const tablet = part("#tablet");
if (tablet !== null && navigator.maxTouchPoints > 1) tablet.hidden = false;

/**
 * preferARM puts packages for ARM processors in the place of those for Intel's: Chromium's headers name none.
 * @typedef {{ getHighEntropyValues: (hints: string[]) => Promise<{ architecture?: string }> }} Hints
 */
async function preferARM() {
  const hints = /** @type {{ userAgentData?: Hints }} */ (/** @type {unknown} */ (navigator)).userAgentData;
  const { architecture } = await hints?.getHighEntropyValues(["architecture"]) ?? {};
  if (architecture !== "arm") return;
  for (const button of document.querySelectorAll(".get-program a")) {
    const other = part(`#step-program details [data-arm][data-kind="${button.getAttribute("data-kind")}"]`);
    if (other !== null) swap(button, other);
  }
}

/**
 * swap has two links lead where the other led, with what stands beside them of the file.
 * @type {(a: any, b: any) => void}
 */
function swap(a, b) {
  [a.href, b.href] = [b.href, a.href];
  [a.nextElementSibling.textContent, b.nextElementSibling.textContent] = [b.nextElementSibling.textContent, a.nextElementSibling.textContent];
}

preferARM().catch(console.error);
watch();
