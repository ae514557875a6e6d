// Demo goes from an E-Onay to a new card by itself: a real browser with the extension, the host, cards in a reader (a token
// of SoftHSM2 where there can be no virtual reader), the portal and the sandbox. A person gives E-Onay and applies for a certificate, which
// E-Onay approves; an officer accepts it and has the card produced; a courier brings it. Meanwhile the person signs a PDF with a visible stamp
// on the sample site, blocks their old card, and gets it a new PIN from the portal. The new card gets its first PIN, and logs in. Its renewal is held,
// since it is early, and goes into production by itself once it is not; the renewed card comes the same way, gets its PIN, and gives E-Onay anew.
//
// It leaves its evidence in build/demo/ and ends with status 0 only if the portal recorded all of that. With SoftHSM2 it ends with the
// PDF: there can be one card only, which never blocks.
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/e-onay/e-onay/internal/cades"
	"github.com/e-onay/e-onay/internal/pki"
	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/test/e2e"
	"github.com/e-onay/e-onay/test/testcard/virtual"
)

// report is build/demo/report.json.
type report struct {
	Result  string           `json:"result"`
	Steps   []step           `json:"steps"`
	Format  protocol.Format  `json:"format"`
	Profile protocol.Profile `json:"profile"`
	Signer  string           `json:"signer"` // the certificate's holder
	Origin  string           `json:"origin"` // as the window showed it
	Card    string           `json:"card"`   // what signed
	NewPIN  bool             `json:"newPIN"` // the card was blocked, and got a new PIN from the portal
	// Application is the one for a new certificate, Renewal the one for another in its place; nil where there can be no second card.
	Application *outcome `json:"application,omitempty"`
	Renewal     *outcome `json:"renewal,omitempty"`
}

type step struct {
	Name string  `json:"name"`
	MS   float64 `json:"ms"` // from the step before; pictures are not counted
}

func main() {
	dir := filepath.Join(e2e.Root(), "build", "demo")
	d := &demo{dir: dir, report: report{Result: "failed", Steps: []step{}}}
	ok := e2e.RunStandalone(d.run)
	if ok {
		d.report.Result = "ok"
	}
	if err := d.writeReport(); err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		ok = false
	}
	if !ok {
		fmt.Println("E-Onay: FAILED")
		os.Exit(1)
	}
	fmt.Printf("E-Onay: recorded for %s, asked by %s\n", d.report.Signer, d.report.Origin)
	if d.report.NewPIN {
		fmt.Println("PIN: the card was blocked, and has a new one from the portal")
	}
	if d.report.Application != nil {
		fmt.Println("Application:", d.report.Application)
		fmt.Println("Renewal:", d.report.Renewal)
	}
	fmt.Println("Evidence:", dir)
}

type demo struct {
	dir    string
	report report
	last   time.Time
	t      e2e.T
}

func (d *demo) run(t e2e.T) {
	d.t = t
	if err := os.RemoveAll(d.dir); err != nil {
		t.Fatalf("clean %s: %v", d.dir, err)
	}
	if err := os.MkdirAll(filepath.Join(d.dir, "screens"), 0o755); err != nil {
		t.Fatalf("make %s: %v", d.dir, err)
	}
	w := e2e.NewWorld(t, e2e.Options{Virtual: d.chooseCard(), NoCard: true, TPM: true,
		Portal: map[string]any{"courier": map[string]any{"track_minutes": 1}}})
	journey := e2e.NewJourney(w, d.observe)
	if w.Card.Virtual != nil {
		d.showCard(journey, w.Card.Virtual)
	}
	d.last = time.Now()

	phrase := w.SetPhrase("mavi kapı, üç martı")
	d.observe("settings", phrase)
	phrase.Close()
	page := journey.Login(e2e.Ayse)
	journey.ToCode(page, e2e.Give)
	window := journey.Open(page)
	d.report.Origin = window.Text("#origin")
	journey.ToPIN(window)
	journey.Sign(window, w.Card.PIN)
	journey.Finish(page, window, e2e.Give)
	d.keepEvidence(w, page)
	if w.Card.Virtual == nil {
		d.signContract(w)
		d.showPages(w, page)
		return
	}
	page, order := d.order(w, page)
	d.signContract(w)
	d.showPages(w, page)
	d.unblock(w, page)
	d.receive(w, page, order)
	page, renewed := d.renew(w, page, order)
	d.useRenewed(w, page, renewed)
}

// showPages shows what else the portal has.
func (d *demo) showPages(w *e2e.World, page *e2e.Page) {
	d.last = time.Now()
	page.Goto(w.Portal.URL + "/nes/e-onay")
	d.observe("portal-withdraw-1", page)
	page.Goto(w.Portal.URL + "/kurulum")
	d.observe("portal-installation", page)
}

