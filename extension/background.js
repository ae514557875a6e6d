"use strict";
// @ts-check

// The broker. It opens a window for a page that asks, remembers in storage.session which
// document asked, and asks the host for its version. It believes what the browser says of a sender
// (`sender`) and nothing else; from the page comes only an opaque id. It also admits sites: it puts the
// content script where the person wants it, and into frames where the page around them wants it too, and
// hears no other page.
//
// It keeps no request in memory: the browser may stop it between any two events. Whatever reads and
// writes the stored requests does so under one lock, so that events do not overtake each other.

/**
 * @typedef {import("./types.gen.js").StoredRequest} StoredRequest
 *
 * A document that asks, in the browser's words. `embedder` is the origin of the page around a frame.
 * @typedef {{ tab: chrome.tabs.Tab, frameId: number, documentId: string, origin: string, embedder?: string }} Page
 * @typedef {Omit<Page, "tab"> & { tab: { id?: number | undefined } }} Asker a Page, with no more of its tab than the id
 *
 * What comes of a question: nothing, the host's version, or a code and what the page's developer must know.
 * @typedef {{ host?: string, problem?: string, detail?: string }} Answer
 *
 * A window in which the person may not have gone on.
 * @typedef {{ origin: string, pageRequest: string, key: string, openedAt: number }} Ignored
 *
 * A place on the screen: of a window, and of a press with the screen that it was on.
 * @typedef {{ left: number, top: number, width: number, height: number }} Place
 * @typedef {Partial<Place> & { x?: number, y?: number }} Press
 *
 * @typedef {{ origin: string, ours: boolean, direct: boolean }} Looked what look has seen
 */

const size = { width: 480, height: 680 };
// How low it may be made, for a low screen.
const lowestHeight = 320;
// By how much a window's frame may stick out of its screen, as a maximised one's does.
const frame = 40;
// How far from a press it opens at least, where there is room.
const aside = 40;

// The page of the window in which an act is done.
/** @type {Record<string, string>} */
// @ts-expect-error no act is inherited
const pages = { __proto__: null, sign: "sign.html", authenticate: "card.html", certificates: "card.html", "sign-hash": "card.html", pin: "pin.html" };

// How often a page may be refused to a press before it is told to the person, and how long to wait in between.
const maxRefusals = 10;
const refusalWait = 100; // milliseconds

// The acts that only the portal's pages may ask for.
const portalActs = ["pin"];

// How many windows of a site may have ended within a minute in which the person has not gone on, and the key under which
// storage.session holds these and those that are open.
const maxIgnored = 6;
const minute = 60_000; // milliseconds
const ignoredKey = "ignored";

// How long the host may take to say its version, and how long its answer holds: a page that asks in a loop starts a
// host once in that time.
const helloWait = 10_000; // milliseconds
const helloLife = 5_000; // milliseconds

// How long a document may take to say whether it waits for its window.
const documentWait = 1_000; // milliseconds

// What runs in the portal's pages, and where those are. Firefox has made whole addresses of the files' names.
const [portal] = /** @type {[{ matches: string[], js: string[] }]} */ (chrome.runtime.getManifest().content_scripts);
const scripts = portal.js.map((file) => new URL(file, chrome.runtime.getURL("")).pathname.slice(1));

// What follows when a page first says something.
const bridge = ["protocol.gen.js", "messages.gen.js", "shapes.js", "bridge.js", "webeid.js"];

// The registered script of the sites that the person has admitted for always.
const admittedScript = "admitted";

// Before a tab's id, the key under which storage.session holds the document that a press has admitted there.
const pressPrefix = "press:";

// Before a tab's id, the key under which storage.session holds what its page has delegated to frames.
const delegatedPrefix = "delegated:";

// Before a tab's id, the key under which storage.session holds when the tab's last window was opened.
const openedPrefix = "opened:";

// What a page may ask for.
/** @type {Record<string, (page: Page, message: any) => Answer | Promise<Answer>>} */
const asks = {
  // @ts-expect-error no question is inherited
  __proto__: null,
  load: (page) => load(page),
  wake: () => ({}), // it is awake
  open: (page, message) => locked(() => openRequest(page, message)),
  close: (page, { pageRequest }) => locked(() => closeRequest(page, pageRequest)),
  agreed: (page, { pageRequest }) => locked(() => agreed(page, pageRequest)),
  released: (page, { pageRequest }) => locked(() => released(page, pageRequest, true)),
  ended: (page, { pageRequest }) => locked(() => released(page, pageRequest, false)),
  status: () => hostStatus(),
  setup: (page, message) => locked(() => setup.open(page, message)),
  delegate: (page, { origins }) => delegate(page, origins),
};

