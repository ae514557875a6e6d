// The connector for sites with a server of EU DSS; its manual is dss.d.ts.
import { EOnayError, sign } from "./client.js";

/**
 * @typedef {import("./dss.js").RemoteDocument} RemoteDocument
 * @typedef {import("./dss.js").RemoteSignatureParameters} Parameters
 * @typedef {import("./dss.js").WindowOptions} WindowOptions
 * @typedef {import("./client.js").Document} Document
 * @typedef {import("./client.js").SignOptions} SignOptions
 * @typedef {Omit<SignOptions, "documents" | "purpose">} Made
 */

/** Members that say how DSS computes what a key of its own signs: the window's host does that by itself. */
const ofTheServer = [
  "signingCertificate", "certificateChain", "digestAlgorithm", "encryptionAlgorithm", "maskGenerationFunction", "referenceDigestAlgorithm",
  "contentTimestampParameters", "signatureTimestampParameters", "archiveTimestampParameters", "generateTBSWithoutCertificate",
  "base64UrlEncodedPayload", "base64UrlEncodedEtsiUComponents", "signWithExpiredCertificate", "signWithNotYetValidCertificate",
];

/** What is read here. Everything else must say nothing. */
const read = ["signatureLevel", "signaturePackaging", "asicContainerType", "jwsSerializationType", "blevelParams"];

/** @type {Record<string, string>} What the ends of names say of documents. */
const mediaTypes = { pdf: "application/pdf", xml: "application/xml", txt: "text/plain", html: "text/html", p7s: "application/pkcs7-signature" };

/** @type {typeof import("./dss.js").signDocument} */
export async function signDocument({ parameters, toSignDocument }, options) {
  return signed([toSignDocument], { ...requestOf(parameters), ...options });
}

/** @type {typeof import("./dss.js").signDocuments} */
export async function signDocuments({ parameters, toSignDocuments }, options) {
  const made = requestOf(parameters);
  if (made.format === "pades" || made.xades?.form !== undefined && made.xades.form !== "detached") {
    throw refused("signDocuments: a container of ASiC, or DETACHED with CAdES, XAdES or JAdES, takes several documents");
  }
  return signed(toSignDocuments, { ...made, together: true, ...options });
}

/** @type {typeof import("./dss.js").counterSignSignature} */
export async function counterSignSignature({ parameters, signatureDocument }, options) {
  const { format } = requestOf({ ...parameters, signaturePackaging: null });
  if (format !== "cades") throw refused("counterSignSignature: CAdES alone is counter-signed here");
  const signer = options.signer ?? 0;
  const { signer: _, ...window } = options;
  return signed([signatureDocument], { format: "cades", cades: { form: "counter-signature", signer }, ...window });
}

/**
 * requestOf returns what `sign` is asked for in place of DSS's parameters.
 * @param {Parameters} parameters
 * @returns {Made}
 */
function requestOf(parameters) {
  const level = /^(CAdES|PAdES|XAdES|JAdES)_BASELINE_(B|T|LT|LTA)$/.exec(parameters.signatureLevel);
  if (level === null) throw refused(`signatureLevel: ${parameters.signatureLevel}; want one of CAdES, PAdES, XAdES or JAdES, _BASELINE_B to _LTA`);
  for (const [name, value] of Object.entries(parameters)) {
    const says = value !== null && value !== undefined && value !== false && !(Array.isArray(value) && value.length === 0);
    if (says && !read.includes(name) && !ofTheServer.includes(name)) throw refused(`${name}: not known here; the options of sign say what is`);
  }
  const family = /** @type {"cades" | "pades" | "xades" | "jades"} */ (level[1]?.toLowerCase());
  const packaging = parameters.signaturePackaging ?? null;
  const role = roleOf(parameters.blevelParams ?? null, family);
  if ((parameters.asicContainerType ?? null) !== null) {
    if (family !== "cades" && family !== "xades") throw refused("asicContainerType: with CAdES or XAdES");
    return { format: "asic", asic: { form: parameters.asicContainerType === "ASiC_S" ? "asic-s" : "asic-e", signature: family } };
  }
  switch (family) {
    case "cades":
      return { format: family, cades: { form: choose(packaging, { ENVELOPING: "attached", DETACHED: "detached" }, "DETACHED") } };
    case "pades":
      choose(packaging, { ENVELOPED: true }, "ENVELOPED");
      return { format: family };
    case "xades":
      return {
        format: family,
        xades: { form: choose(packaging, { ENVELOPED: "enveloped", ENVELOPING: "enveloping", DETACHED: "detached" }, "ENVELOPED"), ...role },
      };
    default: {
      const serialization = parameters.jwsSerializationType ?? "COMPACT_SERIALIZATION";
      return {
        format: family,
        jades: {
          form: choose(packaging, { ENVELOPING: "attached", DETACHED: "detached" }, "ENVELOPING"),
          serialization: choose(serialization, { COMPACT_SERIALIZATION: "compact", FLATTENED_JSON_SERIALIZATION: "flattened", JSON_SERIALIZATION: "general" }, ""),
        },
      };
    }
  }
}

