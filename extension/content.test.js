"use strict";

const { test } = require("node:test");
const assert = require("node:assert/strict");
const { ID, ORIGIN, page, request, settled } = require("./testing/world.js");

const other = "00000000-0000-4000-8000-000000000000";

// open returns a page whose request is open and whose window is connected.
async function open(body = request()) {
  const p = page();
  p.send("sign", body);
  await settled();
  const port = p.connect();
  p.take();
  return { p, port };
}

test("announces itself before any script of the page can ask", () => {
  assert.deepEqual(page().attributes, { "data-eonay": "1.2.3" });
});

test("one request from sign to signed", async () => {
  const p = page();
  p.send("sign", request({ code: "168857414351237" }));
  assert.deepEqual(p.take(), [{ target: ORIGIN, eonay: 1, to: "page", id: p.id, type: "accepted" }], "at once");
  await settled();
  assert.deepEqual(p.asked, [{ type: "open", act: "sign", pageRequest: p.id }]);

  const port = p.connect();
  const sign = { eonay: 1, to: "extension", id: p.id, type: "sign", body: request({ code: "168857414351237" }) };
  assert.deepEqual(port.sent, [sign]);

  port.say("progress", { stage: "opened" });
  port.say("pull", { document: 0, offset: 0, length: 3 });
  assert.deepEqual(p.take().map((m) => [m.type, m.body]),
    [["progress", { stage: "opened" }], ["pull", { document: 0, offset: 0, length: 3 }]]);

  port.say("progress", { stage: "agreed" });
  assert.deepEqual(p.asked.splice(1), [{ type: "agreed", pageRequest: p.id }], "the broker hears of it");
  p.take();

  p.send("chunk", { document: 0, offset: 0, data: "AAAA" });
  assert.deepEqual(port.sent.at(-1), { ...sign, type: "chunk", body: { document: 0, offset: 0, data: "AAAA" } });

  const parts = [{ document: 0, span: { document: 0, offset: 0, length: 3 } }, { document: 0, data: "AAAA", last: true }];
  for (const part of parts) port.say("signature", part);
  port.say("signed", { outcomes: [{}] });
  assert.deepEqual(p.take().map((m) => [m.type, m.body]), [["signature", parts[0]], ["signature", parts[1]], ["signed", { outcomes: [{}] }]]);
  assert.ok(port.closed);

  const before = Date.now();
  p.press();
  p.send("sign", request(), other);
  assert.equal(p.take()[0].type, "accepted", "the next request is free to come");
  const { pressedAt } = p.opened;
  assert.ok(pressedAt >= before && pressedAt <= Date.now(), "the broker hears when the person pressed");
});

test("one signature over all documents is told at once", async () => {
  const documents = Array(3).fill({ name: "a", mediaType: "text/plain", size: 3 });
  const { p, port } = await open(request({ format: "asic", together: true, asic: { signature: "cades" }, documents }));
  port.say("signature", { document: 0, span: { document: 2, offset: 0, length: 3 } });
  port.say("signature", { document: 0, data: "AAAA", last: true });
  port.say("signed", { outcomes: [{}] });
  assert.deepEqual(p.take().map((m) => m.type), ["signature", "signature", "signed"]);
});

