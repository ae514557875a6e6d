"use strict";
// @ts-check

// A PDF in the signing window, drawn by pdf.js (viewers/pdfjs, as npm has it) from the very bytes that the program hashes.
// Its worker, fonts and character maps are files of the extension; it has no network, no scripting, no forms to fill in and
// no XFA. A page is drawn when it comes near to the view, with its text above it for screen readers and for the search.
//
// pdf.js puts what its filters need into the document's body: it is given a document whose body is a shelf of ours, which
// the watch leaves out.

globalThis.pdf = (() => {
  const kept = 8; // pages that stay drawn
  const near = "600px 0px"; // above and below what can be seen
  const maxPages = 5000;
  const maxPixels = 16 << 20; // of a page as it is drawn
  const maxHits = 9999;
  const zooms = [1, 1.5, 2, 3, 4];

  /**
   * The program. `shaped` tells what pdf.js has read: the file's identifier, and what each page is; `found` the present place of
   * what was looked for, how many there are, and what stands around it.
   * @typedef {{ seen: () => void, failed: (why: string) => void, shaped: (id: string[], pages: string[]) => void, found: (text: string, at: number, count: number, around: string) => void }} Program
   *
   * A page. `spans` are where its text's parts begin, and the nodes that have them.
   * @typedef {{ element: HTMLElement, drawn: Promise<void> | null, ready: boolean, spans: { at: number, node: Text }[] }} Sheet
   *
   * @typedef {{ page: number, at: number }} Hit
   */

  let turn = 0; // changes with each document
  let digest = "";
  let zoom = 0;
  let label = "";
  /** @type {any} */
  let spare = null; // a worker of pdf.js that no document has yet
  /** @type {any} */
  let worker = null; // the document's own: none reads two documents
  /** @type {any} */
  let task = null;
  /** @type {any} */
  let file = null; // pdf.js's document
  /** @type {HTMLElement | null} */
  let place = null; // the region that it is shown in
  /** @type {Sheet[]} */
  let sheets = [];
  /** @type {Promise<void> | null} */
  let first = null; // the page that is drawn before all others
  /** @type {Set<number>} */
  let visible = new Set();
  /** @type {IntersectionObserver | null} */
  let observer = null;
  /** @type {Program | null} */
  let program = null;
  /** @type {string[]} */
  let texts = []; // of the pages, folded
  /** @type {{ text: string, hits: Hit[], at: number }} */
  let search = { text: "", hits: [], at: 0 };

  const region = () => document.getElementById("document-pages");

  /** @type {Promise<any> | null} */
  let loaded = null;

  // library loads pdf.js, once.
  function library() {
    const base = new URL("viewers/pdfjs/", location.href);
    // @ts-expect-error it is put there by extension/pack
    loaded ??= import("./pdfjs/pdf.min.mjs").then((pdfjs) => {
      pdfjs.GlobalWorkerOptions.workerSrc = String(new URL("pdf.worker.min.mjs", base));
      return pdfjs;
    });
    return loaded;
  }

  /** @type {HTMLElement | null} */
  let shelf = null;

  // onShelf is the document, but for its body.
  function onShelf() {
    if (shelf === null) {
      const made = document.createElement("div");
      made.className = "shelf";
      viewing.between(() => document.body.append(made));
      globalThis.watch.except(made);
      shelf = made;
    }
    return new Proxy(document, {
      get(target, name) {
        if (name === "body") return shelf;
        const value = Reflect.get(target, name);
        return typeof value === "function" ? value.bind(target) : value;
      },
    });
  }

  /**
   * read has pdf.js read a file, in a worker of its own. Of a document that is closed meanwhile it begins nothing.
   * @param {Uint8Array<ArrayBuffer>} bytes
   */
  async function read(bytes) {
    const of = turn;
    const pdfjs = await library();
    if (of !== turn) return null;
    const base = new URL("viewers/pdfjs/", location.href);
    [worker, spare] = [spare ?? new pdfjs.PDFWorker({ verbosity: 0 }), null];
    task = pdfjs.getDocument({
      worker, data: bytes, ownerDocument: onShelf(), verbosity: 0, stopAtErrors: true, enableXfa: false, isEvalSupported: false, useSystemFonts: false,
      cMapUrl: `${base}cmaps/`, standardFontDataUrl: `${base}standard_fonts/`, wasmUrl: `${base}wasm/`, iccUrl: `${base}iccs/`,
      disableAutoFetch: true, disableStream: true, disableRange: true,
    });
    task.onPassword = () => task.destroy();
    return task.promise;
  }

  // shapes are what each page is: number and generation of its object, its box, and how it is turned.
  async function shapes() {
    const of = turn;
    const list = [];
    for (let n = 1; n <= file.numPages && of === turn; n++) {
      const { ref, view, rotate } = await file.getPage(n);
      list.push([ref?.num, ref?.gen, ...view, rotate].join(" "));
    }
    return list;
  }

  /**
   * makeSheets makes an empty sheet for each page, of the first page's shape until it is drawn.
   * @param {any} first
   */
  function makeSheets(first) {
    const { width, height } = first.getViewport({ scale: 1 });
    sheets = Array.from({ length: file.numPages }, () => {
      const element = document.createElement("section");
      element.className = "page";
      element.style.aspectRatio = `${width} / ${height}`;
      return { element, drawn: null, ready: false, spans: [] };
    });
    setLabels();
    setZoom();
    viewing.between(() => region()?.append(...sheets.map(({ element }) => element)));
    observer = new IntersectionObserver(moved, { root: document.getElementById("document"), rootMargin: near });
    for (const { element } of sheets) observer.observe(element);
  }

  function setLabels() {
    for (const [n, { element }] of sheets.entries()) {
      element.setAttribute("aria-label", label.replace("{n}", String(n + 1)).replace("{m}", String(sheets.length)));
    }
  }

  function setZoom() {
    for (const { element } of sheets) element.style.width = `${100 * (zooms[zoom] ?? 1)}%`;
  }

  /** @param {IntersectionObserverEntry[]} entries */
  function moved(entries) {
    for (const { target, isIntersecting } of entries) {
      const n = sheets.findIndex(({ element }) => element === target);
      if (isIntersecting) visible.add(n);
      else visible.delete(n);
    }
    const of = turn;
    first?.then(() => {
      if (of !== turn) return;
      for (const n of [...visible].sort((a, b) => a - b)) draw(n);
      tidy();
    });
  }

  /**
   * bringIntoView scrolls to a place on the page with a number, from 1 on.
   * @type {(at: number, down: number) => void}
   */
  function bringIntoView(at, down) {
    const page = sheets[at - 1]?.element;
    if (page === undefined) return;
    const place = document.createElement("span");
    place.style.position = "absolute";
    place.style.top = `${down * 100}%`;
    viewing.between(() => {
      page.append(place);
      place.scrollIntoView({ block: "center" });
      place.remove();
    });
  }

  // tidy takes away what is drawn of the pages that are farthest from the view.
  function tidy() {
    const drawn = [...sheets.keys()].filter((n) => sheets[n]?.ready);
    const middle = [...visible].reduce((sum, n) => sum + n, 0) / Math.max(1, visible.size);
    const far = drawn.filter((n) => !visible.has(n)).sort((a, b) => Math.abs(b - middle) - Math.abs(a - middle));
    for (const n of far.slice(0, Math.max(0, drawn.length - kept))) erase(n);
  }

  /** @param {number} n */
  function erase(n) {
    const sheet = sheets[n];
    if (sheet === undefined) return;
    viewing.between(() => sheet.element.replaceChildren());
    Object.assign(sheet, { drawn: null, ready: false, spans: [] });
  }

  /**
   * draw draws a page, and resolves when it stands there.
   * @param {number} n
   * @returns {Promise<void>}
   */
  function draw(n) {
    const sheet = sheets[n];
    if (sheet === undefined) return Promise.resolve();
    const of = turn;
    sheet.drawn ??= drawPage(sheet, n).catch((error) => {
      if (of === turn) program?.failed(String(error?.message ?? error));
    });
    return sheet.drawn;
  }

  /**
   * @param {Sheet} sheet
   * @param {number} n
   */
  async function drawPage(sheet, n) {
    const of = turn;
    const page = await file.getPage(n + 1);
    const plain = page.getViewport({ scale: 1 });
    const width = sheet.element.clientWidth * devicePixelRatio;
    const scale = Math.min(width / plain.width, Math.sqrt(maxPixels / (plain.width * plain.height)));
    const viewport = page.getViewport({ scale });
    const canvas = document.createElement("canvas");
    canvas.width = Math.max(1, Math.floor(viewport.width));
    canvas.height = Math.max(1, Math.floor(viewport.height));
    canvas.setAttribute("aria-hidden", "true"); // its text stands above it
    await page.render({ canvas, viewport }).promise;
    if (of !== turn) return;
    viewing.between(() => {
      sheet.element.style.aspectRatio = `${plain.width} / ${plain.height}`;
      sheet.element.replaceChildren(canvas);
    });
    if (performance.getEntriesByName("page").length === 0) performance.mark("page");
    const content = await page.getTextContent();
    if (of !== turn) return;
    const layer = textLayer(sheet, content.items, plain);
    viewing.between(() => sheet.element.append(layer));
    sheet.ready = true;
  }

  /**
   * textLayer is the text of a page, in elements where it is drawn: in hundredths of the page's width and height, so that
   * it goes with the zoom.
   * @type {(sheet: Sheet, items: any[], viewport: any) => HTMLElement}
   */
  function textLayer(sheet, items, viewport) {
    const layer = document.createElement("div");
    layer.className = "page-text";
    const context = document.createElement("canvas").getContext("2d");
    let at = 0;
    sheet.spans = [];
    for (const { str, width, transform, hasEOL } of items) {
      if (str === undefined) continue; // marked content
      const [a, b, c, d, e, f] = product(viewport.transform, transform);
      const height = Math.hypot(c, d);
      const node = document.createTextNode(hasEOL ? `${str}\n` : str);
      sheet.spans.push({ at, node });
      at += node.length;
      const span = document.createElement("span");
      span.append(node);
      span.style.left = `${100 * e / viewport.width}%`;
      span.style.top = `${100 * (f - height) / viewport.height}%`;
      span.style.fontSize = `${100 * height / viewport.width}cqw`;
      if (context !== null && str !== "" && height > 0) {
        context.font = `${height}px sans-serif`;
        const drawn = context.measureText(str).width;
        span.style.transform = `rotate(${Math.atan2(b, a)}rad) scaleX(${drawn > 0 ? width / drawn : 1})`;
      }
      layer.append(span);
    }
    return layer;
  }

  /** @type {(m: number[], n: number[]) => [number, number, number, number, number, number]} */
  function product([a = 1, b = 0, c = 0, d = 1, e = 0, f = 0], [g = 1, h = 0, i = 0, j = 1, k = 0, l = 0]) {
    return [a * g + c * h, b * g + d * h, a * i + c * j, b * i + d * j, a * k + c * l + e, b * k + d * l + f];
  }

  /**
   * fold makes one letter of those that a search takes for the same, as wasm/document does, and keeps the text's length.
   * @param {string} text
   */
  function fold(text) {
    return text.replace(/[\s\S]/g, (c) => {
      if (c === "I" || c === "\u0130" || c === "\u0131") return "i";
      if (/\s/.test(c)) return " ";
      const small = c.toLowerCase();
      return small.length === 1 ? small : c;
    });
  }

  /** @param {number} n */
  async function textOf(n) {
    const page = await file.getPage(n + 1);
    const { items } = await page.getTextContent();
    return fold(items.map((/** @type {any} */ { str = "", hasEOL }) => (hasEOL ? `${str}\n` : str)).join(""));
  }

  /**
   * look finds a text in all pages.
   * @param {string} text
   */
  async function look(text) {
    const of = turn;
    const needle = fold(text);
    /** @type {Hit[]} */
    const hits = [];
    for (let n = 0; n < sheets.length && needle.trim() !== ""; n++) {
      const page = texts[n] ??= await textOf(n);
      if (of !== turn) return [];
      for (let at = page.indexOf(needle); at >= 0 && hits.length < maxHits; at = page.indexOf(needle, at + needle.length)) hits.push({ page: n, at });
    }
    return hits;
  }

  /**
   * boundary is a place in a page's text.
   * @type {(sheet: Sheet, at: number) => [Node, number]}
   */
  function boundary(sheet, at) {
    const span = sheet.spans.findLast((s) => s.at <= at);
    return span === undefined ? [sheet.element, 0] : [span.node, Math.min(at - span.at, span.node.length)];
  }

  /** @type {(hit: Hit, length: number) => Promise<void>} */
  async function reveal({ page, at }, length) {
    const sheet = sheets[page];
    if (sheet === undefined) return;
    sheet.element.scrollIntoView({ block: "nearest" });
    await draw(page);
    const range = document.createRange();
    range.setStart(...boundary(sheet, at));
    range.setEnd(...boundary(sheet, at + length));
    viewing.highlight(range);
  }

  return {
    // isEmpty tells whether there is a region that has no pages yet, as on a new screen.
    isEmpty: () => region() !== null && region() !== place,

    // prepare loads pdf.js and starts a worker, before there is a document. What fails is told of the document.
    prepare() {
      library().then((pdfjs) => { spare ??= new pdfjs.PDFWorker({ verbosity: 0 }); }).catch(() => {});
    },

    // close lets go of the document that was shown.
    close() {
      turn++;
      const own = worker;
      task?.destroy().finally(() => own.destroy());
      observer?.disconnect();
      [task, worker, file, place, sheets, first] = [null, null, null, null, [], null];
    },

    /**
     * open shows a document, once its bytes have come. `words` names a page, with its number for {n} and how many there are for {m}; the
     * page with the number `at`, from 1 on, is brought into view with the place that is `down` of its height from its upper edge; with 0 none.
     * @type {(coming: Uint8Array<ArrayBuffer> | Promise<Uint8Array<ArrayBuffer>>, words: string, program: Program, at: number, down: number) => Promise<void>}
     */
    async open(coming, words, told, at, down) {
      const of = ++turn;
      [digest, zoom, label, program, sheets, visible, texts] = ["", 0, words, told, [], new Set(), []];
      search = { text: "", hits: [], at: 0 };
      place = region();
      try {
        const bytes = await coming;
        if (of !== turn) return;
        performance.mark("bytes");
        const [hex, opened] = await Promise.all([viewing.sha256(bytes), read(bytes)]); // the digest is of a copy: pdf.js takes the bytes away
        if (of !== turn) return;
        file = opened;
        if (file.numPages > maxPages) throw new Error("too many pages");
        makeSheets(await file.getPage(1));
        digest = hex;
        bringIntoView(at, down);
        first = draw(Math.max(0, at - 1));
        await first;
        if (of === turn) bringIntoView(at, down); // now that the page has its height
        viewing.awaitEnd(() => sheets.at(-1)?.ready ?? false, told.seen);
        const pages = await shapes();
        if (of === turn) told.shaped(file.fingerprints.map((/** @type {string | null} */ part) => part ?? ""), pages);
      } catch (error) {
        if (of === turn) told.failed(String(/** @type {any} */ (error)?.message ?? error));
      }
    },

    /**
     * name names the pages in another language.
     * @param {string} words
     */
    name(words) {
      if (words === label) return;
      label = words;
      setLabels();
    },

    /**
     * zoom makes the pages larger or smaller.
     * @param {number} step
     */
    zoom(step) {
      const next = Math.max(0, Math.min(zooms.length - 1, zoom + step));
      if (next === zoom) return;
      zoom = next;
      viewing.between(setZoom);
      for (const n of sheets.keys()) if (sheets[n]?.ready) erase(n);
      for (const n of visible) draw(n);
    },

    /**
     * find looks for a text, or goes on by so many places.
     * @type {(text: string, step: number) => Promise<void>}
     */
    async find(text, step) {
      if (text !== search.text) search = { text, hits: await look(text), at: 0 };
      else if (search.hits.length > 0) search.at = (search.at + step + search.hits.length) % search.hits.length;
      const hit = search.hits[search.at];
      if (hit === undefined) {
        viewing.hideHighlight();
        program?.found(text, 0, 0, "");
        return;
      }
      await reveal(hit, text.length);
      const page = texts[hit.page] ?? "";
      program?.found(text, search.at + 1, search.hits.length, page.slice(Math.max(0, hit.at - 40), hit.at + text.length + 40));
    },

    // shown is what stands on the screen: the digest of what pdf.js was given. What is drawn of it the watch holds.
    // Before it has drawn anything there is nothing to compare.
    shown() {
      if (digest === "" && region()?.hasChildNodes() === false) return [];
      const genuine = sheets.length > 0 && [...region()?.childNodes ?? []].every((node, n) => node === sheets[n]?.element);
      return genuine ? [0, digest] : [-1, ""];
    },
  };
})();
