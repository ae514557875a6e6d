import { test } from "node:test";
import assert from "node:assert/strict";
import fs from "node:fs";
import * as client from "./client.js";
import { code, event, failed, origin, page, say, settled } from "./testing/page.js";

const { installed, openSetup, sign, status } = client;
const options = (more = {}) => ({ purpose: "E-Onay verilmesi", documents: [{ name: "onay.txt", data: "merhaba" }], ...more });

// begin starts a request and returns its promise once the request is posted.
async function begin(more) {
  const promise = sign(options(more));
  promise.catch(() => {});
  await settled();
  return { promise };
}

// chunksPosted waits until so many answers to pulls are posted.
async function chunksPosted(n) {
  while (page.posted.filter((m) => m.type === "chunk").length < n) await settled();
}

test("knows at once whether the extension is there", async () => {
  assert.equal(installed(), true);
  page.attributes = {};
  assert.equal(installed(), false);
  sessionStorage.clear();
  await assert.rejects(sign(options()), code("extension_missing"));
  assert.deepEqual(page.posted, []);
  const { problem, extension } = await status();
  assert.deepEqual([problem.code, extension], ["extension_missing", ""]);
});

test("a page of a tab in which the extension was before says that a press on its button is needed", async () => {
  assert.equal(installed(), true);
  page.attributes = {}; // the next document, which no press has admitted
  for (const ask of [() => sign(options()), () => openSetup()]) await assert.rejects(ask(), code("not_admitted"));
  assert.equal((await status()).problem.code, "not_admitted");
  assert.deepEqual(page.posted, []);
  window.parent = {};
  await assert.rejects(sign(options()), code("extension_missing"), "in a frame no press helps");
  window.parent = window;
  Object.defineProperty(globalThis, "sessionStorage", { configurable: true, get() { throw new Error("SecurityError"); } });
  await assert.rejects(sign(options()), code("extension_missing"), "without storage nothing is known");
  page.attributes = { "data-eonay": "1.2.3" };
  assert.equal(installed(), true);
});

test("an error about a missing part leads to the site's page, or the extension's", async () => {
  const theirs = "https://online.example.tr/kurulum";
  const missing = ["failed", { code: "host_missing", message: { tr: "T", en: "E" }, installURL: theirs }];
  for (const [more, told, want] of [
    [{}, missing, theirs],
    [{ installURL: "/yardim" }, missing, `${origin}/yardim`],
    [{ installURL: `${origin}/yardim?a=1#b` }, missing, `${origin}/yardim?a=1#b`],
    [{ installURL: "/yardim" }, failed("host_stopped"), ""],
    [{}, failed("host_missing"), ""],
    [{}, ["failed", { ...missing[1], installURL: "data:text/html,x" }], ""],
    [{}, ["failed", { ...missing[1], installURL: 7 }], ""],
  ]) {
    page.posted = [];
    const promise = sign(options(more));
    say("accepted");
    say(...told);
    await assert.rejects(promise, (e) => e.installURL === want, JSON.stringify([more, told]));
    assert.equal(page.posted[0].installURL, more.installURL === undefined ? undefined : new URL(more.installURL, origin).href);
    assert.ok(!("installURL" in page.posted[0].body), "an older extension must not see an option that it does not know");
  }
  page.attributes = {};
  assert.equal((await status({ installURL: "/yardim" })).problem.installURL, `${origin}/yardim`);
  page.posted = [];
  for (const installURL of ["https://evil.example/kurulum", "//evil.example", "data:text/html,x", 7, `/${"a".repeat(1024)}`, "https://online.example.test.evil.example/"]) {
    await assert.rejects(sign(options({ installURL })), (e) => code("request_invalid")(e) && e.detail.startsWith("installURL:"), String(installURL));
  }
  assert.deepEqual(page.posted, []);
});

test("the extension's page about what is installed opens, and says nothing", async () => {
  const promise = openSetup();
  const { id } = page.posted[0];
  assert.deepEqual(page.posted, [{ target: origin, eonay: 1, to: "extension", id, type: "setup" }]);
  say("setup-opened", { reader: "x" });
  assert.equal(await promise, undefined);
  page.posted = [];
  const refused = openSetup();
  say(...failed("gesture_required"));
  await assert.rejects(refused, code("gesture_required"));
});

