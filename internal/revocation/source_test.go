package revocation_test

import (
	"bytes"
	"context"
	"crypto/x509"
	"math/big"
	"net/http"
	"testing"
	"time"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/revocation"
)

// TestFetch gets what responders and lists say, of a revoked certificate too, without a verdict.
func TestFetch(t *testing.T) {
	answering := answering{t: t, change: func(w *world, r *reply) {
		s := w.single(t)
		s.status = revokedAt(time.Now().Add(-time.Hour))
		r.singles = [][]byte{s.der()}
	}}
	mux := http.NewServeMux()
	mux.Handle("/ocsp", &answering)
	var list []byte
	mux.HandleFunc("/crl", func(w http.ResponseWriter, r *http.Request) { w.Write(list) })
	w := newWorld(t, mux)
	answering.world = w
	l := listing{
		template: &x509.RevocationList{Number: big.NewInt(1), ThisUpdate: time.Now().Add(-time.Hour), NextUpdate: time.Now().Add(time.Hour)},
		issuer:   w.root.Certificate, key: w.root.Key, spoil: func(b []byte) []byte { return b },
	}
	list = l.der(t)

	ocsps, crls, err := w.checker.Fetch(context.Background(), w.leaf, w.ca.Certificate)
	wantCode(t, err, "")
	if len(ocsps) != 1 || len(crls) != 0 {
		t.Fatalf("%d answers, %d lists", len(ocsps), len(crls))
	}
	if s, err := revocation.ReadOCSP(ocsps[0], w.leaf, w.ca.Certificate); err != nil || s.Status != revocation.Revoked {
		t.Errorf("%+v, %v", s, err)
	}

	ocsps, crls, err = w.checker.Fetch(context.Background(), w.ca.Certificate, w.root.Certificate) // which has no responder
	wantCode(t, err, "")
	if len(ocsps) != 0 || len(crls) != 1 || !bytes.Equal(crls[0], list) {
		t.Errorf("%d answers, %d lists", len(ocsps), len(crls))
	}

	for _, urls := range [][]string{nil, {w.url + "/nothing"}, {"ldap://directory/", "ftp://directory/"}} {
		leaf := w.issue(t, urls...)
		if _, _, err = w.checker.Fetch(context.Background(), leaf, w.ca.Certificate); fault.CodeOf(err) != unavailable {
			t.Errorf("%v: %v", urls, err)
		}
	}
	leaf := w.issue(t, w.url+"/nothing")
	leaf.CRLDistributionPoints = []string{w.url + "/nothing", w.url + "/crl"} // the next one is asked
	if _, crls, err = w.checker.Fetch(context.Background(), leaf, w.ca.Certificate); err != nil || len(crls) != 1 {
		t.Errorf("%d lists, %v", len(crls), err)
	}

	leaf = w.issue(t, w.url+"/ocsp")
	leaf.CRLDistributionPoints = []string{w.url + "/crl"}
	if crls, err = w.checker.FetchCRLs(context.Background(), leaf); err != nil || len(crls) != 1 {
		t.Errorf("%d lists, %v: the responder was asked, or nobody", len(crls), err)
	}
	if crls, err = w.checker.FetchCRLs(context.Background(), w.issue(t)); fault.CodeOf(err) != unavailable || len(crls) != 0 {
		t.Errorf("%d lists from nowhere, %v", len(crls), err)
	}
}

func TestKindOf(t *testing.T) {
	w := newWorld(t, http.NotFoundHandler())
	l := listing{
		template: &x509.RevocationList{Number: big.NewInt(1), ThisUpdate: past, NextUpdate: past.Add(time.Hour)},
		issuer:   w.root.Certificate, key: w.root.Key, spoil: func(b []byte) []byte { return b },
	}
	for kind, der := range map[revocation.Kind][]byte{
		revocation.IsOCSP: w.reply(t, nil).der(t), revocation.IsCRL: l.der(t), revocation.IsNeither: w.leaf.Raw,
	} {
		if got := revocation.KindOf(der); got != kind {
			t.Errorf("%d, want %d", got, kind)
		}
	}
}
