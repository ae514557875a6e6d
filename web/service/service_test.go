package service_test

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/textproto"
	"net/url"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/e-onay/e-onay/internal/pki/pkitest"
	"github.com/e-onay/e-onay/web/service"
)

// evidence is what a site reads of it.
type evidence struct {
	Holder              string
	CitizenNumber       string `json:"citizen_number"`
	MaskedCitizenNumber string `json:"masked_citizen_number"`
	SigningTime         string `json:"signing_time"`
	Digest              string
	Path                [][]byte
	OCSP                *struct{ DER []byte }
	CRLs                []struct{ DER []byte }
}

// loginRequest is what a page gets.
type loginRequest struct{ Nonce, Purpose, Signed string }

// answer is a site's call to have a login verified.
func answer(session, nonce string, token []byte) map[string]string {
	return map[string]string{"session": session, "nonce": nonce, "token": string(token)}
}

func TestLogin(t *testing.T) {
	w := newWorld(t)
	card := w.ca.card("Ayşe Yılmaz", ayse)
	var request loginRequest
	w.ask("belediye", "/v1/login/request", map[string]string{"session": "oturum 1", "purpose": "Giriş"}, &request)
	if request.Nonce == "" || request.Purpose != "Giriş" || strings.Count(request.Signed, ".") != 2 {
		t.Fatalf("the page is to ask for %+v", request)
	}
	token := pkitest.LoginToken(t, card.certificate, card.key, origin, request.Nonce)
	const path = "/v1/login/verify"
	good := answer("oturum 1", request.Nonce, token)
	elsewhere := pkitest.LoginToken(t, card.certificate, card.key, other, request.Nonce)
	for name, test := range map[string]struct {
		site, path string
		body       map[string]string
		status     int
		code       string
	}{
		"of another session":    {"belediye", path, answer("oturum 2", request.Nonce, token), 403, "form_expired"},
		"at another site":       {"dernek", path, good, 403, "form_expired"},
		"at another origin":     {"belediye", path + "?origin=https://randevu.example.tr", good, 403, "form_expired"},
		"for another origin":    {"belediye", path, answer("oturum 1", request.Nonce, elsewhere), 403, "login_failed"},
		"no token":              {"belediye", path, answer("oturum 1", request.Nonce, []byte("{}")), 403, "login_failed"},
		"no nonce":              {"belediye", path, answer("oturum 1", "", token), 403, "form_expired"},
		"no session":            {"belediye", path, answer("", request.Nonce, token), 400, "request_invalid"},
		"an origin of nobody's": {"belediye", path + "?origin=https://yok.example", good, 400, "request_invalid"},
	} {
		t.Run(name, func(t *testing.T) { w.refused(w.call(test.site, "POST", test.path, test.body), test.status, test.code) })
	}
	var e evidence
	w.ask("belediye", path, good, &e)
	if e.Holder != "Ayşe Yılmaz" || e.CitizenNumber != ayse || e.MaskedCitizenNumber != "100*****146" || len(e.Path) < 2 || e.OCSP == nil || e.SigningTime != "" {
		t.Errorf("the evidence is %+v", e)
	}
	w.refused(w.call("belediye", "POST", path, good), 403, "form_expired")
}

// TestLoginIsRefusedByStatus has a revoked card, and authorities that do not answer or answer what cannot be believed.
func TestLoginIsRefusedByStatus(t *testing.T) {
	w := newWorld(t)
	card := w.ca.card("Ayşe Yılmaz", ayse)
	for _, test := range []struct {
		how    string
		status int
		code   string
	}{{"revoked", 422, "certificate_revoked"}, {"garbage", 502, "revocation_invalid"}, {"down", 503, "revocation_unavailable"}} {
		w.ca.misbehave("ocsp", test.how)
		var request loginRequest
		w.ask("dernek", "/v1/login/request", map[string]string{"session": "oturum"}, &request)
		if request.Signed != "" {
			t.Error("a site without a key has signed its request")
		}
		token := pkitest.LoginToken(t, card.certificate, card.key, other, request.Nonce)
		r := w.call("dernek", "POST", "/v1/login/verify", answer("oturum", request.Nonce, token))
		w.refused(r, test.status, test.code)
		if after := r.Header.Get("Retry-After"); (after != "") != (test.status == 503) {
			t.Errorf("%s: Retry-After is %q", test.how, after)
		}
	}
}