test("a format's options: the image of a stamp goes as base64", async () => {
  const image = new Uint8Array([0x89, 0x50]);
  const documents = [{ name: "a.pdf", mediaType: "application/pdf", data: "%PDF" }];
  await begin({ format: "pades", documents, pades: { stamp: { page: -1, image } } });
  assert.deepEqual(page.posted[0].body.pades, { stamp: { page: -1, image: "iVA=" } });
});

test("a document of the server's, in base64", async () => {
  const document = { name: "a.pdf", mediaType: "application/pdf", base64: "JVBERv8=" };
  await begin({ documents: [document] });
  assert.equal(page.posted[0].body.documents[0].size, 5);
  say("accepted");
  say("pull", { document: 0, offset: 0, length: 5 });
  await chunksPosted(1);
  assert.equal(page.posted.at(-1).body.data, "JVBERv8=");
  for (const more of [{ base64: "%PDF" }, { data: "%PDF", base64: "JVBERv8=" }, { base64: undefined }, { base64: 1 }]) {
    await assert.rejects(sign(options({ documents: [{ name: "a.pdf", ...document, ...more }] })), code("request_invalid"));
  }
});

test("one signature over all documents", async () => {
  const documents = [{ name: "a", data: "ab" }, { name: "b", data: "cd" }];
  const { promise } = await begin({ format: "asic", together: true, asic: { signature: "cades" }, documents });
  const { body } = page.posted[0];
  assert.deepEqual([body.format, body.together, body.asic], ["asic", true, { signature: "cades" }]);
  say("accepted");
  say("signature", { document: 0, data: "UEs=" });
  say("signature", { document: 0, span: { document: 1, offset: 1, length: 1 }, last: true });
  say("signed", { outcomes: [{}] });
  const { signatures } = await promise;
  assert.equal(signatures.length, 1);
  assert.equal(await signatures[0].file.text(), "PKd");
});

test("signs: asks, answers pulls, reports progress, gives bytes", async () => {
  const stages = [];
  const data = new Uint8Array(1 << 20).map((_, i) => i * 7);
  const first = data.slice();
  const { promise } = await begin({
    documents: [{ name: "onay.txt", data }, { name: "ş.txt", data: "ş" }, { name: "b.txt", data: new Blob(["ab"]) }],
    code: "168857414351237", onProgress: (s) => stages.push(s),
  });
  const [asked] = page.posted;
  assert.match(asked.id, /^[0-9a-f-]{36}$/);
  assert.deepEqual(asked, {
    target: origin, eonay: 1, to: "extension", id: asked.id, type: "sign",
    body: {
      purpose: "E-Onay verilmesi", format: "cades", profile: "P1", language: "tr", code: "168857414351237",
      documents: [
        { name: "onay.txt", mediaType: "text/plain", size: 1 << 20 },
        { name: "ş.txt", mediaType: "text/plain", size: 2 },
        { name: "b.txt", mediaType: "text/plain", size: 2 },
      ],
    },
  });
  data.fill(0); // the page's own bytes count no longer
  say("accepted");
  say("progress", { stage: "opened" });
  say("pull", { document: 0, offset: 524288, length: 524288 });
  say("pull", { document: 1, offset: 0, length: 2 });
  await chunksPosted(2);
  const chunks = page.posted.slice(1);
  assert.deepEqual(chunks.map(({ type, id, body }) => [type, id, body.document, body.offset]),
    [["chunk", asked.id, 0, 524288], ["chunk", asked.id, 1, 0]]);
  assert.ok(Buffer.from(chunks[0].body.data, "base64").equals(first.subarray(524288)));
  assert.equal(Buffer.from(chunks[1].body.data, "base64").toString(), "ş");
  const part = { data: Buffer.from([0x30, 0, 255]).toString("base64"), last: true };
  for (const document of [0, 1, 2]) say("signature", { document, ...part });
  say("signed", { outcomes: [{}, {}, {}] });
  const { signatures } = await promise;
  const { file, ...rest } = signatures[2];
  assert.deepEqual(rest, { format: "cades", profile: "P1", data: new Uint8Array([0x30, 0, 255]) });
  assert.deepEqual(new Uint8Array(await file.arrayBuffer()), rest.data);
  assert.equal(signatures.length, 3);
  assert.deepEqual(stages, ["opened"]);
  assert.equal(page.listeners.size, 0, "listens no longer");
});

const two = { documents: [{ name: "a", data: "merhaba" }, { name: "b", data: "dünya" }] };
const refused = { code: "token_removed", message: { tr: "T", en: "E" } };

