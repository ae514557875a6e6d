"use strict";

// The viewer of PDFs, with a pdf.js that does what the test says.

const { test } = require("node:test");
const assert = require("node:assert/strict");
const fs = require("node:fs");
const path = require("node:path");
const vm = require("node:vm");

const { settled } = require("./testing/world.js");

// deferred is a promise that the test fulfils.
function deferred() {
  const made = {};
  made.promise = new Promise((resolve) => { made.resolve = resolve; });
  return made;
}

// viewing runs viewers/pdf.js on a document of three pages. The first two are near to the view.
function viewing({ library = Promise.resolve() } = {}) {
  const it = { workers: [], tasks: [], asked: [], renders: [], texts: [], told: [], brought: [] };
  const element = () => ({
    style: {}, children: [], clientWidth: 400,
    scrollIntoView() { it.brought.push(this.style.top); }, remove() {},
    get childNodes() { return this.children; },
    setAttribute() {}, append(...more) { this.children.push(...more); }, replaceChildren(...all) { this.children = all; },
    hasChildNodes() { return this.children.length > 0; }, getContext: () => null,
  });
  const region = element();
  it.region = region;
  const page = (n) => ({
    ref: { num: n, gen: 0 }, view: [0, 0, 10, 10], rotate: 0,
    getViewport: () => ({ width: 10, height: 10, transform: [1, 0, 0, 1, 0, 0] }),
    render() {
      const made = deferred();
      it.asked.push(`draw ${n}`);
      it.renders[n] = made;
      return made;
    },
    getTextContent() {
      const made = deferred();
      it.asked.push(`text ${n}`);
      it.texts[n] = made;
      return made.promise;
    },
  });
  const file = { numPages: 3, fingerprints: ["a", null], getPage: async (n) => page(n) };
  const pdfjs = {
    GlobalWorkerOptions: {},
    PDFWorker: class {
      constructor() { this.isAlive = true; it.workers.push(this); }
      destroy() { this.isAlive = false; }
    },
    getDocument({ worker, data }) {
      const task = { worker, data, promise: Promise.resolve(file), destroy: async () => {} };
      it.tasks.push(task);
      return task;
    },
  };
  const realm = {
    importPDFJS: () => library.then(() => pdfjs),
    location: { href: "chrome-extension://x/sign.html" }, URL, Uint8Array, devicePixelRatio: 1, performance, Reflect, Proxy,
    document: {
      body: element(), createElement: element, createTextNode: (text) => ({ length: text.length }),
      getElementById: (id) => (id === "document-pages" ? region : null),
    },
    IntersectionObserver: class {
      constructor(moved) { this.moved = moved; this.all = []; it.observer = this; }
      observe(target) { this.all.push(target); }
      disconnect() {}
      see(...numbers) { this.moved(this.all.map((target, n) => ({ target, isIntersecting: numbers.includes(n) }))); }
    },
    watch: { except() {} },
    viewing: { between: (change) => change(), sha256: async (bytes) => `digest of ${Array.from(bytes)}`, awaitEnd() {} },
  };
  const source = fs.readFileSync(path.join(__dirname, "viewers", "pdf.js"), "utf8");
  assert.ok(source.includes('import("./pdfjs/pdf.min.mjs")'));
  vm.runInContext(source.replace('import("./pdfjs/pdf.min.mjs")', "importPDFJS()"), vm.createContext(realm));
  const program = { seen() {}, found() {}, failed: (why) => it.told.push(why), shaped: (id, pages) => it.told.push(`${id.length} ${pages.length}`) };
  it.prepare = () => realm.pdf.prepare();
  it.close = () => realm.pdf.close();
  it.shown = () => Array.from(realm.pdf.shown());
  it.open = async (at = 0, down = 0) => {
    realm.pdf.open(new Uint8Array([1, 2]), "{n}/{m}", program, at, down);
    await settled();
  };
  return it;
}

test("the first page is drawn before its text, and before its neighbours", async () => {
  const it = viewing();
  await it.open();
  it.observer.see(0, 1);
  await settled();
  assert.deepEqual(it.asked, ["draw 1"]);
  assert.deepEqual(it.region.children[0].children, []);
  it.renders[1].resolve();
  await settled();
  assert.equal(it.region.children[0].children.length, 1); // it can be seen
  assert.deepEqual(it.asked, ["draw 1", "text 1"]);
  assert.deepEqual(it.told, []);
  it.texts[1].resolve({ items: [] });
  await settled();
  assert.equal(it.region.children[0].children.length, 2);
  assert.deepEqual(it.asked, ["draw 1", "text 1", "draw 2"]);
  assert.deepEqual([it.told, it.shown()], [["2 3"], [0, "digest of 1,2"]]);
});

test("a place on a page is brought into view, before the page is drawn and once it has its height", async () => {
  const it = viewing();
  await it.open(2, 0.25);
  assert.deepEqual([it.asked, it.brought], [["draw 2"], ["25%"]]);
  it.renders[2].resolve();
  await settled();
  it.texts[2].resolve({ items: [] });
  await settled();
  assert.deepEqual(it.brought, ["25%", "25%"]);
});

test("a worker that is there before the document reads that document, and no other", async () => {
  const it = viewing();
  it.prepare();
  it.prepare();
  await settled();
  assert.equal(it.workers.length, 1);
  await it.open();
  assert.equal(it.tasks[0].worker, it.workers[0]);
  it.close();
  await settled();
  assert.equal(it.workers[0].isAlive, false);
  await it.open();
  assert.equal(it.tasks[1].worker, it.workers[1]);
  assert.deepEqual(it.workers.map(({ isAlive }) => isAlive), [false, true]);
});

test("a document that is left while pdf.js is loaded is not read", async () => {
  const loading = deferred();
  const it = viewing({ library: loading.promise });
  await it.open();
  it.close();
  loading.resolve();
  await settled();
  assert.deepEqual([it.tasks, it.workers, it.told], [[], [], []]);
});