// The host's answer {host} or {problem}, from when it is asked until it is helloLife old.
/** @type {Promise<Answer> | null} */
let greeting = null;

chrome.runtime.onMessage.addListener((message, sender, respond) => {
  const page = pageOf(sender);
  if (page === null || typeof message !== "object" || message === null) return false;
  if (typeof message.type !== "string" || !(message.type in asks)) return false;
  answer(respond, hear(page, message));
  return true;
});

// The person's phrase is here: whoever has broken into a page's process must not read it through our script in that
// page. Firefox has no such switch.
chrome.storage.local.setAccessLevel?.({ accessLevel: "TRUSTED_CONTEXTS" });

chrome.windows.onRemoved.addListener((windowId) => locked(() => removed(windowId)));

// A second press over a page waits for the first, and nobody else does: a page that hangs lets no script in.
chrome.action.onClicked.addListener((tab) => navigator.locks.request(pressPrefix + tab.id, () => press(tab)));

chrome.runtime.onInstalled.addListener(({ reason }) => {
  locked(register);
  if (reason === "install") setup.welcome();
});

chrome.runtime.onStartup.addListener(() => locked(register));

for (const event of [chrome.permissions.onAdded, chrome.permissions.onRemoved]) event.addListener(() => locked(register));

chrome.permissions.onRemoved.addListener(({ origins = [] }) => locked(() => takeAway(origins)));

/**
 * answer sends what the work gives, and never leaves the sender without an answer.
 * @type {(respond: (answer: Answer) => void, work: Promise<Answer>) => Promise<void>}
 */
async function answer(respond, work) {
  try {
    respond(await work);
  } catch (error) {
    console.error(error);
    respond({ problem: "window_failed" });
  }
}

/**
 * hear carries out what a page asks for, if its site is admitted. Only a document that was admitted before has a script to
 * ask with, so that it learns nothing by being told that it is not. A press on the button admits no frame.
 * @type {(page: Page, message: { type: string }) => Promise<any>}
 */
async function hear(page, message) {
  if (await mayAsk(page)) return asks[message.type]?.(page, message);
  const problem = page.frameId === 0 ? "not_admitted" : "extension_missing";
  return { problem, message: protocol.sentences[problem] };
}

/** @type {(page: Asker) => Promise<boolean>} */
function mayAsk(page) {
  return page.frameId === 0 ? admitted(page) : embedded(page);
}

/**
 * @template T
 * @param {() => T | Promise<T>} work
 * @returns {Promise<T>}
 */
function locked(work) {
  return navigator.locks.request("requests", work);
}

/**
 * pageOf returns the document that a content script speaks for, in the browser's words. It returns null for messages of the
 * extension's own pages, of documents without an origin, and of documents that are not on the screen, yet or any more.
 * @type {(sender: chrome.runtime.MessageSender) => Page | null}
 */
function pageOf(sender) {
  if (sender.id !== chrome.runtime.id || sender.tab === undefined || typeof sender.frameId !== "number") return null;
  if ((sender.documentLifecycle ?? "active") !== "active" || typeof sender.documentId !== "string") return null;
  const origin = sender.origin ?? new URL(sender.url ?? "").origin;
  if (!origin.startsWith("https://") && !origin.startsWith("http://")) return null;
  return { tab: sender.tab, frameId: sender.frameId, documentId: sender.documentId, origin };
}

// --- sites -----------------------------------------------------------------------------------------

/**
 * admitted tells whether a page is the portal's, of a site that the person has admitted for always, or the document that
 * a press has admitted. A script that stays in a page after the person has taken the site away is not heard.
 * @type {(page: Omit<Asker, "frameId">) => Promise<boolean>}
 */
async function admitted(page) {
  if (await always(page.origin)) return true;
  const key = pressPrefix + page.tab.id;
  const pressed = /** @type {Page | undefined} */ (await kept(key));
  return pressed !== undefined && pressed.origin === page.origin && pressed.documentId === page.documentId;
}

