"use strict";

// A card's new PIN, between page and window.

const { test } = require("node:test");
const assert = require("node:assert/strict");
const { ID, broker, page, request, settled } = require("./testing/world.js");

const pin = (more = {}) => ({ purpose: "Kilit çözme", code: "168857414351237", act: "aB-_9", language: "tr", ...more });
const claim = { claim: "AAAA", signature: "BBBB", card: "CCCC" };
const reported = { outcome: "done", report: "AAAA", signature: "BBBB" };

// open returns a page that has asked for a new PIN, with the window's port.
async function open() {
  const p = page();
  p.send("pin", pin());
  await settled();
  const port = p.connect();
  p.take();
  return { p, port };
}

// passed are the messages that have reached the window, after the request itself.
const passed = (port) => port.sent.slice(1).map((m) => [m.type, m.body]);

test("one request from pin to reported", async () => {
  const p = page();
  p.send("pin", pin());
  assert.deepEqual(p.take().map((m) => m.type), ["accepted"], "at once");
  await settled();
  assert.deepEqual(p.asked, [{ type: "open", act: "pin", pageRequest: p.id }]);
  const port = p.connect();
  assert.deepEqual(port.sent, [{ eonay: 1, to: "extension", id: p.id, type: "pin", body: pin() }]);
  port.say("progress", { stage: "agreed" });
  port.say("claim", { ...claim, pin: "1234" });
  p.send("release", { sealed: "AAAA", puk: "12345678" });
  port.say("reported", { ...reported, pin: "1234" });
  assert.deepEqual(p.take().map((m) => [m.type, m.body]), [["progress", { stage: "agreed" }], ["claim", claim], ["reported", reported]]);
  assert.deepEqual(passed(port), [["release", { sealed: "AAAA" }]]);
  assert.deepEqual(p.asked.slice(-2), ["released", "ended"].map((type) => ({ type, pageRequest: p.id })));
  assert.ok(port.closed);
});

test("an attestation is asked for where the page says so", async () => {
  for (const [attest, body] of [[true, pin({ attest: true })], [false, pin()]]) {
    const p = page();
    p.send("pin", pin({ attest }));
    await settled();
    assert.deepEqual(p.connect().sent.map((m) => m.body), [body]);
  }
  const p = page();
  p.send("pin", pin({ attest: "true" }));
  assert.deepEqual(p.posted.map((m) => [m.type, m.body.code]), [["failed", "request_invalid"]]);
});

test("a window that a PUK was released to makes no room before it is closed", async () => {
  const b = broker();
  const ask = { type: "open", act: "pin", pageRequest: "00000000-0000-4000-8000-000000000000" };
  const next = { ...ask, act: "sign", pageRequest: "00000000-0000-4000-8000-000000000001" };
  await b.ask(ask);
  assert.deepEqual(await b.ask({ ...ask, type: "released" }, { tab: { id: 8, windowId: 1 } }), {}, "another tab's page");
  assert.deepEqual(await b.ask({ ...next, type: "released" }), {}, "another request");
  assert.equal(b.requests()[0][1].released, undefined);
  assert.deepEqual(await b.ask({ ...ask, type: "released" }), {});
  assert.deepEqual(await b.ask(next, { documentId: "E" }), { problem: "busy" });
  assert.deepEqual(await b.ask(next, { tab: { id: 8, windowId: 1 } }), {}, "another tab");
  await b.chrome.windows.remove(b.windows[0].id);
  await settled();
  assert.deepEqual(await b.ask(next, { documentId: "E" }), {});
});

test("a window whose page has heard what came of the PUK makes room", async () => {
  const b = broker();
  const ask = { type: "open", act: "pin", pageRequest: "00000000-0000-4000-8000-000000000000" };
  await b.ask(ask);
  await b.ask({ ...ask, type: "released" });
  await b.ask({ ...ask, type: "ended" });
  assert.deepEqual(await b.ask({ ...ask, act: "sign" }), {});
  assert.equal(b.windows[0].closed, true);
});

