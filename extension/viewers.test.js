"use strict";

// What viewers say of the screen while a document is still on its way.

const { test } = require("node:test");
const assert = require("node:assert/strict");
const fs = require("node:fs");
const path = require("node:path");
const vm = require("node:vm");

// viewer runs a viewer in a page whose region for documents has these children.
function viewer(name, children) {
  const region = { childNodes: children, firstElementChild: children[0] ?? null, hasChildNodes: () => children.length > 0 };
  const realm = vm.createContext({ document: { getElementById: () => region } });
  vm.runInContext(fs.readFileSync(path.join(__dirname, "viewers", `${name}.js`), "utf8"), realm);
  return realm[name];
}

test("before a PDF's pages are there, nothing is said to be on the screen", () => {
  assert.equal(viewer("pdf", []).shown().length, 0);
});

test("what stands there in their place is no page", () => {
  assert.equal(viewer("pdf", [{}]).shown()[0], -1);
});

test("before a picture is decoded, nothing is said to be on the screen", () => {
  assert.equal(viewer("picture", []).shown().length, 0);
  assert.equal(viewer("picture", [{ complete: false }]).shown().length, 0);
});
