// The linter's rules for every script of the project (`make lint`): mistakes alone, no taste.

const language = ["TextDecoder", "TextEncoder", "URL", "URLSearchParams", "atob", "btoa", "clearInterval", "clearTimeout", "console", "crypto", "fetch", "performance",
  "setInterval", "setTimeout", "structuredClone", "AbortController", "AbortSignal", "Blob", "Response", "WebAssembly"];
const page = [...language, "Document", "EventTarget", "FormData", "MutationObserver", "document", "location", "navigator", "reportError", "sessionStorage", "window"];
const extension = [...page, "BroadcastChannel", "CSS", "FileReaderSync", "Highlight", "HTMLElement", "IntersectionObserver", "NodeFilter", "Worker", "addEventListener", "devicePixelRatio", "chrome", "importScripts", "postMessage", "requestAnimationFrame", "screen", "screenX", "screenY"];
const node = [...language, "Buffer", "process", "queueMicrotask", "setImmediate"];
const commonJS = [...node, "__dirname", "module", "require"];

// What one of the extension's scripts defines for those that are loaded after it.
const shared = ["Go", "bridge", "eonay", "guard", "messages", "policy", "protocol", "question", "questionWords", "resident", "setup", "shapes", "viewing", "watch"];

// A room's files, how the browser or Node loads them, and the names that they find there.
const room = (files, sourceType, names) => ({
  files, languageOptions: { sourceType, globals: Object.fromEntries(names.map((name) => [name, "readonly"])) },
});

const unused = { ignoreRestSiblings: true };

const rules = {
  // A name is there, is used, and means one thing.
  "no-undef": "error",
  "no-unused-vars": ["error", unused],
  "no-redeclare": "error",
  "no-const-assign": "error",
  "no-global-assign": "error",
  "no-shadow-restricted-names": "error",
  "no-var": "error",
  "prefer-const": ["error", { destructuring: "all" }],

  // Values of one type are compared, and text is never a program.
  eqeqeq: "error",
  "use-isnan": "error",
  "valid-typeof": "error",
  "no-self-compare": "error",
  "no-unsafe-negation": "error",
  "no-unsafe-optional-chaining": "error",
  "no-prototype-builtins": "error",
  "no-extend-native": "error",
  "no-eval": ["error", { allowIndirect: true }], // start.js keeps Vugu from eval, and so names it
  "no-implied-eval": "error",
  "no-new-func": "error",
  "no-script-url": "error",

  // No way through the code is dead, or leads elsewhere than it says.
  "no-unreachable": "error",
  "no-unreachable-loop": "error",
  "no-fallthrough": "error",
  "no-dupe-keys": "error",
  "no-dupe-else-if": "error",
  "no-duplicate-case": "error",
  "no-cond-assign": "error",
  "no-constant-condition": "error",
  "no-empty": "error",
  "no-sparse-arrays": "error",
  "no-unsafe-finally": "error",
  "no-async-promise-executor": "error",
  "array-callback-return": "error",
  "getter-return": "error",
  "no-unused-expressions": ["error", { allowShortCircuit: true }],
};

export default [
  { ignores: ["build/", "**/*.ts", "internal/protocol/gen/reader.js"] }, // the last is in what is generated from it
  { languageOptions: { ecmaVersion: 2025 }, linterOptions: { reportUnusedDisableDirectives: "error" }, rules },
  room(["web/**/*.js"], "module", page),
  room(["web/client/**/*.test.js", "web/client/testing/*.js"], "module", [...page, ...node]),
  room(["extension/*.js", "extension/viewers/*.js", "**/bench/floor/extension/*.js"], "script", [...extension, ...shared]),
  room(["extension/*.test.js", "extension/testing/*.js"], "commonjs", commonJS),
  room(["**/*.mjs"], "module", node),
  {
    files: ["extension/*.js", "extension/viewers/*.js"],
    rules: {
      strict: ["error", "global"],
      "no-redeclare": ["error", { builtinGlobals: false }],
      "no-unused-vars": ["error", { ...unused, varsIgnorePattern: `^(${shared.join("|")})$` }],
    },
  },
  { files: ["extension/worker.js"], rules: { strict: "off" } }, // it loads two others, and nothing else
];
