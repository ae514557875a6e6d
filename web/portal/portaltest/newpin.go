package portaltest

import (
	"bytes"
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/hpke"
	crand "crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/pki/pkitest"
	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/internal/release"
	"github.com/e-onay/e-onay/web/portal"
	"github.com/e-onay/e-onay/web/relyingparty"
)

// machine is an installation of the host, as far as a portal can tell: its device key.
type machine struct {
	t       *testing.T
	signing *ecdsa.PrivateKey
	sealing *ecdh.PrivateKey
}

func NewMachine(t *testing.T) *machine {
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

func (m *machine) Device() release.Device {
	m.t.Helper()
	point, err := m.signing.PublicKey.Bytes()
	if err != nil {
		m.t.Fatal(err)
	}
	return release.Device{
		Signing: point, Sealing: m.sealing.PublicKey().Bytes(), Protection: protocol.ProtectionTPM, Platform: "linux/amd64", Version: "1.0.0",
	}
}

// Sign is the device key's signature of a statement: r‖s.
func (m *machine) Sign(kind release.Kind, message []byte) []byte {
	m.t.Helper()
	digest := sha256.Sum256(release.StatementOf(kind, message))
	r, s, err := ecdsa.Sign(crand.Reader, m.signing, digest[:])
	if err != nil {
		m.t.Fatal(err)
	}
	return append(r.FillBytes(make([]byte, 32)), s.FillBytes(make([]byte, 32))...)
}

// Open opens what was released to this machine for a claim.
func (m *machine) Open(claim, sealed []byte) (string, error) {
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

// PINSite is a portal that releases PUKs, and the authority that has the cards.
type PINSite struct {
	*Site
	ca *pkitest.Authority
}

func NewPINSite(t *testing.T, change func(*portal.Settings)) *PINSite {
	t.Helper()
	return &PINSite{NewSite(t, func(o *portal.Settings) {
		o.PUKKeyFile, o.Mail = PUKKey(t, 1), TestMail()
		if change != nil {
			change(o)
		}
	}), pkitest.Root(t, "Deneme Kök")}
}

// Restart ends the portal when it has answered what is under way, and starts another on the same database.
func (s *PINSite) Restart() {
	s.T.Helper()
	s.Server.Close()
	s.stop()
	if err := s.Store.Close(); err != nil {
		s.T.Fatal(err)
	}
	s.Open()
	s.Serve(s.Verifier, nil)
}

// Certificate makes one that is valid today by the site's clock, changed by edits.
func (s *PINSite) Certificate(edits ...pkitest.Edit) *x509.Certificate {
	s.T.Helper()
	now := s.Clock.Now()
	today := func(c *x509.Certificate) { c.NotBefore, c.NotAfter = now.AddDate(-1, 0, 0), now.AddDate(2, 0, 0) }
	return s.ca.Issue(s.T, pkitest.Key(s.T, "P-256").Public(), append([]pkitest.Edit{today}, edits...)...)
}

// Enter puts a card on record, as the authority does.
func (s *Site) Enter(serial, puk, citizenNumber string, certificate *x509.Certificate) {
	s.T.Helper()
	line, err := json.Marshal(map[string]any{
		"serial": serial, "citizen_number": citizenNumber, "certificate": certificate.Raw, "puk": puk, "mail": MailOfAyse, "phone": "+905001112233",
	})
	if err != nil {
		s.T.Fatal(err)
	}
	settings := *s.Settings
	settings.Database = s.Database
	if _, err := portal.ImportCards(s.T.Context(), &settings, bytes.NewReader(line)); err != nil {
		s.T.Fatal(err)
	}
}

// Desk is where a person sits: a browser at the portal, a machine, and a card in its reader.
type Desk struct {
	*Browser
	Machine     *machine
	Serial      string
	Certificate *x509.Certificate
	Shown       Act
}

const (
	Serial = "0123456789ABCDEF"
	PUK    = "PUK-87654321"
)

// Desk is Ayşe's, with a card on record, at screen 2/2.
func (s *PINSite) Desk() *Desk {
	s.T.Helper()
	d := &Desk{Browser: s.Person(Ayse), Machine: NewMachine(s.T), Serial: Serial, Certificate: s.Certificate()}
	s.Enter(Serial, PUK, Ayse, d.Certificate)
	d.NewCode()
	return d
}

// NewCode goes through all screens of the act, and reads the last.
func (d *Desk) NewCode() {
	d.T.Helper()
	d.pass()
	d.Read()
}

func (d *Desk) Read() {
	d.T.Helper()
	m := shown.FindStringSubmatch(d.Get("/nes/pin/islem").Body)
	if m == nil {
		d.T.Fatal("screen 2/2 shows no code")
	}
	d.Shown = Act{Code: m[1], Remaining: m[2], Reference: m[3]}
}

// Claimed is a claim as the page's program posts it.
type Claimed struct {
	Act       string `json:"act"`
	Claim     []byte `json:"claim"`
	Signature []byte `json:"signature"`
	Card      []byte `json:"card,omitempty"`
}

// Claim makes the host's claim for the code that is shown, changed before it is signed.
func (d *Desk) Claim(change func(*release.Claim)) *Claimed {
	d.T.Helper()
	c := &release.Claim{
		Version: release.Version, Act: d.Shown.Reference, Code: d.Shown.Code, Origin: d.URL,
		Card: d.Serial, Certificate: d.Certificate.Raw, PIN: protocol.PINLocked, Device: d.Machine.Device(), Time: d.Clock.Now().Unix(),
	}
	if change != nil {
		change(c)
	}
	text, err := json.Marshal(c)
	if err != nil {
		d.T.Fatal(err)
	}
	return &Claimed{Act: d.Shown.Reference, Claim: text, Signature: d.Machine.Sign(release.KindClaim, text)}
}

func (b *Browser) postJSON(path string, body any) Answer {
	b.T.Helper()
	text, err := json.Marshal(body)
	if err != nil {
		b.T.Fatal(err)
	}
	return b.Do("POST", path, "application/json", bytes.NewReader(text))
}

func (b *Browser) Send(c *Claimed) Answer {
	b.T.Helper()
	return b.postJSON("/nes/pin/talep", c)
}

// Given checks that an answer has the PUK, for the machine of this claim.
func (d *Desk) Given(a Answer, c *Claimed, want string) {
	d.T.Helper()
	var body struct{ Sealed []byte }
	if a.Status != http.StatusOK || json.Unmarshal([]byte(a.Body), &body) != nil {
		d.T.Fatalf("%d %q %s", a.Status, a.Code(), a.Body)
	}
	if got, err := d.Machine.Open(c.Claim, body.Sealed); err != nil || got != want {
		d.T.Errorf("the machine opens %q, %v, want the PUK", got, err)
	}
	if len(body.Sealed) > protocol.MaxSealed {
		d.T.Errorf("sealed in %d bytes", len(body.Sealed))
	}
}

// NothingGiven checks that an answer is a refusal, and that nothing is on record.
func (d *Desk) NothingGiven(a Answer, status int, code fault.Code) {
	d.T.Helper()
	Refused(d.T, a, status, code)
	if strings.Contains(a.Body, "sealed") {
		d.T.Errorf("a refusal has something sealed: %s", a.Body)
	}
	d.Releases()
}

// Releases checks of which acts Ayşe's releases are, the newest first.
func (s *Site) Releases(want ...string) {
	s.T.Helper()
	list, err := s.Store.ReleasedTo(s.T.Context(), Ayse, 100)
	if err != nil {
		s.T.Fatal(err)
	}
	var got []string
	for _, one := range list {
		got = append(got, one.Reference)
	}
	if strings.Join(got, " ") != strings.Join(want, " ") {
		s.T.Errorf("released were %v, want %v", got, want)
	}
}

// Reported is a report as the page's program posts it.
type Reported struct {
	Act       string `json:"act"`
	Report    []byte `json:"report"`
	Signature []byte `json:"signature"`
}

// Report makes the host's report of a claim, changed before it is signed.
func (d *Desk) Report(c *Claimed, outcome fault.Code, change func(*release.Report)) *Reported {
	d.T.Helper()
	r := &release.Report{Version: release.Version, Claim: release.Digest(c.Claim), Outcome: outcome, Time: d.Clock.Now().Unix()}
	if change != nil {
		change(r)
	}
	text, err := json.Marshal(r)
	if err != nil {
		d.T.Fatal(err)
	}
	return &Reported{Act: c.Act, Report: text, Signature: d.Machine.Sign(release.KindReport, text)}
}

func (b *Browser) Tell(r *Reported) Answer {
	b.T.Helper()
	return b.postJSON("/nes/pin/sonuc", r)
}

// Done goes all the way with an outcome.
func (d *Desk) Done(outcome fault.Code) {
	d.T.Helper()
	c := d.Claim(nil)
	d.Given(d.Send(c), c, PUK)
	if a := d.Tell(d.Report(c, outcome, nil)); a.Status != http.StatusOK || a.Body != `{"location":"/nes/pin/sonuc"}`+"\n" {
		d.T.Fatalf("the report: %+v", a)
	}
}

// OfMehmet makes a certificate the other person's.
func OfMehmet(c *x509.Certificate) { c.Subject.SerialNumber = Mehmet }

var attribute = regexp.MustCompile(` data-(?:outcome|reason|card|machine|protection)="[^"]*"`)

// Attributes are what a page says to programs, in its order.
func (a Answer) Attributes() string {
	return strings.TrimSpace(strings.Join(attribute.FindAllString(a.Body, -1), ""))
}

// Another is a second browser of the same session.
func (b *Browser) Another() *Browser {
	return &Browser{Site: b.Site, Cookies: map[string]string{"oturum": b.Cookies["oturum"], "__Host-oturum": b.Cookies["oturum"]}, Header: http.Header{}}
}

// StepUp presses on on screen 1, logs in at the gateway as a person, and returns the portal's answer.
func (b *Browser) StepUp(person string) Answer {
	b.T.Helper()
	return b.Through(b.Post("/nes/pin", nil), url.Values{"person": {person}, "action": {"login"}})
}

// PUKKey writes a key made of one byte and returns its path.
func PUKKey(t *testing.T, of byte) string {
	t.Helper()
	return WriteFile(t, filepath.Join(t.TempDir(), "puk.key"), base64.StdEncoding.EncodeToString(bytes.Repeat([]byte{of}, 32))+"\n")
}

// RealDesk is Ayşe's at a portal with the real verifier, with a certificate of the sandbox's authority.
func RealDesk(s *Site, c Card) *Desk {
	s.T.Helper()
	s.Enter(Serial, PUK, Ayse, c.Certificate)
	d := &Desk{Browser: s.Person(Ayse), Machine: NewMachine(s.T), Serial: Serial, Certificate: c.Certificate}
	d.NewCode()
	return d
}

func RefuseWith(code fault.Code) func([]byte) (*relyingparty.Evidence, error) {
	return func([]byte) (*relyingparty.Evidence, error) { return nil, fault.Errorf(code, "withheld") }
}
