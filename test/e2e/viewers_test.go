package e2e

import (
	"bytes"
	"fmt"
	"image"
	"image/png"
	"net/http"
	"strconv"
	"strings"
	"testing"
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
	viewers(t, Options{})
}

func viewers(t *testing.T, o Options) {
	h := hostile{NewWorld(t, o)}
	var picture bytes.Buffer
	err := png.Encode(&picture, image.NewGray(image.Rect(0, 0, 400, 300)))
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name, mediaType string
		data            []byte
		shows           string // an expression that comes true
		find            string
	}{
		{"sozlesme.pdf", "application/pdf", pdfOf("Birinci sayfa", "Aranan bedel"), `document.querySelector(".page-text")?.textContent.includes("Birinci sayfa")`, "ARANAN"},
		{"resim.png", "image/png", picture.Bytes(), `document.querySelector("#document-picture img")?.naturalWidth === 400`, ""},
		{"belge.xml", "application/xml", []byte("<a><b no='1'>bir</b><b>iki</b></a>"), `document.querySelectorAll("#document-tree li").length === 3`, "iki"},
		{"ekler.zip", "application/zip", []byte("PK\x05\x06" + strings.Repeat("\x00", 18)), `document.getElementById("kind")?.textContent === "ZIP arşivi"`, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			site := StartSite(t, func(mux *http.ServeMux) {
				mux.HandleFunc("/belge", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(tt.data) })
			})
			p := h.load(t, site.URL)
			Eval[bool](p, `fetch("/belge").then((r) => r.arrayBuffer()).then((b) => { window.data = new Uint8Array(b); return true; })`)
			p.ask(`{ purpose: "Deneme", documents: [{ name: "` + tt.name + `", mediaType: "` + tt.mediaType + `", data: window.data }] }`)
			window := h.w.Browser.Window()
			window.Appear(Appearance{Width: 480, Height: 680, Scale: 1})
			window.Forward("document")
			window.WaitFor(tt.shows)
			inspectAll(t, tt.name, window, 480, "tr")
			if tt.find != "" {
				window.Type("#find", tt.find)
				press(window, "#find", Enter)
				window.WaitFor(`[...CSS.highlights.get("found") ?? []][0]?.toString().toLowerCase().includes(` + strconv.Quote(strings.ToLower(tt.find)) + `)`)
			}
			if Eval[bool](window, `document.getElementById("known") !== null`) {
				press(window, "#known", " ")
			} else {
				window.ReadOn()
			}
			window.Continue()
			window.AtStep("certificate")
			window.Press(Escape)
		})
	}
}
