// The page's side of e-Onay: ask for signatures with the card in the person's reader, for a login with it, or for a
// new PIN for it.
//
// The module talks to the extension by messages to its own window and to nothing else: it loads
// nothing, keeps nothing, and works from any folder. client.d.ts is its manual.

import {
  LoginFormat, MaxDocuments, MaxSealed, MaxTextDocument, MediaTypeText, PageAttribute, Stages, Version, isObject, isPullOf, isResultOf, own, reader, sentences,
} from "./protocol.gen.js";

// The extension answers a request in well under a millisecond, and its status as soon as the host has
// started. Silence for so long means that it was removed after the page was loaded.
const acceptWait = 5_000; // milliseconds
const statusWait = 15_000;

const read = reader("want one of", []);

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
  if (language !== "tr" && language !== "en") throw refusal(language)("request_invalid", 'language: want "tr" or "en"');
  const body = readRequest("DelegateRequest", { origins }, language);
  if (!installed()) throw new EOnayError("extension_missing", { language });
  await converse({ language, first: "delegate", body, wait: acceptWait, hear: { delegated: () => true } });
}

export async function sign(options) {
  const language = languageOf(options);
  const documents = await readDocuments(options, language); // copied before anything else can run
  const body = readSignRequest(options, documents, language);
  return ask("sign", body, options, {
    pull: (pull, talk) => talk.post("chunk", readChunk(pull, body, documents)),
    signed: (result) => readSignatures(result, body),
  });
}

export async function authenticate(options) {
  return ask("authenticate", readLoginRequest(options), options, { authenticated: (result) => readWord("LoginResult", result) });
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
    const refusal = read("PINRefusal", isObject(error) ? { code: error.code } : undefined);
    talk.post("refusal", refusal.body ?? { code: "unavailable" });
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

// readWord returns a message of the extension's; what cannot be one is an error.
function readWord(name, body) {
  const word = read(name, body);
  if (word.problem !== undefined) throw new TypeError(word.detail);
  return word.body;
}

// readFailure returns the error that a failure is for the page. One without its sentence gets the library's own.
function readFailure(failure, language, cause) {
  if (!isObject(failure)) throw new TypeError("failed: want an object");
  const [said, message, detail] = ["code", "message", "detail"].map((field) => own(failure, field));
  const messages = read("Sentence", message).body ?? sentences[said] ?? sentences.message_invalid;
  const { code } = readWord("Failure", { code: said, message: messages });
  return new EOnayError(code, { language, cause, detail: typeof detail === "string" ? detail : "", messages });
}

function readStatus(reply, language) {
  const { protocol, ...status } = readWord("StatusReply", reply);
  const problem = own(reply, "hostProblem");
  return { ...status, protocol, problem: problem === undefined ? null : readFailure(problem, language) };
}

// readChunk returns the bytes that the window wants, as the body of the answer.
function readChunk(pull, request, documents) {
  const { document, offset, length } = readWord("PagePullBody", pull);
  if (!isPullOf({ document, offset, length }, request)) throw new RangeError("pull: no such bytes");
  return { document, offset, data: toBase64(documents[document].data.subarray(offset, offset + length)) };
}

function readSignatures(result, request) {
  const { signatures } = readWord("SignResult", result);
  if (!isResultOf({ signatures }, request)) throw new TypeError("signed: not the signatures that were asked for");
  return { signatures: signatures.map((s) => ({ ...s, data: fromBase64(s.data) })) };
}

function readCertificates(result) {
  const { certificates } = readWord("CertificatesResult", result);
  return { certificates: certificates.map((c) => ({ ...c, data: fromBase64(c.data) })) };
}

// readClaim returns the claim as the page's function takes it.
function readClaim(body) {
  const { claim, signature, card } = readWord("PINClaim", body);
  return { claim: fromBase64(claim), signature: fromBase64(signature), card: card === undefined ? undefined : fromBase64(card) };
}

function readReport(body) {
  const { outcome, report, signature } = readWord("PINReport", body);
  return { outcome, report: fromBase64(report), signature: fromBase64(signature) };
}

// report tells the page how far the person is; a stage of a later version is left out. An error of the page's own there is
// the page's.
function report(onProgress, progress) {
  const { stage } = readWord("ProgressBody", progress);
  if (onProgress === undefined || !Stages.includes(stage)) return;
  try {
    onProgress(stage);
  } catch (error) {
    reportError(error);
  }
}

// --- what the page says ----------------------------------------------------------------------------

// readRequest returns what is asked of the extension, or throws what is wrong with it.
function readRequest(name, request, language) {
  const { body, problem, detail } = read(name, request);
  if (problem !== undefined) throw refusal(language)(problem, detail);
  return body;
}

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

function readSignRequest(options, documents, language) {
  const { purpose, code = "", format = "cades", profile = "P1", signed } = options;
  const infos = documents.map(({ name, mediaType, data }) => ({ name, mediaType, size: data.length }));
  return readRequest("SignRequest", { purpose, code, documents: infos, format, profile, language, signed: signed ?? "" }, language);
}

function readLoginRequest(options) {
  const { nonce, ...request } = readSignable(options, ["nonce"]);
  return readRequest("LoginRequest", { ...request, nonce, format: LoginFormat }, request.language);
}

function readCertificatesRequest(options = {}) {
  const request = readSignable(options, []);
  return readRequest("CertificatesRequest", request, request.language);
}

// readSignable returns what is not a document's, as the page has said it: a purpose and a signature, if the site has them,
// a language, and the other options that the request has (`more`).
function readSignable(options, more) {
  const language = languageOf(options);
  checkOptions(options, [...asks, ...signable, "purpose", ...more], refusal(language));
  const others = Object.fromEntries(more.map((option) => [option, options[option]]));
  return { language, purpose: options.purpose ?? "", signed: options.signed ?? "", ...others };
}

function readPINRequest(options) {
  const language = languageOf(options);
  const refuse = refusal(language);
  checkOptions(options, [...asks, "purpose", "code", "act", "attest", "release"], refuse);
  const { purpose, code, act, attest, release } = options;
  const request = readRequest("PINRequest", { purpose, code, act, language, attest }, language);
  if (typeof release !== "function") throw refuse("request_invalid", "release: want a function");
  return request;
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

function fromBase64(text) {
  return Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
}

function toBase64(bytes) {
  let text = "";
  for (let i = 0; i < bytes.length; i += 0x8000) text += String.fromCharCode(...bytes.subarray(i, i + 0x8000));
  return btoa(text);
}
