// Command stores writes the source package that Firefox's reviewers want of a program that is compiled: what the package of
// the store is made of, and nothing else. One command, in README.md of the source package, makes the same bytes of it.
//
//	go run ./packaging/stores -package build/release/e-onay-1.0.0-firefox.zip -out build/release/e-onay-1.0.0-firefox-source.zip \
//	    PORTAL_HOSTS=https://online.example.tr
//
// The variables are those that make was given for the package. The texts for the stores are beside this file.
package main

import (
	"flag"
	"fmt"
	"os"

	eonay "github.com/e-onay/e-onay"
	"github.com/e-onay/e-onay/internal/archive"
)

func main() {
	var s source
	flag.StringVar(&s.root, "root", ".", "`folder` of the repository")
	flag.StringVar(&s.packed, "package", "", "`file` that the store gets")
	out := flag.String("out", "", "`file` to write")
	flag.Parse()
	s.variables = flag.Args()
	if err := s.write(*out); err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(1)
	}
}

// write writes the source package, in one folder named after the version.
func (s *source) write(out string) error {
	files, err := s.files()
	if err != nil {
		return err
	}
	inside := map[string][]byte{}
	for name, data := range files {
		inside["e-onay-"+eonay.Version+"/"+name] = data
	}
	data, err := archive.Zip(inside)
	if err != nil {
		return err
	}
	return os.WriteFile(out, data, 0o644)
}
