package relyingparty_test

import (
	"crypto/x509"
	"encoding/pem"
	"io"
	"log"
	"net/http"
	"os"

	"github.com/e-onay/e-onay/internal/message"
	"github.com/e-onay/e-onay/internal/pki"
	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/internal/revocation"
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
	verifier := &relyingparty.Verifier{
		Anchors:    []*x509.Certificate{anchor},
		Revocation: &revocation.Checker{},
	}

	http.HandleFunc("POST /signature", func(w http.ResponseWriter, r *http.Request) {
		document, citizen := fromSession(r)
		signature, err := io.ReadAll(http.MaxBytesReader(w, r.Body, protocol.MaxSignature))
		if err != nil {
			http.Error(w, message.Error(protocol.CodeSignatureMalformed).TR, http.StatusRequestEntityTooLarge)
			return
		}
		evidence, err := verifier.Verify(r.Context(), signature, document)
		if err == nil && (evidence.CitizenNumber == "" || evidence.CitizenNumber != citizen) {
			err = protocol.NewError(protocol.CodeCertificateOfAnother, nil)
		}
		if err != nil {
			log.Print(err)
			http.Error(w, message.Error(protocol.CodeOf(err)).TR, http.StatusUnprocessableEntity)
			return
		}
		log.Printf("signed by %s", pki.MaskCitizenNumber(evidence.CitizenNumber))
		record(document, evidence)
	})
}

// fromSession returns the document that was to be signed, and the logged-in person's citizen number.
func fromSession(*http.Request) (document []byte, citizen string) { return nil, "" }

// record writes document and evidence in one transaction.
func record([]byte, *relyingparty.Evidence) {}
