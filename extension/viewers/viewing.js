"use strict";
// @ts-check

// What the viewers of documents have in common. What a viewer changes between two drawings of the program stands between
// watch.begin and watch.end: the watch would take it for another program's.

globalThis.viewing = (() => {
  /** @type {IntersectionObserver | null} */
  let observer = null;

  return {
    /** @param {() => void} change */
    between(change) {
      globalThis.watch.begin();
      change();
      globalThis.watch.end();
    },

    /**
     * awaitEnd calls seen once the end of the document has been in view while what stands before it was laid out, as isReady
     * tells, or has brought about when it is called.
     * @type {(isReady: () => boolean, seen: () => void) => void}
     */
    awaitEnd(isReady, seen) {
      const end = document.getElementById("document-end");
      observer?.disconnect();
      if (end === null) return;
      const awaiting = new IntersectionObserver((entries) => {
        if (!entries.at(-1)?.isIntersecting) return;
        if (!isReady()) {
          awaiting.unobserve(end); // and looks anew: the end may have moved
          requestAnimationFrame(() => awaiting.observe(end));
          return;
        }
        awaiting.disconnect();
        seen();
      }, { threshold: 0.9 });
      awaiting.observe(end);
      observer = awaiting;
    },

    /**
     * highlight marks what was found, and brings it into the view of the document's region.
     * @param {Range} range
     */
    highlight(range) {
      CSS.highlights.set("found", new Highlight(range));
      requestAnimationFrame(() => {
        const view = document.getElementById("document");
        if (view === null) return;
        const [text, frame] = [range.getBoundingClientRect(), view.getBoundingClientRect()];
        view.scrollBy({ top: text.top - frame.top - frame.height / 3 });
        view.scrollIntoView({ block: "nearest" }); // where the page scrolls as one
      });
    },

    // hideHighlight takes it away.
    hideHighlight() {
      CSS.highlights.delete("found");
    },

    /**
     * sha256 is the SHA-256 of bytes in hexadecimal digits.
     * @type {(bytes: Uint8Array<ArrayBuffer>) => Promise<string>}
     */
    async sha256(bytes) {
      const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
      return Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
    },
  };
})();
