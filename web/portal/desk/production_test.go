package desk_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"mime/multipart"
	"net/http"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/pki/pkitest"
	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/web/portal"
	"github.com/e-onay/e-onay/web/portal/application"
	"github.com/e-onay/e-onay/web/portal/portaltest"
	"github.com/e-onay/e-onay/web/portal/refusal"
	"github.com/e-onay/e-onay/web/portal/store"
	"github.com/e-onay/e-onay/web/production"
)

// factory is whoever personalises cards, beside a portal whose clock stands still.
type factory struct {
	*portaltest.Site
	key       *ecdsa.PrivateKey
	opening   *ecdsa.PrivateKey
	returns   *ecdsa.PublicKey
	portalKey *ecdsa.PublicKey
	authority *pkitest.Authority
}

func newKeyFile(t *testing.T) (*ecdsa.PrivateKey, string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key, pkitest.WriteKey(t, t.TempDir(), "key.pem", key)
}

func newFactory(t *testing.T) *factory {
	t.Helper()
	own, ownFile := newKeyFile(t)
	key, _ := newKeyFile(t)
	opening, _ := newKeyFile(t)
	returns, returnsFile := newKeyFile(t)
	producer, openingFile := publicFile(t, key), publicFile(t, opening)
	s := portaltest.NewSite(t, func(o *portal.Settings) {
		o.Production = &portal.ProductionSettings{KeyFile: ownFile, ProducerFile: producer, OpeningFiles: []string{openingFile}, ReturnKeyFiles: []string{returnsFile}}
	})
	return &factory{s, key, opening, &returns.PublicKey, &own.PublicKey, pkitest.Root(t, "Deneme Kök")}
}

// publicFile has the public part of a key.
func publicFile(t *testing.T, key *ecdsa.PrivateKey) string {
	t.Helper()
	public, err := x509.MarshalPKIXPublicKey(&key.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	return portaltest.WriteFile(t, filepath.Join(t.TempDir(), "public.pem"), string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: public})))
}

// certificate makes one for a number.
func (f *factory) certificate(number string) []byte {
	now := f.Clock.Now()
	return f.authority.Issue(f.T, pkitest.Key(f.T, "P-256").Public(), func(c *x509.Certificate) {
		c.Subject.SerialNumber, c.NotBefore, c.NotAfter = number, now.AddDate(0, 0, -1), now.AddDate(3, 0, 0)
	}).Raw
}

// returned is a return that the factory has sealed.
func (f *factory) returned(made ...production.Made) []byte {
	f.T.Helper()
	data, err := production.Return{Site: f.URL, Reference: "D1", MadeAt: f.Clock.Now(), Entries: made}.Seal(f.key, f.returns)
	if err != nil {
		f.T.Fatal(err)
	}
	return data
}

// upload posts a return as the page's form does.
func upload(b *portaltest.Browser, data []byte) portaltest.Answer {
	b.T.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	part, err := form.CreateFormFile("dosya", "donus.json")
	if err == nil {
		_, err = part.Write(data)
	}
	if err != nil || form.Close() != nil {
		b.T.Fatal(err)
	}
	return b.Do("POST", "/masa/uretim/donus", form.FormDataContentType(), &body)
}

var counted = regexp.MustCompile(`id="(?:made|before|refused)" data-count="(\d+)"|data-why="(\w+)"`)

// result is what the page says of a return: made, recorded before, refused, and why.
func result(t *testing.T, a portaltest.Answer) string {
	t.Helper()
	if a.Status != http.StatusOK {
		t.Fatalf("%d %q", a.Status, a.Code())
	}
	portaltest.CheckPage(t, "return", a, "tr")
	var parts []string
	for _, m := range counted.FindAllStringSubmatch(a.Body, -1) {
		parts = append(parts, m[1]+m[2])
	}
	return strings.Join(parts, " ")
}

