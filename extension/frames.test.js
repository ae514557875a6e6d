"use strict";

// Requests from frames: what a page delegates, where the script is put, and which frames are heard.

const { test } = require("node:test");
const assert = require("node:assert/strict");
const { ORIGIN, contentScripts, bridgeScripts, sentences, broker, page, request, settled } = require("./testing/world.js");

const shop = "https://shop.example.test:8443";
const other = "https://other.example.test";
const permitted = ["https://shop.example.test/*"];
const pageRequest = "00000000-0000-4000-8000-000000000000";
const open = { type: "open", act: "sign", pageRequest };
const files = [...contentScripts, ...bridgeScripts];
const unheard = { problem: "extension_missing", message: sentences.extension_missing };
const frame = { frameId: 3, documentId: "F", origin: shop };

// around returns a broker and a page with frames, whose tab is 7.
function around(frames, more = {}) {
  return broker({ permitted: [...permitted], tabs: { 7: { origin: ORIGIN, documentId: "D", ours: true, frames } }, ...more });
}

// delegated returns one whose page has delegated to the shop, in whose frame the script is.
async function delegated(more) {
  const b = around([{ frameId: 3, origin: shop, direct: true }], more);
  assert.deepEqual(await b.ask({ type: "delegate", origins: [shop] }), {});
  return b;
}

const put = (b) => b.order.filter((o) => typeof o[0] === "number");

test("a page says to whom it delegates, and hears when the frames can ask", async () => {
  const p = page();
  for (const origins of [[shop, "http://localhost:8080"], []]) {
    p.send("delegate", { origins });
    await settled();
    assert.deepEqual(p.asked.splice(0), [{ type: "delegate", origins }]);
    assert.deepEqual(p.take().map((m) => [m.type, m.body]), [["delegated", undefined]]);
  }
});

test("a list that is none is refused, and told to nobody", async () => {
  const p = page();
  for (const origins of [undefined, shop, { length: 1, 0: shop }, [`${shop}/`], ["null"], ["*"], ["shop.example.test"], ["HTTPS://shop.example.test"],
    ["https://shop.example.test:443"], ["ftp://shop.example.test"], ["data:text/html,a"], ["blob:https://shop.example.test"], [[shop]], [{ toString: () => shop }],
    [`https://${"a".repeat(300)}.test`], Array(9).fill(shop), new Array(1e6)]) {
    p.send("delegate", { origins });
    await settled();
    assert.deepEqual(p.take().map((m) => m.body?.code), ["request_invalid"], String(origins).slice(0, 80));
  }
  p.send("delegate", { origins: [shop], all: true });
  await settled();
  assert.deepEqual([p.take()[0].body.detail, p.asked], ['the request: no option "all"; this extension knows origins', []]);
  p.send("delegate", Object.create({ origins: [shop] }));
  await settled();
  assert.deepEqual([p.take()[0].body.code, p.asked], ["request_invalid", []]);
});

test("the page is told why it cannot delegate", async () => {
  const p = page({ delegate: { problem: "unsupported" } });
  p.send("delegate", { origins: [shop] });
  await settled();
  assert.deepEqual(p.take().map((m) => m.body.code), ["unsupported"]);
});

test("the broker looks again when a frame has loaded, and when the page is shown again", async () => {
  const p = page();
  p.load();
  p.show();
  assert.deepEqual(p.asked, [], "nobody has delegated");
  p.send("delegate", { origins: [shop] });
  await settled();
  for (const again of [() => p.load(), () => p.show()]) {
    p.asked.length = 0;
    again();
    await settled();
    assert.deepEqual(p.asked, [{ type: "delegate", origins: [shop] }]);
  }
  p.asked.length = 0;
  p.load("img");
  await settled();
  assert.deepEqual(p.asked, []);
});

test("ten thousand lists keep one look busy, and the last one counts", async () => {
  let running = 0;
  let most = 0;
  const release = [];
  const p = page({ delegate: () => new Promise((done) => {
    most = Math.max(most, ++running);
    release.push(() => { running--; done({}); });
  }) });
  p.send("delegate", { origins: [shop] });
  await settled();
  for (let i = 0; i < 10_000; i++) p.send("delegate", { origins: [other] });
  release.shift()();
  await settled();
  release.shift()();
  await settled();
  assert.deepEqual(p.asked.map((m) => m.origins), [[shop], [other]]);
  assert.deepEqual([most, p.take().filter((m) => m.type === "delegated").length], [1, 10_001]);
});

test("the script comes to the page's own frames of these origins, and to no others", async () => {
  const b = around([
    { frameId: 3, origin: shop, direct: true },
    { frameId: 4, origin: other, direct: true },
    { frameId: 5, origin: shop, direct: false }, // in a frame
    { frameId: 6, origin: "null", direct: true }, // a sandbox
    { frameId: 8, origin: shop, direct: true, ours: true }, // has it
    { frameId: 9, origin: shop, direct: true, gone: true },
    { frameId: 10, origin: shop, direct: true },
  ]);
  assert.deepEqual(await b.ask({ type: "delegate", origins: [shop] }), {});
  assert.deepEqual(put(b), [[3, ...files], [10, ...files]]);
  assert.deepEqual(b.order.slice(0, 2), ["look", "store"], "the script finds the delegation there");
});

