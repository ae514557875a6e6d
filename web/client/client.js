// The page's side of e-Onay: ask for signatures with the card in the person's reader, for a login with it, or for a
// new PIN for it.
//
// The module talks to the extension by messages to its own window and to nothing else: it loads
// nothing, and works from any folder. It keeps one mark, for as long as the tab: that the extension was here. client.d.ts is
// its manual.

// @ts-check

import {
  Formats, LoginFormat, MaxDocuments, MaxInstallURL, MaxSealed, MediaTypeText, PageAttribute, Stages, Version, delivery, isObject, isPullOf, misfit, oversize, own, reader, sentences,
} from "./protocol.gen.js";

// The extension answers a request in well under a millisecond, and its status as soon as the host has
// started. Silence for so long means that it was removed after the page was loaded.
const acceptWait = 5_000; // milliseconds
const statusWait = 15_000;

// The mark in sessionStorage: the extension was in a document of this origin, in this tab.
const seenMark = "eonay.seen";

// What is wrong where a part is missing or too old: the way to it helps.
const missingParts = new Set(["extension_missing", "not_admitted", "extension_outdated", "host_missing", "host_outdated"]);

const read = reader("want one of", []);

/**
 * @import {
 *   AuthenticateOptions, CertificateList, CertificatesOptions, Claim, Code, Document as SignedDocument, Language, Report,
 *   ResetOptions, SignableRequestOptions, SignatureList, SignOptions, Stage, Status,
 * } from "./client.js"
 * @import { Messages, PageType, Sentence } from "./protocol.gen.js"
 *
 * A document whose bytes do not change any more.
 * @typedef {{ name: string, mediaType: string, data: Blob }} Copy
 *
 * A conversation with the extension: why the page itself gave up, whether it has answered a claim with a PUK, what posts a
 * message, what waits without limit from then on, and what ends it with an error of the page's own.
 * @typedef {{
 *   cause: unknown, released: boolean, post: (type: PageType, body?: object) => void, patient: () => void, giveUp: (error: EOnayError) => void,
 * }} Talk
 * @typedef {Record<string, (body: unknown, talk: Talk) => unknown>} Hear
 *
 * @typedef {(code: Code, detail: string) => EOnayError} Refuse
 */

export class EOnayError extends Error {
  /**
   * @param {Code} code
   * @param {{ language?: string, messages?: Readonly<Sentence>, detail?: string, cause?: unknown, installURL?: string }} [more]
   */
  constructor(code, { language = pageLanguage(), messages = sentenceOf(code), detail = "", cause = detail === "" ? undefined : new TypeError(detail), installURL = "" } = {}) {
    super(language === "en" ? messages.en : messages.tr, cause === undefined ? undefined : { cause });
    this.detail = detail;
    this.installURL = missingParts.has(code) ? installURL : "";
    /** @type {"EOnayError"} */
    this.name = "EOnayError";
    this.code = code;
    this.messages = { tr: messages.tr, en: messages.en };
  }
}

export function installed() {
  const isHere = version() !== "";
  if (isHere) remember();
  return isHere;
}

/** @type {typeof import("./client.js").status} */
export async function status(options = {}) {
  const language = languageOf(options);
  checkOptions(options, ["language", "installURL"], refusal(language));
  const installURL = readInstallURL(options, language);
  try {
    if (!installed()) throw missing(language);
    /** @type {Hear} */
    const hear = { "status-reply": (reply) => readStatus(reply, language) };
    const found = await converse({ language, first: "status", wait: statusWait, hear });
    leadTo(found.problem, installURL);
    return found;
  } catch (problem) {
    if (!(problem instanceof EOnayError)) throw problem;
    leadTo(problem, installURL);
    return { extension: version(), protocol: 0, formats: [], host: "", problem };
  }
}

/** @type {typeof import("./client.js").openSetup} */
export async function openSetup(options = {}) {
  const language = languageOf(options);
  checkOptions(options, ["language"], refusal(language));
  if (!installed()) throw missing(language);
  await converse({ language, first: "setup", wait: acceptWait, hear: { "setup-opened": () => true } });
}

