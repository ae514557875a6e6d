"use strict";
// @ts-check

/* global portal, scripts, look, isPortal, takePress */

// The way from the installation to the first signature: the page about what is installed, and the pages of the portal that
// were open before us. It is loaded behind background.js, and uses what that knows of sites and presses.

const setup = (() => {
  // The settings, with the list of what a person needs.
  const page = chrome.runtime.getURL("manage.html#welcome");

  /**
   * welcome opens the page about what is installed, in front, unless the person is at the portal's own: that one is told
   * that we are here, and goes on by itself.
   */
  async function welcome() {
    const tabs = await chrome.tabs.query({ url: portal.matches });
    const leading = await Promise.all(tabs.map(greet));
    await chrome.tabs.create({ url: page, active: !leading.includes(true) });
  }

  /**
   * greet puts the content script into a page of the portal that was open before us, as the browser does with those that are
   * opened from now on. It tells whether the person is at the page about the installation there.
   * @type {(tab: chrome.tabs.Tab) => Promise<boolean>}
   */
  async function greet({ id, url = "", active }) {
    const target = { tabId: Number(id) };
    try {
      const [top] = await chrome.scripting.executeScript({ target, func: look, injectImmediately: true });
      if (!isPortal(top?.result?.origin ?? "null:")) return false;
      if (!top?.result?.ours) await chrome.scripting.executeScript({ target, files: scripts, injectImmediately: true });
      return active && isInstallPage(url);
    } catch (error) {
      console.error(error); // it has gone elsewhere
      return false;
    }
  }

  /**
   * isInstallPage tells whether an address is that of the build's page about the installation. Ports are not compared: match
   * patterns have none.
   * @type {(url: string) => boolean}
   */
  function isInstallPage(url) {
    const { homepage_url: build = "" } = chrome.runtime.getManifest();
    if (!URL.canParse(build) || !URL.canParse(url)) return false;
    const [ours, theirs] = [new URL(build), new URL(url)];
    return ours.hostname === theirs.hostname && ours.pathname === theirs.pathname;
  }

  /**
   * open brings the page about what is installed to the front, at a press: the one that is open, or a new one. A private
   * window has its own.
   * @type {(asker: { tab: chrome.tabs.Tab }, message: { pressedAt?: unknown }) => Promise<{ problem?: string }>}
   */
  async function open(asker, message) {
    if (!await takePress(/** @type {any} */ (asker), message, Date.now())) return { problem: "gesture_required" };
    const { windowId, incognito = false } = asker.tab;
    // Firefox tells of its own pages from a later version on.
    const pages = await chrome.runtime.getContexts?.({ contextTypes: ["TAB"], incognito }) ?? [];
    const there = pages.find(({ documentUrl }) => documentUrl === page);
    if (there === undefined) {
      await chrome.tabs.create({ url: page, windowId });
    } else {
      await chrome.tabs.update(there.tabId, { active: true });
      await chrome.windows.update(there.windowId, { focused: true });
    }
    return {};
  }

  return { welcome, open };
})();
