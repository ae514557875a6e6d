// The page's side of e-Onay: ask for signatures with the card in the person's reader, for a login with it, or for a
// new PIN for it.
//
// The module talks to the extension by messages to its own window and to nothing else: it loads
// nothing, keeps nothing, and works from any folder. client.d.ts is its manual.

import {
  Version, PageAttribute, MediaTypeText, MaxDocuments, MaxTextDocument, ChunkSize, MaxName, MaxPurpose, CodeDigits,
  MaxSignature, MaxAct, MaxClaim, MaxSealed, LoginFormat, MinNonce, MaxNonce, MaxLoginToken, MaxCertificate, MaxCertificates,
  MaxSigned, MaxDelegates, MaxOrigin, Formats, Profiles, Stages, sentences,
} from "./protocol.gen.js";

// The extension answers a request in well under a millisecond, and its status as soon as the host has
// started. Silence for so long means that it was removed after the page was loaded.
const acceptWait = 5_000; // milliseconds
const statusWait = 15_000;

const control = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/;
const digits = new RegExp(`^[0-9]{${CodeDigits}}$`);
const actName = new RegExp(`^[0-9A-Za-z_-]{1,${MaxAct}}$`);
const codeName = /^[a-z_]{1,40}$/;
const base64 = /^(?:[0-9A-Za-z+/]{4})*(?:[0-9A-Za-z+/]{4}|[0-9A-Za-z+/]{3}=|[0-9A-Za-z+/]{2}==)$/;

export class EOnayError extends Error {
  constructor(code, { language = pageLanguage(), messages = sentences[code], detail = "", cause = detail === "" ? undefined : new TypeError(detail) } = {}) {
    super(language === "en" ? messages.en : messages.tr, cause === undefined ? undefined : { cause });
    this.detail = detail;
    this.name = "EOnayError";
    this.code = code;
    this.messages = { tr: messages.tr, en: messages.en };
  }
}

export function installed() {
  return version() !== "";
}

export async function status(options = {}) {
  const language = languageOf(options);
  checkOptions(options, ["language"], refusal(language));
  try {
    if (!installed()) throw new EOnayError("extension_missing", { language });
    const hear = { "status-reply": (reply) => readStatus(reply, language) };
    return await converse({ language, first: "status", wait: statusWait, hear });
  } catch (problem) {
    if (!(problem instanceof EOnayError)) throw problem;
    return { extension: version(), protocol: 0, formats: [], host: "", problem };
  }
}

export async function delegate(origins, options = {}) {
  const language = languageOf(options);
  checkOptions(options, ["language"], refusal(language));
  const body = readDelegation(origins, language);
  if (!installed()) throw new EOnayError("extension_missing", { language });
  await converse({ language, first: "delegate", body, wait: acceptWait, hear: { delegated: () => true } });
}

export async function sign(options) {
  const language = languageOf(options);
  const documents = await readDocuments(options, language); // copied before anything else can run
  const body = readRequest(options, documents, language);
  return ask("sign", body, options, {
    pull: (pull, talk) => talk.post("chunk", readChunk(documents, pull)),
    signed: (result) => readSignatures(result, body),
  });
}

export async function authenticate(options) {
  return ask("authenticate", readLoginRequest(options), options, { authenticated: readLogin });
}

export async function certificates(options) {
  return ask("certificates", readCertificatesRequest(options), options, { shown: readCertificates });
}

export async function resetPIN(options) {
  const body = readPINRequest(options);
  const { release } = options;
  let claimed = false;
  return ask("pin", body, options, {
    claim(claim, talk) {
      if (claimed) return; // a claim is answered once
      claimed = true;
      answer(readClaim(claim), release, talk);
    },
    reported: (result, talk) => (talk.released ? readReport(result) : undefined),
  });
}

// answer has the page's own function answer a claim, and tells the window.
async function answer(claim, release, talk) {
  try {
    const { sealed } = await release(claim);
    if (!(sealed instanceof Uint8Array) || sealed.length < 1 || sealed.length > MaxSealed) {
      throw new TypeError(`release: want {sealed}, a Uint8Array of 1 to ${MaxSealed} bytes`);
    }
    talk.released = true;
    talk.post("release", { sealed: toBase64(sealed) });
  } catch (error) {
    talk.cause = error;
    const code = isObject(error) && typeof error.code === "string" && codeName.test(error.code) ? error.code : "unavailable";
    talk.post("refusal", { code });
  }
}

