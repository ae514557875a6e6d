// Screen 2/2 of E-Onay: the signature. The document is here before the button can be pressed, because the
// signing window opens only while the browser remembers the press.

import { sign } from "/static/client.js";
import { begin, button, code, deliver, forget, language, Refusal, say, toBase64 } from "/static/act.js";

let text = null; // the document's bytes

async function load() {
  const response = await fetch(button.dataset.document, { redirect: "error" }).catch(() => null);
  if (!response?.ok) throw new Refusal("unavailable");
  text = new Uint8Array(await response.arrayBuffer());
}

async function press() {
  forget();
  say("asking");
  const { signatures } = await sign({
    purpose: button.dataset.purpose,
    code,
    documents: [{ name: button.dataset.name, mediaType: "text/plain", data: text }],
    language,
    onProgress: say,
  });
  await deliver(button.dataset.post, { act: button.dataset.act, signature: toBase64(signatures[0].data) });
}

begin({ load, press });
