"use strict";
// @ts-check

// The watch over what stands on the screen. A translator, or another extension, that rewrites the page would have the
// person read another document, address or code than the one that is signed. Whatever changes the page between two
// drawings of our own is such a thing. `translate="no"` and the meta element of the pages ask for being left alone; this
// notices who does not.

globalThis.watch = (() => {
  const attributeFilter = ["class", "style", "hidden", "dir", "lang", "title", "aria-label", "aria-hidden", "href", "src", "data-label"];
  let changed = false;
  /** @type {(() => void) | null} */
  let tell = null;

  /** @type {Node | null} */
  let excepted = null;

  const observer = new MutationObserver(take);

  function observe() {
    observer.observe(document.documentElement, { subtree: true, childList: true, characterData: true, attributes: true, attributeFilter });
  }

  /** @param {MutationRecord[]} changes */
  function take(changes) {
    if (changed || changes.every(({ target }) => excepted?.contains(target))) return;
    changed = true;
    observer.disconnect();
    tell?.();
  }

  document.addEventListener("DOMContentLoaded", observe); // until then it is the parser that adds to the page

  return {
    /**
     * onChange has f called once something else than we has changed the page.
     * @param {() => void} f
     */
    onChange(f) {
      tell = f;
      if (changed) f();
    },
    /**
     * except leaves out what happens within an element that shows nothing.
     * @param {Node} element
     */
    except(element) {
      excepted = element;
    },
    // begin and end stand around a drawing of our own.
    begin() {
      take(observer.takeRecords());
    },
    end() {
      observer.takeRecords();
    },
  };
})();