/** @type {typeof import("./client.js").delegate} */
export async function delegate(origins, options = {}) {
  const language = languageOf(options);
  checkOptions(options, ["language"], refusal(language));
  if (language !== "tr" && language !== "en") throw refusal(language)("request_invalid", 'language: want "tr" or "en"');
  const body = readRequest("DelegateRequest", { origins }, language);
  if (!installed()) throw missing(language);
  await converse({ language, first: "delegate", body, wait: acceptWait, hear: { delegated: () => true } });
}

/** @type {typeof import("./client.js").sign} */
export async function sign(options) {
  const language = languageOf(options);
  const documents = readDocuments(options, language);
  const body = readSignRequest(options, documents, language);
  const files = collect(body, documents);
  let answered = Promise.resolve(); // the pulls before, whose answers come in their order
  return ask("sign", body, options, {
    pull(pull, talk) {
      const chunk = readChunk(pull, body, documents);
      chunk.catch(() => {}); // it is awaited later
      answered = answered.then(async () => talk.post("chunk", await chunk)).catch((cause) => {
        talk.giveUp(new EOnayError("document_changed", { language, cause }));
      });
    },
    signature: files.take,
    signed: files.end,
    failed: (failure, talk) => files.keep(readFailure(failure, language, talk.cause)),
  });
}

/** @type {typeof import("./client.js").authenticate} */
export async function authenticate(options) {
  return ask("authenticate", readLoginRequest(options), options, { authenticated: (result) => readWord("LoginResult", result) });
}

/** @type {typeof import("./client.js").certificates} */
export async function certificates(options) {
  return ask("certificates", readCertificatesRequest(options), options, { shown: readCertificates });
}

/** @type {typeof import("./client.js").resetPIN} */
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

/**
 * answer has the page's own function answer a claim, and tells the window.
 * @type {(claim: Claim, release: ResetOptions["release"], talk: Talk) => Promise<void>}
 */
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
    const refusal = read("PINRefusal", isObject(error) && "code" in error ? { code: error.code } : undefined);
    talk.post("refusal", refusal.body ?? { code: "unavailable" });
  }
}

// --- conversation ----------------------------------------------------------------------------------

/**
 * ask has the person asked, in a window, for what body says.
 * @type {(first: PageType, body: object & { language: string }, options: import("./client.js").RequestOptions | undefined, hear: Hear) => Promise<any>}
 */
async function ask(first, body, options, hear) {
  const { language } = body;
  const { signal, onProgress } = options ?? {};
  const installURL = readInstallURL(options, language);
  if (signal?.aborted) throw new EOnayError("cancelled", { language, cause: signal.reason });
  /** @type {Hear} */
  const always = {
    accepted: (_, talk) => talk.patient(),
    progress: (progress) => report(onProgress, progress),
  };
  try {
    if (!installed()) throw missing(language);
    return await converse({ language, first, body, installURL, wait: acceptWait, signal, hear: { ...always, ...hear } });
  } catch (error) {
    leadTo(error, installURL);
    throw error;
  }
}

/**
 * missing is why a page without the extension's mark cannot ask: where the extension was in this tab before, it is the
 * person's word about this document that is missing.
 * @type {(language: string) => EOnayError}
 */
function missing(language) {
  return new EOnayError(wasHere() ? "not_admitted" : "extension_missing", { language });
}

/**
 * leadTo puts the site's own page about the installation in the place of the extension's, where it has one.
 * @type {(problem: unknown, installURL: string) => void}
 */
function leadTo(problem, installURL) {
  if (installURL !== "" && problem instanceof EOnayError && missingParts.has(problem.code)) problem.installURL = installURL;
}

// Only the tab's own page knows it: no press admits a frame. One without storage, as in a sandbox, tells the two cases apart
// no more.
function remember() {
  if (window.parent !== window) return;
  try {
    sessionStorage.setItem(seenMark, "1");
  } catch { /* no storage */ }
}

function wasHere() {
  try {
    return window.parent === window && sessionStorage.getItem(seenMark) !== null;
  } catch {
    return false;
  }
}

/**
 * converse posts the first message and hears the extension until it ends the request. What a listener in `hear` returns,
 * other than undefined, is the end; what it throws is one too.
 * @param {{ language: string, first: PageType, body?: object, installURL?: string, wait: number, signal?: AbortSignal | undefined, hear: Hear }} conversation
 * @returns {Promise<any>}
 */