/** @type {(key: string) => Promise<unknown>} */
async function kept(key) {
  return (await chrome.storage.session.get(key))[key];
}

/**
 * embedded tells whether a frame may ask: its site is admitted for always, and the tab's page, which is admitted too, has
 * delegated to it. That page's origin becomes the frame's embedder.
 * @type {(frame: Asker) => Promise<boolean>}
 */
async function embedded(frame) {
  const key = delegatedPrefix + frame.tab.id;
  const top = /** @type {Page & { origins: string[] } | undefined} */ (await kept(key));
  if (top === undefined || !top.origins.includes(frame.origin)) return false;
  frame.embedder = top.origin;
  return await always(frame.origin) && admitted({ tab: frame.tab, documentId: top.documentId, origin: top.origin });
}

/** @type {(origin: string) => Promise<boolean>} */
async function always(origin) {
  return isPortal(origin) || permitted(origin);
}

/** @type {(origin: string) => boolean} */
function isPortal(origin) {
  return portal.matches.includes(pattern(origin));
}

/**
 * permitted asks the browser; a pattern that it does not understand is of no site that it permits.
 * @type {(origin: string) => Promise<boolean>}
 */
function permitted(origin) {
  return chrome.permissions.contains({ origins: [pattern(origin)] }).catch(() => false);
}

/**
 * isSecure tells whether what comes from an origin cannot have been changed on its way: https, or from this machine.
 * @type {(origin: string) => boolean}
 */
function isSecure(origin) {
  const { protocol: scheme, hostname } = new URL(origin);
  return scheme === "https:" || ["localhost", "127.0.0.1", "[::1]"].includes(hostname);
}

/**
 * pattern returns the match pattern of an origin's pages. It has no port, which Firefox does not know in patterns.
 * @type {(origin: string) => string}
 */
function pattern(origin) {
  const url = new URL(origin);
  return `${url.protocol}//${url.hostname}/*`;
}

/**
 * press admits the document in a tab, at the person's press on the toolbar button. What a site is admitted for, and for
 * how long, is asked in a window; where there is nothing to ask the settings open.
 * @type {(tab: chrome.tabs.Tab) => Promise<unknown>}
 */
async function press(tab) {
  const origin = URL.canParse(tab.url ?? "") ? new URL(tab.url ?? "").origin : "null";
  if (!origin.startsWith("https://") && !origin.startsWith("http://")) return chrome.runtime.openOptionsPage();
  const known = await always(origin);
  let state = "insecure";
  if (known || isSecure(origin)) {
    state = await inject(Number(tab.id), origin).then(() => "admitted", (error) => {
      console.error(error);
      return "refused"; // as by the browser's own pages, and those of its store
    });
  }
  if (known) return chrome.runtime.openOptionsPage();
  return createWindow(tab, `site.html?${new URLSearchParams({ state, origin })}`);
}

/**
 * inject puts the content script into a tab's top frame, if it is not there yet.
 * @type {(tabId: number, origin: string) => Promise<void>}
 */
async function inject(tabId, origin) {
  const target = { tabId };
  const { result, documentId } = await lookAt(target);
  if (result?.origin !== origin) throw new Error("the tab has gone elsewhere");
  // Before the script, which may ask at once.
  await chrome.storage.session.set({ [pressPrefix + tabId]: { origin, documentId } });
  if (!result.ours) await chrome.scripting.executeScript({ target, files: [...scripts, ...bridge], injectImmediately: true });
}

/**
 * look is run in documents. What has no address of its own, or an opaque origin, has none that counts here; a frame is
 * direct that stands in the tab's page itself. The content script's mark has a symbol for its name: a page's elements
 * become properties of its window under their ids and names, which are strings.
 * @returns {Looked}
 */
function look() {
  const own = location.protocol.startsWith("http") && location.origin === window.origin;
  return { origin: own ? location.origin : "null", ours: /** @type {any} */ (globalThis)[Symbol.for("eonay")] === true, direct: window.parent === window.top };
}

/**
 * lookAt has the document in a tab looked at. Chromium may tell the page's process of the press a moment after us: what is
 * refused at first is not refused for good.
 * @type {(target: chrome.scripting.InjectionTarget) => Promise<chrome.scripting.InjectionResult<Looked>>}
 */
