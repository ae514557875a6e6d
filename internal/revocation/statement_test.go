package revocation_test

import (
	"bytes"
	"crypto"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"math/big"
	"net/http"
	"testing"
	"time"

	"github.com/e-onay/e-onay/internal/pki/pkitest"
	"github.com/e-onay/e-onay/internal/revocation"
)

// past is a moment long ago: the answers and lists of then are out of date today.
var past = time.Date(2024, 5, 6, 7, 8, 9, 0, time.UTC)

// inThePast is a certificate that was valid around past, and is no longer.
func inThePast(c *x509.Certificate) {
	c.NotBefore, c.NotAfter = past.AddDate(-1, 0, 0), past.AddDate(0, 1, 0)
}

func TestReadOCSP(t *testing.T) {
	oidArchiveCutoff := asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 48, 1, 6}
	withReason := func(reason byte) []byte {
		return tlv(0xa1, generalized(past.Add(-time.Hour)), tlv(0xa0, []byte{10, 1, reason}))
	}
	change := func(f func(w *world, s *single)) func(*world, *reply) {
		return func(w *world, r *reply) {
			s := w.single(t)
			s.thisUpdate, s.nextUpdate = past, past.Add(time.Hour)
			f(w, s)
			r.singles = [][]byte{s.der()}
		}
	}
	for _, test := range []struct {
		name   string
		change func(w *world, r *reply)
		status revocation.Status
		reason int
		err    error // of its kind; errAny for any
	}{
		{"good", change(func(*world, *single) {}), revocation.Good, 0, nil},
		{"of the issuer itself", func(w *world, r *reply) {
			change(func(*world, *single) {})(w, r)
			r.responder, r.certificate = tlv(0xa1, w.ca.Certificate.RawSubject), nil
			r.key, r.algorithm, r.hash = w.ca.Key, asn1.ObjectIdentifier{1, 2, 840, 10045, 4, 3, 3}, crypto.SHA384
		}, revocation.Good, 0, nil},
		{"named by SHA-256", change(func(w *world, s *single) {
			name, key := sha256.Sum256(w.ca.Certificate.RawSubject), sha256.Sum256(keyBits(t, w.ca.Certificate))
			s.hash, s.name, s.key = oidSHA256, name[:], key[:]
		}), revocation.Good, 0, nil},
		{"revoked", change(func(w *world, s *single) { s.status = revokedAt(past.Add(-time.Hour)) }), revocation.Revoked, 0, nil},
		{"revoked, the key is known to others", change(func(w *world, s *single) { s.status = withReason(1) }), revocation.Revoked, 1, nil},
		{"on hold", change(func(w *world, s *single) { s.status = withReason(6) }), revocation.OnHold, 6, nil},
		{"revoked for a reason that is none", change(func(w *world, s *single) {
			s.status = tlv(0xa1, generalized(past), tlv(0xa0, []byte{4, 1, 1}))
		}), 0, 0, errAny},
		{"not known", change(func(w *world, s *single) { s.status = unknown }), revocation.NotKnown, 0, nil},
		{"archive", change(func(w *world, s *single) {
			s.extensions = [][]byte{extension(oidArchiveCutoff, false, generalized(past.AddDate(-7, 0, 0)))}
		}), revocation.Good, 0, nil},
		{"archive that is none", change(func(w *world, s *single) {
			s.extensions = [][]byte{extension(oidArchiveCutoff, false, octets(nil))}
		}), 0, 0, errAny},
		{"on another certificate", change(func(w *world, s *single) { s.serial = big.NewInt(7) }), 0, 0, revocation.ErrOfAnother},
		{"nextUpdate before thisUpdate", change(func(w *world, s *single) { s.nextUpdate = past.Add(-time.Hour) }), 0, 0, errAny},
		{"another key", func(w *world, r *reply) { r.key = pkitest.Key(t, "P-256 other") }, 0, 0, errAny},
		{"of a responder whose time was over", func(w *world, r *reply) {
			change(func(*world, *single) {})(w, r)
			r.producedAt = past.AddDate(1, 0, 0)
		}, 0, 0, errAny},
		{"tryLater", func(w *world, r *reply) { r.status = 3 }, 0, 0, errAny},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := newWorld(t, http.NotFoundHandler())
			w.responder = w.newResponder(t, w.ca, inThePast)
			r := w.reply(t, nil)
			r.producedAt = past.Add(time.Minute)
			test.change(w, r)
			der := r.der(t)
			got, err := revocation.ReadOCSP(der, w.leaf, w.ca.Certificate)
			if test.err != nil {
				if err == nil || test.err != errAny && !errors.Is(err, test.err) {
					t.Errorf("%+v, %v", got, err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if got.Status != test.status || got.Reason != test.reason || !bytes.Equal(got.DER, der) || got.IsCRL ||
				!got.ThisUpdate.Equal(past) || !got.NextUpdate.Equal(past.Add(time.Hour)) || !got.ProducedAt.Equal(past.Add(time.Minute)) {
				t.Errorf("%+v", got)
			}
			checkMoments(t, got)
			if isArchive := test.name == "archive"; got.KnowsExpired(past.AddDate(-1, 0, 0)) != (isArchive || got.RevokedAt(past)) {
				t.Errorf("knows what has expired: %+v", got)
			}
		})
	}
}

// errAny stands for any error.
var errAny = errors.New("any error")