function converse({ language, first, body, installURL = "", wait, signal, hear }) {
  const id = crypto.randomUUID();
  return new Promise((resolve, reject) => {
    let over = false;
    /** @type {(settle: (value: any) => void, value: unknown) => void} */
    const end = (settle, value) => {
      over = true;
      clearTimeout(timer);
      window.removeEventListener("message", listen);
      signal?.removeEventListener("abort", abort);
      settle(value);
    };
    /** @type {Talk} */
    const talk = {
      cause: undefined, // why the page itself gave up, for its developer
      released: false, // the page has answered a claim with a PUK
      post(type, body) {
        if (!over) window.postMessage(envelope(id, type, body), location.origin);
      },
      patient: () => clearTimeout(timer),
      giveUp(error) {
        if (over) return;
        talk.post("cancel");
        end(reject, error);
      },
    };
    const abort = () => {
      talk.post("cancel");
      end(reject, new EOnayError("cancelled", { language, cause: signal?.reason }));
    };
    /** @type {(event: MessageEvent) => void} */
    const listen = (event) => {
      const message = readEnvelope(event, id);
      if (message === null) return;
      try {
        const value = Object.hasOwn(hear, message.type) ? hear[message.type]?.(message.body, talk) : undefined;
        if (message.type === "failed" && value === undefined) throw readFailure(message.body, language, talk.cause);
        if (value !== undefined) end(resolve, value);
      } catch (error) {
        if (!ends.has(message.type)) talk.post("cancel"); // the window still waits
        end(reject, error instanceof EOnayError ? error : new EOnayError("message_invalid", { language, cause: error }));
      }
    };
    const timer = setTimeout(() => end(reject, new EOnayError("extension_missing", { language })), wait);
    window.addEventListener("message", listen);
    signal?.addEventListener("abort", abort);
    window.postMessage(envelope(id, first, body, installURL), location.origin);
  });
}

// What the extension says last.
const ends = new Set(["signed", "authenticated", "shown", "reported", "failed", "status-reply", "delegated", "setup-opened"]);

/** @type {(id: string, type: PageType, body?: object, installURL?: string) => import("./protocol.gen.js").PageEnvelope} */
function envelope(id, type, body, installURL = "") {
  return { eonay: Version, to: "extension", id, type, ...(body === undefined ? {} : { body }), ...(installURL === "" ? {} : { installURL }) };
}

/**
 * readEnvelope returns the message if it is the extension's answer to request id, else null. Of another version only a
 * refusal is heard.
 * @type {(event: MessageEvent, id: string) => { type: string, body: unknown } | null}
 */
function readEnvelope(event, id) {
  if (event.source !== window || event.origin !== location.origin) return null;
  const message = event.data;
  if (!isObject(message) || own(message, "to") !== "page" || own(message, "id") !== id) return null;
  const [version, type] = [own(message, "eonay"), own(message, "type")];
  if (version !== Version && !(Number.isSafeInteger(version) && type === "failed")) return null;
  return typeof type === "string" ? { type, body: own(message, "body") } : null;
}

// --- what the extension says -------------------------------------------------------------------------

/**
 * readWord returns a message of the extension's; what cannot be one is an error.
 * @template {keyof Messages} K
 * @param {K} name
 * @param {unknown} body
 * @returns {Messages[K]}
 */
function readWord(name, body) {
  const word = read(name, body);
  if (word.problem !== undefined) throw new TypeError(word.detail);
  return word.body;
}

/**
 * readFailure returns the error that a failure is for the page. One without its sentence gets the library's own.
 * @type {(failure: unknown, language: string, cause?: unknown) => EOnayError}
 */
function readFailure(failure, language, cause) {
  if (!isObject(failure)) throw new TypeError("failed: want an object");
  const [said, message, detail, installURL] = ["code", "message", "detail", "installURL"].map((field) => own(failure, field));
  const messages = read("Sentence", message).body ?? sentenceOf(said);
  const { code } = readWord("Failure", { code: said, message: messages });
  return new EOnayError(code, { language, cause, detail: typeof detail === "string" ? detail : "", messages, installURL: isAddress(installURL) ? installURL : "" });
}

/** @type {(reply: unknown, language: string) => Status} */
function readStatus(reply, language) {
  const status = readWord("StatusReply", reply);
  const problem = own(/** @type {object} */ (reply), "hostProblem");
  return { ...status, problem: problem === undefined ? null : readFailure(problem, language) };
}

