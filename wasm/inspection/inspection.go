// Package inspection reads a document by the strict readers of its kind, and says what is in it: what the signing window shows above
// the document, and compares its viewer's reading with. The program wasm/inspect runs it in a worker, so that neither the
// readers nor what they read are in the window.
package inspection

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"unicode/utf8"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/wasm/inspection/report"
)

// Inspector reads documents. It keeps what it needs to give out files that are in the one that it has read last.
type Inspector struct {
	// Content is what the signatures of a file are over that does not hold it (report.KindSignatures); nil where it is not at hand.
	Content *io.SectionReader

	parts []part
}

// Read reads a document of size bytes as a kind. Whatever is wrong with it is in the report.
func (i *Inspector) Read(kind report.Kind, file io.ReaderAt, size int64) report.Report {
	out, err := i.read(kind, file, size)
	if err != nil {
		code := fault.CodeOf(err)
		if code == fault.Internal {
			code = fault.DocumentUnreadable
		}
		out = report.Report{Refused: code, Reason: short(err.Error())}
	}
	sum := sha256.New()
	if n, err := io.Copy(sum, io.NewSectionReader(file, 0, size)); err != nil || n != size {
		return report.Report{Refused: fault.DocumentUnreadable, Reason: "the document cannot be read to its end"}
	}
	out.SHA256 = hex.EncodeToString(sum.Sum(nil))
	return out
}

func (i *Inspector) read(kind report.Kind, file io.ReaderAt, size int64) (out report.Report, err error) {
	i.parts = nil
	switch kind {
	case report.KindPDF:
		return readPDF(file, size)
	case report.KindPackage:
		out, i.parts, err = readPackage(file, size)
		return out, err
	case report.KindSignatures:
		out, i.parts, err = readSignatureFile(file, size, i.Content)
		return out, err
	}
	return out, fmt.Errorf("no kind %q", kind)
}

// short cuts a text to what a report may have.
func short(text string) string {
	if len(text) <= report.MaxText {
		return text
	}
	const more = "…"
	text = text[:report.MaxText-len(more)]
	for len(text) > 0 && !utf8.ValidString(text) {
		text = text[:len(text)-1]
	}
	return text + more
}
