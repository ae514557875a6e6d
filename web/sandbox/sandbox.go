// Package sandbox holds doubles of the world outside the portal, behaving like the real thing and
// hostile when told to.
//
// # What there is
//
// One process on one loopback address stands for these services:
//
//   - a certificate service provider (ESHS) with the Turkish qualified profile: a root and an
//     intermediate that issue and revoke certificates, an OCSP responder and CRLs, and a time-stamp authority;
//   - the national login gateway (e-Devlet Kapısı) as an OpenID Connect provider: authorization code
//     with PKCE, a login page on which one chooses a person instead of proving to be one;
//   - the operator's mail server, and everybody's mailbox;
//   - a courier, and a page on which a tester moves its parcels on;
//   - a payment provider, whose page has test cards to choose from and takes no number;
//   - an operator, who makes the others misbehave.
//
// Everything it issues names itself a test ("Deneme"), and every person in it is invented. The three
// citizen numbers of people.go are the only ones it accepts.
//
// # Starting it
//
//	web sandbox -state DIR [-listen 127.0.0.1:0] [-portal http://localhost:PORT] [-portal-listen HOST:PORT]
//
// prints {"ready":true,"url":"http://localhost:NNNN"} on standard output when it listens, and ends
// when the context does. DIR keeps the keys (mode 0600), the certificates issued and the revocations:
// a second start on the same DIR is the same authority. Certificates carry the sandbox's address, so
// DIR also keeps the port: port 0 asks for the port of the first start, and another one is refused.
//
// For the portal it writes, before it is ready:
//
//	DIR/anchors.pem        the root
//	DIR/intermediates.pem  the intermediate
//	DIR/chain.pem          both, root first
//	DIR/production/        the keys of portal and producer for hand-overs and returns
//	DIR/sms-token          by what the portal may send SMS (mode 0600)
//	DIR/status-token       by what the portal may suspend, resume and revoke (mode 0600)
//	DIR/portal.json        settings for `web serve -config`, with the client secret (mode 0600)
//
// # The certificate authority
//
//	POST /ca/issue   {"publicKey":"base64 SPKI","name":"…","citizenNumber":"…","kind":"valid"}
//	              →  {"certificate":"base64 DER","chain":["intermediate","root"],"serial":"hex"}
//	POST /ca/revoke  {"serial":"hex"} → {"serial":"hex","revokedAt":seconds}
//	POST /ca/status  {"serial":"hex","status":"suspended","reason":"certificateHold","at":"2028-02-29T12:00:00.25Z","key":"…"}
//	              →  {"serial":"hex","status":"suspended","since":"…"}; Authorization: Bearer, as DIR/status-token has it
//	POST /production/personalise
//	                 {"handover":"base64 file","cards":[{"reference":"…","serial":"…","puk":"…","publicKey":"base64 SPKI"}]}
//	              →  {"return":"base64 file","cards":"lines for web cards import","keys":{"REFERENCE":"base64 PKCS #8"}}
//	GET|POST /ocsp   RFC 6960, nonces of RFC 9654, a delegated responder
//	POST /tsa        RFC 3161, under the policy 2.16.792.1.2.1.1.5.7.1.97, which is nobody's
//	GET /crl/root.crl, /crl/intermediate.crl, /aia/root.cer, /aia/intermediate.cer, /cps
//
// Kinds: valid, expired, not-yet-valid, not-qualified (no QCStatements, no policy), no-signing-usage
// (a key for encryption), untrusted (from another authority of the same names), seal (of a company:
// tax number, the policy and statement of seals), other-policy (qualified, under a policy that is
// nobody's), identity-card (for logging in alone; what real identity cards have is not known here, so this is an
// invention, under a policy that is nobody's).
//
// # The login gateway
//
// Discovery at /.well-known/openid-configuration; one confidential client, "e-onay-portal", whose
// redirect URI is /giris/donus on any port of localhost or 127.0.0.1 (RFC 8252, 7.3), or below a -portal of https. PKCE with S256
// is required. The ID token (ES256) has sub, name, given_name, family_name, tckn, auth_time and acr. Everybody is asked at
// each login, whatever prompt and max_age say; acr is urn:deneme:giris:yuksek where acr_values asks for it, else
// urn:deneme:giris:parola. On the login page:
// #person-1 … #person-3, #login-submit, #login-cancel.
//
// # The mail server
//
// SMTP without TLS on a port of its own, which DIR keeps and portal.json names. It takes mail to everybody, and sends none on.
// A person reads it at /posta.
//
//	GET /admin/mail?after=N → {"messages":[{"number":…,"at":…,"to":…,"subject":…,"text":…}]}, those with a higher number than
//	N; it waits for one where there is none yet
//	POST /sms {"id":"…","to":"+905001112233","text":"…"} → 202, and a message; Authorization: Bearer, as DIR/sms-token has it. It
//	behaves as the mail server does.
//
// # The courier
//
// It answers below /kargo/v1 as docs/courier.md says, with the token that DIR keeps and portal.json names. Its parcels are in memory.
// A tester moves them on at /kargo.
//
//	GET  /admin/courier → {"parcels":[{"number":…,"key":…,"events":[…]}]}
//	POST /admin/courier {"number":"…","state":"not_met","place":"…"} moves one on, and answers as above
//
// # The payment provider
//
// It speaks as package paymentapi says, below /odeme-kurulusu, to the portal that knows DIR/payment.key. Its page shows the cards that pay, ask
// for the code of 3-D Secure (123456), or are declined: #card-good, #card-secure, #card-declined, #pay, #cancel. It keeps payments in memory.
//
//	GET /admin/payments → {"payments":[{"reference":…,"state":…,"number":…,"sum":…,"currency":…,"refunds":…}]}
//
// # Misbehaviour
//
//	GET  /admin/misbehave → how it behaves now
//	POST /admin/misbehave {"ocsp":"stale","crl":"down"} sets what is named and leaves the rest
//
// The values are in misbehave.go. A restart behaves well again. /ca, /production and /admin answer only
// requests from this machine that are addressed to it by a loopback name and come from no web page.
package sandbox

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"time"

	"github.com/emersion/go-smtp"
)