// TestReturnIsTakenOnce: the same return again changes nothing, another certificate for what was produced is refused, and so is
// whatever does not fit its application.
func TestReturnIsTakenOnce(t *testing.T) {
	f := newFactory(t)
	producer := f.Officer(zeynep, store.Producer)
	a := f.ApplicationIn(application.InProduction, nil)
	of := func(certificate []byte, version int) production.Made {
		return production.Made{Reference: a.Reference, Version: version, Certificate: certificate}
	}
	for name, test := range map[string]struct {
		made production.Made
		want string
	}{
		"another person's":       {of(f.certificate(mehmet), 1), "0 0 1 certificate"},
		"no certificate":         {of([]byte("x"), 1), "0 0 1 certificate"},
		"for another version":    {of(f.certificate(ayse), 2), "0 0 1 state"},
		"for no application":     {production.Made{Reference: "0000-0000-0000-0000", Version: 1, Certificate: f.certificate(ayse)}, "0 0 1 unknown"},
		"for any version (zero)": {of(f.certificate(ayse), 0), "0 0 1 state"},
	} {
		if got := result(t, upload(producer, f.returned(test.made))); got != test.want {
			t.Errorf("%s: %s, want %s", name, got, test.want)
		}
	}
	if got := kept(t, f.Site, a); got.State != application.InProduction {
		t.Fatalf("it is %s", got.State)
	}
	good := f.returned(of(f.certificate(ayse), 1))
	answers := portaltest.AtOnce(4, func(int) portaltest.Answer { b := producer.Another(); return upload(b, good) })
	made := 0
	for _, answer := range answers {
		switch got := result(t, answer); got {
		case "1 0 0":
			made++
		case "0 1 0":
		default:
			t.Errorf("at once: %s", got)
		}
	}
	c := last(t, f.Site, a)
	if got := kept(t, f.Site, a); made != 1 || got.State != application.Produced || got.Version != 2 || got.Certificate.Serial == "" {
		t.Errorf("%d made it %s, version %d", made, got.State, got.Version)
	}
	if c.By != application.Producer || c.Who != zeynep || len(c.Basis) != 64 {
		t.Errorf("kept is %+v", c)
	}
	if got := result(t, upload(producer, good)); got != "0 1 0" {
		t.Errorf("again: %s", got)
	}
	if got := result(t, upload(producer, f.returned(of(f.certificate(ayse), 1)))); got != "0 0 1 state" {
		t.Errorf("another certificate: %s", got)
	}
}

// TestReturnsOfOthersAreRefused: what the producer has not signed, and what is no form, changes nothing.
func TestReturnsOfOthersAreRefused(t *testing.T) {
	f := newFactory(t)
	producer := f.Officer(zeynep, store.Producer)
	a := f.ApplicationIn(application.InProduction, nil)
	made := production.Return{Site: f.URL, Reference: "D1", Entries: []production.Made{{Reference: a.Reference, Version: 1, Certificate: f.certificate(ayse)}}}
	stranger, _ := newKeyFile(t)
	elsewhere := made
	elsewhere.Site = "https://portal.example"
	sealed := func(r production.Return, key *ecdsa.PrivateKey, to *ecdsa.PublicKey) []byte {
		t.Helper()
		data, err := r.Seal(key, to)
		if err != nil {
			t.Fatal(err)
		}
		return data
	}
	for name, data := range map[string][]byte{
		"another producer": sealed(made, stranger, f.returns), "another portal's": sealed(elsewhere, f.key, f.returns),
		"to another key": sealed(made, f.key, &stranger.PublicKey), "empty": nil, "no JSON": []byte("PK\x03\x04"), "large": bytes.Repeat([]byte("["), 1<<20),
	} {
		answer := upload(producer, data)
		portaltest.Refused(t, answer, http.StatusUnprocessableEntity, refusal.ManifestInvalid)
		portaltest.CheckPage(t, name, answer, "tr")
	}
	portaltest.Refused(t, upload(producer, make([]byte, production.MaxFile+65<<10)), http.StatusRequestEntityTooLarge, fault.RequestTooLarge)
	portaltest.Refused(t, producer.Post("/masa/uretim/donus", nil), http.StatusBadRequest, fault.RequestInvalid)
	for _, role := range []store.Role{store.Reviewer, store.Courier} {
		other := f.Officer("0000000030"+fmt.Sprint(len(role)%10), role)
		portaltest.Refused(t, other.Get("/masa/uretim"), http.StatusNotFound, refusal.NotFound)
		portaltest.Refused(t, other.Post("/masa/uretim/teslim", nil), http.StatusNotFound, refusal.NotFound)
		portaltest.Refused(t, upload(other, f.returned(made.Entries...)), http.StatusNotFound, refusal.NotFound)
	}
	without := portaltest.NewSite(t, nil).Officer(zeynep, store.Producer)
	portaltest.Refused(t, without.Get("/masa/uretim"), http.StatusNotFound, refusal.NotFound)
	if got := kept(t, f.Site, a); got.State != application.InProduction {
		t.Errorf("it is %s", got.State)
	}
}

