"use strict";

const { test } = require("node:test");
const assert = require("node:assert/strict");
const { ID, ORIGIN, broker, settled } = require("./testing/world.js");

const pageRequest = "00000000-0000-4000-8000-000000000000";
const open = { type: "open", act: "sign", pageRequest };

test("stores what the browser says of the asker, then opens the window over the one that asks", async () => {
  const b = broker();
  assert.deepEqual(await b.ask({ ...open, origin: "https://bank.example.test", tabId: 1 }), {});
  assert.deepEqual(b.order, ["store", "window", "store"]);
  const [[key, stored]] = b.requests();
  const { openedAt, ...rest } = stored;
  assert.ok(Math.abs(Date.now() - openedAt) < 60_000);
  assert.deepEqual(rest, { tabId: 7, frameId: 0, documentId: "D", origin: ORIGIN, pageRequest, windowId: 100 });
  assert.match(key, /^request:[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}$/);
  const { url, type, left, top, width, height } = b.windows[0];
  assert.deepEqual({ type, left, top, width, height }, { type: "popup", left: 460, top: 160, width: 480, height: 680 });
  assert.equal(url, `chrome-extension://${ID}/sign.html?request=${key.slice("request:".length)}`);
});

test("a browser without document ids and sender origins", async () => {
  const b = broker();
  assert.deepEqual(await b.ask(open, { documentId: undefined, origin: undefined, url: "https://online.example.test:8443/a?b#c" }), {});
  const [[, stored]] = b.requests();
  assert.equal(stored.origin, "https://online.example.test:8443");
  assert.ok(!("documentId" in stored));
  await b.chrome.windows.remove(stored.windowId);
  await settled();
  assert.deepEqual(b.told, [[7, { type: "window-closed", pageRequest }, { frameId: 0 }]]);
});

test("hears nobody but the content script of a document with an origin", async () => {
  for (const [name, message, sender] of [
    ["another extension", open, { id: "a".repeat(32) }],
    ["a page of our own", open, { tab: undefined }],
    ["a page of our own in a tab", open, { origin: `chrome-extension://${ID}` }],
    ["a document that is not on the screen yet", open, { documentLifecycle: "prerender" }],
    ["a document that has been left", open, { documentLifecycle: "cached" }],
    ["no document", open, { frameId: undefined }],
    ["an opaque origin", open, { origin: "null" }],
    ["a file", open, { origin: undefined, url: "file:///tmp/a.html" }],
    ["an unknown type", { type: "sign" }, {}],
    ["a type of Object.prototype", { type: "constructor" }, {}],
    ["no message", null, {}],
    ["text", "open", {}],
  ]) {
    const b = broker();
    assert.equal(await b.ask(message, sender), "unheard", name);
    assert.deepEqual([b.requests(), b.windows], [[], []], name);
  }
});

test("refuses an id that is none", async () => {
  for (const id of [undefined, 1, "", "x".repeat(10 << 20), { length: 36 }]) {
    const b = broker();
    assert.deepEqual(await b.ask({ ...open, pageRequest: id }), { problem: "request_invalid" });
    assert.deepEqual([b.requests(), b.windows], [[], []]);
  }
});

test("a closed window is told to its page, even by a worker that did not open it", async () => {
  const b = broker();
  await b.ask(open);
  b.stop();
  await b.chrome.windows.remove(100);
  await settled();
  assert.deepEqual(b.told, [[7, { type: "window-closed", pageRequest }, { documentId: "D" }]]);
  assert.deepEqual(b.requests(), []);
  b.chrome.windows.onRemoved.fire(999); // somebody else's window
  await settled();
  assert.equal(b.told.length, 1);
});

test("a window that is closed while it opens is told too", async () => {
  const b = broker();
  const asked = b.ask(open);
  b.refuse = () => { queueMicrotask(() => b.chrome.windows.remove(100)); return false; };
  await asked;
  await settled();
  assert.equal(b.told.length, 1);
  assert.deepEqual(b.requests(), []);
});

test("the window of a private tab is private, and no other", async () => {
  const b = broker();
  await b.ask(open, { tab: { id: 7, windowId: 1, incognito: true } });
  await b.ask(open, { tab: { id: 8, windowId: 2, incognito: false } });
  assert.deepEqual(b.windows.map((w) => w.incognito), [true, false]);
});

test("one window for a tab: a new request makes room, in silence", async () => {
  const b = broker();
  await b.ask(open);
  b.stop();
  await Promise.all([b.ask(open), b.ask(open)]); // two at once, as no honest page can
  await b.ask(open, { tab: { id: 8, windowId: 1 } });
  await settled();
  assert.deepEqual(b.windows.map((w) => w.closed === true), [true, true, false, false]);
  assert.deepEqual(b.requests().map(([, s]) => [s.tabId, s.windowId]), [[7, 102], [8, 103]]);
  assert.deepEqual(b.told, []);
});

