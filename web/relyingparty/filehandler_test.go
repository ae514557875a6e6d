package relyingparty_test

import (
	"bytes"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/pki/pkitest"
	"github.com/e-onay/e-onay/web/relyingparty"
)

// TestFileHandler asks for two PDFs, hands the second over, and has what the handler refuses.
func TestFileHandler(t *testing.T) {
	w := newWorld(t, "P-256")
	pdf := forms(t, w)["pades approval"]
	request := relyingparty.SignRequest{
		Purpose: "Sözleşme", SignatureOptions: pdf.SignatureOptions,
		Documents: []relyingparty.Document{binary("b.pdf", "application/pdf", []byte("%PDF-1.7 hayır")), pdf.documents[0]},
	}
	var recorded []byte
	var log bytes.Buffer
	dir := t.TempDir()
	s := serve(t, func(origin string) http.Handler {
		h := &relyingparty.FileHandler{
			Origin: origin, Verifier: w.verifier, Dir: dir, MaxFile: 64 << 10, Log: slog.New(slog.NewTextHandler(&log, nil)),
			Request: func(_ http.ResponseWriter, r *http.Request) (relyingparty.SignRequest, error) {
				if r.Header.Get("Out") != "" {
					return relyingparty.SignRequest{}, relyingparty.NewError(relyingparty.CodeLoginRequired, nil)
				}
				return request, nil
			},
			Signed: func(_ http.ResponseWriter, _ *http.Request, document int, file relyingparty.SignedFile, e *relyingparty.Evidence) (string, error) {
				if document != 1 || e.Of(pkitest.Citizen) != nil {
					t.Errorf("document %d of %s", document, e.Holder)
				}
				var err error
				recorded, err = io.ReadAll(file.Content)
				return "/sonuc", err
			},
		}
		mux := http.NewServeMux()
		mux.HandleFunc("/request", h.ServeRequest)
		mux.HandleFunc("/file", h.ServeFile)
		return mux
	})
	_, body := s.ask(t, http.MethodGet, "/request", nil)
	var asked struct {
		Format    string
		Documents []struct{ Name, MediaType, Base64, Data string }
	}
	if err := json.Unmarshal([]byte(body), &asked); err != nil || asked.Format != "pades" || len(asked.Documents) != 2 || !strings.HasPrefix(asked.Documents[1].Base64, "JVBERi0xLj") || strings.Contains(body, `"data"`) {
		t.Fatalf("the page gets %.300s, %v", body, err)
	}
	signed := w.file(t, pdf, time.Now())
	octets := []string{"Content-Type", "application/octet-stream"}
	for name, test := range map[string]struct {
		path    string
		body    []byte
		headers []string
		want    fault.Code
		status  int
	}{
		"good":               {"/file?document=1", signed, octets, "", 200},
		"another document's": {"/file?document=0", signed, octets, fault.SignatureInvalid, 422},
		"no such document":   {"/file?document=2", signed, octets, fault.RequestInvalid, 400},
		"no number":          {"/file?document=-1", signed, octets, fault.RequestInvalid, 400},
		"no PDF":             {"/file?document=1", []byte("0"), octets, fault.PDFMalformed, 422},
		"too large":          {"/file?document=1", make([]byte, 64<<10+1), octets, fault.RequestTooLarge, 413},
		"of another type":    {"/file?document=1", signed, nil, fault.RequestInvalid, 400},
		"from another site":  {"/file?document=1", signed, append([]string{"Sec-Fetch-Site", "cross-site"}, octets...), fault.FormExpired, 403},
		"nobody logged in":   {"/file?document=1", signed, append([]string{"Out", "1"}, octets...), fault.LoginRequired, 401},
	} {
		t.Run(name, func(t *testing.T) {
			recorded = nil
			response, body := s.ask(t, http.MethodPost, test.path, test.body, test.headers...)
			if response.StatusCode != test.status {
				t.Errorf("%s, want %d", response.Status, test.status)
			}
			if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
				t.Errorf("left behind: %v, %v", left, err)
			}
			if test.want != "" {
				wantProblem(t, response, body, test.want)
			} else if body != `{"location":"/sonuc"}`+"\n" || !bytes.Equal(recorded, signed) {
				t.Errorf("answered %s, recorded %d bytes", body, len(recorded))
			}
		})
	}
	if strings.Contains(log.String(), pkitest.Citizen) {
		t.Error("the log has a citizen number")
	}
}