func TestSignature(t *testing.T) {
	w := newWorld(t)
	const text = "Başvurumu onaylıyorum. İşlem: 7F3A\n"
	var request map[string]any
	w.ask("belediye", "/v1/signature/request", signRequest(text), &request)
	if signed, _ := request["signed"].(string); strings.Count(signed, ".") != 2 {
		t.Fatalf("the page is to ask for %v", request)
	}
	card := w.ca.card("Ayşe Yılmaz", ayse)
	good := map[string]any{"request": request, "file": card.sign(text), "citizen_number": ayse}
	var e evidence
	w.ask("belediye", "/v1/signature/verify", good, &e)
	if e.Holder != "Ayşe Yılmaz" || e.SigningTime == "" || len(e.Digest) != 64 || e.OCSP == nil || len(e.CRLs) != 1 {
		t.Errorf("the evidence is %+v", e)
	}
	changed := signRequest(text + " ")
	for name, test := range map[string]struct {
		change map[string]any
		status int
		code   string
	}{
		"over another document": {map[string]any{"request": changed}, 422, "signature_invalid"},
		"by another person":     {map[string]any{"citizen_number": mehmet}, 422, "certificate_of_another"},
		"no signature":          {map[string]any{"file": []byte("0")}, 422, "signature_malformed"},
		"nothing":               {map[string]any{"file": nil}, 422, "signature_malformed"},
		"another format":        {map[string]any{"request": map[string]any{"purpose": "a", "documents": []fileOf{{"a", text}}, "format": "jades"}}, 422, "signature_malformed"},
		"another profile":       {map[string]any{"request": map[string]any{"purpose": "a", "documents": []fileOf{{"a", text}}, "profile": "P4"}}, 422, "signature_attributes"},
		"of no document":        {map[string]any{"document": 1}, 400, "request_invalid"},
		"without documents":     {map[string]any{"request": map[string]any{"purpose": "a", "documents": []fileOf{}}}, 400, "request_invalid"},
		"without bytes":         {map[string]any{"request": map[string]any{"purpose": "a", "documents": []fileOf{{"a", ""}}}}, 400, "request_invalid"},
		"a member too many":     {map[string]any{"citizenNumber": ayse}, 400, "request_invalid"},
	} {
		t.Run(name, func(t *testing.T) {
			body := map[string]any{}
			for _, from := range []map[string]any{good, test.change} {
				for name, value := range from {
					body[name] = value
				}
			}
			w.refused(w.call("belediye", "POST", "/v1/signature/verify", body), test.status, test.code)
		})
	}
}