// options is the command line, checked.
type options struct {
	state  string // directory
	listen string // host:port, host a loopback address
	portal portalAddress
}

func parseOptions(args []string, stdout io.Writer) (options, error) {
	var o options
	flags := flag.NewFlagSet("sandbox", flag.ContinueOnError)
	flags.SetOutput(io.Discard) // its errors are returned
	flags.StringVar(&o.state, "state", "", "`directory` that keeps keys and certificates (required)")
	flags.StringVar(&o.listen, "listen", "127.0.0.1:0", "loopback `address` to listen on")
	flags.StringVar(&o.portal.url, "portal", "http://localhost:8080", "`URL` of the portal, for portal.json")
	flags.StringVar(&o.portal.listen, "portal-listen", "", "`address` the portal listens on (default: 127.0.0.1 and the port of -portal)")
	err := flags.Parse(args)
	if errors.Is(err, flag.ErrHelp) {
		flags.SetOutput(stdout)
		flags.PrintDefaults()
	}
	if err != nil {
		return o, err
	}
	if flags.NArg() > 0 {
		return o, fmt.Errorf("sandbox: unexpected argument %q", flags.Arg(0))
	}
	if o.state == "" {
		return o, errors.New("sandbox: -state is required")
	}
	if err := checkLoopback(o.listen); err != nil {
		return o, err
	}
	return o, o.portal.complete()
}

// checkLoopback refuses to put a double where others could take it for the real thing.
func checkLoopback(address string) error {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return fmt.Errorf("sandbox: -listen %q: %v", address, err)
	}
	if ip := net.ParseIP(host); host != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return fmt.Errorf("sandbox: -listen %q is not a loopback address", address)
	}
	return nil
}

// Run serves the doubles until ctx ends, and returns nil then. args are the command line after the
// verb; the ready line goes to stdout.
func Run(ctx context.Context, args []string, stdout io.Writer) error {
	o, err := parseOptions(args, stdout)
	if err != nil {
		return err
	}
	s, err := open(o)
	if err != nil {
		return err
	}
	ready, err := json.Marshal(map[string]any{"ready": true, "url": s.url})
	if err != nil {
		return errors.Join(err, s.listener.Close())
	}
	if _, err := fmt.Fprintf(stdout, "%s\n", ready); err != nil {
		return errors.Join(err, s.listener.Close())
	}
	return s.serve(ctx)
}

// sandbox is the running set of doubles.
type sandbox struct {
	listener net.Listener
	smtp     net.Listener
	url      string // "http://localhost:NNNN"
	handler  http.Handler
	mail     *smtp.Server
}