/**
 * choose returns what a word of DSS is here; null is the usual one.
 * @template T
 * @param {string | null} word
 * @param {Record<string, T>} known
 * @param {string} usual
 * @returns {T}
 */
function choose(word, known, usual) {
  const found = Object.hasOwn(known, word ?? usual) ? known[word ?? usual] : undefined;
  if (found === undefined) throw refused(`${word}: want one of ${Object.keys(known).join(", ")}`);
  return found;
}

/**
 * roleOf reads blevelParams, of which the signing time is the host's, and one role goes into XAdES.
 * @param {Parameters["blevelParams"]} given
 * @param {string} family
 */
function roleOf(given, family) {
  for (const [name, value] of Object.entries(given ?? {})) {
    const says = value !== null && value !== undefined && !(Array.isArray(value) && value.length === 0);
    if (says && !["trustAnchorBPPolicy", "signingDate", "claimedSignerRoles"].includes(name)) throw refused(`blevelParams.${name}: not known here`);
  }
  const roles = given?.claimedSignerRoles ?? [];
  const [role] = roles;
  if (role === undefined) return {};
  if (family !== "xades" || roles.length > 1) throw refused("claimedSignerRoles: one, with XAdES");
  return { role };
}

/**
 * signed has documents signed, and returns the one file that is made as DSS takes documents.
 * @param {readonly RemoteDocument[]} documents
 * @param {Made & WindowOptions} options
 * @returns {Promise<RemoteDocument>}
 */
async function signed(documents, options) {
  const { signatures } = await sign({
    ...options,
    documents: documents.map(({ name, bytes }) => ({ name: name ?? "", mediaType: mediaTypeOf(name ?? "", options), base64: bytes })),
  });
  const [only] = signatures;
  if (only === undefined || only.problem !== undefined) throw only?.problem;
  return { bytes: await base64Of(only.file), digestAlgorithm: null, name: documents[0]?.name ?? null };
}

/**
 * mediaTypeOf tells what a document is by the end of its name, or by its format where that has but one kind.
 * @param {string} name
 * @param {Made} made
 */
function mediaTypeOf(name, { format, cades, xades }) {
  if (cades?.form === "counter-signature") return "application/pkcs7-signature";
  if (format === "pades") return "application/pdf";
  if (format === "xades" && (xades?.form ?? "enveloped") === "enveloped") return "application/xml";
  return mediaTypes[/\.([a-z0-9]+)$/.exec(name.toLowerCase())?.[1] ?? ""] ?? "application/octet-stream";
}

/**
 * @param {Blob} file
 * @returns {Promise<string>}
 */
async function base64Of(file) {
  const bytes = new Uint8Array(await file.arrayBuffer());
  let binary = "";
  for (let i = 0; i < bytes.length; i += 0x8000) binary += String.fromCharCode(...bytes.subarray(i, i + 0x8000));
  return btoa(binary);
}

/** @param {string} detail */
function refused(detail) {
  // @ts-expect-error The constructor is for the modules of this library alone.
  return new EOnayError("request_invalid", { detail });
}
