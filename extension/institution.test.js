"use strict";

// The broker keeps what an institution has set.

const { test } = require("node:test");
const assert = require("node:assert/strict");
const { broker, settled } = require("./testing/world.js");

test("keeps what managed storage has at the start, and what it has after a change", async () => {
  const b = broker({ managed: { language: "en" } });
  await settled();
  assert.deepEqual(b.local.policy, { language: "en" });
  b.managed = { phraseRequired: true };
  b.changed.fire({ phraseRequired: { newValue: true } }, "local");
  await settled();
  assert.deepEqual(b.local.policy, { language: "en" });
  b.changed.fire({ phraseRequired: { newValue: true } }, "managed");
  await settled();
  assert.deepEqual(b.local.policy, { phraseRequired: true });
});

test("keeps that nothing is set any more", async () => {
  const b = broker({ local: { policy: { language: "en" } } });
  await settled();
  assert.deepEqual(b.local.policy, {});
});

test("leaves the last copy until managed storage answers, and writes only what has changed", async () => {
  let answer;
  const b = broker({ managed: new Promise((resolve) => { answer = resolve; }), local: { policy: { language: "en" } } });
  const { local } = b.chrome.storage;
  local.set = async () => assert.fail("written");
  await settled();
  answer({ language: "en" });
  await settled();
  assert.deepEqual(b.local.policy, { language: "en" });
});

test("keeps no old copy where the new one cannot be written", async () => {
  let answer;
  const b = broker({ managed: new Promise((resolve) => { answer = resolve; }), local: { policy: { language: "en" } } });
  b.chrome.storage.local.set = async () => { throw new Error("QUOTA_BYTES quota exceeded"); };
  answer({ language: "tr" });
  await settled();
  assert.equal("policy" in b.local, false);
});
