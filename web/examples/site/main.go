// Command site is a small site that uses e-Onay: a person logs in with their card and signs a short text, or documents of
// other kinds (documents.go), and the site shows what it has verified. It is a module of its own and uses public packages only.
// docs/integration.md makes the part of it without documents in an empty folder, docs/integration-documents.md has the rest. It keeps
// everything in memory, and so forgets all when it ends.
//
// It writes {"ready":true,"url":…} to standard output when it listens.
package main

import (
	"crypto/x509"
	"encoding/pem"
	"flag"
	"fmt"
	"log"
	"net"
	"net/http"
	"os"
	"time"

	"github.com/e-onay/e-onay/web/relyingparty"
)

func main() {
	listen := flag.String("listen", "localhost:8090", "`address` to listen on")
	anchors := flag.String("anchors", "anchors.pem", "PEM `file` of the CA certificates that the site trusts")
	intermediates := flag.String("intermediates", "intermediates.pem", "PEM `file` of CA certificates that lead there")
	keep := flag.String("files", os.TempDir(), "`folder` of the files that were signed")
	requestKey := flag.String("request-key", "", "PEM `file` of the key that signs what the pages ask for; empty means that nothing does")
	flag.Int64Var(&largeSize, "large", largeSize, "size of the large file in `bytes`")
	flag.Parse()

	verifier := &relyingparty.Verifier{
		Anchors:       readCertificates(*anchors),
		Intermediates: readCertificates(*intermediates),
	}
	listener, err := net.Listen("tcp", *listen)
	if err != nil {
		log.Fatal(err)
	}
	// The site's origin is its own word; it is never taken from a request.
	origin := fmt.Sprintf("http://localhost:%d", listener.Addr().(*net.TCPAddr).Port)
	server := &http.Server{Handler: newSite(origin, verifier, requestSigner(origin, *requestKey), *keep), ReadHeaderTimeout: 30 * time.Second}
	fmt.Printf("{\"ready\":true,\"url\":%q}\n", origin)
	log.Fatal(server.Serve(listener))
}

// requestSigner signs what the site's pages ask for, where there is a key.
func requestSigner(origin, path string) *relyingparty.RequestSigner {
	if path == "" {
		return nil
	}
	text, err := os.ReadFile(path)
	if err != nil {
		log.Fatal(err)
	}
	key, err := relyingparty.ParseRequestKey(text)
	if err != nil {
		log.Fatal(err)
	}
	requests := &relyingparty.RequestSigner{Origin: origin, Name: "Deneme sitesi", Key: key}
	if err := requests.Check(); err != nil {
		log.Fatal(err)
	}
	return requests
}

func readCertificates(path string) (all []*x509.Certificate) {
	data, err := os.ReadFile(path)
	if err != nil {
		log.Fatal(err)
	}
	for block, rest := pem.Decode(data); block != nil; block, rest = pem.Decode(rest) {
		certificate, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			log.Fatal(err)
		}
		all = append(all, certificate)
	}
	return all
}
