"use strict";
// @ts-check

// Web eID's messages, for pages that use its page library and have no other extension that answers them. They become
// requests of ours (bridge), and what comes of those is told in Web eID's shapes.
//
// Whether a Web eID extension is there is known from its acknowledgements, which it gives at once: what a page asks
// first waits for them for a moment (the page library waits a second for ours). From the first one on, nothing
// is answered here.

(() => {
  const { isObject, own } = shapes;
  // The version of Web eID whose messages these are; ours are told behind it.
  const speaks = "2.5.0";
  const patience = 250; // milliseconds, for another extension
  const usualTimeout = 120_000; // milliseconds, as Web eID's
  const longestTimeout = protocol.RequestLifetime;
  /** @type {Record<string, import("./types.gen.js").Sentence>} */
  const sentences = /** @type {any} */ (protocol.sentences);

  /**
   * What can be asked: what it must have, the request of ours that it becomes, and how its end is told.
   * @type {Record<string, { needs: string[], type: string, read: (body: any) => ReturnType<typeof shapes.readDelegate>, tell: (said: any) => object }>}
   */
  const actions = {
    // @ts-expect-error no action is inherited
    __proto__: null,
    "web-eid:authenticate": { needs: ["challengeNonce"], type: "authenticate", read: shapes.readWebEIDLogin, tell: tellToken },
    "web-eid:get-signing-certificate": { needs: [], type: "certificates", read: (body) => shapes.read("certificates", body), tell: tellCertificate },
    "web-eid:sign": { needs: ["certificate", "hash", "hashFunction"], type: "sign-hash", read: (body) => shapes.read("sign-hash", body), tell: tellHash },
  };

  /** @typedef {[name: string, code: string]} WebEIDError */

  /**
   * What our codes are in Web eID's; all others are its fatal error of the program.
   * @type {Record<string, WebEIDError>}
   */
  const errors = {
    // @ts-expect-error no code is inherited
    __proto__: null,
    busy: ["ActionPendingError", "ACTION_PENDING"],
    cancelled: ["UserCancelledError", "USER_CANCELLED"],
    hash_off: ["UserCancelledError", "USER_CANCELLED"],
    page_gone: ["UserCancelledError", "USER_CANCELLED"],
    host_missing: ["NativeUnavailableError", "NATIVE_UNAVAILABLE"],
    host_outdated: ["VersionMismatchError", "VERSION_MISMATCH"],
    extension_missing: ["ExtensionUnavailableError", "EXTENSION_UNAVAILABLE"],
    not_admitted: ["ExtensionUnavailableError", "EXTENSION_UNAVAILABLE"],
    request_invalid: ["NativeInvalidArgumentError", "NATIVE_INVALID_ARGUMENT"],
    unsupported: ["NativeInvalidArgumentError", "NATIVE_INVALID_ARGUMENT"],
    gesture_required: ["UnknownError", "UNKNOWN_ERROR"],
    too_many: ["UnknownError", "UNKNOWN_ERROR"],
  };
  /** @type {WebEIDError} */
  const fatal = ["NativeFatalError", "NATIVE_FATAL"];
  /** @type {WebEIDError} */
  const late = ["UserTimeoutError", "USER_TIMEOUT"];
  /** @type {WebEIDError} */
  const missing = ["MissingParameterError", "MISSING_PARAMETER"];

  let another = false; // whether another extension answers here
  /** @type {Promise<void> | null} */
  let alone = null; // is there once nobody did in time
  /** @type {string[]} */
  const acknowledged = []; // the acknowledgements that are our own, on their way through the page

  resident.listen("web-eid", (message, at) => {
    const action = own(message, "action");
    if (typeof action !== "string") return; // the page may have changed it meanwhile
    if (action.endsWith("-ack")) hearAck(action);
    else if (action === "web-eid:status" || action in actions) serve(action, message, at);
  });

  /**
   * hearAck tells another's acknowledgement from our own.
   * @param {string} action
   */
  function hearAck(action) {
    const mine = acknowledged.indexOf(action);
    if (mine >= 0) acknowledged.splice(mine, 1);
    else another = true;
  }

  /** @type {(action: string, message: object, askedAt: number) => Promise<void>} */
  async function serve(action, message, askedAt) {
    alone ??= new Promise((resolve) => setTimeout(resolve, patience));
    await alone;
    if (another) return;
    acknowledged.push(`${action}-ack`);
    post(`${action}-ack`);
    if (action === "web-eid:status") tellStatus(message);
    else act(action, message, askedAt);
  }

  /** @param {object} message */
  async function tellStatus(message) {
    const { host, problem = "" } = await bridge.status();
    if (typeof host !== "string") return fail("web-eid:status", errors[problem] ?? fatal, problem);
    const library = own(message, "libraryVersion");
    post("web-eid:status-success", {
      library: typeof library === "string" && library.length <= 64 ? library : "",
      extension: `${speaks}+eonay.${resident.extension}`,
      nativeApp: `${speaks}+eonay.${host.replace(/[^0-9A-Za-z.-]/g, "-")}`,
    });
  }

  /**
   * act opens a window for an action, and tells its end: once, the person's or the timer's. The press counts as of askedAt:
   * the wait for another extension is not the page's.
   * @type {(action: string, message: object, askedAt: number) => void}
   */
  function act(action, message, askedAt) {
    const { needs, type, read, tell } = /** @type {typeof actions[string]} */ (actions[action]);
    if (!needs.every((field) => own(message, field))) return fail(action, missing);
    const options = own(message, "options");
    const { body, problem, detail } = read({ ...pick(message, needs), language: readLanguage(options) });
    if (problem !== undefined) return fail(action, errors[problem] ?? fatal, problem, detail);
    const id = crypto.randomUUID();
    let over = false;
    /** @param {() => void} finish */
    const end = (finish) => {
      if (over) return;
      over = true;
      clearTimeout(timer);
      finish();
    };
    const timer = setTimeout(() => end(() => {
      bridge.cancel(id);
      fail(action, late);
    }), readTimeout(options));
    bridge.open(id, type, body, (word, said) => {
      if (word === "failed") end(() => fail(action, errors[said.code] ?? fatal, said.code, said.message.en));
      else if (shapes.ends.includes(word)) end(() => post(`${action}-success`, tell(said)));
    }, askedAt);
  }

  // --- what a page asks ---------------------------------------------------------------------------

  /** @type {(object: object, fields: string[]) => Record<string, unknown>} */
  function pick(object, fields) {
    return Object.fromEntries(fields.map((field) => [field, own(object, field)]));
  }

  /**
   * readLanguage takes the language asked for, else the page's; a person's own choice counts for more (wasm/preferences). Who
   * asks for one that we have not is understood better in English.
   * @param {unknown} options
   */
  function readLanguage(options) {
    const asked = isObject(options) ? own(options, "lang") : undefined;
    if (typeof asked === "string" && asked !== "") return asked === "tr" ? "tr" : "en";
    return /^en\b/i.test(resident.root().lang) ? "en" : "tr";
  }

  /** @param {unknown} options */
  function readTimeout(options) {
    const asked = isObject(options) ? own(options, "userInteractionTimeout") : undefined;
    return typeof asked === "number" && Number.isFinite(asked) && asked > 0 ? Math.min(asked, longestTimeout) : usualTimeout;
  }

  // --- what a page is told ------------------------------------------------------------------------

  /** @param {import("./types.gen.js").LoginResult} result */
  function tellToken({ token }) {
    return pick(JSON.parse(token), ["unverifiedCertificate", "algorithm", "signature", "format", "appVersion"]);
  }

  /** @param {import("./types.gen.js").CertificatesResult} result */
  function tellCertificate({ certificates: [shown] }) {
    return { certificate: shown?.data, supportedSignatureAlgorithms: shown?.algorithms };
  }

  /** @param {import("./types.gen.js").HashResult} result */
  function tellHash({ algorithm, signature }) {
    return { signature, signatureAlgorithm: algorithm };
  }

  /**
   * fail tells why, with our own code beside Web eID's.
   * @type {(action: string, error: WebEIDError, ours?: string, message?: string) => void}
   */
  function fail(action, [name, code], ours = "", message = sentences[ours]?.en ?? name) {
    post(`${action}-failure`, { error: { name, code: `ERR_WEBEID_${code}`, message, eonay: ours } });
  }

  /** @type {(action: string, more?: object) => void} */
  function post(action, more = {}) {
    window.postMessage({ action, ...more }, location.origin);
  }
})();
