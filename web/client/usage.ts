// What a page may write, and what the compiler must refuse. It is checked, never run.

import { authenticate, certificates, delegate, EOnayError, installed, openSetup, resetPIN, sign, status, type Status } from "./client.js";
import { MaxDocuments, sentences, type SignRequest, type StatusReply } from "./protocol.gen.js";

const there: boolean = installed();
const state: Status = await status({ language: "en" });
const problem: EOnayError | null = state.problem;

await delegate(["https://giris.example"], { language: "en" });
await delegate([]);
await openSetup({ language: "tr" });
const way: string | undefined = problem?.installURL;

const { signatures } = await sign({
  documents: [{ name: "onay.txt", data: "metin" }, { name: "b", mediaType: "text/plain", data: new Uint8Array(1) }, { name: "c", data: new Blob(["x"]) }, { name: "d", base64: "eA==" }],
  purpose: "E-Onay verilmesi",
  code: "168857414351237",
  format: "cades",
  profile: "P1",
  signed: "a.b.c",
  installURL: "/yardim",
  language: "tr",
  signal: new AbortController().signal,
  onProgress: (stage) => { const known: "opened" | "agreed" | "signing" = stage; void known; },
});
const [first] = signatures;
if (first === undefined || first.problem !== undefined) throw first?.problem;
const blob: Blob = first.file;
const bytes: number | undefined = first.data?.length;
// @ts-expect-error a document may not have been signed
void signatures[1]!.file.size;

const { token } = await authenticate({
  nonce: "A".repeat(44),
  purpose: "Giriş",
  signed: "a.b.c",
  language: "tr",
  signal: new AbortController().signal,
  onProgress: (stage) => void stage,
});
const { certificates: shown } = await certificates({ purpose: "Başvuru", signed: "a.b.c" });
const certificate: Blob = new Blob([token, shown[0]!.data, shown[0]!.algorithms.map((a) => a.hashFunction).join()]);
await certificates();

const { outcome, report, signature } = await resetPIN({
  purpose: "Kilit çözme",
  code: "168857414351237",
  act: "0a-_Z",
  release: async ({ claim, signature, card }) => {
    const sizes: number[] = [claim.length, signature.length, card?.length ?? 0];
    return { sealed: new Uint8Array(sizes) };
  },
  language: "tr",
  signal: new AbortController().signal,
  onProgress: (stage) => void stage,
});
const done: boolean = outcome === "done" && report.length + signature.length > 0;

try {
  await sign({ documents: [], purpose: "x" });
} catch (error) {
  if (error instanceof EOnayError && error.code === "cancelled") {
    const text: string = error.messages.tr + error.message;
    void text;
  }
}

// @ts-expect-error a digest is not a document
await sign({ digest: new Uint8Array(32), purpose: "x" });
// @ts-expect-error bytes once
await sign({ documents: [{ name: "a", data: "x", base64: "eA==" }], purpose: "x" });
// @ts-expect-error a purpose is needed
await sign({ documents: [{ name: "a", data: "x" }] });
// @ts-expect-error no such profile
await sign({ documents: [{ name: "a", data: "x" }], purpose: "x", profile: "P9" });
// @ts-expect-error a login needs a challenge
await authenticate({ purpose: "x" });
// @ts-expect-error the format of the token is not the page's to choose
await authenticate({ nonce: "A".repeat(44), format: "web-eid:1.0" });
// @ts-expect-error a list, even of one
await delegate("https://giris.example");
// @ts-expect-error a new PIN needs a code
await resetPIN({ purpose: "x", act: "1", release: async () => ({ sealed: new Uint8Array(1) }) });
// @ts-expect-error a new PIN is not asked for by what the site has signed
await resetPIN({ purpose: "x", code: "168857414351237", act: "1", signed: "a.b.c", release: async () => ({ sealed: new Uint8Array(1) }) });
// @ts-expect-error what is released is sealed bytes
await resetPIN({ purpose: "x", code: "168857414351237", act: "1", release: async () => ({ puk: "1" }) });
// @ts-expect-error no such code
if (problem?.code === "no_such_code") void 0;
// @ts-expect-error errors are made by the library
new EOnayError("cancelled");

const request: SignRequest = { purpose: "x", documents: [{ name: "a", mediaType: "text/plain", size: 1 }], format: "cades", profile: "P1", language: "tr" };
const reply: StatusReply = { extension: "1", protocol: 1, formats: ["cades"], host: "" };
const most: 1000 = MaxDocuments;
const sentence: string | undefined = sentences["cancelled"]?.tr;
void [there, done, blob, bytes, certificate, request, reply, most, sentence];
