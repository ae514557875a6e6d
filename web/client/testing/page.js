// A small double of the page that client.js runs in, made anew for each test.

import { beforeEach } from "node:test";
import { EOnayError } from "../client.js";

export const origin = "https://online.example.test";

// What the module sees of its page. `extension` hears what it posts, and can answer.
export let page;

beforeEach(() => {
  page = { listeners: new Set(), posted: [], attributes: { "data-eonay": "1.2.3" }, lang: "tr", reported: [] };
  globalThis.window = {
    addEventListener: (type, f) => page.listeners.add(f),
    removeEventListener: (type, f) => page.listeners.delete(f),
    postMessage: (data, target) => {
      page.posted.push({ target, ...structuredClone(data) });
      page.extension?.(page.posted.at(-1));
    },
  };
  window.parent = window;
  globalThis.location = { origin, href: `${origin}/imza` };
  const stored = new Map();
  const storage = { getItem: (key) => stored.get(key) ?? null, setItem: (key, value) => stored.set(key, value), clear: () => stored.clear() };
  Object.defineProperty(globalThis, "sessionStorage", { configurable: true, value: storage });
  globalThis.Document = class {
    get documentElement() {
      return { getAttribute: (name) => page.attributes[name] ?? null, get lang() { return page.lang; } };
    }
  };
  globalThis.document = new Document();
  globalThis.reportError = (error) => page.reported.push(error);
});

// event hands a message event over; `from` replaces what an honest one has.
export function event(data, from = {}) {
  for (const f of [...page.listeners]) f({ source: globalThis.window, origin, data: structuredClone(data), ...from });
}

export const say = (type, body, more = {}) => event({ eonay: 1, to: "page", id: page.posted[0].id, type, body, ...more });
export const failed = (code, message = { tr: "T", en: "E" }) => ["failed", { code, message }];
export const code = (c) => (error) => error instanceof EOnayError && error.code === c;
export const settled = () => new Promise((resolve) => setImmediate(resolve));
