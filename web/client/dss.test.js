import { test } from "node:test";
import assert from "node:assert/strict";
import { counterSignSignature, signDocument, signDocuments } from "./dss.js";
import { code, page, say, settled } from "./testing/page.js";

const options = { purpose: "Sözleşme" };
const pdf = { bytes: "JVBERv8=", digestAlgorithm: null, name: "sozlesme.pdf" };

// as DSS's own example writes a request: everything is there, most of it null.
const parameters = (more = {}) => ({
  signingCertificate: { encodedCertificate: "MII=" }, certificateChain: [], detachedContents: null, asicContainerType: null,
  signatureLevel: "PAdES_BASELINE_LTA", signaturePackaging: null, embedXML: false, manifestSignature: false, jwsSerializationType: null,
  sigDMechanism: null, digestAlgorithm: "SHA256", encryptionAlgorithm: null, contentTimestamps: null, generateTBSWithoutCertificate: false,
  archiveTimestampParameters: { digestAlgorithm: "SHA512" }, imageParameters: null, signatureIdToCounterSign: null,
  blevelParams: { trustAnchorBPPolicy: true, signingDate: 1766042848069, claimedSignerRoles: null, policyId: null, signerLocationPostalAddress: [] },
  ...more,
});

// asked begins a call, and returns what the page posted and what the call will give.
async function asked(call) {
  page.posted = [];
  const promise = call();
  promise.catch(() => {});
  await settled();
  assert.equal(page.posted.length, 1, "nothing was asked");
  return { body: page.posted[0].body, promise };
}

test("a PDF: what the host makes comes back as DSS takes documents", async () => {
  const { body, promise } = await asked(() => signDocument({ parameters: parameters(), toSignDocument: pdf }, options));
  assert.deepEqual([body.format, body.purpose, body.documents], ["pades", "Sözleşme", [{ name: "sozlesme.pdf", mediaType: "application/pdf", size: 5 }]]);
  say("accepted");
  say("signature", { document: 0, span: { document: 0, offset: 0, length: 5 } });
  say("signature", { document: 0, data: "QUJD", last: true });
  say("signed", { outcomes: [{}] });
  assert.deepEqual(await promise, { bytes: "JVBERv9BQkM=", digestAlgorithm: null, name: "sozlesme.pdf" });
});

for (const [name, more, want] of [
  ["CAdES", { signatureLevel: "CAdES_BASELINE_B" }, { format: "cades", cades: { form: "detached" } }],
  ["CAdES, enveloping", { signatureLevel: "CAdES_BASELINE_T", signaturePackaging: "ENVELOPING" }, { format: "cades", cades: { form: "attached" } }],
  ["XAdES with a role", { signatureLevel: "XAdES_BASELINE_B", signaturePackaging: "DETACHED", blevelParams: { claimedSignerRoles: ["Müdür"] } },
    { format: "xades", xades: { form: "detached", role: "Müdür" } }],
  ["JAdES", { signatureLevel: "JAdES_BASELINE_LT", jwsSerializationType: "JSON_SERIALIZATION" }, { format: "jades", jades: { form: "attached", serialization: "general" } }],
  ["a container", { signatureLevel: "XAdES_BASELINE_B", asicContainerType: "ASiC_E" }, { format: "asic", asic: { form: "asic-e", signature: "xades" } }],
]) {
  test(name, async () => {
    const { body } = await asked(() => signDocument({ parameters: parameters(more), toSignDocument: { bytes: "YQ==", name: "a.bin" } }, options));
    for (const [member, value] of Object.entries(want)) assert.deepEqual(body[member], value, member);
  });
}

test("several documents, and a counter-signature", async () => {
  const toSignDocuments = [pdf, { bytes: "YQ==", name: "ek.txt" }];
  const container = parameters({ signatureLevel: "CAdES_BASELINE_B", asicContainerType: "ASiC_E" });
  const { body } = await asked(() => signDocuments({ parameters: container, toSignDocuments }, options));
  assert.deepEqual([body.together, body.asic.signature, body.documents.map((d) => d.mediaType)], [true, "cades", ["application/pdf", "text/plain"]]);
  const cades = parameters({ signatureLevel: "CAdES_BASELINE_B" });
  const counter = await asked(() => counterSignSignature({ parameters: cades, signatureDocument: { bytes: "MAA=", name: "a.p7s" } }, { ...options, signer: 1 }));
  assert.deepEqual([counter.body.cades, counter.body.documents[0].mediaType], [{ form: "counter-signature", signer: 1 }, "application/pkcs7-signature"]);
});

test("what would change what is signed is refused by name, before anybody is asked", async () => {
  page.posted = [];
  for (const [more, detail] of [
    [{ signatureLevel: "PAdES_BASELINE_X" }, /signatureLevel/],
    [{ signaturePackaging: "DETACHED" }, /ENVELOPED/],
    [{ imageParameters: { zoom: 100 } }, /imageParameters/],
    [{ contentTimestamps: [{}] }, /contentTimestamps/],
    [{ embedXML: true }, /embedXML/],
    [{ blevelParams: { policyId: "1.2.3" } }, /policyId/],
    [{ blevelParams: { claimedSignerRoles: ["Müdür"] } }, /claimedSignerRoles/],
    [{ asicContainerType: "ASiC_E" }, /asicContainerType/],
    [{ somethingNew: "x" }, /somethingNew/],
  ]) {
    await assert.rejects(signDocument({ parameters: parameters(more), toSignDocument: pdf }, options),
      (error) => code("request_invalid")(error) && detail.test(error.detail), JSON.stringify(more));
  }
  await assert.rejects(signDocuments({ parameters: parameters(), toSignDocuments: [pdf, pdf] }, options), code("request_invalid"));
  await assert.rejects(counterSignSignature({ parameters: parameters(), signatureDocument: pdf }, options), code("request_invalid"));
  assert.deepEqual(page.posted, []);
});
