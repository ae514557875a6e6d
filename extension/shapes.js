"use strict";
// @ts-check

// What may pass between a page and the window, and when: each request, and the window's words that are for it alone. How a
// message is read the generated reader knows; here is what hangs together between messages.

const shapes = (() => {
  const { reader, delivery, isBase64, isObject, isPullOf, misfit, oversize, own } = messages;
  const read = reader("this extension knows", [null]);

  /**
   * @typedef {import("./types.gen.js").Messages} Messages
   *
   * A word of the window's: its message, and what tells whether it goes with the request and what has come for it.
   * @typedef {[name: keyof Messages, fits?: (word: any, request: any, delivery: Delivery) => boolean]} Word
   *
   * @typedef {ReturnType<typeof delivery>} Delivery
   *
   * What a page may ask a window for, and what of the window's words is for that request alone. `read` returns {body}, or
   * {problem, detail}: a code, and what the page's developer must know. `page` is false where only a script of ours asks.
   * @typedef {{ page: boolean, read: (body: any) => Reading, hear: Record<string, Word> }} Act
   * @typedef {{ body?: any, problem?: string | undefined, detail?: string | undefined }} Reading
   */

  /** @type {Record<string, Act>} by their names on the wire */
  const acts = {
    // @ts-ignore no act is inherited
    __proto__: null,
    sign: {
      page: true,
      read: readSignRequest,
      hear: {
        pull: ["PagePullBody", isPullOf],
        signature: ["SignaturePart", (part, _, signed) => signed.takes(part)],
        signed: ["SignResult", (result, _, signed) => signed.fits(result)],
      },
    },
    pin: { page: true, read: (body) => read("PINRequest", body), hear: { claim: ["PINClaim"], reported: ["PINReport"] } },
    authenticate: { page: true, read: (body) => read("LoginRequest", body), hear: { authenticated: ["LoginResult"] } },
    certificates: { page: true, read: (body) => read("CertificatesRequest", body), hear: { shown: ["CertificatesResult", isOneCertificate] } },
    "sign-hash": { page: false, read: readHashRequest, hear: { "hash-signed": ["HashResult"] } },
  };
  /** @type {(act: string, body: unknown) => Reading} */
  const readAct = (act, body) => acts[act]?.read(body) ?? { problem: "request_invalid" };

  /** @type {Record<string, Word>} */
  const hearAlways = { progress: ["ProgressBody", isKnownStage], failed: ["Failure"] };
  const ends = ["signed", "reported", "authenticated", "shown", "hash-signed", "failed"];

  /**
   * hear reads a word of the window for a request, or returns null.
   * @type {(request: { type: string, body: object, delivery: Delivery }, type: string, body: unknown) => any}
   */
  function hear(request, type, body) {
    const words = new Map(Object.entries({ ...hearAlways, ...acts[request.type]?.hear }));
    const [name, fits = () => true] = words.get(type) ?? [];
    if (name === undefined) return null;
    const said = read(name, body).body;
    return said !== undefined && fits(said, request.body, request.delivery) ? said : null;
  }

  /**
   * isOneCertificate: the person chooses one in this version.
   * @param {Messages["CertificatesResult"]} shown
   */
  function isOneCertificate({ certificates }) {
    return certificates.length === 1;
  }

  /** @param {Messages["ProgressBody"]} progress */
  function isKnownStage({ stage }) {
    return protocol.Stages.includes(stage);
  }

  /**
   * readSignRequest reads a request whose documents are not too large, one by one and together, and go with what is asked for.
   * @type {(body: unknown) => Reading}
   */
  function readSignRequest(body) {
    const request = read("SignRequest", body);
    return request.problem === undefined ? oversize(request.body.documents) ?? misfit(request.body) ?? request : request;
  }

  /**
   * readWebEIDLogin reads a login in the format that no page of ours can ask for.
   * @type {(asked: { challengeNonce?: unknown, language?: unknown }) => Reading}
   */
  function readWebEIDLogin({ challengeNonce: nonce, language }) {
    const login = read("LoginRequest", { language, nonce, format: protocol.LoginFormat });
    return login.problem === undefined ? { body: { ...login.body, format: protocol.LoginFormatWebEID } } : login;
  }

  /**
   * readHashRequest reads a hash that is as long as its function says.
   * @type {(body: object) => Reading}
   */
  function readHashRequest(body) {
    const request = read("HashRequest", body);
    if (request.problem !== undefined) return request;
    const size = Number(request.body.hashFunction.slice("SHA-".length)) / 8;
    const hash = own(body, "hash");
    if (isBase64(hash, size) && String(hash).length === Math.ceil(size / 3) * 4) return { body: { ...request.body, hash } };
    return { problem: "request_invalid", detail: `hash: want base64 of ${size} bytes` };
  }

  /**
   * readDelegate reads the origins that a page lets ask in its frames.
   * @type {(body: unknown) => Reading}
   */
  function readDelegate(body) {
    const delegation = read("DelegateRequest", body);
    return delegation.problem === undefined ? { body: delegation.body.origins } : delegation;
  }

  // What a page says to its open request; null where it is not whole.
  /** @type {(body: unknown) => Messages["PageChunkBody"] | null} */
  const readChunk = (body) => read("PageChunkBody", body).body ?? null;
  /** @type {(body: unknown) => Messages["PINRelease"] | null} */
  const readRelease = (body) => read("PINRelease", body).body ?? null;
  /** @type {(body: unknown) => Messages["PINRefusal"] | null} */
  const readRefusal = (body) => read("PINRefusal", body).body ?? null;

  return { acts, delivery, ends, hear, read: readAct, readChunk, readDelegate, readRelease, readRefusal, readWebEIDLogin, isObject, own };
})();
