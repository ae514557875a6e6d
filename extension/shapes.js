"use strict";

// What may pass between a page and the window: every message, and how it is read. Both ends are hostile to each
// other. Of what comes only known fields are read, by own property, with their types and lengths checked, and copied
// into objects made here.

const shapes = (() => {
  const control = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/;
  const digits = new RegExp(`^[0-9]{${protocol.CodeDigits}}$`);
  const name = /^[a-z_]{1,40}$/;
  const actName = new RegExp(`^[0-9A-Za-z_-]{1,${protocol.MaxAct}}$`);
  const base64 = /^[0-9A-Za-z+/]+={0,2}$/;

  // What a page may ask a window for, and what of the window's words is for that request alone. A request's reader
  // returns {body}, or {problem}, a code; a word's reader returns its body, or null. `page` is false where only a
  // script of ours asks.
  const acts = {
    __proto__: null,
    sign: { page: true, read: readSignRequest, hear: { pull: readPull, signed: readSigned } },
    pin: { page: true, read: readPINRequest, hear: { claim: readClaim, reported: readReported } },
    authenticate: { page: true, read: readLoginRequest, hear: { authenticated: readAuthenticated } },
    certificates: { page: true, read: readCertificatesRequest, hear: { shown: readShown } },
    "sign-hash": { page: false, read: readHashRequest, hear: { "hash-signed": readHashSigned } },
  };
  const hearAlways = { progress: readProgress, failed: readFailed, "status-reply": readStatus };
  const ends = ["signed", "reported", "authenticated", "shown", "hash-signed", "failed"];
  const invalid = { problem: "request_invalid" };

  // hear reads a word of the window for a request, or returns null.
  function hear(request, type, body) {
    const read = { __proto__: null, ...hearAlways, ...acts[request.type].hear }[type];
    return isObject(body) && read !== undefined ? read(body, request.body) : null;
  }

  // --- page → window ------------------------------------------------------------------------------

  function readSignRequest(body) {
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
    if (!isLanguage(sign.language)) return invalid;
    if (!protocol.Formats.includes(sign.format) || !protocol.Profiles.includes(sign.profile)) {
      return { problem: "unsupported" };
    }
    const documents = own(body, "documents");
    if (!Array.isArray(documents) || documents.length < 1 || documents.length > protocol.MaxDocuments) return invalid;
    if (!readSignedRequest(body, sign)) return invalid;
    for (const announced of documents) {
      const { problem, info } = readDocumentInfo(announced);
      if (problem !== undefined) return { problem };
      sign.documents.push(info);
    }
    return { body: sign };
  }

  function readDocumentInfo(announced) {
    if (!isObject(announced)) return invalid;
    const info = { name: own(announced, "name"), mediaType: own(announced, "mediaType"), size: own(announced, "size") };
    if (!isLine(info.name, protocol.MaxName) || typeof info.mediaType !== "string") return invalid;
    if (!Number.isSafeInteger(info.size) || info.size < 1) return invalid;
    if (info.mediaType !== protocol.MediaTypeText) return { problem: "document_unsupported" };
    if (info.size > protocol.MaxTextDocument) return { problem: "request_too_large" };
    return { info };
  }

  function readPINRequest(body) {
    if (!isObject(body)) return invalid;
    const pin = {};
    for (const field of ["purpose", "code", "act", "language"]) {
      pin[field] = own(body, field);
      if (typeof pin[field] !== "string") return invalid;
    }
    const whole = isLine(pin.purpose, protocol.MaxPurpose) && digits.test(pin.code) && actName.test(pin.act) && isLanguage(pin.language);
    return whole ? { body: pin } : invalid;
  }

  function readLoginRequest(body) {
    const asked = readCertificatesRequest(body);
    if (asked.problem !== undefined) return asked;
    const format = own(body, "format");
    const nonce = own(body, "nonce");
    if (typeof format !== "string" || !isNonce(nonce)) return invalid;
    if (format !== protocol.LoginFormat) return { problem: "unsupported" };
    return { body: { ...asked.body, format, nonce } };
  }

  // readSignedRequest adds what the site has signed of the request, where it has; it tells whether that can be one.
  function readSignedRequest(body, request) {
    const signed = own(body, "signed") ?? "";
    if (signed !== "") request.signed = signed;
    return typeof signed === "string" && signed.length <= protocol.MaxSigned;
  }

  // readWebEIDLogin reads {challengeNonce, language}: a login in the format that no page of ours can ask for.
  function readWebEIDLogin(body) {
    const nonce = own(body, "challengeNonce");
    return isNonce(nonce) ? { body: { language: body.language, format: protocol.LoginFormatWebEID, nonce } } : invalid;
  }

  // readCertificatesRequest reads a language, a purpose and what the site has signed; these two may be missing.
  function readCertificatesRequest(body) {
    if (!isObject(body) || !isLanguage(own(body, "language"))) return invalid;
    const read = { language: own(body, "language") };
    const purpose = own(body, "purpose") ?? "";
    if (purpose !== "") read.purpose = purpose;
    const whole = (purpose === "" || isLine(purpose, protocol.MaxPurpose)) && readSignedRequest(body, read);
    return whole ? { body: read } : invalid;
  }

  function readHashRequest(body) {
    const read = {};
    for (const field of ["certificate", "hash", "hashFunction", "language"]) read[field] = own(body, field);
    const sizes = { __proto__: null, "SHA-256": 32, "SHA-384": 48, "SHA-512": 64 };
    const size = typeof read.hashFunction === "string" ? sizes[read.hashFunction] : undefined;
    if (size === undefined) return { problem: "unsupported" };
    const whole = isBase64(read.certificate, protocol.MaxCertificate) && isBase64(read.hash, size) &&
      read.hash.length === Math.ceil(size / 3) * 4 && isLanguage(read.language);
    return whole ? { body: read } : invalid;
  }

  // readDelegate returns the origins that a page lets ask in its frames.
  function readDelegate(body) {
    const list = isObject(body) ? own(body, "origins") : undefined;
    return Array.isArray(list) && list.length <= protocol.MaxDelegates && list.every(isOrigin) ? [...list] : null;
  }

  function readChunk(body) {
    if (!isObject(body)) return null;
    const chunk = { document: own(body, "document"), offset: own(body, "offset"), data: own(body, "data") };
    const whole = Number.isSafeInteger(chunk.document) && Number.isSafeInteger(chunk.offset) && isBase64(chunk.data, protocol.ChunkSize);
    return whole ? chunk : null;
  }

  function readRelease(body) {
    const sealed = isObject(body) ? own(body, "sealed") : undefined;
    return isBase64(sealed, protocol.MaxSealed) ? { sealed } : null;
  }

  function readRefusal(body) {
    const code = isObject(body) ? own(body, "code") : undefined;
    return typeof code === "string" && name.test(code) ? { code } : null;
  }

  // --- window → page ------------------------------------------------------------------------------

  function readPull(body, { documents }) {
    const pull = { document: own(body, "document"), offset: own(body, "offset"), length: own(body, "length") };
    if (!Object.values(pull).every((n) => Number.isSafeInteger(n) && n >= 0)) return null;
    const info = documents[pull.document];
    if (info === undefined || pull.length < 1 || pull.length > protocol.ChunkSize) return null;
    return pull.offset + pull.length <= info.size ? pull : null;
  }

  function readProgress(body) {
    const stage = own(body, "stage");
    return protocol.Stages.includes(stage) ? { stage } : null;
  }

  function readSigned(body, { documents, format, profile }) {
    const list = own(body, "signatures");
    if (!Array.isArray(list) || list.length !== documents.length) return null;
    const signatures = list.map((s) => isObject(s)
      ? { format: own(s, "format"), profile: own(s, "profile"), data: own(s, "data") } : {});
    const whole = signatures.every((s) => s.format === format && s.profile === profile && isBase64(s.data, protocol.MaxSignature));
    return whole ? { signatures } : null;
  }

  function readAuthenticated(body) {
    const token = own(body, "token");
    return typeof token === "string" && token !== "" && token.length <= protocol.MaxLoginToken ? { token } : null;
  }

  function readShown(body) {
    const list = own(body, "certificates");
    if (!Array.isArray(list) || list.length !== 1 || !isObject(list[0])) return null;
    const data = own(list[0], "data");
    const given = own(list[0], "algorithms");
    const algorithms = Array.isArray(given) && given.length <= 16 ? given.map(readAlgorithm) : [null];
    return isBase64(data, protocol.MaxCertificate) && !algorithms.includes(null) ? { certificates: [{ data, algorithms }] } : null;
  }

  function readHashSigned(body) {
    const signature = own(body, "signature");
    const algorithm = readAlgorithm(own(body, "algorithm"));
    return isBase64(signature, protocol.MaxRawSignature) && algorithm !== null ? { algorithm, signature } : null;
  }

  function readAlgorithm(value) {
    if (!isObject(value)) return null;
    const algorithm = {};
    for (const field of ["cryptoAlgorithm", "hashFunction", "paddingScheme"]) {
      algorithm[field] = own(value, field);
      if (typeof algorithm[field] !== "string" || algorithm[field].length > 20) return null;
    }
    return algorithm;
  }

  function readClaim(body) {
    const claim = { claim: own(body, "claim"), signature: own(body, "signature") };
    if (!isBase64(claim.claim, protocol.MaxClaim) || !isBase64(claim.signature, protocol.MaxSignature)) return null;
    const card = own(body, "card");
    if (card === undefined) return claim;
    return isBase64(card, protocol.MaxSignature) ? { ...claim, card } : null;
  }

  // readReported takes what became of a release.
  function readReported(body) {
    const [outcome, report, signature] = ["outcome", "report", "signature"].map((field) => own(body, field));
    const whole = typeof outcome === "string" && name.test(outcome) && isBase64(report, protocol.MaxClaim) && isBase64(signature, protocol.MaxSignature);
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

  // --- values -------------------------------------------------------------------------------------

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

  // isNonce tells whether value can be a login's challenge.
  function isNonce(value) {
    return typeof value === "string" && value.length >= protocol.MinNonce && value.length <= protocol.MaxNonce && base64.test(value);
  }

  // isOrigin tells whether value is an origin that can ask, as browsers write it.
  function isOrigin(value) {
    if (typeof value !== "string" || value.length > protocol.MaxOrigin || !URL.canParse(value)) return false;
    const { origin, protocol: scheme } = new URL(value);
    return origin === value && (scheme === "https:" || scheme === "http:");
  }

  function isLanguage(value) {
    return value === "tr" || value === "en";
  }

  return { acts, ends, hear, readChunk, readDelegate, readRelease, readRefusal, readWebEIDLogin, isObject, own };
})();
