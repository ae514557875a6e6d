package proxy

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// ask returns whom a request over a connection from peer is taken for, and the id in its answer.
func ask(t testing.TB, s Settings, peer string, header http.Header) (v Visitor, answered string) {
	t.Helper()
	p, err := New(s)
	if err != nil {
		t.Fatal(err)
	}
	r := httptest.NewRequest("GET", "/", nil)
	r.RemoteAddr = peer
	r.Header = header
	w := httptest.NewRecorder()
	p.Handler(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { v = Of(r.Context()) })).ServeHTTP(w, r)
	return v, w.Header().Get("X-Request-Id")
}

func TestAddress(t *testing.T) {
	const name = "X-Forwarded-For"
	near := Settings{AddressHeader: name}
	chain := Settings{AddressHeader: name, Networks: []string{"10.0.0.0/8", "2001:db8:f::/48", "192.0.2.7"}}
	for _, test := range []struct {
		title    string
		settings Settings
		peer     string
		values   []string
		want     string
		isProxy  bool
	}{
		{"no header is believed", Settings{}, "198.51.100.1:9", []string{"203.0.113.1"}, "198.51.100.1", false},
		{"this machine, no header is believed", Settings{}, "127.0.0.1:9", []string{"203.0.113.1"}, "127.0.0.1", true},
		{"proxy of this machine", near, "127.0.0.1:9", []string{"203.0.113.1"}, "203.0.113.1", false},
		{"proxy of this machine by IPv6", near, "[::1]:9", []string{"2001:db8::1"}, "2001:db8::1", false},
		{"mapped", near, "[::ffff:127.0.0.1]:9", []string{"::ffff:203.0.113.1"}, "203.0.113.1", false},
		{"a stranger writes the header", near, "198.51.100.1:9", []string{"203.0.113.1"}, "198.51.100.1", false},
		{"a visitor has written before", near, "127.0.0.1:9", []string{"192.0.2.1", "192.0.2.2, 203.0.113.1"}, "203.0.113.1", false},
		{"several proxies", chain, "10.1.1.1:9", []string{"192.0.2.1, 203.0.113.1, 192.0.2.7", "10.2.2.2,2001:db8:f::1"}, "203.0.113.1", false},
		{"proxies alone", chain, "10.1.1.1:9", []string{"10.2.2.2"}, "invalid IP", false},
		{"this machine is not named", chain, "127.0.0.1:9", []string{"203.0.113.1"}, "127.0.0.1", false},
		{"no value", near, "127.0.0.1:9", nil, "invalid IP", false},
		{"no address", near, "127.0.0.1:9", []string{"203.0.113.1, unknown"}, "invalid IP", false},
		{"a list without end", chain, "10.1.1.1:9", []string{"203.0.113.1" + strings.Repeat(",10.1.1.1", 5000)}, "invalid IP", false},
	} {
		header := http.Header{}
		for _, value := range test.values {
			header.Add(name, value)
		}
		if v, _ := ask(t, test.settings, test.peer, header); v.Address.String() != test.want || v.IsProxy != test.isProxy {
			t.Errorf("%s: %v, a proxy's %v", test.title, v.Address, v.IsProxy)
		}
	}
}

// TestRequestID takes the ids of a trusted proxy if they can do no harm in a log or a page, and makes all others.
func TestRequestID(t *testing.T) {
	s := Settings{RequestIDHeader: "X-Trace"}
	for given, taken := range map[string]bool{
		"4bf92f3577b34da6a3ce929d0e0e4736": true, "a.b_c-d12": true, "short": false, "": false, strings.Repeat("a", 65): false, "two words1": false,
		"12345678\"": false, "<script>alert(1)": false, "line\nline12": false, "ışıldayan": false,
	} {
		header := http.Header{"X-Trace": {given}}
		v, answered := ask(t, s, "127.0.0.1:9", header)
		if (v.RequestID == given) != taken || answered != v.RequestID || !requestID.MatchString(v.RequestID) {
			t.Errorf("%q: %q, answered with %q", given, v.RequestID, answered)
		}
	}
	header := http.Header{"X-Trace": {"4bf92f3577b34da6"}}
	for title, test := range map[string]struct {
		settings Settings
		peer     string
	}{"a stranger's": {s, "198.51.100.1:9"}, "no header is believed": {Settings{}, "127.0.0.1:9"}} {
		first, _ := ask(t, test.settings, test.peer, header)
		second, _ := ask(t, test.settings, test.peer, header)
		if first.RequestID == "4bf92f3577b34da6" || first.RequestID == second.RequestID {
			t.Errorf("%s: %q, then %q", title, first.RequestID, second.RequestID)
		}
	}
}

func TestSettings(t *testing.T) {
	for says, s := range map[string]Settings{
		"address_header":    {AddressHeader: "X Real"},
		"request_id_header": {RequestIDHeader: "X-Id\r\n"},
		"more than":         {AddressHeader: "A", Networks: make([]string, 33)},
		"neither":           {AddressHeader: "A", Networks: []string{"proxy.example"}},
		"every address":     {AddressHeader: "A", Networks: []string{"0.0.0.0/0"}},
		"10.0.0.0/8 is":     {AddressHeader: "A", Networks: []string{"10.1.0.0/8"}},
		"networks without":  {Networks: []string{"10.0.0.0/8"}},
	} {
		if _, err := New(s); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v", says, err)
		}
	}
}

// FuzzForwarded has a trusted proxy hand on whatever a visitor writes: the address is none of a proxy.
func FuzzForwarded(f *testing.F) {
	f.Add("203.0.113.1, 10.0.0.1")
	f.Add(",,::ffff:10.0.0.1,fe80::1%eth0")
	p, err := New(Settings{AddressHeader: "A", Networks: []string{"10.0.0.0/8", "fd00::/8"}})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, value string) {
		address := p.forwarded([]string{value})
		if address.IsValid() && (p.isProxy(address) || address.Is4In6() || address.Zone() != "") {
			t.Errorf("%q: %v", value, address)
		}
	})
}
