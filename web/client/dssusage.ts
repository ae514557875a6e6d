// What a page of a site with a server of EU DSS writes. It is checked, never run.

import { counterSignSignature, type RemoteDocument, type RemoteSignatureParameters, signDocument, signDocuments } from "./dss.js";

declare const parameters: RemoteSignatureParameters, toSignDocument: RemoteDocument;

const toExtendDocument = await signDocument({ parameters, toSignDocument }, { purpose: "Sözleşmenin imzalanması" });
await fetch("/services/rest/signature/one-document/extendDocument", {
  method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ parameters, toExtendDocument }),
});

await signDocuments({ parameters, toSignDocuments: [toSignDocument] }, { purpose: "Ekler", language: "tr" });
await counterSignSignature({ parameters, signatureDocument: toSignDocument }, { purpose: "Onay", signer: 1 });
// @ts-expect-error the person reads what it is for
await signDocument({ parameters, toSignDocument }, {});
