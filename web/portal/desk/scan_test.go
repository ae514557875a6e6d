package desk_test

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"image"
	"image/png"
	"io"
	"mime/multipart"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/web/portal"
	"github.com/e-onay/e-onay/web/portal/application"
	"github.com/e-onay/e-onay/web/portal/portaltest"
	"github.com/e-onay/e-onay/web/portal/refusal"
	"github.com/e-onay/e-onay/web/portal/store"
)

// picture is a PNG of a size.
func picture(t *testing.T, width, height int) []byte {
	t.Helper()
	var file bytes.Buffer
	if err := png.Encode(&file, image.NewGray(image.Rect(0, 0, width, height))); err != nil {
		t.Fatal(err)
	}
	return file.Bytes()
}

// claimed is a small PNG that says it has another size.
func claimed(t *testing.T, width, height uint32) []byte {
	t.Helper()
	file := picture(t, 1, 1)
	header := file[12:29] // its type and content; the checksum follows
	binary.BigEndian.PutUint32(header[4:], width)
	binary.BigEndian.PutUint32(header[8:], height)
	binary.BigEndian.PutUint32(file[29:], crc32.ChecksumIEEE(header))
	return file
}

// send does an act; a paper comes with a scan.
func send(b *portaltest.Browser, page string, form url.Values) portaltest.Answer {
	if strings.HasSuffix(page, "/onay") {
		return sendScans(b, page, form, picture(b.T, 2, 2))
	}
	return b.Post(page, form)
}

func sendScans(b *portaltest.Browser, page string, form url.Values, scans ...[]byte) portaltest.Answer {
	b.T.Helper()
	var body bytes.Buffer
	parts := multipart.NewWriter(&body)
	for name := range form {
		if err := parts.WriteField(name, form.Get(name)); err != nil {
			b.T.Fatal(err)
		}
	}
	for _, scan := range scans {
		part, err := parts.CreateFormFile("tarama", "../tarama.php")
		if err == nil {
			_, err = part.Write(scan)
		}
		if err != nil {
			b.T.Fatal(err)
		}
	}
	if err := parts.Close(); err != nil {
		b.T.Fatal(err)
	}
	return b.Do("POST", page, parts.FormDataContentType(), &body)
}

// onePage is a PDF whose structure is whole.
func onePage() []byte {
	var file bytes.Buffer
	file.WriteString("%PDF-1.7\n")
	var at []int
	for i, object := range []string{"<</Type/Catalog/Pages 2 0 R>>", "<</Type/Pages/Kids[3 0 R]/Count 1>>", "<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]>>"} {
		at = append(at, file.Len())
		fmt.Fprintf(&file, "%d 0 obj\n%s\nendobj\n", i+1, object)
	}
	start := file.Len()
	file.WriteString("xref\n0 4\n0000000000 65535 f \n")
	for _, offset := range at {
		fmt.Fprintf(&file, "%010d 00000 n \n", offset)
	}
	fmt.Fprintf(&file, "trailer\n<</Size 4/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n", start)
	return file.Bytes()
}

// TestPaperIsKept receives papers with a scan of each kind, and has a reviewer save it again; the applicant finds it among their documents.
func TestPaperIsKept(t *testing.T) {
	for name, test := range map[string]struct {
		content              []byte
		mediaType, extension string
	}{
		"a PDF":     {onePage(), "application/pdf", ".pdf"},
		"a picture": {picture(t, 30, 40), "image/png", ".png"},
	} {
		t.Run(name, func(t *testing.T) {
			s := portaltest.NewSite(t, nil)
			a := prepared(s, application.AwaitingApproval)
			officer := s.Officer(zeynep, store.Reviewer)
			if answer := sendScans(officer, at+a.Reference+"/onay", in(a, "kod", a.PaperCode()), test.content); answer.Status != http.StatusSeeOther {
				t.Fatalf("%d %q", answer.Status, answer.Code())
			}
			page := officer.Get(at + a.Reference)
			scan := fmt.Sprintf("%s%s/tarama/%d", at, a.Reference, a.Version+1)
			if !strings.Contains(page.Body, `href="`+scan+`"`) || !strings.Contains(page.Body, a.PaperCode()) || strings.Contains(page.Body, "sha256") {
				t.Error("the page does not lead to the scan, or shows its digest")
			}
			answer := officer.Get(scan)
			if answer.Status != http.StatusOK || answer.Body != string(test.content) || answer.Header.Get("Content-Type") != test.mediaType ||
				answer.Header.Get("Content-Disposition") != "attachment; filename*=UTF-8''"+a.Reference+test.extension {
				t.Errorf("%d, %d bytes, %v", answer.Status, len(answer.Body), answer.Header)
			}
			for _, other := range []string{fmt.Sprintf("%s%s/tarama/%d", at, a.Reference, a.Version), at + a.Reference + "/tarama/x"} {
				portaltest.Refused(t, officer.Get(other), http.StatusNotFound, refusal.NotFound)
			}
			producer := s.Officer(mehmet, store.Producer)
			portaltest.Refused(t, producer.Get(scan), http.StatusNotFound, refusal.NotFound)
		})
	}
}

