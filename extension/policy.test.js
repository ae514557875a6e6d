"use strict";

// What an institution has set: each member by itself, within its bounds.

const { test } = require("node:test");
const assert = require("node:assert/strict");
const fs = require("node:fs");
const path = require("node:path");
const vm = require("node:vm");

// start runs policy.js where managed storage gives what `stored` does, and the broker has kept what `local` has.
function start(stored, local = {}) {
  const changed = [];
  const storage = { managed: { get: stored }, local: { get: async () => ({ ...local }) }, onChanged: { addListener: (f) => changed.push(f) } };
  const realm = vm.createContext({ chrome: { storage }, URL, TextEncoder });
  for (const file of ["protocol.gen.js", "policy.js"]) {
    vm.runInContext(fs.readFileSync(path.join(__dirname, file), "utf8"), realm, { filename: file });
  }
  const change = (key, area) => changed.forEach((f) => f({ [key]: {} }, area));
  return { read: async () => JSON.parse(JSON.stringify(await realm.policy.read())), change };
}

const read = (stored) => start(async () => stored).read();
const none = { present: false, sites: [], libraries: [], language: "", phraseRequired: false, installURL: "", wrong: [] };

test("takes what is as it must be", async () => {
  const set = {
    sites: ["https://online.example.tr", "https://xn--eonay-r9a.example.tr"], libraries: ["/usr/lib/libakisp11.so", "C:\\Program Files\\AKİS\\akisp11.dll"],
    language: "en", phraseRequired: true, installURL: "https://bilgi.example.tr/e-onay?a=1",
  };
  assert.deepEqual(await read(set), { ...none, ...set, present: true });
  assert.equal((await read({ phraseRequired: 1 })).phraseRequired, true);
  for (const nothing of [{}, null, undefined, "x"]) assert.deepEqual(await read(nothing), none);
  assert.deepEqual(await start(async () => { throw new Error("Managed storage manifest not found"); }).read(), none);
});

test("ignores a member that is not, names it, and takes the others", async () => {
  const site = "https://online.example.tr";
  for (const [name, value] of [
    ["sites", site], ["sites", [site, 7]], ["sites", [`${site}/`]], ["sites", [`${site}:8443`]], ["sites", ["http://online.example.tr"]], ["sites", ["https://*.example.tr"]],
    ["sites", ["https://*/*"]], ["sites", ["<all_urls>"]], ["sites", ["https://ONLINE.example.tr"]], ["sites", ["https://a:b@example.tr"]], ["sites", Array(65).fill(site)],
    ["sites", [`https://${"a".repeat(300)}.tr`]], ["sites", ["https://şube.example.tr"]],
    ["libraries", "/usr/lib/a.so"], ["libraries", ["a.so"]], ["libraries", ["/usr/lib/a\n.so"]], ["libraries", ["/"]], ["libraries", [`/${"ş".repeat(600)}`]],
    ["libraries", Array(17).fill("/usr/lib/a.so")], ["libraries", [["/usr/lib/a.so"]]], ["libraries", ["/usr/lib/a\u202e.so"]], ["libraries", ["\\\\server\\share\\a.dll"]],
    ["language", "de"], ["language", ["tr"]], ["phraseRequired", "true"], ["phraseRequired", 2],
    ["installURL", "http://example.tr/"], ["installURL", "data:text/html,x"], ["installURL", "https://a:b@example.tr/"], ["installURL", `https://example.tr/${"a".repeat(2048)}`],
    ["installURL", "https://example.tr/\n"], ["installURL", 7], ["constructor", true], ["Sites", [site]],
  ]) {
    const got = await read({ [name]: value, language: name === "language" ? value : "en" });
    assert.deepEqual(got, { ...none, present: true, language: name === "language" ? "" : "en", wrong: [name] }, `${name}: ${JSON.stringify(value).slice(0, 60)}`);
  }
});

test("has a bound for what is wrong too", async () => {
  const many = Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`${i}${"x".repeat(100)}`, i]));
  const { wrong } = await read(many);
  assert.equal(wrong.length, 16);
  assert.equal(wrong[0].length, 40);
  assert.deepEqual((await read(Object.fromEntries(Array.from({ length: 33 }, (_, i) => [`a${i}`, i])))).wrong, ["…"]);
});

test("reads what the broker has kept, and again when that has changed", async () => {
  const local = { policy: { language: "tr" } };
  const p = start(async () => assert.fail("managed storage was asked"), local);
  assert.equal((await p.read()).language, "tr");
  local.policy = { language: "en", installURL: "http://a" };
  p.change("securityPhrase", "local");
  p.change("policy", "session");
  assert.equal((await p.read()).language, "tr");
  p.change("policy", "local");
  assert.deepEqual(await p.read(), { ...none, present: true, language: "en", wrong: ["installURL"] });
});

test("takes the examples that institutions get", async () => {
  const folder = path.join(__dirname, "..", "packaging", "policy", "files");
  const example = (name) => JSON.parse(fs.readFileSync(path.join(folder, name), "utf8"));
  for (const set of [
    Object.values(example("chromium.json")["3rdparty"].extensions)[0],
    Object.values(example("firefox-policies.json").policies["3rdparty"].Extensions)[0],
    example("firefox-managed-storage.json").data,
  ]) {
    assert.deepEqual(await read(set), { ...none, ...set, present: true });
  }
});

test("knows the members of the schema, and no others", async () => {
  const { properties } = JSON.parse(fs.readFileSync(path.join(__dirname, "managed_schema.json"), "utf8"));
  const { present, wrong, ...members } = await read({});
  assert.deepEqual([present, wrong], [false, []]);
  assert.deepEqual(Object.keys(properties).sort(), Object.keys(members).sort());
});
