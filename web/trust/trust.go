// Package trust is the verb of the web command that gathers anchors of trust:
//
//	web trust update -config FILE [-en]
//
// It fetches the trusted lists of the EU, verifies them, and writes the anchors that are in them to a file of JSON, for `web verify
// -anchors` and for validation policies. It says in Turkish, or English with -en, what it has found of each list.
//
// The settings are a file of JSON ([Settings]).
//
// # Exit status
//
// 0 where every list counts and is of today, 3 where one does not count or is one that was kept, 1 where no list counts: then the file of
// anchors is left as it is; 2 for a wrong command line or wrong settings.
package trust

import (
	"context"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"strconv"

	"github.com/e-onay/e-onay/internal/message"
	"github.com/e-onay/e-onay/internal/outbound"
	"github.com/e-onay/e-onay/internal/pki"
	"github.com/e-onay/e-onay/internal/strictjson"
	"github.com/e-onay/e-onay/internal/trustlist"
)

// Exit statuses.
const (
	exitAll     = 0
	exitNone    = 1
	exitUsage   = 2
	exitPartial = 3
)

// Settings say where the list of lists is. Paths are relative to the settings' own folder.
type Settings struct {
	// Lists is the address of the list of lists, by https; by http on loopback alone.
	Lists string `json:"lists"`
	// Certificates is a file of PEM with the certificates that sign it, as the Official Journal has them.
	Certificates string `json:"certificates"`
	// Territories are the countries whose lists count, as "DE", "EL"; all where it is empty.
	Territories []string `json:"territories,omitempty"`
	// Folder is where lists are kept.
	Folder string `json:"folder"`
	// Anchors is the file that is written.
	Anchors string `json:"anchors"`
}

// maxSettings is the largest file of settings or certificates, in bytes.
const maxSettings = 1 << 20

// Run does what args say, and returns the exit status.
func Run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	flags := flag.NewFlagSet("trust update", flag.ContinueOnError)
	flags.SetOutput(stderr)
	config := flags.String("config", "", "settings, a JSON `file`")
	english := flags.Bool("en", false, "write English")
	err := flags.Parse(args)
	if errors.Is(err, flag.ErrHelp) {
		return exitAll
	}
	if err != nil {
		return exitUsage
	}
	in := message.Turkish
	if *english {
		in = message.English
	}
	updater, anchors, err := readSettings(*config)
	if err != nil || flags.NArg() > 0 {
		fmt.Fprintln(stderr, message.Text(in, "trust.settings", "name", strconv.Quote(*config)))
		if err != nil {
			fmt.Fprintf(stderr, "  %v\n", err)
		}
		return exitUsage
	}
	results, err := updater.Update(ctx)
	if err == nil {
		err = writeAnchors(anchors, results)
	}
	if err != nil {
		fmt.Fprintln(stderr, message.Text(in, "trust.none"))
		fmt.Fprintf(stderr, "  %v\n", err)
		return exitNone
	}
	return tell(stdout, in, results)
}

// tell writes a line for each list, and returns the exit status.
func tell(w io.Writer, in message.Language, results []trustlist.Result) int {
	status := exitAll
	for _, r := range results {
		key := "trust.list"
		switch {
		case r.List == nil:
			key = "trust.list.none"
		case r.Problem != nil:
			key = "trust.list.kept"
		}
		sequence, anchors, end := "–", "0", "–"
		if r.List != nil {
			sequence, anchors = strconv.Itoa(r.List.Sequence), strconv.Itoa(len(r.List.Anchors()))
		}
		if r.List != nil && !r.List.NextUpdate.IsZero() {
			end = r.List.NextUpdate.Format("02.01.2006")
		}
		fmt.Fprintln(w, message.Text(in, key, "name", strconv.Quote(r.Territory), "number", sequence, "count", anchors, "date", end))
		if r.Problem != nil {
			status = exitPartial
			fmt.Fprintf(w, "  %q: %v\n", r.Location, r.Problem)
		}
	}
	return status
}

func readSettings(path string) (*trustlist.Updater, string, error) {
	data, err := readFile(path)
	if err != nil {
		return nil, "", err
	}
	var s Settings
	if err := strictjson.Unmarshal(data, &s); err != nil {
		return nil, "", err
	}
	if err := checkAddress(s.Lists); err != nil {
		return nil, "", err
	}
	if s.Folder == "" || s.Anchors == "" {
		return nil, "", errors.New("folder and anchors must be given")
	}
	beside := func(name string) string {
		if filepath.IsAbs(name) {
			return name
		}
		return filepath.Join(filepath.Dir(path), name)
	}
	certificates, err := readCertificates(beside(s.Certificates))
	if err != nil {
		return nil, "", err
	}
	u := &trustlist.Updater{Location: s.Lists, Certificates: certificates, Territories: s.Territories, Folder: beside(s.Folder)}
	return u, beside(s.Anchors), nil
}

// checkAddress wants https. What comes is signed; who reads along would still learn and hold back.
func checkAddress(raw string) error {
	u, err := url.Parse(raw)
	if err != nil || !outbound.IsHTTP(raw) {
		return fmt.Errorf("lists: %q is not an address", raw)
	}
	if host := u.Hostname(); u.Scheme == "http" && host != "localhost" && host != "127.0.0.1" && host != "::1" {
		return fmt.Errorf("lists: %q is not https", raw)
	}
	return nil
}

func readCertificates(path string) ([]*x509.Certificate, error) {
	data, err := readFile(path)
	if err != nil {
		return nil, err
	}
	var certificates []*x509.Certificate
	for block, rest := pem.Decode(data); block != nil; block, rest = pem.Decode(rest) {
		c, err := pki.ParseX509(block.Bytes)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		certificates = append(certificates, c)
	}
	if len(certificates) == 0 {
		return nil, fmt.Errorf("%s has no certificates", path)
	}
	return certificates, nil
}

func readFile(path string) ([]byte, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	data, err := io.ReadAll(io.LimitReader(file, maxSettings+1))
	if err == nil && len(data) > maxSettings {
		err = fmt.Errorf("%s is over the limit of %d bytes", path, maxSettings)
	}
	return data, err
}

// writeAnchors replaces the file of anchors.
func writeAnchors(path string, results []trustlist.Result) error {
	data, err := json.Marshal(trustlist.Anchors(results))
	if err != nil {
		return err
	}
	return trustlist.WriteAtomically(path, data)
}
