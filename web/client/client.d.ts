// e-Onay's page library: ask a person for signatures with the card in their reader, for a login with it, or for a new
// PIN for it.
//
//   import { installed, sign, EOnayError } from "./client.js";
//
//   button.addEventListener("click", async () => {
//     try {
//       const { signatures } = await sign({
//         purpose: "E-Onay verilmesi",
//         documents: [{ name: "onay.txt", data: text }],
//       });
//       await fetch("/sign", { method: "POST", body: signatures[0].file });
//     } catch (error) {
//       if (error instanceof EOnayError) show(error.message, error.code);
//       else throw error;
//     }
//   });
//
// The page hands over documents, never a digest: the person sees what they sign. A signature or a login is worth
// something only after the site's server has verified it; nothing in the browser replaces that.

import type {
  ASiCOptions, CAdESOptions, Code, EYPOptions, Format, JAdESOptions, PAdESOptions as SentPAdESOptions, Profile, Sentence, SignatureAlgorithm, Stage,
  Stamp as SentStamp, XAdESOptions,
} from "./protocol.gen.js";

export type { ASiCOptions, CAdESOptions, Code, EYPOptions, Format, JAdESOptions, Profile, Sentence, SignatureAlgorithm, Stage, XAdESOptions };

/** The languages of the sentences. */
export type Language = "tr" | "en";

/** What every request that opens a window takes. An option that is not known is refused ("request_invalid"). */
export interface RequestOptions {
  /** The page's language; that of the document element where none is given, Turkish unless it is English. */
  language?: Language;
  /** Aborting it ends the request: the window stops, and the promise is rejected with "cancelled". */
  signal?: AbortSignal;
  /** Called as the person goes on: "opened", "agreed", "signing". */
  onProgress?: (stage: Stage) => void;
  /**
   * Your page that says how to install extension and program: an address of this very origin, of at most 1024 characters.
   * Where a part is missing or too old the window leads to it, under your host's name, and so does `EOnayError.installURL`.
   */
  installURL?: string;
}

/** A request that the site's server may have signed. */
export interface SignableRequestOptions extends RequestOptions {
  /**
   * The request as the site's server has signed it, of at most 16 KiB: what is signed and what is asked must be the very
   * same. The window then shows the site's name. A site that has signed once must sign every request from then on. It is
   * of no use in a page that a service worker controls.
   */
  signed?: string;
}

/** One document to sign: its bytes are `data` or `base64`. */
export type Document = DocumentInfo & ({ data: Uint8Array | string | Blob; base64?: undefined } | { base64: string; data?: undefined });

/** What a document is. */
export interface DocumentInfo {
  /** A name for people, one line of at most 200 bytes of UTF-8. */
  name: string;
  /** What the bytes are: "text/plain" where none is given, or another media type, in small letters and without parameters. */
  mediaType?: string;
  /**
   * The bytes: of text at most 10 MiB, of all documents at most 1 GiB together; a string is signed as UTF-8. They are
   * copied when `sign` is called, but for a Blob: of one a large document takes no memory. The window may want a document
   * more than once; a Blob whose bytes differ then ends the request (`document_changed`).
   */
  data?: Uint8Array | string | Blob | undefined;
  /** The same bytes as base64, as a server writes them in JSON: so a page hands over what its server says as it is. */
  base64?: string | undefined;
}

/** What to sign, and how. */
export interface SignOptions extends SignableRequestOptions {
  /** 1 to 1,000 documents; each gets a signature of its own, unless `together` is true. */
  documents: readonly Document[];
  /** What for: one line of at most 300 bytes of UTF-8. The window shows it as the site's words. */
  purpose: string;
  /**
   * The verification code that the page shows, 15 digits without spaces. It must stand in the first
   * document; the person compares it with the page.
   */
  code?: string;
  /** The family of signature formats; "cades" where none is given. */
  format?: Format;
  /** The signature profile; "P1" where none is given. "asic" and "jades" are made in "P1" alone. */
  profile?: Profile;
  /**
   * One signature over all documents: in a container ("asic"), detached with "xades" or "jades", and with "cades" for a
   * file of signatures (the last document) whose content is elsewhere (the first). False where it is left out.
   */
  together?: boolean;
  /** What to make of the documents, where that is not the usual form: the options of `format` alone. */
  cades?: CAdESOptions;
  pades?: PAdESOptions;
  xades?: XAdESOptions;
  asic?: ASiCOptions;
  jades?: JAdESOptions;
  eyp?: EYPOptions;
}

