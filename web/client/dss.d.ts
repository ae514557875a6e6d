// The connector for sites with a server of EU DSS. DSS has had no part in the browser since NexU: its REST services give a hash ("data to
// sign"), and want a signature value back. E-Onay signs no hash for a page: it shows documents, and makes the whole signature. So the
// three calls of DSS for which a person's key was needed become these, with the bodies that the site has already:
//
//   DSS, in the browser's absence                                   here, in the page
//   one-document getDataToSign, the key's signature, signDocument   signDocument
//   multiple-documents, the same                                    signDocuments
//   getDataToBeCounterSigned, the key's signature, counterSign…     counterSignSignature
//
// Each gives a RemoteDocument at level B. T, LT and LTA come from the server, as before: hand it to extendDocument with the very same
// parameters.
//
//   import { signDocument } from "./dss.js";
//
//   const toExtendDocument = await signDocument({ parameters, toSignDocument }, { purpose: "Sözleşmenin imzalanması" });
//   await fetch("/services/rest/signature/one-document/extendDocument", { method: "POST", body: JSON.stringify({ parameters, toExtendDocument }), … });
//
// What differs: the person chooses the certificate, so signingCertificate and certificateChain say nothing; the host chooses the digest by the
// key, and the time is the machine's. A parameter that would change what is signed and that is not known here is refused
// ("request_invalid", the detail names it): policies, commitments, content time stamps, manifests, images. Options of `sign` that are given
// as well win over what the parameters say: `pades` with a stamp, `profile` in place of a policy.

import type { SignOptions } from "./client.js";

/** A document as DSS has it in JSON. */
export interface RemoteDocument {
  /** Base64. */
  bytes: string;
  digestAlgorithm?: null;
  name?: string | null;
}

/** What is read of DSS's RemoteSignatureParameters. */
export interface RemoteSignatureParameters {
  /** "PAdES_BASELINE_LT": the family, and a level, to which the server extends. */
  signatureLevel: string;
  signaturePackaging?: "ENVELOPED" | "ENVELOPING" | "DETACHED" | "INTERNALLY_DETACHED" | null;
  asicContainerType?: "ASiC_S" | "ASiC_E" | null;
  jwsSerializationType?: "COMPACT_SERIALIZATION" | "FLATTENED_JSON_SERIALIZATION" | "JSON_SERIALIZATION" | null;
  blevelParams?: { claimedSignerRoles?: string[] | null; [other: string]: unknown } | null;
  [other: string]: unknown;
}

/** What the window needs beside DSS's parameters, and what wins over them. */
export type WindowOptions = Omit<SignOptions, "documents">;

/** Has a document signed, at level B. */
export function signDocument(
  body: { parameters: RemoteSignatureParameters; toSignDocument: RemoteDocument }, options: WindowOptions,
): Promise<RemoteDocument>;

/** Has one signature made over several documents: in a container of ASiC, or detached. */
export function signDocuments(
  body: { parameters: RemoteSignatureParameters; toSignDocuments: readonly RemoteDocument[] }, options: WindowOptions,
): Promise<RemoteDocument>;

/**
 * Has a signature of a CAdES file counter-signed: the first, or that of `signer`, from 0 on. DSS's own identifiers of signatures
 * (signatureIdToCounterSign) say nothing here.
 */
export function counterSignSignature(
  body: { parameters: RemoteSignatureParameters; signatureDocument: RemoteDocument }, options: WindowOptions & { signer?: number },
): Promise<RemoteDocument>;