async function lookAt(target) {
  for (let refusals = 0; ; refusals++) {
    try {
      const [top] = await chrome.scripting.executeScript({ target, func: look, injectImmediately: true });
      return /** @type {chrome.scripting.InjectionResult<Looked>} */ (top);
    } catch (error) {
      if (refusals === maxRefusals) throw error;
    }
    await new Promise((done) => { setTimeout(done, refusalWait); });
  }
}

/**
 * load puts the bridge into a document that has the content script.
 * @type {(page: Page) => Promise<Answer>}
 */
async function load({ tab, documentId }) {
  await chrome.scripting.executeScript({ target: { tabId: Number(tab.id), documentIds: [documentId] }, files: bridge, injectImmediately: true });
  return {};
}

/**
 * delegate keeps which origins a page lets ask in its frames, and puts the content script into those that are there. It
 * comes only where the browser permits it: to what the person has admitted for always, and the portal's hosts.
 * @type {(page: Page, origins: unknown) => Promise<Answer>}
 */
async function delegate(page, origins) {
  if (page.frameId !== 0) return { problem: "request_invalid", detail: "delegate: only the tab's own page may" };
  if (!Array.isArray(origins) || origins.length > protocol.MaxDelegates) return { problem: "request_invalid" };
  const target = { tabId: Number(page.tab.id) };
  const found = await chrome.scripting.executeScript({ target: { ...target, allFrames: true }, func: look, injectImmediately: true });
  const top = found.find(({ frameId }) => frameId === 0);
  if (top?.result?.origin !== page.origin || top.documentId !== page.documentId) return { problem: "page_gone" };
  // Before the script, which may ask at once.
  await chrome.storage.session.set({ [delegatedPrefix + page.tab.id]: { origin: page.origin, documentId: page.documentId, origins } });
  const frames = found.filter(({ frameId, result }) => frameId !== 0 && result?.direct && !result.ours && origins.includes(result.origin));
  await Promise.all(frames.map(({ frameId }) => chrome.scripting.executeScript({
    target: { ...target, frameIds: [frameId] }, files: [...scripts, ...bridge], injectImmediately: true,
  }).catch(() => {}))); // it may be gone
  return {};
}

// register has the content script run in the sites that the browser says are permitted, and in no others.
async function register() {
  const { origins = [] } = await chrome.permissions.getAll();
  const matches = origins.filter((origin) => !portal.matches.includes(origin));
  const ids = [admittedScript];
  const there = (await chrome.scripting.getRegisteredContentScripts({ ids })).length > 0;
  if (matches.length > 0) {
    /** @type {chrome.scripting.RegisteredContentScript} */
    const script = { id: admittedScript, matches, excludeMatches: portal.matches, js: scripts, runAt: "document_start" };
    await (there ? chrome.scripting.updateContentScripts([script]) : chrome.scripting.registerContentScripts([script]));
  } else if (there) {
    await chrome.scripting.unregisterContentScripts({ ids });
  }
}

// --- requests --------------------------------------------------------------------------------------

/**
 * openRequest stores the request and opens its window. A content script asks only when its document has no open request, so
 * whatever is still there of this frame is over: an end still on the screen, or the window of a document that the tab has
 * left. It makes room; so does what no other frame of the tab waits for. Only what a PUK was released to stays until the
 * page has heard what came of it; where it does not wait, until the person closes it.
 * @type {(page: Page, message: { act: unknown, pageRequest: unknown, at?: Press, pressedAt?: unknown, shown?: unknown }) => Promise<Answer>}
 */
