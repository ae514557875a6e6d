package own_test

import (
	"archive/zip"
	"bytes"
	"context"
	"crypto/x509"
	"io"
	"log/slog"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/e-onay/e-onay/internal/extend"
	"github.com/e-onay/e-onay/internal/revocation"
	"github.com/e-onay/e-onay/internal/timestamp"
	"github.com/e-onay/e-onay/internal/validation"
	"github.com/e-onay/e-onay/web/portal"
	"github.com/e-onay/e-onay/web/portal/application"
	"github.com/e-onay/e-onay/web/portal/lasting"
	"github.com/e-onay/e-onay/web/portal/portaltest"
	"github.com/e-onay/e-onay/web/portal/site"
	"github.com/e-onay/e-onay/web/verify"
)

const all = documents + "/tumu"

// unpack returns the files of an archive by name, and puts them into a folder.
func unpack(t *testing.T, a portaltest.Answer) (files map[string]string, dir string) {
	t.Helper()
	if a.Status != http.StatusOK || a.Header.Get("Content-Type") != "application/zip" ||
		a.Header.Get("Content-Disposition") != "attachment; filename*=UTF-8''e-onay-belgelerim.zip" {
		t.Fatalf("the archive: %d %v", a.Status, a.Header)
	}
	r, err := zip.NewReader(strings.NewReader(a.Body), int64(len(a.Body)))
	if err != nil {
		t.Fatal(err)
	}
	files, dir = map[string]string{}, t.TempDir()
	for _, file := range r.File {
		if strings.ContainsFunc(file.Name, func(c rune) bool { return c <= ' ' || c > '~' }) || !filepath.IsLocal(file.Name) {
			t.Errorf("a file is called %q", file.Name)
		}
		f, err := file.Open()
		if err != nil {
			t.Fatal(err)
		}
		content, err := io.ReadAll(f)
		if err != nil {
			t.Fatal(err)
		}
		name, inside := strings.CutPrefix(file.Name, "e-onay-belgelerim/")
		if _, twice := files[name]; twice || !inside {
			t.Errorf("%q is there twice, or outside the folder", file.Name)
		}
		files[name] = string(content)
		if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o700); err != nil {
			t.Fatal(err)
		}
		portaltest.WriteFile(t, filepath.Join(dir, name), string(content))
	}
	return files, dir
}

// makeLast makes the act that is due last, as the portal's job does with the sandbox's authorities.
func makeLast(t *testing.T, s *portaltest.Site) {
	t.Helper()
	v, err := portal.LoadVerifier(s.Settings)
	if err != nil {
		t.Fatal(err)
	}
	policy := validation.DefaultPolicy()
	for _, c := range v.Anchors {
		policy.Anchors = append(policy.Anchors, validation.Anchor{Certificate: c})
	}
	client := new(timestamp.Client)
	for _, one := range s.Settings.Lasting.Authorities {
		a, err := one.Authority("")
		if err != nil {
			t.Fatal(err)
		}
		client.Authorities = append(client.Authorities, a)
	}
	keeper := lasting.New(lasting.Options{
		Store: s.Store, Policy: policy, Stamp: extend.StamperOf(client), Certificates: v.Intermediates, Margin: extend.Margin, Log: slog.New(slog.DiscardHandler),
		Source: func(ctx context.Context) validation.Source {
			return source{ctx, &revocation.Checker{Responders: new(revocation.Responders)}}
		},
	})
	if worked, err := keeper.Next(t.Context()); !worked || err != nil {
		t.Fatalf("lasting: %v, %v", worked, err)
	}
}

type source struct {
	ctx     context.Context
	checker *revocation.Checker
}

func (s source) Revocation(subject, issuer *x509.Certificate) validation.Data {
	ocsps, crls, _ := s.checker.Fetch(s.ctx, subject, issuer)
	return validation.Data{CRLs: crls, OCSPs: ocsps}
}

// TestBundle downloads all documents, and runs the very commands that the texts in the archive name.
func TestBundle(t *testing.T) {
	o := portaltest.NewOutside(t)
	s := o.Site()
	b := s.Person(portaltest.Ayse)
	shown := b.ToCode()
	document := b.Get("/nes/e-onay/imza/belge").Body
	signature := o.Card(portaltest.ECKey(t), portaltest.Ayse, "valid").Sign(t, document, time.Now())
	if a := b.Sign(shown.Reference, signature); a.Status != http.StatusOK {
		t.Fatalf("%d %q\n%s", a.Status, a.Code(), s.Log)
	}
	makeLast(t, s)
	files, dir := unpack(t, b.Get(all))
	act, err := s.Store.Act(t.Context(), shown.Reference)
	if err != nil {
		t.Fatal(err)
	}
	folder := act.ReceivedAt.In(site.Istanbul).Format("2006-01-02") + "-e-onay-verildi-" + shown.Reference + "/"
	for name, want := range map[string]string{"belge.txt": document, "imza.p7s": string(signature), "alindi.txt": "", "kalici.p7s": ""} {
		got, ok := files[folder+name]
		if !ok || want != "" && got != want {
			t.Errorf("%s is missing or another: %v", name, files)
		}
	}
	for _, name := range []string{"README.txt", "BENIOKU.txt"} {
		ran := map[string]int{}
		for line := range strings.Lines(files[name]) {
			words := strings.Fields(line)
			if len(words) < 2 || words[0] != "openssl" && words[0]+" "+words[1] != "web verify" {
				continue
			}
			ran[words[0]]++
			run(t, dir, words)
		}
		if ran["openssl"] != 1 || ran["web"] != 2 || strings.ContainsAny(files[name], "{}") {
			t.Errorf("%s names commands %v:\n%s", name, ran, files[name])
		}
	}
}

