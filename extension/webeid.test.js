"use strict";

const { test, mock, beforeEach, afterEach } = require("node:test");
const assert = require("node:assert/strict");
const { page, settled } = require("./testing/world.js");

const nonce = "MTIzNDU2NzgxMjM0NTY3ODEyMzQ1Njc4MTIzNDU2Nzg=";
const hash = "A".repeat(43) + "=";
const algorithm = { cryptoAlgorithm: "ECC", hashFunction: "SHA-256", paddingScheme: "NONE" };
const signs = { certificate: "AAAA", hash, hashFunction: "SHA-256" };

beforeEach(() => mock.timers.enable({ apis: ["setTimeout"] }));
afterEach(() => mock.timers.reset());

// elapse lets time pass, and everything be done that waited for it.
async function elapse(milliseconds) {
  mock.timers.tick(milliseconds);
  await settled();
}

// ask has a page say one of Web eID's messages, and nobody else answer it.
async function ask(p, action, more = {}) {
  p.event({ action, libraryVersion: "2.0.2", ...more });
  await elapse(250);
  return words(p);
}

// words takes what the page has been told in Web eID's shapes; our own acknowledgements come back to us, as they do.
function words(p) {
  const all = p.take();
  for (const { target, ...message } of all) p.event(message);
  return all;
}

// open has a page open a window, and connects it.
async function open(action, more = {}) {
  const p = page();
  assert.deepEqual((await ask(p, action, more)).map((m) => m.action), [`${action}-ack`]);
  return { p, port: connected(p) };
}

// connected connects the window that was asked for last.
function connected(p) {
  p.id = p.asked.at(-1).pageRequest;
  return p.connect();
}

test("the wait for another extension is not counted against the page's press", async () => {
  for (const [late, opens] of [[4_999, true], [5_000, false]]) {
    const p = page();
    p.now += late;
    p.event({ action: "web-eid:authenticate", challengeNonce: nonce });
    p.now += 250;
    await elapse(250);
    assert.equal(p.asked.some((m) => m.type === "open"), opens, `${late} ms after the press`);
  }
});

test("status tells versions, and opens nothing", async () => {
  const p = page({ status: { host: "1.0.0 beta" } });
  assert.deepEqual(await ask(p, "web-eid:status"), [
    { target: "https://online.example.test", action: "web-eid:status-ack" },
    { target: "https://online.example.test", action: "web-eid:status-success", library: "2.0.2", extension: "2.5.0+eonay.1.2.3", nativeApp: "2.5.0+eonay.1.0.0-beta" },
  ]);
  assert.deepEqual(p.asked.map((m) => m.type), ["status"]);
});

test("status tells what is missing", async () => {
  for (const [problem, code] of [["host_missing", "NATIVE_UNAVAILABLE"], ["host_outdated", "VERSION_MISMATCH"], ["host_stopped", "NATIVE_FATAL"]]) {
    const [, { action, error }] = await ask(page({ status: { problem } }), "web-eid:status");
    assert.equal(action, "web-eid:status-failure");
    assert.equal(error.code, `ERR_WEBEID_${code}`);
    assert.equal(error.eonay, problem);
    assert.match(error.message, /E-Onay/);
  }
});

test("a login in Web eID's format", async () => {
  const { p, port } = await open("web-eid:authenticate", { challengeNonce: nonce, options: { lang: "en" } });
  assert.equal(p.asked[0].act, "authenticate");
  assert.deepEqual(port.sent[0].body, { language: "en", format: "web-eid:1.0", nonce });
  port.say("progress", { stage: "opened" });
  const token = { unverifiedCertificate: "AAAA", algorithm: "ES384", signature: "BBBB", format: "web-eid:1.0", appVersion: "https://e-onay.tr/1" };
  port.say("authenticated", { token: JSON.stringify({ ...token, more: 1 }) });
  assert.deepEqual(words(p).map(({ target, ...m }) => m), [{ action: "web-eid:authenticate-success", ...token }]);
});

test("a certificate, and the signature of a hash with the same press", async () => {
  const { p, port } = await open("web-eid:get-signing-certificate");
  assert.equal(p.asked[0].act, "certificates");
  port.say("shown", { certificates: [{ data: "AAAA", algorithms: [algorithm] }] });
  assert.deepEqual(words(p).map(({ target, ...m }) => m),
    [{ action: "web-eid:get-signing-certificate-success", certificate: "AAAA", supportedSignatureAlgorithms: [algorithm] }]);

  p.activation.isActive = false;
  assert.deepEqual((await ask(p, "web-eid:sign", signs)).map((m) => m.action), ["web-eid:sign-ack"]);
  const signing = connected(p);
  assert.equal(p.asked.at(-1).act, "sign-hash");
  assert.deepEqual(signing.sent[0].body, { ...signs, language: "tr" });
  signing.say("hash-signed", { algorithm, signature: "CCCC" });
  assert.deepEqual(words(p).map(({ target, ...m }) => m), [{ action: "web-eid:sign-success", signature: "CCCC", signatureAlgorithm: algorithm }]);

  const [, refused] = await ask(p, "web-eid:sign", signs);
  assert.equal(refused.error.eonay, "gesture_required", "once");
});

test("a certificate that was shown long ago, or not, is no press", async () => {
  const { p, port } = await open("web-eid:get-signing-certificate");
  port.say("shown", { certificates: [{ data: "AAAA", algorithms: [] }] });
  words(p);
  p.activation.isActive = false;
  p.now += 60_000;
  assert.equal((await ask(p, "web-eid:sign", signs))[1].error.eonay, "gesture_required");
  assert.equal((await ask(p, "web-eid:authenticate", { challengeNonce: nonce }))[1].error.eonay, "gesture_required");
});

