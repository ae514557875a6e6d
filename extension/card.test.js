"use strict";

const { test } = require("node:test");
const assert = require("node:assert/strict");
const { page, settled } = require("./testing/world.js");

const nonce = "MTIzNDU2NzgxMjM0NTY3ODEyMzQ1Njc4MTIzNDU2Nzg=";
const login = { format: "eonay-login:1", nonce, purpose: "Giriş", language: "tr" };
const ask = { language: "en" };
const algorithm = { cryptoAlgorithm: "RSA", hashFunction: "SHA-256", paddingScheme: "PKCS1.5" };

// open returns a page whose request is open, and its window.
async function open(type, body) {
  const p = page();
  p.send(type, body);
  await settled();
  assert.deepEqual(p.take().map((m) => m.type), ["accepted"]);
  assert.deepEqual(p.asked, [{ type: "open", act: type, pageRequest: p.id }]);
  return { p, port: p.connect() };
}

test("a login from authenticate to its token", async () => {
  const { p, port } = await open("authenticate", login);
  assert.deepEqual(port.sent[0].body, login);
  port.say("authenticated", { token: "{}", more: 1 });
  assert.deepEqual(p.take().map((m) => [m.type, m.body]), [["authenticated", { token: "{}" }]]);
  assert.ok(port.closed);
});

test("a certificate that is shown", async () => {
  const { p, port } = await open("certificates", { ...ask, purpose: "" });
  assert.deepEqual(port.sent[0].body, ask);
  const certificates = [{ data: "AAAA", algorithms: [algorithm] }];
  port.say("shown", { certificates: [{ ...certificates[0], holder: "A" }] });
  assert.deepEqual(p.take().map((m) => [m.type, m.body]), [["shown", { certificates }]]);
});

test("refuses a bad request with its code, and opens nothing", async () => {
  const long = "a".repeat(301);
  for (const [type, body, code] of [
    ["authenticate", null, "request_invalid"],
    ["authenticate", { ...login, nonce: undefined }, "request_invalid"],
    ["authenticate", { ...login, nonce: nonce.slice(4) }, "request_invalid"],
    ["authenticate", { ...login, nonce: nonce + "A".repeat(88) }, "request_invalid"],
    ["authenticate", { ...login, nonce: nonce.replace("M", "\n") }, "request_invalid"],
    ["authenticate", { ...login, purpose: long }, "request_invalid"],
    ["authenticate", { ...login, purpose: "a\u2028b" }, "request_invalid"],
    ["authenticate", { ...login, language: "de" }, "request_invalid"],
    ["authenticate", { ...login, format: "web-eid:1.0" }, "request_invalid"],
    ["authenticate", { ...login, origin: "https://other.example.test" }, "request_invalid"],
    ["authenticate", { ...login, site: "forged" }, "request_invalid"],
    ["certificates", { ...ask, nonce }, "request_invalid"],
    ["authenticate", { ...login, format: 1 }, "request_invalid"],
    ["authenticate", Object.create(login), "request_invalid"],
    ["certificates", {}, "request_invalid"],
    ["certificates", { ...ask, purpose: 1 }, "request_invalid"],
  ]) {
    const p = page();
    p.send(type, body);
    await settled();
    assert.deepEqual(p.take().map((m) => [m.type, m.body.code]), [["failed", code]], JSON.stringify(body));
    assert.deepEqual(p.asked, []);
  }
});

