package portal

import (
	"context"
	"crypto/x509"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"time"

	"github.com/e-onay/e-onay/web/checkup"
	"github.com/e-onay/e-onay/web/portal/announcements"
	"github.com/e-onay/e-onay/web/portal/consent"
	"github.com/e-onay/e-onay/web/portal/gateway"
	"github.com/e-onay/e-onay/web/portal/legaltext"
	"github.com/e-onay/e-onay/web/portal/letters"
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
	s.checkFiles(ctx, r)
	network := checkup.NewNetwork(r)
	within := func(probe func(ctx context.Context)) {
		ctx, cancel := context.WithTimeout(ctx, probeTimeout)
		defer cancel()
		probe(ctx)
	}
	within(func(ctx context.Context) {
		r.Judge(gateway.Probe(ctx, network.Client(), s.Issuer), checkup.Gateway, s.Issuer, "")
	})
	within(func(ctx context.Context) { network.Issuers(ctx, intermediates, anchors) })
	within(func(ctx context.Context) { s.checkSample(ctx, r, network, sample) })
	if s.Lasting != nil {
		for _, authority := range s.Lasting.Authorities {
			within(func(ctx context.Context) { network.Answers(ctx, checkup.TimeStamps, authority.URL) })
		}
	}
	if s.Courier != nil {
		within(func(ctx context.Context) { network.Answers(ctx, checkup.Courier, s.Courier.URL) })
	}
	if s.Mail != nil {
		within(func(ctx context.Context) { r.Judge(letters.Probe(ctx, s.Mail), checkup.Mail, s.Mail.Server, "") })
	}
	if s.Payment != nil {
		within(func(ctx context.Context) { s.checkPayment(ctx, r) })
	}
	network.Clock()
	return r
}

// checkPayment asks the payment provider whether it knows this portal by the key.
func (s *Settings) checkPayment(ctx context.Context, r *checkup.Report) {
	client, _, err := openPayments(s.Payment, nil)
	if err != nil {
		return // said of the keys
	}
	r.Judge(client.Probe(ctx), checkup.Payment, s.Payment.Address, "")
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
		r.Judge(err, checkup.Keys, "puk_key_file", "")
	}
	if s.RequestKeyFile != "" {
		_, err := openRequests(s, &url.URL{Scheme: "https", Host: "localhost"}, time.Now)
		r.Judge(err, checkup.Keys, "request_key_file", "")
	}
	if s.EvidenceKeyFile != "" {
		_, err := readP256Key(s.EvidenceKeyFile)
		r.Judge(err, checkup.Keys, "evidence_key_file", "")
	}
	if s.CertificateStatus != nil {
		_, err := openAuthority(s.CertificateStatus)
		r.Judge(err, checkup.Keys, "certificate_status", "")
	}
	if s.Payment != nil {
		_, _, err := openPayments(s.Payment, nil)
		r.Judge(err, checkup.Keys, "payment", "")
	}
	if s.Production != nil {
		_, err := openProduction(s, "")
		r.Judge(err, checkup.Keys, "production", "")
	}
	if s.Courier != nil {
		_, err := openCarrier(s)
		r.Judge(err, checkup.Keys, "courier", "")
	}
}

// checkFiles looks at what pages are made of, and where the program must write beside its database.
func (s *Settings) checkFiles(ctx context.Context, r *checkup.Report) {
	if s.ConsentText != "" {
		r.Judge(consent.CheckText(ctx, s.ConsentText), checkup.Files, s.ConsentText, "")
	}
	s.checkTexts(ctx, r)
	if s.Downloads != "" {
		entries, err := os.ReadDir(s.Downloads)
		r.Judge(err, checkup.Files, s.Downloads, "setup.fact.files", "n", strconv.Itoa(len(entries)))
	}
	if s.SignatureCheck.Policy != "" {
		_, err := LoadSignatureCheck(s)
		r.Judge(err, checkup.Files, s.SignatureCheck.Policy, "")
	}
	if s.EvidenceHeads != "" && r.Folder(checkup.Files, s.EvidenceHeads) == nil {
		r.OK(checkup.Files, s.EvidenceHeads, "")
	}
	if _, err := openLasting(s, nil, nil); err != nil {
		r.Problem(checkup.Files, "lasting", err)
	}
	if _, _, err := net.SplitHostPort(s.Listen); err == nil {
		_, err := net.ResolveTCPAddr("tcp", s.Listen)
		r.Judge(err, checkup.Settings, "listen "+s.Listen, "")
	}
}

// checkTexts reads the texts that the consent's text names, without keeping them, and the announcements.
func (s *Settings) checkTexts(ctx context.Context, r *checkup.Report) {
	if s.Announcements != "" {
		n, err := announcements.Check(s.Announcements)
		r.Judge(err, checkup.Files, s.Announcements, "setup.fact.announcements", "n", strconv.Itoa(n))
	}
	for _, path := range []string{s.ApplicationForm, s.Undertaking} {
		if path != "" {
			_, err := legaltext.Source{Path: path}.Read(ctx)
			r.Judge(err, checkup.Files, path, "")
		}
	}
	if s.TextArchive != "" && r.Folder(checkup.Files, filepath.Join(s.TextArchive, "x")) == nil {
		r.OK(checkup.Files, s.TextArchive, "")
	}
}

// checkSample asks for the status of a person's certificate, as for a signature with it.
func (s *Settings) checkSample(ctx context.Context, r *checkup.Report, network *checkup.Network, sample string) {
	if sample == "" {
		r.Note("sample", checkup.Revocation, "-certificate", "")
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
	r.Judge(err, checkup.Revocation, sample, "setup.fact.both")
}
