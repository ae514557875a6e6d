package verify

import (
	"context"
	"crypto/x509"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/e-onay/e-onay/internal/extend"
	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/message"
	"github.com/e-onay/e-onay/internal/strictjson"
	"github.com/e-onay/e-onay/internal/timestamp"
	"github.com/e-onay/e-onay/internal/validation"
	"github.com/e-onay/e-onay/internal/validation/formats"
	"github.com/e-onay/e-onay/internal/validation/wording"
)

// maxAuthoritiesFile is the largest file of time-stamp authorities, in bytes.
const maxAuthoritiesFile = 64 << 10

// later are the codes of what may go well another time: the exit status is that of a verdict that is not known yet.
var later = []fault.Code{
	fault.ExtendEarly, fault.ExtendStatus, fault.TimestampUnavailable, fault.TimestampRefused, fault.TimestampInvalid, fault.TimestampUntrusted,
}

// extendOptions are the command line of web extend beside what web verify has.
type extendOptions struct {
	*options
	level, output, signature string
	addresses                []string // of authorities
	authorities              string   // file of them
}

// extendReport is what is said in JSON.
type extendReport struct {
	File    string             `json:"file"`
	Output  string             `json:"output,omitempty"` // "" where nothing was written
	Level   string             `json:"level"`
	Changed bool               `json:"changed"`
	Wait    *time.Time         `json:"wait,omitempty"`
	Error   fault.Code         `json:"error,omitempty"`
	Report  *validation.Report `json:"report,omitempty"`

	isRead bool // the file has signatures, whose format or package has no place for the level
}

// Extend makes the signatures of one file last (docs/lasting.md), and returns the exit status: 0 where the level was reached, 1 where the signature does
// not allow it, 3 where another time may, 2 for a wrong command line or a file that cannot be read or written. It writes a file
// with 0, and with 3 where a time stamp was added and the rest must wait.
func Extend(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	o, err := parseExtend(args, stderr)
	if errors.Is(err, flag.ErrHelp) {
		return exitPassed
	}
	var r extendReport
	var cause error
	if err == nil {
		r, cause, err = o.extend(ctx)
	}
	if err == nil && o.asJSON {
		encoder := json.NewEncoder(stdout)
		encoder.SetIndent("", "  ")
		err = encoder.Encode(r)
	} else if err == nil {
		err = o.write(stdout, r)
	}
	if err != nil {
		complain(stderr, o.options, err)
		return exitUsage
	}
	if cause != nil && r.Error == fault.Internal {
		fmt.Fprintln(stderr, wording.Shown(cause.Error()))
	}
	switch {
	case r.Wait != nil, slices.Contains(later, r.Error):
		return exitIndeterminate
	case r.Error != "":
		return exitFailed
	}
	return exitPassed
}

func parseExtend(args []string, stderr io.Writer) (*extendOptions, error) {
	o := new(extendOptions)
	var err error
	o.options, err = parse("extend", args, stderr, func(flags *flag.FlagSet) {
		flags.StringVar(&o.level, "level", "", "T, LT, LTA, XL, or P2, P3, P4 of the Turkish guide")
		flags.StringVar(&o.output, "o", "", "the extended `file`, which must not be there yet")
		flags.StringVar(&o.signature, "signature", "", "the only signature to extend, as web verify numbers them; else all")
		flags.StringVar(&o.authorities, "authorities", "", "time-stamp authorities, a JSON `file`")
		flags.Func("tsa", "`address` of a time-stamp authority; several are asked in turn", func(address string) error {
			o.addresses = append(o.addresses, address)
			return nil
		})
	})
	switch {
	case err != nil:
		return o, err
	case len(o.files) > 1:
		return o, &complaint{key: "extend.one_file"}
	case !slices.Contains(extend.Levels, extend.Level(o.level)):
		return o, &complaint{key: "extend.no_level"}
	case o.output == "":
		return o, &complaint{key: "extend.no_output"}
	}
	return o, nil
}

// client is the client of all authorities of the command line, those of -tsa first; nil where there is none.
func (o *extendOptions) client() (*timestamp.Client, error) {
	var all []timestamp.Settings
	for _, address := range o.addresses {
		all = append(all, timestamp.Settings{URL: address})
	}
	if o.authorities != "" {
		more, err := readAuthorities(o.authorities)
		if err != nil {
			return nil, err
		}
		all = append(all, more...)
	}
	out := new(timestamp.Client)
	for _, settings := range all {
		a, err := settings.Authority(filepath.Dir(o.authorities))
		if err != nil {
			return nil, &complaint{"extend.no_authorities", settings.URL, err}
		}
		out.Authorities = append(out.Authorities, a)
	}
	return out, nil
}

