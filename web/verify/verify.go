// Package verify has the verbs of the web command that judge signatures of anybody, and make them last (extend.go), for people and scripts:
//
//	web verify FILE… [-content FILE]… [-anchors FILE]… [-with FILE]… [-policy FILE] [-at TIME] [-online] [-json] [-en]
//
// It says in Turkish, or English with -en, what each signature is worth and why; with -json it writes the whole report
// (docs/validation.md). It reads no network unless -online tells it to ask for the revocation data that the files lack.
//
// # Exit status
//
// 0 where every signature of every file is TOTAL-PASSED, 1 where one is TOTAL-FAILED, 3 where none failed and one is INDETERMINATE, 2 for a
// wrong command line or a file that cannot be opened.
package verify

import (
	"context"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/message"
	"github.com/e-onay/e-onay/internal/pki"
	"github.com/e-onay/e-onay/internal/revocation"
	"github.com/e-onay/e-onay/internal/validation"
	"github.com/e-onay/e-onay/internal/validation/formats"
	"github.com/e-onay/e-onay/internal/validation/wording"
)

// Exit statuses.
const (
	exitPassed        = 0
	exitFailed        = 1
	exitUsage         = 2
	exitIndeterminate = 3
)

// maxDataFile is the largest file of anchors, certificates or revocation data, in bytes.
const maxDataFile = 32 << 20

// options are the command line.
type options struct {
	files    []string
	contents []string
	policy   *validation.Policy
	data     validation.Data
	moment   time.Time
	online   bool
	asJSON   bool
	in       message.Language
}

// fileReport is what is said of one file in JSON.
type fileReport struct {
	File   string             `json:"file"`
	Error  fault.Code         `json:"error,omitempty"` // why it is no file of signatures
	Report *validation.Report `json:"report,omitempty"`
}

// Run judges the files that args name, and returns the exit status.
func Run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	o, err := parse("verify", args, stderr, nil)
	if errors.Is(err, flag.ErrHelp) {
		return exitPassed
	}
	var reports []fileReport
	for i := 0; err == nil && i < len(o.files); i++ {
		var r fileReport
		r, err = o.judge(ctx, o.files[i])
		reports = append(reports, r)
	}
	if err == nil && o.asJSON {
		encoder := json.NewEncoder(stdout)
		encoder.SetIndent("", "  ")
		err = encoder.Encode(struct {
			Files []fileReport `json:"files"`
		}{reports})
	} else if err == nil {
		err = writeText(stdout, o.in, reports)
	}
	if err != nil {
		complain(stderr, o, err)
		return exitUsage
	}
	return status(reports)
}

// A complaint is about what was asked: key is that of its sentence, of which name is a part.
type complaint struct {
	key, name string
	cause     error // nil where the sentence says all
}

func (c *complaint) Error() string { return fmt.Sprintf("%s %s: %v", c.key, c.name, c.cause) }

func (c *complaint) Unwrap() error { return c.cause }

// complain says what is wrong in the language that was asked for. What flag finds wrong it has said itself.
func complain(w io.Writer, o *options, err error) {
	about, ok := errors.AsType[*complaint](err)
	if !ok {
		return
	}
	fmt.Fprintln(w, message.Text(o.in, about.key, "name", wording.Shown(about.name)))
	if about.cause != nil && (about.key == "validation.no_policy" || about.key == "extend.no_authorities") { // which only its writer reads
		fmt.Fprintf(w, "  %s\n", wording.Shown(about.cause.Error()))
	}
}

