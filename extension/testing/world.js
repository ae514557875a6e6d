"use strict";

// Small doubles of what content.js and background.js see of a browser. Scripts run in a realm of
// their own, as in the browser; messages are cloned on every way.

const fs = require("node:fs");
const path = require("node:path");
const vm = require("node:vm");
const { webcrypto } = require("node:crypto");

const ID = "pfignebogiloaejiolobjdgpapiniifb";
const ORIGIN = "https://online.example.test";
const { content_scripts: [{ js: contentScripts }] } = require("../manifest.base.json");
// What the broker puts into a document when its page first says something.
const bridgeScripts = ["protocol.gen.js", "messages.gen.js", "shapes.js", "bridge.js", "webeid.js"];

// The sentences that pages are told.
const sentences = structuredClone(vm.runInContext(fs.readFileSync(path.join(__dirname, "..", "protocol.gen.js"), "utf8") + "protocol.sentences", vm.createContext({})));

class Event {
  listeners = [];
  addListener(f) {
    this.listeners.push(f);
  }
  fire(...args) {
    return this.listeners.map((f) => f(...args));
  }
}

// run runs scripts of the extension one after the other in a new realm with these globals.
function run(globals, ...names) {
  const realm = vm.createContext({ console, TextEncoder, URL, URLSearchParams, crypto: webcrypto, setTimeout, clearTimeout, Date, ...globals });
  runIn(realm, ...names);
  return realm;
}

function runIn(realm, ...names) {
  for (const name of names) {
    vm.runInContext(fs.readFileSync(path.join(__dirname, "..", name), "utf8"), realm, { filename: name });
  }
}

// settled waits until nothing is left to do that does not wait for the outside.
const settled = () => new Promise((resolve) => setImmediate(() => setImmediate(resolve)));

class Port {
  constructor(name, sender = { id: ID }) {
    Object.assign(this, { name, sender, onMessage: new Event(), onDisconnect: new Event(), sent: [], closed: false });
  }
  postMessage(message) {
    this.sent.push(structuredClone(message));
  }
  disconnect() {
    this.closed = true;
  }
}

// page starts the content scripts in a page: those of the start, and the bridge once the broker has put it there, which it
// has already unless the page is `fresh`. `answers` gives the broker's answer by message type; `clobbered` are properties of
// the document in whose place elements of the page stand.
function page(answers = {}, clobbered = {}, { fresh = false } = {}) {
  const listeners = { message: [], pagehide: [], pageshow: [], pointerdown: [], keydown: [], pointerup: [], pointercancel: [], keyup: [], click: [] };
  const loads = {};
  const it = { now: 0, woken: 0, loads: 0, fetched: [], site: async () => new Response("", { status: 404 }), posted: [], asked: [], attributes: {}, activation: { isActive: true }, workers: { controller: null } };
  const window = {
    addEventListener: (type, f) => listeners[type].push(f),
    postMessage: (data, target) => it.posted.push({ target, ...structuredClone(data) }),
  };
  it.runtime = {
    id: ID,
    getManifest: () => ({ version: "1.2.3", homepage_url: `${ORIGIN}/kurulum` }),
    onConnect: new Event(),
    onMessage: new Event(),
    async sendMessage(message) {
      const { at, pressedAt, ...asked } = structuredClone(message);
      if (message.type === "wake") {
        it.woken++;
        return {};
      }
      if (message.type === "load") return load();
      it.asked.push(asked);
      if (message.type === "open") it.opened = { at, pressedAt }; // where and when the person pressed
      const answer = answers[message.type];
      return typeof answer === "function" ? answer() : answer ?? {};
    },
  };
  it.chrome = { runtime: it.runtime };
  class EventTarget {
    addEventListener(type, f) { (loads[type] ??= []).push(f); }
  }
  class Document extends EventTarget {
    get documentElement() { return it.element; }
  }
  it.element = { lang: "tr", setAttribute: (name, value) => { it.attributes[name] = value; } };
  const realm = run({
    window,
    EventTarget,
    Document,
    document: Object.create(Document.prototype, Object.getOwnPropertyDescriptors(clobbered)),
    chrome: it.chrome,
    location: { origin: ORIGIN, protocol: "https:" },
    navigator: { userActivation: it.activation, serviceWorker: it.workers },
    AbortSignal, TextDecoder,
    fetch: (url, how) => { it.fetched.push([url, how]); return it.site(); },
    performance: { now: () => it.now },
    screen: { availLeft: 0, availTop: 0, availWidth: 1920, availHeight: 1080 },
  }, ...contentScripts);
  const load = async () => {
    it.loads++;
    const answer = await (answers.load?.() ?? {});
    if (answer.problem === undefined) runIn(realm, ...bridgeScripts);
    return answer;
  };
  if (!fresh) runIn(realm, ...bridgeScripts);
  it.evaluate = (source) => vm.runInContext(source, realm);
  // event hands a message event over; `from` replaces what an honest one has.
  it.event = (data, from = {}) => listeners.message.forEach((f) => f({ source: window, origin: ORIGIN, data, ...from }));
  it.send = (type, body, id = it.id) => it.event({ eonay: 1, to: "extension", id, type, ...(body === undefined ? {} : { body }) });
  it.press = (event = { isTrusted: true }, type = "pointerdown") => listeners[type].forEach((f) => f({ type, pointerType: "mouse", screenX: 300, screenY: 400, ...event }));
  it.load = (localName = "iframe") => loads.load?.forEach((f) => f({ target: { localName } }));
  it.show = () => listeners.pageshow.forEach((f) => f({ persisted: true }));
  it.hide = () => listeners.pagehide.forEach((f) => f({}));
  it.id = webcrypto.randomUUID();
  it.press(); // the one that the first request comes of
  it.take = () => it.posted.splice(0);
  it.connect = (name = `eonay:${it.id}`, sender) => {
    const port = new Port(name, sender);
    it.runtime.onConnect.fire(port);
    port.say = (type, body, more = {}) => port.onMessage.fire({ eonay: 1, to: "page", id: it.id, type, body, ...more });
    return port;
  };
  return it;
}