// signContract signs a PDF with a visible stamp on the sample site, keeps it and a picture of its page, and has it judged.
func (d *demo) signContract(w *e2e.World) {
	site := e2e.StartSampleSite(d.t, w)
	d.last = time.Now()
	files := site.Sign("contract", d.observe)
	if len(files) != 1 {
		d.t.Fatalf("the sample site has kept %d files", len(files))
	}
	d.write("contract.pdf", files[0])
	site.Page.Close()
	if out := d.command("pdfsig", "-nocert", "contract.pdf"); strings.Count(out, "Signature is Valid.") != 1 || !strings.Contains(out, "Total document signed") {
		d.t.Fatalf("pdfsig does not accept the PDF:\n%s", out)
	}
	d.command("mutool", "draw", "-q", "-r", "110", "-o", "contract.png", "contract.pdf", "1")
}

// command runs a program in the folder of the evidence, and returns what it says.
func (d *demo) command(name string, arguments ...string) string {
	command := exec.Command(name, arguments...)
	command.Dir = d.dir
	out, err := command.CombinedOutput()
	if err != nil {
		d.t.Fatalf("%s: %v\n%s", name, err, out)
	}
	return string(out)
}

// unblock blocks the card by wrong PINs, and gets it a new one from the portal. A token of SoftHSM2 never blocks.
func (d *demo) unblock(w *e2e.World, page *e2e.Page) {
	w.Record(e2e.Ayse)
	e2e.NewJourney(w, nil).Block(page)
	d.last = time.Now()
	journey := e2e.NewJourney(w, d.observe)
	journey.NewPIN(page, "", e2e.FreshPIN)
	page.Goto(w.Portal.URL + "/cihazlar")
	d.observe("portal-machines", page)
	d.report.NewPIN = true
}

// showCard lets the card come when the window waits for it, and makes it as slow as a real one, so that
// both can be seen.
func (d *demo) showCard(j *e2e.Journey, card *e2e.VirtualCard) {
	j.Insert = card.Insert
	signing := card.SetFault(virtual.Fault{INS: 0x87, Do: virtual.Slow, Delay: time.Second}) // GENERAL AUTHENTICATE
	j.Working = func(window *e2e.Page) {
		card.Await(signing)
		window.AtStep("working")
		d.observe("window-working", window)
	}
}

// chooseCard reports whether there can be a virtual card in a virtual reader here; else the token is one of
// SoftHSM2, and it says why.
func (d *demo) chooseCard() bool {
	why := e2e.VirtualReader()
	if why == nil {
		d.report.Card = "virtual card in reader " + e2e.ReaderName + ", through pcscd and OpenSC"
	} else {
		d.report.Card = "SoftHSM2, without a reader: " + why.Error()
	}
	fmt.Println("Card:", d.report.Card)
	return why == nil
}

// observe takes a step's time and picture. A browser without a display gives every window the size of
// the first, so the signing window is shown as the broker asks for it.
func (d *demo) observe(name string, p *e2e.Page) {
	if strings.HasPrefix(name, "window-") {
		p.Appear(e2e.Appearance{Width: 480, Height: 680, Scale: 1})
	}
	d.report.Steps = append(d.report.Steps, step{name, float64(time.Since(d.last).Microseconds()) / 1000})
	file := fmt.Sprintf("%02d-%s.png", len(d.report.Steps), name)
	d.write(filepath.Join("screens", file), p.Screenshot())
	d.last = time.Now()
}

// keepEvidence stores what the portal recorded, as the person can download it, and has it judged by a
// program that is not ours.
func (d *demo) keepEvidence(w *e2e.World, page *e2e.Page) {
	d.write("consent.txt", page.Download("#document"))
	signature := page.Download("#signature")
	d.write("consent.p7s", signature)
	chain, err := os.ReadFile(filepath.Join(w.Sandbox.Dir, "chain.pem"))
	if err != nil {
		d.t.Fatalf("read the chain: %v", err)
	}
	d.write("chain.pem", chain)
	d.verify()
	d.describe(signature)
}

// verify asks openssl.
func (d *demo) verify() {
	d.command("openssl", "cms", "-verify", "-cades", "-binary", "-inform", "DER",
		"-in", "consent.p7s", "-content", "consent.txt", "-CAfile", "chain.pem", "-out", os.DevNull)
}

// describe fills the report from the signature itself.
func (d *demo) describe(signature []byte) {
	parsed, err := cades.Parse(signature)
	if err != nil {
		d.t.Fatalf("read the signature: %v", err)
	}
	certificate, err := pki.Parse(parsed.Certificate.Raw)
	if err != nil {
		d.t.Fatalf("read the signer's certificate: %v", err)
	}
	d.report.Signer = certificate.Holder()
	// cades.Parse accepts this format and profile only.
	d.report.Format, d.report.Profile = protocol.FormatCAdES, protocol.ProfileP1
}

func (d *demo) write(name string, data []byte) {
	if err := os.WriteFile(filepath.Join(d.dir, name), data, 0o644); err != nil {
		d.t.Fatalf("write %s: %v", name, err)
	}
}

func (d *demo) writeReport() error {
	data, err := json.MarshalIndent(d.report, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(d.dir, "report.json"), append(data, '\n'), 0o644)
}
