package inspection

import (
	"bytes"
	"crypto"
	"encoding/hex"
	"errors"
	"fmt"
	"io"

	"github.com/e-onay/e-onay/internal/ades"
	"github.com/e-onay/e-onay/internal/cms"
	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/wasm/document"
	"github.com/e-onay/e-onay/wasm/inspection/report"
)

// readSignatureFile reads a file of signatures (.p7s), whichever program has made it: who has signed, whether each signature
// fits what it is over, and what that is. Where the file does not hold the content, content is it, or nil. A file that cannot
// be read is refused with fault.ContainerMalformed.
func readSignatureFile(file io.ReaderAt, size int64, content *io.SectionReader) (out report.Report, parts []part, err error) {
	d, err := cms.Read(file, size)
	if fault.CodeOf(err) == fault.SignatureMalformed {
		return out, nil, fault.New(fault.ContainerMalformed, err)
	}
	if err != nil {
		return out, nil, err
	}
	var detached func(crypto.Hash) ([]byte, error)
	if content != nil && d.Content == nil {
		detached = ades.Document{Size: content.Size(), Content: content}.Digest
	}
	digests, err := d.Digests(detached, crypto.SHA256)
	if err != nil {
		return out, nil, err
	}
	out.Sections = signed("report.signatures.title", signaturesOf(nil, d.Verify(digests), nil))
	what := report.Section{Title: "report.signatures.content"}
	switch {
	case d.Content != nil:
		return withContent(out, what, d.Content)
	case detached != nil:
		out.Given = hex.EncodeToString(digests[crypto.SHA256])
		what.Entries = []report.Entry{{Key: "report.signatures.given"}}
	default:
		what.Look = true
		what.Entries = []report.Entry{{Key: "report.signatures.elsewhere"}}
	}
	out.Sections = append(out.Sections, what)
	return out, nil, nil
}

// withContent says what the file holds, and gives it out. A PDF that the strict reader refuses is not shown: nothing has said
// that it is one.
func withContent(out report.Report, what report.Section, content *cms.Content) (report.Report, []part, error) {
	told, err := tellPart("content", content.Size, content.Reader())
	if err != nil {
		return out, nil, err
	}
	number := 0
	out.Parts = []report.Part{told}
	what.Entries = []report.Entry{{Key: "report.signatures.held", Part: &number, Lines: []report.Line{{Key: "report.signatures.digest", Text: document.Groups(told.SHA256)}}}}
	out.Sections = append(out.Sections, what)
	held := heldContent{content}
	if told.Kind == string(document.KindPDF) {
		data, err := held.ReadAll(MaxPart)
		if err != nil {
			return out, nil, err
		}
		if read, err := readPDF(bytes.NewReader(data), content.Size); err == nil {
			out.PDF, out.Sections = read.PDF, append(out.Sections, read.Sections...)
		}
	}
	return out, []part{held}, nil
}

// heldContent is a content that can be given out.
type heldContent struct{ *cms.Content }

// ReadAll reads the content, of at most limit bytes.
func (c heldContent) ReadAll(limit int64) ([]byte, error) {
	if c.Size > limit {
		return nil, fmt.Errorf("a content of %d bytes, over the limit of %d", c.Size, limit)
	}
	return io.ReadAll(c.Reader())
}

// signaturesOf appends signatures to a list, each with its counter-signatures behind it. of is the signature that they are over; nil
// where that is the content.
func signaturesOf(list []signature, verdicts []cms.Verdict, of *signature) []signature {
	for i, v := range verdicts {
		s := signature{by: holder(v.Certificate), at: v.SigningTime, state: v.State, isElsewhere: errors.Is(v.Err, cms.ErrElsewhere)}
		if of == nil {
			s.number = i + 1
		} else {
			s.depth, s.of = of.depth+1, of.by
		}
		list = signaturesOf(append(list, s), v.CounterSignatures, &s)
	}
	return list
}