/** How a PDF is signed: where nothing is said, invisibly. */
export interface PAdESOptions extends Omit<SentPAdESOptions, "stamp"> {
  /** Makes the signature visible. */
  stamp?: Stamp;
}

/** Where a signature is seen, and an image beside its text: a PNG or JPEG of at most 256 KiB, as bytes or as base64. */
export interface Stamp extends Omit<SentStamp, "image"> {
  image?: Uint8Array | string;
}

/** A document that was signed. */
export interface Signature {
  format: Format;
  profile: Profile;
  /**
   * The signed file. What it has of the page's documents it shares with the library's copy of them, so that a large one
   * takes no memory.
   */
  file: Blob;
  /** Its bytes, where it has none of a document's, as a detached signature: for "cades" a CMS SignedData, DER. */
  data?: Uint8Array<ArrayBuffer>;
  problem?: undefined;
}

/** A document that was not signed, beside others that were. */
export interface Unsigned {
  /** Why not. */
  problem: EOnayError;
  format?: undefined;
  profile?: undefined;
  file?: undefined;
  data?: undefined;
}

/** What `sign` gives: what became of each document, in their order, or of all together. One at least was signed. */
export interface SignatureList {
  signatures: (Signature | Unsigned)[];
}

/** A login with the card. */
export interface AuthenticateOptions extends SignableRequestOptions {
  /** The challenge that the site's server made for this browser's session, just now: 44 to 128 characters of base64. */
  nonce: string;
  /** What for, if the site wants to say it: one line of at most 300 bytes of UTF-8, shown as the site's words. */
  purpose?: string;
}

/** What `authenticate` gives. */
export interface Login {
  /** The token, JSON, for the site's server as it is, beside the nonce. It is good for this site and this challenge, once. */
  token: string;
}

/** A question for the certificate with which the person will sign. */
export interface CertificatesOptions extends SignableRequestOptions {
  /** What for, if the site wants to say it: one line of at most 300 bytes of UTF-8, shown as the site's words. */
  purpose?: string;
}

/** A certificate that the person has agreed to show. */
export interface ShownCertificate {
  /** The certificate, DER. It holds the person's name and citizen number. */
  data: Uint8Array<ArrayBuffer>;
  /** What its key can sign with. */
  algorithms: SignatureAlgorithm[];
}

/** What `certificates` gives: the one certificate that the person has chosen. */
export interface CertificateList {
  certificates: ShownCertificate[];
}

/** What the person's machine says of the card that is to get a new PIN: for the site's server to judge. */
export interface Claim {
  /** The claim, byte for byte as it was signed. */
  claim: Uint8Array<ArrayBuffer>;
  /** The machine's signature of it. */
  signature: Uint8Array<ArrayBuffer>;
  /** The card's own (CMS, detached), where the card has a PIN that works. */
  card?: Uint8Array<ArrayBuffer>;
}

/** A new PIN for a card, and how the site answers its machine. */
export interface ResetOptions extends RequestOptions {
  /** What for: one line of at most 300 bytes of UTF-8. The window shows it as the site's words. */
  purpose: string;
  /** The verification code that the page shows, 15 digits without spaces; the person compares it. */
  code: string;
  /** The act at the site's server, which the claim repeats: 1 to 64 letters, digits, "-" and "_". */
  act: string;
  /** Has the computer's TPM show that it holds the device key: the claim then brings its vendor's certificates. False where it is left out. */
  attest?: boolean;
  /**
   * Asks the site's server for the card's PUK, sealed to the machine that made the claim: at most 1024 bytes. It is
   * called once. Where the server refuses, throw an error with the `code` that the person is to see; any other
   * error is "unavailable" to them.
   */
  release: (claim: Claim) => Promise<{ sealed: Uint8Array }>;
  /** Aborting it ends the request. A card that has the PUK already finishes, and its report is lost. */
  signal?: AbortSignal;
}

/** What became of a PUK that was released, for the site's server. */
export interface Report {
  /** "done", or the code of why the card has no new PIN. */
  outcome: Code;
  /** The report, byte for byte as it was signed. */
  report: Uint8Array<ArrayBuffer>;
  /** The machine's signature of it. */
  signature: Uint8Array<ArrayBuffer>;
}