test("a signed file is put together of new bytes and of the page's documents", async () => {
  const { promise } = await begin(two);
  say("signature", { document: 0, data: "PDw8" });
  say("signature", { document: 0, span: { document: 0, offset: 3, length: 4 } });
  say("signature", { document: 0, span: { document: 1, offset: 0, length: 6 } });
  say("signature", { document: 0, data: "Pj4+", last: true });
  say("signature", { document: 1, data: "AA==" });
  say("signature", { document: 1, data: "AQI=", last: true });
  say("signed", { outcomes: [{}, {}] });
  const { signatures: [whole, detached] } = await promise;
  assert.equal(await whole.file.text(), "<<<habadünya>>>");
  assert.equal("data" in whole, false, "not all of it is new");
  assert.deepEqual(detached.data, new Uint8Array([0, 1, 2]));
});

test("a document that was not signed does not take the others along", async () => {
  const signed = { document: 1, data: "AAAA", last: true };
  for (const [name, type, body] of [
    ["the window says so", "signed", { outcomes: [refused, {}] }],
    ["the request fails behind it", "failed", refused],
  ]) {
    page.posted = [];
    const { promise } = await begin(two);
    say("signature", signed);
    say(type, body);
    const { signatures: [first, second] } = await promise;
    assert.deepEqual([first.problem.code, first.problem.message, first.file], ["token_removed", "T", undefined], name);
    assert.deepEqual([second.problem, second.data], [undefined, new Uint8Array(3)], name);
  }
});

test("what has come in part is not given", async () => {
  const { promise } = await begin(two);
  say("signature", { document: 0, data: "AAAA" });
  say("failed", refused);
  await assert.rejects(promise, code("token_removed"));
});

test("hears nobody but the extension, on this request", async () => {
  const { promise } = await begin();
  const good = { eonay: 1, to: "page", id: page.posted[0].id, type: "failed", body: { code: "busy", message: { tr: "a", en: "b" } } };
  for (const [data, from] of [
    [good, { origin: "https://evil.example.test" }],
    [good, { origin: "null" }],
    [good, { source: {} }],
    [good, { source: null }],
    [{ ...good, id: crypto.randomUUID() }],
    [{ ...good, id: [good.id] }],
    [{ ...good, to: "extension" }],
    [{ ...good, eonay: "1" }],
    [{ ...good, eonay: 2, type: "signed", body: { outcomes: [] } }],
    [{ ...good, type: "constructor" }],
    [{ ...good, type: { toString: "failed" } }],
    [null], ["failed"], [7], [[good]],
  ]) event(data, from);
  for (const f of [...page.listeners]) f({ source: globalThis.window, origin, data: Object.create(good) });
  await settled();
  assert.equal(page.listeners.size, 1, "still waiting");
  say(...failed("cancelled"));
  await assert.rejects(promise, code("cancelled"));
});

test("an answer of the wrong shape ends the request, and tells the window", async () => {
  const part = { document: 0, data: "AAAA", last: true };
  const span = { document: 0, offset: 0, length: 7 };
  for (const [name, type, body, before = []] of [
    ["no pull", "pull", undefined],
    ["pull of no document", "pull", { document: 2, offset: 0, length: 1 }],
    ["pull of a property", "pull", { document: "length", offset: 0, length: 1 }],
    ["pull past the end", "pull", { document: 0, offset: 0, length: 8 }],
    ["pull too long", "pull", { document: 1, offset: 0, length: 524289 }],
    ["pull below zero", "pull", { document: 0, offset: -1, length: 1 }],
    ["no progress", "progress", undefined],
    ["no part", "signature", undefined],
    ["a part of no document", "signature", { ...part, document: 2 }],
    ["neither bytes nor span", "signature", { document: 0, last: true }],
    ["bytes and span", "signature", { ...part, span }],
    ["no bytes", "signature", { ...part, data: "" }],
    ["not base64", "signature", { ...part, data: "?" }],
    ["not base64, of the right length", "signature", { ...part, data: "????" }],
    ["too many bytes", "signature", { ...part, data: "A".repeat(699056) }],
    ["span of no document", "signature", { document: 0, span: { ...span, document: 2 } }],
    ["span past the end", "signature", { document: 0, span: { ...span, offset: 1 } }],
    ["span below zero", "signature", { document: 0, span: { ...span, offset: -1 } }],
    ["span of nothing", "signature", { document: 0, span: { ...span, length: 0 } }],
    ["more of a whole file", "signature", part, [part]],
    ["another document before the last part", "signature", { ...part, document: 1 }, [{ ...part, last: false }]],
    ["a document behind its turn", "signature", part, [{ ...part, document: 1 }]],
    ["no outcomes", "signed", {}, [part]],
    ["too few", "signed", { outcomes: [{}] }, [part]],
    ["too many", "signed", { outcomes: [{}, refused, refused] }, [part]],
    ["signed, and no part has come", "signed", { outcomes: [{}, {}] }, [part]],
    ["signed, and the last part has not come", "signed", { outcomes: [{}, {}] }, [part, { ...part, document: 1, last: false }]],
    ["not signed, and all parts have come", "signed", { outcomes: [refused, refused] }, [part]],
    ["none is signed", "signed", { outcomes: [refused, refused] }],
    ["an outcome without a sentence", "signed", { outcomes: [{}, { code: "cancelled" }] }, [part]],
    ["a sentence without an outcome", "signed", { outcomes: [{ message: refused.message }, refused] }, [part]],
    ["no code", "failed", {}],
    ["no failure", "failed", undefined],
  ]) {
    page.posted = [];
    const { promise } = await begin({ documents: [{ name: "a", data: "merhaba" }, { name: "b", data: new Uint8Array(1 << 20) }] });
    for (const b of before) say("signature", b);
    say(type, body);
    await assert.rejects(promise, code("message_invalid"), name);
    assert.equal(page.posted.some((m) => m.type === "cancel"), !["signed", "failed"].includes(type), name);
    assert.equal(page.listeners.size, 0, name);
  }
});

