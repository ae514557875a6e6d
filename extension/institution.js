"use strict";
// @ts-check

// Beside the broker, and of its kind: a copy of what the person's institution has set. Windows read the copy (policy.js),
// since Chromium's managed storage does not answer in the first seconds after the browser's start.

chrome.storage.onChanged.addListener((_, area) => { if (area === "managed") keepPolicy(); });

// At each start of the broker, so also at each start of the browser: Firefox tells of no change.
keepPolicy();

/** keepPolicy brings the copy up to date. What cannot be kept is not kept at all: an old copy would count for ever. */
function keepPolicy() {
  const { local, managed } = chrome.storage;
  return navigator.locks.request("policy", async () => {
    const set = await managed.get(null).catch(() => ({})); // Firefox refuses where nothing is set
    const { [protocol.PolicyKey]: kept } = await local.get(protocol.PolicyKey);
    if (JSON.stringify(set) === JSON.stringify(kept)) return;
    await local.set({ [protocol.PolicyKey]: set }).catch(() => local.remove(protocol.PolicyKey));
  }).catch(console.error);
}