/** What is there on the person's machine. Nothing is told about readers, cards or certificates. */
export interface Status {
  /** The extension's version, empty if there is none. */
  extension: string;
  /** The protocol that the extension speaks, 0 if there is none. */
  protocol: number;
  /** The formats that the extension can ask for. */
  formats: Format[];
  /** The version of the program on the person's machine, empty if it did not answer. */
  host: string;
  /** What is missing, or null when a signature can be asked for. */
  problem: EOnayError | null;
}

/**
 * Why there is no signature, no login or no new PIN.
 *
 * "extension_missing" has two causes that a page cannot tell apart: the extension is not installed, or the person has not
 * admitted it on this site. They do so with the E-Onay button of the browser's toolbar; the sentence says both. After that
 * press the page need not be loaded again: offer the person a button that asks once more.
 *
 * "not_admitted" is the same where it is known that a press on that button is needed: the extension was in this tab on this
 * site before. A press admits one document, and the person has gone on to another, or has taken the site away.
 */
export class EOnayError extends Error {
  private constructor();
  readonly name: "EOnayError";
  /** The stable name of what went wrong; programs branch on it. */
  readonly code: Code;
  /** The sentence for the person, in the language asked for: what happened, then what to do. */
  readonly message: string;
  /** The sentence in both languages. */
  readonly messages: Readonly<Sentence>;
  /**
   * For the page's developer, in English, where the request itself is wrong: which option, and what is allowed. It is
   * empty for all else. The person can do nothing about it: log it.
   */
  readonly detail: string;
  /**
   * Where a part is missing, too old or not admitted: the page that says how to install it, to be linked to. It is the
   * request's `installURL`, else the one that the extension was built with; empty where neither is known, and for all else.
   */
  readonly installURL: string;
  /** Where there is a `detail`, a TypeError that says it. After a `release` that threw, what it threw. */
  readonly cause?: unknown;
}

/**
 * Whether the extension works on this page: it is installed, and its build or the person has admitted the site. Which of
 * the two is missing no page can learn; the sentence of "extension_missing" tells the person what to do about either.
 * It is known at once, when the page is loaded, and becomes true later where the person admits the site meanwhile: ask
 * at each press.
 */
export function installed(): boolean;

/** Asks the extension and the program on the person's machine for their versions. It is never rejected for what is missing: see `problem`. */
export function status(options?: { language?: Language; installURL?: string }): Promise<Status>;

/**
 * Opens the extension's own page about what is installed, which shows the person their reader and card. It needs a press, as
 * `sign` does. The page learns that it is open, and nothing of what it shows.
 */
export function openSetup(options?: { language?: Language }): Promise<void>;

/**
 * Lets frames of these origins ask as this page can: at most 8, such as "https://giris.example", none to take it back. The
 * list replaces an earlier one and ends with the page. Only the tab's own page can say it, for frames that stand in it
 * directly; the person must have admitted the frame's site for always. The window shows both addresses.
 *
 * When the promise is resolved the extension is in the frames that have a document; it comes to others as they load. In a
 * frame, `installed` tells whether it is there.
 */
export function delegate(origins: readonly string[], options?: { language?: Language }): Promise<void>;

/**
 * Opens the signing window and waits for the person. Call it from the handler of a click or key press,
 * without waiting for the network in between: it opens within five seconds of a press on the page itself
 * ("gesture_required"). A page has one request at a time ("busy").
 *
 * It is rejected with an {@link EOnayError} where no document was signed, "cancelled" when the person decides against it.
 * Of several documents some may be signed and others not: look at each `problem`.
 */
export function sign(options: SignOptions): Promise<SignatureList>;

/**
 * Opens the window in which the person logs in to this site with their card. It needs a press, as `sign` does: fetch the
 * challenge before it, when the page is loaded. Hand the token to the site's server, which alone can say who it is.
 */
export function authenticate(options: AuthenticateOptions): Promise<Login>;

/**
 * Opens the window in which the person chooses the certificate that they will sign with, and agrees to show it. It needs a
 * press, as `sign` does. That the key is at hand is not shown by it, and nobody is logged in by it.
 */
export function certificates(options?: CertificatesOptions): Promise<CertificateList>;

/**
 * Opens the window in which a card gets a new PIN, with a PUK that the site's server releases, and waits for the
 * person. It needs a press, as `sign` does. It gives the machine's report whether the card has a new PIN or not: hand
 * it to the server. It is rejected with an {@link EOnayError} where there is no report.
 */
export function resetPIN(options: ResetOptions): Promise<Report>;
