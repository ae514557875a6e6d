"use strict";

// The bridge between a page and the signing window. It runs in the top frame of the sites the
// manifest names, before any script of the page, in a world of its own.
//
// The page is hostile. Of what it sends only known fields are read, by own property, with their types
// and lengths checked, and copied into objects made here; what is not ours is dropped without an
// answer. Nothing is said about readers, cards or certificates that the window has not chosen to say.
//
// A page has at most one request at a time: for signatures, or for a card's new PIN. A chunk passes only when the
// window has asked for it, an answer to a claim only once.

(() => {
  const extension = chrome.runtime.getManifest().version;
  const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
  const control = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/;
  const digits = new RegExp(`^[0-9]{${protocol.CodeDigits}}$`);
  const name = /^[a-z_]{1,40}$/;
  const actName = new RegExp(`^[0-9A-Za-z_-]{1,${protocol.MaxAct}}$`);
  // How long browsers remember a press at most (HTML, transient activation duration).
  const activationLife = 5_000; // milliseconds

  // What a page may ask a window for, how its request is read, and what its window may say.
  const acts = {
    sign: { read: readSignRequest, hear: { pull: readPull, signed: readSigned } },
    pin: { read: readPINRequest, hear: { claim: readClaim, reported: readReported } },
  };
  const hearAlways = { progress: readProgress, failed: readFailed, "status-reply": readStatus };
  const ends = ["signed", "reported", "failed"];

  // The page's open request: {id, type, body, port, pulls, claim, status}. `port` is null until the window has
  // connected, `pulls` holds the answers the window waits for, `claim` is "none", "made", "released" or
  // "refused", `status` takes the answer we wait for.
  let request = null;
  // When a window was last opened, as of performance.now(), and whether the person has pressed since.
  let openedAt = -Infinity;
  let pressed = false;
  // The answer to `status`, while it is on its way.
  let asking = null;

  document.documentElement.setAttribute(protocol.PageAttribute, extension);
  window.addEventListener("message", fromPage);
  window.addEventListener("pagehide", () => end("page_gone"));
  for (const type of ["pointerdown", "keydown"]) window.addEventListener(type, press, true); // before any of the page's
  chrome.runtime.onConnect.addListener(connected);
  chrome.runtime.onMessage.addListener(fromBroker);

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
      if (Number.isSafeInteger(version) && (Object.hasOwn(acts, type) || type === "status")) fail(id, "extension_outdated");
      return;
    }
    const body = own(envelope, "body");
    switch (type) {
      case "status":
        status(id);
        break;
      case "sign":
      case "pin":
        open(id, type, body);
        break;
      case "chunk":
        if (request?.id === id) chunk(body);
        break;
      case "release":
        if (request?.id === id) answer("released", type, readRelease(body));
        break;
      case "refusal":
        if (request?.id === id) answer("refused", type, readRefusal(body));
        break;
      case "cancel":
        if (request?.id === id) cancel();
        break;
    }
  }

  async function status(id) {
    asking ??= request !== null && request.port !== null ? askWindow() : ask({ type: "status" });
    const answer = await asking;
    asking = null;
    const reply = { extension, protocol: protocol.Version, formats: [...protocol.Formats], host: "" };
    if (typeof answer.host === "string") reply.host = answer.host;
    else reply.hostProblem = failure(answer.problem);
    post(id, "status-reply", reply);
  }

  // askWindow asks the host of the open window, which runs already. A window that ends first leaves the
  // question to the broker.
  function askWindow() {
    return new Promise((resolve) => {
      request.status = resolve;
      request.port.postMessage(envelope("extension", request.id, "status"));
    });
  }

  async function open(id, type, body) {
    if (request !== null) {
      if (request.id !== id) fail(id, "busy");
      return;
    }
    const read = acts[type].read(body);
    if (read.problem !== undefined) return fail(id, read.problem);
    if (!takePress()) return fail(id, "gesture_required");
    request = { id, type, body: read.body, port: null, pulls: new Set(), claim: "none", status: null };
    post(id, "accepted");
    const { problem } = await ask({ type: "open", act: type, pageRequest: id });
    if (problem !== undefined && request?.id === id) end(problem);
  }

  function press(event) {
    if (event.isTrusted && !event.repeat) pressed = true;
  }

  // takePress tells whether the person has pressed something just before, and forgets it: a window per
  // press, so that a page cannot open windows by itself, nor cancel and open in a loop. The browser
  // remembers a press for activationLife, and presses in the page's frames are seen by the browser only.
  function takePress() {
    const now = performance.now();
    if (!navigator.userActivation.isActive || (!pressed && now - openedAt < activationLife)) return false;
    openedAt = now;
    pressed = false;
    return true;
  }

  function cancel() {
    if (request.port !== null) request.port.postMessage(envelope("extension", request.id, "cancel"));
    else ask({ type: "close", pageRequest: request.id });
    end("cancelled");
  }

  function chunk(body) {
    if (request.port === null || !isObject(body)) return;
    const document = own(body, "document");
    const offset = own(body, "offset");
    const data = own(body, "data");
    if (!Number.isSafeInteger(document) || !Number.isSafeInteger(offset) || !isBase64(data, protocol.ChunkSize)) return;
    if (!request.pulls.delete(`${document} ${offset}`)) return;
    request.port.postMessage(envelope("extension", request.id, "chunk", { document, offset, data }));
  }

  // answer passes the page's answer to the window's claim on: the first one that is whole.
  function answer(state, type, body) {
    if (request.claim !== "made" || body === null) return;
    request.claim = state;
    request.port.postMessage(envelope("extension", request.id, type, body));
  }

  function readRelease(body) {
    const sealed = isObject(body) ? own(body, "sealed") : undefined;
    return isBase64(sealed, protocol.MaxSealed) ? { sealed } : null;
  }

  function readRefusal(body) {
    const code = isObject(body) ? own(body, "code") : undefined;
    return typeof code === "string" && name.test(code) ? { code } : null;
  }

  function readPINRequest(body) {
    const invalid = { problem: "request_invalid" };
    if (!isObject(body)) return invalid;
    const pin = {};
    for (const field of ["purpose", "code", "act", "language"]) {
      pin[field] = own(body, field);
      if (typeof pin[field] !== "string") return invalid;
    }
    const whole = isLine(pin.purpose, protocol.MaxPurpose) && digits.test(pin.code) && actName.test(pin.act) &&
      (pin.language === "tr" || pin.language === "en");
    return whole ? { body: pin } : invalid;
  }

  // readSignRequest, like readPINRequest, returns {body}, made anew, or {problem}, a code.
  function readSignRequest(body) {
    const invalid = { problem: "request_invalid" };
    if (!isObject(body)) return invalid;
    const sign = { purpose: own(body, "purpose"), documents: [] };
    if (!isLine(sign.purpose, protocol.MaxPurpose)) return invalid;
    const code = own(body, "code") ?? "";
    if (typeof code !== "string" || (code !== "" && !digits.test(code))) return invalid;
    if (code !== "") sign.code = code;
    for (const field of ["format", "profile", "language"]) {
      sign[field] = own(body, field);
      if (typeof sign[field] !== "string") return invalid;
    }
    if (sign.language !== "tr" && sign.language !== "en") return invalid;
    if (!protocol.Formats.includes(sign.format) || !protocol.Profiles.includes(sign.profile)) {
      return { problem: "unsupported" };
    }
    const documents = own(body, "documents");
    if (!Array.isArray(documents) || documents.length < 1 || documents.length > protocol.MaxDocuments) return invalid;
    for (const announced of documents) {
      const { problem, info } = readDocumentInfo(announced);
      if (problem !== undefined) return { problem };
      sign.documents.push(info);
    }
    return { body: sign };
  }

  function readDocumentInfo(announced) {
    const invalid = { problem: "request_invalid" };
    if (!isObject(announced)) return invalid;
    const info = { name: own(announced, "name"), mediaType: own(announced, "mediaType"), size: own(announced, "size") };
    if (!isLine(info.name, protocol.MaxName) || typeof info.mediaType !== "string") return invalid;
    if (!Number.isSafeInteger(info.size) || info.size < 1) return invalid;
    if (info.mediaType !== protocol.MediaTypeText) return { problem: "document_unsupported" };
    if (info.size > protocol.MaxTextDocument) return { problem: "request_too_large" };
    return { info };
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
      if (request?.port === port) end("cancelled");
    });
    port.postMessage(envelope("extension", request.id, request.type, request.body));
  }

  function fromWindow(message) {
    if (!isObject(message) || own(message, "eonay") !== protocol.Version || own(message, "to") !== "page" ||
        own(message, "id") !== request.id) return;
    const type = own(message, "type");
    const body = own(message, "body");
    const read = { ...hearAlways, ...acts[request.type].hear };
    if (!isObject(body) || !Object.hasOwn(read, type)) return;
    const checked = read[type](body);
    if (checked === null) return;
    if (type === "status-reply") {
      request.status?.(checked);
      request.status = null;
      return;
    }
    post(request.id, type, checked);
    if (type === "pull") request.pulls.add(`${checked.document} ${checked.offset}`);
    if (type === "claim") request.claim = "made";
    if (type === "progress" && checked.stage === "agreed") ask({ type: "agreed", pageRequest: request.id });
    if (ends.includes(type)) close();
  }

  function readPull(body) {
    const pull = { document: own(body, "document"), offset: own(body, "offset"), length: own(body, "length") };
    if (!Object.values(pull).every((n) => Number.isSafeInteger(n) && n >= 0)) return null;
    const info = request.body.documents[pull.document];
    if (info === undefined || pull.length < 1 || pull.length > protocol.ChunkSize) return null;
    return pull.offset + pull.length <= info.size ? pull : null;
  }

  function readProgress(body) {
    const stage = own(body, "stage");
    return protocol.Stages.includes(stage) ? { stage } : null;
  }

  function readSigned(body) {
    const list = own(body, "signatures");
    if (!Array.isArray(list) || list.length !== request.body.documents.length) return null;
    const signatures = list.map((s) => isObject(s)
      ? { format: own(s, "format"), profile: own(s, "profile"), data: own(s, "data") } : {});
    const whole = signatures.every((s) => s.format === request.body.format && s.profile === request.body.profile &&
      isBase64(s.data, protocol.MaxSignature));
    return whole ? { signatures } : null;
  }

  // readClaim takes the one claim of a request.
  function readClaim(body) {
    const claim = { claim: own(body, "claim"), signature: own(body, "signature") };
    if (request.claim !== "none" || !isBase64(claim.claim, protocol.MaxClaim) || !isBase64(claim.signature, protocol.MaxSignature)) return null;
    const card = own(body, "card");
    if (card === undefined) return claim;
    return isBase64(card, protocol.MaxSignature) ? { ...claim, card } : null;
  }

  // readReported takes what became of a release.
  function readReported(body) {
    const [outcome, report, signature] = ["outcome", "report", "signature"].map((field) => own(body, field));
    const whole = request.claim === "released" && typeof outcome === "string" && name.test(outcome) &&
      isBase64(report, protocol.MaxClaim) && isBase64(signature, protocol.MaxSignature);
    return whole ? { outcome, report, signature } : null;
  }

  // readStatus returns the window's words as the broker would say them: {host} or {problem}.
  function readStatus(body) {
    const host = own(body, "host");
    return typeof host === "string" && host !== "" && host.length <= 64 ? { host } : { problem: "host_stopped" };
  }

  function readFailed(body) {
    const code = own(body, "code");
    const message = own(body, "message");
    if (typeof code !== "string" || !name.test(code) || !isObject(message)) return null;
    const sentence = { tr: own(message, "tr"), en: own(message, "en") };
    return Object.values(sentence).every((s) => typeof s === "string") ? { code, message: sentence } : null;
  }

  // --- broker -------------------------------------------------------------------------------------

  function fromBroker(message, sender) {
    if (sender.id !== chrome.runtime.id || !isObject(message)) return;
    // A window that is closed before it has connected; later the port says it.
    if (own(message, "type") === "window-closed" && request !== null && own(message, "pageRequest") === request.id) {
      end("cancelled");
    }
  }

  // ask sends a message to the broker. It answers {problem: code} for whatever goes wrong.
  async function ask(message) {
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
  function end(code) {
    if (request === null) return;
    fail(request.id, code);
    close();
  }

  function close() {
    const { port, status } = request;
    request = null;
    port?.disconnect();
    status?.(ask({ type: "status" }));
  }

  function fail(id, code) {
    post(id, "failed", failure(code));
  }

  function failure(code) {
    return { code, message: { ...protocol.sentences[code] } };
  }

  function post(id, type, body) {
    window.postMessage(envelope("page", id, type, body), location.origin);
  }

  function envelope(to, id, type, body) {
    const whole = { eonay: protocol.Version, to, id, type };
    if (body !== undefined) whole.body = body;
    return whole;
  }

  // --- shapes -------------------------------------------------------------------------------------

  function isObject(value) {
    return typeof value === "object" && value !== null;
  }

  function own(object, key) {
    return Object.hasOwn(object, key) ? object[key] : undefined;
  }

  // isLine tells whether value is one line of 1 to max bytes of UTF-8.
  function isLine(value, max) {
    return typeof value === "string" && value !== "" && value.length <= max && !control.test(value) &&
      value.isWellFormed() && new TextEncoder().encode(value).length <= max;
  }

  // isBase64 tells whether value can be the base64 of 1 to max bytes; the receiver decodes it.
  function isBase64(value, max) {
    return typeof value === "string" && value.length % 4 === 0 && value.length > 0 && value.length <= Math.ceil(max / 3) * 4;
  }
})();