// TestRequestsThatNoWindowTakes are refused when they are made, with the reason for the site's developer.
func TestRequestsThatNoWindowTakes(t *testing.T) {
	w := newWorld(t)
	for name, test := range map[string]struct{ path, body string }{
		"purpose of two lines":  {"/v1/certificate/request", `{"purpose":"a\nb"}`},
		"no documents":          {"/v1/signature/request", `{"purpose":"a","documents":[]}`},
		"no purpose":            {"/v1/signature/request", `{"purpose":"","documents":[{"name":"a","data":"b"}]}`},
		"signed already":        {"/v1/signature/request", `{"purpose":"a","documents":[{"name":"a","data":"b"}],"signed":"x"}`},
		"options of other kind": {"/v1/signature/request", `{"purpose":"a","documents":[{"name":"a","data":"b"}],"xades":{}}`},
		"a member twice":        {"/v1/login/request", `{"session":"a","session":"b"}`},
		"a session too long":    {"/v1/login/request", `{"session":"` + strings.Repeat("a", 1025) + `"}`},
		"no JSON":               {"/v1/validate", `{`},
		"a list":                {"/v1/validate", `[]`},
	} {
		t.Run(name, func(t *testing.T) {
			if p := w.refused(w.call("belediye", "POST", test.path, []byte(test.body)), 400, "request_invalid"); p.Detail == "" {
				t.Error("no detail")
			}
		})
	}
	w.refused(w.call("belediye", "POST", "/v1/validate", []byte(`{}`), "text/plain"), 400, "request_invalid")
	var request struct{ Purpose, Signed string }
	w.ask("belediye", "/v1/certificate/request", map[string]string{"purpose": "Sertifika"}, &request)
	if request.Purpose != "Sertifika" || request.Signed == "" {
		t.Errorf("%+v", request)
	}
}

// part is one part of a multipart body.
type part struct{ name, file, mediaType, content string }

func multi(t *testing.T, parts ...part) (body []byte, mediaType string) {
	t.Helper()
	var b bytes.Buffer
	m := multipart.NewWriter(&b)
	for _, p := range parts {
		h := textproto.MIMEHeader{}
		h.Set("Content-Disposition", multipart.FileContentDisposition(p.name, p.file))
		h.Set("Content-Type", p.mediaType)
		out, err := m.CreatePart(h)
		if err != nil {
			t.Fatal(err)
		}
		io.WriteString(out, p.content)
	}
	if err := m.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes(), m.FormDataContentType()
}

// TestMultipart sends files beside the JSON, which lie on disk meanwhile.
func TestMultipart(t *testing.T) {
	w := newWorld(t, func(s *service.Settings) { s.MaxFileBytes = 1 << 20 })
	text := strings.Repeat("Başvuru. ", 10_000)
	signature := string(w.ca.card("Ayşe Yılmaz", ayse).sign(text))
	request := part{"request", "", "application/json", `{"request":{"purpose":"a","documents":[{"name":"a.txt"}]},"citizen_number":"` + ayse + `"}`}
	file, document := part{"file", "a.p7s", "application/octet-stream", signature}, part{"document", "a.txt", "text/plain", text}
	empty := part{"request", "", "application/json", `{}`}
	for name, test := range map[string]struct {
		path   string
		parts  []part
		status int
		says   string // a code, or what is in the answer
	}{
		"a signature":          {"/v1/signature/verify", []part{request, file, document}, 200, ayse},
		"the document first":   {"/v1/signature/verify", []part{request, document, file}, 200, ayse},
		"without the document": {"/v1/signature/verify", []part{request, file}, 400, "request_invalid"},
		"two documents":        {"/v1/signature/verify", []part{request, file, document, document}, 400, "request_invalid"},
		"two files":            {"/v1/signature/verify", []part{request, file, file, document}, 400, "request_invalid"},
		"without the file":     {"/v1/signature/verify", []part{request, document}, 400, "request_invalid"},
		"without the request":  {"/v1/signature/verify", []part{file, document}, 400, "request_invalid"},
		"the request last":     {"/v1/signature/verify", []part{file, document, request}, 400, "request_invalid"},
		"another part":         {"/v1/signature/verify", []part{request, {"x", "", "text/plain", ""}}, 400, "request_invalid"},
		"a file too large":     {"/v1/validate", []part{empty, {"file", "", "text/plain", strings.Repeat("0", 1<<20+1)}}, 413, "request_too_large"},
		"validation":           {"/v1/validate", []part{empty, file, document}, 200, "TOTAL-PASSED"},
		"no part":              {"/v1/validate", nil, 400, "request_invalid"},
	} {
		t.Run(name, func(t *testing.T) {
			body, mediaType := multi(t, test.parts...)
			r := w.call("belediye", "POST", test.path, body, mediaType)
			if test.status != http.StatusOK {
				w.refused(r, test.status, test.says)
			} else if r.Status != http.StatusOK || !strings.Contains(string(r.Body), test.says) {
				t.Errorf("%d %s", r.Status, r.Body)
			}
		})
	}
	entries, err := os.ReadDir(w.dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), "eonay-rp-") {
			t.Errorf("%s has stayed", e.Name())
		}
	}
}

