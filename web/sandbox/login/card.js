// A login at the test gateway with a card, through the E-Onay extension. The request with its challenge is here before the button
// is pressed, because the window opens only within five seconds of the press.

// @ts-check

import { authenticate } from "/login/e-onay/client.js";

const button = /** @type {HTMLButtonElement} */ (document.querySelector("#card-login"));
const problem = /** @type {HTMLElement} */ (document.querySelector("#card-problem"));
const language = document.documentElement.lang === "en" ? "en" : "tr";
const address = String(button.dataset.address);

/** @type {Promise<any>} */
let waiting;
let busy = false;

load();
setInterval(() => busy || load(), 120_000); // a challenge is good for five minutes, and for one login
button.addEventListener("click", press);

function load() {
  waiting = fetch(address).then(answer);
  waiting.then(() => (button.disabled = false), show);
}

async function press() {
  if (busy) return;
  busy = true;
  problem.hidden = true;
  try {
    const request = await waiting;
    const { token } = await authenticate({ ...request, language });
    const body = JSON.stringify({ nonce: request.nonce, token });
    const next = await answer(await fetch(address, { method: "POST", headers: { "Content-Type": "application/json" }, body }));
    location.assign(next.location);
  } catch (error) {
    show(/** @type {any} */ (error));
    load();
  }
  busy = false;
}

/**
 * answer returns what the gateway says. Its refusals have a code and a sentence, as the library's have.
 * @param {Response} response
 */
async function answer(response) {
  const said = await response.json();
  if (!response.ok) throw { code: said.code, messages: said.message };
  return said;
}

/** @param {{ code?: string, messages?: Readonly<Record<string, string>> }} error */
function show(error) {
  problem.textContent = error.messages?.[language] ?? String(error);
  problem.dataset.code = error.code ?? "";
  problem.hidden = false;
}
