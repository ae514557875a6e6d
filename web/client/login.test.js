import { test } from "node:test";
import assert from "node:assert/strict";
import { authenticate, certificates, sign } from "./client.js";
import { code, failed, origin, page, say, settled } from "./testing/page.js";

const nonce = `${"A".repeat(43)}=`;
const algorithm = { cryptoAlgorithm: "ECC", hashFunction: "SHA-384", paddingScheme: "NONE" };
const shown = { data: "MAA=", algorithms: [algorithm] };

// begin asks, and has the window be there.
function begin(ask, options) {
  page.posted = [];
  const promise = ask(options);
  promise.catch(() => {});
  say("accepted");
  return promise;
}

test("a login hands the site's challenge over, and its token back", async () => {
  const stages = [];
  const promise = begin(authenticate, { nonce, purpose: "Giriş", language: "en", onProgress: (s) => stages.push(s) });
  const { id } = page.posted[0];
  assert.deepEqual(page.posted, [{
    target: origin, eonay: 1, to: "extension", id, type: "authenticate",
    body: { format: "eonay-login:1", nonce, purpose: "Giriş", language: "en" },
  }]);
  say("progress", { stage: "agreed" });
  say("authenticated", { token: '{"format":"eonay-login:1"}', more: 1 });
  assert.deepEqual(await promise, { token: '{"format":"eonay-login:1"}' });
  assert.deepEqual([stages, page.listeners.size], [["agreed"], 0]);
});

test("a question for certificates gives the one that the person has shown", async () => {
  const promise = begin(certificates, { purpose: "Başvuru" });
  assert.deepEqual([page.posted[0].type, page.posted[0].body], ["certificates", { purpose: "Başvuru", language: "tr" }]);
  say("shown", { certificates: [{ ...shown, algorithms: [{ ...algorithm, more: 1 }] }] });
  assert.deepEqual(await promise, { certificates: [{ data: new Uint8Array([0x30, 0]), algorithms: [algorithm] }] });
});

test("neither needs a purpose", async () => {
  for (const [ask, options, body] of [
    [authenticate, { nonce }, { format: "eonay-login:1", nonce, language: "tr" }],
    [authenticate, { nonce, purpose: "" }, { format: "eonay-login:1", nonce, language: "tr" }],
    [certificates, undefined, { language: "tr" }],
  ]) {
    const promise = begin(ask, options);
    assert.deepEqual(page.posted[0].body, body);
    say(...failed("cancelled"));
    await assert.rejects(promise, code("cancelled"));
  }
});

test("what the site has signed is handed over as it is", async () => {
  const documents = [{ name: "a", data: "b" }];
  for (const signed of ["a.b.c", "a".repeat(448 * 1024)]) {
    for (const [ask, options] of [[authenticate, { nonce }], [certificates, {}], [sign, { documents, purpose: "p" }]]) {
      page.posted = [];
      const promise = ask({ ...options, signed });
      await settled();
      assert.equal(page.posted[0].body.signed, signed);
      say(...failed("request_signature"));
      await assert.rejects(promise, code("request_signature"));
    }
  }
});

test("an answer of the wrong shape, or to another request, is none", async () => {
  for (const [name, ask, type, body] of [
    ["no token", authenticate, "authenticated", {}],
    ["an empty token", authenticate, "authenticated", { token: "" }],
    ["a token that is no text", authenticate, "authenticated", { token: { format: "eonay-login:1" } }],
    ["a token too large", authenticate, "authenticated", { token: "a".repeat(32769) }],
    ["nothing", authenticate, "authenticated", undefined],
    ["no certificates", certificates, "shown", { certificates: [] }],
    ["certificates that are no list", certificates, "shown", { certificates: { length: 1, 0: shown } }],
    ["too many certificates", certificates, "shown", { certificates: Array(65).fill(shown) }],
    ["a certificate of nothing", certificates, "shown", { certificates: [{ ...shown, data: "" }] }],
    ["a certificate too large", certificates, "shown", { certificates: [{ ...shown, data: "A".repeat(21852) }] }],
    ["no algorithms", certificates, "shown", { certificates: [{ data: shown.data }] }],
    ["an algorithm without a hash", certificates, "shown", { certificates: [{ ...shown, algorithms: [{ ...algorithm, hashFunction: undefined }] }] }],
  ]) {
    const promise = begin(ask, ask === authenticate ? { nonce } : {});
    for (const other of ["signed", "reported", "hash-signed", type === "shown" ? "authenticated" : "shown"]) {
      say(other, { token: "a", certificates: [shown], signatures: [] });
    }
    assert.equal(page.listeners.size, 1, name);
    say(type, body);
    await assert.rejects(promise, code("message_invalid"), name);
    assert.deepEqual(page.posted.map((m) => m.type), [ask === authenticate ? "authenticate" : "certificates"], name);
  }
});

test("a bad request is refused before anybody is asked", async () => {
  page.posted = [];
  for (const more of [
    { nonce: undefined }, { nonce: "" }, { nonce: "A".repeat(40) }, { nonce: "A".repeat(132) }, { nonce: "A".repeat(45) }, { nonce: `${"A".repeat(43)}\n` },
    { nonce: `${"A".repeat(43)}-` }, { nonce: [nonce] }, { purpose: "a\nb" }, { purpose: "ş".repeat(151) }, { purpose: 7 }, { language: "de" },
    { signed: 7 }, { signed: { toString: () => "a.b.c", length: 5 } }, { signed: "a".repeat(448 * 1024 + 1) },
  ]) {
    const refused = (error) => code("request_invalid")(error) && error.cause instanceof TypeError;
    await assert.rejects(authenticate({ nonce, ...more }), refused, JSON.stringify(more));
    if (!("nonce" in more)) await assert.rejects(certificates(more), refused, JSON.stringify(more));
  }
  await assert.rejects(authenticate(), code("request_invalid"));
  const detailed = (detail) => (error) => code("request_invalid")(error) && error.detail === detail;
  await assert.rejects(certificates({ nonce }), detailed('options: no option "nonce"; want language, signal, onProgress, installURL, signed, purpose'));
  await assert.rejects(authenticate({ nonce, format: "web-eid:1.0" }), detailed('options: no option "format"; want language, signal, onProgress, installURL, signed, purpose, nonce'));
  for (const [ask, good] of [[authenticate, { nonce }], [certificates, {}]]) {
    await assert.rejects(ask({ ...good, signal: AbortSignal.abort() }), code("cancelled"));
    page.attributes = {};
    sessionStorage.clear();
    await assert.rejects(ask(good), code("extension_missing"));
    page.attributes = { "data-eonay": "1.2.3" };
  }
  assert.deepEqual(page.posted, []);
});

test("what the person admits later is there at the next press", async () => {
  page.attributes = {};
  await assert.rejects(authenticate({ nonce }), code("extension_missing"));
  page.attributes = { "data-eonay": "1.2.3" };
  const promise = begin(authenticate, { nonce });
  say("authenticated", { token: "{}" });
  assert.deepEqual(await promise, { token: "{}" });
});
