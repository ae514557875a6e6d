"use strict";

// The broker. It opens a window for a page that asks, remembers in storage.session which
// document asked, and asks the host for its version. It believes what the browser says of a sender
// (`sender`) and nothing else; from the page comes only an opaque id.
//
// It keeps no request in memory: the browser may stop it between any two events. Whatever reads and
// writes the stored requests does so under one lock, so that events do not overtake each other.

const size = { width: 480, height: 680 };

// The page of the window in which an act is done.
const pages = { __proto__: null, sign: "sign.html", authenticate: "card.html", certificates: "card.html", "sign-hash": "card.html", pin: "pin.html" };

// How long the host may take to say its version.
const helloWait = 10_000; // milliseconds

// The host's answer, while it is on its way.
let starting = null;

chrome.runtime.onMessage.addListener((message, sender, respond) => {
  const page = pageOf(sender);
  if (page === null || typeof message !== "object" || message === null) return false;
  switch (message.type) {
    case "open":
      answer(respond, locked(() => open(page, message.act, message.pageRequest)));
      return true;
    case "close":
      answer(respond, locked(() => close(page, message.pageRequest)));
      return true;
    case "status":
      answer(respond, status());
      return true;
  }
  return false;
});

chrome.windows.onRemoved.addListener((windowId) => locked(() => removed(windowId)));

chrome.action.onClicked.addListener(() => chrome.runtime.openOptionsPage());

// answer sends what the work gives, and never leaves the sender without an answer.
async function answer(respond, work) {
  try {
    respond(await work);
  } catch (error) {
    console.error(error);
    respond({ problem: "window_failed" });
  }
}

function locked(work) {
  return navigator.locks.request("requests", work);
}

// pageOf returns the document that a content script speaks for, in the browser's words, or null:
// messages of the extension's own pages, of frames, and of documents without an origin are nobody's.
function pageOf(sender) {
  if (sender.id !== chrome.runtime.id || sender.tab === undefined || sender.frameId !== 0) return null;
  const origin = sender.origin ?? new URL(sender.url).origin;
  if (!origin.startsWith("https://") && !origin.startsWith("http://")) return null;
  return { tab: sender.tab, frameId: sender.frameId, documentId: sender.documentId, origin };
}

// --- requests --------------------------------------------------------------------------------------

// open stores the request and opens its window. A content script asks only when its document has no
// open request, so whatever is still there of this tab is over: an end still on the screen, or the
// window of a document that the tab has left. It makes room.
async function open(page, act, pageRequest) {
  if (typeof pageRequest !== "string" || pageRequest.length !== 36 || typeof act !== "string" || !(act in pages)) return { problem: "request_invalid" };
  const now = Date.now();
  for (const [key, old] of await requests()) {
    if (old.tabId === page.tab.id || now - old.openedAt > protocol.RequestLifetime) await drop(key, old);
  }
  const id = crypto.randomUUID();
  const stored = {
    tabId: page.tab.id,
    frameId: page.frameId,
    origin: page.origin,
    pageRequest,
    windowId: chrome.windows.WINDOW_ID_NONE,
    openedAt: now,
  };
  if (page.documentId !== undefined) stored.documentId = page.documentId;
  const key = protocol.RequestPrefix + id;
  await chrome.storage.session.set({ [key]: stored }); // before the window, which reads it
  try {
    const opened = await createWindow(page.tab, `${pages[act]}?request=${id}`);
    stored.windowId = opened.id;
    await chrome.storage.session.set({ [key]: stored });
  } catch (error) {
    console.error(error);
    await chrome.storage.session.remove(key);
    return { problem: "window_failed" };
  }
  return {};
}

// close takes back a request whose window has not connected to the page yet.
async function close(page, pageRequest) {
  for (const [key, stored] of await requests()) {
    if (stored.tabId === page.tab.id && stored.pageRequest === pageRequest) await drop(key, stored);
  }
  return {};
}

// removed tells the page that its window is gone: only this tells it of a window that never connected.
async function removed(windowId) {
  for (const [key, stored] of await requests()) {
    if (stored.windowId !== windowId) continue;
    await chrome.storage.session.remove(key);
    const document = stored.documentId === undefined ? { frameId: stored.frameId } : { documentId: stored.documentId };
    const message = { type: "window-closed", pageRequest: stored.pageRequest };
    await chrome.tabs.sendMessage(stored.tabId, message, document).catch(() => {}); // the page may be gone too
  }
}

// requests returns the stored requests as [key, StoredRequest].
async function requests() {
  const all = await chrome.storage.session.get(null);
  return Object.entries(all).filter(([key]) => key.startsWith(protocol.RequestPrefix));
}

// drop forgets a request first, so that its window's end is news to nobody.
async function drop(key, stored) {
  await chrome.storage.session.remove(key);
  if (stored.windowId !== chrome.windows.WINDOW_ID_NONE) {
    await chrome.windows.remove(stored.windowId).catch(() => {}); // it may be closed already
  }
}

// createWindow opens the window over the middle of the one that asks.
async function createWindow(tab, page) {
  const window = { type: "popup", url: chrome.runtime.getURL(page), focused: true, ...size };
  const asking = await chrome.windows.get(tab.windowId).catch(() => ({}));
  if (!Number.isInteger(asking.left) || !Number.isInteger(asking.top)) return chrome.windows.create(window);
  const left = Math.round(asking.left + (asking.width - size.width) / 2);
  const top = Math.round(asking.top + (asking.height - size.height) / 2);
  try {
    return await chrome.windows.create({ ...window, left, top });
  } catch {
    return chrome.windows.create(window); // a place off the screen, as of a minimised window
  }
}

// --- host ------------------------------------------------------------------------------------------

// status tells the host's version. Whoever asks while the host starts gets the same answer: pages that
// ask in a loop, in however many tabs, keep one host busy.
function status() {
  starting ??= hello().finally(() => { starting = null; });
  return starting;
}

// hello starts the host, asks it for its version and ends it, whatever comes. It answers {host} or {problem}.
function hello() {
  return new Promise((resolve) => {
    const port = chrome.runtime.connectNative(protocol.HostName);
    const end = (answer) => {
      clearTimeout(timer);
      port.disconnect();
      resolve(answer);
    };
    const timer = setTimeout(() => end({ problem: "host_stopped" }), helloWait);
    port.onMessage.addListener((answer) => end(readWelcome(answer)));
    port.onDisconnect.addListener(() => end(readReason(port.error ?? chrome.runtime.lastError)));
    port.postMessage({ id: 1, type: "hello", body: { protocol: protocol.Version } });
  }).catch(readReason);
}

function readWelcome(answer) {
  const { type, body } = answer ?? {};
  if (type === "error") {
    const known = body?.code === "host_refused" || body?.code === "host_outdated";
    return { problem: known ? body.code : "host_stopped" };
  }
  if (type !== "welcome" || typeof body?.version !== "string" || body.version.length > 64) return { problem: "host_stopped" };
  return body.protocol === protocol.Version ? { host: body.version } : { problem: "host_outdated" };
}

function readReason(error) {
  const reason = String(error?.message).toLowerCase();
  const found = protocol.HostReasons.find(([phrase]) => reason.includes(phrase));
  return { problem: found === undefined ? "host_stopped" : found[1] };
}