test("of the window only what a page may hear passes", async () => {
  const wrong = {
    authenticate: [
      ["authenticated", {}], ["authenticated", { token: "" }], ["authenticated", { token: "a".repeat(32 * 1024 + 1) }], ["authenticated", { token: {} }],
      ["shown", { certificates: [{ data: "AAAA", algorithms: [] }] }], ["hash-signed", { signature: "AAAA", algorithm }], ["signed", { outcomes: [{}] }],
    ],
    certificates: [
      ["shown", {}], ["shown", { certificates: [] }], ["shown", { certificates: [null] }], ["shown", { certificates: [{ data: "AAA", algorithms: [] }] }],
      ["shown", { certificates: [{ data: "AAAA" }] }], ["shown", { certificates: [{ data: "AAAA", algorithms: [{}] }] }],
      ["shown", { certificates: [{ data: "AAAA", algorithms: [] }, { data: "AAAA", algorithms: [] }] }],
      ["shown", { certificates: [{ data: "AAAA", algorithms: Array(17).fill(algorithm) }] }],
      ["authenticated", { token: "{}" }], ["constructor", {}],
    ],
  };
  for (const [type, words] of Object.entries(wrong)) {
    const { p, port } = await open(type, type === "authenticate" ? login : ask);
    for (const [word, body] of words) port.say(word, body);
    assert.deepEqual(p.take(), [], type);
    assert.ok(!port.closed);
  }
});

test("a certificate that was shown lets its page ask for one signature without another press, and for nothing else", async () => {
  const { p, port } = await open("certificates", ask);
  port.say("shown", { certificates: [{ data: "AAAA", algorithms: [] }] });
  p.take();
  p.activation.isActive = false;
  const sign = { purpose: "p", documents: [{ name: "a", mediaType: "text/plain", size: 1 }], format: "cades", profile: "P1", language: "tr" };
  p.send("authenticate", login);
  assert.deepEqual(p.take().map((m) => m.body?.code), ["gesture_required"]);
  p.send("sign", sign);
  assert.deepEqual(p.take().map((m) => m.type), ["accepted"]);
  p.send("cancel");
  p.take();
  p.send("sign", sign, "00000000-0000-4000-8000-000000000000");
  assert.deepEqual(p.take().map((m) => m.body?.code), ["gesture_required"]);
});

test("what a site publishes comes with a request that it has signed, from its own origin, and from nowhere else", async () => {
  for (const [what, site, found] of [
    ["a document", async () => new Response("{é}"), "{é}"],
    ["as long as may be", async () => new Response("a".repeat(16 * 1024)), "a".repeat(16 * 1024)],
    ["too long", async () => new Response("a".repeat(16 * 1024 + 1)), ""],
    ["none", async () => new Response("x", { status: 404 }), ""],
    ["no answer", async () => { throw new TypeError("network"); }, ""],
  ]) {
    const p = page();
    p.site = site;
    p.send("authenticate", { ...login, signed: "a.b.c" });
    await settled();
    const port = p.connect();
    p.send("cancel", undefined, "00000000-0000-4000-8000-000000000000"); // nobody's
    for (let i = 0; i < 10 && port.sent.length === 0; i++) await settled();
    assert.deepEqual(port.sent.map((m) => m.body), [{ ...login, signed: "a.b.c", site: found }], what);
    assert.equal(p.fetched.length, 1);
    const [url, how] = p.fetched[0];
    assert.equal(url, "https://online.example.test/.well-known/eonay.json");
    assert.deepEqual([how.credentials, how.redirect], ["omit", "error"]);
  }
});

test("what a page's service worker says in its site's place is nothing", async () => {
  for (const [when, before] of [["before", true], ["meanwhile", false]]) {
    const p = page();
    p.site = async () => {
      p.workers.controller = {};
      return new Response("{}");
    };
    if (before) p.workers.controller = {};
    p.send("authenticate", { ...login, signed: "a.b.c" });
    const port = p.connect();
    for (let i = 0; i < 10 && port.sent.length === 0; i++) await settled();
    assert.deepEqual(port.sent.map((m) => m.body.site), [""], when);
    assert.equal(p.fetched.length, before ? 0 : 1, when);
  }
});

test("a request that is not signed asks nothing of the site", async () => {
  const { p, port } = await open("authenticate", { ...login, signed: "" });
  assert.deepEqual(port.sent[0].body, login);
  assert.deepEqual(p.fetched, []);
  const q = page();
  q.send("authenticate", { ...login, signed: "a".repeat(448 * 1024 + 1) });
  assert.deepEqual(q.take().map((m) => m.body.code), ["request_invalid"]);
});
