// The test of the addresses that a network must let through. What a browser tells a page of another site's answer is only
// whether one came; that is what is wanted here.

// @ts-check

const timeout = 15_000; // milliseconds: a proxy that drops packets says nothing at all

/** @type {(selector: string, within?: ParentNode) => any} */
const part = (selector, within = document) => within.querySelector(selector);

/** @type {[HTMLElement, HTMLButtonElement, HTMLElement]} */
const [state, button, list] = [part("#status"), part("#test"), part(".hosts")];
/** @type {HTMLElement[]} */
const items = [...list.querySelectorAll("li")].filter((item) => item.dataset.probe);

/**
 * Origins whose answer was a redirect that this page's policy does not follow: they have answered.
 * @type {Set<string>}
 */
const redirected = new Set();
document.addEventListener("securitypolicyviolation", (event) => {
  if (URL.canParse(event.blockedURI)) redirected.add(new URL(event.blockedURI).origin);
});

/**
 * answers reports whether any answer comes from an address.
 * @type {(probe: string, origin: string) => Promise<boolean>}
 */
async function answers(probe, origin) {
  try {
    await fetch(probe, { mode: "no-cors", cache: "no-store", credentials: "omit", signal: AbortSignal.timeout(timeout) });
    return true;
  } catch {
    await new Promise((resolve) => setTimeout(resolve)); // the violation is told as a task of its own
    return redirected.has(origin);
  }
}

/**
 * mark shows how an address has come out.
 * @type {(item: HTMLElement, how: "testing" | "open" | "blocked") => void}
 */
function mark(item, how) {
  const word = part(".part-state", item);
  item.dataset.state = { testing: "todo", open: "done", blocked: "old" }[how];
  item.dataset.result = how;
  word.textContent = list.dataset[how];
  word.hidden = false;
  part("[data-hint]", item).hidden = how !== "blocked";
}

/** @type {(name: "testing" | "good" | "bad" | "offline", numbers?: Record<string, number>) => void} */
function say(name, numbers = {}) {
  let text = state.dataset[name] ?? "";
  for (const [key, n] of Object.entries(numbers)) text = text.replaceAll(`{${key}}`, String(n));
  state.textContent = text;
  state.className = { testing: "notice", good: "notice", bad: "notice look", offline: "notice stop" }[name];
  state.dataset.state = name;
}

async function test() {
  if (button.getAttribute("aria-disabled") === "true") return;
  button.setAttribute("aria-disabled", "true"); // not disabled, which would take the focus away
  redirected.clear();
  say("testing");
  let blocked = 0;
  await Promise.all(items.map(async (item) => {
    mark(item, "testing");
    const open = await answers(item.dataset.probe ?? "", item.dataset.origin ?? "");
    mark(item, open ? "open" : "blocked");
    if (!open) blocked++;
  }));
  if (!navigator.onLine && blocked > 0) say("offline");
  else say(blocked > 0 ? "bad" : "good", { n: blocked, all: items.length });
  button.removeAttribute("aria-disabled");
}

button.hidden = false;
button.addEventListener("click", test);
