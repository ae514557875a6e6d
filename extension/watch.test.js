"use strict";

const { test } = require("node:test");
const assert = require("node:assert/strict");
const fs = require("node:fs");
const path = require("node:path");
const vm = require("node:vm");

// watched runs watch.js in a page that has been read; change is a change of the page.
function watched() {
  const it = { told: 0, pending: [], observing: false };
  class MutationObserver {
    constructor(f) { it.deliver = () => f(this.takeRecords()); }
    observe() { it.observing = true; }
    disconnect() { it.observing = false; it.pending = []; }
    takeRecords() { return it.pending.splice(0); }
  }
  const realm = { MutationObserver, document: { documentElement: {}, addEventListener: (type, f) => { it[type] = f; } } };
  vm.runInContext(fs.readFileSync(path.join(__dirname, "watch.js"), "utf8"), vm.createContext(realm));
  it.change = () => { if (it.observing) it.pending.push({}); };
  it.draw = () => { realm.watch.begin(); it.change(); realm.watch.end(); };
  it.except = (element) => realm.watch.except(element);
  it.changeIn = (target) => { it.pending.push({ target }); };
  it.listen = () => realm.watch.onChange(() => { it.told++; });
  it.change(); // the parser's
  it.DOMContentLoaded();
  return it;
}

test("our own drawings are nothing to tell", () => {
  const w = watched();
  w.listen();
  for (let n = 0; n < 3; n++) w.draw();
  w.deliver();
  assert.equal(w.told, 0);
});

test("another's change is told once, whenever it comes and is noticed", () => {
  for (const [name, steps] of [
    ["by itself", ["listen", "draw", "change", "deliver"]],
    ["before the next drawing", ["listen", "draw", "change", "draw"]],
    ["before the first drawing", ["listen", "change", "draw"]],
    ["before the program listens", ["change", "deliver", "listen"]],
  ]) {
    const w = watched();
    for (const step of steps) w[step]();
    assert.equal(w.told, 1, name);
    for (const step of ["draw", "change", "deliver", "draw"]) w[step]();
    assert.equal(w.told, 1, name);
  }
});

test("what happens on the shelf is left out, and nothing else", () => {
  const w = watched();
  w.listen();
  const inside = {}, outside = {};
  w.except({ contains: (node) => node === inside });
  w.changeIn(inside);
  w.deliver();
  assert.equal(w.told, 0);
  w.changeIn(inside);
  w.changeIn(outside);
  w.deliver();
  assert.equal(w.told, 1);
});
