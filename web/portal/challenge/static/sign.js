// Screen 2/2 of acts that a signature ends. What is asked for is here before the button can be pressed, because the
// signing window opens only within five seconds of the press. The portal has written it, whole.

// @ts-check

import { sign } from "/static/client.js";
import { begin, button, deliver, forget, install, language, Refusal, say, toBase64 } from "/static/act.js";

/** @type {import("/static/client.js").SignOptions} */
let request;

async function load() {
  const response = await fetch(button.dataset.request, { redirect: "error" }).catch(() => null);
  if (!response?.ok) throw new Refusal("unavailable");
  request = await response.json();
}

async function press() {
  forget();
  say("asking");
  const { signatures: [signature] } = await sign({ ...request, language, installURL: install, onProgress: say });
  const { file } = /** @type {{ file: Blob }} */ (signature);
  await deliver(button.dataset.post, { act: button.dataset.act, signature: toBase64(new Uint8Array(await file.arrayBuffer())) });
}

begin({ load, press });