// report is what a site reads of a validation.
type report struct {
	Report struct {
		Signatures []struct {
			Indication    string
			Level         string
			SubIndication string `json:"sub_indication"`
			Signer        struct{ Certificate []byte }
		}
	}
	Text struct{ TR, EN string }
}

func TestValidate(t *testing.T) {
	w := newWorld(t)
	const text = "Sözleşme"
	signature := w.ca.card("Ayşe Yılmaz", ayse).sign(text)
	documents := []map[string]any{{"name": "sozlesme.txt", "base64": []byte(text)}}
	for name, test := range map[string]struct {
		body           map[string]any
		indication     string
		turkish, inall string
	}{
		"good":           {map[string]any{"file": signature, "documents": documents}, "TOTAL-PASSED", "İmza geçerli", "100*****146"},
		"offline":        {map[string]any{"file": signature, "documents": documents, "offline": true}, "INDETERMINATE", "iptal edilip edilmediği bilinmiyor", "100*****146"},
		"changed":        {map[string]any{"file": signature, "documents": []fileOf{{"a", "Sozlesme"}}}, "TOTAL-FAILED", "değişmiş", ""},
		"no content":     {map[string]any{"file": signature}, "INDETERMINATE", "elde değil", ""},
		"some years ago": {map[string]any{"file": signature, "documents": documents, "moment": "2011-01-01T00:00:00Z"}, "INDETERMINATE", "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			var r report
			w.ask("belediye", "/v1/validate", test.body, &r)
			if len(r.Report.Signatures) != 1 || r.Report.Signatures[0].Indication != test.indication {
				t.Fatalf("%+v", r)
			}
			if !strings.Contains(r.Text.TR, test.turkish) || !strings.Contains(r.Text.TR, test.inall) || strings.Contains(r.Text.TR+r.Text.EN, ayse) || r.Text.EN == "" {
				t.Errorf("the text is\n%s\n%s", r.Text.TR, r.Text.EN)
			}
		})
	}
	for name, test := range map[string]struct {
		body   map[string]any
		status int
		code   string
	}{
		"no signature":      {map[string]any{"file": []byte("Merhaba")}, 422, "unsupported"},
		"nothing":           {map[string]any{}, 422, "unsupported"},
		"damaged":           {map[string]any{"file": signature[:200]}, 422, "signature_malformed"},
		"data of no kind":   {map[string]any{"file": signature, "data": [][]byte{[]byte("x")}}, 400, "request_invalid"},
		"too much data":     {map[string]any{"file": signature, "data": make([][]byte, 65)}, 400, "request_invalid"},
		"no time":           {map[string]any{"file": signature, "moment": "yesterday"}, 400, "request_invalid"},
		"too long for JSON": {map[string]any{"file": make([]byte, 13<<20)}, 413, "request_too_large"},
	} {
		t.Run(name, func(t *testing.T) {
			w.refused(w.call("belediye", "POST", "/v1/validate", test.body), test.status, test.code)
		})
	}
}

// TestSite publishes what makes the window know the site.
func TestSite(t *testing.T) {
	w := newWorld(t)
	var site struct {
		Name string
		Keys []struct{ Kty, Crv, Kid, X, Y string }
	}
	w.ask("belediye", "/v1/site", nil, &site)
	if site.Name != "Örnek Belediyesi" || len(site.Keys) != 1 || site.Keys[0].Crv != "P-256" {
		t.Errorf("%+v", site)
	}
	w.refused(w.call("dernek", "GET", "/v1/site", nil), 404, "request_invalid")
}

