package portal

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/url"
	"os"
	"slices"
	"time"

	"github.com/e-onay/e-onay/web/checkup"
	"github.com/e-onay/e-onay/web/portal/consent"
	"github.com/e-onay/e-onay/web/portal/gateway"
	"github.com/e-onay/e-onay/web/portal/letters"
	"github.com/e-onay/e-onay/web/portal/store/sqlite"
)

// probeTimeout is for one server of others.
const probeTimeout = 20 * time.Second

// Check proves what the settings name before a portal is started: files and keys, the database, and servers of others. sample is a PEM file with a
// person's certificate, by which its authority's responder is asked too, or "". Nothing is changed, and no letter is sent.
func Check(ctx context.Context, s *Settings, sample string) *checkup.Report {
	r := new(checkup.Report)
	anchors, intermediates := s.checkCertificates(r)
	s.checkKeys(r)
	s.checkDatabase(ctx, r)
	s.checkFiles(r)
	network := checkup.NewNetwork(r)
	within := func(probe func(ctx context.Context)) {
		ctx, cancel := context.WithTimeout(ctx, probeTimeout)
		defer cancel()
		probe(ctx)
	}
	within(func(ctx context.Context) {
		r.Judge(checkup.Gateway, s.Issuer, "", gateway.Probe(ctx, network.Client(), s.Issuer))
	})
	within(func(ctx context.Context) { network.Issuers(ctx, intermediates, anchors) })
	within(func(ctx context.Context) { s.checkSample(ctx, r, network, sample) })
	if s.Lasting != nil {
		for _, authority := range s.Lasting.Authorities {
			within(func(ctx context.Context) { network.Answers(ctx, checkup.TimeStamps, authority.URL) })
		}
	}
	if s.Mail != nil {
		within(func(ctx context.Context) { r.Judge(checkup.Mail, s.Mail.Server, "", letters.Probe(ctx, s.Mail)) })
	}
	network.Clock()
	return r
}

// checkCertificates returns all anchors of people's certificates, and the intermediates.
func (s *Settings) checkCertificates(r *checkup.Report) (anchors, intermediates []*x509.Certificate) {
	anchors, intermediates = r.Authorities(s.Anchors), r.Authorities(s.Intermediates)
	if card := s.CardLogin.IdentityCard; card != nil {
		anchors = slices.Concat(anchors, r.Authorities(card.Anchors))
		intermediates = slices.Concat(intermediates, r.Authorities(card.Intermediates))
	}
	r.Authorities(s.TPMRoots)
	if s.Lasting != nil {
		r.Authorities(s.Lasting.Anchors)
	}
	return anchors, intermediates
}

func (s *Settings) checkKeys(r *checkup.Report) {
	if s.PUKKeyFile != "" {
		_, err := openSafe(s)
		r.Judge(checkup.Keys, "puk_key_file", "", err)
	}
	if s.RequestKeyFile != "" {
		_, err := openRequests(s, &url.URL{Scheme: "https", Host: "localhost"}, time.Now)
		r.Judge(checkup.Keys, "request_key_file", "", err)
	}
	if s.EvidenceKeyFile != "" {
		_, err := readP256Key(s.EvidenceKeyFile)
		r.Judge(checkup.Keys, "evidence_key_file", "", err)
	}
}

func (s *Settings) checkDatabase(ctx context.Context, r *checkup.Report) {
	if r.Folder(checkup.Database, s.Database) != nil {
		return
	}
	version, newest, err := sqlite.Version(ctx, s.Database)
	says := fmt.Sprintf("version %d of %d", version, newest)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		r.Note(checkup.Database, s.Database, "", "create")
	case err != nil:
		r.Problem(checkup.Database, s.Database, err)
	case version > newest:
		r.Problem(checkup.Database, s.Database, errors.New(says))
	case version < newest:
		r.Note(checkup.Database, s.Database, says, "migrate")
	default:
		r.OK(checkup.Database, s.Database, says)
	}
}

// checkFiles looks at what pages are made of, and where the program must write beside its database.
func (s *Settings) checkFiles(r *checkup.Report) {
	if s.ConsentText != "" {
		r.Judge(checkup.Files, s.ConsentText, "", consent.CheckText(s.ConsentText))
	}
	if s.Downloads != "" {
		entries, err := os.ReadDir(s.Downloads)
		r.Judge(checkup.Files, s.Downloads, fmt.Sprint(len(entries)), err)
	}
	if s.SignatureCheck.Policy != "" {
		_, err := LoadSignatureCheck(s)
		r.Judge(checkup.Files, s.SignatureCheck.Policy, "", err)
	}
	if s.EvidenceHeads != "" && r.Folder(checkup.Files, s.EvidenceHeads) == nil {
		r.OK(checkup.Files, s.EvidenceHeads, "")
	}
	if _, err := openLasting(s, nil, nil); err != nil {
		r.Problem(checkup.Files, "lasting", err)
	}
	if _, _, err := net.SplitHostPort(s.Listen); err == nil {
		_, err := net.ResolveTCPAddr("tcp", s.Listen)
		r.Judge(checkup.Settings, "listen "+s.Listen, "", err)
	}
}

// checkSample asks for the status of a person's certificate, as for a signature with it.
func (s *Settings) checkSample(ctx context.Context, r *checkup.Report, network *checkup.Network, sample string) {
	if sample == "" {
		r.Note(checkup.Revocation, "-certificate", "", "sample")
		return
	}
	der, err := checkup.ReadCertificate(sample)
	if err != nil {
		r.Problem(checkup.Files, sample, err)
		return
	}
	v, err := LoadVerifier(s)
	if err != nil {
		return // said of the certificates
	}
	v.Client = network.Client()
	evidence, err := v.CheckCertificate(der)
	if err == nil {
		err = v.Prove(ctx, evidence)
	}
	r.Judge(checkup.Revocation, sample, "OCSP, CRL", err)
}
