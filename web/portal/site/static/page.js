// A page on which a press has the card do something: what the person sees, and the way to the portal. A page's own
// script says what is loaded before the press and what the press does.

// @ts-check

import { status } from "/static/client.js";
import { sentences } from "/static/protocol.gen.js";

/**
 * A page's own: what its press needs and does, whether there is anything to press for, and what hears of every change.
 * @typedef {{ load?: () => Promise<void>, press: () => Promise<void>, open?: () => boolean, updated?: () => void }} Work
 *
 * A sentence in both languages, and the portal's answer: what the page asked for, or a code and its sentence.
 * @typedef {{ tr: string, en: string }} Sentence
 * @typedef {{ code?: string, message?: Sentence, location?: string, pending?: boolean, lost?: boolean, sealed?: unknown }} Answer
 */

/** @type {(id: string) => HTMLElement} */
const part = (id) => /** @type {HTMLElement} */ (document.getElementById(id));
/** @type {(element: ParentNode, selector: string) => any} */
const within = (element, selector) => element.querySelector(selector);

const [state, problem, reload] = [part("status"), part("problem"), part("reload")];
/** @type {[HTMLElement, HTMLElement, HTMLAnchorElement, HTMLButtonElement]} */
const [problemText, problemCode, way, resend] = [within(problem, "h2"), within(problem, ".figures"), within(problem, "a"), within(problem, "button")];

/** @type {HTMLButtonElement & { dataset: Record<"act" | "purpose" | "post" | "request" | "challenge" | "claim" | "report", string> }} */
export const button = within(document, "button[data-act]");
// The page about the installation.
export const install = "/kurulum";
export const language = document.documentElement.lang === "en" ? "en" : "tr";

const retryPauses = [1000, 2000, 3000]; // milliseconds
const loadEvery = 120_000; // milliseconds; what is loaded is good for 300 s, and the person needs time for card and PIN
const postTimeout = 70_000; // longer than the portal takes to judge

/** @type {{ load: () => Promise<void>, open: () => boolean, updated: () => void }} */
let page; // what begin was given
let loaded = false;
let loadedAt = 0; // 0: it is used up
let ready = false; // extension and host are there
export let busy = false;
/** @type {{ path: string, body: object } | null} */
let unsent = null; // of an act's end, until the portal has answered it

const internal = /** @type {Sentence} */ (sentences["internal"]);

// Refusal is an answer of the portal that is no success.
export class Refusal extends Error {
  /** @param {string} code @param {Sentence} [messages] */
  constructor(code, messages) {
    super((messages ?? sentences[code] ?? internal)[language]);
    this.code = code;
  }
}

/**
 * begin brings the page to life. load gets what the press needs, press is the act; what they throw is shown.
 * @param {Work} work
 */
export function begin({ load = async () => {}, press, open = () => true, updated = () => {} }) {
  page = { load, open, updated };
  button.addEventListener("click", () => run(async () => {
    if (Date.now() - loadedAt > loadEvery) await load(); // the computer has slept
    await press();
  }));
  resend.addEventListener("click", () => run(async () => {
    if (unsent !== null) await deliver(unsent.path, unsent.body);
  }));
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

/**
 * say tells what is happening, by the name that the page has the words under.
 * @param {string} name
 */
export function say(name) {
  write(state, state.dataset[name] ?? "");
  state.dataset.state = name;
}

/**
 * write sets an element's text. Its lines do not end inside "E-Onay", as in what the portal has written itself.
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

/** @param {{ code?: string, message?: string }} error one of the library's, of the portal's, or a mistake of ours */
function show(error) {
  const { code = "internal" } = error;
  problem.dataset.code = code;
  problem.classList.toggle("look", code === "cancelled");
  problem.classList.toggle("stop", code !== "cancelled");
  write(problemText, (error.code && error.message) || internal[language]);
  problemCode.textContent = code;
  /** @type {NodeListOf<HTMLElement>} */
  const ways = document.querySelectorAll("#ways li");
  const link = [...ways].find((li) => li.dataset.codes?.split(" ").includes(code))?.querySelector("a");
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

/**
 * run does what a press has asked for; until its end nothing else can be pressed.
 * @param {() => Promise<void>} work
 */
async function run(work) {
  busy = true;
  hideProblem();
  update();
  try {
    await work();
  } catch (error) {
    show(/** @type {Error} */ (error));
  }
  busy = false;
  update();
}

// --- before the press ------------------------------------------------------------------------------

async function look() {
  say("checking");
  const { problem: missing } = await status({ language, installURL: install });
  ready = missing === null;
  if (missing === null) {
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
    show(/** @type {Error} */ (error));
  }
  preparing = false;
  update();
}

// Whoever comes back from installing the host, in another tab or in another program, need not know that the page must
// look again.
document.addEventListener("visibilitychange", lookAgain);
window.addEventListener("focus", lookAgain);

function lookAgain() {
  if (document.visibilityState === "visible" && page !== undefined && !ready && !busy && !preparing) prepare();
}

// --- the portal ------------------------------------------------------------------------------------

/**
 * ask posts a message and returns the portal's answer. A lost one is asked for again, which the portal answers alike;
 * `lost` tells.
 * @type {(path: string, message: object) => Promise<Answer>}
 */
export async function ask(path, message) {
  const body = JSON.stringify(message);
  for (const pause of [0, ...retryPauses]) {
    await new Promise((resolve) => setTimeout(resolve, pause));
    const answer = await post(path, body);
    if (answer !== null) return { ...answer, lost: pause > 0 };
  }
  throw new Refusal("unavailable");
}

/**
 * deliver hands over the end of an act and goes where the portal says. It is kept until the portal has it.
 * @type {(path: string, body: object) => Promise<void>}
 */
export async function deliver(path, body) {
  unsent = { path, body };
  say("sending");
  const answer = await ask(path, body);
  if (!answer.location || (answer.code !== undefined && !answer.lost)) throw new Refusal(answer.code ?? "internal", answer.message);
  say(answer.pending ? "received" : "recorded");
  location.assign(answer.location);
}

// forget gives up what was not delivered: another act begins.
export function forget() {
  unsent = null;
}

/**
 * post returns the portal's answer, or null when none came.
 * @type {(path: string, body: string) => Promise<Answer & Record<string, any> | null>}
 */
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

/** @type {(bytes: Uint8Array) => string} */
export function toBase64(bytes) {
  return btoa(Array.from(bytes, (b) => String.fromCharCode(b)).join(""));
}

/** @type {(text: string) => Uint8Array<ArrayBuffer>} */
export function fromBase64(text) {
  return Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
}
