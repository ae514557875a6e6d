"use strict";

const { test } = require("node:test");
const assert = require("node:assert/strict");
const { ID, ORIGIN, broker, settled } = require("./testing/world.js");

const pageRequest = "00000000-0000-4000-8000-000000000000";
const open = { type: "open", act: "sign", pageRequest };

test("stores what the browser says of the asker, then opens the window over the one that asks", async () => {
  const b = broker();
  assert.deepEqual(await b.ask({ ...open, origin: "https://bank.example.test", tabId: 1 }), {});
  assert.deepEqual(b.order, ["store", "store", "window", "store"]);
  const [[key, stored]] = b.requests();
  const { openedAt, ...rest } = stored;
  assert.ok(Math.abs(Date.now() - openedAt) < 60_000);
  assert.deepEqual(rest, { tabId: 7, frameId: 0, documentId: "D", origin: ORIGIN, pageRequest, windowId: 100 });
  assert.match(key, /^request:[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}$/);
  const { url, type, left, top, width, height } = b.windows[0];
  assert.deepEqual({ type, left, top, width, height }, { type: "popup", left: 820, top: 160, width: 480, height: 680 });
  assert.equal(url, `chrome-extension://${ID}/sign.html?request=${key.slice("request:".length)}`);
});

test("opens beside the window that asks, and not where it was pressed", async () => {
  const screen = { left: 0, top: 0, width: 1920, height: 1080 };
  const full = { left: 0, top: 0, width: 1920, height: 1080 };
  for (const [name, asking, at, want] of [
    ["room to the right", { left: 100, top: 50, width: 1200, height: 900 }, { x: 700, y: 500, ...screen }, [1300, 160]],
    ["room to the left", { left: 700, top: 50, width: 1200, height: 900 }, { x: 800, y: 500, ...screen }, [220, 160]],
    ["none, pressed on the right", full, { x: 1700, y: 500, ...screen }, [0, 200]],
    ["none, pressed on the left", full, { x: 200, y: 500, ...screen }, [1440, 200]],
    ["none, by a key", full, { ...screen }, [1440, 200]],
    ["a small one at the screen's upper edge", { left: 300, top: 0, width: 500, height: 100 }, { x: 400, y: 90, ...screen }, [800, 0]],
    ["a narrow screen", { left: 0, top: 0, width: 600, height: 1600 }, { x: 300, y: 800, left: 0, top: 0, width: 600, height: 1600 }, [120, 0]],
    ["another screen, left of the first", { left: -1900, top: 0, width: 1000, height: 900 }, { x: -1000, y: 10, left: -1920, top: 0, width: 1920, height: 1080 }, [-900, 110]],
    ["a screen of nonsense", { left: 100, top: 50, width: 1200, height: 900 }, { x: "1", left: 1e9, top: null, width: -1 }, [820, 160]],
  ]) {
    const b = broker();
    b.asking = asking;
    assert.deepEqual(await b.ask({ ...open, at }), {}, name);
    assert.deepEqual([b.windows[0].left, b.windows[0].top], want, name);
  }
});

test("is as high as a low screen, and wholly on it", async () => {
  const full = { left: 0, top: 0, width: 1093, height: 574 };
  for (const [name, asking, at, want] of [
    ["a notebook's, enlarged", full, { x: 900, y: 300, ...full }, [0, 0, 574]],
    ["pressed below it", full, { x: 900, y: 5000, ...full }, [613, 0, 574]],
    ["above the first", { ...full, top: -574 }, { x: 900, y: -300, ...full, top: -574 }, [0, -574, 574]],
    ["that is maximised, with its frame beyond the edges", { left: -8, top: -8, width: 1109, height: 590 }, { x: 900, y: 300, ...full }, [0, 0, 574]],
    ["of an enlarged page, in units of its own", { left: 0, top: 0, width: 1920, height: 1040 }, { x: 450, y: 150, left: 0, top: 0, width: 960, height: 520 }, [1440, 180, 680]],
    ["too low to be one", full, { x: 900, y: 300, ...full, height: 10 }, [0, 0, 680]],
    ["that says nothing of its screen", { left: 0, top: 0, width: 1093, height: 400 }, undefined, [613, 0, 680]],
  ]) {
    const b = broker();
    b.asking = asking;
    assert.deepEqual(await b.ask({ ...open, at }), {}, name);
    const { left, top, height } = b.windows[0];
    assert.deepEqual([left, top, height], want, name);
  }
});

