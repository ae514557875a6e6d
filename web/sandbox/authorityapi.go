package sandbox

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/x509"
	"errors"
	"fmt"
	"math/big"
	"net/http"
	"strings"
	"unicode"
	"unicode/utf8"
)

// authorityAPI issues and revokes.
type authorityAPI struct {
	genuine, stranger *authority
	register          *register
}

func (a *authorityAPI) routes(mux *http.ServeMux, guard func(http.Handler) http.Handler) {
	mux.Handle("/ca/issue", guard(http.HandlerFunc(a.serveIssue)))
	mux.Handle("/ca/revoke", guard(http.HandlerFunc(a.serveRevoke)))
}

type issueRequest struct {
	PublicKey     []byte `json:"publicKey"`
	Name          string `json:"name"`
	CitizenNumber string `json:"citizenNumber"`
	Kind          kind   `json:"kind"`
}

type issueAnswer struct {
	Certificate []byte   `json:"certificate"`
	Chain       [][]byte `json:"chain"` // intermediate, root
	Serial      string   `json:"serial"`
}

func (a *authorityAPI) serveIssue(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodPost {
		refuseMethod(w, "POST")
		return
	}
	var body issueRequest
	if !decodeJSON(w, r, &body) {
		return
	}
	request, err := body.check()
	if err != nil {
		refuse(w, http.StatusBadRequest, err)
		return
	}
	result, err := a.issue(request)
	if err != nil {
		refuse(w, http.StatusInternalServerError, err)
		return
	}
	answer(w, http.StatusOK, result)
}

func (a *authorityAPI) issue(request leafRequest) (*issueAnswer, error) {
	issuer := a.genuine
	if request.kind == kindUntrusted {
		issuer = a.stranger
	}
	der, err := issuer.issue(request)
	if err != nil {
		return nil, err
	}
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, err
	}
	if issuer == a.genuine {
		if err := a.register.add(certificate); err != nil {
			return nil, err
		}
	}
	return &issueAnswer{
		Certificate: der,
		Chain:       [][]byte{issuer.intermediate.certificate.Raw, issuer.root.certificate.Raw},
		Serial:      serialText(certificate.SerialNumber),
	}, nil
}

// check returns the request with its key parsed. Its errors do not repeat the citizen number.
func (b issueRequest) check() (leafRequest, error) {
	none := leafRequest{}
	public, err := x509.ParsePKIXPublicKey(b.PublicKey)
	if err != nil {
		return none, fmt.Errorf("publicKey: %v", err)
	}
	if err := checkKey(public); err != nil {
		return none, fmt.Errorf("publicKey: %v", err)
	}
	if err := checkName(b.Name); err != nil {
		return none, fmt.Errorf("name: %v", err)
	}
	if personWith(func(p *person) bool { return p.citizenNumber == b.CitizenNumber }) == nil && !isNobodys(b.CitizenNumber) {
		return none, errors.New("citizenNumber: it could be a real person's")
	}
	if !b.Kind.known() {
		return none, fmt.Errorf("kind: %q is none of %q", b.Kind, kinds)
	}
	return leafRequest{public: public, name: b.Name, citizenNumber: b.CitizenNumber, kind: b.Kind}, nil
}

// checkKey accepts the keys that cards have.
func checkKey(public any) error {
	switch key := public.(type) {
	case *rsa.PublicKey:
		if bits := key.N.BitLen(); bits != 2048 && bits != 3072 {
			return fmt.Errorf("RSA with %d bits; 2048 and 3072 are issued", bits)
		}
		return nil
	case *ecdsa.PublicKey:
		if key.Curve != elliptic.P256() && key.Curve != elliptic.P384() {
			return fmt.Errorf("curve %s; P-256 and P-384 are issued", key.Curve.Params().Name)
		}
		return nil
	}
	return fmt.Errorf("%T is not issued", public)
}

// checkName accepts 1 to 64 printable characters (ub-common-name of RFC 5280, appendix A.1).
func checkName(name string) error {
	if !utf8.ValidString(name) {
		return errors.New("not UTF-8")
	}
	if n := utf8.RuneCountInString(name); n == 0 || n > 64 {
		return fmt.Errorf("%d characters; 1 to 64 are issued", n)
	}
	if strings.TrimSpace(name) != name || strings.ContainsFunc(name, func(r rune) bool { return !unicode.IsPrint(r) }) {
		return errors.New("has blanks at its ends or characters that cannot be printed")
	}
	return nil
}

type revokeRequest struct {
	Serial string `json:"serial"`
}

type revokeAnswer struct {
	Serial    string `json:"serial"`
	RevokedAt int64  `json:"revokedAt"` // seconds since 1970
}

func (a *authorityAPI) serveRevoke(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodPost {
		refuseMethod(w, "POST")
		return
	}
	var body revokeRequest
	if !decodeJSON(w, r, &body) {
		return
	}
	// 20 octets are the most a serial number may have (RFC 5280, 4.1.2.2).
	serial, ok := new(big.Int).SetString(body.Serial, 16)
	if !ok || len(body.Serial) > 40 || serial.Sign() <= 0 {
		refuse(w, http.StatusBadRequest, errors.New("serial: not a positive hexadecimal number of at most 40 digits"))
		return
	}
	at, err := a.register.revoke(serial)
	if errors.Is(err, errNotIssued) {
		refuse(w, http.StatusNotFound, err)
		return
	}
	if err != nil {
		refuse(w, http.StatusInternalServerError, err)
		return
	}
	answer(w, http.StatusOK, revokeAnswer{Serial: serialText(serial), RevokedAt: at.Unix()})
}
