import { authenticate, sign } from "/e-onay/client.js";

const login = document.querySelector("#login");
const signButton = document.querySelector("#sign");
const problem = document.querySelector("#problem");

// What a press needs is here before it: the window opens only within five seconds of the press. It is good for five minutes,
// and a challenge for one login.
let waiting;
let busy = false;
load();
setInterval(() => busy || load(), 120_000);

login?.addEventListener("click", () => run(async () => {
  const request = await waiting;
  const { token } = await authenticate(request);
  await post("/login", "application/json", JSON.stringify({ nonce: request.nonce, token }));
}));

signButton?.addEventListener("click", () => run(async () => {
  const { signatures } = await sign(await waiting);
  await post("/signature", "application/pkcs7-signature", signatures[0].data);
}));

// load gets what is to be asked for, whole: the next login with its challenge, or the signature with its document.
function load() {
  if (login) waiting = fetch("/login").then(answer);
  if (signButton) waiting = fetch("/signature").then(answer);
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

// show says what is wrong, and leads to the installation where a part is missing and the way is known.
function show(error) {
  problem.textContent = error.messages?.tr ?? String(error);
  problem.dataset.code = error.code ?? "";
  if (!error.installURL) return;
  const way = document.createElement("a");
  way.href = error.installURL;
  way.textContent = "Kurulum";
  problem.append(" ", way);
}