// parse reads the command line of a verb. Flags may stand before, between and behind files; more defines those of one verb alone.
func parse(verb string, args []string, stderr io.Writer, more func(*flag.FlagSet)) (*options, error) {
	o := &options{policy: validation.DefaultPolicy(), moment: time.Now(), in: message.Turkish}
	var policy, at string
	var anchors, with []string
	english := false
	flags := flag.NewFlagSet(verb, flag.ContinueOnError)
	flags.SetOutput(stderr)
	list := func(to *[]string) func(string) error {
		return func(path string) error {
			*to = append(*to, path)
			return nil
		}
	}
	flags.Func("content", "what was signed, a `file`, where the signature does not have it", list(&o.contents))
	flags.Func("anchors", "certificates that are trusted, a `file` in PEM or DER, or the JSON of web trust update", list(&anchors))
	flags.Func("with", "further certificates, CRLs or OCSP answers, a PEM or DER `file`", list(&with))
	flags.StringVar(&policy, "policy", "", "validation policy, a JSON `file`; else the program's own")
	if more != nil {
		more(flags)
	} else {
		flags.StringVar(&at, "at", "", "moment of validation, as 2026-11-30 or 2026-11-30T12:00:00Z; else now")
	}
	flags.BoolVar(&o.online, "online", false, "ask the authorities for the revocation data that is not at hand")
	flags.BoolVar(&o.asJSON, "json", false, "write JSON")
	flags.BoolVar(&english, "en", false, "write English")
	for len(args) > 0 {
		if err := flags.Parse(args); err != nil {
			return o, err
		}
		if args = flags.Args(); len(args) > 0 {
			o.files, args = append(o.files, args[0]), args[1:]
		}
	}
	if english {
		o.in = message.English
	}
	if len(o.files) == 0 {
		return o, &complaint{key: "validation.no_files"}
	}
	if err := o.readPolicy(policy); err != nil {
		return o, err
	}
	return o, errors.Join(o.readMoment(at), o.readAnchors(anchors), o.readData(with))
}

func (o *options) readPolicy(path string) error {
	if path == "" {
		return nil
	}
	file, err := open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	if o.policy, err = validation.ReadPolicy(file); err != nil {
		return &complaint{"validation.no_policy", path, err}
	}
	return nil
}

func (o *options) readMoment(text string) (err error) {
	if text == "" {
		return nil
	}
	for _, layout := range []string{time.RFC3339, time.DateOnly} {
		if o.moment, err = time.Parse(layout, text); err == nil {
			return nil
		}
	}
	return &complaint{"validation.no_time", text, err}
}

func (o *options) readAnchors(paths []string) error {
	for _, path := range paths {
		if strings.HasSuffix(path, ".json") {
			if err := o.readAnchorFile(path); err != nil {
				return err
			}
			continue
		}
		d, err := readData(path)
		if err != nil {
			return err
		}
		if len(d.Certificates) == 0 || len(d.CRLs)+len(d.OCSPs) > 0 {
			return &complaint{key: "validation.no_certificates", name: path}
		}
		for _, c := range d.Certificates {
			o.policy.Anchors = append(o.policy.Anchors, validation.Anchor{Certificate: c})
		}
	}
	return nil
}

// readAnchorFile reads what `web trust update` has written. Whether it has expired is asked of today, whatever the moment of validation.
func (o *options) readAnchorFile(path string) error {
	file, err := open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	anchors, err := validation.ReadAnchors(file)
	if err != nil {
		return &complaint{"validation.no_certificates", path, err}
	}
	if !anchors.Expires.IsZero() && !time.Now().Before(anchors.Expires) {
		return &complaint{key: "validation.anchors_expired", name: path}
	}
	o.policy.Anchors = append(o.policy.Anchors, anchors.Anchors...)
	return nil
}

func (o *options) readData(paths []string) error {
	for _, path := range paths {
		d, err := readData(path)
		if err != nil {
			return err
		}
		o.data.Certificates = append(o.data.Certificates, d.Certificates...)
		o.data.CRLs, o.data.OCSPs = append(o.data.CRLs, d.CRLs...), append(o.data.OCSPs, d.OCSPs...)
	}
	return nil
}

