package e2e

import (
	"bytes"
	"crypto"
	"crypto/x509"
	"encoding/base64"
	"fmt"
	"image"
	"image/png"
	"maps"
	"net/http"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/e-onay/e-onay/internal/ades"
	"github.com/e-onay/e-onay/internal/ades/adestest"
	"github.com/e-onay/e-onay/internal/cades"
	"github.com/e-onay/e-onay/internal/eyazisma/eyptest"
	"github.com/e-onay/e-onay/internal/pades"
	"github.com/e-onay/e-onay/internal/pki/pkitest"
)

// pdfOf is a PDF with a page for each text.
func pdfOf(texts ...string) []byte {
	objects := []string{"<< /Type /Catalog /Pages 2 0 R >>", "", "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>"}
	var kids []string
	for _, text := range texts {
		kids = append(kids, fmt.Sprintf("%d 0 R", len(objects)+1))
		content := "BT /F1 24 Tf 60 700 Td (" + text + ") Tj ET"
		objects = append(objects,
			fmt.Sprintf("<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents %d 0 R /Resources << /Font << /F1 3 0 R >> >> >>", len(objects)+2),
			fmt.Sprintf("<< /Length %d >>\nstream\n%s\nendstream", len(content), content))
	}
	objects[1] = fmt.Sprintf("<< /Type /Pages /Count %d /Kids [%s] >>", len(texts), strings.Join(kids, " "))
	var b, xref bytes.Buffer
	b.WriteString("%PDF-1.7\n")
	for i, o := range objects {
		fmt.Fprintf(&xref, "%010d 00000 n \n", b.Len())
		fmt.Fprintf(&b, "%d 0 obj\n%s\nendobj\n", i+1, o)
	}
	fmt.Fprintf(&b, "xref\n0 %d\n0000000000 65535 f \n%strailer << /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n", len(objects)+1, &xref, len(objects)+1, b.Len())
	return b.Bytes()
}

// TestViewers reads a PDF, a picture, XML and an archive: each shows what it should, at every size, and the person goes on once
// they have read it, or said that they know it.
func TestViewers(t *testing.T) {
	t.Parallel()
	h := hostile{NewWorld(t, Options{})}
	t.Run("refused by the inspector", h.refusedByInspector)
	t.Run("one of two cannot be signed", h.oneOfTwo)
	for _, d := range viewed(t) {
		t.Run(d.name, func(t *testing.T) { h.reads(t, d) })
	}
	t.Run("attachments", h.opensAttachments)
	t.Run("signature beside others", h.signsBesideOthers)
}

// signedPDF is pdfOf with a signature.
func signedPDF(t *testing.T, o pades.Options, texts ...string) []byte {
	t.Helper()
	return signedBefore(t, pdfOf(texts...), func(s ades.Signer, documents []ades.Document) (ades.Prepared, error) {
		return pades.Prepare(s, documents, o)
	})
}

// p7sOf is a file of signatures over a content.
func p7sOf(t *testing.T, content []byte, o cades.Options) []byte {
	t.Helper()
	return signedBefore(t, content, func(s ades.Signer, documents []ades.Document) (ades.Prepared, error) {
		return cades.PrepareDocuments(s, documents, o)
	})
}

// signedBefore is a file with a signature of somebody who has signed before.
func signedBefore(t *testing.T, file []byte, prepare func(ades.Signer, []ades.Document) (ades.Prepared, error)) []byte {
	t.Helper()
	key := pkitest.Key(t, "P-256")
	named := func(c *x509.Certificate) { c.Subject.CommonName = "AYŞE YILMAZ" }
	s := ades.Signer{Certificate: pkitest.Root(t, "Deneme Kök").Issue(t, key.Public(), named), Hash: crypto.SHA256, Time: time.Date(2026, 11, 30, 9, 0, 0, 0, time.UTC)}
	documents := []ades.Document{ades.NewDocument("", "", file)}
	prepared, err := prepare(s, documents)
	if err != nil {
		t.Fatal(err)
	}
	return adestest.Sign(t, key, s.Hash, prepared, documents...)
}

// packageOf is a package of e-Yazışma with such a letter, ready to be signed.
func packageOf(t *testing.T, letter []byte) []byte {
	t.Helper()
	p := eyptest.New("2.0")
	p.Set(eyptest.Letter, string(letter))
	p.AddList(1)
	return p.Archive(t)
}

// reported is an expression that tells whether a text stands in what the inspector says.
func reported(text string) string {
	return `document.getElementById("report")?.textContent.includes(` + strconv.Quote(text) + `)`
}

// asksFor has a site's page ask for one document's signature, and the person come to it, or to what the window says if the inspector
// has refused it by then.
func (h hostile) asksFor(t *testing.T, name, mediaType string, data []byte) *Page {
	t.Helper()
	_, window := h.asks(t, "", map[string][]byte{name: data}, mediaType)
	return window
}