/**
 * readChunk checks what the window wants, and returns the bytes as the body of the answer.
 * @type {(pull: unknown, request: Messages["SignRequest"], documents: Copy[]) => Promise<import("./protocol.gen.js").PageChunkBody>}
 */
function readChunk(pull, request, documents) {
  const { document, offset, length } = readWord("PagePullBody", pull);
  const data = documents[document]?.data;
  if (data === undefined || !isPullOf({ document, offset, length }, request)) throw new RangeError("pull: no such bytes");
  return data.slice(offset, offset + length).arrayBuffer().then((bytes) => ({ document, offset, data: toBase64(new Uint8Array(bytes)) }));
}

/**
 * collect puts the signed files together as their parts come. A span is a slice of the library's own copy of a document, so
 * that it takes no memory.
 * @param {Messages["SignRequest"]} request
 * @param {Copy[]} documents
 */
function collect(request, documents) {
  const { format, profile, language } = request;
  const coming = delivery(request);
  /** @type {{ parts: (Uint8Array<ArrayBuffer> | Blob)[], isWhole: boolean }[]} */
  const files = (request.together ? documents.slice(0, 1) : documents).map(() => ({ parts: [], isWhole: false }));
  /** @type {(file: typeof files[number]) => import("./client.js").Signature} */
  const signature = ({ parts }) => {
    const file = new Blob(parts);
    const fresh = parts.filter((part) => part instanceof Uint8Array);
    return fresh.length === parts.length ? { format, profile, file, data: join(fresh) } : { format, profile, file };
  };
  /** @type {(problem: (i: number) => EOnayError) => SignatureList} */
  const list = (problem) => ({ signatures: files.map((file, i) => (file.isWhole ? signature(file) : { problem: problem(i) })) });
  return {
    /** @type {(part: unknown) => void} */
    take(part) {
      const read = readWord("SignaturePart", part);
      if (!coming.takes(read)) throw new RangeError("signature: not the next part");
      const { document, data, span, last } = read;
      const file = /** @type {typeof files[number]} */ (files[document]);
      if (span === undefined) file.parts.push(fromBase64(String(data)));
      else file.parts.push(/** @type {Copy} */ (documents[span.document]).data.slice(span.offset, span.offset + span.length));
      file.isWhole = last === true;
    },
    /** @type {(result: unknown) => SignatureList} */
    end(result) {
      const read = readWord("SignResult", result);
      if (!coming.fits(read)) throw new TypeError("signed: not what became of the signatures that have come");
      return list((i) => readFailure(read.outcomes[i], language));
    },
    /**
     * keep returns the signatures that have come before a failure; undefined where there is none.
     * @type {(failure: EOnayError) => SignatureList | undefined}
     */
    keep: (failure) => (files.some((file) => file.isWhole) ? list(() => failure) : undefined),
  };
}

/** @type {(parts: Uint8Array[]) => Uint8Array<ArrayBuffer>} */
function join(parts) {
  const whole = new Uint8Array(parts.reduce((size, part) => size + part.length, 0));
  let end = 0;
  for (const part of parts) {
    whole.set(part, end);
    end += part.length;
  }
  return whole;
}

/** @type {(result: unknown) => CertificateList} */
function readCertificates(result) {
  const { certificates } = readWord("CertificatesResult", result);
  return { certificates: certificates.map((c) => ({ ...c, data: fromBase64(c.data) })) };
}

/**
 * readClaim returns the claim as the page's function takes it.
 * @type {(body: unknown) => Claim}
 */
function readClaim(body) {
  const { claim, signature, card } = readWord("PINClaim", body);
  const signed = { claim: fromBase64(claim), signature: fromBase64(signature) };
  return card === undefined ? signed : { ...signed, card: fromBase64(card) };
}

/** @type {(body: unknown) => Report} */
function readReport(body) {
  const { outcome, report, signature } = readWord("PINReport", body);
  return { outcome, report: fromBase64(report), signature: fromBase64(signature) };
}

/**
 * report tells the page how far the person is; a stage of a later version is left out. An error of the page's own there is
 * the page's.
 * @type {(onProgress: ((stage: Stage) => void) | undefined, progress: unknown) => void}
 */
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

/**
 * readRequest returns what is asked of the extension, or throws what is wrong with it.
 * @template {keyof Messages} K
 * @param {K} name
 * @param {unknown} request
 * @param {string} language
 * @returns {Messages[K]}
 */