test("a signed file has its bounds", async () => {
  for (const [name, part, most] of [
    ["parts", { document: 0, data: "AAAA" }, 4096],
    ["new bytes", { document: 0, data: "A".repeat(699050) + "==" }, 64],
  ]) {
    page.posted = [];
    const { promise } = await begin();
    for (let i = 0; i < most; i++) say("signature", part);
    assert.equal(page.listeners.size, 1, name);
    say("signature", part);
    await assert.rejects(promise, code("message_invalid"), name);
  }
});

test("a failure carries code and sentence in the language asked for", async () => {
  for (const [language, lang, text] of [["en", "tr", "E"], ["tr", "en", "T"], [undefined, "en-GB", "E"], [undefined, "", "T"], [undefined, "enx", "T"]]) {
    page.lang = lang;
    page.posted = [];
    const { promise } = await begin(language === undefined ? {} : { language });
    say(...failed("pin_locked"));
    await assert.rejects(promise, (e) => {
      assert.deepEqual([e.name, e.code, e.message, e.messages], ["EOnayError", "pin_locked", text, { tr: "T", en: "E" }]);
      return e instanceof Error;
    });
  }
});

test("a failure without a sentence gets the library's own", async () => {
  for (const [name, message] of [["cancelled", undefined], ["cancelled", { tr: 1, en: 2 }], ["constructor", undefined]]) {
    page.posted = [];
    const { promise } = await begin();
    say("failed", message === undefined ? { code: name } : { code: name, message });
    await assert.rejects(promise, (e) => e.code === name && e.message.length > 10);
  }
});

// huge is a Blob that says it has so many bytes, and must not be read.
const huge = (size) => Object.defineProperties(new Blob(), { size: { value: size }, arrayBuffer: { value: () => assert.fail("read") }, slice: { value: () => assert.fail("read") } });

test("a Blob is read as the window wants it, and one that cannot be read ends the request", async () => {
  const data = new Blob(["merhaba"]);
  const { promise } = await begin({ documents: [{ name: "a", mediaType: "application/zip", data }] });
  say("pull", { document: 0, offset: 3, length: 2 });
  say("pull", { document: 0, offset: 0, length: 3 });
  await chunksPosted(2);
  assert.deepEqual(page.posted.slice(1).map(({ body }) => [body.offset, atob(body.data)]), [[3, "ha"], [0, "mer"]]);
  data.slice = () => ({ arrayBuffer: () => Promise.reject(new Error("gone")) });
  say("pull", { document: 0, offset: 5, length: 1 });
  await assert.rejects(promise, (e) => code("document_changed")(e) && e.cause.message === "gone");
  assert.equal(page.posted.at(-1).type, "cancel");
});