test("a page that has been left delegates nothing to the frames of the next", async () => {
  for (const tab of [{ origin: other, documentId: "E" }, { origin: ORIGIN, documentId: "E" }]) {
    const b = around([]);
    b.tabs[7] = { ...tab, frames: [{ frameId: 3, origin: shop, direct: true }] };
    assert.deepEqual(await b.ask({ type: "delegate", origins: [shop] }), { problem: "page_gone" });
    assert.deepEqual([put(b), b.kept], [[], {}]);
  }
});

test("a frame delegates nothing, nor does who says it otherwise", async () => {
  const b = await delegated();
  assert.equal((await b.ask({ type: "delegate", origins: [other] }, frame)).detail, "delegate: only the tab's own page may");
  for (const origins of [undefined, shop, Array(9).fill(shop)]) {
    assert.deepEqual(await b.ask({ type: "delegate", origins }), { problem: "request_invalid" });
  }
  assert.deepEqual(await b.ask({ type: "delegate", origins: [shop] }, { origin: other }), { problem: "not_admitted", message: sentences.not_admitted });
});

test("a frame's request has its own origin, and the page's beside it", async () => {
  const b = await delegated();
  b.stop();
  assert.deepEqual(await b.ask({ ...open, embedder: other }, frame), {});
  const [[, { openedAt, ...stored }]] = b.requests();
  assert.deepEqual(stored, { tabId: 7, frameId: 3, documentId: "F", origin: shop, embedder: ORIGIN, pageRequest, windowId: 100 });
  await b.ask(open);
  assert.equal(b.requests().at(-1)[1].embedder, undefined, "the page's own has none");
});

test("a frame is heard while the page delegates to it, and both sites are admitted", async () => {
  for (const [name, sender, change] of [
    ["another site", { origin: other }],
    ["the same host at another port", { origin: "https://shop.example.test" }],
    ["a frame of another tab", { tab: { id: 8, windowId: 1 } }],
    ["the page's own site", { origin: ORIGIN }],
    ["one that is not delegated to any more", {}, (b) => b.ask({ type: "delegate", origins: [] })],
    ["one whose site was taken away", {}, (b) => { b.permitted.length = 0; }],
    ["one in a page that was taken away", {}, (b) => { b.kept["delegated:7"].origin = other; }],
  ]) {
    const b = await delegated();
    await change?.(b);
    for (const message of [open, { type: "status" }, { type: "delegate", origins: [] }]) {
      assert.deepEqual(await b.ask(message, { ...frame, ...sender }), unheard, `${name}: ${message.type}`);
    }
    assert.deepEqual([b.windows, b.hosts], [[], 0], name);
  }
});

test("no frame gets the window for a new PIN", async () => {
  const b = around([]);
  await b.ask({ type: "delegate", origins: [ORIGIN] });
  assert.equal((await b.ask({ ...open, act: "pin" }, { frameId: 3 })).problem, "request_invalid");
  assert.deepEqual(await b.ask(open, { frameId: 3 }), {});
});

test("one request in a tab, whoever asks", async () => {
  for (const [first, second] of [[{}, frame], [frame, {}], [frame, { ...frame, frameId: 4, documentId: "G" }]]) {
    const b = await delegated();
    await b.ask(open, first);
    b.waits = () => true;
    assert.deepEqual(await b.ask({ ...open, pageRequest: pageRequest.replace("4", "5") }, second), { problem: "busy" });
    assert.equal(b.windows.filter((w) => !w.closed).length, 1);
    const { frameId = 0, documentId = "D" } = first;
    assert.deepEqual(b.told.at(-1), [7, { type: "waits", pageRequest }, { documentId }], String(frameId));
    b.waits = () => undefined; // over, or gone
    assert.deepEqual(await b.ask({ ...open, pageRequest: pageRequest.replace("4", "5") }, second), {});
    assert.deepEqual(b.windows.map((w) => w.closed === true), [true, false], "an end makes room");
  }
});

test("a document that does not say whether it waits may", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const b = await delegated();
  await b.ask(open);
  b.waits = () => new Promise(() => {});
  const asked = b.ask(open, frame);
  await settled();
  t.mock.timers.tick(1_000);
  assert.deepEqual(await asked, { problem: "busy" });
});

test("a document says that it waits for its own request alone", async () => {
  const p = page();
  const says = (id, sender = { id: p.runtime.id }) => {
    let said;
    p.runtime.onMessage.fire({ type: "waits", pageRequest: id }, sender, (answer) => { said = answer; });
    return said;
  };
  assert.equal(says(p.id), undefined);
  p.send("sign", request());
  await settled();
  assert.deepEqual([says(p.id), says(pageRequest), says(p.id, { id: "a".repeat(32) })], [true, undefined, undefined]);
  p.send("cancel");
  assert.equal(says(p.id), undefined);
});

test("another frame cannot take a request back", async () => {
  const b = await delegated();
  await b.ask(open);
  await b.ask({ type: "close", pageRequest }, frame);
  assert.equal(b.requests().length, 1);
});
