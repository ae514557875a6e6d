package credentialui

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/e-onay/e-onay/internal/message"
	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/wasm/act/credential"
	"github.com/e-onay/e-onay/wasm/screen"
)

// Each act has its words, and its buttons say what they do.
func TestWords(t *testing.T) {
	for _, l := range []message.Language{message.Turkish, message.English} {
		said := map[string]protocol.PageType{}
		for _, act := range []protocol.PageType{protocol.PageAuthenticate, protocol.PageCertificates, protocol.PageSignHash, ""} {
			c := Window{V: credential.View{Act: act, View: screen.View{Heading: screen.Heading{Sentences: screen.Sentences{Language: l}}, Step: screen.StepWho}}}
			words := []string{c.asks()}
			if act != "" {
				words = append(words, c.next(), c.choose(), c.V.T("card.done.text."+string(act)))
			}
			for _, w := range words {
				if w == "" || strings.HasPrefix(w, "card.") || strings.HasPrefix(w, "window.") {
					t.Errorf("%s, %s: %q", l, act, w)
				}
			}
			if other, twice := said[c.asks()]; twice {
				t.Errorf("%s: %q is said of %q and of %q", l, c.asks(), act, other)
			}
			said[c.asks()] = act
			c.V.Step = screen.StepCertificate
			if c.next() != "" {
				t.Errorf("%s: a second button: %q", act, c.next())
			}
		}
	}
	login := Window{V: credential.View{Act: protocol.PageAuthenticate}}
	hash := Window{V: credential.View{Act: protocol.PageSignHash}}
	show := Window{V: credential.View{Act: protocol.PageCertificates}}
	for _, tt := range []struct{ got, want string }{
		{login.submit(), "Giriş yap"}, {hash.submit(), "Görmeden imzala"}, {show.choose(), "Bu sertifikayı göster"},
		{login.holder(), "Giriş yapan"}, {hash.holder(), "İmzalayan"}, {hash.choose(), "Bu sertifikayla devam et"},
	} {
		if tt.got != tt.want {
			t.Errorf("%q, want %q", tt.got, tt.want)
		}
	}
	// On a reader with keys, the button that is to be pressed first is the one that is there.
	if !strings.Contains(login.pad(), login.submit()) || !strings.Contains(hash.pad(), hash.submit()) {
		t.Errorf("%q, %q", login.pad(), hash.pad())
	}
}

// What cannot be shown is warned of before anything else is said, and what a site gets is told of the others.
func TestRequestWarns(t *testing.T) {
	source, err := os.ReadFile("request.vugu")
	if err != nil {
		t.Fatal(err)
	}
	danger := regexp.MustCompile(`<div class="notice stop" id="danger" vg-if='c\.hidden\(\)'>`).FindIndex(source)
	address := strings.Index(string(source), "<ui:Address")
	if danger == nil || danger[0] > address || !strings.Contains(string(source), `id="learns" vg-if='!c.hidden()'`) {
		t.Errorf("%s", source)
	}
	for act, want := range map[protocol.PageType]bool{protocol.PageAuthenticate: false, protocol.PageCertificates: false, protocol.PageSignHash: true} {
		if c := (Request{V: &credential.View{Act: act}}); c.hidden() != want {
			t.Errorf("%s: %v", act, c.hidden())
		}
	}
}