async function openRequest(page, message) {
  const { act, pageRequest } = message;
  if (typeof pageRequest !== "string" || pageRequest.length !== 36 || typeof act !== "string" || !(act in pages)) return { problem: "request_invalid" };
  if (portalActs.includes(act) && (page.frameId !== 0 || !isPortal(page.origin))) {
    return { problem: "request_invalid", detail: `${act}: only the portal's own pages may ask for it` };
  }
  const now = Date.now();
  const ignored = (await readIgnored()).filter(({ openedAt }) => Math.abs(now - openedAt) < minute);
  const inOtherTabs = (await requests()).filter(([, old]) => old.tabId !== page.tab.id).map(([key]) => key);
  const ended = ignored.filter(({ origin, key }) => origin === page.origin && !inOtherTabs.includes(key));
  if (ended.length >= maxIgnored) return { problem: "too_many" };
  const inTab = (await requests()).filter(([, old]) => old.tabId === page.tab.id);
  if (inTab.some(([, old]) => old.released)) return { problem: "busy" };
  const others = inTab.filter(([, old]) => old.frameId !== page.frameId);
  if ((await Promise.all(others.map(([, old]) => waits(old)))).includes(true)) return { problem: "busy" };
  if (!await takePress(page, message, now)) return { problem: "gesture_required" };
  for (const [key, old] of await requests()) {
    if (old.tabId === page.tab.id || now - old.openedAt > protocol.RequestLifetime) await drop(key, old);
  }
  const id = crypto.randomUUID();
  /** @type {StoredRequest} */
  const stored = {
    tabId: Number(page.tab.id),
    frameId: page.frameId,
    documentId: page.documentId,
    origin: page.origin,
    pageRequest,
    windowId: chrome.windows.WINDOW_ID_NONE,
    openedAt: now,
  };
  if (page.embedder !== undefined) stored.embedder = page.embedder;
  const key = protocol.RequestPrefix + id;
  ignored.push({ origin: page.origin, pageRequest, key, openedAt: now }); // until the person goes on
  await chrome.storage.session.set({ [key]: stored, [ignoredKey]: ignored }); // before the window, which reads it
  try {
    const opened = await createWindow(page.tab, `${pages[act]}?request=${id}`, message.at);
    stored.windowId = opened?.id ?? chrome.windows.WINDOW_ID_NONE;
    await chrome.storage.session.set({ [key]: stored });
  } catch (error) {
    console.error(error);
    await chrome.storage.session.remove(key);
    return { problem: "window_failed" };
  }
  return {};
}

/**
 * takePress accounts the presses in a tab, whose page and frames the browser tells of one press alike: one opens one
 * window. A document says when it has seen the press itself. Where the person has just shown a certificate to the
 * document, its signature needs no other press.
 * @type {(page: Page, message: { pressedAt?: unknown, shown?: unknown }, now: number) => Promise<boolean>}
 */
async function takePress({ tab }, { pressedAt, shown }, now) {
  const key = openedPrefix + tab.id;
  const last = Number(await kept(key) ?? -Infinity);
  const own = typeof pressedAt === "number" && pressedAt > last;
  if (shown !== true && !own) return false;
  await chrome.storage.session.set({ [key]: now });
  return true;
}

/**
 * waits asks the document of a request whether it still waits. One that does not say in time may.
 * @type {(stored: StoredRequest) => Promise<boolean>}
 */
function waits(stored) {
  /** @type {Promise<boolean>} */
  const late = new Promise((resolve) => setTimeout(() => resolve(true), documentWait));
  return Promise.race([tell(stored, "waits").then((answer) => answer === true), late]);
}

/**
 * tell sends a message to the document that asked, which may be gone.
 * @type {(stored: StoredRequest, type: string) => Promise<unknown>}
 */
function tell(stored, type) {
  return chrome.tabs.sendMessage(stored.tabId, { type, pageRequest: stored.pageRequest }, { documentId: stored.documentId }).catch(() => {});
}

/**
 * closeRequest takes back a request whose window has not connected to the page yet.
 * @type {(page: Page, pageRequest: unknown) => Promise<Answer>}
 */
async function closeRequest(page, pageRequest) {
  for (const [key, stored] of await requestOf(page, pageRequest)) await drop(key, stored);
  return {};
}

/**
 * released stores whether the window of a request has a PUK: the card may then be at work, and must not be interrupted.
 * @type {(page: Page, pageRequest: unknown, now: boolean) => Promise<Answer>}
 */
async function released(page, pageRequest, now) {
  for (const [key, stored] of await requestOf(page, pageRequest)) await chrome.storage.session.set({ [key]: { ...stored, released: now } });
  return {};
}

/**
 * agreed removes a request from the windows that count as ignored: the person has gone on in its window.
 * @type {(page: Page, pageRequest: unknown) => Promise<Answer>}
 */
