"use strict";
// @ts-check

// Beside the broker, and of its kind: the mark on the toolbar button while a certificate ends soon. The windows and the
// settings page keep when the certificates end that they have seen (wasm/expiry).

/** @typedef {{ holder: string, notAfter: number }} End when the latest certificate of a holder ends, in seconds since 1970 */

chrome.storage.onChanged.addListener((changes, area) => {
  const seen = area === "local" ? changes[protocol.SeenKey]?.newValue : undefined;
  if (seen !== undefined) navigator.locks.request("reminder", () => keep(seen).catch(console.error));
});

// At each start of the broker, which is at least at each start of the browser: no alarm is needed for what changes in days.
remind();

/**
 * keep adds what a window has seen to what is kept, and drops what the person is not reminded of any more. Of too many holders
 * those stay that were seen last.
 * @type {(seen: unknown) => Promise<void>}
 */
async function keep(seen) {
  const now = Date.now();
  /** @type {Map<string, number>} */
  const ends = new Map();
  for (const { holder, notAfter } of [...readEnds(await keptEnds(), protocol.MaxEnds), ...readEnds(seen, protocol.MaxCertificates)]) {
    const latest = Math.max(notAfter, ends.get(holder) ?? 0);
    ends.delete(holder);
    if (latest * 1000 >= now - protocol.ReminderAfter) ends.set(holder, latest);
  }
  const kept = [...ends].slice(-protocol.MaxEnds).map(([holder, notAfter]) => ({ holder, notAfter }));
  await chrome.storage.local.set({ [protocol.EndsKey]: kept });
  await chrome.storage.local.remove(protocol.SeenKey);
  await remind();
}

async function keptEnds() {
  return (await chrome.storage.local.get(protocol.EndsKey))[protocol.EndsKey];
}

/**
 * readEnds returns a list of ends that has no more than so many; empty for anything else.
 * @type {(ends: unknown, most: number) => End[]}
 */
function readEnds(ends, most) {
  if (!Array.isArray(ends) || ends.length > most) return [];
  return ends.every((end) => /^[0-9a-f]{4}$/.test(end?.holder) && Number.isSafeInteger(end.notAfter)) ? ends : [];
}

/**
 * remind marks the toolbar button while a certificate that was seen ends soon, or has ended lately, and says so in its name.
 * @type {() => Promise<void>}
 */
async function remind() {
  try {
    const end = dueEnd(await keptEnds(), Date.now());
    const { action, i18n } = chrome;
    await action.setBadgeText({ text: end === null ? "" : "!" });
    await action.setTitle({ title: end === null ? i18n.getMessage("action") : reminder(end) });
    if (end === null) return;
    await action.setBadgeBackgroundColor({ color: "#7a4a00" });
    await action.setBadgeTextColor({ color: "#ffffff" });
  } catch (error) {
    console.error(error);
  }
}

/**
 * dueEnd returns the first end that is near, in milliseconds since 1970, as wasm/expiry does; null if no certificate ends soon.
 * @type {(ends: unknown, now: number) => number | null}
 */
function dueEnd(ends, now) {
  const near = readEnds(ends, protocol.MaxEnds).map(({ notAfter }) => notAfter * 1000)
    .filter((end) => end >= now - protocol.ReminderAfter && end <= now + protocol.ReminderBefore);
  return near.length > 0 ? Math.min(...near) : null;
}

/**
 * reminder names a certificate's end as people write a date in the browser's language.
 * @type {(end: number) => string}
 */
function reminder(end) {
  const locale = chrome.i18n.getMessage("reminder_locale");
  /** @type {Intl.DateTimeFormatOptions} */
  const form = locale === "en-GB" ? { day: "numeric", month: "long", year: "numeric" } : { day: "2-digit", month: "2-digit", year: "numeric" };
  return chrome.i18n.getMessage(end < Date.now() ? "reminder_ended" : "reminder_ends", new Date(end).toLocaleDateString(locale, form));
}
