"use strict";

// What may pass between a page and the window, and when: each request, and the window's words that are for it alone. How a
// message is read the generated reader knows; here is what hangs together between messages.

const shapes = (() => {
  const { reader, isBase64, isObject, isPullOf, isResultOf, own } = messages;
  const read = reader("this extension knows", [null]);

  // What a page may ask a window for, and what of the window's words is for that request alone. `read` returns {body}, or
  // {problem, detail}: a code, and what the page's developer must know. `hear` has the message of each word, and what it
  // must be beside. `page` is false where only a script of ours asks.
  const acts = {
    __proto__: null,
    sign: { page: true, read: (body) => read("SignRequest", body), hear: { pull: ["PagePullBody", isPullOf], signed: ["SignResult", isResultOf] } },
    pin: { page: true, read: (body) => read("PINRequest", body), hear: { claim: ["PINClaim"], reported: ["PINReport"] } },
    authenticate: { page: true, read: (body) => read("LoginRequest", body), hear: { authenticated: ["LoginResult"] } },
    certificates: { page: true, read: (body) => read("CertificatesRequest", body), hear: { shown: ["CertificatesResult", isOneCertificate] } },
    "sign-hash": { page: false, read: readHashRequest, hear: { "hash-signed": ["HashResult"] } },
  };
  const hearAlways = { progress: ["ProgressBody", isKnownStage], failed: ["Failure"] };
  const ends = ["signed", "reported", "authenticated", "shown", "hash-signed", "failed"];

  // hear reads a word of the window for a request, or returns null.
  function hear(request, type, body) {
    const words = { __proto__: null, ...hearAlways, ...acts[request.type].hear };
    if (words[type] === undefined) return null;
    const [name, fits = () => true] = words[type];
    const said = read(name, body).body;
    return said !== undefined && fits(said, request.body) ? said : null;
  }

  // The person chooses one in this version.
  function isOneCertificate({ certificates }) {
    return certificates.length === 1;
  }

  function isKnownStage({ stage }) {
    return protocol.Stages.includes(stage);
  }

  // readWebEIDLogin reads {challengeNonce, language}: a login in the format that no page of ours can ask for.
  function readWebEIDLogin({ challengeNonce: nonce, language }) {
    const login = read("LoginRequest", { language, nonce, format: protocol.LoginFormat });
    return login.problem === undefined ? { body: { ...login.body, format: protocol.LoginFormatWebEID } } : login;
  }

  // readHashRequest reads a hash that is as long as its function says.
  function readHashRequest(body) {
    const request = read("HashRequest", body);
    if (request.problem !== undefined) return request;
    const size = { "SHA-256": 32, "SHA-384": 48, "SHA-512": 64 }[request.body.hashFunction];
    const hash = own(body, "hash");
    if (isBase64(hash, size) && hash.length === Math.ceil(size / 3) * 4) return { body: { ...request.body, hash } };
    return { problem: "request_invalid", detail: `hash: want base64 of ${size} bytes` };
  }

  // readDelegate reads the origins that a page lets ask in its frames.
  function readDelegate(body) {
    const delegation = read("DelegateRequest", body);
    return delegation.problem === undefined ? { body: delegation.body.origins } : delegation;
  }

  // What a page says to its open request; null where it is not whole.
  const readChunk = (body) => read("PageChunkBody", body).body ?? null;
  const readRelease = (body) => read("PINRelease", body).body ?? null;
  const readRefusal = (body) => read("PINRefusal", body).body ?? null;

  return { acts, ends, hear, readChunk, readDelegate, readRelease, readRefusal, readWebEIDLogin, isObject, own };
})();
