import { test } from "node:test";
import assert from "node:assert/strict";
import { EOnayError, resetPIN } from "./client.js";
import { code, failed, origin, page, say, settled } from "./testing/page.js";

const base64 = (...bytes) => Buffer.from(bytes).toString("base64");
const claim = { claim: base64(1, 2), signature: base64(3), card: base64(4) };
const done = { outcome: "done", report: base64(5), signature: base64(6) };
const resetOptions = (more = {}) => ({
  purpose: "Kilit çözme", code: "168857414351237", act: "aB-_9", release: async () => ({ sealed: new Uint8Array([7]) }), ...more,
});

// beginReset starts a request for a new PIN, whose window is there.
function beginReset(more) {
  page.posted = [];
  const promise = resetPIN(resetOptions(more));
  promise.catch(() => {});
  say("accepted");
  return promise;
}

test("the page's server answers the claim once, and gets the report", async () => {
  const claims = [];
  const stages = [];
  const promise = beginReset({ release: async (c) => { claims.push(c); return { sealed: new Uint8Array([7, 8]) }; }, onProgress: (s) => stages.push(s) });
  const { id } = page.posted[0];
  assert.deepEqual(page.posted, [{
    target: origin, eonay: 1, to: "extension", id, type: "pin",
    body: { purpose: "Kilit çözme", code: "168857414351237", act: "aB-_9", language: "tr" },
  }]);
  say("progress", { stage: "agreed" });
  for (let i = 0; i < 3; i++) say("claim", claim);
  await settled();
  say("claim", { ...claim, card: undefined });
  await settled();
  assert.deepEqual(claims, [{ claim: new Uint8Array([1, 2]), signature: new Uint8Array([3]), card: new Uint8Array([4]) }]);
  assert.deepEqual(page.posted.slice(1).map((m) => [m.type, m.body]), [["release", { sealed: base64(7, 8) }]]);
  say("reported", { ...done, outcome: "puk_incorrect" });
  assert.deepEqual(await promise, { outcome: "puk_incorrect", report: new Uint8Array([5]), signature: new Uint8Array([6]) });
  assert.deepEqual([stages, page.listeners.size], [["agreed"], 0]);
});

test("an attestation is asked for where the page says so", async () => {
  beginReset({ attest: true });
  assert.equal(page.posted[0].body.attest, true);
  for (const attest of ["true", 1, null]) {
    await assert.rejects(resetPIN(resetOptions({ attest })), code("request_invalid"));
  }
});

test("a card that cannot sign claims without a signature of its own", async () => {
  let given;
  beginReset({ release: (c) => { given = c; return new Promise(() => {}); } });
  say("claim", { claim: claim.claim, signature: claim.signature });
  assert.equal(given.card, undefined);
});

test("what the page's server refuses reaches the window as a code, and comes back as one", async () => {
  const thrown = (more) => Object.assign(new Error("no"), more);
  for (const [name, release, want] of [
    ["a code", async () => { throw thrown({ code: "card_unknown" }); }, "card_unknown"],
    ["thrown at once", () => { throw thrown({ code: "code_used" }); }, "code_used"],
    ["no code", async () => { throw thrown(); }, "unavailable"],
    ["a malformed code", async () => { throw thrown({ code: "PUK 1" }); }, "unavailable"],
    ["a code that is no text", async () => { throw thrown({ code: ["card_unknown"] }); }, "unavailable"],
    ["nothing thrown", async () => { throw undefined; }, "unavailable"],
    ["nothing given", async () => undefined, "unavailable"],
    ["text", async () => ({ sealed: "AAAA" }), "unavailable"],
    ["no bytes", async () => ({ sealed: new Uint8Array() }), "unavailable"],
    ["too many bytes", async () => ({ sealed: new Uint8Array(1025) }), "unavailable"],
  ]) {
    const promise = beginReset({ release });
    say("claim", claim);
    await settled();
    assert.deepEqual(page.posted.slice(1).map((m) => [m.type, m.body]), [["refusal", { code: want }]], name);
    say("reported", done); // nothing was released
    await settled();
    assert.equal(page.listeners.size, 1, name);
    say(...failed(want));
    await assert.rejects(promise, (e) => code(want)(e) && (name === "nothing thrown" || e.cause !== undefined), name);
  }
});

test("nobody is answered after the end", async () => {
  for (const [name, act] of [
    ["the window fails", () => say(...failed("token_removed"))],
    ["the page gives up", (controller) => controller.abort()],
  ]) {
    const controller = new AbortController();
    let release;
    const promise = beginReset({ signal: controller.signal, release: () => new Promise((resolve) => { release = resolve; }) });
    say("claim", claim);
    act(controller);
    release({ sealed: new Uint8Array([7]) });
    await settled();
    assert.ok(!page.posted.some((m) => m.type === "release"), name);
    await assert.rejects(promise, EOnayError, name);
  }
});

test("answers of the wrong shape end the request", async () => {
  const large = "A".repeat(174768);
  for (const [name, type, body] of [
    ["no claim", "claim", undefined],
    ["an empty claim", "claim", { ...claim, claim: "" }],
    ["a claim that is no text", "claim", { ...claim, claim: [1] }],
    ["a claim that is not base64", "claim", { ...claim, claim: "?" }],
    ["a claim too large", "claim", { ...claim, claim: "A".repeat(43696) }],
    ["a claim without a signature", "claim", { claim: claim.claim }],
    ["a signature too large", "claim", { ...claim, signature: large }],
    ["a card's signature too large", "claim", { ...claim, card: large }],
    ["a card's signature of nothing", "claim", { ...claim, card: "" }],
    ["no report", "reported", {}],
    ["no outcome", "reported", { ...done, outcome: undefined }],
    ["an unknown outcome", "reported", { ...done, outcome: "PIN 1234" }],
    ["a report too large", "reported", { ...done, report: "A".repeat(43696) }],
    ["a report without a signature", "reported", { ...done, signature: undefined }],
  ]) {
    let released = 0;
    const promise = beginReset({ release: async () => { released++; return { sealed: new Uint8Array([7]) }; } });
    if (type === "reported") {
      say("claim", claim);
      await settled();
    }
    say(type, body);
    await assert.rejects(promise, code("message_invalid"), name);
    assert.equal(released, type === "reported" ? 1 : 0, name);
    assert.equal(page.posted.some((m) => m.type === "cancel"), type === "claim", name);
  }
});

test("a bad request is refused before anybody is asked", async () => {
  page.posted = [];
  for (const more of [
    { purpose: "" }, { purpose: "a\nb" }, { code: undefined }, { code: "1" }, { code: 168857414351237 }, { act: undefined }, { act: "" },
    { act: "a".repeat(65) }, { act: "a/b" }, { act: "a\n" }, { release: undefined }, { release: {} }, { language: "de" },
  ]) {
    await assert.rejects(resetPIN(resetOptions(more)), (e) => code("request_invalid")(e) && e.cause instanceof TypeError, JSON.stringify(more));
  }
  await assert.rejects(resetPIN(), code("request_invalid"));
  await assert.rejects(resetPIN(resetOptions({ signal: AbortSignal.abort() })), code("cancelled"));
  page.attributes = {};
  await assert.rejects(resetPIN(resetOptions()), code("extension_missing"));
  assert.deepEqual(page.posted, []);
});