test("drops in silence what is not ours", async () => {
  const good = { eonay: 1, to: "extension", id: other, type: "sign", body: request() };
  const cases = {
    "forged origin": [good, { origin: "https://evil.example.test" }],
    "opaque origin": [good, { origin: "null" }],
    "empty origin": [good, { origin: "" }],
    "a frame's window as source": [good, { source: {} }],
    "no source": [good, { source: null }],
    "text": ["eonay"],
    "nothing": [null],
    "a number": [1],
    "a list": [[good]],
    "our own direction": [{ ...good, to: "page" }],
    "no direction": [{ ...good, to: undefined }],
    "everything inherited": [Object.create(good)],
    "the id inherited": [Object.setPrototypeOf({ eonay: 1, to: "extension", type: "sign", body: request() }, { id: other })],
    "an id that is no UUID": [{ ...good, id: "__proto__" }],
    "an id in capitals": [{ ...good, id: other.replace("8", "A") }],
    "an id with a tail": [{ ...good, id: other + "\n" }],
    "an id that is an object": [{ ...good, id: { toString: () => other } }],
    "a version that is no number": [{ ...good, eonay: "1" }],
    "no version": [{ ...good, eonay: undefined }],
    "an unknown type": [{ ...good, type: "digest" }],
    "a type of Object.prototype": [{ ...good, type: "constructor" }],
    "a type that is no text": [{ ...good, type: ["sign"] }],
    "what only the window says": [{ ...good, type: "signed", body: { outcomes: [{}] } }],
    "a chunk nobody waits for": [{ ...good, type: "chunk", body: { document: 0, offset: 0, data: "AAAA" } }],
    "a cancel of nothing": [{ ...good, type: "cancel" }],
  };
  for (const [name, [data, from]] of Object.entries(cases)) {
    const p = page();
    p.event(data, from);
    await settled();
    assert.deepEqual([p.posted, p.asked], [[], []], name);
  }
});

