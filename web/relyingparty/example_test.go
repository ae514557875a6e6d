package relyingparty_test

import (
	"crypto/x509"
	"encoding/pem"
	"log"
	"net/http"
	"os"

	"github.com/e-onay/e-onay/web/relyingparty"
)

// A handler that takes a signature for a document which the site keeps in the person's session.
func Example() {
	data, err := os.ReadFile("anchors.pem")
	if err != nil {
		log.Fatal(err)
	}
	block, _ := pem.Decode(data)
	anchor, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		log.Fatal(err)
	}
	signatures := &relyingparty.SignHandler{
		Origin:   "https://imza.example",
		Verifier: &relyingparty.Verifier{Anchors: []*x509.Certificate{anchor}},
		Document: func(_ http.ResponseWriter, r *http.Request) ([]byte, error) {
			document, _, err := fromSession(r)
			return document, err
		},
		Signed: func(_ http.ResponseWriter, r *http.Request, document []byte, e *relyingparty.Evidence) (string, error) {
			_, citizen, err := fromSession(r)
			if err == nil {
				err = e.Of(citizen)
			}
			if err == nil {
				err = record(document, e)
			}
			return "/done", err
		},
	}
	http.HandleFunc("POST /signature", signatures.ServeSignature)
}

// fromSession returns the document that was to be signed, and the logged-in person's citizen number.
func fromSession(*http.Request) (document []byte, citizen string, err error) {
	return nil, "", relyingparty.NewError(relyingparty.CodeLoginRequired, nil)
}

// record writes document and evidence in one transaction.
func record([]byte, *relyingparty.Evidence) error { return nil }