test("a claim without the card's signature, a refusal, and a report that is not good", async () => {
  const { p, port } = await open();
  port.say("claim", { claim: "AAAA", signature: "BBBB" });
  p.send("refusal", { code: "card_unknown", message: "PUK 1" });
  assert.deepEqual(passed(port), [["refusal", { code: "card_unknown" }]]);
  port.say("failed", { code: "card_unknown", message: { tr: "a", en: "b" } });
  assert.deepEqual(p.take().map((m) => m.type), ["claim", "failed"]);

  const other = await open();
  other.port.say("claim", claim);
  other.p.send("release", { sealed: "AAAA" });
  other.port.say("reported", { ...reported, outcome: "puk_incorrect" });
  assert.equal(other.p.take().at(-1).body.outcome, "puk_incorrect");
});

test("refuses a bad request with its code, and opens nothing", async () => {
  for (const [name, body] of Object.entries({
    "no body": undefined,
    "body is text": "x",
    "fields inherited": Object.create(pin()),
    "no purpose": pin({ purpose: "" }),
    "purpose of two lines": pin({ purpose: "a\nb" }),
    "purpose too long": pin({ purpose: "ş".repeat(151) }),
    "no code": pin({ code: undefined }),
    "an empty code": pin({ code: "" }),
    "code with spaces": pin({ code: "168 857 414 351 237" }),
    "code is a number": pin({ code: 168857414351237 }),
    "code with a tail": pin({ code: "168857414351237\n" }),
    "no act": pin({ act: undefined }),
    "an empty act": pin({ act: "" }),
    "act too long": pin({ act: "a".repeat(65) }),
    "act of ten megabytes": pin({ act: "a".repeat(10 << 20) }),
    "act with a path": pin({ act: "a/../b" }),
    "act is a list": pin({ act: ["a"] }),
    "language": pin({ language: "de" }),
    "what is to be signed": request(),
  })) {
    const p = page();
    p.send("pin", body);
    await settled();
    assert.deepEqual([p.posted.map((m) => [m.type, m.body.code]), p.asked], [[["failed", "request_invalid"]], []], name);
  }
  const p = page();
  p.send("sign", pin());
  assert.equal(p.take()[0].body.code, "request_invalid", "a request is read as what it says it is");
});

test("a press opens one window, whichever it is", async () => {
  const p = page();
  p.activation.isActive = false;
  p.send("pin", pin());
  assert.deepEqual(p.take().map((m) => m.body.code), ["gesture_required"]);
  p.activation.isActive = true;
  p.press();
  p.send("sign", request());
  p.send("pin", pin(), "00000000-0000-4000-8000-000000000000");
  assert.deepEqual(p.take().map((m) => m.body?.code), [undefined, "busy"]);
  p.send("cancel");
  p.send("pin", pin());
  await settled();
  assert.equal(p.take().at(-1).body.code, "gesture_required");
});

test("an answer to the claim passes after it, once, and whole", async () => {
  const { p, port } = await open();
  p.send("release", { sealed: "AAAA" });
  p.send("refusal", { code: "card_unknown" });
  assert.deepEqual(passed(port), [], "before the claim");
  port.say("claim", claim);
  const other = "00000000-0000-4000-8000-000000000000";
  p.send("release", { sealed: "AAAA" }, other);
  for (const body of [undefined, "AAAA", {}, { sealed: "" }, { sealed: "AAA" }, { sealed: ["AAAA"] }, { sealed: "A".repeat(1372) }, { sealed: "A".repeat(64 << 20) }, Object.create({ sealed: "AAAA" })]) {
    p.send("release", body);
  }
  for (const body of [undefined, {}, { code: "" }, { code: "PUK 1" }, { code: "a".repeat(41) }, { code: ["card_unknown"] }, { code: 7 }]) {
    p.send("refusal", body);
  }
  assert.deepEqual(passed(port), [], "not whole");
  for (let i = 0; i < 1000; i++) p.send("release", { sealed: "A".repeat(1368) });
  p.send("refusal", { code: "card_unknown" });
  assert.deepEqual(passed(port).map(([type]) => type), ["release"]);
});

