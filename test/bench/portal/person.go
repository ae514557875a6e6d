package portal

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"html"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"sync/atomic"
	"time"

	"github.com/e-onay/e-onay/internal/ades"
	"github.com/e-onay/e-onay/internal/cades"
	"github.com/e-onay/e-onay/internal/login"
	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/test/e2e"
)

// person has a card in software and a browser in which they are logged in.
type person struct {
	portal      string
	key         *ecdsa.PrivateKey
	certificate *x509.Certificate
	cookies     map[string]string
}

// browsers is how all people speak with the portal: a connection for each that is under way, and no redirect is followed.
var browsers = &http.Client{
	Transport:     &http.Transport{MaxIdleConnsPerHost: 256},
	CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	Timeout:       2 * time.Minute,
}

// numbered counts the people there have been.
var numbered atomic.Int64

// nobodys returns a number that was not returned before, of the form of citizen numbers, that fails their checksum. Of two
// numbers that differ in the last digit alone one does.
func nobodys() string {
	number := fmt.Sprintf("4%08d0", numbered.Add(1))
	if passes(number + "0") {
		return number + "1"
	}
	return number + "0"
}

// passes reports whether a number's last two digits are those of the checksum.
func passes(number string) bool {
	sums := [2]int{}
	for i, digit := range number[:9] {
		sums[i%2] += int(digit - '0')
	}
	tenth := ((7*sums[0]-sums[1])%10 + 10) % 10
	return number[9:] == fmt.Sprintf("%d%d", tenth, (sums[0]+sums[1]+tenth)%10)
}

// newPerson issues a card of an authority's and logs its person in.
func newPerson(t e2e.T, portal string, authority *e2e.Sandbox) *person {
	p := &person{portal: portal, key: key(t, elliptic.P256()), cookies: map[string]string{}}
	public, err := x509.MarshalPKIXPublicKey(p.key.Public())
	if err != nil {
		t.Fatalf("write a key: %v", err)
	}
	var issued struct{ Certificate []byte }
	body := encode(t, map[string]any{"publicKey": public, "name": "Ölçüm Kişisi", "citizenNumber": nobodys(), "kind": "valid"})
	status, answer, err := p.do("POST", authority.URL+"/ca/issue", "application/json", body)
	if err != nil || status != http.StatusOK || json.Unmarshal(answer, &issued) != nil {
		t.Fatalf("issue a certificate: %d %s %v", status, answer, err)
	}
	if p.certificate, err = x509.ParseCertificate(issued.Certificate); err != nil {
		t.Fatalf("the certificate that was issued: %v", err)
	}
	p.logIn(t)
	return p
}

// logIn logs in with the card.
func (p *person) logIn(t e2e.T) {
	t.Helper()
	var challenge struct{ Nonce string }
	status, answer, err := p.do("POST", p.portal+"/giris/kart/e-imza/sorgu", "application/json", []byte("{}"))
	if err != nil || status != http.StatusOK || json.Unmarshal(answer, &challenge) != nil {
		t.Fatalf("ask for a challenge: %d %s %v", status, answer, err)
	}
	hash := sha256.Sum256(login.Statement(protocol.LoginFormat, 0, p.portal, challenge.Nonce, p.certificate.Raw))
	r, s, err := ecdsa.Sign(rand.Reader, p.key, hash[:])
	if err != nil {
		t.Fatalf("sign a login: %v", err)
	}
	token := encode(t, map[string]string{
		"format": protocol.LoginFormat, "algorithm": "ES256", "certificate": base64.StdEncoding.EncodeToString(p.certificate.Raw),
		"signature": base64.StdEncoding.EncodeToString(append(r.FillBytes(make([]byte, 32)), s.FillBytes(make([]byte, 32))...)),
	})
	body := encode(t, map[string]string{"nonce": challenge.Nonce, "token": string(token)})
	status, answer, err = p.do("POST", p.portal+"/giris/kart/e-imza", "application/json", body)
	if err != nil || status != http.StatusOK {
		t.Fatalf("log in: %d %s %v", status, answer, err)
	}
}

var (
	hidden    = regexp.MustCompile(`name="(islem|metin)" value="([^"]*)"`)
	reference = regexp.MustCompile(`data-act="([0-9A-Z-]{19})"`)
)

// approve goes through the pages up to the code of an act that may be signed.
func (p *person) approve(t e2e.T) {
	t.Helper()
	form := url.Values{"onay": {"evet"}}
	_, page, _ := p.do("GET", p.portal+"/nes/e-onay", "", nil)
	for _, m := range hidden.FindAllStringSubmatch(string(page), -1) {
		form.Set(m[1], html.UnescapeString(m[2]))
	}
	if status, answer, err := p.post("/nes/e-onay", form); err != nil || status != http.StatusSeeOther {
		t.Fatalf("approve the text: %d %.300s %v", status, answer, err)
	}
}

func (p *person) post(path string, form url.Values) (int, []byte, error) {
	return p.do("POST", p.portal+path, "application/x-www-form-urlencoded", []byte(form.Encode()))
}

// signed returns what the page posts for the act that may be signed, signed by whoever holds the card by.
func (p *person) signed(t e2e.T, by *person) []byte {
	t.Helper()
	_, page, err := p.do("GET", p.portal+"/nes/e-onay/imza", "", nil)
	m := reference.FindSubmatch(page)
	if err != nil || m == nil {
		t.Fatalf("the page of the code: %.300s %v", page, err)
	}
	status, document, err := p.do("GET", p.portal+"/nes/e-onay/imza/belge?islem="+string(m[1]), "", nil)
	if err != nil || status != http.StatusOK {
		t.Fatalf("the document: %d %v", status, err)
	}
	hash, err := ades.HashFor(by.key.Public())
	if err != nil {
		t.Fatalf("%v", err)
	}
	digest := hash.New()
	digest.Write(document)
	request := cades.Request{Signer: ades.Signer{Certificate: by.certificate, Hash: hash, Time: time.Now()}, ContentDigest: digest.Sum(nil)}
	signature, err := cades.Sign(request, func(digest []byte) ([]byte, error) { return by.key.Sign(rand.Reader, digest, hash) })
	if err != nil {
		t.Fatalf("sign: %v", err)
	}
	return signatureBody(t, string(m[1]), signature)
}

func signatureBody(t e2e.T, act string, signature []byte) []byte {
	return encode(t, map[string]any{"act": act, "signature": signature})
}

// send posts a signature.
func (p *person) send(body []byte) (status int, answer []byte, err error) {
	return p.do("POST", p.portal+"/nes/e-onay/imza", "application/json", body)
}

// do sends one request with the person's cookies, and keeps those that it is given.
func (p *person) do(method, address, mediaType string, body []byte) (status int, answer []byte, err error) {
	r, err := http.NewRequest(method, address, bytes.NewReader(body))
	if err != nil {
		return 0, nil, err
	}
	if mediaType != "" {
		r.Header.Set("Content-Type", mediaType)
	}
	if strings.HasPrefix(address, p.portal) {
		for name, value := range p.cookies {
			r.AddCookie(&http.Cookie{Name: name, Value: value})
		}
	}
	response, err := browsers.Do(r)
	if err != nil {
		return 0, nil, err
	}
	defer response.Body.Close()
	for _, c := range response.Cookies() {
		p.cookies[c.Name] = c.Value
	}
	answer, err = io.ReadAll(response.Body)
	return response.StatusCode, answer, err
}

func encode(t e2e.T, value any) []byte {
	data, err := json.Marshal(value)
	if err != nil {
		t.Fatalf("encode: %v", err)
	}
	return data
}