// --- conversation ----------------------------------------------------------------------------------

// ask has the person asked, in a window, for what body says.
function ask(first, body, options, hear) {
  const { language } = body;
  const { signal, onProgress } = options ?? {};
  if (signal?.aborted) throw new EOnayError("cancelled", { language, cause: signal.reason });
  if (!installed()) throw new EOnayError("extension_missing", { language });
  const always = {
    accepted: (_, talk) => talk.patient(),
    progress: (progress) => report(onProgress, progress),
  };
  return converse({ language, first, body, wait: acceptWait, signal, hear: { ...always, ...hear } });
}

// converse posts the first message and hears the extension until it ends the request. What a listener
// in `hear` returns, other than undefined, is the end; what it throws is one too.
function converse({ language, first, body, wait, signal, hear }) {
  const id = crypto.randomUUID();
  return new Promise((resolve, reject) => {
    let over = false;
    const end = (settle, value) => {
      over = true;
      clearTimeout(timer);
      window.removeEventListener("message", listen);
      signal?.removeEventListener("abort", abort);
      settle(value);
    };
    const talk = {
      cause: undefined, // why the page itself gave up, for its developer
      released: false, // the page has answered a claim with a PUK
      post(type, body) {
        if (!over) window.postMessage(envelope(id, type, body), location.origin);
      },
      patient: () => clearTimeout(timer),
    };
    const abort = () => {
      talk.post("cancel");
      end(reject, new EOnayError("cancelled", { language, cause: signal.reason }));
    };
    const listen = (event) => {
      const message = readEnvelope(event, id);
      if (message === null) return;
      try {
        if (message.type === "failed") throw readFailure(message.body, language, talk.cause);
        if (!Object.hasOwn(hear, message.type)) return;
        const value = hear[message.type](message.body, talk);
        if (value !== undefined) end(resolve, value);
      } catch (error) {
        if (!ends.has(message.type)) talk.post("cancel"); // the window still waits
        end(reject, error instanceof EOnayError ? error : new EOnayError("message_invalid", { language, cause: error }));
      }
    };
    const timer = setTimeout(() => end(reject, new EOnayError("extension_missing", { language })), wait);
    window.addEventListener("message", listen);
    signal?.addEventListener("abort", abort);
    talk.post(first, body);
  });
}

// What the extension says last.
const ends = new Set(["signed", "authenticated", "shown", "reported", "failed", "status-reply", "delegated"]);

function envelope(id, type, body) {
  const whole = { eonay: Version, to: "extension", id, type };
  if (body !== undefined) whole.body = body;
  return whole;
}

// readEnvelope returns the message if it is the extension's answer to request id, else null. Of another
// version only a refusal is heard.
function readEnvelope(event, id) {
  if (event.source !== window || event.origin !== location.origin) return null;
  const message = event.data;
  if (!isObject(message) || own(message, "to") !== "page" || own(message, "id") !== id) return null;
  const [version, type] = [own(message, "eonay"), own(message, "type")];
  if (version !== Version && !(Number.isSafeInteger(version) && type === "failed")) return null;
  return typeof type === "string" ? { type, body: own(message, "body") } : null;
}

// --- what the extension says -------------------------------------------------------------------------

function readFailure(failure, language, cause) {
  const code = need(own(need(failure, "object"), "code"), "string");
  const said = own(failure, "message");
  const messages = isObject(said) ? { tr: own(said, "tr"), en: own(said, "en") } : {};
  const whole = typeof messages.tr === "string" && typeof messages.en === "string";
  const detail = own(failure, "detail");
  return new EOnayError(code, { language, cause, detail: typeof detail === "string" ? detail : "", messages: whole ? messages : sentences[code] ?? sentences.message_invalid });
}