// broker starts background.js. `native` answers a message to the host, or rejects with the reason why
// the host's port is closed; hosts counts those that run; stop() ends the worker and starts
// another on what is kept, as a browser may do between two events. The portal is ORIGIN's host; `permitted` are
// the match patterns that the person has given, `tabs` what the tabs show: {origin, documentId, ours, frames}, a frame
// being {frameId, origin, direct, ours}, and a tab that hangs answers nothing; `waits` answers what the broker asks a
// document, `hears` what it tells one.
function broker({ native = async () => ({}), kept = {}, local = {}, managed = undefined, language = "tr", windows = [], permitted = [], tabs = {} } = {}) {
  const it = { kept, local, managed, language, changed: new Event(), windows, permitted, tabs, told: [], order: [], optionsOpened: 0, opened: [], pages: [], hosts: 0, scripts: [] };
  const locks = {}; // the last of those who wait for each
  const start = () => {
    it.chrome = fakeBrowser(it, native);
    const request = (name, work) => (locks[name] = Promise.resolve(locks[name]).catch(() => {}).then(work));
    run({ chrome: it.chrome, navigator: { locks: { request } } }, "protocol.gen.js", "background.js", "setup.js", "institution.js", "reminder.js");
  };
  start();
  it.stop = start;
  // ask sends a content script's message. Whoever asks for a window has seen a press since the last one, unless they say
  // otherwise.
  it.ask = (message, more = {}) => new Promise((resolve) => {
    if (message?.type === "open") message = { pressedAt: Date.now() + 60_000, ...message };
    const sender = {
      id: ID, tab: { id: 7, windowId: 1 }, frameId: 0, documentId: "D", origin: ORIGIN, url: `${ORIGIN}/a`, ...more,
    };
    const waits = it.chrome.runtime.onMessage.fire(structuredClone(message), sender, (a) => resolve(structuredClone(a)));
    if (!waits.includes(true)) resolve("unheard");
  });
  it.requests = () => Object.entries(it.kept).filter(([key]) => key.startsWith("request:"));
  return it;
}

