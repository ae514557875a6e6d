import { authenticate, sign } from "/e-onay/client.js";

const login = document.querySelector("#login");
const signButton = document.querySelector("#sign");
const problem = document.querySelector("#problem");

// What a press needs is here before it: the window opens only while the browser remembers the press. A challenge lives
// for five minutes, and is good for one login.
let waiting;
let busy = false;
load();
setInterval(() => busy || load(), 120_000);

login?.addEventListener("click", () => run(async () => {
  const { token } = await authenticate({ nonce: await waiting, purpose: "Siteye giriş" });
  await post("/login", "application/json", token);
}));

signButton?.addEventListener("click", () => run(async () => {
  const documents = [{ name: "metin.txt", data: await waiting }];
  const { signatures } = await sign({ documents, purpose: "Metnin imzalanması" });
  await post("/signature", "application/pkcs7-signature", signatures[0].data);
}));

// load gets the challenge of the next login, or the document that is to be signed, byte for byte.
function load() {
  if (login) waiting = fetch("/login").then(answer).then(({ nonce }) => nonce);
  if (signButton) waiting = fetch("/document").then((response) => (response.ok ? response.text() : answer(response)));
  waiting?.catch(show);
}

// run does what a press has asked for.
async function run(work) {
  busy = true;
  problem.textContent = "";
  try {
    await work();
  } catch (error) {
    show(error);
    load();
  }
  busy = false;
}

// post gives the server what the card made, and goes where the server says.
async function post(path, type, body) {
  const response = await fetch(path, { method: "POST", headers: { "Content-Type": type }, body });
  location.assign((await answer(response)).location);
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