// checkMoments looks at a statement of past from three moments.
func checkMoments(t *testing.T, s *revocation.Statement) {
	t.Helper()
	isRevoked := s.Status == revocation.Revoked || s.Status == revocation.OnHold
	if s.RevokedAt(past) != isRevoked || s.RevokedAt(past.Add(-2*time.Hour)) {
		t.Errorf("revoked before and after: %+v", s)
	}
	if !s.FreshAt(past, 0) || s.FreshAt(past.Add(2*time.Hour), 0) {
		t.Errorf("fresh: %+v", s)
	}
	if !s.KnowsExpired(past.Add(time.Hour)) {
		t.Errorf("made before the certificate has expired: %+v", s)
	}
}

func TestReadCRL(t *testing.T) {
	on := func(w *world, reason int) []x509.RevocationListEntry {
		return []x509.RevocationListEntry{{SerialNumber: w.ca.Certificate.SerialNumber, RevocationTime: past.Add(-time.Hour), ReasonCode: reason}}
	}
	extended := func(critical bool, value []byte, oid ...int) func(*world, *listing) {
		return func(w *world, l *listing) {
			l.template.ExtraExtensions = []pkix.Extension{{Id: oid, Critical: critical, Value: value}}
		}
	}
	for _, test := range []struct {
		name   string
		change func(w *world, l *listing)
		status revocation.Status
		reason int
		err    error
	}{
		{"not listed", func(w *world, l *listing) {}, revocation.Good, 0, nil},
		{"revoked", func(w *world, l *listing) { l.template.RevokedCertificateEntries = on(w, 0) }, revocation.Revoked, 0, nil},
		{"revoked with a reason", func(w *world, l *listing) { l.template.RevokedCertificateEntries = on(w, 4) }, revocation.Revoked, 4, nil},
		{"on hold", func(w *world, l *listing) { l.template.RevokedCertificateEntries = on(w, 6) }, revocation.OnHold, 6, nil},
		{"on hold, then revoked", func(w *world, l *listing) {
			l.template.RevokedCertificateEntries = append(on(w, 6), on(w, 1)...)
		}, revocation.Revoked, 1, nil},
		{"archive", extended(false, generalized(past.AddDate(-7, 0, 0)), 2, 5, 29, 60), revocation.Good, 0, nil},
		{"archive that is none", extended(false, octets(nil), 2, 5, 29, 60), 0, 0, errAny},
		{"delta", extended(true, marshal(1), 2, 5, 29, 27), 0, 0, errAny},
		{"on some reasons only", extended(true, sequence([]byte{0x83, 2, 6, 0x40}), 2, 5, 29, 28), 0, 0, errAny},
		{"on some reasons only, and revoked", func(w *world, l *listing) {
			extended(true, sequence([]byte{0x83, 2, 6, 0x40}), 2, 5, 29, 28)(w, l)
			l.template.RevokedCertificateEntries = on(w, 1)
		}, revocation.Revoked, 1, nil},
		{"on end entities only", extended(true, sequence([]byte{0x81, 1, 0xff}), 2, 5, 29, 28), 0, 0, errAny},
		{"of another issuer", func(w *world, l *listing) { l.issuer, l.key = w.ca.Certificate, w.ca.Key }, 0, 0, revocation.ErrOfAnother},
		{"signed with another key", func(w *world, l *listing) {
			other := pkitest.Root(t, "Başka Kök")
			namesake := *other.Certificate
			namesake.RawSubject = l.issuer.RawSubject
			l.issuer, l.key = &namesake, other.Key
		}, 0, 0, errAny},
		{"no list", func(w *world, l *listing) { l.spoil = func([]byte) []byte { return []byte("<html>") } }, 0, 0, errAny},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := newWorld(t, http.NotFoundHandler())
			l := listing{
				template: &x509.RevocationList{Number: big.NewInt(1), ThisUpdate: past, NextUpdate: past.Add(time.Hour)},
				issuer:   w.root.Certificate, key: w.root.Key, spoil: func(b []byte) []byte { return b },
			}
			test.change(w, &l)
			der := l.der(t)
			got, err := revocation.ReadCRL(der, w.ca.Certificate, w.root.Certificate)
			if test.err != nil {
				if err == nil || test.err != errAny && !errors.Is(err, test.err) {
					t.Errorf("%+v, %v", got, err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if got.Status != test.status || got.Reason != test.reason || !bytes.Equal(got.DER, der) || !got.IsCRL || got.Signer != w.root.Certificate ||
				!got.ThisUpdate.Equal(past) || !got.NextUpdate.Equal(past.Add(time.Hour)) {
				t.Errorf("%+v", got)
			}
			checkMoments(t, got)
			if isArchive := test.name == "archive"; got.KnowsExpired(past.AddDate(-1, 0, 0)) != (isArchive || got.RevokedAt(past)) {
				t.Errorf("knows what has expired: %+v", got)
			}
		})
	}
}

// An answer that does not say when the next one comes is fresh for as long as its reader says.
func TestFreshWithoutNextUpdate(t *testing.T) {
	s := revocation.Statement{ThisUpdate: past}
	if !s.FreshAt(past.Add(23*time.Hour), 0) || s.FreshAt(past.Add(25*time.Hour), 0) || s.FreshAt(past.Add(2*time.Hour), time.Hour) {
		t.Error("fresh at another age than the default and the one given")
	}
}