test("refuses a bad request with its code, and opens nothing", async () => {
  const doc = (more) => request({ documents: [{ name: "a", mediaType: "text/plain", size: 1, ...more }] });
  const cases = {
    "no body": [undefined, "request_invalid"],
    "body is text": ["x", "request_invalid"],
    "fields inherited": [Object.create(request()), "request_invalid"],
    "no purpose": [request({ purpose: "" }), "request_invalid", "purpose: want one line of at most 300 bytes"],
    "an option that is not known": [request({ level: "LTA" }), "request_invalid", 'the request: no option "level"; this extension knows purpose, code, documents, format, profile, together, cades, pades, xades, asic, jades, eyp, language, signed'],
    "a digest": [request({ digest: "AAAA" }), "request_invalid"],
    "an origin": [request({ origin: "https://bank.example.test" }), "request_invalid"],
    "an option of __proto__": [JSON.parse('{"__proto__": 1}'), "request_invalid"],
    "an option of ten megabytes": [request({ ["a".repeat(10 << 20)]: 1 }), "request_invalid"],
    "a document's option": [doc({ data: "AAAA" }), "request_invalid", 'documents[0]: no option "data"; this extension knows name, mediaType, size'],
    "purpose is an object": [request({ purpose: { length: 3 } }), "request_invalid"],
    "purpose of two lines": [request({ purpose: "a\nb" }), "request_invalid"],
    "purpose with a line separator": [request({ purpose: "a\u2028b" }), "request_invalid"],
    "purpose with half a character": [request({ purpose: "a\ud800" }), "request_invalid"],
    "purpose too long in bytes": [request({ purpose: "ş".repeat(151) }), "request_invalid"],
    "purpose of ten megabytes": [request({ purpose: "a".repeat(10 << 20) }), "request_invalid"],
    "code of 14 digits": [request({ code: "16885741435123" }), "request_invalid"],
    "code with spaces": [request({ code: "168 857 414 351 237" }), "request_invalid"],
    "code in other digits": [request({ code: "١".repeat(15) }), "request_invalid"],
    "code is a number": [request({ code: 168857414351237 }), "request_invalid"],
    "language": [request({ language: "de" }), "request_invalid"],
    "format": [request({ format: "pdf" }), "request_invalid", "format: this extension knows cades, pades, xades, asic, jades, eyp"],
    "a type that does not go with the format": [request({ format: "pades" }), "request_invalid", "documents[0].mediaType: pades, form approval takes application/pdf"],
    "options of another format": [request({ pades: {} }), "request_invalid", 'pades: goes with format: "pades" alone'],
    "an option of a form": [request({ cades: { from: "attached" } }), "request_invalid", 'cades: no option "from"; this extension knows form, signer'],
    "together": [request({ together: true }), "request_invalid", "together: each document has a signature of its own with cades, form detached"],
    "profile of another format": [request({ format: "jades", profile: "P4" }), "request_invalid", "profile: jades, form attached is made in P1"],
    "format is a list": [request({ format: ["cades"] }), "request_invalid"],
    "profile": [request({ profile: "P5" }), "request_invalid", "profile: this extension knows P1, P2, P3, P4"],
    "no documents": [request({ documents: [] }), "request_invalid"],
    "documents are no list": [request({ documents: { length: 1, 0: {} } }), "request_invalid"],
    "too many documents": [request({ documents: Array(1001).fill({ name: "a", mediaType: "text/plain", size: 1 }) }), "request_invalid"],
    "a hole": [request({ documents: Array(1) }), "request_invalid"],
    "no name": [doc({ name: "" }), "request_invalid"],
    "name too long": [doc({ name: "a".repeat(201) }), "request_invalid"],
    "name with an escape": [doc({ name: "a\u001b[2J" }), "request_invalid"],
    "media type": [doc({ mediaType: "html" }), "request_invalid"],
    "media type in capitals": [doc({ mediaType: "Text/HTML" }), "request_invalid"],
    "media type with a parameter": [doc({ mediaType: "text/html;charset=utf-8" }), "request_invalid"],
    "media type of ten megabytes": [doc({ mediaType: "a/" + "b".repeat(10 << 20) }), "request_invalid"],
    "size 0": [doc({ size: 0 }), "request_invalid"],
    "size below 0": [doc({ size: -1 }), "request_invalid"],
    "size not whole": [doc({ size: 1.5 }), "request_invalid"],
    "size NaN": [doc({ size: NaN }), "request_invalid"],
    "size as text": [doc({ size: "1" }), "request_invalid"],
    "a text too large": [doc({ size: (10 << 20) + 1 }), "request_too_large", "documents[0]: more than 10485760 bytes"],
    "size too large": [doc({ mediaType: "application/zip", size: 2 ** 30 + 1 }), "request_too_large", "documents[0].size: more than 1073741824 bytes"],
    "too large together": [request({ documents: Array(3).fill({ name: "a", mediaType: "application/zip", size: 400 << 20 }) }),
      "request_too_large", "documents: more than 1073741824 bytes together"],
  };
  for (const [name, [body, code, detail]] of Object.entries(cases)) {
    const p = page();
    p.send("sign", body);
    await settled();
    assert.deepEqual(p.posted.map((m) => [m.type, m.body.code, typeof m.body.message.tr]), [["failed", code, "string"]], name);
    const said = p.posted[0].body.detail;
    assert.ok(said.length > 10 && said.length < 200, `${name}: ${said.slice(0, 300)}`);
    if (detail !== undefined) assert.equal(said, detail);
    assert.deepEqual(p.asked, [], name);
  }
});

test("no prototype of a request's, or of the window's words, reaches the other side", async () => {
  const evil = JSON.parse(`{"__proto__": {"polluted": 1}, "constructor": {"prototype": {"polluted": 1}}, "stage": "opened"}`);
  const { p, port } = await open();
  port.say("progress", evil);
  assert.deepEqual(p.take().map((m) => m.body), [{ stage: "opened" }]);
  p.send("sign", evil, other);
  assert.equal(p.evaluate("({}).polluted"), undefined);
});

test("a window needs a press by the person", async () => {
  const p = page();
  p.activation.isActive = false;
  p.send("sign", request());
  await settled();
  assert.deepEqual(p.posted.map((m) => m.body?.code), ["gesture_required"]);
  assert.deepEqual(p.asked, []);
});

// opens has the page ask and cancel, and tells whether a window was asked for.
async function opens(p) {
  const before = p.asked.length;
  p.send("sign", request());
  p.send("cancel");
  await settled();
  return p.asked.slice(before).some((m) => m.type === "open");
}

