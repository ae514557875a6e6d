// Chromium's service worker is one file; Firefox lists the same scripts in its manifest.
// @ts-expect-error the checker takes this for a page's script
importScripts("protocol.gen.js", "background.js", "setup.js", "institution.js", "reminder.js");
