package inspection

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"path"
	"strconv"
	"strings"
	"time"

	"github.com/e-onay/e-onay/internal/cms"
	"github.com/e-onay/e-onay/internal/eyazisma"
	"github.com/e-onay/e-onay/internal/eyp"
	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/wasm/document"
	"github.com/e-onay/e-onay/wasm/inspection/report"
)

// MaxPart is the largest file of a package that is given out, in bytes.
const MaxPart = 100 << 20

// readPackage reads a package of e-Yazışma: its metadata, its letter as a PDF, its attachments and its signatures. A package with
// a problem is refused with that problem's code, and one whose letter is no PDF with fault.PackageUnsupported.
func readPackage(file io.ReaderAt, size int64) (out report.Report, parts []part, err error) {
	p, err := eyazisma.Read(file, size)
	if err != nil {
		return out, nil, err
	}
	if len(p.Problems) > 0 {
		first := p.Problems[0]
		return out, nil, fault.Errorf(first.Code, "%d problems, the first in %s: %s", len(p.Problems), first.Part, first.Reason)
	}
	letter, err := p.Letter.ReadAll(MaxPart)
	if err != nil {
		return out, nil, err
	}
	if !bytes.HasPrefix(letter, []byte("%PDF-")) {
		return out, nil, fault.Errorf(fault.PackageUnsupported, "the letter is no PDF")
	}
	read, err := readPDF(bytes.NewReader(letter), int64(len(letter)))
	if err != nil {
		return out, nil, err
	}
	r := packageReader{p: p}
	if out.Shown, err = r.addPart(p.Letter); err != nil {
		return out, nil, err
	}
	attachments, err := r.attachments()
	if err != nil {
		return out, nil, err
	}
	out.PDF, out.Parts = read.PDF, r.told
	out.Sections = append(out.Sections, metadata(p.Metadata))
	out.Sections = append(out.Sections, attachments...)
	signatures, err := packageSignatures(p)
	out.Sections = append(append(append(out.Sections, signatures...), missing(p)...), read.Sections...)
	return out, r.parts, err
}

type packageReader struct {
	p     *eyazisma.Package
	parts []part
	told  []report.Part
}

// part is a file in a document that can be given out.
type part interface {
	ReadAll(limit int64) ([]byte, error)
}

// addPart notes a file that can be given out, and returns its number.
func (r *packageReader) addPart(p *eyazisma.Part) (int, error) {
	told, err := tellPart(path.Base(p.Name), p.Size, p.Open())
	if err != nil {
		return 0, err
	}
	r.parts, r.told = append(r.parts, p), append(r.told, told)
	return len(r.told) - 1, nil
}

// tellPart says what a file in the document is. It reads all of it.
func tellPart(name string, size int64, content io.Reader) (report.Part, error) {
	sum := sha256.New()
	beginning, err := io.ReadAll(io.TeeReader(io.LimitReader(content, document.Beginning), sum))
	if err == nil {
		_, err = io.Copy(sum, content)
	}
	return report.Part{Name: short(name), Size: size, SHA256: hex.EncodeToString(sum.Sum(nil)), Kind: string(document.KindOf(beginning))}, err
}

// metadata says what the package says of the letter.
func metadata(m eyazisma.Metadata) report.Section {
	out := report.Section{Title: "report.package.title", Note: "report.package.checked"}
	add := func(key string, lines ...report.Line) {
		if len(lines) > 0 {
			out.Entries = append(out.Entries, report.Entry{Key: key, Lines: lines})
		}
	}
	add("report.package.subject", text(m.Subject)...)
	add("report.package.number", text(m.Number)...)
	add("report.package.date", date(m.Date)...)
	add("report.package.author", text(m.Author)...)
	add("report.package.recipients", recipients(m.Recipients)...)
	var related []report.Line
	for _, o := range m.Related {
		related = append(related, text(strings.Join(nonEmpty(o.Label, o.Title, o.Number, day(o.Date)), ", "))...)
	}
	add("report.package.related", related...)
	if m.Confidentiality != "" && m.Confidentiality != "YOK" {
		add("report.package.confidentiality", oneOf("report.package.secret.", m.Confidentiality, "HZO", "OZL", "GZL", "CGZ"))
	}
	return out
}

