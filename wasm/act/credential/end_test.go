package credential_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/wasm/loop"
	"github.com/e-onay/e-onay/wasm/screen"
	"github.com/e-onay/e-onay/wasm/window/windowtest"
)

// What the host must not hand over reaches no page.
func TestBadHostAnswersReachNoPage(t *testing.T) {
	algorithm := func(crypto, hash, padding string) protocol.SignatureAlgorithm {
		return protocol.SignatureAlgorithm{Crypto: crypto, Hash: hash, Padding: padding}
	}
	with := func(algorithms ...protocol.SignatureAlgorithm) protocol.HostExportedBody {
		return protocol.HostExportedBody{Data: cardDER, Algorithms: algorithms}
	}
	token := func(s string) protocol.LoginResult { return protocol.LoginResult{Token: s} }
	signed := func(change func(r *protocol.HashResult)) protocol.HashResult { r := hashDone; change(&r); return r }
	for _, tt := range []struct {
		name   string
		act    protocol.PageType
		answer protocol.HostType
		body   any
	}{
		{"no token", protocol.PageAuthenticate, protocol.HostAuthenticated, token("")},
		{"no JSON", protocol.PageAuthenticate, protocol.HostAuthenticated, token("eonay-login:1")},
		{"half a token", protocol.PageAuthenticate, protocol.HostAuthenticated, token(`{"format":"eonay-login:1"`)},
		{"two tokens", protocol.PageAuthenticate, protocol.HostAuthenticated, token(loggedIn.Token + loggedIn.Token)},
		{"another format", protocol.PageAuthenticate, protocol.HostAuthenticated, token(`{"format":"web-eid:1.0"}`)},
		{"a list", protocol.PageAuthenticate, protocol.HostAuthenticated, token(`[]`)},
		{"a long token", protocol.PageAuthenticate, protocol.HostAuthenticated, token(`{"format":"eonay-login:1","signature":"` + strings.Repeat("A", protocol.MaxLoginToken) + `"}`)},
		{"no body", protocol.PageAuthenticate, protocol.HostAuthenticated, nil},
		{"a hash's signature for a login", protocol.PageAuthenticate, protocol.HostHashSigned, hashDone},
		{"another certificate", protocol.PageCertificates, protocol.HostExported, protocol.HostExportedBody{Data: []byte("another one")}},
		{"no certificate", protocol.PageCertificates, protocol.HostExported, protocol.HostExportedBody{}},
		{"another curve's words", protocol.PageCertificates, protocol.HostExported, with(es256, algorithm("EC", "SHA-256", "NONE"))},
		{"an old hash", protocol.PageCertificates, protocol.HostExported, with(algorithm("RSA", "SHA-1", "PSS"))},
		{"no padding", protocol.PageCertificates, protocol.HostExported, with(algorithm("RSA", "SHA-256", "NONE"))},
		{"too much padding", protocol.PageCertificates, protocol.HostExported, with(algorithm("ECC", "SHA-256", "PSS"))},
		{"too many algorithms", protocol.PageCertificates, protocol.HostExported, with(es256, es256, es256, es256, es256, es256, es256)},
		{"a token for a certificate", protocol.PageCertificates, protocol.HostAuthenticated, loggedIn},
		{"no signature", protocol.PageSignHash, protocol.HostHashSigned, signed(func(r *protocol.HashResult) { r.Signature = nil })},
		{"a long signature", protocol.PageSignHash, protocol.HostHashSigned, signed(func(r *protocol.HashResult) { r.Signature = make([]byte, protocol.MaxRawSignature+1) })},
		{"another hash's", protocol.PageSignHash, protocol.HostHashSigned, signed(func(r *protocol.HashResult) { r.Algorithm.Hash = "SHA-384" })},
		{"an unknown algorithm", protocol.PageSignHash, protocol.HostHashSigned, signed(func(r *protocol.HashResult) { r.Algorithm.Crypto = "" })},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := cardUntil(t, tt.act, screen.StepWorking)
			w.Answer(tt.answer, tt.body)
			w.wantProblem(fault.MessageInvalid)
			if w.LastTold() != "failed message_invalid" {
				t.Errorf("told %q", w.LastTold())
			}
		})
	}
}

