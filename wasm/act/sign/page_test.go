package sign_test

import (
	"encoding/base64"
	"fmt"
	"strings"
	"testing"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/wasm/loop"
	"github.com/e-onay/e-onay/wasm/screen"
	"github.com/e-onay/e-onay/wasm/window/windowtest"
)

// Every request that a page must not make, and what it gets for it.
func TestBadRequests(t *testing.T) {
	tests := []struct {
		name   string
		change func(r *protocol.SignRequest)
		want   fault.Code
	}{
		{"no purpose", func(r *protocol.SignRequest) { r.Purpose = "" }, fault.RequestInvalid},
		{"long purpose", func(r *protocol.SignRequest) { r.Purpose = strings.Repeat("ş", 151) }, fault.RequestInvalid},
		{"short code", func(r *protocol.SignRequest) { r.Code = windowtest.VerificationCode[1:] }, fault.RequestInvalid},
		{"code with a letter", func(r *protocol.SignRequest) { r.Code = "16885741435123x" }, fault.RequestInvalid},
		{"code in other digits", func(r *protocol.SignRequest) { r.Code = "١٦٨٨٥٧٤" }, fault.RequestInvalid},
		{"no document", func(r *protocol.SignRequest) { r.Documents = nil }, fault.RequestInvalid},
		{"too many documents", func(r *protocol.SignRequest) {
			for range protocol.MaxDocuments {
				r.Documents = append(r.Documents, r.Documents[0])
			}
		}, fault.RequestInvalid},
		{"no name", func(r *protocol.SignRequest) { r.Documents[0].Name = "" }, fault.RequestInvalid},
		{"long name", func(r *protocol.SignRequest) { r.Documents[0].Name = strings.Repeat("a", 201) }, fault.RequestInvalid},
		{"empty document", func(r *protocol.SignRequest) { r.Documents[0].Size = 0 }, fault.RequestInvalid},
		{"negative size", func(r *protocol.SignRequest) { r.Documents[0].Size = -1 }, fault.RequestInvalid},
		{"too large", func(r *protocol.SignRequest) { r.Documents[0].Size = protocol.MaxTextDocument + 1 }, fault.RequestTooLarge},
		{"no media type", func(r *protocol.SignRequest) { r.Documents[0].MediaType = "" }, fault.RequestInvalid},
		{"a media type with parameters", func(r *protocol.SignRequest) { r.Documents[0].MediaType = "text/plain; charset=utf-8" }, fault.RequestInvalid},
		{"another format", func(r *protocol.SignRequest) { r.Format = "xmldsig" }, fault.Unsupported},
		{"another profile", func(r *protocol.SignRequest) { r.Profile = "P5" }, fault.Unsupported},
		{"a format that does not go with the type", func(r *protocol.SignRequest) { r.Format = protocol.FormatPAdES }, fault.RequestInvalid},
		{"options of another format", func(r *protocol.SignRequest) { r.PAdES = &protocol.PAdESOptions{} }, fault.RequestInvalid},
		{"together, and not so made", func(r *protocol.SignRequest) { r.Together = true }, fault.RequestInvalid},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := until(t, screen.StepLoading)
			w.Stored()
			r := windowtest.SignRequest()
			tt.change(&r)
			w.Page(protocol.PageSign, r)
			w.wantProblem(tt.want)
			if w.LastTold() != "failed "+string(tt.want) || w.View().Retriable {
				t.Errorf("told %q, retriable %v", w.LastTold(), w.View().Retriable)
			}
		})
	}
}