// run runs a command of the texts in the archive's folder, and then once more over a changed document.
func run(t *testing.T, dir string, words []string) {
	t.Helper()
	perform := func(words []string) (string, bool) {
		if words[0] == "web" {
			var out bytes.Buffer
			status := verify.Run(t.Context(), words[2:], &out, &out)
			return out.String(), status == 0
		}
		command := exec.Command(words[0], words[1:]...)
		out, err := command.CombinedOutput()
		return string(out), err == nil && strings.Contains(string(out), "Verification successful")
	}
	inDir := func(words []string) (changed []string) {
		for _, word := range words {
			if strings.HasSuffix(word, ".p7s") || strings.HasSuffix(word, ".txt") || strings.HasSuffix(word, ".pem") {
				word = filepath.Join(dir, word)
			}
			changed = append(changed, word)
		}
		return changed
	}
	if out, good := perform(inDir(words)); !good {
		t.Errorf("%s:\n%s", strings.Join(words, " "), out)
	}
	other := portaltest.WriteFile(t, filepath.Join(t.TempDir(), "belge.txt"), "Başka bir belge.\n")
	changed := inDir(words)
	for i, word := range changed {
		if strings.HasSuffix(word, "/belge.txt") {
			changed[i] = other
		}
	}
	if out, good := perform(changed); good {
		t.Errorf("%s, over another document:\n%s", strings.Join(words, " "), out)
	}
}

// TestBundleHasScans: the papers that a person has signed by hand are theirs, and nobody else's.
func TestBundleHasScans(t *testing.T) {
	s := portaltest.NewSite(t, nil)
	scan := application.Scan{MediaType: "image/png", Content: []byte("\x89PNG")}
	for _, person := range []string{portaltest.Ayse, portaltest.Mehmet} {
		a := s.ApplicationIn(application.AwaitingApproval, func(a *application.Application) { a.CitizenNumber = person })
		c := application.Change{Event: application.Approve, By: application.Authority, Who: "11111111101", At: s.Clock.Now(), Way: application.OnPaper,
			Basis: application.PaperBasis(a.PaperCode(), scan), Scan: scan}
		a, c, err := a.Apply(c, application.Rules{})
		if err == nil {
			err = s.Store.ChangeApplication(t.Context(), a, c)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	files, _ := unpack(t, s.Person(portaltest.Ayse).Get(all))
	var scans []string
	for name, content := range files {
		if strings.HasPrefix(name, "islak-imza-") && strings.HasSuffix(name, "-2.png") && content == string(scan.Content) {
			scans = append(scans, name)
		}
	}
	if len(scans) != 1 {
		t.Errorf("the archive has the scans %q", scans)
	}
}

// TestBundleIsOnesOwn has another person download theirs, and somebody who has not logged in.
func TestBundleIsOnesOwn(t *testing.T) {
	s := portaltest.NewSite(t, nil)
	give(t, s.Person(portaltest.Ayse))
	files, _ := unpack(t, s.Person(portaltest.Mehmet).Get(all))
	for name := range files {
		if strings.Contains(name, "/") {
			t.Errorf("another person is given %q", name)
		}
	}
	if a := s.Anybody().Get(all); !strings.HasPrefix(a.Location(), "/giris") {
		t.Errorf("anybody: %d", a.Status)
	}
}

// TestBrokenBundleIsNotWhole has the store fail while an archive is sent: the browser must not take it for a whole one.
func TestBrokenBundleIsNotWhole(t *testing.T) {
	s := portaltest.NewSite(t, nil)
	b := s.Person(portaltest.Ayse)
	give(t, b)
	if _, err := s.Raw().Exec(`DROP VIEW evidence_signer`); err != nil {
		t.Fatal(err)
	}
	r, err := http.NewRequestWithContext(t.Context(), "GET", s.URL+all, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.AddCookie(&http.Cookie{Name: "oturum", Value: b.Cookies["oturum"]})
	response, err := http.DefaultClient.Do(r)
	if err == nil {
		defer response.Body.Close()
		_, err = io.ReadAll(response.Body)
	}
	if err == nil {
		t.Error("the answer ended as a whole one does")
	}
	s.Log.Await(t, `"path":"/belgelerim/tumu"`, 1)
}