async function agreed(page, pageRequest) {
  const others = (await readIgnored()).filter((w) => w.origin !== page.origin || w.pageRequest !== pageRequest);
  await chrome.storage.session.set({ [ignoredKey]: others });
  return {};
}

/** @returns {Promise<Ignored[]>} */
async function readIgnored() {
  return /** @type {Ignored[] | undefined} */ (await kept(ignoredKey)) ?? [];
}

/**
 * takeAway forgets the presses over sites that the person has taken away, and closes the windows of pages that are not
 * heard any more, so that the person does not go on in one by mistake.
 * @type {(patterns: string[]) => Promise<void>}
 */
async function takeAway(patterns) {
  const all = Object.entries(/** @type {Record<string, Page>} */ (await chrome.storage.session.get(null)));
  const gone = all.filter(([key, { origin }]) => key.startsWith(pressPrefix) && patterns.includes(pattern(origin)));
  await chrome.storage.session.remove(gone.map(([key]) => key));
  for (const [, stored] of await requests()) {
    const { tabId, frameId, documentId, origin, windowId } = stored;
    if (await mayAsk({ tab: { id: tabId }, frameId, documentId, origin })) continue;
    await chrome.windows.remove(windowId).catch(() => {}); // it may be closed already
  }
}

/**
 * removed tells the page that its window is gone: only this tells it of a window that never connected.
 * @type {(windowId: number) => Promise<void>}
 */
async function removed(windowId) {
  for (const [key, stored] of await requests()) {
    if (stored.windowId !== windowId) continue;
    await chrome.storage.session.remove(key);
    tell(stored, "window-closed"); // not waited for: a document that the browser keeps for the way back never answers
  }
}

/**
 * requests returns the stored requests and their keys.
 * @returns {Promise<[key: string, stored: StoredRequest][]>}
 */
async function requests() {
  const all = /** @type {Record<string, StoredRequest>} */ (await chrome.storage.session.get(null));
  return Object.entries(all).filter(([key]) => key.startsWith(protocol.RequestPrefix));
}

/**
 * requestOf is requests, of one that a page has made.
 * @type {(page: Page, pageRequest: unknown) => ReturnType<typeof requests>}
 */
async function requestOf({ tab, frameId }, pageRequest) {
  return (await requests()).filter(([, stored]) => stored.tabId === tab.id && stored.frameId === frameId && stored.pageRequest === pageRequest);
}

/**
 * drop forgets a request first, so that its window's end is news to nobody.
 * @type {(key: string, stored: StoredRequest) => Promise<void>}
 */
async function drop(key, stored) {
  await chrome.storage.session.remove(key);
  if (stored.windowId !== chrome.windows.WINDOW_ID_NONE) {
    await chrome.windows.remove(stored.windowId).catch(() => {}); // it may be closed already
  }
}

/**
 * createWindow opens the window beside the one that asks, or where it covers the least of it and no press was, and a
 * private one for a private one: Firefox has one broker for both, and writes down which ordinary windows were open. `at`
 * is what the page's process says of press and screen: no more hangs on it than the place.
 * @type {(tab: chrome.tabs.Tab, page: string, at?: Press) => Promise<chrome.windows.Window | undefined>}
 */
async function createWindow(tab, page, at) {
  /** @type {chrome.windows.CreateData} */
  const window = { type: "popup", url: chrome.runtime.getURL(page), focused: true, incognito: tab.incognito === true, ...size };
  const asking = await chrome.windows.get(tab.windowId).catch(() => null);
  if (asking === null || ![asking.left, asking.top, asking.width, asking.height].every(Number.isInteger)) return chrome.windows.create(window);
  try {
    return await chrome.windows.create({ ...window, ...placeBeside(/** @type {Place} */ (asking), at) });
  } catch {
    return chrome.windows.create(window); // a place off the screen, as of a minimised window
  }
}

/**
 * placeBeside returns where on the screen the window goes, and how high it is: on a low screen its buttons would be below
 * the edge. What a page draws above all other windows, and what the hand of the person does there, is to stay beside it.
 * @type {(asking: Place, at?: Press) => Omit<Place, "width">}
 */
