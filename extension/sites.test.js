"use strict";

// Which pages the broker hears, and where it has the content script run.

const { test } = require("node:test");
const assert = require("node:assert/strict");
const { ID, ORIGIN, contentScripts, bridgeScripts, sentences, broker, settled } = require("./testing/world.js");

const shop = "https://shop.example.test:8443";
const shopPages = "https://shop.example.test/*";
const open = { type: "open", act: "sign", pageRequest: "00000000-0000-4000-8000-000000000000" };
const files = [...contentScripts, ...bridgeScripts];
const unheard = { problem: "not_admitted", message: sentences.not_admitted };

// press presses the button over tab 7, which shows a page.
async function press(b, url, tab = { origin: new URL(url).origin, documentId: "D" }) {
  b.tabs[7] = tab;
  b.chrome.action.onClicked.fire({ id: 7, windowId: 1, url });
  await settled();
}

// patience lets a second pass, in the steps of the broker.
async function patience(t) {
  for (let i = 0; i < 10; i++) {
    t.mock.timers.tick(100);
    await settled();
  }
}

const question = (b) => {
  const { pathname, searchParams } = new URL(b.windows.at(-1).url);
  return [pathname, searchParams.get("state"), searchParams.get("origin")];
};

test("a page whose site nobody has admitted is not heard", async () => {
  for (const message of [open, { ...open, type: "close" }, { type: "status" }]) {
    for (const origin of [shop, "http://online.example.test", "https://online.example.test.evil.test", "http://localhost"]) {
      const b = broker();
      assert.deepEqual(await b.ask(message, { origin }), unheard, `${message.type} of ${origin}`);
      assert.deepEqual([b.kept, b.windows, b.hosts], [{}, [], 0]);
    }
  }
});

test("only the portal's pages get the window for a new PIN", async () => {
  const b = broker({ permitted: [shopPages] });
  assert.deepEqual(await b.ask({ ...open, act: "pin" }, { origin: shop }), { problem: "request_invalid", detail: "pin: only the portal's own pages may ask for it" });
  assert.deepEqual(b.windows, []);
  assert.deepEqual(await b.ask({ ...open, act: "pin" }), {});
});

test("a site whose windows end without the person gets none for a minute", async (t) => {
  t.mock.timers.enable({ apis: ["Date"], now: 1_000_000 });
  const b = broker({ permitted: ["https://*/*"] });
  let n = 0;
  // ask has a window opened from a tab of its own, and closed as a person closes it.
  const ask = async (sender = {}) => {
    const answer = await b.ask({ ...open, pageRequest: `${open.pageRequest.slice(0, -2)}${10 + n++}` }, { tab: { id: n, windowId: 1 }, ...sender });
    if (answer.problem === undefined) await b.chrome.windows.remove(b.windows.at(-1).id);
    await settled();
    return answer;
  };
  for (let i = 0; i < 6; i++) {
    assert.deepEqual(await ask(), {});
    t.mock.timers.tick(1_000);
  }
  b.stop();
  assert.deepEqual(await ask(), { problem: "too_many" });
  assert.deepEqual(await ask({ tab: { id: 99, windowId: 1 } }), { problem: "too_many" }, "in whatever tab");
  assert.equal(b.windows.length, 6);
  assert.deepEqual(await ask({ origin: shop }), {}, "another site");
  t.mock.timers.tick(54_000); // a minute since the first
  assert.deepEqual(await ask(), {});
  assert.deepEqual(await ask(), { problem: "too_many" });
  t.mock.timers.tick(60_000);
  assert.deepEqual(await ask(), {});
  assert.equal(b.kept.ignored.length, 1, "what is over is forgotten");
});

test("windows that are open in other tabs are no end without the person", async () => {
  const b = broker();
  const ask = (tab, end) => b.ask({ ...open, pageRequest: open.pageRequest.slice(0, -2) + end }, { tab: { id: tab, windowId: 1 } });
  for (let tab = 1; tab <= 10; tab++) assert.deepEqual(await ask(tab, "00"), {}, "under one name, as a page may have it");
  for (let i = 0; i < 6; i++) assert.deepEqual(await ask(11, "00"), {});
  assert.deepEqual(await ask(11, "00"), { problem: "too_many" }, "those of the same tab are over");
});

test("a site whose person goes on gets as many windows as they like", async () => {
  const b = broker();
  for (let i = 10; i < 40; i++) {
    const pageRequest = `${open.pageRequest.slice(0, -2)}${i}`;
    assert.deepEqual(await b.ask({ ...open, pageRequest }), {});
    assert.deepEqual(await b.ask({ type: "agreed", pageRequest }, { origin: "http://localhost" }), unheard);
    assert.deepEqual(await b.ask({ type: "agreed", pageRequest }), {});
  }
  assert.deepEqual(b.kept.ignored, []);
});

