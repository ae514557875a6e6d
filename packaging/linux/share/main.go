// Command share writes what a Linux package has beside the program: manual pages, completions of shells, licences, changes.
//
//	go run ./packaging/linux/share -out build/packages/share
//
// Manual and completions are made from the program's own table of commands and its own sentences, so that they name what the
// program accepts. The same sources give the same bytes.
package main

import (
	"bytes"
	"compress/gzip"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"time"

	eonay "github.com/e-onay/e-onay"
	"github.com/e-onay/e-onay/internal/message"
)

func main() {
	out := flag.String("out", "build/packages/share", "`folder` to write")
	version := flag.String("version", eonay.Version, "of the package, `x.y.z`")
	day := flag.Int64("day", 0, "`seconds` since 1970: when this version was made")
	flag.Parse()
	if err := write(*out, *version, time.Unix(*day, 0).UTC()); err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(1)
	}
}

// write writes all files, below out as they will be below /usr/share.
func write(out, version string, day time.Time) error {
	licences, err := copyright()
	if err != nil {
		return err
	}
	news, err := os.ReadFile("CHANGELOG.md")
	if err != nil {
		return err
	}
	for name, text := range map[string][]byte{
		"man/man1/eonay-host.1.gz":                  compressed(manual(message.English, day)),
		"man/tr/man1/eonay-host.1.gz":               compressed(manual(message.Turkish, day)),
		"bash-completion/completions/eonay-host":    bashCompletion(),
		"zsh/vendor-completions/_eonay-host":        zshCompletion(),
		"fish/vendor_completions.d/eonay-host.fish": fishCompletion(),
		"doc/e-onay/copyright":                      licences,
		"doc/e-onay/NEWS.gz":                        compressed(news),
		"doc/e-onay/changelog.gz":                   compressed(debianChangelog(version, day)),
	} {
		path := filepath.Join(out, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(path, text, 0o644); err != nil {
			return err
		}
	}
	return nil
}

// compressed is text as Debian wants manuals and changes; without a time, the same bytes on every day.
func compressed(text []byte) []byte {
	var out bytes.Buffer
	z, err := gzip.NewWriterLevel(&out, gzip.BestCompression)
	if err != nil {
		panic(err) // the level is a constant
	}
	_, _ = z.Write(text) // a buffer does not fail
	_ = z.Close()
	return out.Bytes()
}

// debianChangelog is the form that dpkg's tools read; what has changed is in NEWS.
func debianChangelog(version string, day time.Time) []byte {
	return fmt.Appendf(nil, "e-onay (%s) stable; urgency=medium\n\n  * New version; NEWS.gz in this folder says what has changed.\n\n -- %s  %s\n",
		version, maintainer, day.Format(time.RFC1123Z))
}

// maintainer is whom nfpm.yaml names too.
const maintainer = "e-Onay <packages@e-onay.example>"