// TestKeys has calls of who has no key, and of a site that has two.
func TestKeys(t *testing.T) {
	old, digest := service.NewKey()
	w := newWorld(t, func(s *service.Settings) {
		for i := range s.Sites {
			if s.Sites[i].Name == "belediye" {
				s.Sites[i].Keys = append(s.Sites[i].Keys, digest)
			}
		}
	})
	for header, status := range map[string]int{
		"Bearer " + w.keys["belediye"]:        200,
		"bearer " + old:                       200,
		"":                                    401,
		"Bearer":                              401,
		"Bearer ":                             401,
		"Bearer " + digest:                    401,
		"Bearer " + w.keys["belediye"] + "x":  401,
		"Bearer " + strings.Repeat("x", 4096): 401,
		"Basic " + w.keys["belediye"]:         401,
		"Bearer " + w.keys["belediye"] + " and another": 401,
	} {
		request, err := http.NewRequest("GET", w.url+"/v1/site", nil)
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set("Authorization", header)
		r := w.do(request, nil)
		if r.Status != status {
			t.Errorf("%.60q: %d, want %d", header, r.Status, status)
		}
		if status == 401 && (w.refused(r, 401, "request_invalid").Detail == "" || r.Header.Get("WWW-Authenticate") != "Bearer") {
			t.Errorf("%.60q: %v %s", header, r.Header, r.Body)
		}
	}
	for path := range w.service.Calls() {
		if strings.HasPrefix(path, "/v1/") {
			w.refused(w.call("", w.service.Calls()[path], path, nil), 401, "request_invalid")
		}
	}
}

// TestRate has a site ask more than it may; the other goes on.
func TestRate(t *testing.T) {
	w := newWorld(t, func(s *service.Settings) {
		for i := range s.Sites {
			s.Sites[i].RequestsPerMinute = 1 // and ten at once
		}
	})
	statuses := map[int]int{}
	for range 15 {
		r := w.call("belediye", "GET", "/v1/site", nil)
		statuses[r.Status]++
		if r.Status != 200 {
			w.refused(r, 429, "unavailable")
			if r.Header.Get("Retry-After") == "" {
				t.Error("no Retry-After")
			}
		}
	}
	if statuses[200] != 10 || statuses[429] != 5 {
		t.Errorf("statuses %v, want 10 of 200 and 5 of 429", statuses)
	}
	w.refused(w.call("dernek", "GET", "/v1/site", nil), 404, "request_invalid")
}

// TestNoSuchCall answers by problem documents as well, without a key.
func TestNoSuchCall(t *testing.T) {
	w := newWorld(t)
	w.refused(w.call("belediye", "GET", "/", nil), 404, "request_invalid")
	w.refused(w.call("", "GET", "/v1/nothing", nil), 404, "request_invalid")
	for path, method := range w.service.Calls() {
		r := w.call("", "DELETE", path, nil)
		w.refused(r, 405, "request_invalid")
		if r.Header.Get("Allow") != method {
			t.Errorf("%s: Allow is %q", path, r.Header.Get("Allow"))
		}
	}
}

// TestPanic has a fault of the program end a call, and no more.
func TestPanic(t *testing.T) {
	w := newWorld(t)
	server := httptest.NewServer(w.service.Panicking("/v1/validate"))
	defer server.Close()
	at := w.url
	w.url = server.URL
	w.refused(w.call("belediye", "POST", "/v1/validate", []byte(`{}`)), 500, "internal")
	w.url = at
	if !strings.Contains(w.log.String(), "a fault of the test") {
		t.Errorf("the log has\n%s", w.log)
	}
	var site map[string]any
	w.ask("belediye", "/v1/site", nil, &site)
}