func recipients(list []eyazisma.Recipient) (lines []report.Line) {
	for _, r := range list {
		line := oneOf("report.package.to.", r.Purpose, "GRG", "BLG")
		line.Text = short(r.Name)
		lines = append(lines, line)
	}
	return lines
}

// oneOf is the sentence for a code of the package, where there is one; or else the code itself.
func oneOf(prefix, code string, known ...string) report.Line {
	for _, k := range known {
		if code == k {
			return report.Line{Key: prefix + code}
		}
	}
	return report.Line{Key: "report.text", Text: short(code)}
}

// text is a text of the document as a line; none where there is no text.
func text(s string) []report.Line {
	if s == "" {
		return nil
	}
	return []report.Line{{Key: "report.text", Text: short(s)}}
}

// date is an xsd:dateTime as a line, or the text that stands in its place.
func date(s string) []report.Line {
	if at, err := time.Parse(time.RFC3339, s); err == nil && at.Unix() > 0 {
		return []report.Line{{Key: "report.date", At: at.Unix()}}
	}
	return text(s)
}

// day is the day of an xsd:dateTime.
func day(s string) string {
	before, _, _ := strings.Cut(s, "T")
	return before
}

func nonEmpty(texts ...string) (list []string) {
	for _, s := range texts {
		if s != "" {
			list = append(list, s)
		}
	}
	return list
}

// attachments lists what is attached, in the package or elsewhere.
func (r *packageReader) attachments() ([]report.Section, error) {
	if len(r.p.Attachments) == 0 {
		return nil, nil
	}
	list := report.Section{Title: "report.package.attachments"}
	for _, a := range r.p.Attachments {
		e := report.Entry{Look: !a.Signed}
		if names := nonEmpty(a.Title, a.FileName, a.Description); len(names) > 0 {
			e.Name = short(names[0])
		} else {
			e.Key = "report.package.unnamed"
		}
		if a.Part != nil {
			number, err := r.addPart(a.Part)
			if err != nil {
				return nil, err
			}
			e.Part = &number
		} else if a.Location != "" {
			e.Lines = append(e.Lines, report.Line{Key: "report.package.elsewhere", Text: short(a.Location)})
		} else {
			e.Lines = append(e.Lines, report.Line{Key: "report.package.physical"})
		}
		if !a.Signed {
			e.Lines = append(e.Lines, report.Line{Key: "report.package.unsigned"})
		}
		list.Entries = append(list.Entries, e)
	}
	return []report.Section{list}, nil
}

// packageSignatures says who has initialled, signed and sealed. What is no signature is shown as one that cannot be judged.
func packageSignatures(p *eyazisma.Package) ([]report.Section, error) {
	role := func(r eyazisma.Role) string { return "report.package.role." + strconv.Itoa(int(r)) }
	var all []signature
	found, err := eyp.Signatures(p)
	if fault.CodeOf(err) == fault.SignatureMalformed {
		for r, l := range p.Lists {
			if l != nil && l.Signature != nil {
				all = append(all, signature{role: role(eyazisma.Role(r)), state: cms.Unknown})
			}
		}
		return signed("report.package.signed", all), nil
	}
	if err != nil {
		return nil, err
	}
	if len(found) > maxSignatures {
		return nil, fault.Errorf(fault.DocumentUnreadable, "%d signatures", len(found))
	}
	for _, s := range found {
		claims := s.Claims()
		all = append(all, signature{by: holder(claims.Certificate), at: claims.SigningTime, role: role(s.Role), state: s.State()})
	}
	return signed("report.package.signed", all), nil
}

// missing lists what the package lacks until it may be sent.
func missing(p *eyazisma.Package) []report.Section {
	if len(p.Missing) == 0 {
		return nil
	}
	list := report.Section{Title: "report.package.missing"}
	for _, m := range p.Missing {
		list.Entries = append(list.Entries, report.Entry{Name: short(path.Base(m.Part))})
	}
	return []report.Section{list}
}

// Part returns a file of the document that was read last, by its number in the report.
func (i *Inspector) Part(number int) ([]byte, error) {
	if number < 0 || number >= len(i.parts) {
		return nil, fmt.Errorf("no part %d of %d", number, len(i.parts))
	}
	return i.parts[number].ReadAll(MaxPart)
}