test("refuses a bad request before anybody is asked, and tells the developer why", async () => {
  const doc = (more) => options({ documents: [{ name: "a", data: "x", ...more }] });
  for (const [name, given, want, detail] of [
    ["nothing", undefined, "request_invalid"],
    ["no documents", options({ documents: [] }), "request_invalid"],
    ["documents are no list", options({ documents: { length: 1 } }), "request_invalid"],
    ["too many", options({ documents: Array(1001).fill({ name: "a", data: "x" }) }), "request_invalid"],
    ["no purpose", options({ purpose: "" }), "request_invalid"],
    ["purpose of two lines", options({ purpose: "a\nb" }), "request_invalid"],
    ["purpose too long", options({ purpose: "ş".repeat(151) }), "request_invalid"],
    ["code too short", options({ code: "1" }), "request_invalid"],
    ["code is a number", options({ code: 168857414351237 }), "request_invalid"],
    ["language", options({ language: "de" }), "request_invalid"],
    ["format", options({ format: "pdf" }), "request_invalid", "format: want one of cades, pades, xades, asic, jades, eyp"],
    ["a type that does not go with the format", options({ format: "xades" }), "request_invalid", "documents[0].mediaType: xades, form enveloped takes application/xml, text/xml, +xml"],
    ["options of another format", options({ xades: {} }), "request_invalid", 'xades: goes with format: "xades" alone'],
    ["too large for its form", options({ format: "jades", documents: [{ name: "a", mediaType: "a/b", data: new Uint8Array((10 << 20) + 1) }] }), "request_too_large",
      "documents[0]: more than 10485760 bytes with jades, form attached"],
    ["profile", options({ profile: "P5" }), "request_invalid", "profile: want one of P1, P2, P3, P4"],
    ["an option that is not known", options({ level: "LTA" }), "request_invalid", 'options: no option "level"; want language, signal, onProgress, installURL, signed, purpose, documents, code, format, profile, together, cades, pades, xades, asic, jades, eyp'],
    ["a document's option", doc({ hash: "x" }), "request_invalid", 'documents[0]: no option "hash"; want name, mediaType, data, base64'],
    ["a document that is a hole", options({ documents: Array(1) }), "request_invalid", "documents[0]: want an object"],
    ["bytes that say another size", doc({ data: Object.assign(new Uint8Array((10 << 20) + 1), { size: 1, slice: () => assert.fail("read") }) }), "request_too_large"],
    ["a blob that is read", doc({ data: Object.assign(new Blob(["a".repeat((10 << 20) + 1)]), { arrayBuffer: () => assert.fail("read") }) }), "request_too_large"],
    ["signed is no text", options({ signed: 7 }), "request_invalid"],
    ["signed too long", options({ signed: "a".repeat(448 * 1024 + 1) }), "request_invalid"],
    ["no name", doc({ name: undefined }), "request_invalid"],
    ["name too long", doc({ name: "a".repeat(201) }), "request_invalid"],
    ["a digest", doc({ data: undefined, digest: new Uint8Array(32) }), "request_invalid"],
    ["data null", doc({ data: null }), "request_invalid"],
    ["data empty", doc({ data: "" }), "request_invalid"],
    ["empty blob", doc({ data: new Blob([]) }), "request_invalid"],
    ["media type", doc({ mediaType: "text" }), "request_invalid", 'documents[0].mediaType: want a media type, as "text/plain", in small letters and without parameters'],
    ["media type in capitals", doc({ mediaType: "Text/plain" }), "request_invalid"],
    ["media type with a parameter", doc({ mediaType: "text/plain; charset=utf-8" }), "request_invalid"],
    ["media type too long", doc({ mediaType: "a/" + "b".repeat(99) }), "request_invalid"],
    ["too large", doc({ data: new Uint8Array((10 << 20) + 1) }), "request_too_large", "documents[0]: more than 10485760 bytes"],
    ["too large in UTF-8", doc({ data: "ş".repeat((5 << 20) + 1) }), "request_too_large"],
    ["blob too large", doc({ data: new Blob([new Uint8Array((10 << 20) + 1)]) }), "request_too_large"],
    ["too large together", options({ documents: Array(3).fill({ name: "a", mediaType: "application/pdf", data: huge(400 << 20) }) }),
      "request_too_large", "documents: more than 1073741824 bytes together"],
  ]) {
    await assert.rejects(sign(given), (e) => code(want)(e) && e.cause instanceof TypeError && e.detail === e.cause.message && e.detail === (detail ?? e.detail), name);
    assert.deepEqual(page.posted, [], name);
  }
});

