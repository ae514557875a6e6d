// Screen 2/2 of every act: the code's countdown, what the person sees, and the way to the portal. A page's own
// script says what is loaded before the press and what the press does.

import { status } from "/static/client.js";
import { sentences } from "/static/protocol.gen.js";

const part = (id) => document.getElementById(id);
const [copy, newCode, remaining, state, problem] = ["copy", "new-code", "remaining", "status", "problem"].map(part);
const [problemText, problemCode] = [problem.querySelector("h2"), problem.querySelector(".figures")];
const [way, resend] = [problem.querySelector("a"), problem.querySelector("button")];

export const button = document.querySelector("button[data-act]");
export const language = document.documentElement.lang === "en" ? "en" : "tr";
export const code = part("code").dataset.code;

const end = Date.now() + Number(remaining.dataset.seconds) * 1000;
const retryPauses = [1000, 2000, 3000]; // milliseconds
const postTimeout = 70_000; // longer than the portal takes to judge

let loading = null; // what must be here before the press
let loaded = false;
let ready = false; // extension and host are there
let busy = false;
let unsent = null; // {path, body} of an act's end, until the portal has answered it

// Refusal is an answer of the portal that is no success.
export class Refusal extends Error {
  constructor(code, messages) {
    super((messages ?? sentences[code] ?? sentences.internal)[language]);
    this.code = code;
  }
}

// begin brings the page to life. load gets what the press needs, press is the act; what they throw is shown.
export function begin({ load = async () => {}, press }) {
  loading = load;
  button.addEventListener("click", () => run(press));
  resend.addEventListener("click", () => run(() => deliver(unsent.path, unsent.body)));
  copy.hidden = false;
  if (secondsLeft() > 0) prepare();
}

// --- what the person sees --------------------------------------------------------------------------

// say tells what is happening, by the name that the page has the words under.
export function say(name) {
  state.textContent = state.dataset[name] ?? "";
  state.dataset.state = name;
}

function show(error) {
  const { code = "internal" } = error;
  problem.dataset.code = code;
  problem.classList.toggle("look", code === "cancelled");
  problem.classList.toggle("stop", code !== "cancelled");
  problemText.textContent = error.code ? error.message : sentences.internal[language];
  problemCode.textContent = code;
  const link = [...document.querySelectorAll("#ways li")].find((li) => li.dataset.codes.split(" ").includes(code))?.firstElementChild;
  way.hidden = !link;
  if (link) [way.href, way.textContent] = [link.href, link.textContent];
  resend.hidden = unsent === null || !["unavailable", "revocation_unavailable", "revocation_invalid"].includes(code);
  problem.hidden = false;
  problem.focus();
  say("");
}

function hideProblem() {
  problem.hidden = true;
  delete problem.dataset.code;
}

function update() {
  const left = secondsLeft();
  button.disabled = busy || !ready || !loaded || left === 0;
  newCode.disabled = busy;
  button.classList.toggle("primary", left > 0);
  newCode.classList.toggle("primary", left === 0);
}

// run does what a press has asked for; until its end nothing else can be pressed.
async function run(work) {
  busy = true;
  hideProblem();
  update();
  try {
    await work();
  } catch (error) {
    show(error);
  }
  busy = false;
  update();
}

// --- the code --------------------------------------------------------------------------------------

// secondsLeft is rounded up, as the portal's own figure is: at 0 the portal no longer takes the code.
function secondsLeft() {
  return Math.max(0, Math.ceil((end - Date.now()) / 1000));
}

function tick() {
  const left = secondsLeft();
  const before = Number(remaining.dataset.seconds);
  remaining.dataset.seconds = left;
  remaining.textContent = left === 0 ? remaining.dataset.over : remaining.dataset.text.replace("{n}", left);
  remaining.toggleAttribute("data-low", left < 60);
  if (left === 0) clearInterval(ticking);
  if (!busy && before > 60 && left <= 60) say("minute");
  if (left === 0) update();
}

copy.addEventListener("click", async () => {
  await navigator.clipboard.writeText(code);
  say("copied");
});

const ticking = setInterval(tick, 250);

// --- before the press ------------------------------------------------------------------------------

async function look() {
  say("checking");
  const { problem: missing } = await status({ language });
  ready = missing === null;
  if (!ready) return show(missing);
  hideProblem();
  say("ready");
}

async function prepare() {
  try {
    if (!loaded) await loading();
    loaded = true;
    await look();
  } catch (error) {
    show(error);
  }
  update();
}

// Whoever comes back from installing the host need not know that the page must look again.
document.addEventListener("visibilitychange", () => {
  if (document.visibilityState === "visible" && loading !== null && !ready && !busy) prepare();
});

// --- the portal ------------------------------------------------------------------------------------

// ask posts a message and returns the portal's answer. A lost one is asked for again, which the portal
// answers alike; `lost` tells.
export async function ask(path, message) {
  const body = JSON.stringify(message);
  for (const pause of [0, ...retryPauses]) {
    await new Promise((resolve) => setTimeout(resolve, pause));
    const answer = await post(path, body);
    if (answer !== null) return { ...answer, lost: pause > 0 };
  }
  throw new Refusal("unavailable");
}

// deliver hands over the end of an act and goes where the portal says. It is kept until the portal has it.
export async function deliver(path, body) {
  unsent = { path, body };
  say("sending");
  const answer = await ask(path, body);
  if (!answer.location || (answer.code !== undefined && !answer.lost)) throw new Refusal(answer.code, answer.message);
  say("recorded");
  location.assign(answer.location);
}

// forget gives up what was not delivered: another act begins.
export function forget() {
  unsent = null;
}

// post returns the portal's answer, or null when none came.
async function post(path, body) {
  try {
    const response = await fetch(path, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body,
      redirect: "error",
      signal: AbortSignal.timeout(postTimeout),
    });
    return await response.json();
  } catch {
    return null;
  }
}

export function toBase64(bytes) {
  return btoa(Array.from(bytes, (b) => String.fromCharCode(b)).join(""));
}

export function fromBase64(text) {
  return Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
}