function fakeBrowser(it, native) {
  const onRemoved = new Event();
  return {
    runtime: {
      id: ID,
      onMessage: new Event(),
      onInstalled: new Event(),
      onStartup: new Event(),
      // Firefox gives whole addresses.
      getManifest: () => ({ content_scripts: [{ matches: [`${ORIGIN}/*`], js: [`chrome-extension://${ID}/${contentScripts[0]}`, ...contentScripts.slice(1)] }], homepage_url: `${ORIGIN}/kurulum` }),
      getContexts: async ({ incognito }) => it.pages.filter((page) => page.incognito === incognito),
      getURL: (p) => `chrome-extension://${ID}/${p}`,
      openOptionsPage: () => { it.optionsOpened++; },
      connectNative(host) {
        const port = new Port(host);
        it.hosts++;
        port.disconnect = () => { if (!port.closed) it.hosts--; port.closed = true; };
        port.postMessage = (message) => native(host, structuredClone(message)).then(
          (answer) => { if (!port.closed) port.onMessage.fire(answer); },
          (reason) => { this.lastError = reason; port.onDisconnect.fire(port); });
        return port;
      },
    },
    action: {
      onClicked: new Event(),
      setBadgeText: async ({ text }) => { it.badge = text; },
      setTitle: async ({ title }) => { it.title = title; },
      setBadgeBackgroundColor: async () => {},
      setBadgeTextColor: async () => {},
    },
    i18n: {
      getMessage: (name, value) => {
        const { message } = JSON.parse(fs.readFileSync(path.join(__dirname, "..", "_locales", it.language, "messages.json"), "utf8"))[name];
        return message.replace("$DATE$", value);
      },
    },
    permissions: {
      onAdded: new Event(),
      onRemoved: new Event(),
      getAll: async () => ({ origins: [`${ORIGIN}/*`, ...it.permitted], permissions: [] }),
      contains: async ({ origins }) => origins.every((o) => it.permitted.some((p) => p === o || (p === "https://*/*" && o.startsWith("https://")))),
    },
    scripting: fakeScripting(it),
    storage: {
      local: {
        get: async (name) => structuredClone(name in it.local ? { [name]: it.local[name] } : {}),
        set: async (values) => { Object.assign(it.local, structuredClone(values)); },
        remove: async (name) => { delete it.local[name]; },
      },
      managed: { get: async () => { if (it.managed === undefined) throw new Error("no manifest"); return structuredClone(await it.managed); } },
      onChanged: it.changed,
      session: {
        get: async () => structuredClone(it.kept),
        set: async (values) => { it.order.push("store"); Object.assign(it.kept, structuredClone(values)); },
        remove: async (keys) => { for (const key of [keys].flat()) delete it.kept[key]; },
      },
    },
    tabs: {
      create: async ({ url, active = true }) => { it.opened.push(active ? url : `${url} behind`); },
      update: async (id) => { it.opened.push(`tab ${id}`); },
      query: async () => Object.entries(it.tabs).map(([id, { url, active }]) => ({ id: Number(id), url, active })),
      sendMessage: async (...args) => {
        it.told.push(structuredClone(args));
        return args[1].type === "waits" ? it.waits?.() : it.hears?.();
      },
    },
    windows: {
      WINDOW_ID_NONE: -1,
      onRemoved,
      update: async (id, { focused }) => { it.opened.push(`window ${id} ${focused}`); },
      get: async () => it.asking ?? { left: 100, top: 50, width: 1200, height: 900 },
      create: async (options) => {
        it.order.push("window");
        if (it.refuse?.(options)) throw new Error("refused");
        const window = { ...structuredClone(options), id: 100 + it.windows.length };
        it.windows.push(window);
        return window;
      },
      remove: async (id) => {
        const window = it.windows.find((w) => w.id === id && !w.closed);
        if (window === undefined) throw new Error(`No window with id: ${id}.`);
        window.closed = true;
        onRemoved.fire(id);
      },
    },
  };
}

// fakeScripting looks into a tab where a function is asked for, and puts the files there otherwise.
function fakeScripting(it) {
  return {
    async executeScript({ target: { tabId, allFrames, frameIds, documentIds }, func, files }) {
      const tab = it.tabs[tabId];
      if (tab?.hangs) return new Promise(() => {});
      if (tab === undefined || tab.refuses-- > 0) throw new Error("Cannot access contents of the page.");
      if (frameIds !== undefined) {
        const frame = tab.frames.find((f) => f.frameId === frameIds[0]);
        if (frame.gone) throw new Error("No frame with id");
        it.order.push([frame.frameId, ...files]);
        return [{ frameId: frame.frameId }];
      }
      if (documentIds !== undefined) {
        if (documentIds[0] !== tab.documentId) throw new Error("No document with id");
        it.order.push([documentIds[0], ...files]);
        return [{ documentId: documentIds[0] }];
      }
      it.order.push(func === undefined ? [...files] : "look");
      if (allFrames) {
        const { frames, documentId, ...result } = tab;
        const seen = [...frames, { frameId: 7 }]; // the last has ended meanwhile
        return [{ frameId: 0, documentId, result }, ...seen.map(({ frameId, ...f }) => ({ frameId, result: frameId === 7 ? undefined : f }))];
      }
      const result = func === undefined ? undefined : { origin: tab.origin, ours: tab.ours === true };
      if (files !== undefined) tab.ours = true;
      return [{ result, documentId: tab.documentId, frameId: 0 }];
    },
    getRegisteredContentScripts: async ({ ids }) => structuredClone(it.scripts.filter((s) => ids.includes(s.id))),
    async registerContentScripts(scripts) {
      if (it.scripts.some((s) => scripts.some(({ id }) => id === s.id))) throw new Error("Duplicate script ID");
      it.scripts.push(...structuredClone(scripts));
    },
    async updateContentScripts(scripts) {
      for (const script of scripts) Object.assign(it.scripts.find(({ id }) => id === script.id), structuredClone(script));
    },
    async unregisterContentScripts({ ids }) { it.scripts = it.scripts.filter((s) => !ids.includes(s.id)); },
  };
}

const request = (more = {}) => ({
  purpose: "E-Onay verilmesi",
  documents: [{ name: "onay.txt", mediaType: "text/plain", size: 1000 }],
  format: "cades",
  profile: "P1",
  language: "tr",
  ...more,
});

module.exports = { ID, ORIGIN, contentScripts, bridgeScripts, sentences, settled, page, broker, request };
