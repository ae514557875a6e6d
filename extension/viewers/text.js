"use strict";
// @ts-check

// The document's region in the signing window. It takes a text as text nodes only, in blocks; it fills a block once the block
// comes near to the view: a window that lays out ten megabytes stands still. The drawing would have to pass it as HTML, in
// pieces of 16 KiB that cut letters in two.
//
// A block is compared with the document before it is emptied, and those that are filled when the person goes on.

globalThis.paper = (() => {
  const elements = ["", "mark", "", "bdi"]; // by wasm/plaintext's kinds of runs
  const kept = 64; // so many blocks stay filled, wherever the view is: as many as most documents have
  const near = "1500px 0px"; // above and below what can be seen

  const region = () => document.getElementById("document-text");
  /** @type {Reader | null} */
  let reader = null;
  /** @type {HTMLElement[]} */
  let blocks = [];
  /** @type {Map<Element, number>} */
  let numbers = new Map();
  /** @type {Set<number>} */
  let filled = new Set();
  /** @type {Set<number>} */
  let visible = new Set(); // or near
  /** @type {HTMLElement | null} */
  let filling = null;
  /** @type {number[]} */
  let found = []; // the blocks of what is found
  /** @type {IntersectionObserver | null} */
  let observer = null;

  /**
   * The program, which has the document.
   * @typedef {{ fill: (n: number) => void, left: (n: number, text: string) => void, seen: () => void }} Reader
   */

  /** @param {number} n */
  function fill(n) {
    const block = blocks[n];
    if (block === undefined || filled.has(n)) return;
    filled.add(n);
    filling = block;
    block.className = "";
    reader?.fill(n);
  }

  /** @param {number} n */
  function empty(n) {
    const block = blocks[n];
    if (block === undefined || block.firstElementChild?.localName === "details") return; // which the person may have opened
    filled.delete(n);
    reader?.left(n, block.textContent);
    block.className = "far";
    block.replaceChildren();
  }

  // tidy empties the blocks that are farthest from the view.
  function tidy() {
    if (filled.size <= kept) return;
    const middle = [...visible].reduce((sum, n) => sum + n, 0) / Math.max(1, visible.size);
    const far = [...filled].filter((n) => !visible.has(n) && !found.includes(n)).sort((a, b) => Math.abs(b - middle) - Math.abs(a - middle));
    for (const n of far.slice(0, filled.size - kept)) empty(n);
  }

  /** @param {IntersectionObserverEntry[]} entries */
  function moved(entries) {
    viewing.between(() => {
      for (const { target, isIntersecting } of entries) {
        const n = numbers.get(target) ?? -1;
        if (isIntersecting) visible.add(n);
        else visible.delete(n);
      }
      for (const n of visible) fill(n);
      tidy();
    });
  }

  // fillEnd fills the blocks before the end of the document, so that it is the end that is seen.
  function fillEnd() {
    for (let n = Math.max(0, blocks.length - 4); n < blocks.length; n++) fill(n);
  }

  // endIsFilled reports whether they are filled, and fills them.
  function endIsFilled() {
    if (blocks.length === 0 || filled.has(blocks.length - 1)) return true;
    viewing.between(fillEnd);
    return false;
  }

  /**
   * boundary is a place in a block, by UTF-16 units of its text.
   * @type {(n: number, at: number) => [Node, number]}
   */
  function boundary(n, at) {
    const block = /** @type {HTMLElement} */ (blocks[n]);
    const texts = document.createTreeWalker(block, NodeFilter.SHOW_TEXT);
    for (let node = texts.nextNode(); node !== null; node = texts.nextNode()) {
      const { length } = /** @type {Text} */ (node);
      if (at <= length) return [node, at];
      at -= length;
    }
    return [block, block.childNodes.length];
  }

  return {
    // isEmpty tells whether there is a document's region that has no text yet, as on a new screen.
    isEmpty: () => region()?.hasChildNodes() === false,

    // close lets go of the text that was shown.
    close() {
      observer?.disconnect();
    },

    /**
     * open puts a text of so many blocks into the region.
     * @type {(count: number, program: Reader) => void}
     */
    open(count, program) {
      observer?.disconnect();
      reader = program;
      [filled, visible, found] = [new Set(), new Set(), []];
      blocks = Array.from({ length: count }, () => {
        const block = document.createElement("div");
        block.className = "far";
        return block;
      });
      numbers = new Map(blocks.map((block, n) => [block, n]));
      for (let n = 0; n < Math.min(count, kept); n++) fill(n);
      region()?.append(...blocks);
      observer = new IntersectionObserver(moved, { root: document.getElementById("document"), rootMargin: near });
      for (const block of blocks) observer.observe(block);
      viewing.awaitEnd(endIsFilled, program.seen);
    },

    /**
     * run adds a run to the block that is being filled.
     * @type {(kind: number, text: string) => void}
     */
    run(kind, text) {
      const name = elements[kind] ?? "";
      const element = name === "" ? text : document.createElement(name);
      if (typeof element !== "string") element.append(text);
      filling?.append(element);
    },

    /**
     * fold adds blank space that is shown when the person opens it.
     * @param {string} text
     */
    fold(text) {
      const fold = document.createElement("details");
      fold.append(document.createElement("summary"), text);
      filling?.append(fold);
    },

    // filled lists the blocks that are filled.
    filled: () => [...filled],

    /**
     * name names the fold that is block n. It is an attribute, so that the region's text is the document's and no other.
     * @type {(n: number, label: string) => void}
     */
    name(n, label) {
      const summary = blocks[n]?.querySelector("summary");
      summary?.setAttribute("data-label", label);
      summary?.setAttribute("aria-label", label);
    },

    // fillEnd fills what stands before the end of the document, to which the person goes.
    fillEnd() {
      viewing.between(fillEnd);
    },

    /**
     * reveal goes to a stretch of the text, from a place in one block to a place in one, and highlights it.
     * @type {(from: number, start: number, to: number, end: number) => void}
     */
    reveal(from, start, to, end) {
      found = [from, to];
      for (const n of found) fill(n);
      const range = document.createRange();
      range.setStart(...boundary(from, start));
      range.setEnd(...boundary(to, end));
      blocks[from]?.scrollIntoView({ block: "nearest" }); // which lays it out
      viewing.highlight(range);
    },

    // hide takes the highlight away.
    hide() {
      found = [];
      viewing.hideHighlight();
    },

    /**
     * shown is the document as it stands on the screen: the number of a part, and its text, in turn. A part that should not
     * be has the number -1.
     * @returns {(number | string)[]}
     */
    shown() {
      const text = region();
      if (text === null) return [];
      if (blocks.length === 0) return [0, text.textContent];
      return [...text.childNodes].flatMap((node, i) => {
        const n = node === blocks[i] ? i : -1;
        return n < 0 || filled.has(n) || node.hasChildNodes() ? [n, node.textContent ?? ""] : [];
      });
    },
  };
})();