test("a press opens one window, however often the page cancels and asks again", async () => {
  const p = page();
  const asks = () => opens(p);
  p.press();
  assert.equal(await asks(), true);
  for (const event of [null, { isTrusted: false }, { isTrusted: true, repeat: true }]) {
    if (event !== null) p.press(event, "keydown");
    p.take();
    for (let i = 0; i < 100; i++) assert.equal(await asks(), false, JSON.stringify(event));
    assert.deepEqual([...new Set(p.take().map((m) => m.body.code))], ["gesture_required"]);
  }
  p.press({ isTrusted: true }, "keydown");
  assert.equal(await asks(), true, "the person presses again");
  assert.equal(await asks(), false);
});

test("a click without pointer and key, as a screen reader makes it, is a press", async () => {
  const p = page();
  const asks = () => opens(p);
  const later = () => new Promise((resolve) => setTimeout(resolve, 1));
  assert.equal(await asks(), true, "when the pointer goes down");
  for (const on of ["a label", "what it labels"]) p.press({ isTrusted: true }, "click", on);
  assert.equal(await asks(), false, "the clicks of the same press");
  await later();
  p.press({ isTrusted: false }, "click");
  assert.equal(await asks(), false, "a script's");
  p.press({ isTrusted: true }, "click");
  assert.equal(await asks(), true, "a screen reader's");
  await later();
  for (const [name, ...events] of [
    ["after a key that clicks nothing", ["keydown", {}], ["keyup", {}]],
    ["after a pointer that was drawn elsewhere", ["pointerdown", {}], ["pointerup", {}]],
    ["after a finger that has scrolled", ["pointerdown", { pointerType: "touch" }], ["pointercancel", { pointerType: "touch" }]],
  ]) {
    for (const [type, more] of events) p.press({ isTrusted: true, ...more }, type);
    await later();
    await asks(); // takes that press
    p.press({ isTrusted: true }, "click");
    assert.equal(await asks(), true, name);
    await later();
  }
  p.press({ isTrusted: true, pointerType: "touch" });
  p.press({ isTrusted: true, pointerType: "touch" }, "pointerup");
  await asks();
  await later();
  p.press({ isTrusted: true, pointerType: "touch" }, "click");
  assert.equal(await asks(), false, "a finger's click, which comes later than the finger goes");
});

test("a press is good for five seconds", async () => {
  for (const [name, wait, more, opens] of [
    ["just before", 4_999, () => {}, true],
    ["longer ago", 5_000, () => {}, false],
    ["held down, and let go just before", 7_000, (p) => p.press({ isTrusted: true }, "pointerup"), true],
    ["let go by a script", 7_000, (p) => p.press({ isTrusted: false }, "keyup"), false],
  ]) {
    const p = page();
    p.now += wait;
    more(p);
    p.send("sign", request());
    await settled();
    assert.equal(p.asked.some((m) => m.type === "open"), opens, name);
  }
});

test("where the press was goes with the request, and the screen it was on", async () => {
  const screen = { left: 0, top: 0, width: 1920, height: 1080 };
  const p = page();
  p.send("sign", request());
  await settled();
  assert.deepEqual(p.opened.at, { x: 300, y: 400, ...screen });
  const keys = page();
  keys.press({ isTrusted: true }, "keydown");
  keys.send("sign", request());
  await settled();
  assert.deepEqual(keys.opened.at, { x: undefined, y: undefined, ...screen });
});

test("a flood of requests opens one window", async () => {
  const p = page();
  p.send("sign", request());
  for (let i = 0; i < 5000; i++) p.send("sign", request(), other);
  p.send("sign", request()); // the same again is not another
  await settled();
  assert.equal(p.asked.length, 1);
  assert.deepEqual([...new Set(p.posted.map((m) => m.body?.code))], [undefined, "busy"]);
});