// TestHandover has what is in production, with what production needs, signed by the portal.
func TestHandover(t *testing.T) {
	f := newFactory(t)
	producer := f.Officer(zeynep, store.Producer)
	end := f.Clock.Now().AddDate(0, 1, 0)
	renewal := f.ApplicationIn(application.InProduction, func(a *application.Application) { a.Replaces = end })
	f.ApplicationIn(application.UnderReview, func(a *application.Application) { a.CitizenNumber = mehmet })
	for _, language := range []string{"tr", "en"} {
		producer.Cookies["dil"] = language
		portaltest.CheckPage(t, language, producer.Get("/masa/uretim"), language)
	}
	answer := producer.Post("/masa/uretim/teslim", nil)
	if !strings.HasPrefix(answer.Header.Get("Content-Disposition"), "attachment;") || answer.Header.Get("Cache-Control") != "no-store" {
		t.Errorf("%v", answer.Header)
	}
	var sent struct{ Manifest, Signature []byte }
	if err := json.Unmarshal([]byte(answer.Body), &sent); err != nil {
		t.Fatal(err)
	}
	if text := string(sent.Manifest); strings.Contains(text, ayse) || strings.Contains(text, "YILMAZ") || strings.Contains(text, renewal.Reference) {
		t.Errorf("whoever finds the file reads %s", text)
	}
	h, err := production.ReadHandover([]byte(answer.Body), f.portalKey, f.opening)
	if err != nil || len(h.Entries) != 1 {
		t.Fatalf("%+v: %v", h, err)
	}
	order := h.Entries[0]
	if order.Reference != renewal.Reference || order.Version != 1 || order.SubjectNumber != ayse || order.Subject != "AYŞE YILMAZ" || order.Years != "3" ||
		order.NotBefore == nil || !order.NotBefore.Equal(end) || h.Site != f.URL {
		t.Errorf("%+v", h)
	}
	if got := kept(t, f.Site, renewal); got.Version != 1 {
		t.Error("the hand-over changed something")
	}
}

// TestFromReviewToActive has an application accepted, its card made by the sandbox's machine with a certificate of its authority,
// brought by its courier, and given a PIN by its person, all judged by the real verifier.
func TestFromReviewToActive(t *testing.T) {
	o := portaltest.NewOutside(t)
	s := o.Site(func(o *portal.Settings) { o.PUKKeyFile = portaltest.PUKKey(t, 1) })
	a := prepared(s, application.UnderReview)
	officer := s.Officer(zeynep, store.Reviewer, store.Producer, store.Courier)
	act := func(name string, pairs ...string) {
		t.Helper()
		if answer := officer.Post(at+a.Reference+"/"+name, in(kept(t, s, a), pairs...)); answer.Status != http.StatusSeeOther {
			t.Fatalf("%s: %d %q", name, answer.Status, answer.Code())
		}
	}
	act("kabul")
	key := portaltest.ECKey(t)
	public, err := x509.MarshalPKIXPublicKey(key.Public())
	if err != nil {
		t.Fatal(err)
	}
	var made struct {
		Return []byte
		Cards  string
	}
	o.Post("/production/personalise", map[string]any{
		"handover": []byte(officer.Post("/masa/uretim/teslim", nil).Body),
		"cards":    []map[string]any{{"reference": a.Reference, "serial": portaltest.Serial, "puk": portaltest.PUK, "publicKey": public}},
	}, &made)
	if got := result(t, upload(officer, made.Return)); got != "1 0 0" {
		t.Fatalf("the return: %s", got)
	}
	s.Log.Await(t, `"event":"dispatch","by":"carrier"`, 1)
	o.Post("/admin/courier", map[string]string{"number": kept(t, s, a).Shipment, "state": "delivered", "place": "Çankaya"}, nil)
	s.Clock.Pass(time.Hour)
	s.Log.Await(t, `"event":"deliver","by":"carrier"`, 1)
	settings := *s.Settings
	settings.Database = s.Database
	if n, err := portal.ImportCards(t.Context(), &settings, strings.NewReader(made.Cards)); n != 1 || err != nil {
		t.Fatalf("%d cards: %v", n, err)
	}
	var card struct{ Certificate []byte }
	if err := json.Unmarshal([]byte(made.Cards), &card); err != nil {
		t.Fatal(err)
	}
	certificate, err := x509.ParseCertificate(card.Certificate)
	if err != nil {
		t.Fatal(err)
	}
	d := &portaltest.Desk{Browser: s.Person(ayse), Machine: portaltest.NewMachine(t), Serial: portaltest.Serial, Certificate: certificate}
	d.NewCode()
	d.Done(fault.TokenRemoved) // no PIN yet
	if got := kept(t, s, a); got.State != application.Delivered {
		t.Fatalf("before its PIN it is %s", got.State)
	}
	s.Clock.Pass(time.Minute)
	d.NewCode()
	// What fails once the report is kept is done later, with no further report.
	db := s.Raw()
	sql := func(statement string) {
		t.Helper()
		if _, err := db.Exec(statement); err != nil {
			t.Fatal(err)
		}
	}
	sql(`CREATE TRIGGER full_disk BEFORE INSERT ON application_change WHEN NEW.event = 'activate' BEGIN SELECT RAISE(ABORT, 'the disk is full'); END`)
	d.Done(protocol.OutcomeDone)
	if got := kept(t, s, a); got.State != application.Delivered {
		t.Errorf("without its change it is %s", got.State)
	}
	sql(`DROP TRIGGER full_disk`)
	s.Log.Await(t, `"event":"activate"`, 1)
	if got := kept(t, s, a); got.State != application.Active {
		t.Errorf("after its PIN it is %s", got.State)
	}
	if c := last(t, s, a); c.By != application.Portal || c.Event != application.Activate {
		t.Errorf("kept is %+v", c)
	}
}
