"use strict";
// @ts-check

// The bridge between a page and the signing window. It comes into the top frame of an admitted site's page when the page
// first says something to us, behind content.js in its world, which has kept that; and into frames that the page around
// them has delegated to.
//
// The page is hostile: what it says is read as shapes.js tells, and what is not ours is dropped without an
// answer. Nothing is said about readers, cards or certificates that the window has not chosen to say.
//
// A page has at most one request at a time. A chunk passes only when the window has asked for it, an answer to a claim
// only once. `bridge` is for webeid.js, which asks for a page that speaks that protocol.

const bridge = (() => {
  const { acts, isObject, own } = shapes;
  const { extension, ask: askBroker } = resident;
  const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
  // How long after a press a page may ask for a window: as long as browsers let it open windows of its own (HTML, transient
  // activation). It is enough for a site that first asks its server, and for a slow computer.
  const pressLife = 5_000; // milliseconds
  // How long after the person has shown a certificate its page may ask for the signature, without another press.
  const shownLife = 60_000; // milliseconds

  // Codes of a part that is missing or too old.
  const missingParts = ["extension_outdated", "host_missing", "host_outdated"];

  // How long a site may take to give the keys that it signs its requests with.
  const siteWait = 5_000; // milliseconds

  /**
   * The page's open request. `site` becomes what the site publishes, where it has signed; `reply` tells who asked, `port` is
   * null until the window has connected, `pulls` holds the answers the window waits for, `delivery` follows the signed files,
   * `signing` becomes true when the card is at work: a window that stops from then on cannot say that nothing was done.
   * @typedef {{
   *   id: string, type: string, body: any, installURL: string, site: Promise<string> | undefined, reply: Reply, port: chrome.runtime.Port | null, pulls: Set<string>,
   *   delivery: ReturnType<typeof shapes.delivery>, claim: "none" | "made" | "released" | "refused", signing: boolean,
   * }} OpenRequest
   *
   * What tells who asked a word of the window's, or a failure.
   * @typedef {(type: string, body?: any) => void} Reply
   *
   * What the broker answers.
   * @typedef {{ host?: string, problem?: string, detail?: string }} Told
   */

  /** @type {OpenRequest | null} */
  let request = null;
  // When the person has shown a certificate, as of performance.now().
  let shownAt = -Infinity;
  // The answer to `status`, while it is on its way.
  /** @type {Promise<Told> | null} */
  let asking = null;
  // The origins that the page lets ask in its frames, null until it has said any; the look that puts the script there, and
  // the one that comes after it.
  /** @type {string[] | null} */
  let delegated = null;
  /** @type {Promise<Told> | null} */
  let looking = null;
  /** @type {Promise<Told> | null} */
  let lookingNext = null;

  window.addEventListener("pagehide", () => end("page_gone"));
  chrome.runtime.onConnect.addListener(connected);
  chrome.runtime.onMessage.addListener(fromBroker);

  // --- page → extension ---------------------------------------------------------------------------

  /** @type {(envelope: object, at: number) => void} */
  function fromPage(envelope, at) {
    const id = own(envelope, "id");
    const type = own(envelope, "type");
    if (typeof id !== "string" || !uuid.test(id)) return;
    const version = own(envelope, "eonay");
    if (version !== protocol.Version) {
      if (Number.isSafeInteger(version) && (mayAsk(type) || ["status", "delegate", "setup"].includes(String(type)))) post(id, "failed", failure("extension_outdated"));
      return;
    }
    const body = own(envelope, "body");
    if (mayAsk(type)) ask(id, String(type), body, readInstallURL(envelope), at);
    else if (type === "status") tellStatus(id);
    else if (type === "delegate") delegate(id, shapes.readDelegate(body));
    else if (type === "setup") openSetup(id, at);
    else if (request?.id === id) goOn(request, type, body);
  }

  /** @type {(type: unknown) => boolean} */
  function mayAsk(type) {
    return typeof type === "string" && acts[type]?.page === true;
  }

  /**
   * readInstallURL returns the site's page about the installation, "" where the page names none, and null where it names
   * another site's.
   * @type {(envelope: object) => string | null}
   */
  function readInstallURL(envelope) {
    const url = own(envelope, "installURL");
    if (url === undefined) return "";
    return typeof url === "string" && url.length <= protocol.MaxInstallURL && url.startsWith(`${location.origin}/`) ? url : null;
  }

  /** @type {(id: string, type: string, body: unknown, installURL: string | null, at: number) => void} */
  function ask(id, type, body, installURL, at) {
    const read = installURL === null ? { problem: "request_invalid", detail: "installURL: want an address of this site" } : shapes.read(type, body);
    if (read.problem === undefined || request?.id === id) open(id, type, read.body, (t, b) => post(id, t, b), at, installURL ?? "");
    else post(id, "failed", request === null ? failure(read.problem, read.detail) : failure("busy"));
  }

  /**
   * goOn takes what a page says to its open request.
   * @type {(open: OpenRequest, type: unknown, body: unknown) => void}
   */
  function goOn(open, type, body) {
    switch (type) {
      case "chunk":
        chunk(open, shapes.readChunk(body));
        break;
      case "release":
        answer(open, "released", type, shapes.readRelease(body));
        break;
      case "refusal":
        answer(open, "refused", type, shapes.readRefusal(body));
        break;
      case "cancel":
        cancel(open);
        break;
    }
  }

  /** @param {string} id */
  async function tellStatus(id) {
    const { host, problem } = await status();
    const reply = { extension, protocol: protocol.Version, formats: [...protocol.Formats], host: host ?? "" };
    post(id, "status-reply", typeof host === "string" ? reply : { ...reply, host: "", hostProblem: failure(problem) });
  }

  /**
   * openSetup opens the extension's page about what is installed, at a press.
   * @type {(id: string, at: number) => Promise<void>}
   */
  async function openSetup(id, at) {
    const press = takePress(false, at);
    if (press === null) return post(id, "failed", failure("gesture_required"));
    const { problem, detail } = await askBroker({ type: "setup", pressedAt: press.since });
    if (problem === undefined) post(id, "setup-opened");
    else post(id, "failed", failure(problem, detail));
  }

  // status returns {host}, its version, or {problem}. Whoever asks meanwhile gets the same answer.
  async function status() {
    asking ??= askBroker({ type: "status" });
    const answer = await asking;
    asking = null;
    return answer;
  }

  /**
   * delegate lets frames of these origins ask, in place of those that the page has delegated to before.
   * @type {(id: string, read: { body?: string[], problem?: string | undefined, detail?: string | undefined }) => Promise<void>}
   */
  async function delegate(id, { body: origins, problem: mistake, detail: why }) {
    if (mistake !== undefined) return post(id, "failed", failure(mistake, why));
    if (delegated === null) {
      EventTarget.prototype.addEventListener.call(document, "load", ({ target }) => { if (/** @type {Element} */ (target).localName === "iframe") look(); }, true);
      window.addEventListener("pageshow", look); // as from the browser's cache, where another page may have delegated since
    }
    delegated = origins ?? [];
    const { problem, detail } = await look();
    if (problem === undefined) post(id, "delegated");
    else post(id, "failed", failure(problem, detail));
  }

  /**
   * look has the broker look for frames that the page has delegated to. Whoever asks meanwhile gets the answer of one more
   * look: a page that asks in a loop keeps one busy.
   * @type {() => Promise<Told>}
   */
  function look() {
    lookingNext ??= (looking ?? Promise.resolve()).then(() => {
      looking = lookingNext;
      lookingNext = null;
      return askBroker({ type: "delegate", origins: delegated });
    });
    return lookingNext;
  }

  /**
   * open asks for a window. `reply` is called with "accepted" at once, then with what the window says, the last of which is
   * one of shapes.ends; or with "failed" alone. A press counts as of askedAt, Infinity where the browser knew of none then.
   * @type {(id: string, type: string, body: any, reply: Reply, askedAt: number, installURL?: string) => Promise<void>}
   */
  async function open(id, type, body, reply, askedAt, installURL = "") {
    if (request !== null) {
      if (request.id !== id) reply("failed", failure("busy"));
      return;
    }
    const shown = takeShown(type);
    const at = takePress(shown, askedAt);
    if (at === null) return reply("failed", failure("gesture_required"));
    const site = body.signed === undefined ? undefined : fetchSite();
    const delivery = shapes.delivery({ documents: body.documents ?? [], together: body.together });
    request = { id, type, body, installURL, site, reply, port: null, pulls: new Set(), delivery, claim: "none", signing: false };
    reply("accepted");
    const { since, ...place } = at;
    const asked = { type: "open", act: type, pageRequest: id, at: place, ...(shown ? { shown } : { pressedAt: since }) };
    const { problem, detail } = await askBroker(asked);
    // A broker that the browser stops before it has answered may have opened the window all the same.
    if (problem !== undefined && request?.id === id && request.port === null) end(problem, detail);
  }

  /**
   * takePress forgets the person's press and returns where it was, with the screen that the window is to fit into; null
   * where there was none just before, and none is needed. A window per press: a page cannot open windows by itself, nor
   * cancel and open in a loop. The broker looks whether another document of the tab has used the same press.
   * @type {(allowed: boolean, askedAt: number) => { since?: number | undefined, x?: number | undefined, y?: number | undefined } & Record<"left" | "top" | "width" | "height", number> | null}
   */
  function takePress(allowed, askedAt) {
    const last = resident.pressed();
    const fresh = last !== null && askedAt - last.at < pressLife;
    if (!fresh && !allowed) return null;
    resident.forgetPress();
    const { availLeft = 0, availTop = 0, availWidth, availHeight } = /** @type {Screen & { availLeft?: number, availTop?: number }} */ (screen);
    return { since: last?.since, x: last?.x, y: last?.y, left: availLeft, top: availTop, width: availWidth, height: availHeight };
  }

  /**
   * takeShown tells whether the person has just shown a certificate, so that it can be signed with: one window, for a
   * signature. The site had to ask its server in between, and the press is long forgotten.
   * @type {(type: string) => boolean}
   */
  function takeShown(type) {
    const allowed = (type === "sign" || type === "sign-hash") && performance.now() - shownAt < shownLife;
    if (allowed) shownAt = -Infinity;
    return allowed;
  }

  /** @type {(open: OpenRequest) => void} */
  function cancel({ id, port }) {
    if (port !== null) port.postMessage(envelope("extension", id, "cancel"));
    else askBroker({ type: "close", pageRequest: id });
    end("cancelled");
  }

  /** @type {(open: OpenRequest, body: ReturnType<typeof shapes.readChunk>) => void} */
  function chunk({ id, port, pulls }, body) {
    if (port === null || body === null || !pulls.delete(`${body.document} ${body.offset}`)) return;
    port.postMessage(envelope("extension", id, "chunk", body));
  }

  /**
   * answer passes the page's answer to the window's claim on: the first one that is whole.
   * @type {(open: OpenRequest, state: "released" | "refused", type: string, body: object | null) => void}
   */
  function answer(open, state, type, body) {
    if (open.claim !== "made" || body === null) return;
    open.claim = state;
    if (state === "released") askBroker({ type: "released", pageRequest: open.id });
    open.port?.postMessage(envelope("extension", open.id, type, body));
  }

  // --- window → page ------------------------------------------------------------------------------

  /**
   * connected takes the one port that the window of the open request opens.
   * @param {chrome.runtime.Port} port
   */
  function connected(port) {
    if (port.sender?.id !== chrome.runtime.id || request === null || request.port !== null ||
        port.name !== protocol.PortPrefix + request.id) {
      port.disconnect();
      return;
    }
    request.port = port;
    port.onMessage.addListener((message) => {
      if (request?.port === port) fromWindow(request, message);
    });
    port.onDisconnect.addListener(() => {
      if (request?.port === port) end(request.signing ? "window_failed" : "cancelled");
    });
    const { body, installURL, site } = request;
    /** @param {object} whole */
    const pass = (whole) => {
      if (request?.port !== port) return;
      const first = envelope("extension", request.id, request.type, whole);
      port.postMessage(installURL === "" ? first : { ...first, installURL });
    };
    if (site === undefined) pass(body);
    else site.then((found) => pass({ ...body, site: found }));
  }

  // A service worker of the page may stand between us and the site, and say anything in its place: in Firefox it does. A
  // script that got into the page can have one.
  function besideWorker() {
    return (navigator.serviceWorker?.controller ?? null) !== null;
  }

  // fetchSite returns what the site publishes about itself, "" where it does not.
  async function fetchSite() {
    if (besideWorker()) return "";
    try {
      const answer = await fetch(location.origin + protocol.SitePath,
        { credentials: "omit", redirect: "error", cache: "no-cache", signal: AbortSignal.timeout(siteWait) });
      if (!answer.ok || answer.body === null) return "";
      const text = new TextDecoder();
      let found = "";
      let size = 0;
      for (const reader = answer.body.getReader(); ;) {
        const { done, value } = await reader.read();
        if (done) return besideWorker() ? "" : found + text.decode();
        size += value.length;
        if (size > protocol.MaxSite) return "";
        found += text.decode(value, { stream: true });
      }
    } catch {
      return "";
    }
  }

  /** @type {(open: OpenRequest, message: unknown) => void} */
  function fromWindow(open, message) {
    if (!isObject(message) || own(message, "eonay") !== protocol.Version || own(message, "to") !== "page" || own(message, "id") !== open.id) return;
    const type = own(message, "type");
    if (typeof type !== "string" || !inOrder(open, type)) return;
    const body = shapes.hear(open, type, own(message, "body"));
    if (body === null) return;
    if (type === "pull") open.pulls.add(`${body.document} ${body.offset}`);
    if (type === "claim") open.claim = "made";
    if (type === "progress" && body.stage === "agreed") askBroker({ type: "agreed", pageRequest: open.id });
    if (type === "progress" && body.stage === "signing") open.signing = true;
    if (type === "shown") shownAt = performance.now();
    if (shapes.ends.includes(type)) {
      if (open.claim === "released") askBroker({ type: "ended", pageRequest: open.id });
      close();
    }
    open.reply(type, type === "failed" ? withInstallURL(body) : body);
  }

  /**
   * inOrder tells whether the window may say that now: it claims once, and reports of what was released.
   * @type {(open: OpenRequest, type: string) => boolean}
   */
  function inOrder({ claim }, type) {
    if (type === "claim") return claim === "none";
    return type !== "reported" || claim === "released";
  }

  // --- broker -------------------------------------------------------------------------------------

  /** @type {(message: unknown, sender: chrome.runtime.MessageSender, respond: (answer: unknown) => void) => void} */
  function fromBroker(message, sender, respond) {
    if (sender.id !== chrome.runtime.id || !isObject(message)) return;
    if (request === null || own(message, "pageRequest") !== request.id) return;
    const type = own(message, "type");
    if (type === "waits") respond(true); // another document of the tab asks
    // A window that is closed before it has connected; later the port says it.
    if (type === "window-closed") end("cancelled");
  }

  // --- endings ------------------------------------------------------------------------------------

  /**
   * end ends the open request, if there is one, and tells the page why.
   * @type {(code: string, detail?: string) => void}
   */
  function end(code, detail) {
    if (request === null) return;
    const { reply } = request;
    close();
    reply("failed", failure(code, detail));
  }

  function close() {
    const port = request?.port;
    request = null;
    port?.disconnect();
  }

  /**
   * failure is a code with its sentence, and what the page's developer must know where the page is wrong.
   * @type {(code: string | undefined, detail?: string | undefined) => object}
   */
  function failure(code, detail) {
    /** @type {Record<string, import("./types.gen.js").Sentence>} */
    const sentences = /** @type {any} */ (protocol.sentences);
    const told = { code, message: { ...sentences[String(code)] } };
    return withInstallURL(detail === undefined ? told : { ...told, detail });
  }

  /**
   * withInstallURL adds to a failure for a part that is missing or too old where this build has it.
   * @template {{ code?: string | undefined }} T
   * @param {T} told
   * @returns {T & { installURL?: string }}
   */
  function withInstallURL(told) {
    const { homepage_url: installURL } = chrome.runtime.getManifest();
    return installURL !== undefined && missingParts.includes(String(told.code)) ? { ...told, installURL } : told;
  }

  /** @type {(id: string, type: string, body?: object) => void} */
  function post(id, type, body) {
    window.postMessage(envelope("page", id, type, body), location.origin);
  }

  /** @type {(to: string, id: string, type: string, body?: object) => object} */
  function envelope(to, id, type, body) {
    const whole = { eonay: protocol.Version, to, id, type };
    return body === undefined ? whole : { ...whole, body };
  }

  resident.listen("eonay", fromPage);

  return {
    open,
    status,
    /** @param {string} id */
    cancel(id) {
      if (request?.id === id) cancel(request);
    },
  };
})();