test("a chunk passes once, and only when it was asked for", async () => {
  const { p, port } = await open();
  const before = port.sent.length;
  const chunk = (more) => p.send("chunk", { document: 0, offset: 0, data: "AAAA", ...more });
  chunk();
  assert.equal(port.sent.length, before, "not asked for");
  port.say("pull", { document: 0, offset: 0, length: 3 });
  for (const more of [
    { offset: 1 }, { document: 1 }, { document: "0" }, { document: [0] }, { offset: "0" }, { document: "__proto__" }, { data: "" }, { data: "AAA" }, { data: 5 }, { data: ["AAAA"] },
    { data: "A".repeat(699056) }, { data: "A".repeat(64 << 20) },
  ]) chunk(more);
  p.send("chunk", undefined);
  p.send("chunk", { document: 0, offset: 0, data: "AAAA" }, other);
  assert.equal(port.sent.length, before, "not the one asked for");
  for (let i = 0; i < 1000; i++) chunk();
  assert.equal(port.sent.length, before + 1);
});

test("the largest chunk passes", async () => {
  const { p, port } = await open(request({ documents: [{ name: "a", mediaType: "text/plain", size: 1 << 20 }] }));
  port.say("pull", { document: 0, offset: 524288, length: 524288 });
  p.send("chunk", { document: 0, offset: 524288, data: Buffer.alloc(524288).toString("base64") });
  assert.equal(port.sent.at(-1).type, "chunk");
});

test("of the window only what a page may hear passes", async () => {
  const { p, port } = await open();
  const part = { document: 0, data: "AAAA", last: true };
  const cases = {
    "unknown type": ["certificates", {}],
    "page's own type": ["sign", request()],
    "type of Object.prototype": ["constructor", {}],
    "no body": ["pull", undefined],
    "pull of no document": ["pull", { document: 1, offset: 0, length: 1 }],
    "pull past the end": ["pull", { document: 0, offset: 999, length: 2 }],
    "pull of nothing": ["pull", { document: 0, offset: 0, length: 0 }],
    "pull below zero": ["pull", { document: 0, offset: -1, length: 1 }],
    "pull of text": ["pull", { document: "0", offset: 0, length: 1 }],
    "unknown stage": ["progress", { stage: "pin_incorrect" }],
    "a part of no document": ["signature", { ...part, document: 1 }],
    "a part of nothing": ["signature", { document: 0, last: true }],
    "a part too large": ["signature", { ...part, data: "A".repeat(699056) }],
    "a span past the end": ["signature", { document: 0, span: { document: 0, offset: 999, length: 2 } }],
    "no outcomes": ["signed", {}],
    "an outcome of nothing": ["signed", { outcomes: [{}] }],
    "a failure for a result": ["signed", { outcomes: [{ code: "token_error", message: { tr: "a", en: "b" } }] }],
    "a code that is none": ["failed", { code: "PIN 1234", message: { tr: "a", en: "b" } }],
    "no sentence": ["failed", { code: "cancelled" }],
    "another request": ["failed", { code: "cancelled", message: { tr: "a", en: "b" } }, { id: other }],
    "another version": ["failed", { code: "cancelled", message: { tr: "a", en: "b" } }, { eonay: 2 }],
    "another direction": ["failed", { code: "cancelled", message: { tr: "a", en: "b" } }, { to: "extension" }],
  };
  for (const [name, [type, body, more]] of Object.entries(cases)) {
    port.say(type, body, more);
    assert.deepEqual(p.take(), [], name);
  }
  port.say("failed", { code: "no_token", message: { tr: "a", en: "b", pin: "x" }, detail: "CKR" });
  assert.deepEqual(p.take().map((m) => m.body), [{ code: "no_token", message: { tr: "a", en: "b" } }]);
});