// asks is asksFor with several documents, in the order of their names, and further options of the page, which is returned too.
func (h hostile) asks(t *testing.T, options string, files map[string][]byte, mediaType string) (page, window *Page) {
	t.Helper()
	site := StartSite(t, func(mux *http.ServeMux) {
		for name, data := range files {
			mux.HandleFunc("/"+name, func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(data) })
		}
	})
	p := h.load(t, site.URL)
	var documents []string
	for _, name := range slices.Sorted(maps.Keys(files)) {
		documents = append(documents, fmt.Sprintf(`fetch(%q).then((r) => r.arrayBuffer()).then((b) => ({ name: %[1]q, mediaType: %q, data: new Uint8Array(b) }))`, name, mediaType))
	}
	Eval[bool](p, `Promise.all([`+strings.Join(documents, ", ")+`]).then((all) => { window.documents = all; return true; })`)
	p.ask(`{ purpose: "Deneme", documents: window.documents` + options + ` }`)
	window = h.w.Browser.Window()
	window.Appear(Appearance{Width: 480, Height: 680, Scale: 1})
	window.Forward("document", "failed")
	return p, window
}

// refusedByInspector hands over a file that the viewer would show.
func (h hostile) refusedByInspector(t *testing.T) {
	broken := bytes.Replace(pdfOf("bir"), []byte("/Count 1"), []byte("/Count 7"), 1) // which pdf.js mends
	window := h.asksFor(t, "bozuk.pdf", "application/pdf", broken)
	if code := window.Failed(); code != "pdf_malformed" {
		t.Errorf("refused with %q", code)
	}
	window.Press(Escape)
}

// oneOfTwo has two files signed. The first cannot take a signature: the window says so, and the person stamps the second.
func (h hostile) oneOfTwo(t *testing.T) {
	_, window := h.asks(t, `, format: "pades", pades: { stamp: { page: 1, left: 60, bottom: 60, width: 200, height: 80 } }`, map[string][]byte{
		"kilitli.pdf": signedPDF(t, pades.Options{Certify: 1}, "Kilitli"), "sozlesme.pdf": pdfOf("Birinci sayfa"),
	}, "application/pdf")
	stamped := false
	window.readAll(func(name string, p *Page) {
		if name == "window-stamp" {
			stamped = Eval[bool](p, `((shown, page) => { const y = page.top + page.height * (1 - 100 / 842); return y > shown.top && y < shown.bottom; })(
				document.getElementById("document").getBoundingClientRect(), document.querySelector("#document-pages .page").getBoundingClientRect())`)
			inspectAll(t, name, p, 480, "tr")
		}
	})
	if got := window.Text("#unsignable li"); !strings.HasPrefix(got, "kilitli.pdf") || !stamped {
		t.Errorf("not to be signed is %q; its stamp was in view: %t", got, stamped)
	}
	inspectAll(t, "unsignable", window, 480, "tr")
	window.Press(Escape)
}

// viewedDocument is what a window shows of a document.
type viewedDocument struct {
	name, mediaType string
	data            []byte
	shows           string // an expression that comes true
	find            string
}

// viewed are documents of each kind.
func viewed(t *testing.T) []viewedDocument {
	t.Helper()
	var picture bytes.Buffer
	err := png.Encode(&picture, image.NewGray(image.Rect(0, 0, 400, 300)))
	if err != nil {
		t.Fatal(err)
	}
	return []viewedDocument{
		{"imzali.pdf", "application/pdf", signedPDF(t, pades.Options{}, "Birinci sayfa"), reported("AYŞE YILMAZ") + " && " + reported("Belgenin tamamını kapsıyor."), ""},
		{"sozlesme.pdf", "application/pdf", pdfOf("Birinci sayfa", "Aranan bedel"), `document.querySelector(".page-text")?.textContent.includes("Birinci sayfa") && document.getElementById("checking") === null`, "ARANAN"},
		{"mektup.eyp", "application/eyazisma", packageOf(t, pdfOf("Sayin Ayse Yilmaz")), `document.querySelector(".page-text")?.textContent.includes("Sayin") && ` + reported("Kurum içi görevlendirme") + " && " + reported("Ek 1"), "SAYIN"},
		{"onay.txt.p7s", "application/pkcs7-signature", counterSigned(t, "Onay veriyorum.\n"), `document.getElementById("document-text")?.textContent.includes("Onay veriyorum.")` + " && " + reported("Karşı imza") + " && " + reported("düz metin"), ""},
		{"sozlesme.pdf.p7s", "application/pkcs7-signature", p7sOf(t, pdfOf("Birinci sayfa"), cades.Options{Form: cades.Attached}), `document.querySelector(".page-text")?.textContent.includes("Birinci")` + " && " + reported("AYŞE YILMAZ"), "BİRİNCİ"},
		{"onay.p7s", "application/pkcs7-signature", p7sOf(t, []byte("Onay veriyorum.\n"), cades.Options{}), `document.getElementById("known") !== null && ` + reported("Bu dosyada değil"), ""},
		{"resim.png", "image/png", picture.Bytes(), `document.querySelector("#document-picture img")?.naturalWidth === 400`, ""},
		{"belge.xml", "application/xml", []byte("<a><b no='1'>bir</b><b>iki</b></a>"), `document.querySelectorAll("#document-tree li").length === 3`, "iki"},
		{"ekler.zip", "application/zip", []byte("PK\x05\x06" + strings.Repeat("\x00", 18)), `document.getElementById("kind")?.textContent === "ZIP arşivi"`, ""},
	}
}