test("refusals in Web eID's words", async () => {
  for (const [ours, name, code] of [
    ["cancelled", "UserCancelledError", "USER_CANCELLED"],
    ["hash_off", "UserCancelledError", "USER_CANCELLED"],
    ["host_missing", "NativeUnavailableError", "NATIVE_UNAVAILABLE"],
    ["pin_locked", "NativeFatalError", "NATIVE_FATAL"],
    ["unsupported", "NativeInvalidArgumentError", "NATIVE_INVALID_ARGUMENT"],
    ["constructor", "NativeFatalError", "NATIVE_FATAL"],
  ]) {
    const { p, port } = await open("web-eid:sign", signs);
    port.say("failed", { code: ours, message: { tr: "T", en: "E" } });
    assert.deepEqual(words(p).map(({ target, ...m }) => m),
      [{ action: "web-eid:sign-failure", error: { name, code: `ERR_WEBEID_${code}`, message: "E", eonay: ours } }]);
  }
});

test("bad requests open nothing", async () => {
  const refused = [
    ["web-eid:authenticate", {}, "MISSING_PARAMETER"],
    ["web-eid:authenticate", { challengeNonce: nonce.slice(4) }, "NATIVE_INVALID_ARGUMENT"],
    ["web-eid:authenticate", { challengeNonce: nonce.replace("M", "\n") }, "NATIVE_INVALID_ARGUMENT"],
    ["web-eid:authenticate", { challengeNonce: "M".repeat(132) }, "NATIVE_INVALID_ARGUMENT"],
    ["web-eid:authenticate", { challengeNonce: [nonce] }, "NATIVE_INVALID_ARGUMENT"],
    ["web-eid:sign", { certificate: "AAAA", hash }, "MISSING_PARAMETER"],
    ["web-eid:sign", { ...signs, hashFunction: "SHA-384" }, "NATIVE_INVALID_ARGUMENT"],
    ["web-eid:sign", { ...signs, hashFunction: "SHA3-256" }, "NATIVE_INVALID_ARGUMENT"],
    ["web-eid:sign", { ...signs, hashFunction: "__proto__" }, "NATIVE_INVALID_ARGUMENT"],
    ["web-eid:sign", { ...signs, hashFunction: ["SHA-256"] }, "NATIVE_INVALID_ARGUMENT"],
    ["web-eid:sign", { ...signs, hashFunction: { toString: null } }, "NATIVE_INVALID_ARGUMENT"],
    ["web-eid:sign", { ...signs, certificate: "A".repeat(22000) }, "NATIVE_INVALID_ARGUMENT"],
  ];
  for (const [action, more, code] of refused) {
    const p = page();
    const told = await ask(p, action, more);
    assert.deepEqual(told.map((m) => m.action), [`${action}-ack`, `${action}-failure`], JSON.stringify(more));
    assert.equal(told[1].error.code, `ERR_WEBEID_${code}`, JSON.stringify(more));
    assert.deepEqual(p.asked, []);
  }
});

test("who does not go on in time is told so, and the window is taken back", async () => {
  const { p, port } = await open("web-eid:authenticate", { challengeNonce: nonce, options: { userInteractionTimeout: 5000 } });
  await elapse(5000);
  assert.deepEqual(words(p).map((m) => [m.action, m.error.code]), [["web-eid:authenticate-failure", "ERR_WEBEID_USER_TIMEOUT"]]);
  assert.equal(port.sent.at(-1).type, "cancel");
  assert.ok(port.closed);
});

test("one request at a time, in whichever words", async () => {
  const { p } = await open("web-eid:authenticate", { challengeNonce: nonce });
  assert.equal((await ask(p, "web-eid:sign", signs))[1].error.code, "ERR_WEBEID_ACTION_PENDING");
});

test("silent beside a Web eID extension", async () => {
  const p = page();
  p.event({ action: "web-eid:status" });
  p.event({ action: "web-eid:status-ack" }); // the other's
  await elapse(250);
  assert.deepEqual(p.take(), []);
  assert.deepEqual(await ask(p, "web-eid:authenticate", { challengeNonce: nonce }), []);
  assert.deepEqual(p.asked, []);
});

test("silent from the first acknowledgement on that is not ours, however late", async () => {
  const p = page({ status: { host: "1.0.0" } });
  assert.equal((await ask(p, "web-eid:status")).length, 2);
  assert.equal((await ask(p, "web-eid:status")).length, 2, "our own do not silence us");
  p.event({ action: "web-eid:status-ack" });
  assert.deepEqual(await ask(p, "web-eid:status"), []);
});

test("drops in silence what is not ours", async () => {
  const good = { action: "web-eid:authenticate", challengeNonce: nonce };
  const p = page();
  for (const [data, from] of [
    [good, { origin: "https://evil.example.test" }], [good, { source: {} }], [good, { source: null }],
    [Object.create(good)], [{ ...good, action: "web-eid:warning" }], [{ ...good, action: "web-eid:constructor" }],
    [{ ...good, action: ["web-eid:authenticate"] }], [{ ...good, action: "web-eid:authenticate-success" }], [null], ["web-eid:status"],
  ]) p.event(data, from);
  await elapse(1000);
  assert.deepEqual(p.take(), []);
  assert.deepEqual(p.asked, []);
});

test("no page can ask for a hash, or for a Web eID login, in our own words", async () => {
  const p = page();
  p.send("sign-hash", { ...signs, language: "tr" });
  assert.deepEqual(p.take(), []);
  p.send("authenticate", { format: "web-eid:1.0", nonce, language: "tr" });
  assert.deepEqual(p.take().map((m) => [m.type, m.body.code]), [["failed", "request_invalid"]]);
  assert.deepEqual(p.asked, []);
});
