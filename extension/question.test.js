"use strict";

const { test } = require("node:test");
const assert = require("node:assert/strict");
const fs = require("node:fs");
const path = require("node:path");
const vm = require("node:vm");

const cases = require("./testdata/question.json");
const escaped = (text) => text.replace(/[&<>]/g, (c) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;" })[c]);
const inAttribute = (text) => text.replace(/[&"]/g, (c) => ({ "&": "&amp;", '"': "&quot;" })[c]);

// Node is as much of an element as question.js uses.
class Node {
  constructor(name) {
    Object.assign(this, { name, attributes: {}, children: [], focused: 0 });
  }
  setAttribute(name, value) { this.attributes[name] = value; }
  append(...children) { this.children.push(...children); }
  replaceChildren(...children) { this.children = children; }
  focus() { this.focused++; }
  find(id) {
    if (this.attributes.id === id) return this;
    return this.children.map((c) => typeof c === "string" ? null : c.find(id)).find((c) => c) ?? null;
  }
  get innerHTML() { return this.children.map((c) => typeof c === "string" ? escaped(c) : c.outerHTML).join(""); }
  get outerHTML() {
    const attributes = Object.entries(this.attributes).map(([name, value]) => ` ${name}="${inAttribute(value)}"`).join("");
    return `<${this.name}${attributes}>${this.innerHTML}</${this.name}>`;
  }
}

// start runs question.js in a window.
function start(page = "sign") {
  const root = Object.assign(new Node("html"), { dataset: { page } });
  const it = { root, app: new Node("div"), held: 0, watched: [], marks: [] };
  it.app.attributes.id = "app";
  it.document = { documentElement: root, title: "E-Onay", createElement: (name) => new Node(name), getElementById: (id) => it.app.find(id) };
  const realm = vm.createContext({
    document: it.document, TextEncoder, URL,
    guard: { hold: () => { it.held++; } },
    watch: { begin: () => it.watched.push("begin"), end: () => it.watched.push("end") },
    performance: { mark: (name) => it.marks.push(name) },
  });
  for (const file of ["protocol.gen.js", "messages.gen.js", "question.gen.js", "question.js"]) {
    vm.runInContext(fs.readFileSync(path.join(__dirname, file), "utf8"), realm, { filename: file });
  }
  it.question = realm.question;
  return it;
}

test("draws what Go draws, and nothing where there is something to judge", async (t) => {
  for (const { name, page, stored, kept, asked, drawn } of cases) {
    await t.test(name, () => {
      const it = start(page);
      it.question.draw(stored, kept, asked);
      assert.equal(it.question.stands(), drawn !== null);
      if (drawn === null) {
        assert.deepEqual([it.app.innerHTML, it.document.title, it.held, it.watched, it.marks], ["", "E-Onay", 0, [], []]);
        return;
      }
      assert.equal(it.app.innerHTML, drawn.html);
      assert.deepEqual([it.root.attributes.lang, it.document.title], [drawn.language, drawn.title]);
      assert.deepEqual([it.held, it.watched, it.marks], [1, ["begin", "end"], ["readable"]]);
      assert.equal(it.app.find("title").focused, 1);
    });
  }
});

test("tells whether the program has left it as it was", () => {
  const [{ page, stored, kept, asked }] = cases;
  for (const [change, same] of [[() => {}, true], [(it) => it.app.append("!"), false]]) {
    const it = start(page);
    it.question.draw(stored, kept, asked);
    change(it);
    assert.deepEqual([it.question.give(), it.question.stands(), it.question.give()], [same, false, false]);
    assert.deepEqual(it.marks, same ? ["readable", "kept"] : ["readable"]);
  }
});

test("speaks the institution's language until the person has chosen one, and leaves a missing phrase to Go", () => {
  const [{ page, stored, asked }] = cases;
  for (const [kept, language] of [
    [{ policy: { language: "en", phraseRequired: false } }, "en"],
    [{ language: "tr", policy: { language: "en" } }, "tr"],
    [{ policy: { language: "" } }, "tr"],
    [{ policy: { language: "", phraseRequired: true } }, undefined],
    [{ securityPhrase: "mavi kapı", policy: { language: "", phraseRequired: true } }, "tr"],
  ]) {
    const it = start(page);
    it.question.draw(stored, kept, asked);
    assert.equal(it.root.attributes.lang, language, JSON.stringify(kept));
  }
});

test("draws nothing once the program has drawn", () => {
  const [{ page, stored, kept, asked }] = cases;
  const it = start(page);
  assert.equal(it.question.give(), false);
  it.question.draw(stored, kept, asked);
  assert.deepEqual([it.question.stands(), it.app.innerHTML, it.held], [false, "", 0]);
});