function readStatus(reply, language) {
  const formats = own(need(reply, "object"), "formats");
  if (!Array.isArray(formats)) throw new TypeError("status: no formats");
  const problem = own(reply, "hostProblem");
  return {
    extension: need(own(reply, "extension"), "string"),
    protocol: need(own(reply, "protocol"), "number"),
    formats: formats.filter((f) => typeof f === "string"),
    host: need(own(reply, "host"), "string"),
    problem: problem === undefined ? null : readFailure(problem, language),
  };
}

// readChunk returns the bytes that the window wants, as the body of the answer.
function readChunk(documents, pull) {
  const [document, offset, length] = ["document", "offset", "length"].map((n) => own(need(pull, "object"), n));
  if (![document, offset, length].every((n) => Number.isSafeInteger(n) && n >= 0)) throw new TypeError("pull: not whole numbers");
  const data = documents[document]?.data;
  if (data === undefined || length < 1 || length > ChunkSize || offset + length > data.length) throw new RangeError("pull: no such bytes");
  return { document, offset, data: toBase64(data.subarray(offset, offset + length)) };
}

function readSignatures(result, { documents, format, profile }) {
  const list = own(need(result, "object"), "signatures");
  if (!Array.isArray(list) || list.length !== documents.length) throw new TypeError("signed: want one signature for each document");
  const signatures = list.map((s) => {
    need(s, "object");
    if (own(s, "format") !== format || own(s, "profile") !== profile) throw new TypeError("signed: not the signature that was asked for");
    return { format, profile, data: fromBase64(own(s, "data"), MaxSignature) };
  });
  return { signatures };
}

function readLogin(result) {
  const token = need(own(need(result, "object"), "token"), "string");
  if (token === "" || token.length > MaxLoginToken) throw new RangeError(`authenticated: want a token of at most ${MaxLoginToken} bytes`);
  return { token };
}

function readCertificates(result) {
  const list = own(need(result, "object"), "certificates");
  if (!Array.isArray(list) || list.length < 1 || list.length > MaxCertificates) throw new TypeError("shown: want certificates");
  return { certificates: list.map(readCertificate) };
}

function readCertificate(shown) {
  const algorithms = own(need(shown, "object"), "algorithms");
  if (!Array.isArray(algorithms)) throw new TypeError("shown: want algorithms");
  return { data: fromBase64(own(shown, "data"), MaxCertificate), algorithms: algorithms.map(readAlgorithm) };
}

function readAlgorithm(algorithm) {
  const name = (member) => need(own(need(algorithm, "object"), member), "string");
  return { cryptoAlgorithm: name("cryptoAlgorithm"), hashFunction: name("hashFunction"), paddingScheme: name("paddingScheme") };
}

// readClaim returns the claim as the page's function takes it.
function readClaim(claim) {
  const card = own(need(claim, "object"), "card");
  return {
    claim: fromBase64(own(claim, "claim"), MaxClaim),
    signature: fromBase64(own(claim, "signature"), MaxSignature),
    card: card === undefined ? undefined : fromBase64(card, MaxSignature),
  };
}

function readReport(result) {
  const outcome = need(own(need(result, "object"), "outcome"), "string");
  if (!codeName.test(outcome)) throw new TypeError("reported: no outcome");
  return { outcome, report: fromBase64(own(result, "report"), MaxClaim), signature: fromBase64(own(result, "signature"), MaxSignature) };
}

// report tells the page how far the person is. An error of the page's own there is the page's.
function report(onProgress, progress) {
  const stage = own(need(progress, "object"), "stage");
  if (onProgress === undefined || !Stages.includes(stage)) return;
  try {
    onProgress(stage);
  } catch (error) {
    reportError(error);
  }
}

// --- what the page says ----------------------------------------------------------------------------

