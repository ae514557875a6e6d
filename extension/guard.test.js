"use strict";

const { test } = require("node:test");
const assert = require("node:assert/strict");
const fs = require("node:fs");
const path = require("node:path");
const vm = require("node:vm");

// guarded runs guard.js in a page of one button, with a clock of its own.
function guarded({ focused = true } = {}) {
  const it = { focused, at: [10, 20], listeners: {}, timers: [], now: 0 };
  const button = { attributes: {}, setAttribute(n, v) { this.attributes[n] = v; }, removeAttribute(n) { delete this.attributes[n]; } };
  const root = { dataset: {} };
  const realm = {
    document: {
      documentElement: root, hasFocus: () => it.focused, querySelectorAll: () => [button],
      addEventListener: (type, f) => { it.listeners[type] = f; },
    },
    addEventListener: (type, f) => { it.listeners[type] = f; },
    setTimeout: (f, wait = 0) => { const t = { f, due: it.now + wait }; it.timers.push(t); return t; },
    clearTimeout: (t) => { it.timers = it.timers.filter((other) => other !== t); },
    setInterval: (f, wait) => { it.look = f; it.every = wait; },
    get screenX() { return it.at[0]; },
    get screenY() { return it.at[1]; },
  };
  realm.window = realm;
  vm.runInContext(fs.readFileSync(path.join(__dirname, "guard.js"), "utf8"), vm.createContext(realm));
  const window = vm.runInContext("window", realm);
  // pass lets time go by.
  it.pass = (ms) => {
    const end = it.now + ms;
    for (;;) {
      const next = it.timers.filter((t) => t.due <= end).sort((a, b) => a.due - b.due)[0];
      if (next === undefined) break;
      it.timers = it.timers.filter((t) => t !== next);
      it.now = next.due;
      next.f();
    }
    it.now = end;
  };
  it.drawn = (seen = false) => realm.guard.drawn(seen);
  it.hold = () => realm.guard.hold();
  it.isOpen = () => root.dataset.armed !== undefined;
  it.disabled = () => button.attributes["aria-disabled"] === "true";
  // give gives an event and tells whether the page's own listeners hear it.
  it.give = (type, more = {}) => {
    let heard = true;
    let done = true;
    it.listeners[type]({
      type, target: { matches: () => more.field !== true }, detail: type === "click" ? 1 : 0,
      preventDefault() { done = false; }, stopImmediatePropagation() { heard = false; }, ...more,
    });
    return heard && done;
  };
  it.press = () => { it.give("pointerdown"); const counted = it.give("click"); it.pass(0); return counted; };
  it.key = (key, more = {}) => { const counted = it.give("keydown", { key, ...more }); const clicked = counted && it.give("click", { detail: 0 }); it.pass(0); return clicked; };
  it.window = (type) => it.listeners[type]({ type, target: window });
  it.open = () => { it.pass(5_000); assert.ok(it.isOpen()); };
  return it;
}

test("opens half a second after a screen was drawn, and tells so", () => {
  const g = guarded();
  g.pass(400);
  g.drawn();
  g.pass(499);
  assert.deepEqual([g.isOpen(), g.disabled()], [false, true]);
  g.pass(1);
  assert.deepEqual([g.isOpen(), g.disabled()], [true, false]);
  assert.ok(g.press());
});

test("closes when anything changes but by the person's own typing", () => {
  for (const [name, change, closes] of [
    ["a drawing", (g) => g.drawn(), true],
    ["what the person types", (g) => g.drawn(true), false],
    ["the focus comes", (g) => g.window("focus"), true],
    ["the focus goes", (g) => { g.focused = false; g.window("blur"); }, true],
    ["another size", (g) => g.window("resize"), true],
    ["another place, which no event tells", (g) => { g.at = [11, 20]; g.look(); }, true],
    ["another place, just before a press", (g) => { g.at = [10, 21]; assert.ok(!g.press()); }, true],
    ["out of sight", (g) => g.give("visibilitychange"), true],
    ["a field has the focus", (g) => g.listeners.focus({ target: {} }), false],
    ["time goes by", (g) => g.look(), false],
  ]) {
    const g = guarded();
    g.open();
    change(g);
    assert.equal(g.isOpen(), !closes, name);
    assert.equal(g.disabled(), closes, name);
  }
});

test("stays closed without the focus, and finds that it has come", () => {
  const g = guarded({ focused: false });
  g.pass(10_000);
  assert.ok(!g.isOpen());
  g.focused = true;
  g.look();
  assert.ok(!g.isOpen());
  g.pass(500);
  assert.ok(g.isOpen());
  g.focused = false; // no event yet
  assert.ok(!g.press());
});

test("who presses in a rhythm goes on nowhere", () => {
  for (const pace of [60, 120, 300, 450, 700, 950]) {
    const g = guarded();
    g.drawn();
    g.pass(300);
    for (let n = 0; n < 20; n++) {
      assert.ok(!g.press(), `pointer, ${pace} ms`);
      g.pass(pace);
      assert.ok(!g.key(n % 2 ? "Enter" : " "), `keys, ${pace} ms`);
      g.pass(pace);
    }
    g.pass(1_000);
    assert.ok(g.press(), "and then does");
  }
});