test("a browser without sender origins", async () => {
  const b = broker();
  assert.deepEqual(await b.ask(open, { origin: undefined, url: "https://online.example.test:8443/a?b#c" }), {});
  assert.equal(b.requests()[0][1].origin, "https://online.example.test:8443");
});

test("hears nobody but the content script of a document with an origin", async () => {
  for (const [name, message, sender] of [
    ["another extension", open, { id: "a".repeat(32) }],
    ["a page of our own", open, { tab: undefined }],
    ["a page of our own in a tab", open, { origin: `chrome-extension://${ID}` }],
    ["a document that is not on the screen yet", open, { documentLifecycle: "prerender" }],
    ["a document that has been left", open, { documentLifecycle: "cached" }],
    ["no document", open, { frameId: undefined }],
    ["a document that the browser does not name", open, { documentId: undefined }],
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
  assert.deepEqual(Object.keys(b.kept).filter((k) => !/-/.test(k)), ["request:fresh", "another", "opened:7", "ignored"]);
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

test("status: a thousand askers in many tabs start one host, and it ends; the next five seconds have its answer", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
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
  t.mock.timers.tick(4_999);
  assert.deepEqual([await b.ask({ type: "status" }), asked], [{ host: "1" }, 1], "at once, from what the host said");
  t.mock.timers.tick(1);
  b.ask({ type: "status" });
  await settled();
  assert.equal(asked, 2, "asked anew");
});

test("status: a host that is installed meanwhile is found at the next question", async () => {
  let installed = false;
  const b = broker({ native: async () => {
    if (!installed) throw new Error("Specified native messaging host not found.");
    return { id: 1, type: "welcome", body: { protocol: 1, version: "1" } };
  } });
  assert.deepEqual(await b.ask({ type: "status" }), { problem: "host_missing" });
  installed = true;
  await settled();
  await new Promise((resolve) => setTimeout(resolve));
  assert.deepEqual(await b.ask({ type: "status" }), { host: "1" });
});

test("one press opens one window in a tab, whichever of its documents ask", async (t) => {
  t.mock.timers.enable({ apis: ["Date"], now: 1_000_000 });
  const b = broker({ kept: { "delegated:7": { origin: ORIGIN, documentId: "D", origins: [ORIGIN] } } });
  let n = 10;
  const ask = async (frameId, press, tab = 7) => {
    const asked = { ...open, pageRequest: pageRequest.slice(0, -2) + n++, pressedAt: undefined, ...press };
    return (await b.ask(asked, { frameId, documentId: frameId === 0 ? "D" : `F${frameId}`, tab: { id: tab, windowId: 1 } })).problem;
  };
  assert.equal(await ask(0, { pressedAt: 999_990 }), undefined);
  b.waits = () => false; // the page has cancelled
  b.stop();
  assert.equal(await ask(0, { pressedAt: 999_990 }), "gesture_required", "the same press again");
  for (const frame of [1, 2, 3]) assert.equal(await ask(frame, {}), "gesture_required", "the browser tells frames of the page's press");
  assert.equal(await ask(1, { pressedAt: 999_000 }), "gesture_required", "an older press in the frame");
  assert.equal(b.windows.length, 1);
  assert.equal(await ask(0, { pressedAt: 999_990 }, 8), undefined, "another tab");
  t.mock.timers.tick(100);
  assert.equal(await ask(1, { pressedAt: 1_000_050 }), undefined, "the person presses again, in the frame");
  assert.equal(await ask(1, { shown: true }), undefined, "what the person has shown is signed with");
  t.mock.timers.tick(5_000);
  assert.equal(await ask(2, {}), "gesture_required", "what a frame has not seen itself is no press of its own");
});