// Invalid lists of hash pairs end the conversation.
func TestBadHashPairLists(t *testing.T) {
	many := protocol.HostHashSites{}
	for range protocol.MaxHashSites + 1 {
		many.Sites = append(many.Sites, permitted.Sites[0])
	}
	site := func(s protocol.HostHashSite) protocol.HostHashSites {
		return protocol.HostHashSites{Sites: []protocol.HostHashSite{s}}
	}
	for name, sites := range map[string]protocol.HostHashSites{
		"too many":       many,
		"no key":         site(protocol.HostHashSite{Origin: cardSite}),
		"no site":        site(protocol.HostHashSite{Key: cardKey}),
		"a long site":    site(protocol.HostHashSite{Key: cardKey, Origin: "https://" + strings.Repeat("a", 300)}),
		"no date":        site(protocol.HostHashSite{Key: cardKey, Origin: cardSite, Since: -1}),
		"no date at all": site(protocol.HostHashSite{Key: cardKey, Origin: cardSite, Since: 1 << 60}),
	} {
		w := openCard(t)
		w.Stored()
		w.Page(protocol.PageSignHash, hashRequest())
		w.greeted(windowtest.List(windowtest.ReadyPIN, cardCertificate()), sites)
		if v := w.View(); v.Step != screen.StepFailed || v.Problem != fault.MessageInvalid {
			t.Errorf("%s: step %q, problem %q", name, v.Step, v.Problem)
		}
	}
}

// A hash is signed for the pair of key and site that the person has allowed, and for no other.
func TestHashNotAllowed(t *testing.T) {
	pair := func(key, origin string) protocol.HostHashSites {
		return protocol.HostHashSites{Sites: []protocol.HostHashSite{{Key: key, Origin: origin}}}
	}
	other := strings.Repeat("d", 64)
	empty := windowtest.Findings(fault.NoToken)
	for _, tt := range []struct {
		name  string
		sites protocol.HostHashSites
		list  protocol.CertificateList
		at    screen.Step // where it ends; StepLoading: before anything is asked
	}{
		{"nothing", protocol.HostHashSites{}, windowtest.List(windowtest.ReadyPIN, cardCertificate()), screen.StepLoading},
		{"nothing, and no card", protocol.HostHashSites{}, empty, screen.StepLoading},
		{"another site", pair(cardKey, "https://bank.example.tr"), windowtest.List(windowtest.ReadyPIN, cardCertificate()), screen.StepLoading},
		{"another port", pair(cardKey, cardSite+":8443"), windowtest.List(windowtest.ReadyPIN, cardCertificate()), screen.StepLoading},
		{"another scheme", pair(cardKey, "http://online.example.tr"), empty, screen.StepLoading},
		{"another key", pair(other, cardSite), windowtest.List(windowtest.ReadyPIN, cardCertificate()), screen.StepLoading},
		{"another key, and the card comes late", pair(other, cardSite), empty, screen.StepCertificate},
		{"another key, and the card comes at once", pair(other, cardSite), empty, screen.StepWho},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := openCard(t)
			w.Stored()
			w.Page(protocol.PageSignHash, hashRequest())
			w.greeted(tt.list, tt.sites)
			if tt.at != screen.StepLoading {
				w.wantStep(screen.StepWho)
				if tt.at == screen.StepCertificate {
					w.On(loop.Continue{})
					w.wantStep(screen.StepWaiting)
				}
				w.Host(0, protocol.HostTokensChanged, nil)
				w.Answer(protocol.HostCertificateList, windowtest.List(windowtest.ReadyPIN, cardCertificate()))
				w.wantStep(tt.at)
				w.On(loop.Continue{})
			}
			w.wantProblem(fault.HashOff)
			v := w.View()
			if !v.Retriable || !v.BlockedBySettings() || strings.Contains(w.LastTold(), "failed") || slices.Contains(w.Asked(), "sign-hash") {
				t.Errorf("told %q, asked %q, retriable %v, settable %v", w.LastTold(), w.Asked(), v.Retriable, v.BlockedBySettings())
			}
			w.On(loop.Configure{}, loop.Close{})
			want := "failed cancelled" // the site learns nothing of the settings that the person has not told it
			if tt.at != screen.StepLoading {
				want = "failed hash_off"
			}
			if w.LastTold() != want || !w.Has(loop.OpenSettings{Allow: cardSite}) {
				t.Errorf("told %q, want %q", w.LastTold(), want)
			}
		})
	}
}

