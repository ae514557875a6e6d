"use strict";
// @ts-check

// An XML document in the signing window, as a tree (WAI-ARIA, tree view): the arrow keys go through its rows, open and close
// them. What is below a row is made when it is opened. Rows are text nodes alone.

globalThis.tree = (() => {
  const elements = ["", "mark", "", "bdi"]; // by wasm/plaintext's kinds of runs
  const region = () => document.getElementById("document-tree");

  /**
   * The program, which has the document. `children` adds the rows below a row from one of them on.
   * @typedef {{ children: (n: number, from: number) => void, seen: () => void }} Program
   *
   * @type {Program | null}
   */
  let program = null;
  /** @type {Map<number, HTMLElement>} */
  let items = new Map();
  /** @type {HTMLElement | null} */
  let filling = null;

  /** @param {Element | null | undefined} item */
  const group = (item) => /** @type {HTMLElement | null} */ (item?.querySelector(":scope > ul") ?? null);
  /** @param {Element | null | undefined} item */
  const number = (item) => Number(/** @type {HTMLElement} */ (item).dataset["row"]);
  /** @param {number} n */
  const below = (n) => (n < 0 ? region() : group(items.get(n)));

  /** @type {(item: Element, isOpen: boolean) => void} */
  function setOpen(item, isOpen) {
    if (!item.hasAttribute("aria-expanded")) return;
    if (isOpen && group(item)?.childElementCount === 0) program?.children(number(item), 0);
    item.setAttribute("aria-expanded", String(isOpen));
  }

  /** @param {Element | null | undefined} item */
  function focus(item) {
    if (!(item instanceof HTMLElement)) return;
    region()?.querySelector('[tabindex="0"]')?.setAttribute("tabindex", "-1");
    item.setAttribute("tabindex", "0");
    item.focus();
  }

  // seen lists the rows that can be seen, in order.
  const rows = () => [...region()?.querySelectorAll("li") ?? []].filter((item) => item.parentElement?.closest('[aria-expanded="false"]') === null);

  /** @param {Element} item */
  function press(item) {
    const more = /** @type {HTMLElement} */ (item).dataset["more"];
    if (more !== undefined) {
      const parent = item.parentElement?.closest("li");
      const before = item.previousElementSibling;
      item.remove();
      program?.children(parent ? number(parent) : -1, Number(more));
      focus(before?.nextElementSibling);
      return;
    }
    setOpen(item, item.getAttribute("aria-expanded") !== "true");
  }

  /** @type {(item: Element, key: string) => boolean} */
  function move(item, key) {
    const isOpen = item.getAttribute("aria-expanded");
    const list = rows();
    const at = list.indexOf(/** @type {HTMLLIElement} */ (item));
    switch (key) {
      case "ArrowDown": focus(list[at + 1]); break;
      case "ArrowUp": focus(list[at - 1]); break;
      case "Home": focus(list[0]); break;
      case "End": focus(list.at(-1)); break;
      case "ArrowRight":
        if (isOpen === "true") focus(group(item)?.firstElementChild);
        else setOpen(item, true);
        break;
      case "ArrowLeft":
        if (isOpen === "true") setOpen(item, false);
        else focus(item.parentElement?.closest("li"));
        break;
      case "Enter": case " ": press(item); break;
      default: return false;
    }
    return true;
  }

  /** @param {(item: Element) => void} change */
  function listen(change) {
    return (/** @type {Event} */ event) => {
      const item = /** @type {Element} */ (event.target).closest("li");
      if (item !== null) viewing.between(() => change(item));
    };
  }

  return {
    // isEmpty tells whether there is a region that has no rows yet, as on a new screen.
    isEmpty: () => region()?.hasChildNodes() === false,

    /**
     * open shows a document.
     * @param {Program} told
     */
    open(told) {
      [program, items] = [told, new Map()];
      const list = /** @type {HTMLElement} */ (region());
      told.children(-1, 0);
      list.firstElementChild?.setAttribute("tabindex", "0");
      list.onclick = listen(press);
      list.onkeydown = (event) => {
        const item = /** @type {Element} */ (event.target).closest("li");
        if (item === null || event.ctrlKey || event.metaKey || event.altKey) return;
        viewing.between(() => { if (move(item, event.key)) event.preventDefault(); });
      };
      viewing.awaitEnd(() => true, told.seen);
    },

    /**
     * row adds a row below another; -1 is the top. runs follow.
     * @type {(n: number, parent: number, hasChildren: boolean, isOpen: boolean) => void}
     */
    row(n, parent, hasChildren, isOpen) {
      const item = document.createElement("li");
      const text = document.createElement("span");
      item.setAttribute("role", "treeitem");
      item.setAttribute("tabindex", "-1");
      item.dataset["row"] = String(n);
      item.append(text);
      if (hasChildren) {
        const list = document.createElement("ul");
        list.setAttribute("role", "group");
        item.setAttribute("aria-expanded", String(isOpen));
        item.append(list);
      }
      items.set(n, item);
      below(parent)?.append(item);
      filling = text;
    },

    /**
     * run adds a run to the row.
     * @type {(kind: number, text: string) => void}
     */
    run(kind, text) {
      const name = elements[kind] ?? "";
      const element = name === "" ? text : document.createElement(name);
      if (typeof element !== "string") element.append(text);
      filling?.append(element);
    },

    /**
     * more adds a row by which the person has the next ones added, from one on.
     * @type {(parent: number, from: number, label: string) => void}
     */
    more(parent, from, label) {
      const item = document.createElement("li");
      item.setAttribute("role", "treeitem");
      item.setAttribute("tabindex", "-1");
      item.setAttribute("aria-label", label);
      item.dataset["more"] = String(from);
      item.dataset["label"] = label;
      below(parent)?.append(item);
    },

    /**
     * expand opens a row, and has what is below it added up to a place.
     * @type {(n: number, place: number) => void}
     */
    expand(n, place) {
      const item = items.get(n);
      if (item !== undefined) setOpen(item, true);
      for (let more = below(n)?.lastElementChild; more instanceof HTMLElement && more.dataset["more"] !== undefined; more = below(n)?.lastElementChild) {
        const from = Number(more.dataset["more"]);
        if (from > place) break;
        more.remove();
        program?.children(n, from);
      }
    },

    /**
     * reveal goes to a row, and highlights it.
     * @param {number} n
     */
    reveal(n) {
      const text = items.get(n)?.firstElementChild;
      if (!text) return;
      const range = document.createRange();
      range.selectNodeContents(text);
      viewing.highlight(range);
    },

    // shown is the document as it stands on the screen: the number of a row, and its text, in turn.
    shown() {
      return [...region()?.querySelectorAll("li") ?? []].flatMap((item) => {
        const n = items.get(number(item)) === item ? number(item) : -1;
        const strange = [...item.childNodes].some((node) => node !== item.firstElementChild && node !== group(item));
        if (item.dataset["more"] !== undefined) return item.hasChildNodes() ? [-1, ""] : [];
        return [strange ? -1 : n, item.firstElementChild?.textContent ?? ""];
      });
    },
  };
})();