// reads has the person read a document to its end, or say that they know it, and go on.
func (h hostile) reads(t *testing.T, d viewedDocument) {
	t.Helper()
	window := h.asksFor(t, d.name, d.mediaType, d.data)
	window.WaitFor(d.shows)
	inspectAll(t, d.name, window, 480, "tr")
	if d.find != "" {
		window.Type("#find", d.find)
		press(window, "#find", Enter)
		window.WaitFor(`[...CSS.highlights.get("found") ?? []][0]?.toString().toLowerCase().includes(` + strconv.Quote(strings.ToLower(d.find)) + `)`)
	}
	if Eval[bool](window, `document.getElementById("known") !== null`) {
		press(window, "#known", " ")
	} else {
		window.ReadOn()
	}
	window.Continue()
	window.AtStep("certificate")
	window.Press(Escape)
}

// opensAttachments opens a PDF that is attached to a package, and one that is none, and goes on from the letter.
func (h hostile) opensAttachments(t *testing.T) {
	p := eyptest.New("2.0")
	p.Set(eyptest.Letter, string(pdfOf("Sayin Ayse Yilmaz")))
	p.Set(eyptest.Annex1, string(pdfOf("Butce")))
	p.AddList(1)
	window := h.asksFor(t, "mektup.eyp", "application/eyazisma", p.Archive(t))
	open := func(name string) {
		button := `[data-action="open-part"][aria-label$="` + name + `"]`
		window.WaitFor(`document.querySelector(".page-text")?.textContent.includes("Sayin") && document.querySelector('` + button + `') !== null`)
		window.Click(button)
	}
	open("Ek 1")
	window.WaitFor(`document.querySelector(".page-text")?.textContent.includes("Butce") && document.getElementById("checking") === null`)
	inspectAll(t, "attachment", window, 480, "tr")
	window.Continue()
	open("Ek 2")
	window.WaitFor(`document.getElementById("kind")?.textContent === "PDF belgesi" && document.getElementById("known") === null`)
	window.Click(action("back"))
	window.WaitFor(`document.querySelector(".page-text")?.textContent.includes("Sayin")`)
	window.ReadOn()
	window.Continue()
	window.AtStep("certificate")
	window.Press(Escape)
}

// counterSigned is a file of signatures that holds a text: two beside each other, and one of the first.
func counterSigned(t *testing.T, text string) []byte {
	t.Helper()
	file := p7sOf(t, p7sOf(t, []byte(text), cades.Options{Form: cades.Attached}), cades.Options{Form: cades.Parallel})
	return p7sOf(t, file, cades.Options{Form: cades.CounterSignature})
}

// signsBesideOthers adds the person's signature to a file that holds a text, which they read. openssl verifies both.
func (h hostile) signsBesideOthers(t *testing.T) {
	signed := p7sOf(t, []byte("Onay veriyorum.\n"), cades.Options{Form: cades.Attached})
	page, window := h.asks(t, `, format: "cades", cades: { form: "parallel" }`, map[string][]byte{"onay.txt.p7s": signed}, "application/pkcs7-signature")
	window.WaitFor(`document.getElementById("document-text")?.textContent.includes("Onay veriyorum.")`)
	h.signs(window)
	encoded, ok := strings.CutPrefix(page.outcome(), "signed:")
	file, err := base64.StdEncoding.DecodeString(encoded)
	if !ok || err != nil {
		t.Fatalf("%s, %v", encoded, err)
	}
	dir := t.TempDir()
	writeFile(t, dir, "a.p7s", file)
	openssl := exec.Command("openssl", "cms", "-verify", "-noverify", "-binary", "-inform", "DER", "-in", "a.p7s")
	openssl.Dir = dir
	if out, err := openssl.CombinedOutput(); err != nil || !strings.Contains(string(out), "Onay veriyorum.") {
		t.Errorf("openssl: %v: %s", err, out)
	}
	if out, err := exec.Command("openssl", "cms", "-cmsout", "-print", "-inform", "DER", "-in", filepath.Join(dir, "a.p7s")).Output(); err != nil || strings.Count(string(out), "messageDigest") != 2 {
		t.Errorf("openssl finds other than two signatures: %v", err)
	}
}