// The person allows the site in the settings, and tries again.
func TestHashAllowedMeanwhile(t *testing.T) {
	w := openCard(t)
	w.Stored()
	w.Page(protocol.PageSignHash, hashRequest())
	w.greeted(windowtest.List(windowtest.ReadyPIN, cardCertificate()), protocol.HostHashSites{})
	w.wantProblem(fault.HashOff)
	w.On(loop.Retry{})
	w.wantStep(screen.StepLoading)
	w.On(loop.Continue{})
	w.wantStep(screen.StepLoading)
	w.greeted(windowtest.List(windowtest.ReadyPIN, cardCertificate()), permitted)
	w.wantStep(screen.StepWho)
}

// A site that is forbidden meanwhile is refused by the host, and by a second attempt.
func TestHashForbiddenMeanwhile(t *testing.T) {
	w := cardUntil(t, protocol.PageSignHash, screen.StepWorking)
	w.Fails(fault.HashOff, nil)
	w.wantProblem(fault.HashOff)
	w.On(loop.Retry{})
	w.greeted(windowtest.List(windowtest.ReadyPIN, cardCertificate()), protocol.HostHashSites{})
	w.wantProblem(fault.HashOff)
	w.On(loop.Retry{})
	w.greeted(windowtest.List(windowtest.ReadyPIN, cardCertificate()), permitted)
	w.wantStep(screen.StepCertificate)
}

// The certificate of a hash is the page's, whatever else is on the card.
func TestHashIsSignedWithThePagesCertificate(t *testing.T) {
	other := windowtest.Certificate(windowtest.IDB, "")
	other.PublicKey = cardKey
	expired := cardCertificate()
	expired.Problem = fault.CertificateExpired
	for _, tt := range []struct {
		name    string
		list    protocol.CertificateList
		step    screen.Step
		waiting fault.Code
		chosen  string
	}{
		{"alone", windowtest.List(windowtest.ReadyPIN, cardCertificate()), screen.StepCertificate, "", cardID},
		{"with another", windowtest.List(windowtest.ReadyPIN, other, cardCertificate()), screen.StepCertificate, "", cardID},
		{"expired", windowtest.List(windowtest.ReadyPIN, other, expired), screen.StepCertificate, "", ""},
		{"on another card", windowtest.List(windowtest.ReadyPIN, other), screen.StepWaiting, fault.CardChanged, ""},
		{"an empty card", windowtest.List(windowtest.ReadyPIN), screen.StepWaiting, fault.CardChanged, ""},
		{"no card", windowtest.Findings(fault.NoToken), screen.StepWaiting, fault.NoToken, ""},
		{"no reader", windowtest.Findings(fault.NoReader), screen.StepWaiting, fault.NoReader, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := cardWith(t, protocol.PageSignHash, screen.StepWho, tt.list, permitted)
			w.On(loop.Continue{})
			w.wantStep(tt.step)
			w.On(loop.Choose{ID: windowtest.IDB})
			v := w.View()
			if tt.step == screen.StepWaiting && v.Waiting != tt.waiting || v.Chosen != tt.chosen {
				t.Errorf("waiting for %q, chosen %.8q", v.Waiting, v.Chosen)
			}
			if v.Title == "" || strings.HasPrefix(v.Title, "card.") || len(v.Choices) > 1 {
				t.Errorf("title %q, %d choices", v.Title, len(v.Choices))
			}
			if tt.step == screen.StepWaiting {
				w.Host(0, protocol.HostTokensChanged, nil)
				w.Answer(protocol.HostCertificateList, windowtest.List(windowtest.ReadyPIN, other, cardCertificate()))
				w.wantStep(screen.StepCertificate)
			}
		})
	}
}

