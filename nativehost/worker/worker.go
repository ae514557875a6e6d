// Package worker runs one PKCS#11 library in a process of its own.
//
// Vendor libraries crash, hang, and print on standard output; only a process can be killed. Client is the host's side: it
// starts the program's own `worker MODULE QUIRKS…` command, sends it requests, and kills a child that is late or whose
// answers make no sense. Main is the child's side: it alone loads the library.
//
// # The conversation
//
// The child's standard input and output carry the framing of package messaging. They are sockets on systems that have
// socket pairs. The child sends Hello once its memory is closed to other programs, and the host sends nothing before. Then
// the host sends one request and reads the replies to it up to the one with Done or Error:
//
//	list   → one reply for each token, certificate and finding, then Done
//	open   → the PIN follows as a frame of its own, never as JSON, and the key's own PIN if there is one; logs in;
//	         PSS if it signs so, EachTime if the key wants a PIN for each signature, Done
//	sign   → a Signature for each digest, as soon as it is made, then Done; any number of times
//	close  → logs out, also after an open that failed, and after change; Done
//	change → the old and the new PIN follow, each as a frame; Done
//	unblock → the PUK and the new PIN follow, each as a frame; Done
//	reset  → the new PIN follows as a frame; the PUK comes sealed, and the child opens it; Done
//
// Refused reports a PIN or PUK that the card refuses, before the library is asked for the state after it. Typing reports
// that the person has to type on the reader, and that they have.
//
// The child ends when its standard input does, so it cannot outlive the host. One that gets a PUK does nothing else before
// or after. Each request names the readers whose card may have a login that the host has not ended yet: if the host is
// killed, the child resets those cards before it ends.
//
// # What is trusted
//
// Nothing that the child answers, since a library can do anything to its process. Counts, lengths and codes are checked and
// text is cleaned; package cades verifies each signature with the certificate's key.
package worker

import (
	"crypto"
	"math"
	"time"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/protocol"
)

// Token is a token that a library shows.
type Token struct {
	Slot   uint   `json:"slot"`
	Serial string `json:"serial"`
	Label  string `json:"label"`
	Reader string `json:"reader"`
	// PIN and PUK are their states at the time of listing; PUK is a protocol.PUK… state.
	PIN protocol.PINState `json:"pin"`
	PUK string            `json:"puk"`
	// Removable tells that its slot is a reader, by the library's word (CKF_REMOVABLE_DEVICE).
	Removable bool `json:"removable,omitempty"`
	// PSS tells that its RSA keys sign by RSASSA-PSS alone.
	PSS bool `json:"pss,omitempty"`
}

// Certificate is a certificate on a token.
type Certificate struct {
	Slot uint   `json:"slot"`
	DER  []byte `json:"der"`
}

// Listing is what a library shows without a PIN.
type Listing struct {
	// Slots counts the library's slots, those without a token included.
	Slots        int
	Tokens       []Token
	Certificates []Certificate
	Findings     []protocol.Finding
}

// Key names a key by the token it is on and the certificate it belongs to.
type Key struct {
	Slot        uint   `json:"slot"`
	Serial      string `json:"serial"`
	Certificate []byte `json:"certificate"`
}

// TokenRef names a token.
type TokenRef struct {
	Slot   uint   `json:"slot"`
	Serial string `json:"serial"`
}

// PINError is a *fault.Error about the PIN or PUK with the PIN's state after it.
type PINError struct {
	State protocol.PINState
	Err   *fault.Error
}

func (e *PINError) Error() string { return e.Err.Error() }
func (e *PINError) Unwrap() error { return e.Err }

// Limits are how long the host waits for a child, its start included.
type Limits struct {
	List time.Duration
	// Login is for a PIN that is passed on, Pad for one that the person types on the reader.
	Login time.Duration
	Pad   time.Duration
	// Sign is for one signature.
	Sign time.Duration
	// Unblock is for a PUK that is passed on; Reset has time besides for a device key to be opened and used, each of
	// which package device gives thirty seconds.
	Unblock time.Duration
	Reset   time.Duration
	// Logout is short: the signature is there, and a child that cannot log out is ended, which does.
	Logout time.Duration
}