// readAuthorities reads {"authorities":[…]}.
func readAuthorities(path string) ([]timestamp.Settings, error) {
	file, err := open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	data, err := io.ReadAll(io.LimitReader(file, maxAuthoritiesFile+1))
	if err != nil {
		return nil, &complaint{"validation.no_file", path, err}
	}
	var in struct {
		Authorities []timestamp.Settings `json:"authorities"`
	}
	if len(data) > maxAuthoritiesFile {
		err = fmt.Errorf("over %d bytes", maxAuthoritiesFile)
	} else {
		err = strictjson.Unmarshal(data, &in)
	}
	if err != nil {
		return nil, &complaint{"extend.no_authorities", path, err}
	}
	return in.Authorities, nil
}

// lists is source for the profiles that want lists.
type lists struct{ *source }

func (l lists) Revocation(subject, _ *x509.Certificate) validation.Data {
	crls, _ := l.checker.FetchCRLs(l.ctx, subject)
	return validation.Data{CRLs: crls}
}

// extend extends the file. cause is what keeps the signature from its level; err is of the command line and its files.
func (o *extendOptions) extend(ctx context.Context) (r extendReport, cause, err error) {
	r = extendReport{File: o.files[0], Level: o.level}
	file, err := open(o.files[0])
	if err != nil {
		return r, nil, err
	}
	defer file.Close()
	content, err := file.content()
	if err != nil {
		return r, nil, err
	}
	documents, done, err := o.documents()
	defer done()
	if err != nil {
		return r, nil, err
	}
	if _, err := os.Lstat(o.output); err == nil {
		return r, nil, &complaint{key: "extend.exists", name: o.output}
	}
	client, err := o.client()
	if err != nil {
		return r, nil, err
	}
	options := extend.Options{Policy: o.policy, Stamp: extend.StamperOf(client), Data: o.data, Signature: o.signature}
	if o.online {
		online := newSource(ctx)
		options.Source, options.Lists = online, lists{online}
	}
	result, cause := extend.Extend(ctx, content, documents, extend.Level(o.level), options)
	if cause != nil {
		r.Error = fault.CodeOf(cause)
		if r.Error == fault.Unsupported {
			_, err := formats.Read(content, documents...)
			r.isRead = err == nil
		}
		if early, ok := errors.AsType[*extend.TooEarly](cause); ok {
			r.Wait = &early.Until
		}
		return r, cause, nil
	}
	if err := writeNew(o.output, io.NewSectionReader(result.File.Reader, 0, result.File.Size)); err != nil {
		return r, nil, &complaint{"extend.not_written", o.output, err}
	}
	r.Output, r.Changed, r.Report = o.output, result.Changed, result.After
	if !result.Wait.IsZero() {
		r.Wait = &result.Wait
	}
	return r, nil, nil
}

// writeNew writes a file that is not there yet: all of it, or nothing.
func writeNew(path string, r io.Reader) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return err
	}
	_, err = io.Copy(f, r)
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return errors.Join(err, os.Remove(path))
	}
	return nil
}

// write says for people what was done, and until when it will do.
func (o *extendOptions) write(w io.Writer, r extendReport) error {
	t, words := &text{}, wording.Words{Language: o.in, Moment: moment}
	wait := "–"
	if r.Wait != nil {
		wait = moment(*r.Wait)
	}
	say := func(key string) string {
		return message.Text(o.in, key, "name", wording.Shown(r.File), "level", r.Level, "output", wording.Shown(r.Output), "date", wait)
	}
	switch {
	case r.isRead:
		t.line(0, say("extend.no_place"))
	case r.Error == fault.Unsupported, r.Error == fault.SignatureMalformed:
		t.line(0, wording.Shown(r.File))
		t.file(1, words.Unreadable(r.Error))
	case r.Error == fault.RequestTooLarge:
		t.line(0, say("extend.too_large"))
	case r.Error != "":
		t.line(0, say("error."+string(r.Error)))
		if r.Wait != nil {
			t.line(1, say("extend.until"))
		}
	case r.Wait != nil:
		t.line(0, say("extend.wait"))
	case !r.Changed:
		t.line(0, say("extend.unchanged"))
	default:
		t.line(0, say("extend.done"))
	}
	if r.Report != nil {
		for _, s := range words.Report(r.Report).Sections {
			t.line(1, s.Title)
			for _, l := range s.Of(wording.Level, wording.Lasting) {
				t.line(2, labelled(l))
			}
		}
	}
	_, err := io.WriteString(w, t.String())
	return err
}
