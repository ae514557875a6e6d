package extend_test

import (
	"context"
	"crypto"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"runtime"
	"testing"
	"time"

	"github.com/e-onay/e-onay/internal/extend"
	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/timestamp"
	"github.com/e-onay/e-onay/internal/validation"
	"github.com/e-onay/e-onay/internal/validation/formats"
	"github.com/e-onay/e-onay/internal/validation/validationtest"
)

// TestAuthorityMisbehaves has authorities that give what is no time stamp of the signature.
func TestAuthorityMisbehaves(t *testing.T) {
	s := newScene(t)
	file := s.NewSignature("Onay veriyorum.").Sign().DER()
	other := make([]byte, crypto.SHA256.Size())
	for _, test := range []struct {
		name  string
		stamp func(digest []byte) ([]byte, error)
		want  fault.Code
	}{
		{"of something else", func([]byte) ([]byte, error) { return s.Stamp(other, s.now), nil }, fault.TimestampInvalid},
		{"no token", func([]byte) ([]byte, error) { return []byte{0x30, 0}, nil }, fault.TimestampInvalid},
		{"nothing", func([]byte) ([]byte, error) { return nil, nil }, fault.TimestampInvalid},
		{"of tomorrow", func(digest []byte) ([]byte, error) { return s.Stamp(digest, s.now.Add(day)), nil }, fault.TimestampInvalid},
		{"an error", func([]byte) ([]byte, error) { return nil, errors.New("away") }, fault.Internal},
		{"a forged token", func(digest []byte) ([]byte, error) {
			token := s.Stamp(digest, s.now)
			token[len(token)-1] ^= 1
			return token, nil
		}, fault.TimestampUntrusted},
	} {
		for _, level := range []extend.Level{extend.T, extend.LTA} {
			o := s.options()
			o.Stamp = func(_ context.Context, _ crypto.Hash, digest []byte) ([]byte, error) { return test.stamp(digest) }
			result, err := extend.Extend(t.Context(), content(file), nil, level, o)
			if fault.CodeOf(err) != test.want || result != nil {
				t.Errorf("%s, %s: %v, want %s", test.name, level, err, test.want)
			}
		}
	}
}

// TestAuthorityAhead takes a time stamp of an authority whose clock is ahead of ours, as far as a client accepts it.
func TestAuthorityAhead(t *testing.T) {
	s := newScene(t)
	o := s.options()
	o.Stamp = func(_ context.Context, _ crypto.Hash, digest []byte) ([]byte, error) {
		return s.Stamp(digest, s.now.Add(time.Minute)), nil
	}
	result, err := extend.Extend(t.Context(), content(s.NewSignature("Onay veriyorum.").Sign().DER()), nil, extend.LTA, o)
	if err != nil {
		t.Fatal(err)
	}
	if got := result.After.Signatures[0]; got.Indication != validation.Passed || got.Proven == nil {
		t.Errorf("%s %+v", got.Indication, got.Reasons)
	}
}

// TestAuthorityByHTTP asks authorities by way of a client: the first does not answer, and no secret of a setting is in the error.
func TestAuthorityByHTTP(t *testing.T) {
	away := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusServiceUnavailable) }))
	defer away.Close()
	s := newScene(t)
	o := s.options()
	o.Stamp = extend.StamperOf(&timestamp.Client{Authorities: []timestamp.Authority{{URL: away.URL, KamuSM: &timestamp.KamuSM{Customer: 7, Password: "gizli"}}}})
	_, err := extend.Extend(t.Context(), content(s.NewSignature("Onay veriyorum.").Sign().DER()), nil, extend.T, o)
	if fault.CodeOf(err) != fault.TimestampUnavailable {
		t.Errorf("%v", err)
	}
}

// TestOlderArchive puts an archive time stamp of version 3 beside one of version 2, and refuses what would break that one.
func TestOlderArchive(t *testing.T) {
	s := newScene(t)
	signature := s.NewSignature("Onay veriyorum.").Sign().AddSignatureStamp(s.now)
	signature.Certificates = append(signature.Certificates, s.Root.Certificate.Raw)
	signature.AddOCSP(s.OCSP(s.CA, s.Signer, s.now, 60*day)).AddCRL(s.CRL(s.Root, s.now, 60*day)).AddArchiveStampV2(s.now.Add(time.Minute), true)
	file := signature.DER()
	s.now = s.now.Add(30 * day)
	archived, result := s.extend(t, file, extend.LTA)
	s.want(t, archived, "", "A")
	for _, stamp := range result.After.Signatures[0].TimeStamps {
		if stamp.Indication != validation.Passed {
			t.Errorf("%s: %+v", stamp.Name, stamp.Reasons)
		}
	}
	s.now = s.now.Add(60 * day) // the lists are stale: newer ones would have to be embedded
	s.refuse(t, file, extend.LTA, fault.Unsupported)
}

// TestCancelled gives up when its context does.
func TestCancelled(t *testing.T) {
	s := newScene(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := extend.Extend(ctx, content(s.NewSignature("Onay veriyorum.").Sign().DER()), nil, extend.LT, s.options())
	if !errors.Is(err, context.Canceled) || s.stamps > 0 {
		t.Errorf("%v after %d time stamps", err, s.stamps)
	}
}

// TestLargeContent extends a signature with 64 MiB inside, and holds none of it in memory.
func TestLargeContent(t *testing.T) {
	const size = 64 << 20
	s := newScene(t)
	signature := s.NewSignature("")
	signature.Content = make([]byte, size)
	signature.Signed[1] = signature.MessageDigest(signature.Content)
	file := signature.Sign().DER()
	var before, after runtime.MemStats
	o := s.options()
	runtime.ReadMemStats(&before)
	result, err := extend.Extend(t.Context(), content(file), nil, extend.LTA, o)
	runtime.ReadMemStats(&after)
	if err != nil {
		t.Fatal(err)
	}
	if taken := after.TotalAlloc - before.TotalAlloc; taken > 4<<20 {
		t.Errorf("%d bytes allocated", taken)
	}
	if n, err := io.Copy(io.Discard, io.NewSectionReader(result.File.Reader, 0, result.File.Size)); err != nil || n != result.File.Size {
		t.Errorf("%d bytes: %v", n, err)
	}
}

// FuzzExtend extends files that anybody may have made: an error leaves nothing, and what comes out has the same signatures.
func FuzzExtend(f *testing.F) {
	s := newScene(f)
	plain := s.NewSignature("Onay veriyorum.").Sign()
	f.Add(plain.DER(), byte(0))
	archived, _ := s.extend(f, plain.DER(), extend.LTA)
	f.Add(archived, byte(2))
	xl, _ := s.extend(f, s.named(3).DER(), extend.P4)
	f.Add(xl, byte(5))
	f.Add(plain.AddCounterSignature(s.Signer, s.Key).AddArchiveStampV2(validationtest.Signed, true).DER(), byte(2))
	f.Fuzz(func(t *testing.T, file []byte, level byte) {
		s.T = t
		before, err := formats.Read(content(file))
		if err != nil {
			return
		}
		result, err := extend.Extend(t.Context(), content(file), nil, extend.Levels[int(level)%len(extend.Levels)], s.options())
		if err != nil {
			return
		}
		after, err := formats.Read(content(read(t, result.File)))
		if err != nil || len(after) != len(before) {
			t.Fatalf("%d signatures, %d before: %v", len(after), len(before), err)
		}
		for i := range after {
			if after[i].Value != before[i].Value {
				t.Errorf("signature %d is another", i+1)
			}
		}
	})
}