// readData reads certificates, CRLs and OCSP answers: many in PEM, or one in DER.
func readData(path string) (out validation.Data, err error) {
	file, err := open(path)
	if err != nil {
		return out, err
	}
	defer file.Close()
	data, err := io.ReadAll(io.LimitReader(file, maxDataFile+1))
	if err != nil {
		return out, &complaint{"validation.no_file", path, err}
	}
	if len(data) > maxDataFile {
		return out, &complaint{key: "validation.no_data", name: path}
	}
	found := false
	for block, rest := pem.Decode(data); block != nil; block, rest = pem.Decode(rest) {
		found = true
		switch block.Type {
		case "CERTIFICATE":
			c, err := pki.ParseX509(block.Bytes)
			if err != nil {
				return out, &complaint{"validation.no_data", path, err}
			}
			out.Certificates = append(out.Certificates, c)
		case "X509 CRL":
			out.CRLs = append(out.CRLs, block.Bytes)
		case "OCSP RESPONSE":
			out.OCSPs = append(out.OCSPs, block.Bytes)
		}
	}
	if found {
		return out, nil
	}
	if c, err := pki.ParseX509(data); err == nil {
		out.Certificates = append(out.Certificates, c)
		return out, nil
	}
	switch revocation.KindOf(data) {
	case revocation.IsOCSP:
		out.OCSPs = append(out.OCSPs, data)
	case revocation.IsCRL:
		out.CRLs = append(out.CRLs, data)
	default:
		return out, &complaint{key: "validation.no_data", name: path}
	}
	return out, nil
}

// judge judges one file. A file that cannot be opened is an error; one that cannot be read as signatures is a report.
func (o *options) judge(ctx context.Context, path string) (fileReport, error) {
	out := fileReport{File: path}
	file, err := open(path)
	if err != nil {
		return out, err
	}
	defer file.Close()
	content, err := file.content()
	if err != nil {
		return out, err
	}
	documents, done, err := o.documents()
	defer done()
	if err != nil {
		return out, err
	}
	signatures, err := formats.Read(content, documents...)
	if err != nil {
		if out.Error = fault.CodeOf(err); out.Error == fault.Internal {
			return out, &complaint{"validation.no_file", path, err}
		}
		return out, nil
	}
	in := validation.Input{Signatures: signatures, Policy: o.policy, Moment: o.moment, Data: o.data}
	if o.online {
		in.Source = newSource(ctx)
	}
	out.Report = validation.Validate(in)
	return out, nil
}

// documents opens what was signed; done closes it.
func (o *options) documents() (documents []formats.Document, done func(), err error) {
	var opened []openFile
	done = func() {
		for _, f := range opened {
			f.Close()
		}
	}
	for _, path := range o.contents {
		f, err := open(path)
		if err != nil {
			return nil, done, err
		}
		opened = append(opened, f)
		c, err := f.content()
		if err != nil {
			return nil, done, err
		}
		documents = append(documents, formats.Document{Name: filepath.Base(path), Content: c})
	}
	return documents, done, nil
}

type openFile struct{ *os.File }

func open(path string) (openFile, error) {
	f, err := os.Open(path)
	if err != nil {
		return openFile{}, &complaint{"validation.no_file", path, err}
	}
	return openFile{f}, nil
}

func (f openFile) content() (formats.Content, error) {
	info, err := f.Stat()
	if err != nil || !info.Mode().IsRegular() {
		return formats.Content{}, &complaint{"validation.no_file", f.Name(), err}
	}
	return formats.Content{Reader: f, Size: info.Size()}, nil
}

// source asks the responders and lists that certificates name. What it cannot get is not there.
type source struct {
	ctx     context.Context
	checker *revocation.Checker
}

func newSource(ctx context.Context) *source {
	return &source{ctx, &revocation.Checker{Responders: new(revocation.Responders)}}
}

func (s *source) Revocation(subject, issuer *x509.Certificate) validation.Data {
	ocsps, crls, _ := s.checker.Fetch(s.ctx, subject, issuer)
	return validation.Data{CRLs: crls, OCSPs: ocsps}
}

// status is the exit status for these reports.
func status(reports []fileReport) int {
	worst := exitPassed
	var look func([]*validation.SignatureReport)
	look = func(all []*validation.SignatureReport) {
		for _, s := range all {
			switch {
			case s.Indication == validation.Failed:
				worst = exitFailed
			case s.Indication != validation.Passed && worst == exitPassed:
				worst = exitIndeterminate
			}
			look(s.CounterSignatures)
		}
	}
	for _, r := range reports {
		switch {
		case r.Report != nil:
			look(r.Report.Signatures)
		case r.Error == fault.SignatureMalformed:
			worst = exitFailed
		case worst == exitPassed:
			worst = exitIndeterminate
		}
	}
	return worst
}
