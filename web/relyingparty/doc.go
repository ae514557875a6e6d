// Package relyingparty verifies qualified electronic signatures for any Go site: a person signed a document
// with the card on their desk, the page sent the signature here, and the site must know whether to believe
// it. It also lets people log in with the card.
//
// # Use
//
// Make one [Verifier] with the CA certificates that the site trusts, and call [Verifier.Verify] with the
// signature and the bytes that were to be signed. The bytes are the site's own copy, never what the browser
// says they were. The answer is [Evidence] or an error, nothing between. [Verifier.VerifyCertificate] judges a
// certificate alone, where there is nothing to sign with yet.
//
// # What Verify checks
//
// In this order, so that what is cheap and needs no network comes first:
//
//  1. The form: CMS in strict DER, CAdES baseline-B, profile P1 (internal/cades).
//  2. The claimed signing time: near the site's clock.
//  3. The document: the signed digest is that of the bytes given, and the signature is good.
//  4. The certificate: valid at the signing time, for non-repudiation, a person's qualified certificate
//     by its QCStatements, of a policy that the site accepts (internal/pki).
//  5. The path: up to one of the site's trust anchors, at the signing time.
//  6. Revocation, asked now: OCSP for the signer, a CRL for each CA below the anchor (internal/revocation).
//     [Verifier.CRLFallback] also takes a CRL for the signer, where nobody answers.
//     Nobody answering is a refusal.
//
// # What the site must check itself
//
//   - Whose signature it is: [Evidence.Of] compares with the person who is logged in.
//   - That the document is the one of this act and has not been signed before: put something into it that is
//     used once, as the portal does with its verification code.
//
// [SignHandler] serves all this to the site's pages.
//
// # Documents of any kind
//
// [Verifier.VerifyFile] does the same for a PDF, XML, a container or whatever else a page can have signed
// (docs/protocol/signing.md), by the options of the [SignRequest] and the site's own copies of the documents; [FileHandler]
// serves it. The file is what to keep then, with the evidence.
//
// # Evidence
//
// Store every field with the document, in the transaction that records the act. Signature, certificates,
// OCSP answer and CRLs verify with common tools, for instance openssl, long after the CA has gone.
//
// # Login
//
// [Login] gives a session a challenge and judges the token that answers it; [LoginHandler] serves it to the site's
// pages. Nothing is kept of a challenge until a card has answered it. A token is a JSON object. [FormatLogin] has format, certificate, algorithm and signature; certificate is DER and
// signature r‖s or that of RSA, both in base64; algorithm is one of RFC 7518. What is signed is
//
//	tr.eonay.login v1
//	<the site's origin>
//	<the nonce>
//	<SHA-256 of the certificate, in hexadecimal>
//
// each line ended by LF. No document's signature, no hash and no token of another format is over such bytes.
// [FormatWebEID] is that of Web eID; a site must ask for it. docs/protocol/login.md has all of it, and what
// it defends against.
//
// The site must check whose card it is ([Evidence.CitizenNumber]) and give the session a new name. A site of several
// processes needs a key that all of them have and [UsedChallenges] of its own.
//
// # Requests
//
// What a page asks for is made at the server, whole: [SignRequest], [LoginRequest] and [CertificateRequest] are what the
// page library's functions take, and the handlers answer with them. [RequestSigner] signs them, so that nobody but the
// server can ask in the site's name; what is signed is what the page gets. docs/protocol/signed-requests.md has the form.
//
// # Errors
//
// Errors carry stable codes ([Error], [CodeOf]) and are fit for the log: no citizen number, no name of a person. Show
// people the code's sentence ([SentenceOf]), never the text of the error. To a page's program a refusal is a problem
// document ([Problem]), which the handlers write and a site's own may.
package relyingparty
