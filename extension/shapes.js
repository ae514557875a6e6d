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
  // returns {body}, or {problem, detail}: a code, and what the page's developer must know; a word's reader returns its body, or null. `page` is false where only a
  // script of ours asks.
  const acts = {
    __proto__: null,
    sign: { page: true, read: readSignRequest, hear: { pull: readPull, signed: readSigned } },
    pin: { page: true, read: readPINRequest, hear: { claim: readClaim, reported: readReported } },
    authenticate: { page: true, read: readLoginRequest, hear: { authenticated: readAuthenticated } },
    certificates: { page: true, read: readCertificatesRequest, hear: { shown: readShown } },
    "sign-hash": { page: false, read: readHashRequest, hear: { "hash-signed": readHashSigned } },
  };
  const hearAlways = { progress: readProgress, failed: readFailed };
  const ends = ["signed", "reported", "authenticated", "shown", "hash-signed", "failed"];

  // What is wrong with a request, for its page's developer.
  const wrong = (detail) => ({ problem: "request_invalid", detail });
  const wrongPurpose = wrong(`purpose: want one line of at most ${protocol.MaxPurpose} bytes`);
  const wrongCode = wrong(`code: want ${protocol.CodeDigits} digits`);
  const wrongNonce = wrong(`nonce: want ${protocol.MinNonce} to ${protocol.MaxNonce} characters of base64`);
  const wrongLanguage = wrong('language: want "tr" or "en"');
  const wrongSigned = wrong(`signed: want a string of at most ${protocol.MaxSigned} characters`);

  // hear reads a word of the window for a request, or returns null.
  function hear(request, type, body) {
    const read = { __proto__: null, ...hearAlways, ...acts[request.type].hear }[type];
    return isObject(body) && read !== undefined ? read(body, request.body) : null;
  }

  // --- page → window ------------------------------------------------------------------------------

  function readSignRequest(body) {
    const strange = readOptions(body, ["purpose", "code", "documents", "format", "profile", "language", "signed"]);
    if (strange !== null) return strange;
    const sign = { purpose: own(body, "purpose"), documents: [] };
    if (!isLine(sign.purpose, protocol.MaxPurpose)) return wrongPurpose;
    const code = own(body, "code") ?? "";
    if (code !== "" && !isCode(code)) return wrongCode;
    if (code !== "") sign.code = code;
    for (const [field, known] of [["format", protocol.Formats], ["profile", protocol.Profiles]]) {
      sign[field] = own(body, field);
      if (!known.includes(sign[field])) return wrong(`${field}: this extension knows ${known.join(", ")}`);
    }
    sign.language = own(body, "language");
    if (!isLanguage(sign.language)) return wrongLanguage;
    if (!readSignedRequest(body, sign)) return wrongSigned;
    const documents = own(body, "documents");
    if (!Array.isArray(documents) || documents.length < 1 || documents.length > protocol.MaxDocuments) {
      return wrong(`documents: want a list of 1 to ${protocol.MaxDocuments}`);
    }
    for (let i = 0; i < documents.length; i++) {
      const { problem, detail, info } = readDocumentInfo(documents[i], `documents[${i}]`);
      if (problem !== undefined) return { problem, detail };
      sign.documents.push(info);
    }
    return { body: sign };
  }

  function readDocumentInfo(announced, place) {
    const strange = readOptions(announced, ["name", "mediaType", "size"], place);
    if (strange !== null) return strange;
    const info = { name: own(announced, "name"), mediaType: own(announced, "mediaType"), size: own(announced, "size") };
    if (!isLine(info.name, protocol.MaxName)) return wrong(`${place}.name: want one line of at most ${protocol.MaxName} bytes`);
    if (!Number.isSafeInteger(info.size) || info.size < 1) return wrong(`${place}.size: want a whole number of bytes above 0`);
    if (info.mediaType !== protocol.MediaTypeText) {
      return { problem: "document_unsupported", detail: `${place}.mediaType: want ${protocol.MediaTypeText}` };
    }
    if (info.size > protocol.MaxTextDocument) {
      return { problem: "request_too_large", detail: `${place}.size: more than ${protocol.MaxTextDocument} bytes` };
    }
    return { info };
  }

  function readPINRequest(body) {
    const strange = readOptions(body, ["purpose", "code", "act", "language", "attest"]);
    if (strange !== null) return strange;
    const [purpose, code, act, language] = ["purpose", "code", "act", "language"].map((field) => own(body, field));
    const attest = own(body, "attest") ?? false;
    if (!isLine(purpose, protocol.MaxPurpose)) return wrongPurpose;
    if (!isCode(code)) return wrongCode;
    if (typeof act !== "string" || !actName.test(act)) return wrong(`act: want 1 to ${protocol.MaxAct} letters, digits, - and _`);
    if (typeof attest !== "boolean") return wrong("attest: want true or false");
    if (!isLanguage(language)) return wrongLanguage;
    return { body: attest ? { purpose, code, act, language, attest } : { purpose, code, act, language } };
  }

  function readLoginRequest(body) {
    const asked = readSignable(body, ["nonce", "format"]);
    if (asked.problem !== undefined) return asked;
    const format = own(body, "format");
    const nonce = own(body, "nonce");
    if (!isNonce(nonce)) return wrongNonce;
    if (format !== protocol.LoginFormat) return wrong(`format: this extension knows ${protocol.LoginFormat}`);
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
    return isNonce(nonce) ? { body: { language: body.language, format: protocol.LoginFormatWebEID, nonce } } : wrongNonce;
  }

  function readCertificatesRequest(body) {
    return readSignable(body, []);
  }

  // readSignable reads a language, a purpose and what the site has signed; these two may be missing. `more` are the other
  // options that the request has.
  function readSignable(body, more) {
    const strange = readOptions(body, ["language", "purpose", "signed", ...more]);
    if (strange !== null) return strange;
    if (!isLanguage(own(body, "language"))) return wrongLanguage;
    const read = { language: own(body, "language") };
    const purpose = own(body, "purpose") ?? "";
    if (purpose !== "") read.purpose = purpose;
    if (purpose !== "" && !isLine(purpose, protocol.MaxPurpose)) return wrongPurpose;
    return readSignedRequest(body, read) ? { body: read } : wrongSigned;
  }

  function readHashRequest(body) {
    const read = {};
    for (const field of ["certificate", "hash", "hashFunction", "language"]) read[field] = own(body, field);
    const sizes = { __proto__: null, "SHA-256": 32, "SHA-384": 48, "SHA-512": 64 };
    const size = typeof read.hashFunction === "string" ? sizes[read.hashFunction] : undefined;
    if (size === undefined) return wrong(`hashFunction: this extension knows ${Object.keys(sizes).join(", ")}`);
    if (!isBase64(read.certificate, protocol.MaxCertificate)) return wrong(`certificate: want base64 of at most ${protocol.MaxCertificate} bytes`);
    if (!isBase64(read.hash, size) || read.hash.length !== Math.ceil(size / 3) * 4) return wrong(`hash: want base64 of ${size} bytes`);
    return isLanguage(read.language) ? { body: read } : wrongLanguage;
  }

  // readDelegate reads the origins that a page lets ask in its frames.
  function readDelegate(body) {
    const strange = readOptions(body, ["origins"]);
    if (strange !== null) return strange;
    const list = own(body, "origins");
    const whole = Array.isArray(list) && list.length <= protocol.MaxDelegates && list.every(isOrigin);
    return whole ? { body: [...list] } : wrong(`origins: want at most ${protocol.MaxDelegates}, as "https://giris.example"`);
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

  // readOptions returns null if value is an object that has these options and no others, else what is wrong: an option
  // that is not understood must not be left out in silence.
  function readOptions(value, known, place = "the request") {
    if (!isObject(value)) return wrong(`${place}: want an object`);
    const other = Object.keys(value).find((option) => !known.includes(option));
    return other === undefined ? null : wrong(`${place}: no option ${JSON.stringify(other.slice(0, 40))}; this extension knows ${known.join(", ")}`);
  }

  function isCode(value) {
    return typeof value === "string" && digits.test(value);
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
