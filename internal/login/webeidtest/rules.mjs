// What Web eID has published for sites that take a token, in our own words and with no code of E-Onay's: the token format
// (web-eid-system-architecture-doc), and what all three of its validation libraries ask for (Java 3.2, PHP 1.3, .NET after 1.2),
// in their order. OCSP is left out. Standard input has a site and tokens as JSON; for each the name of the first rule that it
// breaks is printed, or nothing, as a list.

import { readFileSync } from "node:fs";
import { X509Certificate, constants, createHash, verify } from "node:crypto";

const clientAuth = "1.3.6.1.5.5.7.3.2";
const [keyUsageID, policiesID] = ["551d0f", "551d20"]; // 2.5.29.15, 2.5.29.32
const curves = { ES256: "prime256v1", ES384: "secp384r1", ES512: "secp521r1" };
const paddings = { PS: constants.RSA_PKCS1_PSS_PADDING, RS: constants.RSA_PKCS1_PADDING };

const { origin, nonce, at, trusted, tokens } = JSON.parse(readFileSync(0, "utf8"));
process.stdout.write(JSON.stringify(tokens.map((token) => broken(token) ?? "")));

function broken(token) {
  if (!/^https:\/\/[^/?#@]+$/.test(origin)) return "origin";
  const t = parsed(token);
  if (!t) return "form";
  const certificate = read(t.unverifiedCertificate);
  if (!certificate) return "certificate";
  if (!forLogin(certificate)) return "purpose";
  if (!extensions(certificate).has(policiesID)) return "policy";
  if (!validAt(certificate)) return "time";
  if (!trusted.map(read).some((ca) => ca.ca && certificate.checkIssued(ca) && certificate.verify(ca.publicKey) && validAt(ca))) return "issuer";
  return signed(t, certificate.publicKey) ? undefined : "signature";
}

function parsed(token) {
  if (token.length < 100 || token.length > 10_000) return undefined;
  try {
    const t = JSON.parse(token);
    return t.format.startsWith("web-eid:1") && t.unverifiedCertificate && t.algorithm && t.signature ? t : undefined;
  } catch {
    return undefined;
  }
}

function read(base64) {
  try {
    return new X509Certificate(decoded(base64));
  } catch {
    return undefined;
  }
}

// decoded takes the alphabet with + and / alone, padded, as Java's basic decoder does.
function decoded(base64) {
  const data = Buffer.from(base64, "base64");
  if (data.toString("base64") !== base64) throw new Error("no base64");
  return data;
}

// forLogin: digitalSignature must be there. Extended usages may be missing, as in Luxembourg's certificates; where there are
// any, clientAuth is among them.
function forLogin(certificate) {
  const usage = extensions(certificate).get(keyUsageID);
  if (!usage) return false;
  const [bits] = elements(usage);
  return (bits.value[1] & 0x80) !== 0 && (certificate.keyUsage?.includes(clientAuth) ?? true);
}

function validAt(certificate) {
  return Date.parse(certificate.validFrom) <= at && at <= Date.parse(certificate.validTo);
}

// signed: the signature is over hash(origin) and hash(nonce), by an algorithm that goes with the key; of ECDSA it is r and s.
function signed(t, key) {
  if (!/^(ES|PS|RS)(256|384|512)$/.test(t.algorithm)) return false;
  const kind = t.algorithm.slice(0, 2), hash = "sha" + t.algorithm.slice(2);
  const { namedCurve, modulusLength } = key.asymmetricKeyDetails;
  if (kind === "ES" ? namedCurve !== curves[t.algorithm] : !(key.asymmetricKeyType === "rsa" && modulusLength >= 2048)) return false;
  const options = kind === "ES" ? { dsaEncoding: "ieee-p1363" } : { padding: paddings[kind], saltLength: constants.RSA_PSS_SALTLEN_DIGEST };
  const parts = [origin, nonce].map((part) => createHash(hash).update(part, "utf8").digest());
  try {
    return verify(hash, Buffer.concat(parts), { key, ...options }, decoded(t.signature));
  } catch {
    return false;
  }
}

// extensions are the values by their identifiers, in hexadecimal. They are the last field of a TBSCertificate (RFC 5280, 4.1).
function extensions(certificate) {
  const [{ value: tbs }] = elements(elements(certificate.raw)[0].value);
  const last = elements(tbs).at(-1);
  const list = last.tag === 0xa3 ? elements(elements(last.value)[0].value) : [];
  return new Map(list.map((one) => elements(one.value)).map((parts) => [parts[0].value.toString("hex"), parts.at(-1).value]));
}

// elements are those of a value in DER, one after the other.
function elements(der) {
  const out = [];
  for (let at = 0; at < der.length; ) {
    let length = der[at + 1], from = at + 2;
    if (length > 0x80) {
      const size = length - 0x80;
      length = der.readUIntBE(from, size);
      from += size;
    }
    out.push({ tag: der[at], value: der.subarray(from, from + length) });
    at = from + length;
  }
  return out;
}