// open listens, loads or makes the identity, and writes the files for the portal.
func open(o options) (_ *sandbox, err error) {
	dir, err := openState(o.state)
	if err != nil {
		return nil, err
	}
	listener, err := dir.listen(o.listen)
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, listener.Close())
		}
	}()
	address := (&url.URL{Scheme: "http", Host: fmt.Sprintf("localhost:%d", port(listener))}).String()
	id, err := dir.identity(address)
	if err != nil {
		return nil, err
	}
	mailbox, err := dir.listenForMail()
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, mailbox.Close())
		}
	}()
	conduct := newConduct()
	mail := newMailServer(conduct)
	handler, err := newHandler(dir, id, address, o.portal.url, conduct, mail)
	if err != nil {
		return nil, err
	}
	if err := dir.publish(id, o.portal, address, mailbox.Addr().String()); err != nil {
		return nil, err
	}
	return &sandbox{listener: listener, smtp: mailbox, url: address, handler: handler, mail: mail.newSMTP()}, nil
}

// newHandler builds every double on its paths.
func newHandler(dir *state, id *identity, address, portal string, conduct *conduct, mail *mailServer) (http.Handler, error) {
	register, err := dir.register()
	if err != nil {
		return nil, err
	}
	stranger, err := newAuthority(address)
	if err != nil {
		return nil, err
	}
	ocsp, err := newOCSPServer(id.authority, stranger, register, conduct)
	if err != nil {
		return nil, err
	}
	tsa, err := newTSAServer(id.authority, stranger, register, conduct)
	if err != nil {
		return nil, err
	}
	provider, err := newProvider(address, portal, id, conduct)
	if err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	guard := localOnly(address)
	(&authorityAPI{genuine: id.authority, stranger: stranger, register: register}).routes(mux, guard)
	status, err := newStatusServer(dir, register, conduct)
	if err != nil {
		return nil, err
	}
	mux.Handle("/ca/status", guard(status))
	sms, err := newSMSGateway(dir, mail)
	if err != nil {
		return nil, err
	}
	mux.Handle(smsPath, guard(sms))
	(&crlServer{genuine: id.authority, stranger: stranger, register: register, conduct: conduct}).routes(mux)
	maker, err := newPersonaliser(dir, &authorityAPI{genuine: id.authority, stranger: stranger, register: register})
	if err != nil {
		return nil, err
	}
	mux.Handle("/production/personalise", guard(http.HandlerFunc(maker.serve)))
	mux.Handle("/tsa", tsa)
	mux.Handle("/admin/misbehave", guard(http.HandlerFunc(conduct.serveAdmin)))
	mail.routes(mux, address, guard)
	couriers, err := newCarrier(dir, conduct)
	if err != nil {
		return nil, err
	}
	couriers.routes(mux, address, guard)
	payments, err := newPaymentProvider(dir, address, conduct)
	if err != nil {
		return nil, err
	}
	payments.routes(mux, guard)
	if err := provider.routes(mux, id.authority); err != nil {
		return nil, err
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		// Base64 in the path of an OCSP GET may hold "//", which ServeMux would redirect away.
		if ocsp.owns(r.URL.Path) {
			ocsp.ServeHTTP(w, r)
			return
		}
		mux.ServeHTTP(w, r)
	}), nil
}

// serve answers until ctx ends, then gives requests under way two seconds.
func (s *sandbox) serve(ctx context.Context) error {
	// Requests that hang on purpose end with this context, before the server waits for them.
	requests, endRequests := context.WithCancel(context.WithoutCancel(ctx))
	defer endRequests()
	server := &http.Server{
		Handler:           s.handler,
		BaseContext:       func(net.Listener) context.Context { return requests },
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       10 * time.Second,
		IdleTimeout:       time.Minute,
		MaxHeaderBytes:    16 << 10,
	}
	ended, mailEnded := make(chan error, 1), make(chan error, 1)
	go func() { ended <- server.Serve(s.listener) }()
	go func() { mailEnded <- s.mail.Serve(s.smtp) }()
	select {
	case err := <-ended:
		return errors.Join(err, s.mail.Close())
	case err := <-mailEnded:
		return errors.Join(err, server.Close())
	case <-ctx.Done():
	}
	endRequests()
	_ = s.mail.Close() // what is half sent is sent again
	patience, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	if err := server.Shutdown(patience); err != nil {
		return errors.Join(err, server.Close())
	}
	if err := <-ended; !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

func port(l net.Listener) int { return l.Addr().(*net.TCPAddr).Port }
