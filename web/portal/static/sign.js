// Screen 2/2: the code's countdown, and the signature. The document is here before the button can be
// pressed, because the signing window opens only while the browser remembers the press.

import { sign, status } from "/static/client.js";
import { sentences } from "/static/protocol.gen.js";

const part = (id) => document.getElementById(id);
const [button, copy, newCode, remaining, state, problem] =
  ["sign", "copy", "new-code", "remaining", "status", "problem"].map(part);
const [problemText, problemCode] = [problem.querySelector("h2"), problem.querySelector(".figures")];
const [way, resend] = [problem.querySelector("a"), problem.querySelector("button")];
const language = document.documentElement.lang === "en" ? "en" : "tr";
const code = part("code").dataset.code;

const end = Date.now() + Number(remaining.dataset.seconds) * 1000;
const retryPauses = [1000, 2000, 3000]; // milliseconds
const postTimeout = 70_000; // longer than the portal takes to judge a signature

let text = null; // the document's bytes, once they are here
let ready = false; // extension and host are there
let busy = false;
let signed = null; // the request's body, until the portal has answered it

// Refusal is an answer of the portal that is no success.
class Refusal extends Error {
  constructor(code, messages, location) {
    super((messages ?? sentences[code] ?? sentences.internal)[language]);
    Object.assign(this, { code, location });
  }
}

// --- what the person sees --------------------------------------------------------------------------

function say(name) {
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
  resend.hidden = signed === null || !["unavailable", "revocation_unavailable", "revocation_invalid"].includes(code);
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
  button.disabled = busy || !ready || text === null || left === 0;
  newCode.disabled = busy;
  button.classList.toggle("primary", left > 0);
  newCode.classList.toggle("primary", left === 0);
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

// --- before the press ------------------------------------------------------------------------------

async function look() {
  say("checking");
  const { problem: missing } = await status({ language });
  ready = missing === null;
  if (!ready) return show(missing);
  hideProblem();
  say("ready");
}

async function fetchDocument() {
  const response = await fetch(button.dataset.document, { redirect: "error" }).catch(() => null);
  if (!response?.ok) throw new Refusal("unavailable");
  text = new Uint8Array(await response.arrayBuffer());
}

async function prepare() {
  try {
    if (text === null) await fetchDocument();
    await look();
  } catch (error) {
    show(error);
  }
  update();
}

// --- the signature ---------------------------------------------------------------------------------

async function act() {
  busy = true;
  signed = null;
  hideProblem();
  update();
  say("asking");
  try {
    const { signatures } = await sign({
      purpose: button.dataset.purpose,
      code,
      documents: [{ name: button.dataset.name, mediaType: "text/plain", data: text }],
      language,
      onProgress: say,
    });
    const signature = btoa(Array.from(signatures[0].data, (b) => String.fromCharCode(b)).join(""));
    signed = JSON.stringify({ act: button.dataset.act, signature });
    await send();
  } catch (error) {
    show(error);
  }
  busy = false;
  update();
}

// send hands the signature over and goes to the result. When an answer is lost it asks again: the
// portal records an act once, and says where to find it.
async function send() {
  say("sending");
  for (const pause of [0, ...retryPauses]) {
    await new Promise((resolve) => setTimeout(resolve, pause));
    const answer = await post();
    if (answer === null) continue;
    const lost = pause > 0;
    if (answer.location && (answer.code === undefined || lost)) {
      say("recorded");
      location.assign(answer.location);
      return;
    }
    throw new Refusal(answer.code, answer.message, answer.location);
  }
  throw new Refusal("unavailable");
}

// post returns the portal's answer, or null when none came.
async function post() {
  try {
    const response = await fetch(button.dataset.post, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: signed,
      redirect: "error",
      signal: AbortSignal.timeout(postTimeout),
    });
    return await response.json();
  } catch {
    return null;
  }
}

button.addEventListener("click", act);
resend.addEventListener("click", async () => {
  busy = true;
  hideProblem();
  update();
  try {
    await send();
  } catch (error) {
    show(error);
  }
  busy = false;
  update();
});

// Whoever comes back from installing the host need not know that the page must look again.
document.addEventListener("visibilitychange", () => {
  if (document.visibilityState === "visible" && !ready && !busy) prepare();
});

const ticking = setInterval(tick, 250);
copy.hidden = false;
if (secondsLeft() > 0) prepare();
