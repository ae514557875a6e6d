"use strict";

// The way between the signing window and the inspector's worker.

const { test } = require("node:test");
const assert = require("node:assert/strict");
const fs = require("node:fs");
const path = require("node:path");
const vm = require("node:vm");

const { settled } = require("./testing/world.js");

// inspecting runs viewers/inspect.js with a clock of its own and workers that do nothing by themselves.
function inspecting({ compile = async () => "module" } = {}) {
  const it = { workers: [], timers: new Map(), told: [], saved: [], compilations: 0 };
  const realm = {
    Blob: class { constructor(parts) { this.bytes = Array.from(parts[0]); } },
    Worker: class {
      constructor(name) { Object.assign(this, { name, sent: [], isAlive: true }); it.workers.push(this); }
      postMessage(message) { this.sent.push(message); }
      terminate() { this.isAlive = false; }
    },
    fetch: (name) => name,
    WebAssembly: { compileStreaming: (file) => { it.compilations++; return compile(file); } },
    setTimeout: (f, wait) => { const id = {}; it.timers.set(id, { f, wait }); return id; },
    clearTimeout: (id) => it.timers.delete(id),
    Uint8Array,
    URL: { createObjectURL: (blob) => blob, revokeObjectURL() {} },
    document: { createElement: () => ({ click() { it.saved.push([this.download, this.href.bytes]); } }) },
    viewing: { sha256: async (bytes) => `digest of ${Array.from(bytes)}` },
  };
  vm.runInContext(fs.readFileSync(path.join(__dirname, "viewers", "inspect.js"), "utf8"), vm.createContext(realm));
  const program = (name) => ({ reported: (text, given) => it.told.push(`${name}: ${text}${given === null ? "" : ` ${given}`}`), read: (number, bytes) => it.told.push(`${name}: file ${number} is ${bytes}`), failed: (why) => it.told.push(`${name} failed: ${why}`) });
  it.close = () => realm.inspection.close();
  it.letter = () => realm.inspection.letter();
  it.read = (...asked) => realm.inspection.read(...asked);
  it.save = (...asked) => realm.inspection.save(...asked);
  it.open = async (name = "a", beside = null) => {
    realm.inspection.open(new Uint8Array([1, 2, 3]), "pdf", program(name), beside);
    await settled();
    return it.workers.at(-1);
  };
  return it;
}

test("a document's bytes go to a worker of its own, and its report to the program", async () => {
  const it = inspecting();
  const first = await it.open("a");
  assert.equal(first.name, "viewers/inspect.worker.js");
  const [{ module, kind, blob, content }] = first.sent;
  assert.deepEqual([module, kind, blob.bytes, content], ["module", "pdf", [1, 2, 3], null]);
  first.onmessage({ data: { report: "{}" } });
  assert.equal(it.timers.size, 0);
  const second = await it.open("b");
  assert.equal(first.isAlive, false);
  second.onmessage({ data: { report: "[]" } });
  assert.deepEqual(it.told, ["a: {}", "b: []"]);
  assert.equal(it.compilations, 1);
});

test("a document that was left says nothing more", async () => {
  const it = inspecting();
  const first = await it.open("a");
  const second = await it.open("b");
  first.onmessage({ data: { report: "{}" } });
  first.onerror({ message: "x" });
  it.close();
  second.onmessage({ data: { report: "{}" } });
  assert.deepEqual([it.told, second.isAlive, it.timers.size], [[], false, 0]);
});

test("an inspector that is late is ended", async () => {
  const it = inspecting();
  const worker = await it.open();
  const [{ f, wait }] = it.timers.values();
  assert.ok(wait >= 10_000 && wait <= 60_000);
  f();
  worker.onmessage({ data: { report: "{}" } });
  assert.deepEqual([it.told, worker.isAlive], [["a failed: the inspector takes too long"], false]);
});

test("what is no report is refused, once", async () => {
  for (const data of [undefined, null, "{}", { report: null }, { report: 7 }, { report: "x".repeat((4 << 20) + 1) }]) {
    const it = inspecting();
    const worker = await it.open();
    worker.onmessage({ data });
    worker.onerror({ message: "x" });
    assert.deepEqual([it.told, worker.isAlive], [["a failed: the inspector has no report"], false]);
  }
});

test("an inspector that ends, or cannot be compiled, is told", async () => {
  let it = inspecting();
  (await it.open()).onerror({ message: "out of memory" });
  assert.deepEqual(it.told, ["a failed: the inspector has ended: out of memory"]);
  let isBroken = true;
  it = inspecting({ compile: async () => { if (isBroken) throw new Error("no room"); return "module"; } });
  await it.open("a");
  isBroken = false;
  (await it.open("b")).onmessage({ data: { report: "{}" } });
  assert.deepEqual(it.told, ["a failed: no room", "b: {}"]);
});

test("a package's letter is given out with the report", async () => {
  const it = inspecting();
  const worker = await it.open();
  const letter = it.letter();
  worker.onmessage({ data: { report: "{}", given: new Uint8Array([7]) } });
  assert.deepEqual([[...await letter], it.told], [[7], ["a: {} 7"]]);
  worker.onmessage({ data: { report: "another" } });
  assert.deepEqual(it.told, ["a: {} 7"]);
});

test("what signatures are over goes to the worker beside them", async () => {
  const it = inspecting();
  const worker = await it.open("a", new Uint8Array([4, 5]));
  const [{ blob, content }] = worker.sent;
  assert.deepEqual([blob.bytes, content.bytes], [[1, 2, 3], [4, 5]]);
});

test("a file of a package is saved if it is the one that was reported", async () => {
  const it = inspecting();
  const worker = await it.open();
  worker.onmessage({ data: { report: "{}" } });
  worker.onmessage({ data: { number: 1, bytes: new Uint8Array([9]) } }); // which nobody has asked for
  it.save(1, "ek.pdf", "digest of 1,2");
  assert.equal(worker.sent.at(-1).number, 1);
  worker.onmessage({ data: { number: 1, bytes: new Uint8Array([1, 2]) } });
  await settled();
  assert.deepEqual([it.saved, it.told], [[["ek.pdf", [1, 2]]], ["a: {}"]]);
  for (const bytes of [new Uint8Array([9]), null]) {
    const it = inspecting();
    const worker = await it.open();
    worker.onmessage({ data: { report: "{}" } });
    it.save(1, "ek.pdf", "digest of 1,2");
    worker.onmessage({ data: { number: 1, bytes } });
    await settled();
    assert.deepEqual([it.saved, it.told, worker.isAlive], [[], ["a: {}", "a failed: the inspector has given out another file"], false]);
  }
});

test("a file of a package goes to the program if it is the one that was reported", async () => {
  const it = inspecting();
  const worker = await it.open();
  worker.onmessage({ data: { report: "{}" } });
  it.read(1, "digest of 1,2");
  assert.equal(worker.sent.at(-1).number, 1);
  worker.onmessage({ data: { number: 1, bytes: new Uint8Array([1, 2]) } });
  await settled();
  assert.deepEqual(it.told, ["a: {}", "a: file 1 is 1,2"]);
  it.read(1, "digest of 1,2");
  worker.onmessage({ data: { number: 1, bytes: new Uint8Array([1, 2]) } });
  it.close(); // before its digest is known
  await settled();
  assert.equal(it.told.length, 2);
});