// TestScansAreRefused uploads what is no scan, or opens as something else than it is.
func TestScansAreRefused(t *testing.T) {
	s := portaltest.NewSite(t, nil)
	a := prepared(s, application.AwaitingApproval)
	officer := s.Officer(zeynep, store.Reviewer)
	page := at + a.Reference + "/onay"
	form := in(a, "kod", a.PaperCode())
	whole := onePage()
	for name, content := range map[string][]byte{
		"nothing":              {},
		"a page of the web":    []byte("<!doctype html><script>alert(1)</script>"),
		"a program":            []byte("MZ\x90\x00"),
		"a GIF":                []byte("GIF89a\x01\x00\x01\x00\x00\x00\x00"),
		"a PDF cut off":        whole[:len(whole)-40],
		"the beginning of PNG": picture(t, 3, 3)[:20],
		"a bomb":               claimed(t, 60_000, 60_000),
		"an endless line":      claimed(t, 1<<31-1, 1),
		"no width":             claimed(t, 0, 9),
	} {
		t.Run(name, func(t *testing.T) {
			answer := sendScans(officer, page, form, content)
			portaltest.Refused(t, answer, http.StatusUnprocessableEntity, refusal.ScanInvalid)
			portaltest.CheckPage(t, name, answer, "tr")
			if !strings.Contains(answer.Body, `href="#tarama"`) || !strings.Contains(answer.Body, `value="`+a.PaperCode()+`"`) {
				t.Error("the page does not lead to the field, or the code has to be scanned again")
			}
		})
	}
	portaltest.Refused(t, officer.Post(page, form), http.StatusUnprocessableEntity, refusal.ScanInvalid)
	portaltest.Refused(t, sendScans(officer, page, form, whole, whole), http.StatusBadRequest, fault.RequestInvalid)
	portaltest.Refused(t, sendScans(officer, page, form, make([]byte, application.MaxScan+1)), http.StatusRequestEntityTooLarge, fault.RequestTooLarge)
	portaltest.Refused(t, sendScans(officer, page, form, make([]byte, application.MaxScan+1<<20)), http.StatusRequestEntityTooLarge, fault.RequestTooLarge)
	portaltest.Refused(t, officer.Do("POST", page, "multipart/form-data; boundary=a", io.MultiReader(strings.NewReader("--a\r\nContent-Disposition: form-data; name=\"tarama\"; filename=\"a\"\r\n\r\nx"))),
		http.StatusBadRequest, fault.RequestInvalid)
	if got := kept(t, s, a); got.Version != a.Version {
		t.Errorf("it is %s", got.State)
	}
}

// TestPaperWithoutScan: where the settings allow it, a paper is received by its code alone.
func TestPaperWithoutScan(t *testing.T) {
	s := portaltest.NewSite(t, func(s *portal.Settings) { s.Desk.PaperWithoutScan = true })
	a := prepared(s, application.AwaitingApproval)
	officer := s.Officer(zeynep, store.Reviewer)
	if page := officer.Get(at + a.Reference + "/onay").Body; strings.Contains(page, "required") {
		t.Error("the page asks for a scan")
	}
	portaltest.Refused(t, sendScans(officer, at+a.Reference+"/onay", in(a, "kod", a.PaperCode()), []byte("x")), http.StatusUnprocessableEntity, refusal.ScanInvalid)
	if answer := officer.Post(at+a.Reference+"/onay", in(a, "kod", a.PaperCode())); answer.Status != http.StatusSeeOther {
		t.Fatalf("%d %q", answer.Status, answer.Code())
	}
	if c := last(t, s, a); c.Basis != a.PaperCode() {
		t.Errorf("kept is %+v", c)
	}
}
