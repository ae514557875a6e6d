// Command developer makes the two files of a release that a site's developer needs, e-onay-client-V.tgz (npm's package of the page
// library) and e-onay-go-V.zip (a folder that is a Go module proxy of this version):
//
//	go run ./packaging/developer -out build/release
//	npm install ./e-onay-client-V.tgz
//	unzip e-onay-go-V.zip && GOPROXY="file://$PWD/e-onay-go,$(go env GOPROXY)" GONOSUMDB=github.com/e-onay/e-onay go get …
//
// The module is every file of the repository, as for whoever has Go fetch it from there: so its digest, in a site's go.sum, is the
// same whichever way it came. The same sources and the same npm give the same bytes.
package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"

	eonay "github.com/e-onay/e-onay"
)

func main() {
	source := flag.String("source", ".", "`folder` of the repository")
	out := flag.String("out", "build/release", "`folder` to write to")
	flag.Parse()
	if err := run(*source, *out); err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(1)
	}
}

func run(source, out string) error {
	if err := os.MkdirAll(out, 0o755); err != nil {
		return err
	}
	if err := packClient(source, filepath.Join(out, "e-onay-client-"+eonay.Version+".tgz")); err != nil {
		return fmt.Errorf("npm's package: %w", err)
	}
	if err := packModule(source, filepath.Join(out, "e-onay-go-"+eonay.Version+".zip")); err != nil {
		return fmt.Errorf("the module proxy: %w", err)
	}
	return nil
}
