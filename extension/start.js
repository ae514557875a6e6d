"use strict";
// @ts-check
// The static part of the start of every page. While the WebAssembly is compiled, it connects to the page that asked, has
// question.js draw the first question, and starts the host. Everything else is in wasm/.

{
  const api = globalThis.browser ?? globalThis.chrome;

  performance.mark("start");

  /**
   * @typedef {import("./types.gen.js").StoredRequest} StoredRequest
   *
   * What hears a line: messages as JSON in UTF-8, with the bytes of a chunk beside them; and the end with its reason.
   * @typedef {(kind: "message" | "end", value: Uint8Array | string, data?: Uint8Array) => void} Listener
   */

  // Base64 by the browser's own functions where it has them: Chromium from 140 on, and Firefox.
  /** @type {(text: string, into: any) => Uint8Array} */
  function fromBase64(text, into) {
    if (into.setFromBase64 !== undefined) return into.subarray(0, into.setFromBase64(text).written);
    const characters = atob(text);
    for (let i = 0; i < characters.length; i++) into[i] = characters.charCodeAt(i);
    return into.subarray(0, characters.length);
  }
  /** @type {(data: any) => string} */
  function toBase64(data) {
    if (data.toBase64 !== undefined) return data.toBase64();
    let text = "";
    for (let i = 0; i < data.length; i += 0x8000) text += String.fromCharCode(...data.subarray(i, i + 0x8000));
    return btoa(text);
  }

  // The bytes of the latest chunk, and as many more as its base64 can be of. Go keeps what it was given until it collects its
  // own garbage: an array for each chunk would be tens of MiB.
  const chunk = new Uint8Array(protocol.ChunkSize + 2);

  /**
   * takeData takes the bytes of a chunk out of its message: JSON of them would cost far more. They are good until the next
   * call. What is no base64 stays, for Go to refuse.
   * @type {(message: any) => Uint8Array | undefined}
   */
  function takeData({ type, body }) {
    if (type !== "chunk" || typeof body?.data !== "string" || body.data.length > Math.ceil(protocol.ChunkSize / 3) * 4) return undefined;
    try {
      const data = fromBase64(body.data, chunk);
      delete body.data;
      return data;
    } catch {
      return undefined;
    }
  }

  /**
   * A line is a port that keeps what arrives until somebody listens, in order, its end included. `glance` sees each message
   * as it comes. The data of what is posted, if any, goes into the body's field "data" as base64.
   * @type {(connect: () => chrome.runtime.Port, glance?: (message: any) => void) => { listen: (f: Listener) => void, post: (message: any, data?: Uint8Array) => void, close: () => void }}
   */
  function line(connect, glance = () => {}) {
    const utf8 = new TextEncoder();
    /** @type {((f: Listener) => void)[]} */
    const kept = [];
    /** @type {Listener | null} */
    let listener = null;
    /** @type {(tell: (f: Listener) => void) => void} */
    const hear = (tell) => {
      if (listener) tell(listener);
      else kept.push(tell);
    };
    /** @type {chrome.runtime.Port | null} */
    let port = null;
    try {
      port = connect();
      port.onMessage.addListener((message) => {
        glance(message);
        hear((f) => {
          const data = takeData(message);
          f("message", utf8.encode(JSON.stringify(message)), data);
        });
      });
      port.onDisconnect.addListener((/** @type {chrome.runtime.Port & { error?: Error }} */ p) => {
        const error = p.error ?? api.runtime.lastError; // Firefox has the first, Chromium the second
        port = null;
        hear((f) => f("end", error?.message ?? ""));
      });
    } catch (error) {
      port = null;
      kept.push((f) => f("end", String(/** @type {any} */ (error)?.message ?? error)));
    }
    return {
      listen(f) {
        listener = f;
        for (const tell of kept.splice(0)) tell(f);
      },
      post(message, data) {
        if (data !== undefined) message = { ...message, body: { ...message.body, data: toBase64(data) } };
        port?.postMessage(message);
      },
      close() {
        listener = () => {};
        port?.disconnect();
        port = null;
      },
    };
  }

  /** @type {ReturnType<typeof line>[]} */
  const open = [];
  /** @type {typeof line} */
  const opened = (connect, glance) => {
    const l = line(connect, glance);
    open.push(l);
    return l;
  };
  const openHost = () => opened(() => api.runtime.connectNative(protocol.HostName));
  /** @type {(stored: StoredRequest, glance: (message: any) => void) => ReturnType<typeof line>} */
  const openPage = ({ tabId, frameId, documentId, pageRequest }, glance) => {
    return opened(() => api.tabs.connect(tabId, { frameId, documentId, name: protocol.PortPrefix + pageRequest }), glance);
  };
  /** @type {ReturnType<typeof line> | null} */
  let host = null;
  let hosted = false; // a host was started, or asked for
  /** @type {ReturnType<typeof line> | null} */
  let page = null;
  /** @type {(message: any) => void} */
  let hearAsked = () => {};
  const asked = new Promise((resolve) => { hearAsked = resolve; }); // the page's first message
  const parsed = new Promise((resolve) => document.addEventListener("DOMContentLoaded", resolve));

  // startHost starts the first host.
  function startHost() {
    if (!hosted) host = openHost();
    hosted = true;
  }

  globalThis.eonay = {
    api,
    stored: readRequest(),
    page: () => page,
    verify,
    host() {
      startHost();
      const next = host ?? openHost();
      host = null; // a second attempt is a second host
      return next;
    },
  };

  /**
   * readRequest reads what the broker kept for this window, and connects to the page that asked.
   * @returns {Promise<StoredRequest | null>}
   */
  async function readRequest() {
    const id = new URLSearchParams(location.search).get("request");
    if (!id || !/^[0-9a-f-]{36}$/.test(id)) return null;
    const key = protocol.RequestPrefix + id;
    const stored = /** @type {StoredRequest | undefined} */ ((await api.storage.session.get(key))[key]) ?? null;
    if (stored !== null) page = openPage(stored, hearAsked);
    return stored;
  }

  // begin has the first question drawn, and the host started behind it.
  async function begin() {
    const stored = await eonay.stored;
    if (stored === null) return;
    const kept = api.storage.local.get(["securityPhrase", "language", `signer:${stored.origin}`]);
    const set = policy.read();
    const message = await asked;
    performance.mark("asked");
    if (document.getElementById("app") === null) await parsed;
    question.draw(stored, { ...await kept, policy: await set }, message);
    await new Promise(requestAnimationFrame);
    setTimeout(startHost);
  }

  /**
   * verify checks an ECDSA signature with WebCrypto: Go's own would be half a megabyte of every window. A key that is none
   * verifies nothing.
   * @type {(key: JsonWebKey, signed: Uint8Array<ArrayBuffer>, signature: Uint8Array<ArrayBuffer>) => Promise<boolean>}
   */
  async function verify(key, signed, signature) {
    const { subtle } = globalThis.crypto;
    const imported = await subtle.importKey("jwk", key, { name: "ECDSA", namedCurve: "P-256" }, false, ["verify"]);
    return subtle.verify({ name: "ECDSA", hash: "SHA-256" }, imported, signature, signed);
  }

  // Vugu begins by handing its DOM helper to eval, which the policy of this page forbids. The helper
  // is loaded as vugu.js instead; this lets that one call pass as done, and hands on every other.
  const evaluate = globalThis.eval;
  globalThis.eval = (code) => {
    if (typeof code !== "string" || !code.startsWith("(function(){if(window.vuguRender)return")) return evaluate(code);
    globalThis.eval = evaluate;
  };

  const compiled = WebAssembly.compileStreaming(fetch(`${document.documentElement.dataset.page}.wasm`));

  async function run() {
    const go = new Go();
    const module = await compiled;
    performance.mark("compiled");
    const program = await WebAssembly.instantiate(module, go.importObject);
    performance.mark("program");
    await go.run(program);
    throw new Error("the program ended");
  }

  /** @param {unknown} error */
  function fail(error) {
    console.error(error);
    for (const l of open) l.close(); // the page is told that nothing will come
    document.getElementById("app")?.remove();
    /** @type {HTMLElement} */ (document.getElementById("broken")).hidden = false;
  }

  // The settings page asks its host for the most of what it shows.
  if (globalThis.question === undefined) startHost();
  else begin().catch(console.error); // Go says what went wrong
  parsed.then(() => run().catch(fail));
}
