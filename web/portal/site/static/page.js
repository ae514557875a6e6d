// A page on which a press has the card do something: what the person sees, and the way to the portal. A page's own
// script says what is loaded before the press and what the press does.

import { status } from "/static/client.js";
import { sentences } from "/static/protocol.gen.js";

const part = (id) => document.getElementById(id);
const [state, problem] = ["status", "problem"].map(part);
const [problemText, problemCode] = [problem.querySelector("h2"), problem.querySelector(".figures")];
const [way, resend, reload] = [problem.querySelector("a"), problem.querySelector("button"), part("reload")];

export const button = document.querySelector("button[data-act]");
export const language = document.documentElement.lang === "en" ? "en" : "tr";

const retryPauses = [1000, 2000, 3000]; // milliseconds
const loadEvery = 120_000; // milliseconds; what is loaded is good for 300 s, and the person needs time for card and PIN
const postTimeout = 70_000; // longer than the portal takes to judge

let page = null; // what begin was given
let loaded = false;
let loadedAt = 0; // 0: it is used up
let ready = false; // extension and host are there
export let busy = false;
let unsent = null; // {path, body} of an act's end, until the portal has answered it

// Refusal is an answer of the portal that is no success.
export class Refusal extends Error {
  constructor(code, messages) {
    super((messages ?? sentences[code] ?? sentences.internal)[language]);
    this.code = code;
  }
}

// begin brings the page to life. load gets what the press needs, press is the act; what they throw is shown. open tells
// whether there is anything to press for, and updated hears of every change.
export function begin({ load = async () => {}, press, open = () => true, updated = () => {} }) {
  page = { load, open, updated };
  button.addEventListener("click", () => run(async () => {
    if (Date.now() - loadedAt > loadEvery) await load(); // the computer has slept
    await press();
  }));
  resend.addEventListener("click", () => run(() => deliver(unsent.path, unsent.body)));
  reload.addEventListener("click", () => location.reload());
  if (open()) prepare();
  setInterval(() => busy || !open() || renew(), loadEvery);
}

async function load() {
  await page.load();
  loaded = true;
  loadedAt = Date.now();
}

// renew loads anew what is old or used up. If that fails, the next press does it, and tells.
export async function renew() {
  loadedAt = 0;
  await load().catch(() => {});
}

// --- what the person sees --------------------------------------------------------------------------

// say tells what is happening, by the name that the page has the words under.
export function say(name) {
  write(state, state.dataset[name] ?? "");
  state.dataset.state = name;
}

// write sets an element's text. Its lines do not end inside "E-Onay", as in what the portal has written itself.
function write(element, text) {
  element.replaceChildren(...text.split(/(E-Onay)/).map((part) => {
    if (part !== "E-Onay") return part;
    const word = document.createElement("span");
    word.className = "whole";
    word.textContent = part;
    return word;
  }));
}

function show(error) {
  const { code = "internal" } = error;
  problem.dataset.code = code;
  problem.classList.toggle("look", code === "cancelled");
  problem.classList.toggle("stop", code !== "cancelled");
  write(problemText, error.code ? error.message : sentences.internal[language]);
  problemCode.textContent = code;
  const link = [...document.querySelectorAll("#ways li")].find((li) => li.dataset.codes.split(" ").includes(code))?.firstElementChild;
  way.hidden = !link;
  if (link) [way.href, way.textContent] = [link.href, link.textContent];
  resend.hidden = unsent === null || !["unavailable", "revocation_unavailable", "revocation_invalid"].includes(code);
  reload.hidden = ready && code !== "form_expired";
  problem.hidden = false;
  problem.focus();
  say("");
}

function hideProblem() {
  problem.hidden = true;
  delete problem.dataset.code;
}

export function update() {
  button.disabled = busy || !ready || !loaded || !page.open();
  page.updated();
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

// --- before the press ------------------------------------------------------------------------------

async function look() {
  say("checking");
  const { problem: missing } = await status({ language });
  ready = missing === null;
  if (ready) {
    hideProblem();
    return say("ready");
  }
  if (problem.dataset.code !== missing.code) return show(missing);
  say(""); // nobody is told the same again
}

let preparing = false;

async function prepare() {
  preparing = true;
  try {
    if (!loaded) await load();
    await look();
  } catch (error) {
    show(error);
  }
  preparing = false;
  update();
}

// Whoever comes back from installing the host, in another tab or in another program, need not know that the page must
// look again.
for (const [target, event] of [[document, "visibilitychange"], [window, "focus"]]) {
  target.addEventListener(event, () => {
    if (document.visibilityState === "visible" && page !== null && !ready && !busy && !preparing) prepare();
  });
}

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
  say(answer.pending ? "received" : "recorded");
  location.assign(answer.location);
}

// forget gives up what was not delivered: another act begins.
export function forget() {
  unsent = null;
}

// post returns the portal's answer, or null when none came.
export async function post(path, body) {
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
