package extend

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strconv"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/jades"
	"github.com/e-onay/e-onay/internal/validation"
	"github.com/e-onay/e-onay/internal/validation/formats"
)

// jadesEditor adds components to etsiU of one signature of a JWS in JSON (TS 119 182-1, 5.3). They are put into its text, so that no byte of
// the rest changes, in base64url or clear as those are that are there, else in base64url. The file is read again after each step.
type jadesEditor struct {
	target Target
	number int // of the signature, from 0 on
	source []byte
	*formats.JWS
}

// openJAdES opens a signature. A counter-signature gives fault.Unsupported, and so does a compact JWS: it has no unprotected header, and as
// JSON it would be another file.
func openJAdES(t Target) (Editor, error) {
	n, err := strconv.Atoi(t.ID)
	if err != nil {
		return nil, fault.Errorf(fault.Unsupported, "counter-signature %s", t.ID)
	}
	if t.File.Size > jades.MaxFile {
		return nil, fault.Errorf(fault.RequestTooLarge, "JWS of %d bytes, over the limit of %d", t.File.Size, jades.MaxFile)
	}
	source, err := io.ReadAll(io.NewSectionReader(t.File.Reader, 0, t.File.Size))
	if err != nil {
		return nil, fmt.Errorf("read a signature: %w", err)
	}
	if jsontext.Value(source).Kind() != '{' {
		return nil, fault.Errorf(fault.Unsupported, "a compact JWS, which has no unprotected header")
	}
	e := &jadesEditor{target: t, number: n - 1}
	return e, e.read(source)
}

// read reads the file.
func (e *jadesEditor) read(source []byte) error {
	all, err := formats.ReadJWS(contentOf(source), e.target.Documents)
	if err != nil {
		return err
	}
	if e.number < 0 || e.number >= len(all) || all[e.number] == nil {
		return fault.Errorf(fault.SignatureMalformed, "signature %d of %d is malformed", e.number+1, len(all))
	}
	e.source, e.JWS = source, all[e.number]
	return nil
}

// File returns the file.
func (e *jadesEditor) File() (formats.Content, error) { return contentOf(e.source), nil }

// SignatureTimeStamp adds sigTst (TS 119 182-1, 5.3.4).
func (e *jadesEditor) SignatureTimeStamp(ctx context.Context, stamp Stamper) error {
	h := e.target.Hash.New()
	io.WriteString(h, e.Value())
	return e.addStamp(ctx, stamp, "sigTst", h.Sum(nil))
}

// ArchiveTimeStamp adds arcTst (5.3.6.3) over the content, which must be at hand, and everything that the signature has.
func (e *jadesEditor) ArchiveTimeStamp(ctx context.Context, stamp Stamper) error {
	digest, err := e.SumArchive(e.target.Hash)
	if err != nil {
		return err
	}
	return e.addStamp(ctx, stamp, "arcTst", digest)
}

// References gives fault.Unsupported: the profiles of the Turkish guide are of CAdES and XAdES.
func (e *jadesEditor) References(validation.Data) error {
	return fault.Errorf(fault.Unsupported, "complete references in JAdES")
}

// object is an object of JSON.
type object = map[string]any

func (e *jadesEditor) addStamp(ctx context.Context, stamp Stamper, name string, digest []byte) error {
	token, err := stampedBy(ctx, stamp, e.target.Hash, digest)
	if err != nil {
		return err
	}
	return e.add(object{name: object{"tstTokens": []object{encodedValue(token.DER)}}})
}

func encodedValue(der []byte) object {
	return object{"val": base64.StdEncoding.EncodeToString(der)}
}