// readDocuments copies the documents: what the page does with its own afterwards changes nothing.
async function readDocuments(options, language) {
  const refuse = refusal(language);
  checkOptions(options, [...asks, ...signable, "purpose", "documents", "code", "format", "profile"], refuse);
  const given = options.documents;
  if (!Array.isArray(given) || given.length < 1 || given.length > MaxDocuments) {
    throw refuse("request_invalid", `documents: want a list of 1 to ${MaxDocuments}`);
  }
  const copies = Array.from(given, (document, i) => {
    checkOptions(document, ["name", "mediaType", "data"], refuse, `documents[${i}]`);
    const { name, mediaType = MediaTypeText, data } = document;
    if (!isLine(name, MaxName)) throw refuse("request_invalid", `documents[${i}].name: want one line of at most ${MaxName} bytes`);
    if (mediaType !== MediaTypeText) throw refuse("document_unsupported", `documents[${i}].mediaType: want ${MediaTypeText}`);
    if (sizeOf(data) > MaxTextDocument) throw refuse("request_too_large", `documents[${i}].data: more than ${MaxTextDocument} bytes`);
    return { name, mediaType, data: copy(data) };
  });
  for (const [i, document] of copies.entries()) {
    document.data = await document.data;
    if (document.data === null) throw refuse("request_invalid", `documents[${i}].data: want a Uint8Array, a string or a Blob`);
    if (document.data.length === 0) throw refuse("request_invalid", `documents[${i}].data: empty`);
    if (document.data.length > MaxTextDocument) throw refuse("request_too_large", `documents[${i}].data: more than ${MaxTextDocument} bytes`);
  }
  return copies;
}

// sizeOf returns the size of data before anything of it is read: of a string, the bytes that it has at least.
function sizeOf(data) {
  if (data instanceof Blob) return data.size;
  return data instanceof Uint8Array || typeof data === "string" ? data.length : 0;
}

// copy returns the bytes of data, or a promise of them, or null if data is none of the kinds that hold bytes.
function copy(data) {
  if (typeof data === "string") return new TextEncoder().encode(data);
  if (data instanceof Uint8Array) return data.slice();
  if (data instanceof Blob) return data.arrayBuffer().then((buffer) => new Uint8Array(buffer));
  return null;
}

function readRequest(options, documents, language) {
  const refuse = refusal(language);
  const { purpose, code = "", format = "cades", profile = "P1" } = options;
  checkWords(purpose, language, refuse);
  if (code !== "" && !isCode(code)) throw refuse("request_invalid", `code: want ${CodeDigits} digits`);
  if (!Formats.includes(format)) throw refuse("request_invalid", `format: want one of ${Formats.join(", ")}`);
  if (!Profiles.includes(profile)) throw refuse("request_invalid", `profile: want one of ${Profiles.join(", ")}`);
  const body = {
    purpose,
    documents: documents.map(({ name, mediaType, data }) => ({ name, mediaType, size: data.length })),
    format,
    profile,
    language,
  };
  if (code !== "") body.code = code;
  return addSigned(body, options, refuse);
}

// addSigned adds the site's own signature of the request, where there is one. It is the window that looks into it.
function addSigned(body, options, refuse) {
  const signed = options?.signed ?? "";
  if (typeof signed !== "string" || signed.length > MaxSigned) throw refuse("request_invalid", `signed: want a string of at most ${MaxSigned} characters`);
  return signed === "" ? body : { ...body, signed };
}

function readDelegation(origins, language) {
  const refuse = refusal(language);
  checkLanguage(language, refuse);
  if (!Array.isArray(origins) || origins.length > MaxDelegates || !origins.every(isOrigin)) {
    throw refuse("request_invalid", `origins: want at most ${MaxDelegates}, as "https://giris.example"`);
  }
  return { origins: [...origins] };
}

function readLoginRequest(options) {
  const body = readSignable(options, ["nonce"]);
  const nonce = options?.nonce;
  if (typeof nonce !== "string" || nonce.length < MinNonce || nonce.length > MaxNonce || !base64.test(nonce)) {
    throw refusal(body.language)("request_invalid", `nonce: want ${MinNonce} to ${MaxNonce} characters of base64`);
  }
  return { format: LoginFormat, nonce, ...body };
}

function readCertificatesRequest(options = {}) {
  return readSignable(options, []);
}

// readSignable reads what is not a document's: a purpose and a signature, if the site has them, and a language. `more`
// are the other options that the request has.
function readSignable(options, more) {
  const language = languageOf(options);
  const refuse = refusal(language);
  checkOptions(options, [...asks, ...signable, "purpose", ...more], refuse);
  const purpose = options?.purpose ?? "";
  if (purpose === "") {
    checkLanguage(language, refuse);
    return addSigned({ language }, options, refuse);
  }
  checkWords(purpose, language, refuse);
  return addSigned({ purpose, language }, options, refuse);
}

