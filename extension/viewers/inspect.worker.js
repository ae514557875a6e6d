"use strict";
// @ts-check

// The worker in which the inspector (wasm/inspect) reads one document, and gives out files that are in it.

// @ts-expect-error the checker takes this for a page's script
importScripts("../wasm_exec.js");

/**
 * The first message is the task, each later one asks for a file by its number.
 * @typedef {{ module: WebAssembly.Module, blob: Blob, kind: string, content: Blob | null }} Task
 */

addEventListener("message", async (/** @type {MessageEvent<Task>} */ { data: { module, blob, kind, content } }) => {
  // @ts-expect-error as above
  const files = new FileReaderSync();
  const file = (/** @type {Blob} */ of) => ({
    size: of.size,
    read: (/** @type {number} */ start, /** @type {number} */ end) => new Uint8Array(files.readAsArrayBuffer(of.slice(start, end))),
  });
  /** @type {{ part: (number: number) => Uint8Array | null, [name: string]: unknown }} */
  const inspector = {
    kind,
    document: file(blob),
    content: content === null ? null : file(content),
    found: (/** @type {string} */ report, /** @type {Uint8Array | null} */ given) => postMessage({ report, given }),
    part: () => null,
  };
  Object.assign(globalThis, { inspector }); // wasm/inspect finds its document here
  addEventListener("message", ({ data: { number } }) => postMessage({ number, bytes: inspector.part(number) }));
  const go = new Go();
  await go.run(await WebAssembly.instantiate(module, go.importObject));
  postMessage({ ended: true }); // which is a failure where no report came before
}, { once: true });
