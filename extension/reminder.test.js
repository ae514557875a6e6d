"use strict";

// The toolbar button reminds of a certificate that ends.

const { test } = require("node:test");
const assert = require("node:assert/strict");
const { broker, settled } = require("./testing/world.js");

const day = 24 * 60 * 60;
const inDays = (days) => Math.floor(Date.now() / 1000) + days * day + 60;
const ends = (...days) => ({ certificateEnds: days.map((n, i) => ({ holder: `00a${i}`, notAfter: inDays(n) })) });
const written = (days, locale, form) => new Date(inDays(days) * 1000).toLocaleDateString(locale, form);

test("marks the button from sixty days before an end until thirty after it", async () => {
  for (const [name, local, badge] of [
    ["nothing seen", {}, ""],
    ["in 61 days", ends(61), ""],
    ["in 59 days", ends(59), "!"],
    ["29 days ago", ends(-29), "!"],
    ["31 days ago", ends(-31), ""],
    ["one of two", ends(400, 20), "!"],
    ["no list", { certificateEnds: "x" }, ""],
    ["more than a list may have", ends(...Array(9).fill(20)), ""],
    ["nothing in it", { certificateEnds: [null, {}, { notAfter: "soon" }] }, ""],
    ["a name in place of a holder", { certificateEnds: [{ holder: "Ayşe", notAfter: inDays(20) }] }, ""],
  ]) {
    const b = broker({ local });
    await settled();
    assert.equal(b.badge, badge, name);
    assert.equal(b.title === "E-Onay ayarları", badge === "", name);
  }
});

test("says when, in the browser's language", async () => {
  const turkish = broker({ local: ends(40, 20) });
  const english = broker({ local: ends(20), language: "en" });
  const past = broker({ local: ends(-3) });
  await settled();
  assert.equal(turkish.title, `E-imza sertifikanız ${written(20, "tr-TR", { day: "2-digit", month: "2-digit", year: "numeric" })} tarihinde sona eriyor. Yenilemek için düğmeye basın.`);
  assert.match(turkish.title, / \d\d\.\d\d\.\d{4} /);
  assert.match(english.title, / ends on \d{1,2} [A-Z][a-z]+ \d{4}\. /);
  assert.match(past.title, / tarihinde sona erdi\. /);
});

// seen has a window hand on what it has seen.
async function seen(b, ...list) {
  b.changed.fire({ certificatesSeen: { newValue: list.map(([holder, days]) => ({ holder, notAfter: inDays(days) })) } }, "local");
  await settled();
}

test("is quiet once a newer certificate of the holder was seen", async () => {
  for (const [name, after, badge] of [
    ["renewed", [["00a0", 1095]], ""],
    ["renewed, and the old one seen again", [["00a0", 1095], ["00a0", 20]], ""],
    ["another holder's newer one", [["00b0", 1095]], "!"],
    ["nothing new", [["00a0", 20]], "!"],
  ]) {
    const b = broker();
    await seen(b, ["00a0", 20]);
    assert.equal(b.badge, "!", name);
    await seen(b, ...after);
    assert.equal(b.badge, badge, name);
    assert.equal("certificatesSeen" in b.local, false, name);
  }
});

test("keeps little", async () => {
  const b = broker();
  await seen(b, ...Array.from({ length: 20 }, (_, i) => [`00${String(i).padStart(2, "0")}`, 100 + i]), ["00ff", -40]);
  assert.deepEqual(b.local.certificateEnds.map(({ holder }) => holder), ["0012", "0013", "0014", "0015", "0016", "0017", "0018", "0019"]);
  for (const wrong of ["x", [null], [{ holder: "Ayşe", notAfter: 1 }], Array(65).fill({ holder: "00a0", notAfter: 1 })]) {
    b.changed.fire({ certificatesSeen: { newValue: wrong } }, "local");
    await settled();
    assert.equal(b.local.certificateEnds.length, 8);
  }
});
