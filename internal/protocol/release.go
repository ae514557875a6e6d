package protocol

import "github.com/e-onay/e-onay/internal/fault"

// A card whose PIN is blocked, or was never set, gets a new one with its PUK, which the person never has: the
// certificate authority holds it and releases it to this card, on this machine, for this act only. The page
// carries the messages between host and portal, and can read none of what matters:
//
//	page → window  PagePIN      PINRequest   the person's act at the portal
//	window → host  HostClaim    …            which card this is, signed by the machine's device key
//	window → page  PageClaim    PINClaim     … for the portal, which judges it
//	page → window  PageRelease  PINRelease   the PUK, sealed to the device key with the claim
//	window → host  HostRelease  …            the card gets its PIN, inside the worker
//	window → page  PageReported PINReport    what became of it, signed by the device key
//
// Package release has the forms of claim and report, what is signed and how it is sealed.

// PINRequest is what a page asks for on behalf of a person whose card needs a new PIN.
type PINRequest struct {
	// Purpose is one line in the page's words, shown as a quotation.
	Purpose string `json:"purpose" read:"line MaxPurpose"`
	// Code is the verification code that the page shows, CodeDigits decimal digits.
	Code string `json:"code" read:"digits CodeDigits"`
	// Act names the act at the portal, which the claim repeats: at most MaxAct characters of [0-9A-Za-z_-].
	Act string `json:"act" read:"reference MaxAct"`
	// Language is "tr" or "en": the page's language, used where the person has set none.
	Language string `json:"language" read:"language"`
	// Attest asks the computer's TPM to show that it holds the device key: its vendor's certificate goes into the claim.
	Attest bool `json:"attest,omitempty" read:"flag"`
}

// PINClaim is the host's claim on its way to the portal: bytes as they were signed.
type PINClaim struct {
	// Claim is JSON of a release.Claim, Signature the device key's (64 bytes, r‖s).
	Claim     []byte `json:"claim" read:"base64 MaxClaim"`
	Signature []byte `json:"signature" read:"base64 MaxSignature"`
	// Card is a signature by the card over Claim (CAdES, detached), where its PIN is usable; else empty.
	Card []byte `json:"card,omitempty" read:"base64 MaxSignature"`
}

// PINRelease is the portal's answer to a claim that it accepts.
type PINRelease struct {
	// Sealed is the PUK for the device key and this claim alone, at most MaxSealed bytes.
	Sealed []byte `json:"sealed" read:"base64 MaxSealed"`
}

// PINRefusal is the portal's answer to a claim that it does not accept. The window shows the sentence of a code
// that it knows, and that of unavailable for any other: it shows no words of a page's as its own.
type PINRefusal struct {
	Code fault.Code `json:"code" read:"name"`
}

// PINReport is what became of a release, on its way to the portal.
type PINReport struct {
	// Outcome is OutcomeDone, or the code of why the card has no new PIN.
	Outcome fault.Code `json:"outcome" read:"name"`
	// Report is JSON of a release.Report, Signature the device key's (64 bytes, r‖s).
	Report    []byte `json:"report" read:"base64 MaxClaim"`
	Signature []byte `json:"signature" read:"base64 MaxSignature"`
}

// OutcomeDone is the outcome of an act that was done. It is no error code.
const OutcomeDone fault.Code = "done"

// Unsure reports whether an outcome of a release leaves open whether the card has its new PIN: it was not heard to the
// end, or what it did could not be signed. The person is to try the new PIN first.
func Unsure(outcome fault.Code) bool {
	switch outcome {
	case fault.TokenRemoved, fault.TokenError, fault.ModuleTimeout, fault.ModuleCrashed, fault.Cancelled, fault.NoService, fault.CardBusy,
		fault.DeviceUnavailable, fault.HostStopped, fault.MessageInvalid, fault.Internal:
		return true
	}
	return false
}

// HostClaimBody asks for a claim. The certificate is one of the latest list, whatever its PIN's state; the host
// refuses one whose validity has not begun or has ended.
type HostClaimBody struct {
	Certificate string `json:"certificate"`
	// Origin is the asking page's, as the browser reports it.
	Origin  string `json:"origin"`
	Purpose string `json:"purpose"`
	Code    string `json:"code"`
	Act     string `json:"act"`
	// Attest is the page's PINRequest.Attest.
	Attest bool `json:"attest,omitempty"`
	// PIN is the present PIN, where the card has a usable one: then the card signs the claim as well.
	// KeyPIN, Told and KeyTold are as in HostSignBody.
	PIN     []byte `json:"pin,omitempty"`
	KeyPIN  []byte `json:"keyPIN,omitempty"`
	Told    string `json:"told,omitempty"`
	KeyTold string `json:"keyTold,omitempty"`
}

// HostReleaseBody hands over what the portal released for the session's claim, and the new PIN (UTF-8; base64 in
// JSON), which is empty where it is typed on the reader.
type HostReleaseBody struct {
	Sealed []byte `json:"sealed"`
	New    []byte `json:"new,omitempty"`
}

// HostUnblockBody sets a new PIN on a token of the latest list with a PUK that the person has. Both are UTF-8
// (base64 in JSON), and empty where they are typed on the reader.
type HostUnblockBody struct {
	Token string `json:"token"`
	PUK   []byte `json:"puk,omitempty"`
	New   []byte `json:"new,omitempty"`
	// Told is the state of the PUK that the window showed when it was typed, as in HostSignBody.
	Told string `json:"told,omitempty"`
}

// States of a PUK, from the flags of the token's security officer (CKF_SO_PIN_*).
const (
	PUKReady  = "ready"
	PUKLow    = "low"    // wrong at least once
	PUKFinal  = "final"  // the next wrong one is the card's end
	PUKLocked = "locked" // the card is lost
)

// PUKAfter is the state of a PUK after a refusal with code.
func PUKAfter(state string, code fault.Code) string {
	switch code {
	case fault.PUKIncorrect:
		return PUKLow
	case fault.PUKLastTry:
		return PUKFinal
	case fault.PUKLocked:
		return PUKLocked
	}
	return state
}