test("takes only the one port of the open request", async () => {
  const p = page();
  assert.ok(p.connect().closed, "no request");
  p.send("sign", request());
  await settled();
  assert.ok(p.connect(`eonay:${other}`).closed, "another request's");
  assert.ok(p.connect("").closed, "no name");
  assert.ok(p.connect(undefined, { id: "a".repeat(32) }).closed, "another extension's");
  const port = p.connect();
  assert.ok(!port.closed);
  assert.ok(p.connect().closed, "a second one");
  p.take();
  port.say("progress", { stage: "agreed" });
  assert.equal(p.take().length, 1, "the first one still stands");
});

test("every way to an end reaches the page once", async () => {
  const cases = {
    "the window is closed": [(p, port) => port.onDisconnect.fire(port), "cancelled"],
    "the page is left": [(p) => p.hide(), "page_gone"],
    "the page cancels": [(p) => p.send("cancel"), "cancelled"],
    "the broker says so": [(p) => p.runtime.onMessage.fire({ type: "window-closed", pageRequest: p.id }, { id: ID }), "cancelled"],
  };
  for (const [name, [act, code]] of Object.entries(cases)) {
    const { p, port } = await open();
    act(p, port);
    act(p, port);
    await settled();
    assert.deepEqual(p.take().map((m) => [m.type, m.body.code]), [["failed", code]], name);
    port.say("progress", { stage: "signing" });
    assert.deepEqual(p.take(), [], `${name}: silence afterwards`);
  }
});

test("a window that stops while the card signs does not say that nothing was done", async () => {
  const { p, port } = await open();
  port.say("progress", { stage: "signing" });
  p.take();
  port.onDisconnect.fire(port);
  assert.deepEqual(p.take().map((m) => m.body.code), ["window_failed"]);
});

test("the end of an old window is not the end of the next request", async () => {
  const { p, port } = await open();
  port.say("failed", { code: "cancelled", message: { tr: "a", en: "b" } });
  p.id = other;
  p.press();
  p.send("sign", request());
  await settled();
  p.take();
  port.onDisconnect.fire(port);
  assert.deepEqual(p.take(), []);
  assert.ok(!p.connect().closed, "the new window is welcome");
});

test("a cancel reaches the window, or takes it back before it has come", async () => {
  const { p, port } = await open();
  p.send("cancel");
  assert.deepEqual(port.sent.at(-1), { eonay: 1, to: "extension", id: p.id, type: "cancel" });
  const early = page();
  early.send("sign", request());
  early.send("cancel");
  await settled();
  assert.deepEqual(early.asked.map((m) => m.type), ["open", "close"]);
  assert.ok(early.connect().closed);
});

test("the broker's word counts for the open request only, and only if it is ours", async () => {
  const { p } = await open();
  p.runtime.onMessage.fire({ type: "window-closed", pageRequest: other }, { id: ID });
  p.runtime.onMessage.fire({ type: "window-closed", pageRequest: p.id }, { id: "a".repeat(32) });
  p.runtime.onMessage.fire("window-closed", { id: ID });
  assert.deepEqual(p.take(), []);
});

test("a window that does not open is told", async () => {
  for (const [answer, code] of [
    [{ problem: "window_failed" }, "window_failed"],
    [undefined, "window_failed"],
    [() => Promise.reject(new Error("no receiver")), "window_failed"],
  ]) {
    const p = page({ open: answer ?? (() => undefined) });
    p.send("sign", request());
    await settled();
    assert.deepEqual(p.take().map((m) => m.body?.code), [undefined, code]);
  }
});

test("a broker that stops before it answers takes no window away", async () => {
  let stop;
  const p = page({ open: () => new Promise((_, reject) => { stop = reject; }) });
  p.send("sign", request());
  const port = p.connect();
  stop(new Error("the message channel closed"));
  await settled();
  assert.deepEqual([port.closed, p.take().map(({ type }) => type)], [false, ["accepted"]]);
});

