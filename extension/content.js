"use strict";

// The bridge between a page and the signing window. It runs in the top frame of the sites the
// manifest names, before any script of the page, in a world of its own; and in frames that the page around them has
// delegated to.
//
// The page is hostile: what it says is read as shapes.js tells, and what is not ours is dropped without an
// answer. Nothing is said about readers, cards or certificates that the window has not chosen to say.
//
// A page has at most one request at a time. A chunk passes only when the window has asked for it, an answer to a claim
// only once. `bridge` is for webeid.js, which asks for a page that speaks that protocol.

const bridge = (() => {
  const { acts, isObject, own } = shapes;
  const extension = chrome.runtime.getManifest().version;
  const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
  // How long after a press a page may ask for a window: browsers remember presses for five times as long, and by then the
  // person does something else.
  const pressLife = 1_000; // milliseconds
  // How long after the person has shown a certificate its page may ask for the signature, without another press.
  const shownLife = 60_000; // milliseconds

  // How long a site may take to give the keys that it signs its requests with.
  const siteWait = 5_000; // milliseconds

  // The page's open request: {id, type, body, site, reply, port, pulls, claim, signing}. `site` becomes what the site
  // publishes, where it has signed; `reply` tells who asked, `port` is null until the window has connected, `pulls` holds
  // the answers the window waits for, `claim` is "none", "made", "released" or "refused", `signing` becomes true when the
  // card is at work: a window that stops from then on cannot say that nothing was done.
  let request = null;
  // The person's last press, until a window was opened for it: {at, since, x, y}. `at` is as of performance.now(), `since`
  // as of Date.now(), which the broker compares with presses in other documents of the tab; x and y are the place on the
  // screen, and are missing of a key.
  let pressed = null;
  // Whether a press has begun whose click has not come yet.
  let pressing = false;
  // When the person has shown a certificate, as of performance.now().
  let shownAt = -Infinity;
  // The answer to `status`, while it is on its way.
  let asking = null;
  // The origins that the page lets ask in its frames, null until it has said any; the look that puts the script there, and
  // the one that comes after it.
  let delegated = null;
  let looking = null;
  let lookingNext = null;

  globalThis[Symbol.for("eonay")] = true; // for the broker's look
  root().setAttribute(protocol.PageAttribute, extension);
  window.addEventListener("message", fromPage);
  window.addEventListener("pagehide", () => end("page_gone"));
  for (const type of ["pointerdown", "keydown"]) window.addEventListener(type, press, true); // before any of the page's
  for (const type of ["pointerup", "pointercancel", "keyup"]) window.addEventListener(type, letGo, true);
  window.addEventListener("click", click, true);
  chrome.runtime.onConnect.addListener(connected);
  chrome.runtime.onMessage.addListener(fromBroker);

  // root returns the page's document element. An element of the page stands in the place of a document's property of its
  // name (<img name="documentElement">), so the browser's own getter is asked.
  function root() {
    return Object.getOwnPropertyDescriptor(Document.prototype, "documentElement").get.call(document);
  }

  // --- page → extension ---------------------------------------------------------------------------

  function fromPage(event) {
    if (event.source !== window || event.origin !== location.origin) return;
    const envelope = event.data;
    if (!isObject(envelope) || own(envelope, "to") !== "extension") return;
    const id = own(envelope, "id");
    const type = own(envelope, "type");
    if (typeof id !== "string" || !uuid.test(id)) return;
    const version = own(envelope, "eonay");
    if (version !== protocol.Version) {
      if (Number.isSafeInteger(version) && (mayAsk(type) || type === "status" || type === "delegate")) post(id, "failed", failure("extension_outdated"));
      return;
    }
    const body = own(envelope, "body");
    if (mayAsk(type)) ask(id, type, body);
    else if (type === "status") tellStatus(id);
    else if (type === "delegate") delegate(id, shapes.readDelegate(body));
    else if (request?.id === id) goOn(type, body);
  }

  function mayAsk(type) {
    return typeof type === "string" && acts[type]?.page === true;
  }

  function ask(id, type, body) {
    const read = acts[type].read(body);
    if (read.problem === undefined || request?.id === id) open(id, type, read.body, (t, b) => post(id, t, b));
    else post(id, "failed", request === null ? failure(read.problem, read.detail) : failure("busy"));
  }

  // goOn takes what a page says to its open request.
  function goOn(type, body) {
    switch (type) {
      case "chunk":
        chunk(shapes.readChunk(body));
        break;
      case "release":
        answer("released", type, shapes.readRelease(body));
        break;
      case "refusal":
        answer("refused", type, shapes.readRefusal(body));
        break;
      case "cancel":
        cancel();
        break;
    }
  }

  async function tellStatus(id) {
    const answer = await status();
    const reply = { extension, protocol: protocol.Version, formats: [...protocol.Formats], host: "" };
    if (typeof answer.host === "string") reply.host = answer.host;
    else reply.hostProblem = failure(answer.problem);
    post(id, "status-reply", reply);
  }

  // status returns {host}, its version, or {problem}. Whoever asks meanwhile gets the same answer.
  async function status() {
    asking ??= askBroker({ type: "status" });
    const answer = await asking;
    asking = null;
    return answer;
  }

  // delegate lets frames of these origins ask, in place of those that the page has delegated to before.
  async function delegate(id, { body: origins, problem: mistake, detail: why }) {
    if (mistake !== undefined) return post(id, "failed", failure(mistake, why));
    if (delegated === null) {
      EventTarget.prototype.addEventListener.call(document, "load", ({ target }) => { if (target.localName === "iframe") look(); }, true);
      window.addEventListener("pageshow", look); // as from the browser's cache, where another page may have delegated since
    }
    delegated = origins;
    const { problem, detail } = await look();
    if (problem === undefined) post(id, "delegated");
    else post(id, "failed", failure(problem, detail));
  }

  // look has the broker look for frames that the page has delegated to. Whoever asks meanwhile gets the answer of one
  // more look: a page that asks in a loop keeps one busy.
  function look() {
    lookingNext ??= (looking ?? Promise.resolve()).then(() => {
      looking = lookingNext;
      lookingNext = null;
      return askBroker({ type: "delegate", origins: delegated });
    });
    return lookingNext;
  }

  // open asks for a window. `reply` is called with "accepted" at once, then with what the window says, the last of which
  // is one of shapes.ends; or with "failed" alone. A press counts as of askedAt.
  async function open(id, type, body, reply, askedAt = performance.now()) {
    if (request !== null) {
      if (request.id !== id) reply("failed", failure("busy"));
      return;
    }
    const shown = takeShown(type);
    const at = takePress(shown, askedAt);
    if (at === null) return reply("failed", failure("gesture_required"));
    const site = body.signed === undefined ? undefined : fetchSite();
    request = { id, type, body, site, reply, port: null, pulls: new Set(), claim: "none", signing: false };
    reply("accepted");
    const { since, ...place } = at;
    const asked = { type: "open", act: type, pageRequest: id, at: place, ...(shown ? { shown } : { pressedAt: since }) };
    const { problem, detail } = await askBroker(asked);
    if (problem !== undefined && request?.id === id) end(problem, detail);
  }

  function press(event) {
    if (!event.isTrusted || event.repeat) return;
    pressing = true;
    pressed = { at: performance.now(), since: Date.now() };
    if (event.type === "pointerdown") Object.assign(pressed, { x: event.screenX, y: event.screenY });
  }

  // letGo keeps the press of whoever holds a button down for long: pages hear of it now. If a click comes of it, it does
  // so before the timer; only that of a finger may come later.
  function letGo(event) {
    if (!event.isTrusted) return;
    if (pressed !== null && event.type !== "pointercancel") pressed.at = performance.now();
    if (event.type !== "pointerup" || event.pointerType === "mouse") setTimeout(() => { pressing = false; });
  }

  // click takes a click that no pointer and no key has begun for a press: a screen reader makes such in Firefox. Of one
  // press there may be two clicks, on a label and on what it labels: the second comes before the timer.
  function click(event) {
    if (!event.isTrusted) return;
    if (!pressing) pressed = { at: performance.now(), since: Date.now() };
    pressing = true;
    setTimeout(() => { pressing = false; });
  }

  // takePress forgets the person's press and returns where it was, with the screen that the window is to fit into; null
  // where there was none just before, and none is needed. A window per press: a page cannot open windows by itself, nor
  // cancel and open in a loop. The broker looks whether another document of the tab has used the same press.
  function takePress(allowed, askedAt) {
    const last = pressed;
    const fresh = last !== null && navigator.userActivation.isActive && askedAt - last.at < pressLife;
    if (!fresh && !allowed) return null;
    pressed = null;
    const { availLeft = 0, availTop = 0, availWidth, availHeight } = screen;
    return { since: last?.since, x: last?.x, y: last?.y, left: availLeft, top: availTop, width: availWidth, height: availHeight };
  }

  // takeShown tells whether the person has just shown a certificate, so that it can be signed with: one window, for a
  // signature. The site had to ask its server in between, and the press is long forgotten.
  function takeShown(type) {
    const allowed = (type === "sign" || type === "sign-hash") && performance.now() - shownAt < shownLife;
    if (allowed) shownAt = -Infinity;
    return allowed;
  }

  function cancel() {
    if (request.port !== null) request.port.postMessage(envelope("extension", request.id, "cancel"));
    else askBroker({ type: "close", pageRequest: request.id });
    end("cancelled");
  }

  function chunk(body) {
    if (request.port === null || body === null || !request.pulls.delete(`${body.document} ${body.offset}`)) return;
    request.port.postMessage(envelope("extension", request.id, "chunk", body));
  }

  // answer passes the page's answer to the window's claim on: the first one that is whole.
  function answer(state, type, body) {
    if (request.claim !== "made" || body === null) return;
    request.claim = state;
    if (state === "released") askBroker({ type: "released", pageRequest: request.id });
    request.port.postMessage(envelope("extension", request.id, type, body));
  }

  // --- window → page ------------------------------------------------------------------------------

  // connected takes the one port that the window of the open request opens.
  function connected(port) {
    if (port.sender?.id !== chrome.runtime.id || request === null || request.port !== null ||
        port.name !== protocol.PortPrefix + request.id) {
      port.disconnect();
      return;
    }
    request.port = port;
    port.onMessage.addListener((message) => {
      if (request?.port === port) fromWindow(message);
    });
    port.onDisconnect.addListener(() => {
      if (request?.port === port) end(request.signing ? "window_failed" : "cancelled");
    });
    const { body } = request;
    const pass = (whole) => {
      if (request?.port === port) port.postMessage(envelope("extension", request.id, request.type, whole));
    };
    if (request.site === undefined) pass(body);
    else request.site.then((site) => pass({ ...body, site }));
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
      if (!answer.ok) return "";
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

  function fromWindow(message) {
    if (!isObject(message) || own(message, "eonay") !== protocol.Version || own(message, "to") !== "page" ||
        own(message, "id") !== request.id) return;
    const type = own(message, "type");
    if (typeof type !== "string" || !inOrder(type)) return;
    const body = shapes.hear(request, type, own(message, "body"));
    if (body === null) return;
    if (type === "pull") request.pulls.add(`${body.document} ${body.offset}`);
    if (type === "claim") request.claim = "made";
    if (type === "progress" && body.stage === "agreed") askBroker({ type: "agreed", pageRequest: request.id });
    if (type === "progress" && body.stage === "signing") request.signing = true;
    if (type === "shown") shownAt = performance.now();
    const { reply } = request;
    if (shapes.ends.includes(type)) {
      if (request.claim === "released") askBroker({ type: "ended", pageRequest: request.id });
      close();
    }
    reply(type, body);
  }

  // inOrder tells whether the window may say that now: it claims once, and reports of what was released.
  function inOrder(type) {
    if (type === "claim") return request.claim === "none";
    return type !== "reported" || request.claim === "released";
  }

  // --- broker -------------------------------------------------------------------------------------

  function fromBroker(message, sender, respond) {
    if (sender.id !== chrome.runtime.id || !isObject(message)) return;
    if (request === null || own(message, "pageRequest") !== request.id) return;
    const type = own(message, "type");
    if (type === "waits") respond(true); // another document of the tab asks
    // A window that is closed before it has connected; later the port says it.
    if (type === "window-closed") end("cancelled");
  }

  // askBroker sends a message to the broker. It answers {problem: code} for whatever goes wrong.
  async function askBroker(message) {
    // An extension that was removed or replaced leaves its content scripts behind, without runtime.
    if (chrome.runtime?.id === undefined) return { problem: "extension_missing" };
    try {
      const answer = await chrome.runtime.sendMessage(message);
      return isObject(answer) ? answer : { problem: "window_failed" };
    } catch {
      return { problem: chrome.runtime?.id === undefined ? "extension_missing" : "window_failed" };
    }
  }

  // --- endings ------------------------------------------------------------------------------------

  // end ends the open request, if there is one, and tells the page why.
  function end(code, detail) {
    if (request === null) return;
    const { reply } = request;
    close();
    reply("failed", failure(code, detail));
  }

  function close() {
    const { port } = request;
    request = null;
    port?.disconnect();
  }

  // failure is a code with its sentence, and what the page's developer must know where the page is wrong.
  function failure(code, detail) {
    const told = { code, message: { ...protocol.sentences[code] } };
    return detail === undefined ? told : { ...told, detail };
  }

  function post(id, type, body) {
    window.postMessage(envelope("page", id, type, body), location.origin);
  }

  function envelope(to, id, type, body) {
    const whole = { eonay: protocol.Version, to, id, type };
    if (body !== undefined) whole.body = body;
    return whole;
  }

  return {
    extension,
    root,
    open,
    status,
    cancel(id) {
      if (request?.id === id) cancel();
    },
  };
})();
