"use strict";
// @ts-check

// The document's region in the signing window. The text goes in as text nodes only, in blocks: the browser lays out only
// the blocks that can be seen. The drawing would have to pass it as HTML, in pieces of 16 KiB that cut letters in two.

globalThis.paper = (() => {
  const elements = ["", "mark", "", "bdi"]; // by wasm/plaintext's kinds of runs
  const region = () => document.getElementById("document-text");
  /** @type {DocumentFragment | null} */
  let fragment = null;

  function growing() {
    fragment ??= document.createDocumentFragment();
    return fragment;
  }

  return {
    // isEmpty tells whether there is a document's region that has no text yet, as on a new screen.
    isEmpty: () => region()?.hasChildNodes() === false,

    // block begins a block.
    block() {
      growing().append(document.createElement("div"));
    },

    /**
     * run adds a run to the block.
     * @type {(kind: number, text: string) => void}
     */
    run(kind, text) {
      const name = elements[kind] ?? "";
      const element = name === "" ? text : document.createElement(name);
      if (typeof element !== "string") element.append(text);
      growing().lastElementChild?.append(element);
    },

    /**
     * fold adds a block that is shown when the person opens it.
     * @param {string} text
     */
    fold(text) {
      const fold = document.createElement("details");
      fold.append(document.createElement("summary"), text);
      growing().append(fold);
    },

    /**
     * show puts all blocks into the region, and calls seen once the end of the document has been in view.
     * @param {() => void} seen
     */
    show(seen) {
      if (fragment !== null) region()?.append(fragment);
      fragment = null;
      const observer = new IntersectionObserver((entries) => {
        if (!entries.at(-1)?.isIntersecting) return;
        observer.disconnect();
        seen();
      }, { threshold: 0.9 });
      observer.observe(/** @type {Element} */ (document.getElementById("document-end")));
    },

    /**
     * name names the fold that is the nth. It is an attribute, so that the region's text is the document's and no other.
     * @type {(n: number, label: string) => void}
     */
    name(n, label) {
      const summary = region()?.querySelectorAll("summary")[n];
      summary?.setAttribute("data-label", label);
      summary?.setAttribute("aria-label", label);
    },

    // text is the document's text as it stands on the screen.
    text: () => region()?.textContent ?? "",
  };
})();
