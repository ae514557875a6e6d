// Screen 2/2 of PIN Oluşturma / Kilit Çözme. The page carries the host's claim to the portal, the sealed PUK back,
// and the host's report; it can read none of what matters.

// @ts-check

import { resetPIN } from "/static/client.js";
import { ask, begin, button, code, deliver, forget, fromBase64, install, language, Refusal, say, toBase64 } from "/static/act.js";

const { act, purpose, claim: claimPath, report: reportPath } = button.dataset;
const attest = "attest" in button.dataset; // the portal knows vendors of TPMs

/**
 * release asks the portal for the PUK. A lost answer is asked for again: the same claim has the same release.
 * @type {import("/static/client.js").ResetOptions["release"]}
 */
async function release({ claim, signature, card }) {
  say("releasing");
  const message = { act, claim: toBase64(claim), signature: toBase64(signature) };
  const answer = await ask(claimPath, card?.length ? { ...message, card: toBase64(card) } : message);
  if (typeof answer.sealed !== "string") throw new Refusal(answer.code ?? "unavailable", answer.message);
  say("resetting");
  return { sealed: fromBase64(answer.sealed) };
}

async function press() {
  forget();
  say("asking");
  const { report, signature } = await resetPIN({ purpose, code, act, attest, release, language, installURL: install, onProgress: say });
  await deliver(reportPath, { act, report: toBase64(report), signature: toBase64(signature) });
}

begin({ press });
