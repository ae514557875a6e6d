// A small site in Node: a person logs in with their card and signs a text. The service (docs/service.md) verifies both. How to start
// it, and which files are beside it: docs/integration-languages.md.
//
// It keeps everything in memory. A real site has a database, and HTTPS: its session's cookie is "Secure" then, and its name begins with __Host-.

import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";

const { EONAY_URL, EONAY_KEY, ORIGIN } = process.env;

const noAnswer = { tr: "Şu anda yanıt verilemiyor. Sayfayı yenileyip yeniden deneyin.", en: "No answer right now. Reload the page and try again." };

// Refusal is what a page's program is told: a code, and a sentence in two languages.
class Refusal extends Error {
  constructor(status, code, message = noAnswer) {
    super(code);
    Object.assign(this, { status, problem: { code, message } });
  }
}

// eonay asks the service, and returns what it says. What it refuses is thrown.
async function eonay(call, body) {
  const headers = { Authorization: `Bearer ${EONAY_KEY}`, "Content-Type": "application/json" };
  const response = await fetch(EONAY_URL + call, {
    method: body ? "POST" : "GET", headers, body: body && JSON.stringify(body), redirect: "error", signal: AbortSignal.timeout(70_000),
  }).catch(() => { throw new Refusal(503, "unavailable"); });
  const said = await response.json();
  if (response.status !== 200) throw new Refusal(response.status, said.code, said.message);
  return said;
}

const file = (path) => readFileSync(new URL(`.${path}`, import.meta.url));
const files = Object.fromEntries(["/page/site.js", "/page/site.css", "/e-onay/client.js", "/e-onay/protocol.gen.js"]
  .map((path) => [path, [path.endsWith(".css") ? "text/css" : "text/javascript", file(path)]]));

const sessions = new Map(); // by the name in the cookie: what is known of a person
const newName = () => randomBytes(32).toString("base64url");

// Each route gets the session's name, what is known of it, and the body, and returns what the page is told; start gives the browser a
// new session.
const routes = {
  "GET /login": async ({ name, start }) => eonay("/v1/login/request", { session: name ?? start({}), purpose: "Siteye giriş" }),

  "POST /login": async ({ name, start, body }) => {
    const { nonce, token } = JSON.parse(body.toString());
    const person = await eonay("/v1/login/verify", { session: name ?? "", nonce, token });
    if (!person.citizen_number) throw new Refusal(422, "certificate_of_another");
    sessions.delete(name); // who knew the old name does not come in
    start({ person, text: `Deneme sitesi\n\nBu metni okudum ve imzalıyorum.\n\nİşlem: ${newName()}\n` });
    return { location: "/" };
  },

  "GET /signature": async ({ session }) => {
    if (!session?.person) throw new Refusal(401, "login_required");
    const documents = [{ name: "metin.txt", data: session.text }];
    return session.request = await eonay("/v1/signature/request", { purpose: "Metnin imzalanması", documents });
  },

  "POST /signature": async ({ session, body }) => {
    if (!session?.person) throw new Refusal(401, "login_required");
    if (session.evidence || !session.request) throw new Refusal(403, "form_expired");
    const evidence = await eonay("/v1/signature/verify", {
      request: session.request, file: body.toString("base64"), citizen_number: session.person.citizen_number,
    });
    if (session.evidence) throw new Refusal(403, "form_expired"); // another press was first
    session.evidence = evidence;
    return { location: "/" };
  },

  "GET /.well-known/eonay.json": () => eonay("/v1/site"),
};

// check refuses what another site made a browser send. Browsers tell; a POST that says nothing is no browser's.
function check({ method, headers, url }) {
  const from = headers.origin ?? "", site = headers["sec-fetch-site"] ?? "same-origin";
  if (url !== "/" && site !== "same-origin" || from && from !== ORIGIN || method === "POST" && !from) throw new Refusal(403, "form_expired");
}

async function bodyOf(request) {
  let body = Buffer.alloc(0);
  for await (const chunk of request) {
    body = Buffer.concat([body, chunk]);
    if (body.length > 128 << 10) throw new Refusal(413, "request_too_large");
  }
  return body;
}

const escape = (text) => text.replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`);

const page = (session) => `<!doctype html>
<html lang="tr">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Deneme sitesi (Node)</title>
<link rel="stylesheet" href="/page/site.css">
<script type="module" src="/page/site.js"></script>
<main>
<h1>Deneme sitesi (Node)</h1>
<p id="problem" role="alert"></p>
${!session?.person ? `<button id="login">Kartla giriş yap</button>` : !session.evidence ? `
<p>Hoş geldiniz, <b id="name">${escape(session.person.holder)}</b> (${escape(session.person.masked_citizen_number)})</p>
<pre>${escape(session.text)}</pre>
<button id="sign">İmzala</button>` : `
<p>İmzanız doğrulandı: <b id="signer">${escape(session.evidence.holder)}</b>,
<time id="verified">${escape(session.evidence.verified_at)}</time></p>
<pre>${escape(session.text)}</pre>`}
</main>
</html>
`;

const policy = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'";

const server = createServer(async (request, response) => {
  const answer = (status, type, body) => {
    response.writeHead(status, {
      "Content-Type": `${type}; charset=utf-8`, "Cache-Control": "no-store", "X-Content-Type-Options": "nosniff", "Content-Security-Policy": policy,
    });
    response.end(body);
  };
  try {
    const name = /(?:^|; )session=([\w-]{43})(?:;|$)/.exec(request.headers.cookie ?? "")?.[1];
    const session = sessions.get(name);
    const start = (known, fresh = newName()) => {
      sessions.set(fresh, known);
      response.setHeader("Set-Cookie", `session=${fresh}; Path=/; HttpOnly; SameSite=Strict`);
      return fresh;
    };
    if (request.method === "GET" && request.url === "/") return answer(200, "text/html", page(session));
    if (request.method === "GET" && Object.hasOwn(files, request.url)) return answer(200, ...files[request.url]);
    check(request);
    const route = routes[`${request.method} ${request.url}`];
    if (!route) throw new Refusal(404, "not_found");
    const said = await route({ name: session && name, session, start, body: await bodyOf(request) });
    answer(200, "application/json", JSON.stringify(said));
  } catch (error) {
    const { status, problem } = error instanceof Refusal ? error : new Refusal(400, "request_invalid");
    response.writeHead(status, { "Content-Type": "application/problem+json" });
    response.end(JSON.stringify(problem));
  }
});

server.listen(Number(new URL(ORIGIN).port), "localhost", () => console.log(JSON.stringify({ ready: true, url: ORIGIN })));