func TestMetricsAndHealth(t *testing.T) {
	w := newWorld(t)
	var r report
	w.ask("belediye", "/v1/validate", map[string]any{"file": w.ca.card("Ayşe Yılmaz", ayse).sign("a"), "offline": true}, &r)
	w.call("belediye", "POST", "/v1/validate", []byte("x"))
	var written bytes.Buffer
	if err := w.service.WriteMetrics(&written); err != nil {
		t.Fatal(err)
	}
	text := written.String()
	for _, line := range []string{
		`eonay_requests_total{route="/v1/validate",result="ok"} 1`,
		`eonay_requests_total{route="/v1/validate",result="request_invalid"} 1`,
		`eonay_validated_signatures_total{indication="INDETERMINATE"} 1`,
		`eonay_request_duration_seconds_count{route="/v1/validate"} 2`,
		`eonay_requests_in_flight 0`,
		`eonay_refusals_total{code="request_invalid"} 1`,
		`eonay_store_up 1`,
	} {
		if !strings.Contains(text, line+"\n") {
			t.Errorf("no line %s in\n%.2000s", line, text)
		}
	}
	if strings.Contains(text, "belediye") || strings.Contains(text, "Ayşe") {
		t.Error("the metrics name somebody")
	}
	w.refused(w.call("belediye", "GET", "/metrics", nil), 404, "request_invalid") // it is for the operator alone
	for path, want := range map[string]string{"/health/live": `{"status":"live"}`, "/health/ready": `{"status":"ready"}`} {
		if r := w.call("", "GET", path, nil); r.Status != 200 || strings.TrimSpace(string(r.Body)) != want {
			t.Errorf("%s: %d %s", path, r.Status, r.Body)
		}
	}
}

// FuzzCalls sends bodies of any kind; whatever comes is answered by a status that is described.
func FuzzCalls(f *testing.F) {
	f.Add("/v1/validate", "application/json", []byte(`{"file":"MAA=","documents":[{"name":"a","data":"b"}],"moment":"2026-01-01T00:00:00Z","offline":true}`))
	f.Add("/v1/signature/verify", "application/json", []byte(`{"request":{"purpose":"a","documents":[{"name":"a","data":"b"}]},"file":"MAA="}`))
	f.Add("/v1/signature/request", "application/json", []byte(`{"purpose":"a","documents":[{"name":"a","data":"b"}],"pades":{"stamp":{"page":-1}}}`))
	f.Add("/v1/login/verify", "application/json", []byte(`{"session":"a","nonce":"b","token":"{}"}`))
	f.Add("/v1/signature/verify", "multipart/form-data; boundary=x", []byte("--x\r\nContent-Disposition: form-data; name=request\r\n\r\n"+
		`{"request":{"purpose":"a","documents":[{"name":"a"}]}}`+"\r\n--x\r\nContent-Disposition: form-data; name=file; filename=a\r\n\r\n0\x00\r\n"+
		"--x\r\nContent-Disposition: form-data; name=document\r\n\r\nb\r\n--x--\r\n"))
	s, key := fuzzService(f)
	handler := s.Handler()
	described := []int{200, 400, 403, 404, 405, 413, 422, 429, 502, 503}
	f.Fuzz(func(t *testing.T, path, mediaType string, body []byte) {
		if _, err := url.ParseRequestURI(path); err != nil || !strings.HasPrefix(path, "/v1/") || s.Calls()[path] == "" {
			t.Skip()
		}
		r := httptest.NewRequest("POST", path, bytes.NewReader(body))
		r.Header.Set("Authorization", "Bearer "+key)
		r.Header.Set("Content-Type", mediaType)
		out := httptest.NewRecorder()
		handler.ServeHTTP(out, r)
		if !slices.Contains(described, out.Code) || !json.Valid(out.Body.Bytes()) {
			t.Errorf("%s: %d %s", path, out.Code, hex.EncodeToString(out.Body.Bytes()))
		}
	})
}