test("what began before does not count", () => {
  const g = guarded();
  g.open();
  g.give("pointerdown");
  g.drawn();
  g.open();
  assert.ok(!g.give("click"), "the screen changed under the finger");
  g.open();
  g.give("keydown", { key: " " });
  g.window("focus");
  g.open();
  assert.ok(!g.give("click", { detail: 0 }), "a key that was let go in another window");
});

test("no key that is held down, no second press of a double click", () => {
  const g = guarded();
  g.open();
  assert.ok(!g.key("Enter", { repeat: true }));
  assert.ok(!g.isOpen());
  g.open();
  g.give("pointerdown");
  assert.ok(g.give("click"));
  g.pass(0);
  g.give("pointerdown");
  assert.ok(!g.give("click", { detail: 2 }));
});

test("a label's press, and one of assistive technology", () => {
  const g = guarded();
  g.open();
  g.give("pointerdown");
  assert.ok(g.give("click"));
  assert.ok(g.give("click", { detail: 0 }), "on what is labelled");
  g.pass(0);
  assert.ok(g.give("click", { detail: 0 }), "without pointer and key");
  g.pass(0);
  g.drawn();
  assert.ok(!g.give("click", { detail: 0 }));
});

test("a press that no click comes of is over when it is let go", () => {
  for (const [name, down, up] of [
    ["a pointer on a text", ["pointerdown", { pointerType: "mouse" }], ["pointerup", { pointerType: "mouse" }]],
    ["a finger that scrolls", ["pointerdown", { pointerType: "touch" }], ["pointercancel", { pointerType: "touch" }]],
    ["Enter on a heading", ["keydown", { key: "Enter" }], ["keyup", { key: "Enter" }]],
  ]) {
    const g = guarded();
    g.drawn();
    g.give(...down); // too early
    g.give(...up);
    g.open();
    assert.ok(g.give("click"), name);
  }
  const g = guarded();
  g.give("pointerdown", { pointerType: "touch" });
  g.give("pointerup", { pointerType: "touch" });
  g.open();
  assert.ok(!g.give("click"), "a finger's click, which comes later than the finger goes");
  g.pass(0);
  g.drawn();
  g.give("pointerdown", { pointerType: "mouse" });
  g.give("keyup", { key: "Tab" });
  g.open();
  assert.ok(!g.give("click"), "a button that is held down, while a key is let go");
});

test("typing, moving and leaving pass at any time", () => {
  const g = guarded();
  g.drawn();
  for (const key of ["4", "a", "Tab", "Escape", "PageDown", "ArrowDown", "Backspace"]) assert.ok(g.give("keydown", { key }), key);
  for (const repeat of [false, true]) assert.ok(g.give("keydown", { key: " ", repeat, field: true }), "a space in a field, or in a document, which it scrolls");
  assert.ok(g.give("keydown", { key: "4", repeat: true }));
  g.pass(500);
  assert.ok(g.isOpen(), "and keep nothing closed");
  g.drawn();
  assert.ok(!g.give("keydown", { key: "Enter", field: true }), "Enter sends a form");
  assert.ok(!g.give("submit"));
});

test("a question that is drawn before the program holds the guard, and the half second runs meanwhile", () => {
  const g = guarded();
  g.hold();
  for (let i = 0; i < 20; i++) { g.pass(250); g.look(); } // which must not begin it anew
  assert.deepEqual([g.isOpen(), g.disabled()], [false, true]);
  g.drawn(true);
  assert.deepEqual([g.isOpen(), g.disabled()], [true, false]);
  assert.ok(g.press());
});

test("a program that is there sooner waits for the rest of the half second", () => {
  const g = guarded();
  g.hold();
  g.pass(300);
  g.drawn(true);
  g.pass(199);
  assert.equal(g.isOpen(), false);
  g.pass(1);
  assert.ok(g.isOpen());
});

test("a program that draws something else than the question begins the half second anew", () => {
  const g = guarded();
  g.hold();
  g.pass(2_000);
  g.drawn();
  g.pass(499);
  assert.equal(g.isOpen(), false);
  g.pass(1);
  assert.ok(g.isOpen());
});

test("a press before the program does not count, and costs a second", () => {
  const g = guarded();
  g.hold();
  g.pass(600);
  assert.equal(g.press(), false);
  g.drawn(true);
  g.pass(999);
  assert.equal(g.isOpen(), false);
  g.pass(1);
  assert.ok(g.isOpen());
});

test("the focus that goes before the program is there closes the guard", () => {
  const g = guarded();
  g.hold();
  g.pass(600);
  g.focused = false;
  g.window("blur");
  g.drawn(true);
  g.pass(5_000);
  assert.equal(g.isOpen(), false);
});