test("an extension that is gone says so", async () => {
  const p = page();
  p.runtime.id = undefined;
  p.send("sign", request());
  p.send("status", undefined, other);
  await settled();
  const ends = p.take().filter((m) => m.type !== "accepted");
  assert.deepEqual(ends.map((m) => m.body.code ?? m.body.hostProblem.code), ["extension_missing", "extension_missing"]);
});

test("a site's page about the installation goes to the window beside the request, and no other site's does", async () => {
  const p = page();
  const ask = (installURL) => p.event({ eonay: 1, to: "extension", id: p.id, type: "sign", body: request(), installURL });
  for (const bad of ["https://evil.example/kurulum", `${ORIGIN}.evil.example/`, `${ORIGIN}`, `${ORIGIN}/${"a".repeat(1024)}`, 7, null, { toString: () => `${ORIGIN}/a` }]) {
    ask(bad);
    await settled();
    assert.deepEqual([p.take().map((m) => m.body?.code), p.asked], [["request_invalid"], []], String(bad));
  }
  ask(`${ORIGIN}/yardim`);
  await settled();
  const port = p.connect();
  assert.deepEqual(port.sent, [{ eonay: 1, to: "extension", id: p.id, type: "sign", body: request(), installURL: `${ORIGIN}/yardim` }]);
  p.take();
  port.say("failed", { code: "host_missing", message: { tr: "T", en: "E" } });
  assert.equal(p.take()[0].body.installURL, `${ORIGIN}/kurulum`, "the build's");
});

test("what is not about a missing part has no address of the build", async () => {
  const { p, port } = await open();
  port.say("failed", { code: "cancelled", message: { tr: "T", en: "E" } });
  assert.ok(!("installURL" in p.take()[0].body));
});

test("the page about what is installed opens at a press, and once for it", async () => {
  let answer = {};
  const p = page({ setup: () => answer });
  p.send("setup");
  p.send("setup", undefined, other);
  await settled();
  assert.deepEqual(p.take().map((m) => m.body?.code ?? m.type).sort(), ["gesture_required", "setup-opened"]);
  assert.deepEqual(p.asked, [{ type: "setup" }]);
  answer = { problem: "not_admitted" };
  p.press();
  p.send("setup");
  await settled();
  assert.deepEqual(p.take().map((m) => m.body.code), ["not_admitted"]);
});

test("status asks the broker once for many askers, and tells nothing else", async () => {
  const p = page({ status: { host: "9.9.9", readers: ["x"] } });
  for (let i = 0; i < 100; i++) p.send("status");
  await settled();
  assert.equal(p.asked.length, 1);
  assert.deepEqual(p.posted[0].body, { extension: "1.2.3", protocol: 1, formats: ["cades", "pades", "xades", "asic", "jades", "eyp"], host: "9.9.9" });
  assert.equal(p.posted.length, 100);
  p.send("status");
  await settled();
  assert.equal(p.asked.length, 2, "the next one asks anew");
});

test("status tells why the host does not answer", async () => {
  const p = page({ status: { problem: "host_missing" } });
  p.send("status");
  await settled();
  assert.equal(p.posted[0].body.hostProblem.code, "host_missing");
  assert.match(p.posted[0].body.hostProblem.message.tr, /kurup/);
});

test("status never asks an open window, whose host may be at work with the card", async () => {
  const { p, port } = await open();
  p.asked.length = 0;
  p.send("status");
  await settled();
  assert.deepEqual(p.asked, [{ type: "status" }]);
  assert.deepEqual(port.sent.map((m) => m.type), ["sign"]);
});

test("elements of the page in the place of the document's properties keep nothing out", async () => {
  const element = { name: "an element" };
  const p = page({}, { documentElement: element, addEventListener: element });
  assert.deepEqual(p.attributes, { "data-eonay": "1.2.3" });
  p.send("delegate", { origins: [ORIGIN] });
  await settled();
  assert.deepEqual(p.take().map((m) => m.type), ["delegated"]);
  p.asked.length = 0;
  p.load();
  await settled();
  assert.deepEqual(p.asked, [{ type: "delegate", origins: [ORIGIN] }]);
});