function readPINRequest(options) {
  const language = languageOf(options);
  const refuse = refusal(language);
  checkOptions(options, [...asks, "purpose", "code", "act", "attest", "release"], refuse);
  const { purpose, code, act, attest = false, release } = options;
  checkWords(purpose, language, refuse);
  if (!isCode(code)) throw refuse("request_invalid", `code: want ${CodeDigits} digits`);
  if (typeof act !== "string" || !actName.test(act)) throw refuse("request_invalid", `act: want 1 to ${MaxAct} letters, digits, - and _`);
  if (typeof attest !== "boolean") throw refuse("request_invalid", "attest: want true or false");
  if (typeof release !== "function") throw refuse("request_invalid", "release: want a function");
  return attest ? { purpose, code, act, language, attest } : { purpose, code, act, language };
}

function checkWords(purpose, language, refuse) {
  checkLanguage(language, refuse);
  if (!isLine(purpose, MaxPurpose)) throw refuse("request_invalid", `purpose: want one line of at most ${MaxPurpose} bytes`);
}

function checkLanguage(language, refuse) {
  if (language !== "tr" && language !== "en") throw refuse("request_invalid", "language: want \"tr\" or \"en\"");
}

// The options of every request that opens a window, and of those that a site's server may have signed.
const asks = ["language", "signal", "onProgress"];
const signable = ["signed"];

// checkOptions refuses an option that is not known: one that is left out in silence may be one that the page counts on.
function checkOptions(options, known, refuse, place = "options") {
  if (!isObject(options)) throw refuse("request_invalid", `${place}: want an object`);
  const other = Object.keys(options).find((option) => !known.includes(option));
  if (other !== undefined) throw refuse("request_invalid", `${place}: no option ${JSON.stringify(other.slice(0, 40))}; want ${known.join(", ")}`);
}

// refusal returns a maker of errors that tell the page's developer what is wrong.
function refusal(language) {
  return (code, detail) => new EOnayError(code, { language, detail });
}

// --- small parts -----------------------------------------------------------------------------------

function version() {
  return root().getAttribute(PageAttribute) ?? "";
}

// root returns the document element by the browser's own getter: an element of the page may stand in the place of the
// document's property (<img name="documentElement">).
function root() {
  return Object.getOwnPropertyDescriptor(Document.prototype, "documentElement").get.call(document);
}

function pageLanguage() {
  return /^en\b/i.test(root().lang) ? "en" : "tr";
}

function languageOf(options) {
  const { language = pageLanguage() } = options ?? {};
  return language;
}

function isCode(value) {
  return typeof value === "string" && digits.test(value);
}

// isOrigin tells whether value is an origin that can ask, as browsers write it.
function isOrigin(value) {
  if (typeof value !== "string" || value.length > MaxOrigin || !URL.canParse(value)) return false;
  const url = new URL(value);
  return url.origin === value && /^https?:$/.test(url.protocol);
}

function isObject(value) {
  return typeof value === "object" && value !== null;
}

function own(object, key) {
  return Object.hasOwn(object, key) ? object[key] : undefined;
}

function need(value, type) {
  if (typeof value !== type || value === null) throw new TypeError(`want ${type}`);
  return value;
}

// isLine tells whether value is one line of 1 to max bytes of UTF-8.
function isLine(value, max) {
  return typeof value === "string" && value !== "" && value.length <= max && !control.test(value) && value.isWellFormed() &&
    new TextEncoder().encode(value).length <= max;
}

// fromBase64 returns the 1 to max bytes that text stands for.
function fromBase64(text, max) {
  need(text, "string");
  if (text === "" || text.length > Math.ceil(max / 3) * 4) throw new RangeError(`want 1 to ${max} bytes`);
  return Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
}

function toBase64(bytes) {
  let text = "";
  for (let i = 0; i < bytes.length; i += 0x8000) text += String.fromCharCode(...bytes.subarray(i, i + 0x8000));
  return btoa(text);
}