// DefaultLimits fit slow cards: an RSA signature takes under two seconds on any that was measured.
var DefaultLimits = Limits{
	List: 10 * time.Second, Login: 30 * time.Second, Pad: 90 * time.Second, Sign: 20 * time.Second,
	Unblock: 30 * time.Second, Reset: 100 * time.Second, Logout: time.Second,
}

// Bounds on a child's answers beside those of package protocol.
const (
	maxSlots     = math.MaxUint16
	maxTokens    = 32
	maxFindings  = 2*maxTokens + 1 // two of each token, and one of their number
	maxSignature = 2048            // bytes: RSA-16384
	maxText      = 64              // runes: CK_SLOT_INFO's description is the longest text there is
	maxReader    = 128             // runes: PC/SC's longest name of a reader
	// maxTokenCertificates and maxTokenBytes bound the certificates of one token. Each token has room of its own, so that a
	// full one takes none of another's. It is more than the window lists: the person's own may be any of them.
	maxTokenCertificates = 256
	maxTokenBytes        = 512 << 10
	maxDetail            = 250 // runes: a loader's reason begins with the library's path and ends with what matters
)

type operation string

const (
	opList  operation = "list"
	opOpen  operation = "open"
	opSign  operation = "sign"
	opClose operation = "close"

	opChange  operation = "change" // of a PIN
	opUnblock operation = "unblock"
	opReset   operation = "reset"
)

// lasting reports whether what the operation has done outlives the child: a new PIN stays on the card.
func (o operation) lasting() bool { return o == opChange || o == opUnblock || o == opReset }

type request struct {
	Op operation `json:"op"`
	// Key is for open; PIN tells that a frame with the PIN follows, also for change, and for unblock one with the PUK.
	Key *Key `json:"key,omitempty"`
	PIN bool `json:"pin,omitempty"`
	// KeyPIN, for open, tells that a frame with the key's own PIN follows that; OnePIN and Told are an Entry's.
	KeyPIN bool   `json:"keyPIN,omitempty"`
	OnePIN bool   `json:"onePIN,omitempty"`
	Told   string `json:"told,omitempty"`
	// Token is for change and unblock; New tells that a frame with the new PIN follows, also for reset.
	Token *TokenRef `json:"token,omitempty"`
	New   bool      `json:"new,omitempty"`
	// Method is for unblock; a Reset has its own.
	Method Method `json:"method,omitempty"`
	Reset  *Reset `json:"reset,omitempty"`
	// Hash names the algorithm of Digests, for sign.
	Hash    crypto.Hash `json:"hash,omitempty"`
	Digests [][]byte    `json:"digests,omitempty"`
	// Readers are those whose card the child resets if the host ends before its next request.
	Readers []string `json:"readers,omitempty"`
}

type reply struct {
	Hello       bool              `json:"hello,omitempty"`
	Slots       int               `json:"slots,omitempty"`
	Token       *Token            `json:"token,omitempty"`
	Certificate *Certificate      `json:"certificate,omitempty"`
	Finding     *protocol.Finding `json:"finding,omitempty"`
	PSS         bool              `json:"pss,omitempty"`
	EachTime    bool              `json:"eachTime,omitempty"` // the key wants a PIN for each signature
	Typing      typing            `json:"typing,omitempty"`   // on the reader; at any time
	Signature   []byte            `json:"signature,omitempty"`
	// Refused comes ahead of an Error that has the token's state besides.
	Refused *failure `json:"refused,omitempty"`
	Error   *failure `json:"error,omitempty"`
	Done    bool     `json:"done,omitempty"`
}

// typing says when a person has to type on the reader.
type typing string

const (
	typingBegins typing = "begins"
	typingEnds   typing = "ends"
)

type failure struct {
	Code   fault.Code         `json:"code"`
	Detail string             `json:"detail"`
	PIN    *protocol.PINState `json:"pin,omitempty"`
}
