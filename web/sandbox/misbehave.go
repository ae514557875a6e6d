package sandbox

import (
	"fmt"
	"net/http"
	"slices"
	"sync"
)

// behaviour is how each double behaves; "ok" is well. As JSON, an empty field means "as before".
type behaviour struct {
	OCSP  ocspConduct  `json:"ocsp"`
	CRL   crlConduct   `json:"crl"`
	TSA   tsaConduct   `json:"tsa"`
	Login loginConduct `json:"login"`
	Mail  mailConduct  `json:"mail"`

	Status  statusConduct  `json:"status"`
	Courier carrierConduct `json:"courier"`
	Payment paymentConduct `json:"payment"`
}

// ocspConduct is how the OCSP responder answers.
type ocspConduct string

const (
	ocspOK          ocspConduct = "ok"
	ocspDown        ocspConduct = "down"         // closes the connection without an answer
	ocspHang        ocspConduct = "hang"         // takes the request and says nothing
	ocspRevoked     ocspConduct = "revoked"      // every certificate is revoked
	ocspUnknown     ocspConduct = "unknown"      // no certificate is known
	ocspWrongNonce  ocspConduct = "wrong-nonce"  // another nonce than the one asked with
	ocspNoNonce     ocspConduct = "no-nonce"     // none
	ocspOtherSerial ocspConduct = "other-serial" // a good answer about another certificate
	ocspStale       ocspConduct = "stale"        // an answer of last week
	ocspWrongSigner ocspConduct = "wrong-signer" // signed by a responder of another authority of the same names
	ocspNoEKU       ocspConduct = "no-eku"       // signed with a certificate of the right authority that is no responder's
	ocspGarbage     ocspConduct = "garbage"      // bytes that are no DER
	ocspTryLater    ocspConduct = "try-later"    // the error tryLater
)

// crlConduct is how both CRLs are served.
type crlConduct string

const (
	crlOK          crlConduct = "ok"
	crlDown        crlConduct = "down"
	crlStale       crlConduct = "stale"
	crlWrongSigner crlConduct = "wrong-signer"
	crlGarbage     crlConduct = "garbage"
	crlRevokedCA   crlConduct = "revoked-ca" // the root's CRL revokes the intermediate
	crlLarge       crlConduct = "large"      // 200 KB, as a CA's after some years
	crlHuge        crlConduct = "huge"       // 1 MB
)

// tsaConduct is how the time-stamp authority answers.
type tsaConduct string

const (
	tsaOK            tsaConduct = "ok"
	tsaDown          tsaConduct = "down"           // closes the connection without an answer
	tsaHang          tsaConduct = "hang"           // takes the request and says nothing
	tsaLate          tsaConduct = "late"           // answers after two seconds
	tsaRejected      tsaConduct = "rejected"       // refuses, as where the account is empty
	tsaNoTime        tsaConduct = "no-time"        // refuses: its clock cannot be had
	tsaWrongNonce    tsaConduct = "wrong-nonce"    // another nonce than the one asked with
	tsaNoNonce       tsaConduct = "no-nonce"       // none
	tsaWrongImprint  tsaConduct = "wrong-imprint"  // a token of another digest
	tsaOtherPolicy   tsaConduct = "other-policy"   // of another policy
	tsaNoCertificate tsaConduct = "no-certificate" // without its certificate, whatever is asked
	tsaExpired       tsaConduct = "expired"        // signed with a certificate that ended yesterday
	tsaNoEKU         tsaConduct = "no-eku"         // signed with a certificate of the right authority that is for code
	tsaWrongSigner   tsaConduct = "wrong-signer"   // signed by another authority of the same names
	tsaBroken        tsaConduct = "broken"         // a signature that does not verify
	tsaAhead         tsaConduct = "ahead"          // its clock is an hour ahead
	tsaBehind        tsaConduct = "behind"         // its clock is an hour behind
	tsaGarbage       tsaConduct = "garbage"        // bytes that are no DER
	tsaHuge          tsaConduct = "huge"           // 64 MiB
)