test("what the extension says of a page's mistake reaches its developer", async () => {
  const { promise } = await begin();
  say("failed", { code: "request_invalid", message: { tr: "T", en: "E" }, detail: "purpose: want one line" });
  await assert.rejects(promise, (e) => e.message === "T" && e.detail === "purpose: want one line" && e.cause.message === e.detail);
  page.posted = [];
  const { promise: other } = await begin();
  say("failed", { code: "busy", message: { tr: "T", en: "E" }, detail: { length: 1 } });
  await assert.rejects(other, (e) => e.detail === "" && e.cause === undefined);
});

test("an AbortSignal cancels", async () => {
  const controller = new AbortController();
  const { promise } = await begin({ signal: controller.signal });
  controller.abort("enough");
  await assert.rejects(promise, (e) => code("cancelled")(e) && e.cause === "enough");
  assert.deepEqual(page.posted.map((m) => m.type), ["sign", "cancel"]);
  assert.equal(page.listeners.size, 0);
  page.posted = [];
  await assert.rejects(sign(options({ signal: controller.signal })), code("cancelled"));
  assert.deepEqual(page.posted, []);
});

test("an AbortSignal that comes too late does nothing", async () => {
  const controller = new AbortController();
  const { promise } = await begin({ signal: controller.signal });
  say(...failed("busy"));
  await assert.rejects(promise, code("busy"));
  controller.abort();
  assert.deepEqual(page.posted.map((m) => m.type), ["sign"]);
});

test("an error in onProgress is the page's own", async () => {
  const { promise } = await begin({ onProgress: () => { throw new Error("page"); } });
  say("progress", { stage: "opened" });
  say("progress", { stage: "pin_incorrect" });
  assert.deepEqual(page.reported.map((e) => e.message), ["page"]);
  say(...failed("cancelled"));
  await assert.rejects(promise, code("cancelled"));
});

test("an extension that is gone is missing, a slow person is not", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const { promise } = await begin();
  t.mock.timers.tick(5_000);
  await assert.rejects(promise, code("extension_missing"));
  page.posted = [];
  const slow = await begin();
  say("accepted");
  t.mock.timers.tick(3_600_000);
  say(...failed("cancelled"));
  await assert.rejects(slow.promise, code("cancelled"));
});

test("status tells versions or the problem, and is not rejected", async () => {
  const whole = { extension: "1.2.3", protocol: 1, formats: ["cades", 7], host: "9.9.9" };
  const reply = (type, body, more) => { page.extension = ({ id }) => event({ eonay: 1, to: "page", id, type, body, ...more }); };
  reply("status-reply", whole);
  assert.deepEqual(await status(), { ...whole, formats: ["cades"], problem: null });
  reply("status-reply", { ...whole, host: "", hostProblem: { code: "host_missing", message: { tr: "T", en: "E" } } });
  const { problem, ...rest } = await status({ language: "en" });
  assert.deepEqual([problem.code, problem.message, rest.host], ["host_missing", "E", ""]);
  reply(...failed("extension_outdated"), { eonay: 9 });
  assert.equal((await status()).problem.code, "extension_outdated");
  for (const bad of [undefined, {}, { ...whole, host: 1 }, { ...whole, formats: null }]) {
    reply("status-reply", bad);
    assert.equal((await status()).problem.code, "message_invalid");
  }
});

test("two requests do not hear each other", async () => {
  const { promise: a } = await begin();
  const { promise: b } = await begin();
  const ids = page.posted.map((m) => m.id);
  assert.notEqual(ids[0], ids[1]);
  event({ eonay: 1, to: "page", id: ids[1], type: "failed", body: { code: "busy", message: { tr: "a", en: "b" } } });
  await assert.rejects(b, code("busy"));
  say(...failed("cancelled"));
  await assert.rejects(a, code("cancelled"));
});

test("the declarations name what the module exports", () => {
  const text = fs.readFileSync(new URL("./client.d.ts", import.meta.url), "utf8");
  const declared = [...text.matchAll(/^export (?:class|function|const) (\w+)/gm)].map((m) => m[1]);
  assert.deepEqual(declared.sort(), Object.keys(client).sort());
});

test("the package gives the module by its name, and holds what its manual and the module need", async () => {
  assert.deepEqual(Object.keys(await import("@e-onay/client")), Object.keys(client));
  const { files, types } = JSON.parse(fs.readFileSync(new URL("./package.json", import.meta.url), "utf8"));
  assert.ok(files.includes(types.slice("./".length)));
  for (const file of files) {
    const text = fs.readFileSync(new URL(file, import.meta.url), "utf8");
    for (const [, needed] of text.matchAll(/\bfrom "\.\/(.+)";$/gm)) assert.ok(files.includes(needed), `${file} needs ${needed}`);
  }
});