test("the broker's look knows the content script by what no element of the page can be", () => {
  const source = require("node:fs").readFileSync(require("node:path").join(__dirname, "background.js"), "utf8");
  const look = source.match(/^function look\(\) \{[^]*?^\}/m)[0];
  const named = { protocol: {}, shapes: {}, bridge: {}, eonay: {}, location: new URL(ORIGIN), window: { origin: ORIGIN } };
  assert.equal(require("node:vm").runInNewContext(`${look}; look().ours`, named), false);
  assert.equal(page().evaluate(`${look}; look().ours`), true);
});

test("another version is refused by name", async () => {
  const p = page();
  p.event({ eonay: 2, to: "extension", id: p.id, type: "sign", body: request() });
  await settled();
  assert.deepEqual(p.take().map((m) => [m.eonay, m.type, m.body.code]), [[1, "failed", "extension_outdated"]]);
  assert.deepEqual(p.asked, []);
});

// random returns a generator of values as messages may hold them, always the same for a seed.
function random(seed) {
  const next = () => (seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0) / 2 ** 32;
  const pick = (list) => list[Math.floor(next() * list.length)];
  const words = ["sign", "status", "chunk", "cancel", "signed", "failed", "extension", "page", "__proto__", "constructor", "toString",
    "cades", "P1", "tr", "text/plain", "", "a".repeat(301), "\u0000", other, "AAAA", "168857414351237"];
  const keys = ["eonay", "to", "id", "type", "body", "purpose", "documents", "format", "profile", "language", "code", "name",
    "mediaType", "size", "document", "offset", "data", "__proto__", "length"];
  const value = (depth) => {
    const kind = Math.floor(next() * (depth > 3 ? 6 : 8));
    if (kind === 6) return Array.from({ length: Math.floor(next() * 4) }, () => value(depth + 1));
    if (kind === 7) {
      return Object.fromEntries(Array.from({ length: Math.floor(next() * 8) }, () => [pick(keys), value(depth + 1)]));
    }
    return [pick(words), pick(words), Math.floor(next() * 4) - 1, next() * 1e16, pick([NaN, Infinity, -0, 1n]), pick([null, undefined, true])][kind];
  };
  // damaged returns a good value with one thing in it replaced.
  const damaged = (good) => {
    const copy = structuredClone(good);
    let at = copy;
    for (;;) {
      const key = pick(Object.keys(at));
      if (typeof at[key] !== "object" || next() < 0.3) {
        at[key] = value(0);
        return copy;
      }
      at = at[key];
    }
  };
  return { value, damaged };
}

test("random messages: no exception, nothing but refusals, nothing passed on that is not whole", async () => {
  const { value, damaged } = random(5070);
  const known = ["accepted", "failed", "status-reply"];
  let accepted = 0;
  let p = page();
  for (let i = 0; i < 20_000; i++) {
    const good = { eonay: 1, to: "extension", id: p.id, type: "sign", body: request({ code: "168857414351237" }) };
    p.event(i % 2 === 0 ? value(0) : damaged(good));
    const posted = p.take();
    assert.ok(posted.every((m) => known.includes(m.type) && m.to === "page"));
    if (posted[0]?.type !== "accepted") continue;
    accepted++;
    p.id = posted[0].id;
    const { sent: [{ body }] } = p.connect();
    const { code, ...rest } = body;
    assert.deepEqual(Object.keys(rest).sort(), ["documents", "format", "language", "profile", "purpose"]);
    assert.ok(code === undefined || /^[0-9]{15}$/.test(code));
    assert.ok(body.purpose.length <= 300 && body.documents.every((d) => Object.keys(d).join() === "name,mediaType,size" && d.size >= 1 && d.size <= 2 ** 30));
    p = page();
  }
  assert.ok(accepted > 100, "some are whole, so that the checks above are checked");
});