test("a press admits this document, and asks for how long", async () => {
  const b = broker();
  await press(b, `${shop}/basket?id=1#a`);
  assert.deepEqual(b.order, ["look", "store", files, "window"], "the script finds the admission there");
  assert.deepEqual(question(b), ["/site.html", "admitted", shop]);
  assert.equal(b.optionsOpened, 0);
  b.stop();
  assert.deepEqual(await b.ask(open, { origin: shop }), {});
  for (const [name, sender] of [
    ["the next document of the tab", { documentId: "E" }],
    ["another tab", { tab: { id: 8, windowId: 1 } }],
    ["another site in the tab", { origin: "https://other.example.test" }],
    ["another port", { origin: "https://shop.example.test" }],
  ]) {
    assert.deepEqual(await b.ask(open, { origin: shop, ...sender }), unheard, name);
  }
});

test("a second press puts no second script", async () => {
  const b = broker();
  await press(b, shop);
  await press(b, shop, b.tabs[7]);
  assert.deepEqual(b.order.filter(Array.isArray), [files]);
  assert.equal(b.windows.length, 2, "it asks again");
});

test("a page whose process hears of the press late is admitted all the same", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const b = broker();
  await press(b, shop, { origin: shop, documentId: "D", refuses: 3 });
  assert.deepEqual(b.windows, []);
  await patience(t);
  assert.deepEqual(question(b), ["/site.html", "admitted", shop]);
  assert.deepEqual(await b.ask(open, { origin: shop }), {});
});

test("a press admits a page of this machine, which nobody can change on its way", async () => {
  for (const url of ["http://localhost:8080/a", "http://127.0.0.1/", "http://[::1]:3000/"]) {
    const b = broker();
    const { origin } = new URL(url);
    assert.deepEqual(await b.ask(open, { origin }), unheard);
    await press(b, url);
    assert.deepEqual(question(b), ["/site.html", "admitted", origin]);
    assert.deepEqual(await b.ask(open, { origin }), {});
    assert.deepEqual(await b.ask(open, { origin: origin.replace("http:", "https:") }), unheard);
  }
});

test("a press over what cannot be admitted says so, and admits nothing", async (t) => {
  t.mock.method(console, "error", () => {});
  t.mock.timers.enable({ apis: ["setTimeout"] });
  for (const [url, tab, state] of [
    ["http://shop.example.test/", undefined, "insecure"],
    ["http://online.example.test/", undefined, "insecure"],
    ["http://a.localhost/", undefined, "insecure"],
    ["http://localhost.evil.test/", undefined, "insecure"],
    ["https://store.example.test/", { origin: "https://store.example.test", refuses: Infinity }, "refused"],
    [`${shop}/`, { origin: "https://other.example.test", documentId: "D" }, "refused"], // it has just gone elsewhere
  ]) {
    const b = broker();
    await press(b, url, tab);
    await patience(t);
    assert.deepEqual(question(b), ["/site.html", state, new URL(url).origin]);
    assert.deepEqual([b.kept, b.tabs[7].ours], [{}, undefined], url);
  }
});

test("a press over a page with nothing to ask opens the settings", async () => {
  for (const [url, permitted, script] of [
    [`${ORIGIN}/a`, [], true], // loaded before the extension was there
    [`${shop}/a`, [shopPages], true],
    [`${shop}/a`, ["https://*/*"], true],
    ["chrome://extensions/", [], false],
    ["file:///tmp/a.html", [], false],
    ["about:blank", [], false],
    [undefined, [], false],
  ]) {
    const b = broker({ permitted });
    await press(b, url, { origin: url === undefined ? "" : new URL(url).origin, documentId: "D" });
    assert.deepEqual([b.optionsOpened, b.windows.length, b.tabs[7].ours === true], [1, 0, script], url);
  }
});

test("a page that hangs keeps no other waiting, pressed over or told of its window's end", async () => {
  const b = broker();
  await press(b, `${shop}/a`, { hangs: true });
  assert.deepEqual(await b.ask(open, { tab: { id: 8, windowId: 1 } }), {});
  b.hears = () => new Promise(() => {});
  await b.chrome.windows.remove(b.windows[0].id);
  assert.deepEqual(await b.ask(open, { tab: { id: 9, windowId: 1 } }), {});
});

test("an admitted site is heard until the browser says otherwise", async () => {
  for (const pattern of [shopPages, "https://*/*"]) {
    const b = broker({ permitted: [pattern] });
    assert.deepEqual(await b.ask(open, { origin: shop }), {});
    assert.deepEqual(await b.ask(open, { origin: "http://shop.example.test" }), unheard);
    b.permitted.length = 0; // in the browser's own settings
    assert.deepEqual(await b.ask(open, { origin: shop }), unheard);
  }
});