function readRequest(name, request, language) {
  const asked = read(name, request);
  if (asked.problem !== undefined) throw refusal(language)(asked.problem, asked.detail);
  return asked.body;
}

/**
 * readDocuments takes the documents: what the page does with its own afterwards changes nothing. Blobs are not read yet.
 * @type {(options: SignOptions, language: string) => Copy[]}
 */
function readDocuments(options, language) {
  const refuse = refusal(language);
  checkOptions(options, [...asks, ...signable, "purpose", "documents", "code", "format", "profile", "together", ...Formats], refuse);
  const given = options.documents;
  if (!Array.isArray(given) || given.length < 1 || given.length > MaxDocuments) {
    throw refuse("request_invalid", `documents: want a list of 1 to ${MaxDocuments}`);
  }
  const sizes = Array.from(given, (document, i) => {
    checkOptions(document, ["name", "mediaType", "data", "base64"], refuse, `documents[${i}]`);
    return { name: "", mediaType: document.mediaType ?? MediaTypeText, size: sizeOf(document) };
  });
  const large = oversize(sizes);
  if (large !== null) throw refuse(large.problem, large.detail);
  return given.map(({ name, mediaType = MediaTypeText, data: bytes, base64 }, i) => {
    const data = bytes ?? decode(base64);
    if (!(data instanceof Blob || data instanceof Uint8Array || typeof data === "string") || (bytes !== undefined && base64 !== undefined)) {
      throw refuse("request_invalid", `documents[${i}].data: want a Uint8Array, a string or a Blob, or base64 in its place`);
    }
    const copy = data instanceof Blob ? data : new Blob([/** @type {BlobPart} */ (data)]);
    if (copy.size === 0) throw refuse("request_invalid", `documents[${i}].data: empty`);
    return { name, mediaType, data: copy };
  });
}

/**
 * sizeOf returns the size of a document before anything of it is copied: of a string, the bytes that it has at least.
 * @type {(document: SignedDocument) => number}
 */
function sizeOf({ data, base64 }) {
  if (data instanceof Blob) return data.size;
  if (data instanceof Uint8Array || typeof data === "string") return data.length;
  return typeof base64 === "string" ? Math.floor(base64.length / 4) * 3 - 2 : 0;
}

/**
 * decode returns the bytes of base64, and undefined for what is none.
 * @type {(text: unknown) => Uint8Array | undefined}
 */
function decode(text) {
  try {
    return typeof text === "string" ? fromBase64(text) : undefined;
  } catch {
    return undefined;
  }
}

/** @type {(options: SignOptions, documents: Copy[], language: string) => Messages["SignRequest"]} */
function readSignRequest(options, documents, language) {
  const { purpose, code = "", format = "cades", profile = "P1", together = false, signed } = options;
  const infos = documents.map(({ name, mediaType, data }) => ({ name, mediaType, size: data.size }));
  const making = { format, profile, together, ...Object.fromEntries(Formats.map((name) => [name, readOptions(options[name])])) };
  const request = readRequest("SignRequest", { purpose, code, documents: infos, ...making, language, signed: signed ?? "" }, language);
  const mistake = oversize(request.documents) ?? misfit(request);
  if (mistake !== null) throw refusal(language)(mistake.problem, mistake.detail);
  return request;
}

/**
 * readOptions returns a format's options as messages have them: the image of a stamp is base64 there.
 * @type {(options: any) => unknown}
 */
function readOptions(options) {
  const image = options?.stamp?.image;
  return image instanceof Uint8Array ? { ...options, stamp: { ...options.stamp, image: toBase64(image) } } : options;
}

/** @type {(options: AuthenticateOptions) => Messages["LoginRequest"]} */
function readLoginRequest(options) {
  const request = readSignable(options, ["nonce"]);
  return readRequest("LoginRequest", { ...request, nonce: options.nonce, format: LoginFormat }, request.language);
}

/** @type {(options?: CertificatesOptions) => Messages["CertificatesRequest"]} */
function readCertificatesRequest(options = {}) {
  const request = readSignable(options, []);
  return readRequest("CertificatesRequest", request, request.language);
}

/**
 * readSignable returns what is not a document's, as the page has said it: a purpose and a signature, if the site has them,
 * and a language. `more` are the other options that the request has.
 * @type {(options: SignableRequestOptions & { purpose?: string }, more: string[]) => { language: string, purpose: string, signed: string }}
 */