// loginConduct is how the login gateway behaves.
type loginConduct string

const (
	loginOK           loginConduct = "ok"
	loginWrongNonce   loginConduct = "wrong-nonce"   // the ID token answers another request
	loginExpiredToken loginConduct = "expired-token" // the ID token ended an hour ago
	loginUnsigned     loginConduct = "unsigned"      // the ID token has "alg":"none"
	loginDown         loginConduct = "down"          // closes every connection without an answer
	loginRemembered   loginConduct = "remembered"    // logs in who has logged in an hour ago, whatever is asked
	loginNoTime       loginConduct = "no-time"       // says nothing of when
	loginAhead        loginConduct = "ahead"         // its clock is an hour ahead
	loginWeak         loginConduct = "weak"          // logs in by password, whatever is asked
)

// mailConduct is how the mail server behaves.
type mailConduct string

const (
	mailOK      mailConduct = "ok"
	mailDown    mailConduct = "down"    // takes no connection
	mailUnknown mailConduct = "unknown" // knows no mailbox
	mailLater   mailConduct = "later"   // takes nothing now
)

// statusConduct is how the authority answers requests to suspend, resume and revoke.
type statusConduct string

const (
	statusOK      statusConduct = "ok"
	statusDown    statusConduct = "down"    // closes the connection without an answer
	statusHang    statusConduct = "hang"    // takes the request and says nothing
	statusLost    statusConduct = "lost"    // does what was asked, and closes the connection without an answer
	statusBusy    statusConduct = "busy"    // 503
	statusRefused statusConduct = "refused" // 422
	statusOther   statusConduct = "other"   // answers about another certificate
	statusGarbage statusConduct = "garbage" // bytes that are no JSON
	statusHuge    statusConduct = "huge"    // 1 MiB
)

// carrierConduct is how the courier's system behaves.
type carrierConduct string

const (
	carrierOK        carrierConduct = "ok"
	carrierDown      carrierConduct = "down"             // closes the connection without an answer
	carrierHang      carrierConduct = "hang"             // takes the request and says nothing
	carrierBusy      carrierConduct = "busy"             // 503
	carrierGarbage   carrierConduct = "garbage"          // no JSON
	carrierHuge      carrierConduct = "huge"             // 1 MiB
	carrierRefuses   carrierConduct = "refused"          // takes no order
	carrierRepeats   carrierConduct = "repeated-number"  // gives the first parcel's number to others
	carrierMalformed carrierConduct = "malformed-number" // a number with markup
	carrierForgets   carrierConduct = "another-number"   // a new number for each order, whatever its key
	carrierUnknown   carrierConduct = "unknown-number"   // knows no parcel
	carrierOther     carrierConduct = "other-parcel"     // answers about another one
	carrierBack      carrierConduct = "back-in-time"     // everything happened a year ago
	carrierAhead     carrierConduct = "ahead"            // everything happens in two days
	carrierRewrites  carrierConduct = "rewrites-history" // what was accepted was delivered
	carrierHostile   carrierConduct = "hostile-texts"    // markup, text turned round, a state that there is not
)