// Values adds xVals and rVals (5.3.5.2, 5.3.5.3) with what is not there yet. Where they are there, or an archive time stamp is, all goes into a
// tstVD.
func (e *jadesEditor) Values(data validation.Data) error {
	data = missing(data, e.Embedded())
	values := object{}
	if len(data.Certificates) > 0 {
		var all []object
		for _, c := range data.Certificates {
			all = append(all, object{"x509Cert": encodedValue(c.Raw)})
		}
		values["xVals"] = all
	}
	revocations := object{}
	for name, list := range map[string][][]byte{"crlVals": data.CRLs, "ocspVals": data.OCSPs} {
		var all []object
		for _, der := range list {
			all = append(all, encodedValue(der))
		}
		if len(all) > 0 {
			revocations[name] = all
		}
	}
	if len(revocations) > 0 {
		values["rVals"] = revocations
	}
	there := e.Components()
	isLater := slices.ContainsFunc([]string{"xVals", "rVals", "arcTst"}, func(name string) bool { return slices.Contains(there, name) })
	switch {
	case len(values) == 0:
		return nil
	case isLater:
		return e.add(object{"tstVD": values})
	}
	var components []object
	for _, name := range []string{"xVals", "rVals"} {
		if value, ok := values[name]; ok {
			components = append(components, object{name: value})
		}
	}
	return e.add(components...)
}

// add puts components at the end of etsiU, and reads the file again.
func (e *jadesEditor) add(components ...object) error {
	var text []byte
	for i, c := range components {
		one, err := json.Marshal(c)
		if err != nil {
			return err
		}
		clear := jsontext.Value(one)
		if err := clear.Canonicalize(); err != nil { // the form that archive time stamps cover
			return err
		}
		if i > 0 {
			text = append(text, ',')
		}
		if e.IsClear() {
			text = append(text, clear...)
		} else {
			text = append(append(text, '"'), base64.RawURLEncoding.EncodeToString(clear)...)
			text = append(text, '"')
		}
	}
	at, before, after, err := placeOf(e.source, e.number)
	if err != nil {
		return err
	}
	made := slices.Concat(e.source[:at], []byte(before), text, []byte(after), e.source[at:])
	if len(made) > jades.MaxFile {
		return fault.Errorf(fault.RequestTooLarge, "JWS of %d bytes, over the limit of %d", len(made), jades.MaxFile)
	}
	if err := e.read(made); err != nil {
		return fmt.Errorf("read what was made: %w", err)
	}
	return nil
}

// placeOf returns where the next component of a signature goes, and what stands before and after it there. The file has been read as a JWS.
func placeOf(source []byte, number int) (at int, before, after string, err error) {
	base := jsontext.Pointer("")
	if isGeneral(source) {
		base = base.AppendToken("signatures").AppendToken(strconv.Itoa(number))
	}
	header := base.AppendToken("header")
	etsiU := header.AppendToken("etsiU")
	hasHeader := false
	d := jsontext.NewDecoder(bytes.NewReader(source))
	for last := jsontext.Kind(0); ; {
		token, err := d.ReadToken()
		if err != nil {
			return 0, "", "", fault.Errorf(fault.Internal, "no place for components in a JWS: %w", err)
		}
		kind, isEmpty := token.Kind(), last == '{' || last == '['
		last = kind
		comma := ","
		if isEmpty {
			comma = ""
		}
		at := int(d.InputOffset()) - 1
		switch p := d.StackPointer(); {
		case p == etsiU && kind == ']':
			return at, comma, "", nil
		case p == header && kind == 'n', p == etsiU && kind == 'n':
			return 0, "", "", fault.Errorf(fault.Unsupported, "a header of a JWS that is null")
		case p == header && kind == '{':
			hasHeader = true
		case p == header && kind == '}':
			return at, comma + `"etsiU":[`, "]", nil
		case p == base && kind == '}' && !hasHeader:
			return at, `,"header":{"etsiU":[`, "]}", nil
		}
	}
}

// isGeneral reports whether a JWS is of the general serialization.
func isGeneral(source []byte) bool {
	var members map[string]jsontext.Value
	return json.Unmarshal(source, &members) == nil && members["signatures"] != nil
}
