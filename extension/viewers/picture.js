"use strict";
// @ts-check

// A picture in the signing window: the browser decodes the very bytes that the program hashes, which it is given as a blob.

globalThis.picture = (() => {
  const zooms = ["1", "2", "4", "8"]; // times the width of the region; window.css has their widths
  let digest = "";
  let url = "";

  const region = () => document.getElementById("document-picture");
  const image = () => /** @type {HTMLImageElement | null} */ (region()?.firstElementChild ?? null);

  return {
    // isEmpty tells whether there is a region that has no picture yet, as on a new screen.
    isEmpty: () => region()?.hasChildNodes() === false,

    /**
     * open shows a picture, and tells the program when its end has been in view, or that it cannot be decoded.
     * @type {(bytes: Uint8Array<ArrayBuffer>, mediaType: string, name: string, program: { seen: () => void, failed: () => void }) => void}
     */
    open(bytes, mediaType, name, program) {
      URL.revokeObjectURL(url);
      digest = "";
      url = URL.createObjectURL(new Blob([bytes], { type: mediaType }));
      const shown = document.createElement("img");
      shown.alt = name;
      shown.dataset.zoom = "1";
      region()?.append(shown);
      shown.addEventListener("error", program.failed);
      const hashed = viewing.sha256(bytes).then((hex) => { digest = hex; });
      shown.addEventListener("load", () => hashed.then(() => viewing.awaitEnd(() => shown.isConnected, program.seen)));
      shown.src = url;
    },

    /**
     * zoom makes the picture larger or smaller.
     * @param {number} step
     */
    zoom(step) {
      const shown = image();
      if (shown === null) return;
      const next = zooms.indexOf(shown.dataset.zoom ?? "1") + step;
      shown.dataset.zoom = zooms[Math.max(0, Math.min(zooms.length - 1, next))] ?? "1";
    },

    // shown is what stands on the screen: the digest of what was decoded, and its size. Before that there is nothing to compare.
    shown() {
      const shown = image();
      if (digest === "" || shown?.complete === false) return [];
      const genuine = shown !== null && shown.src === url && region()?.childNodes.length === 1;
      return genuine ? [0, `${digest} ${shown.naturalWidth}×${shown.naturalHeight}`] : [-1, ""];
    },
  };
})();