test("the window of a site that is taken away is closed, and its page is told; others stay", async () => {
  const b = broker({ permitted: [shopPages] });
  const asks = async (tab, sender) => assert.deepEqual(await b.ask(open, { tab: { id: tab, windowId: 1 }, ...sender }), {});
  await asks(7, { origin: shop });
  await asks(8, {});
  await press(b, `${shop}/a`);
  await asks(9, { origin: shop });
  b.permitted.length = 0;
  b.chrome.permissions.onRemoved.fire({ origins: ["https://*/*"] }); // which take nothing from the press
  await settled();
  const asking = b.windows.filter((w) => w.url.includes("?request="));
  assert.deepEqual(asking.map((w) => w.closed === true), [false, false, true]);
  assert.deepEqual(b.told.map(([tab, { type }]) => [tab, type]), [[9, "window-closed"]]);
});

test("what a press has admitted is taken away with its site", async () => {
  const b = broker({ permitted: [shopPages] });
  await press(b, `${shop}/a`);
  b.permitted.length = 0;
  b.chrome.permissions.onRemoved.fire({ origins: [shopPages] });
  await settled();
  assert.deepEqual(await b.ask(open, { origin: shop }), unheard);
});

test("the first start is told of on the settings page, and no other", async () => {
  for (const [reason, opened] of [["install", [`chrome-extension://${ID}/manage.html#welcome`]], ["update", []], ["chrome_update", []]]) {
    const b = broker();
    b.chrome.runtime.onInstalled.fire({ reason });
    await settled();
    assert.deepEqual(b.opened, opened, reason);
  }
});

test("pages of the portal that were open before hear of us, and the one about the installation stays in front", async () => {
  const install = { url: `${ORIGIN}:8443/kurulum?dil=en`, origin: ORIGIN, documentId: "D", active: true };
  for (const [name, tab, opened, files] of [
    ["the page about the installation", install, " behind", true],
    ["which is in the background", { ...install, active: false }, "", true],
    ["another page", { ...install, url: `${ORIGIN}/` }, "", true],
    ["one that has the script", { ...install, ours: true }, " behind", false],
    ["one that has gone elsewhere", { ...install, origin: shop }, "", false],
    ["one without an address", { ...install, origin: "null" }, "", false],
    ["one that lets no script in", { ...install, refuses: 9 }, "", false],
  ]) {
    const b = broker({ tabs: { 3: tab } });
    b.chrome.runtime.onInstalled.fire({ reason: "install" });
    await settled();
    assert.deepEqual(b.opened, [`chrome-extension://${ID}/manage.html#welcome${opened}`], name);
    assert.deepEqual(b.order.filter((o) => o !== "look"), files ? [contentScripts] : [], name);
  }
});

test("the page about what is installed opens once, at a press", async () => {
  const b = broker();
  const setup = `chrome-extension://${ID}/manage.html#welcome`;
  const pressedAt = Date.now() + 1_000;
  assert.deepEqual(await b.ask({ type: "setup" }), { problem: "gesture_required" });
  assert.deepEqual(await b.ask({ type: "setup", pressedAt }, { origin: shop }), unheard);
  assert.deepEqual(await b.ask({ type: "setup", pressedAt }), {});
  b.pages = [{ documentUrl: `${setup}s`, tabId: 7, windowId: 1, incognito: false }, { documentUrl: setup, tabId: 8, windowId: 3, incognito: true },
    { documentUrl: setup, tabId: 9, windowId: 2, incognito: false }];
  b.kept["opened:7"] = pressedAt - 1;
  assert.deepEqual(await b.ask({ type: "setup", pressedAt }), {});
  assert.deepEqual(b.opened, [setup, "tab 9", "window 2 true"]);
  b.kept["opened:7"] = pressedAt;
  assert.deepEqual(await b.ask({ type: "setup", pressedAt }), { problem: "gesture_required" }, "a press that has been used");
});

test("the script is registered for what the browser permits, at each change", async () => {
  const b = broker();
  const change = async (event, ...permitted) => {
    b.permitted.splice(0, Infinity, ...permitted);
    const [api, name] = event.split(".");
    b.chrome[api][name].fire({ reason: "update" });
    await settled();
    return b.scripts.map((s) => s.matches);
  };
  assert.deepEqual(await change("runtime.onInstalled"), []);
  assert.deepEqual(await change("permissions.onAdded", shopPages), [[shopPages]]);
  assert.deepEqual(b.scripts, [{
    id: "admitted", matches: [shopPages], excludeMatches: [`${ORIGIN}/*`], js: contentScripts, runAt: "document_start",
  }]);
  assert.deepEqual(await change("permissions.onAdded", shopPages, "https://*/*"), [[shopPages, "https://*/*"]]);
  assert.deepEqual(await change("permissions.onRemoved", shopPages), [[shopPages]]);
  assert.deepEqual(await change("permissions.onRemoved"), []);
  assert.deepEqual(await change("runtime.onStartup", shopPages), [[shopPages]]);
});
