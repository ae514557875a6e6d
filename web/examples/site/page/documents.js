import { sign } from "/e-onay/client.js";

const button = document.querySelector("#sign");
const problem = document.querySelector("#problem");
const here = location.pathname; // /documents/ and the kind

// The request is here before the press, which it takes to open the window.
let request;
if (button) load().catch(show);

button?.addEventListener("click", async () => {
  button.disabled = true;
  problem.textContent = "";
  try {
    const { signatures } = await sign(request);
    for (const [i, signature] of signatures.entries()) await hand(signature, i);
    location.reload();
  } catch (error) {
    show(error);
    load().catch(show);
  }
});

// load gets what is to be signed, whole. A document that is too large for JSON is fetched by itself.
async function load() {
  request = await fetch(`${here}/request`).then(answer);
  for (const [i, d] of request.documents.entries()) {
    if (d.data === undefined && d.base64 === undefined) d.data = await fetch(`${here}/content?document=${i}`).then((r) => r.blob());
  }
  button.disabled = false;
}

// hand gives the server a signed file. Of several documents one may not have been signed.
async function hand({ problem, file }, i) {
  if (problem) throw problem;
  await fetch(`${here}/file?document=${i}`, { method: "POST", headers: { "Content-Type": "application/octet-stream" }, body: file }).then(answer);
}

// answer returns what the server says. Its refusals have a code and a sentence, as the library's have.
async function answer(response) {
  const said = await response.json();
  if (!response.ok) throw { code: said.code, messages: said.message };
  return said;
}

function show(error) {
  problem.textContent = error.messages?.tr ?? String(error);
  problem.dataset.code = error.code ?? "";
}
