// What the page of the sample site does with the library: docs/integration.md has it in full, for others to begin with.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { beforeEach, test } from "node:test";
import { origin, page, say } from "./testing/page.js";

const script = readFileSync(new URL("../examples/site/page/site.js", import.meta.url), "utf8");
const library = JSON.stringify(new URL("./client.js", import.meta.url).href);
const challenge = { nonce: "a".repeat(44), purpose: "Siteye giriş" };

let opened = 0; // how many pages: each has the script anew
let problem, sent, went;

// Paragraph is an element that has a text, and links behind it.
class Paragraph {
  dataset = {};
  links = [];
  #text = "";
  get textContent() { return this.#text; }
  set textContent(text) { [this.#text, this.links] = [text, []]; }
  append(...parts) { this.links.push(...parts.filter((part) => part.href)); }
}

// open opens the page of who is not logged in, and returns what a press on its button does.
async function open() {
  problem = new Paragraph();
  let pressed;
  const elements = { "#login": { addEventListener: (_, f) => { pressed = f; } }, "#problem": problem };
  document.querySelector = (name) => elements[name] ?? null;
  document.createElement = () => ({});
  location.assign = (to) => { went = to; };
  globalThis.fetch = async (path, options) => {
    if (options) sent.push({ path, ...options });
    return { ok: true, json: async () => options ? { location: "/" } : challenge };
  };
  await import(`data:text/javascript,${encodeURIComponent(script.replace('"/e-onay/client.js"', library))}//${opened++}`);
  return () => pressed();
}

beforeEach(() => {
  globalThis.setInterval = () => 0; // the page asks its server anew every two minutes
  [sent, went] = [[], ""];
});

test("a login goes to the server as the card made it, beside its challenge", async () => {
  const press = await open();
  page.extension = ({ type }) => type === "authenticate" && say("authenticated", { token: "{}" });
  await press();
  assert.deepEqual(sent.map(({ path, method, body }) => [path, method, JSON.parse(body)]), [["/login", "POST", { nonce: challenge.nonce, token: "{}" }]]);
  assert.equal(went, "/");
});

test("the way to a missing program is a link, which is gone at the next press", async () => {
  const press = await open();
  const failed = { code: "host_missing", message: { tr: "Program bulunamadı.", en: "The program was not found." }, installURL: `${origin}/kurulum` };
  page.extension = ({ type }) => type === "authenticate" && say("failed", failed);
  await press();
  assert.equal(problem.textContent, failed.message.tr);
  assert.equal(problem.dataset.code, "host_missing");
  assert.deepEqual(problem.links.map(({ href }) => href), [failed.installURL]);
  page.posted = [];
  page.extension = ({ type }) => type === "authenticate" && say("failed", { code: "cancelled", message: { tr: "Vazgeçtiniz.", en: "You cancelled." } });
  await press();
  assert.equal(problem.textContent, "Vazgeçtiniz.");
  assert.deepEqual(problem.links, []);
});

test("where there is no extension the sentence says so, and a press works once it is there", async () => {
  const press = await open();
  delete page.attributes["data-eonay"];
  await press();
  assert.equal(problem.dataset.code, "extension_missing");
  assert.equal(went, "");
  page.attributes["data-eonay"] = "1.2.3";
  page.extension = ({ type }) => type === "authenticate" && say("authenticated", { token: "{}" });
  await press();
  assert.equal(went, "/");
});
