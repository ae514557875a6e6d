"use strict";

// Firefox's own rules for an extension, on what `make build` has packed for it.

const { test } = require("node:test");
const assert = require("node:assert/strict");
const { execFileSync } = require("node:child_process");
const path = require("node:path");

const root = path.join(__dirname, "..");

test("web-ext has nothing to say but of Vugu's helper and pdf.js", () => {
  const lint = ["lint", "--no-config-discovery", "--output=json", "--source-dir=build/extension/firefox"];
  const said = JSON.parse(execFileSync("node_modules/.bin/web-ext", lint, { cwd: root, encoding: "utf8" }));
  const all = [...said.errors, ...said.warnings, ...said.notices].map(({ code, file, message }) => ({ code, file, message }));
  // Vugu writes what it has escaped through innerHTML; the page's policy allows no script there either. pdf.js imports its
  // own files by names that it puts together; the policy allows no others.
  const theirs = ["vugu.js", "viewers/pdfjs/pdf.min.mjs", "viewers/pdfjs/pdf.worker.min.mjs"];
  const ours = all.filter(({ code, file }) => code !== "UNSAFE_VAR_ASSIGNMENT" || !theirs.includes(file));
  assert.deepEqual(ours, []);
});
