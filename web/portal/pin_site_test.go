package portal_test

import (
	"bytes"
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/hpke"
	crand "crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/json"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/pki/pkitest"
	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/internal/release"
	"github.com/e-onay/e-onay/web/portal"
)

// machine is an installation of the host, as far as a portal can tell: its device key.
type machine struct {
	t       *testing.T
	signing *ecdsa.PrivateKey
	sealing *ecdh.PrivateKey
}

func newMachine(t *testing.T) *machine {
	t.Helper()
	signing, err := ecdsa.GenerateKey(elliptic.P256(), crand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	sealing, err := ecdh.P256().GenerateKey(crand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return &machine{t, signing, sealing}
}

func (m *machine) device() release.Device {
	m.t.Helper()
	point, err := m.signing.PublicKey.Bytes()
	if err != nil {
		m.t.Fatal(err)
	}
	return release.Device{
		Signing: point, Sealing: m.sealing.PublicKey().Bytes(), Protection: protocol.ProtectionTPM, Platform: "linux/amd64", Version: "1.0.0",
	}
}

// sign is the device key's signature of a statement: r‖s.
func (m *machine) sign(kind release.Kind, message []byte) []byte {
	m.t.Helper()
	digest := sha256.Sum256(release.StatementOf(kind, message))
	r, s, err := ecdsa.Sign(crand.Reader, m.signing, digest[:])
	if err != nil {
		m.t.Fatal(err)
	}
	return append(r.FillBytes(make([]byte, 32)), s.FillBytes(make([]byte, 32))...)
}

// open opens what was released to this machine for a claim.
func (m *machine) open(claim, sealed []byte) (string, error) {
	private, err := hpke.NewDHKEMPrivateKey(m.sealing)
	if err != nil {
		return "", err
	}
	plain, err := hpke.Open(private, hpke.HKDFSHA256(), hpke.AES256GCM(), release.Info(claim), sealed)
	if err != nil {
		return "", err
	}
	puk, err := release.Unpad(plain)
	return string(puk), err
}

// pinSite is a portal that releases PUKs, and the authority that has the cards.
type pinSite struct {
	*site
	ca *pkitest.Authority
}

func newPINSite(t *testing.T, change func(*portal.Settings)) *pinSite {
	t.Helper()
	return &pinSite{newSite(t, func(o *portal.Settings) {
		o.PUKKeyFile, o.Mail = pukKey(t, 1), testMail()
		if change != nil {
			change(o)
		}
	}), pkitest.Root(t, "Deneme Kök")}
}

// restart ends the portal when it has answered what is under way, and starts another on the same database.
func (s *pinSite) restart() {
	s.t.Helper()
	s.server.Close()
	s.stop()
	if err := s.store.Close(); err != nil {
		s.t.Fatal(err)
	}
	s.open()
	s.serve(s.verifier, nil)
}

// certificate makes one that is valid today by the site's clock, changed by edits.
func (s *pinSite) certificate(edits ...pkitest.Edit) *x509.Certificate {
	s.t.Helper()
	now := s.clock.now()
	today := func(c *x509.Certificate) { c.NotBefore, c.NotAfter = now.AddDate(-1, 0, 0), now.AddDate(2, 0, 0) }
	return s.ca.Issue(s.t, pkitest.Key(s.t, "P-256").Public(), append([]pkitest.Edit{today}, edits...)...)
}

// enter puts a card on record, as the authority does.
func (s *site) enter(serial, puk, citizenNumber string, certificate *x509.Certificate) {
	s.t.Helper()
	line, err := json.Marshal(map[string]any{
		"serial": serial, "citizen_number": citizenNumber, "certificate": certificate.Raw, "puk": puk, "mail": mailOfAyse, "phone": "+905001112233",
	})
	if err != nil {
		s.t.Fatal(err)
	}
	settings := *s.settings
	settings.Database = s.database
	if _, err := portal.ImportCards(s.t.Context(), &settings, bytes.NewReader(line)); err != nil {
		s.t.Fatal(err)
	}
}

// desk is where a person sits: a browser at the portal, a machine, and a card in its reader.
type desk struct {
	*browser
	machine     *machine
	serial      string
	certificate *x509.Certificate
	shown       act
}

const (
	serial = "0123456789ABCDEF"
	puk    = "PUK-87654321"
)

// desk is Ayşe's, with a card on record, at screen 2/2.
func (s *pinSite) desk() *desk {
	s.t.Helper()
	d := &desk{browser: s.person(ayse), machine: newMachine(s.t), serial: serial, certificate: s.certificate()}
	s.enter(serial, puk, ayse, d.certificate)
	d.newCode()
	return d
}

// newCode goes through all screens of the act, and reads the last.
func (d *desk) newCode() {
	d.t.Helper()
	d.pass()
	d.read()
}

func (d *desk) read() {
	d.t.Helper()
	m := shown.FindStringSubmatch(d.get("/nes/pin/islem").body)
	if m == nil {
		d.t.Fatal("screen 2/2 shows no code")
	}
	d.shown = act{code: m[1], remaining: m[2], reference: m[3]}
}

// claimed is a claim as the page's program posts it.
type claimed struct {
	Act       string `json:"act"`
	Claim     []byte `json:"claim"`
	Signature []byte `json:"signature"`
	Card      []byte `json:"card,omitempty"`
}

// claim makes the host's claim for the code that is shown, changed before it is signed.
func (d *desk) claim(change func(*release.Claim)) *claimed {
	d.t.Helper()
	c := &release.Claim{
		Version: release.Version, Act: d.shown.reference, Code: d.shown.code, Origin: d.url,
		Card: d.serial, Certificate: d.certificate.Raw, PIN: protocol.PINLocked, Device: d.machine.device(), Time: d.clock.now().Unix(),
	}
	if change != nil {
		change(c)
	}
	text, err := json.Marshal(c)
	if err != nil {
		d.t.Fatal(err)
	}
	return &claimed{Act: d.shown.reference, Claim: text, Signature: d.machine.sign(release.KindClaim, text)}
}

func (b *browser) postJSON(path string, body any) answer {
	b.t.Helper()
	text, err := json.Marshal(body)
	if err != nil {
		b.t.Fatal(err)
	}
	return b.do("POST", path, "application/json", bytes.NewReader(text))
}

func (b *browser) send(c *claimed) answer {
	b.t.Helper()
	return b.postJSON("/nes/pin/talep", c)
}

// given checks that an answer has the PUK, for the machine of this claim.
func (d *desk) given(a answer, c *claimed, want string) {
	d.t.Helper()
	var body struct{ Sealed []byte }
	if a.status != http.StatusOK || json.Unmarshal([]byte(a.body), &body) != nil {
		d.t.Fatalf("%d %q %s", a.status, a.code(), a.body)
	}
	if got, err := d.machine.open(c.Claim, body.Sealed); err != nil || got != want {
		d.t.Errorf("the machine opens %q, %v, want the PUK", got, err)
	}
	if len(body.Sealed) > protocol.MaxSealed {
		d.t.Errorf("sealed in %d bytes", len(body.Sealed))
	}
}

// nothingGiven checks that an answer is a refusal, and that nothing is on record.
func (d *desk) nothingGiven(a answer, status int, code fault.Code) {
	d.t.Helper()
	refused(d.t, a, status, code)
	if strings.Contains(a.body, "sealed") {
		d.t.Errorf("a refusal has something sealed: %s", a.body)
	}
	d.releases()
}

// releases checks of which acts Ayşe's releases are, the newest first.
func (s *site) releases(want ...string) {
	s.t.Helper()
	list, err := s.store.ReleasedTo(s.t.Context(), ayse, 100)
	if err != nil {
		s.t.Fatal(err)
	}
	var got []string
	for _, one := range list {
		got = append(got, one.Reference)
	}
	if strings.Join(got, " ") != strings.Join(want, " ") {
		s.t.Errorf("released were %v, want %v", got, want)
	}
}

// reported is a report as the page's program posts it.
type reported struct {
	Act       string `json:"act"`
	Report    []byte `json:"report"`
	Signature []byte `json:"signature"`
}

// report makes the host's report of a claim, changed before it is signed.
func (d *desk) report(c *claimed, outcome fault.Code, change func(*release.Report)) *reported {
	d.t.Helper()
	r := &release.Report{Version: release.Version, Claim: release.Digest(c.Claim), Outcome: outcome, Time: d.clock.now().Unix()}
	if change != nil {
		change(r)
	}
	text, err := json.Marshal(r)
	if err != nil {
		d.t.Fatal(err)
	}
	return &reported{Act: c.Act, Report: text, Signature: d.machine.sign(release.KindReport, text)}
}

func (b *browser) tell(r *reported) answer {
	b.t.Helper()
	return b.postJSON("/nes/pin/sonuc", r)
}

// done goes all the way with an outcome.
func (d *desk) done(outcome fault.Code) {
	d.t.Helper()
	c := d.claim(nil)
	d.given(d.send(c), c, puk)
	if a := d.tell(d.report(c, outcome, nil)); a.status != http.StatusOK || a.body != `{"location":"/nes/pin/sonuc"}`+"\n" {
		d.t.Fatalf("the report: %+v", a)
	}
}

// ofMehmet makes a certificate the other person's.
func ofMehmet(c *x509.Certificate) { c.Subject.SerialNumber = mehmet }

var attribute = regexp.MustCompile(` data-(?:outcome|reason|card|machine|protection)="[^"]*"`)

// attributes are what a page says to programs, in its order.
func (a answer) attributes() string {
	return strings.TrimSpace(strings.Join(attribute.FindAllString(a.body, -1), ""))
}

// another is a second browser of the same session.
func (b *browser) another() *browser {
	return &browser{site: b.site, cookies: map[string]string{"oturum": b.cookies["oturum"], "__Host-oturum": b.cookies["oturum"]}, header: http.Header{}}
}
