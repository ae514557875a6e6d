// A login with a card. The challenge is here before the button can be pressed, because the window opens only while the
// browser remembers the press; it is young, so that the person has time for card and PIN.

import { authenticate } from "/static/client.js";
import { begin, busy, button, language, post, Refusal, say } from "/static/page.js";

const refreshEvery = 120_000; // milliseconds; the portal takes a challenge for 300 s

let nonce = null;

async function load() {
  nonce = (await ask(button.dataset.challenge, "{}", "nonce")).nonce;
}

async function press() {
  say("asking");
  try {
    const { token } = await authenticate({ nonce, purpose: button.dataset.purpose, language, onProgress: say });
    say("sending");
    const { location: next } = await ask(button.dataset.post, token, "location");
    say("recorded");
    location.assign(next);
  } catch (error) {
    await load().catch(() => {}); // a challenge is good for one login
    throw error;
  }
}

// ask posts a body and returns the portal's answer, which has the member that is wanted.
async function ask(path, body, member) {
  const answer = await post(path, body);
  if (answer?.[member] === undefined) throw new Refusal(answer?.code ?? "unavailable", answer?.message);
  return answer;
}

begin({ load, press });
setInterval(() => busy || load().catch(() => {}), refreshEvery); // the next press then tells
