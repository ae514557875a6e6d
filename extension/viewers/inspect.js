"use strict";
// @ts-check

// The inspector reads the document on the screen by the strict readers of its kind (inspect.wasm), in a worker of its own. It gets a
// blob of the very bytes that the program hashes. What it says the program judges.

globalThis.inspection = (() => {
  const patience = 30_000; // milliseconds that it may take for a document
  const maxReport = 4 << 20; // characters

  /**
   * @typedef {{ reported: (report: string, given: Uint8Array<ArrayBuffer> | null) => void, read: (number: number, bytes: Uint8Array<ArrayBuffer>) => void, failed: (why: string) => void }} Program
   * @type {Promise<WebAssembly.Module> | null}
   */
  let compiled = null;
  /** @type {Worker | null} */
  let worker = null;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  /** @type {Promise<Uint8Array<ArrayBuffer>> | null} */
  let letter = null; // of a package
  /** @type {(why: string) => void} */
  let refuse = () => {}; // the document that is read
  /** @type {(number: number, bytes: Uint8Array<ArrayBuffer>) => void} */
  let read = () => {}; // hands the program a file in the document
  /** @type {Map<number, { digest: string, take: (bytes: Uint8Array<ArrayBuffer>) => void }>} */
  let asked = new Map(); // files in the document that were asked for, by their numbers

  function close() {
    clearTimeout(timer);
    worker?.terminate();
    worker = null;
    letter = null;
    asked = new Map();
  }

  // module is inspect.wasm, compiled once for all documents.
  function module() {
    compiled ??= WebAssembly.compileStreaming(fetch("inspect.wasm"));
    return compiled;
  }

  /**
   * ask has the worker give out a file in the document, by its number in the report; take gets it if that is its SHA-256.
   * @type {(number: number, digest: string, take: (bytes: Uint8Array<ArrayBuffer>) => void) => void}
   */
  function ask(number, digest, take) {
    asked.set(number, { digest, take });
    worker?.postMessage({ number });
  }

  /**
   * give hands on a file that the worker has given out, if it is the one that was asked for.
   * @type {(number: number, bytes: Uint8Array<ArrayBuffer> | null) => Promise<void>}
   */
  async function give(number, bytes) {
    const from = worker;
    const file = asked.get(number);
    asked.delete(number);
    if (file === undefined) return;
    const isGenuine = bytes instanceof Uint8Array && await viewing.sha256(bytes) === file.digest;
    if (from !== worker) return;
    if (isGenuine) file.take(bytes);
    else refuse("the inspector has given out another file");
  }

  /** @type {(name: string, bytes: Uint8Array<ArrayBuffer>) => void} */
  function keep(name, bytes) {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([bytes], { type: "application/octet-stream" }));
    link.download = name;
    link.click();
    URL.revokeObjectURL(link.href);
  }

  return {
    close,

    // prepare compiles the inspector before there is a document. What fails is told of the document.
    prepare() {
      module().catch(() => { compiled = null; });
    },

    // letter is the letter of the package that is read, as soon as it is there.
    letter: () => letter,

    /**
     * save has the browser save a file in the document, by its number in the report, if that is its SHA-256.
     * @type {(number: number, name: string, digest: string) => void}
     */
    save: (number, name, digest) => ask(number, digest, (bytes) => keep(name, bytes)),

    /**
     * read has the program get a file in the document, likewise.
     * @type {(number: number, digest: string) => void}
     */
    read: (number, digest) => ask(number, digest, (bytes) => read(number, bytes)),

    /**
     * open has a document read as a kind, and tells the program what was found and the file that was given out with it, or why
     * there is nothing, once. `beside` is what the document's signatures are over, where that is at hand.
     * @type {(bytes: Uint8Array<ArrayBuffer>, kind: string, program: Program, beside: Uint8Array<ArrayBuffer> | null) => Promise<void>}
     */
    async open(bytes, kind, program, beside) {
      close();
      const blob = new Blob([bytes]);
      const content = beside === null ? null : new Blob([beside]);
      const reads = new Worker("viewers/inspect.worker.js");
      worker = reads;
      /** @type {(bytes: Uint8Array<ArrayBuffer>) => void} */
      let settle = () => {};
      letter = new Promise((resolve) => { settle = resolve; });
      let isTold = false;
      /** @param {string} why */
      const fail = (why) => {
        if (reads !== worker) return;
        close();
        program.failed(why);
      };
      refuse = fail;
      read = program.read;
      timer = setTimeout(() => fail("the inspector takes too long"), patience);
      reads.onerror = ({ message }) => fail(`the inspector has ended: ${message}`);
      reads.onmessage = ({ data }) => {
        if (reads !== worker) return;
        if (data?.number !== undefined) {
          give(data.number, data.bytes);
          return;
        }
        if (isTold) return;
        if (typeof data?.report !== "string" || data.report.length > maxReport) {
          fail("the inspector has no report");
          return;
        }
        isTold = true;
        clearTimeout(timer);
        const given = data.given instanceof Uint8Array ? data.given : null;
        program.reported(data.report, given);
        if (given !== null) settle(given);
      };
      try {
        reads.postMessage({ module: await module(), blob, kind, content });
      } catch (error) {
        compiled = null;
        fail(String(/** @type {any} */ (error)?.message ?? error));
      }
    },
  };
})();