// A list that was there before the page had asked is looked at again for what it has asked.
func TestEarlyListIsJudgedForTheAct(t *testing.T) {
	noLogin := cardCertificate()
	noLogin.LoginProblem = fault.LoginOff
	for act, usable := range map[protocol.PageType]int{protocol.PageAuthenticate: 1, protocol.PageCertificates: 2, protocol.PageSignHash: 1} {
		w := openCard(t)
		w.greeted(windowtest.List(windowtest.ReadyPIN, noLogin, windowtest.Certificate(windowtest.IDB, "")), permitted)
		w.Stored()
		w.Page(act, asks(act))
		if act == protocol.PageSignHash {
			w.Answer(protocol.HostHashSiteList, permitted)
		}
		w.wantStep(screen.StepWho)
		if v := w.View(); v.Usable() != usable {
			t.Errorf("%s: %d usable of %d, want %d", act, v.Usable(), len(v.Choices), usable)
		}
	}
}

// Which certificates can be chosen, and why others cannot.
func TestWhyACertificateCannotBeChosen(t *testing.T) {
	locked, unset := protocol.PINState{State: protocol.PINLocked}, protocol.PINState{State: protocol.PINUnset}
	for _, tt := range []struct {
		name           string
		pin            protocol.PINState
		problem, login fault.Code
		want           map[protocol.PageType]fault.Code
	}{
		{"fit", windowtest.ReadyPIN, "", "", nil},
		{"no login", windowtest.ReadyPIN, "", fault.CertificateNotForLogin, map[protocol.PageType]fault.Code{protocol.PageAuthenticate: fault.CertificateNotForLogin}},
		{"signs hashes", windowtest.ReadyPIN, "", fault.LoginOff, map[protocol.PageType]fault.Code{protocol.PageAuthenticate: fault.LoginOff}},
		{"only a login", windowtest.ReadyPIN, fault.CertificateKeyUsage, "", map[protocol.PageType]fault.Code{protocol.PageCertificates: fault.CertificateKeyUsage, protocol.PageSignHash: fault.CertificateKeyUsage}},
		{"an unknown reason", windowtest.ReadyPIN, "", "<b>", map[protocol.PageType]fault.Code{protocol.PageAuthenticate: fault.Internal}},
		{"blocked", locked, "", "", map[protocol.PageType]fault.Code{protocol.PageAuthenticate: fault.PINLocked, protocol.PageCertificates: fault.PINLocked, protocol.PageSignHash: fault.PINLocked}},
		{"no PIN yet", unset, "", "", map[protocol.PageType]fault.Code{protocol.PageAuthenticate: fault.PINNotSet, protocol.PageCertificates: fault.PINNotSet, protocol.PageSignHash: fault.PINNotSet}},
	} {
		for _, act := range cardActs {
			c := cardCertificate()
			c.Problem, c.LoginProblem = tt.problem, tt.login
			w := cardWith(t, act, screen.StepCertificate, windowtest.List(tt.pin, c), permitted)
			v := w.View()
			if len(v.Choices) != 1 || v.Choices[0].Problem != tt.want[act] || strings.HasPrefix(v.Error(v.Choices[0].Problem), "error.") && tt.want[act] != "" {
				t.Errorf("%s, %s: %+v, want %q", tt.name, act, v.Choices, tt.want[act])
			}
			w.On(loop.Continue{})
			if went := w.View().Step != screen.StepCertificate; went != (tt.want[act] == "") {
				t.Errorf("%s, %s: went on: %v", tt.name, act, went)
			}
		}
	}
}
