import { test } from "node:test";
import assert from "node:assert/strict";
import { delegate } from "./client.js";
import { code, failed, origin, page, say } from "./testing/page.js";

const site = "https://giris.example";

test("delegates to a list of origins, and hears when the frames can ask", async () => {
  for (const origins of [[site, "http://localhost:8080"], []]) {
    page.posted = [];
    const promise = delegate(origins);
    const { id } = page.posted[0];
    assert.deepEqual(page.posted, [{ target: origin, eonay: 1, to: "extension", id, type: "delegate", body: { origins } }]);
    say("delegated");
    assert.equal(await promise, undefined);
    assert.equal(page.listeners.size, 0);
  }
});

test("a refusal is told", async () => {
  const promise = delegate([site], { language: "en" });
  say(...failed("unsupported"));
  await assert.rejects(promise, (error) => code("unsupported")(error) && error.message === "E");
});

test("a list that is none is refused before anybody is asked", async () => {
  for (const origins of [undefined, site, [`${site}/`], ["*"], ["null"], ["giris.example"], ["ftp://giris.example"], [null],
    [`https://${"a".repeat(300)}.test`], Array(9).fill(site)]) {
    await assert.rejects(delegate(origins), (error) => code("request_invalid")(error) && error.cause instanceof TypeError, String(origins));
  }
  await assert.rejects(delegate([site], { language: "de" }), code("request_invalid"));
  page.attributes = {};
  await assert.rejects(delegate([site]), code("extension_missing"));
  assert.deepEqual(page.posted, []);
});