// Messages that no content script of ours would pass on, or not at that moment.
func TestBadMessages(t *testing.T) {
	envelope := func(format string, a ...any) string {
		return `{"eonay":1,"to":"extension","id":"` + windowtest.PageID + `",` + fmt.Sprintf(format, a...) + `}`
	}
	deep := strings.Repeat(`{"a":`, 20) + `1` + strings.Repeat(`}`, 20)
	tests := []struct {
		name, raw string
		want      fault.Code
	}{
		{"nothing", "", fault.RequestInvalid},
		{"no JSON", "sign", fault.RequestInvalid},
		{"no object", "[1]", fault.RequestInvalid},
		{"wrong direction", strings.Replace(envelope(`"type":"cancel"`), "extension", "page", 1), fault.RequestInvalid},
		{"another request's", strings.Replace(envelope(`"type":"cancel"`), windowtest.PageID[:8], "00000000", 1), fault.RequestInvalid},
		{"another version", strings.Replace(envelope(`"type":"cancel"`), `"eonay":1`, `"eonay":2`, 1), fault.ExtensionOutdated},
		{"unknown type", envelope(`"type":"signed"`), fault.RequestInvalid},
		{"a second request", envelope(`"type":"sign","body":%s`, windowtest.Marshal(windowtest.SignRequest())), fault.RequestInvalid},
		{"nested too deep", envelope(`"type":"chunk","body":%s`, deep), fault.RequestInvalid},
		{"too long", envelope(`"type":"chunk","body":{"data":"%s"}`, strings.Repeat("A", protocol.MaxHostMessage)), fault.RequestTooLarge},
		{"no base64", envelope(`"type":"chunk","body":{"document":0,"offset":0,"data":"!"}`), fault.RequestInvalid},
		{"no body", envelope(`"type":"chunk"`), fault.RequestInvalid},
		{"another document", envelope(`"type":"chunk","body":{"document":1,"offset":0,"data":"QQ=="}`), fault.RequestInvalid},
		{"another offset", envelope(`"type":"chunk","body":{"document":0,"offset":1,"data":"QQ=="}`), fault.RequestInvalid},
		{"shorter", envelope(`"type":"chunk","body":{"document":0,"offset":0,"data":"QQ=="}`), fault.DocumentChanged},
		{"longer", envelope(`"type":"chunk","body":{"document":0,"offset":0,"data":"%s"}`, base64.StdEncoding.EncodeToString([]byte(windowtest.Consent+"x"))), fault.DocumentChanged},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := until(t, screen.StepWho)
			w.On(windowtest.Said([]byte(tt.raw)))
			w.wantProblem(tt.want)
			if w.LastTold() != "failed "+string(tt.want) {
				t.Errorf("told %q", w.LastTold())
			}
		})
	}
}

func TestBadDocuments(t *testing.T) {
	tests := []struct {
		name, text string
		want       fault.Code
	}{
		{"not UTF-8", windowtest.VerificationCode + "\xff", fault.DocumentUnreadable},
		{"Latin-5", "\xfe\xf0 " + windowtest.VerificationCode, fault.DocumentUnreadable},
		{"binary", windowtest.VerificationCode + strings.Repeat("\x00", 1001), fault.DocumentUnreadable},
		{"another code", "Doğrulama kodu: 168857414351238", fault.CodeNotInDocument},
		{"code within a longer number", "1" + windowtest.VerificationCode, fault.CodeNotInDocument},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := open(t)
			w.Stored()
			r := windowtest.SignRequest()
			r.Documents[0].Size = int64(len(tt.text))
			w.Page(protocol.PageSign, r)
			w.Chunk(0, 0, tt.text)
			w.wantProblem(tt.want)
			if w.LastTold() != "failed "+string(tt.want) {
				t.Errorf("told %q", w.LastTold())
			}
		})
	}
}

func TestUnrequestedChunkEndsTheRequest(t *testing.T) {
	w := until(t, screen.StepCode)
	w.Chunk(0, 0, windowtest.Consent)
	w.wantProblem(fault.RequestInvalid)
}

func TestNoStoredRequest(t *testing.T) {
	w := open(t)
	w.On(loop.RequestRead{})
	w.wantProblem(fault.RequestInvalid)
	w = open(t)
	w.On(loop.RequestRead{Stored: &protocol.StoredRequest{Origin: "null", PageRequest: windowtest.PageID}})
	w.wantProblem(fault.RequestInvalid)
	if len(w.Told()) != 0 {
		t.Errorf("told %q without a port", w.Told())
	}
}

func TestSilentPage(t *testing.T) {
	w := open(t)
	w.Stored()
	w.On(loop.Elapsed{Timer: loop.TimerPage})
	w.wantProblem(fault.PageGone)
	w = until(t, screen.StepWho)
	w.On(loop.Elapsed{Timer: loop.TimerPage})
	w.wantProblem(fault.RequestInvalid)
}

// TestEmbedderIsShown is a site that asks in a frame of another site's page.
func TestEmbedderIsShown(t *testing.T) {
	for embedder, want := range map[string]screen.Origin{
		"":                          {},
		"https://magaza.example.tr": {Scheme: "https://", Host: "magaza.example.tr"},
		"http://localhost:8080":     {Scheme: "http://", Host: "localhost:8080"},
		"https://xn--pypal-4ve.com": {Scheme: "https://", Host: "xn--pypal-4ve.com", Encoded: true},
	} {
		w := open(t)
		w.On(loop.RequestRead{Stored: &protocol.StoredRequest{Origin: "https://online.example.tr", Embedder: embedder, PageRequest: windowtest.PageID}})
		v := w.View()
		if v.Embedder != want || v.Encoded() != want.Encoded || v.Origin.Host != "online.example.tr" {
			t.Errorf("%q: %+v in %+v", embedder, v.Origin, v.Embedder)
		}
	}
	for _, embedder := range []string{"null", "http://magaza.example.tr", "https://mağaza.example.tr", "https://a b"} {
		w := open(t)
		w.On(loop.RequestRead{Stored: &protocol.StoredRequest{Origin: "https://online.example.tr", Embedder: embedder, PageRequest: windowtest.PageID}})
		w.wantProblem(fault.RequestInvalid)
	}
}
