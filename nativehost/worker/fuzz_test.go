package worker

import (
	"errors"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/nativehost/messaging"
)

// Whatever a child answers to a list, the same answer again and again included: no panic, and what is
// kept is within the bounds and can be shown.
func FuzzReply(f *testing.F) {
	f.Add([]byte(`{"token":{"slot":1,"serial":"s","label":"l","reader":"r","pin":{"min":4,"max":8,"pad":false,"state":"ready"},"puk":"low"}}`))
	f.Add([]byte(`{"certificate":{"slot":1,"der":"AA=="}}`))
	f.Add([]byte(`{"finding":{"code":"token_error","subject":"x"}}`))
	f.Add([]byte(`{"error":{"code":"pin_incorrect","detail":"C_Login","pin":{"min":4,"max":8,"pad":false,"state":"final"}}}`))
	f.Add([]byte(`{"error":{"code":"puk_last_try","detail":"C_InitPIN","pin":{"min":4,"max":8,"pad":false,"state":"locked"}}}`))
	f.Add([]byte(`{"slots":3}`))
	f.Add([]byte(`{"slots":9223372036854775807}`))
	f.Add([]byte(`{"token":{"slot":1,"pin":{"max":65536,"state":"ready","alphabet":"<<<<","tries":-1},"puk":"low"}}`))
	f.Add([]byte(`{"error":{"code":"pin_incorrect","pin":{"state":"low","alphabet":"any"}}}`))
	f.Add([]byte(`{"signature":"AA=="}`))
	f.Fuzz(func(t *testing.T, frame []byte) {
		var r reply
		if err := messaging.Decode(frame, &r); err != nil {
			return
		}
		if r.Error != nil {
			err := r.Error.err()
			if e, ok := errors.AsType[*PINError](err); ok && !validPIN(e.State) {
				t.Fatalf("state %+v", e.State)
			}
			if !shown(err.Error()) || fault.CodeOf(err) != fault.Internal && !known(fault.CodeOf(err)) {
				t.Fatalf("error %q", err)
			}
			return
		}
		var l Listing
		if r.Certificate != nil {
			l.Tokens = []Token{{Slot: r.Certificate.Slot}}
		}
		for l.add(&r) == nil {
			if len(l.Tokens) > maxTokens || len(l.Certificates) > maxTokenCertificates || len(l.Findings) > maxFindings || l.Slots > maxSlots {
				t.Fatal("out of bounds")
			}
		}
		for _, token := range l.Tokens {
			if token.PIN.Alphabet != "" || token.PIN.Tries != 0 || token.PIN.Max > 1<<16 || !shown(token.Label) || !shown(token.Reader) || !shown(token.Serial) {
				t.Fatalf("token %+v", token)
			}
		}
		for _, finding := range l.Findings {
			if !shown(finding.Subject) {
				t.Fatalf("finding %+v", finding)
			}
		}
	})
}

// shown reports whether s may be shown; an error has its code before the text.
func shown(s string) bool {
	for _, r := range s {
		if !unicode.IsPrint(r) && r != unicode.ReplacementChar {
			return false
		}
	}
	return utf8.ValidString(s) && utf8.RuneCountInString(s) <= maxText+40
}

// Whatever a token gives for an ECDSA signature: an error, or DER of the right size's numbers.
func FuzzECDSA(f *testing.F) {
	f.Add(make([]byte, 64), 32)
	f.Add(make([]byte, 96), 48)
	f.Add([]byte{1}, 32)
	f.Add([]byte{0x30, 6, 2, 1, 1, 2, 1, 1}, 32)
	f.Add([]byte{0x30, 6, 2, 1, 1, 2, 1, 1}, 4)
	f.Fuzz(func(t *testing.T, raw []byte, size int) {
		if size < 1 || size > 66 {
			return
		}
		der, err := ecdsaDER(raw, size, func([]byte) bool { return true })
		if (err == nil) != (len(raw) == 2*size || isECDSADER(raw, size)) {
			t.Fatalf("%d bytes for size %d: %v", len(raw), size, err)
		}
		if err == nil && (der[0] != 0x30 || len(der) > 2*size+2+3+4) {
			t.Fatalf("DER %x", der)
		}
	})
}
