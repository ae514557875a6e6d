// Verifies a signed request as the window does, with WebCrypto, by the published document alone. It reads
// {"site", "signed"} and writes {"header", "payload", "good"}.

import { readFileSync } from "node:fs";

const { site, signed } = JSON.parse(readFileSync(0, "utf8"));
const [head, body, signature] = signed.split(".");
const bytes = (text) => Buffer.from(text, "base64url");
const header = JSON.parse(bytes(head));
const jwk = site.keys.find((key) => key.kid === header.kid);
const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
const key = await crypto.subtle.importKey("jwk", jwk, algorithm, false, ["verify"]);
const good = await crypto.subtle.verify(algorithm, key, bytes(signature), Buffer.from(`${head}.${body}`));
console.log(JSON.stringify({ header, payload: JSON.parse(bytes(body)), good }));
