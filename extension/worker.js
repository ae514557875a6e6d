// Chromium's service worker is one file; Firefox lists the same two in its manifest.
importScripts("protocol.gen.js", "background.js");