function placeBeside(asking, at) {
  const told = readScreen(at, asking);
  const height = Math.min(size.height, told?.height ?? size.height);
  const screen = told ?? asking;
  const [right, bottom] = [screen.left + screen.width, screen.top + screen.height];
  const lefts = [asking.left + asking.width, asking.left - size.width, right - size.width, screen.left]
    .filter((left) => left >= screen.left && left + size.width <= right);
  const middle = asking.top + (asking.height - height) / 2;
  const lowest = Math.max(screen.top, bottom - height);
  const tops = [Math.max(screen.top, Math.min(middle, lowest)), screen.top, lowest];
  const places = (lefts.length > 0 ? lefts : [screen.left]).flatMap((left) => tops.map((top) => ({ left: Math.round(left), top: Math.round(top) })));
  /** @typedef {{ left: number, top: number }} Corner */
  /** @type {(corner: Corner) => number} */
  const covered = ({ left }) => Math.max(0, Math.min(left + size.width, asking.left + asking.width) - Math.max(left, asking.left));
  const { x = NaN, y = NaN } = at ?? {}; // no place of a press is near to anything
  /** @type {(corner: Corner) => boolean} */
  const pressed = ({ left, top }) => x > left - aside && x < left + size.width + aside && y > top - aside && y < top + height + aside;
  /** @type {(corner: Corner) => number} */
  const cost = (place) => covered(place) + (pressed(place) ? right - screen.left : 0);
  return { ...places.reduce((best, place) => (cost(place) < cost(best) ? place : best)), height };
}

/**
 * readScreen returns the screen that a page's process has told of, null where that cannot be the one of the asking window,
 * whose frame may stick out a little: a page that is enlarged may tell of a smaller one.
 * @type {(at: Press | undefined, asking: Place) => Place | null}
 */
function readScreen(at, asking) {
  if (![at?.left, at?.top, at?.width, at?.height].every((n) => Number.isInteger(n) && Math.abs(Number(n)) < 100_000)) return null;
  const told = /** @type {Place} */ (at);
  const holds = told.width >= asking.width - frame && told.height >= asking.height - frame;
  return holds && told.width >= size.width && told.height >= lowestHeight ? told : null;
}

// --- host ------------------------------------------------------------------------------------------

/**
 * hostStatus tells the host's version. Whoever asks within helloLife gets the same answer: pages that ask in a loop, in
 * however many tabs, start one host in that time. No open window's host is asked: what it is doing with the card would
 * show in how long it takes. That there is no host is not kept: nothing was started, and the person may install it now.
 * @type {() => Promise<Answer>}
 */
function hostStatus() {
  greeting ??= hello().then((answer) => {
    setTimeout(() => { greeting = null; }, answer.problem === "host_missing" ? 0 : helloLife);
    return answer;
  });
  return greeting;
}

/**
 * hello starts the host, asks it for its version and ends it, whatever comes.
 * @returns {Promise<Answer>}
 */
function hello() {
  return new Promise((resolve) => {
    const port = chrome.runtime.connectNative(protocol.HostName);
    /** @type {(answer: Answer) => void} */
    const end = (answer) => {
      clearTimeout(timer);
      port.disconnect();
      resolve(answer);
    };
    const timer = setTimeout(() => end({ problem: "host_stopped" }), helloWait);
    port.onMessage.addListener((answer) => end(readWelcome(answer)));
    const failed = /** @type {{ error?: Error }} */ (port); // Firefox has the reason there
    port.onDisconnect.addListener(() => end(readReason(failed.error ?? chrome.runtime.lastError)));
    port.postMessage({ id: 1, type: "hello", body: { protocol: protocol.Version } });
  }).catch(readReason);
}

/** @type {(answer: any) => Answer} */
function readWelcome(answer) {
  const { type, body } = answer ?? {};
  if (type === "error") {
    const known = body?.code === "host_refused" || body?.code === "host_outdated";
    return { problem: known ? body.code : "host_stopped" };
  }
  if (type !== "welcome" || typeof body?.version !== "string" || body.version.length > 64) return { problem: "host_stopped" };
  return body.protocol === protocol.Version ? { host: body.version } : { problem: "host_outdated" };
}

/** @type {(error?: { message?: string }) => Answer} */
function readReason(error) {
  const reason = String(error?.message).toLowerCase();
  const found = protocol.HostReasons.find(([phrase]) => reason.includes(String(phrase)));
  return { problem: found?.[1] ?? "host_stopped" };
}
