// A login with a card. The request with its challenge is here before the button can be pressed, because the window opens
// only within five seconds of the press.

// @ts-check

import { authenticate } from "/static/client.js";
import { begin, button, install, language, post, Refusal, renew, say } from "/static/page.js";

/** @type {import("/static/client.js").AuthenticateOptions} */
let request;

async function load() {
  request = /** @type {any} */ (await ask(button.dataset.challenge, "{}", "nonce"));
}

async function press() {
  say("asking");
  try {
    const { token } = await authenticate({ ...request, language, installURL: install, onProgress: say });
    say("sending");
    const { location: next } = await ask(button.dataset.post, JSON.stringify({ nonce: request.nonce, token }), "location");
    say("recorded");
    location.assign(String(next));
  } catch (error) {
    await renew(); // a challenge is good for one login
    throw error;
  }
}

/**
 * ask posts a body and returns the portal's answer, which has the member that is wanted.
 * @param {string} path
 * @param {string} body
 * @param {string} member
 */
async function ask(path, body, member) {
  const answer = await post(path, body);
  if (answer?.[member] === undefined) throw new Refusal(answer?.code ?? "unavailable", answer?.message);
  return answer;
}

begin({ load, press });
