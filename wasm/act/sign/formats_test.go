package sign_test

import (
	"encoding/json"
	"slices"
	"testing"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/wasm/loop"
	"github.com/e-onay/e-onay/wasm/pinentry"
	"github.com/e-onay/e-onay/wasm/screen"
	"github.com/e-onay/e-onay/wasm/window/windowtest"
)

// asksFormat has the page ask for two texts to be signed in a format that needs their bytes, and the host get them. The host
// has been asked then whether they can be signed.
func asksFormat(t *testing.T, options protocol.SignatureOptions) *Window {
	t.Helper()
	w := open(t)
	w.Stored()
	r := windowtest.SignRequest()
	r.Code, r.SignatureOptions = "", options
	r.Documents = []protocol.DocumentInfo{{Name: "a.txt", MediaType: "text/plain", Size: 1}, {Name: "b.txt", MediaType: "text/plain", Size: 1}}
	w.Page(protocol.PageSign, r)
	w.Chunk(0, 0, "a")
	w.Chunk(1, 0, "b")
	w.Answer(protocol.HostWelcome, protocol.Welcome{Protocol: protocol.Version, Version: "0.1.0"})
	w.Answer(protocol.HostCertificateList, windowtest.List(windowtest.ReadyPIN, windowtest.Certificate(windowtest.IDA, "")))
	for range 4 {
		w.Answer(protocol.HostReady, nil)
	}
	return w
}

func lastAsked[T any](t *testing.T, w *Window, kind protocol.HostType) (body T) {
	t.Helper()
	asked := w.HostAsked()
	last := asked[len(asked)-1].Envelope
	if last.Type != kind {
		t.Fatalf("last asked %s, want %s", last.Type, kind)
	}
	if err := json.Unmarshal(last.Body, &body); err != nil {
		t.Fatal(err)
	}
	return body
}

// The host keeps documents whose bytes a format needs, is asked before the person types a PIN whether they can be signed, and
// gets the page's options with the PIN.
func TestFormatThatNeedsContent(t *testing.T) {
	options := protocol.SignatureOptions{Format: protocol.FormatJAdES, Profile: protocol.ProfileP1, JAdES: &protocol.JAdESOptions{Serialization: protocol.JAdESGeneral}}
	w := asksFormat(t, options)
	for _, asked := range w.HostAsked() {
		var body protocol.HostDocumentBody
		if asked.Envelope.Type == protocol.HostDocument && (json.Unmarshal(asked.Envelope.Body, &body) != nil || !body.Keep) {
			t.Errorf("the host is not to keep %s", asked.Envelope.Body)
		}
	}
	if check := lastAsked[protocol.HostCheckBody](t, w, protocol.HostCheck); !check.Equal(&options) {
		t.Errorf("checked %+v", check)
	}
	w.Answer(protocol.HostChecked, protocol.DocumentProblems{Problems: []fault.Code{"", fault.XMLPlace}})
	w.On(loop.Continue{}, loop.Continue{}, loop.Continue{}, loop.Continue{})
	w.wantStep(screen.StepPIN)
	v := w.View()
	if named := v.Unsignable.Documents; len(named) != 1 || named[0].Name != "b.txt" || named[0].Code != fault.XMLPlace || named[0].Why == "" || v.Signatures != 1 || v.Status == "" {
		t.Errorf("before the PIN %+v, %d signatures, status %q", named, v.Signatures, v.Status)
	}
	w.On(pinentry.Submit{PIN: []byte("1234")})
	if body := lastAsked[protocol.HostSignBody](t, w, protocol.HostSign); !body.Equal(&options) {
		t.Errorf("signs %+v", body.SignatureOptions)
	}
}

// Where no document can be signed the person learns it at once, and the page why; an answer of other documents ends it too.
func TestDocumentsThatCannotBeSigned(t *testing.T) {
	options := protocol.SignatureOptions{Format: protocol.FormatJAdES, Profile: protocol.ProfileP1}
	for _, tt := range []struct {
		problems []fault.Code
		want     fault.Code
	}{
		{[]fault.Code{fault.PDFForbidden, fault.XMLPlace}, fault.PDFForbidden},
		{[]fault.Code{"", "", ""}, fault.MessageInvalid},
		{nil, fault.MessageInvalid},
	} {
		w := asksFormat(t, options)
		w.Answer(protocol.HostChecked, protocol.DocumentProblems{Problems: tt.problems})
		w.wantProblem(tt.want)
		if w.LastTold() != "failed "+string(tt.want) {
			t.Errorf("told %s", w.LastTold())
		}
	}
}

// One signature over all documents has one outcome, which is that of each.
func TestSignedTogether(t *testing.T) {
	w := asksFormat(t, protocol.SignatureOptions{Format: protocol.FormatASiC, Profile: protocol.ProfileP1, Together: true})
	w.Answer(protocol.HostChecked, protocol.DocumentProblems{Problems: []fault.Code{""}})
	w.On(loop.Continue{}, loop.Continue{}, loop.Continue{}, loop.Continue{}, pinentry.Submit{PIN: []byte("1234")})
	w.part(protocol.SignaturePart{Data: []byte("PK")})
	w.part(protocol.SignaturePart{Span: protocol.Span{Document: 1, Length: 1}, Last: true})
	w.Answer(protocol.HostSigned, protocol.SignResult{Outcomes: make([]protocol.Outcome, 1)})
	w.wantStep(screen.StepDone)
	if got := w.View().End.Signed; !slices.Equal(got, []string{"a.txt", "b.txt"}) {
		t.Errorf("signed %v", got)
	}
}

// What a signature says or does beyond the usual stands in the first question.
func TestTerms(t *testing.T) {
	pdf := []protocol.DocumentInfo{{Name: "a.pdf", MediaType: protocol.MediaTypePDF, Size: 1}}
	for name, tt := range map[string]struct {
		edit func(*protocol.SignRequest)
		want []string
	}{
		"usual":  {func(*protocol.SignRequest) {}, nil},
		"policy": {func(r *protocol.SignRequest) { r.Profile = protocol.ProfileP4 }, []string{"P4 imza politikasına uyduğunu belirtecek."}},
		"PDF": {func(r *protocol.SignRequest) {
			r.Documents, r.Format = pdf, protocol.FormatPAdES
			r.PAdES = &protocol.PAdESOptions{Reason: "Çünkü\u202easlında", Form: protocol.PAdESCertification, Stamp: &protocol.Stamp{Width: 1, Height: 1}}
		}, []string{
			"Sitenin yazdığı imzalama nedenini taşıyacak: Çünkü⟦U+202E⟧aslında", "Belgenin üstünde görünecek.",
			"Belgeyi kilitleyecek: sonra yalnızca form doldurulabilir ve imza atılabilir.",
		}},
		"invoice": {func(r *protocol.SignRequest) {
			r.Documents[0].MediaType, r.Format = protocol.MediaTypeXML, protocol.FormatXAdES
			r.XAdES = &protocol.XAdESOptions{Dialect: protocol.XAdESUBLTR}
		}, []string{"Şu sıfatla attığınızı belirtecek: Supplier"}},
	} {
		t.Run(name, func(t *testing.T) {
			w := open(t)
			w.Stored()
			r := windowtest.SignRequest()
			r.Code = ""
			tt.edit(&r)
			w.Page(protocol.PageSign, r)
			w.wantStep(screen.StepWho)
			if got := w.View().Terms; !slices.Equal(got, tt.want) {
				t.Errorf("%q, want %q", got, tt.want)
			}
		})
	}
}