var (
	ocspConducts = []ocspConduct{ocspOK, ocspDown, ocspHang, ocspRevoked, ocspUnknown, ocspWrongNonce, ocspNoNonce,
		ocspOtherSerial, ocspStale, ocspWrongSigner, ocspNoEKU, ocspGarbage, ocspTryLater}
	crlConducts = []crlConduct{crlOK, crlDown, crlStale, crlWrongSigner, crlGarbage, crlRevokedCA, crlLarge, crlHuge}
	tsaConducts = []tsaConduct{tsaOK, tsaDown, tsaHang, tsaLate, tsaRejected, tsaNoTime, tsaWrongNonce, tsaNoNonce, tsaWrongImprint,
		tsaOtherPolicy, tsaNoCertificate, tsaExpired, tsaNoEKU, tsaWrongSigner, tsaBroken, tsaAhead, tsaBehind, tsaGarbage, tsaHuge}
	loginConducts = []loginConduct{loginOK, loginWrongNonce, loginExpiredToken, loginUnsigned, loginDown,
		loginRemembered, loginNoTime, loginAhead, loginWeak}
	mailConducts    = []mailConduct{mailOK, mailDown, mailUnknown, mailLater}
	carrierConducts = []carrierConduct{carrierOK, carrierDown, carrierHang, carrierBusy, carrierGarbage, carrierHuge, carrierRefuses, carrierRepeats,
		carrierMalformed, carrierForgets, carrierUnknown, carrierOther, carrierBack, carrierAhead, carrierRewrites, carrierHostile}
	statusConducts = []statusConduct{statusOK, statusDown, statusHang, statusLost, statusBusy, statusRefused, statusOther, statusGarbage, statusHuge}
)

// conduct is the switchboard the operator sets and the doubles read. It is safe for concurrent use.
type conduct struct {
	mu  sync.RWMutex
	now behaviour
}

func newConduct() *conduct {
	return &conduct{now: behaviour{OCSP: ocspOK, CRL: crlOK, TSA: tsaOK, Login: loginOK, Mail: mailOK, Status: statusOK, Courier: carrierOK, Payment: paymentOK}}
}

func (c *conduct) get() behaviour {
	c.mu.RLock()
	defer c.mu.RUnlock()
	return c.now
}

// set changes what change names, all of it or, on an error, nothing.
func (c *conduct) set(change behaviour) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	next := c.now
	if err := choose(&next.OCSP, change.OCSP, ocspConducts); err != nil {
		return fmt.Errorf("ocsp: %v", err)
	}
	if err := choose(&next.CRL, change.CRL, crlConducts); err != nil {
		return fmt.Errorf("crl: %v", err)
	}
	if err := choose(&next.TSA, change.TSA, tsaConducts); err != nil {
		return fmt.Errorf("tsa: %v", err)
	}
	if err := choose(&next.Login, change.Login, loginConducts); err != nil {
		return fmt.Errorf("login: %v", err)
	}
	if err := choose(&next.Mail, change.Mail, mailConducts); err != nil {
		return fmt.Errorf("mail: %v", err)
	}
	if err := choose(&next.Status, change.Status, statusConducts); err != nil {
		return fmt.Errorf("status: %v", err)
	}
	if err := choose(&next.Courier, change.Courier, carrierConducts); err != nil {
		return fmt.Errorf("courier: %v", err)
	}
	if err := choose(&next.Payment, change.Payment, paymentConducts); err != nil {
		return fmt.Errorf("payment: %v", err)
	}
	c.now = next
	return nil
}

func choose[C ~string](now *C, wanted C, known []C) error {
	if wanted == "" {
		return nil
	}
	if !slices.Contains(known, wanted) {
		return fmt.Errorf("%q is none of %q", wanted, known)
	}
	*now = wanted
	return nil
}

func (c *conduct) serveAdmin(w http.ResponseWriter, r *http.Request) {
	switch r.Method {
	case http.MethodGet:
	case http.MethodPost:
		var change behaviour
		if !decodeJSON(w, r, &change) {
			return
		}
		if err := c.set(change); err != nil {
			refuse(w, http.StatusBadRequest, err)
			return
		}
	default:
		refuseMethod(w, "GET, POST")
		return
	}
	answer(w, http.StatusOK, c.get())
}

func refuseMethod(w http.ResponseWriter, allowed string) {
	w.Header().Set("Allow", allowed)
	refuse(w, http.StatusMethodNotAllowed, fmt.Errorf("only %s", allowed))
}

// hangUp ends the request by closing its connection, as a server does that dies.
func hangUp() { panic(http.ErrAbortHandler) }