test("sweeps what nobody finished", async () => {
  const old = (openedAt, windowId) => ({ tabId: 1, frameId: 0, origin: ORIGIN, pageRequest, windowId, openedAt });
  const b = broker({
    kept: {
      "request:expired": old(Date.now() - 31 * 60_000, 55), // its window is long gone
      "request:interrupted": { ...old(Date.now(), -1), tabId: 7 },
      "request:fresh": old(Date.now() - 29 * 60_000, 56),
      "another": { tabId: 7, openedAt: 0 },
    },
  });
  assert.deepEqual(await b.ask(open), {});
  assert.deepEqual(Object.keys(b.kept).filter((k) => !/-/.test(k)), ["request:fresh", "another", "ignored"]);
});

test("close takes back the sender's own request only", async () => {
  const b = broker();
  await b.ask(open);
  await b.ask({ type: "close", pageRequest }, { tab: { id: 8, windowId: 1 } });
  await b.ask({ type: "close", pageRequest: "another" });
  assert.equal(b.requests().length, 1);
  await b.ask({ type: "close", pageRequest });
  await settled();
  assert.deepEqual([b.requests(), b.windows[0].closed, b.told], [[], true, []]);
});

test("a window off the screen is opened where the browser likes", async () => {
  const b = broker();
  b.asking = { left: -32000, top: -32000, width: 160, height: 28 };
  b.refuse = (options) => options.left < -1000;
  assert.deepEqual(await b.ask(open), {});
  assert.deepEqual([b.windows.length, b.windows[0].left], [1, undefined]);
});

test("a window that cannot be opened leaves nothing behind", async (t) => {
  t.mock.method(console, "error", () => {});
  const b = broker();
  b.refuse = () => true;
  assert.deepEqual(await b.ask(open), { problem: "window_failed" });
  assert.deepEqual(b.requests(), []);
});

test("status: what the host and the browser say, and what it means", async () => {
  const welcome = (body) => async () => ({ id: 1, type: "welcome", body: { protocol: 1, version: "0.1.0", platform: "linux/amd64", ...body } });
  const reason = (text) => () => Promise.reject(new Error(text));
  for (const [native, answer] of [
    [welcome(), { host: "0.1.0" }],
    [welcome({ protocol: 2 }), { problem: "host_outdated" }],
    [welcome({ version: "x".repeat(65) }), { problem: "host_stopped" }],
    [welcome({ version: { toString: 1 } }), { problem: "host_stopped" }],
    [async () => ({ id: 1, type: "error", body: { code: "host_refused" } }), { problem: "host_refused" }],
    [async () => ({ id: 1, type: "error", body: { code: "host_outdated" } }), { problem: "host_outdated" }],
    [async () => ({ id: 1, type: "error", body: { code: "pin_locked" } }), { problem: "host_stopped" }],
    [async () => ({ id: 1, type: "error" }), { problem: "host_stopped" }],
    [async () => undefined, { problem: "host_stopped" }],
    [async () => null, { problem: "host_stopped" }],
    [async () => "welcome", { problem: "host_stopped" }],
    [reason("Specified native messaging host not found."), { problem: "host_missing" }],
    [reason("No such native application tr.eonay.host"), { problem: "host_missing" }],
    [reason("Access to the specified native messaging host is forbidden."), { problem: "host_refused" }],
    [reason("Native host has exited."), { problem: "host_stopped" }],
    [() => Promise.reject(), { problem: "host_stopped" }],
  ]) {
    let asked;
    const b = broker({ native: (...args) => { asked = args; return native(); } });
    assert.deepEqual(await b.ask({ type: "status" }), answer);
    assert.deepEqual(asked, ["tr.eonay.host", { id: 1, type: "hello", body: { protocol: 1 } }]);
  }
});

test("status: a host that says nothing is late, not for ever", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const b = broker({ native: () => new Promise(() => {}) });
  const answer = b.ask({ type: "status" });
  await settled();
  assert.equal(b.hosts, 1);
  t.mock.timers.tick(10_000);
  assert.deepEqual(await answer, { problem: "host_stopped" });
  assert.equal(b.hosts, 0, "it is ended");
});

test("status: a thousand askers in many tabs start one host, and it ends", async () => {
  let say;
  let asked = 0;
  const b = broker({ native: () => { asked++; return new Promise((resolve) => { say = resolve; }); } });
  const answers = [];
  for (let i = 0; i < 1000; i++) answers.push(b.ask({ type: "status" }, { tab: { id: i, windowId: 1 } }));
  await settled();
  assert.deepEqual([b.hosts, asked], [1, 1]);
  say({ id: 1, type: "welcome", body: { protocol: 1, version: "1" } });
  assert.deepEqual(new Set((await Promise.all(answers)).map((a) => a.host)), new Set(["1"]));
  assert.equal(b.hosts, 0);
  b.ask({ type: "status" });
  await settled();
  assert.equal(asked, 2, "the next one asks anew");
});