test("a refusal is the answer too", async () => {
  const { p, port } = await open();
  port.say("claim", claim);
  p.send("refusal", { code: "code_used" });
  p.send("release", { sealed: "AAAA" });
  port.say("reported", reported);
  assert.deepEqual([passed(port).length, p.take().map((m) => m.type)], [1, ["claim"]]);
});

test("of the window only what a page may hear passes", async () => {
  const { p, port } = await open();
  const large = "A".repeat(174768);
  for (const [name, [type, body]] of Object.entries({
    "a pull": ["pull", { document: 0, offset: 0, length: 1 }],
    "a signature": ["signed", { outcomes: [{}] }],
    "no claim": ["claim", {}],
    "a claim too large": ["claim", { ...claim, claim: "A".repeat(43696) }],
    "a claim that is no text": ["claim", { ...claim, claim: ["AAAA"] }],
    "a claim without a signature": ["claim", { claim: "AAAA" }],
    "a signature too large": ["claim", { ...claim, signature: large }],
    "a card's signature too large": ["claim", { ...claim, card: large }],
    "a card's signature of nothing": ["claim", { ...claim, card: "" }],
    "a report of nothing that was released": ["reported", reported],
  })) {
    port.say(type, body);
    assert.deepEqual(p.take(), [], name);
  }
  port.say("claim", claim);
  port.say("claim", claim);
  assert.deepEqual(p.take().map((m) => m.type), ["claim"], "one claim");
  p.send("release", { sealed: "AAAA" });
  for (const [name, body] of Object.entries({
    "no report": {},
    "a report too large": { ...reported, report: "A".repeat(43696) },
    "a signature too large": { ...reported, signature: large },
    "an outcome that is none": { ...reported, outcome: "PUK 1" },
    "an outcome that is no text": { ...reported, outcome: ["done"] },
  })) {
    port.say("reported", body);
    assert.deepEqual(p.take(), [], name);
  }
  port.say("claim", claim);
  port.say("reported", reported);
  assert.deepEqual(p.take().map((m) => m.type), ["reported"]);
});

test("every way to an end reaches the page once, also while it is asked", async () => {
  for (const [name, act, code] of [
    ["the window is closed", (p, port) => port.onDisconnect.fire(port), "cancelled"],
    ["the page is left", (p) => p.hide(), "page_gone"],
    ["the page cancels", (p) => p.send("cancel"), "cancelled"],
    ["the broker says so", (p) => p.runtime.onMessage.fire({ type: "window-closed", pageRequest: p.id }, { id: ID }), "cancelled"],
  ]) {
    const { p, port } = await open();
    port.say("claim", claim);
    p.take();
    act(p, port);
    act(p, port);
    const sent = port.sent.length;
    p.send("release", { sealed: "AAAA" });
    assert.deepEqual(p.take().map((m) => [m.type, m.body.code]), [["failed", code]], name);
    assert.equal(port.sent.length, sent, `${name}: a late answer`);
  }
});

test("the broker opens the page of the act, and no other", async () => {
  const pageRequest = "00000000-0000-4000-8000-000000000000";
  const pages = { sign: "sign", authenticate: "card", certificates: "card", "sign-hash": "card", pin: "pin" };
  for (const [act, page] of Object.entries(pages)) {
    const b = broker();
    assert.deepEqual(await b.ask({ type: "open", act, pageRequest }), {});
    assert.match(b.windows[0].url, new RegExp(`^chrome-extension://[a-p]{32}/${page}\\.html\\?request=[0-9a-f-]{36}$`));
  }
  for (const act of [undefined, "", "manage", "constructor", "__proto__", "pin.html", ["pin"], {}]) {
    const strict = broker();
    assert.deepEqual(await strict.ask({ type: "open", act, pageRequest }), { problem: "request_invalid" });
    assert.deepEqual([strict.requests(), strict.windows], [[], []]);
  }
});