function readSignable(options, more) {
  const language = languageOf(options);
  checkOptions(options, [...asks, ...signable, "purpose", ...more], refusal(language));
  return { language, purpose: options.purpose ?? "", signed: options.signed ?? "" };
}

/** @type {(options: ResetOptions) => Messages["PINRequest"]} */
function readPINRequest(options) {
  const language = languageOf(options);
  const refuse = refusal(language);
  checkOptions(options, [...asks, "purpose", "code", "act", "attest", "release"], refuse);
  const { purpose, code, act, attest, release } = options;
  const request = readRequest("PINRequest", { purpose, code, act, language, attest }, language);
  if (typeof release !== "function") throw refuse("request_invalid", "release: want a function");
  return request;
}

/**
 * readInstallURL returns the whole address of the site's page about the installation, "" where it names none. The extension
 * believes a page about its own site alone.
 * @type {(options: { installURL?: string } | undefined, language: string) => string}
 */
function readInstallURL(options, language) {
  const { installURL = "" } = options ?? {};
  if (installURL === "") return "";
  if (typeof installURL === "string" && URL.canParse(installURL, location.href)) {
    const { href, origin } = new URL(installURL, location.href);
    if (origin === location.origin && href.length <= MaxInstallURL) return href;
  }
  throw refusal(language)("request_invalid", `installURL: want an address of this site, of at most ${MaxInstallURL} characters`);
}

/**
 * isAddress tells whether the extension has named a page that can be linked to.
 * @type {(value: unknown) => value is string}
 */
function isAddress(value) {
  return typeof value === "string" && value.length <= MaxInstallURL && URL.canParse(value) && ["https:", "http:"].includes(new URL(value).protocol);
}

// The options of every request that opens a window, and of those that a site's server may have signed.
const asks = ["language", "signal", "onProgress", "installURL"];
const signable = ["signed"];

/**
 * checkOptions refuses an option that is not known: one that is left out in silence may be one that the page counts on.
 * @type {(options: unknown, known: string[], refuse: Refuse, place?: string) => void}
 */
function checkOptions(options, known, refuse, place = "options") {
  if (!isObject(options)) throw refuse("request_invalid", `${place}: want an object`);
  const other = Object.keys(options).find((option) => !known.includes(option));
  if (other !== undefined) throw refuse("request_invalid", `${place}: no option ${JSON.stringify(other.slice(0, 40))}; want ${known.join(", ")}`);
}

/**
 * refusal returns a maker of errors that tell the page's developer what is wrong.
 * @type {(language: string) => Refuse}
 */
function refusal(language) {
  return (code, detail) => new EOnayError(code, { language, detail });
}

// --- small parts -----------------------------------------------------------------------------------

function version() {
  return root().getAttribute(PageAttribute) ?? "";
}

/**
 * root returns the document element by the browser's own getter: an element of the page may stand in the place of the
 * document's property (<img name="documentElement">).
 * @type {() => HTMLElement}
 */
function root() {
  return Object.getOwnPropertyDescriptor(Document.prototype, "documentElement")?.get?.call(document);
}

function pageLanguage() {
  return /^en\b/i.test(root().lang) ? "en" : "tr";
}

/** @type {(options?: { language?: Language }) => string} */
function languageOf(options) {
  const { language = pageLanguage() } = options ?? {};
  return language;
}

// Base64 by the browser's own functions where it has them (Chromium from 140 on, Firefox): of large documents it is the
// slowest part.
const native = /** @type {any} */ (Uint8Array);

/** @type {(text: string) => Uint8Array<ArrayBuffer>} */
function fromBase64(text) {
  return native.fromBase64?.(text) ?? Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
}

/** @type {(code: unknown) => Readonly<Sentence>} */
function sentenceOf(code) {
  return sentences[String(code)] ?? /** @type {Readonly<Sentence>} */ (sentences["message_invalid"]);
}

/** @type {(bytes: Uint8Array) => string} */
function toBase64(bytes) {
  if (native.prototype.toBase64 !== undefined) return native.prototype.toBase64.call(bytes);
  let text = "";
  for (let i = 0; i < bytes.length; i += 0x8000) text += String.fromCharCode(...bytes.subarray(i, i + 0x8000));
  return btoa(text);
}
