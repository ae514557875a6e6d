"use strict";

const { test } = require("node:test");
const assert = require("node:assert/strict");
const fs = require("node:fs");
const path = require("node:path");
const { ORIGIN, contentScripts, bridgeScripts, sentences, page, broker, request, settled } = require("./testing/world.js");

const fresh = (answers) => page(answers, {}, { fresh: true });

// slow answers the first load when it is told to.
function slow() {
  let put;
  const ready = new Promise((resolve) => { put = resolve; });
  return { put: () => put({}), load: () => ready };
}

test("a page that asks nothing has at most 6 KB", () => {
  const bytes = contentScripts.reduce((sum, file) => sum + fs.statSync(path.join(__dirname, file)).size, 0);
  assert.ok(bytes <= 6 * 1024, `${bytes} bytes`);
});

test("the page is told of the extension before it asks, and the broker of nothing", async () => {
  const p = fresh();
  p.press();
  p.event("hello");
  p.event({ to: "other", id: p.id });
  p.event({ action: "status" });
  p.event({ eonay: 1, to: "extension", id: p.id, type: "status" }, { origin: "https://other.example.test" });
  p.event({ eonay: 1, to: "extension", id: p.id, type: "status" }, { source: {} });
  p.event(Object.create({ eonay: 1, to: "extension", id: p.id, type: "status" }));
  await settled();
  assert.deepEqual([p.attributes, p.loads, p.asked, p.woken, p.posted], [{ "data-eonay": "1.2.3" }, 0, [], 0, []]);
  assert.equal(p.attributes[p.evaluate("'data-eonay'")], "1.2.3");
});

test("the attribute is the protocol's", () => {
  const p = page();
  assert.deepEqual(Object.keys(p.attributes), [p.evaluate("protocol.PageAttribute")]);
});

test("the first message brings the bridge, which hears it and all that came meanwhile, in their order", async () => {
  const { put, load } = slow();
  const p = fresh({ load });
  p.send("sign", request());
  p.send("cancel");
  p.send("sign", request(), "00000000-0000-4000-8000-000000000000");
  await settled();
  assert.deepEqual([p.loads, p.posted], [1, []]);
  put();
  await settled();
  assert.deepEqual(p.take().map(({ id, type, body }) => [id === p.id, type, body?.code]), [
    [true, "accepted", undefined], [true, "failed", "cancelled"], [false, "failed", "gesture_required"],
  ]);
  assert.deepEqual(p.asked.map(({ type }) => type), ["open", "close"]);
  p.press();
  p.send("sign", request());
  await settled();
  assert.deepEqual([p.loads, p.take()[0].type], [1, "accepted"]);
});

test("a press counts as of when the page asked, not of when the bridge was there", async () => {
  for (const [wait, load, want] of [[4_900, 5_000, "accepted"], [5_100, 0, "failed"]]) {
    const { put, ...slowly } = slow();
    const p = fresh(slowly);
    p.now += wait;
    p.send("sign", request());
    p.now += load;
    put();
    await settled();
    assert.equal(p.take()[0].type, want, `${wait} ms after the press`);
  }
});

test("the browser's word about a press counts as of when the page asked", async () => {
  for (const [active, want] of [[true, "accepted"], [false, "failed"]]) {
    const { put, load } = slow();
    const p = fresh({ load });
    p.activation.isActive = active;
    p.send("sign", request());
    p.activation.isActive = !active;
    put();
    await settled();
    assert.equal(p.take()[0].type, want, `active ${active} when the page asked`);
  }
});

test("Web eID's messages bring the bridge too", async () => {
  const p = fresh();
  p.event({ action: "web-eid:status", libraryVersion: "2" });
  p.event({ action: "web-eid:status-ack" }); // of another extension, before ours is there
  await new Promise((resolve) => { setTimeout(resolve, 400); });
  assert.deepEqual([p.loads, p.posted], [1, []]);
});

test("a site that is not admitted any more is refused what it asks, and may ask again", async () => {
  let admitted = false;
  const missing = { problem: "not_admitted", message: sentences.not_admitted };
  const p = fresh({ load: () => (admitted ? {} : missing) });
  p.send("status");
  p.event({ action: "web-eid:status" });
  p.event({ eonay: 1, to: "extension", id: 7, type: "status" });
  await settled();
  assert.deepEqual(p.take(), [{
    target: ORIGIN, eonay: 1, to: "page", id: p.id, type: "failed", body: { code: "not_admitted", message: sentences.not_admitted },
  }]);
  admitted = true;
  p.send("sign", request());
  await settled();
  assert.deepEqual([p.loads, p.take()[0].type], [2, "accepted"]);
});

test("an extension that was removed is said to be missing", async () => {
  const p = fresh();
  p.runtime.id = undefined;
  p.send("status");
  await settled();
  assert.deepEqual([p.loads, p.take()[0].body.code], [0, "extension_missing"]);
});

test("a page that floods is kept in bounds until the bridge is there", async () => {
  const { put, load } = slow();
  const p = fresh({ load });
  for (let i = 0; i < 20_000; i++) p.send("sign", request());
  p.event({ action: "web-eid:status" });
  put();
  await settled();
  assert.equal(p.loads, 1);
  p.send("cancel");
  assert.deepEqual(p.take().map(({ type }) => type), ["accepted", "failed"]);
});

test("a press wakes the broker of a page that has asked before, once in a second", async () => {
  const p = fresh();
  p.press();
  assert.equal(p.woken, 0);
  p.send("status");
  await settled();
  for (let i = 0; i < 10; i++) {
    p.now += 300;
    p.press();
  }
  p.press({ isTrusted: false });
  assert.equal(p.woken, 3);
});

test("the broker puts the bridge into the document that asks, if its site is admitted", async () => {
  const b = broker({ tabs: { 7: { origin: ORIGIN, documentId: "D", ours: true, frames: [] } } });
  assert.deepEqual(await b.ask({ type: "load" }), {});
  assert.deepEqual(b.order, [["D", ...bridgeScripts]]);
  assert.deepEqual(await b.ask({ type: "wake" }), {});
  const missing = { problem: "not_admitted", message: sentences.not_admitted };
  assert.deepEqual(await b.ask({ type: "load" }, { origin: "https://other.example.test" }), missing);
  assert.deepEqual(await b.ask({ type: "load" }, { documentId: "gone" }), { problem: "window_failed" });
  assert.equal(b.order.length, 1);
});
