package document

import (
	"strings"
	"unicode/utf8"

	"github.com/e-onay/e-onay/internal/protocol"
)

// Kind is what a document is by its bytes, whatever its media type and its name say.
type Kind string

// The kinds.
const (
	KindUnknown      Kind = "unknown"
	KindText         Kind = "text"
	KindPDF          Kind = "pdf"
	KindPNG          Kind = "png"
	KindJPEG         Kind = "jpeg"
	KindGIF          Kind = "gif"
	KindTIFF         Kind = "tiff"
	KindWebP         Kind = "webp"
	KindXML          Kind = "xml"
	KindHTML         Kind = "html"
	KindRTF          Kind = "rtf"
	KindZIP          Kind = "zip"
	KindWord         Kind = "word"
	KindExcel        Kind = "excel"
	KindPowerPoint   Kind = "powerpoint"
	KindOpenDocument Kind = "opendocument"
	KindASiC         Kind = "asic"
	KindEYP          Kind = "eyp"
	KindUDF          Kind = "udf"
	KindArchive      Kind = "archive"
	KindOldOffice    Kind = "oldoffice"
	KindCMS          Kind = "cms"
	KindMedia        Kind = "media"
	KindProgram      Kind = "program"
)

// KindSaid is the kind that a media type says; KindUnknown where it says none that the window knows.
func KindSaid(mediaType string) Kind {
	_, sub, _ := strings.Cut(mediaType, "/")
	switch kind := kindSaid(mediaType); {
	case kind != "":
		return kind
	case mediaType == protocol.MediaTypeText:
		return KindText
	case sub == "xml" || strings.HasSuffix(sub, "+xml"):
		return KindXML
	case mediaType == protocol.MediaTypeSignature:
		return KindCMS
	}
	return KindUnknown
}

// signs are how documents of a kind begin, or what stands at a place in them.
var signs = []struct {
	at   int
	sign string
	kind Kind
}{
	{0, "%PDF-", KindPDF},
	{0, "\x89PNG\r\n\x1a\n", KindPNG},
	{0, "\xff\xd8\xff", KindJPEG},
	{0, "GIF87a", KindGIF},
	{0, "GIF89a", KindGIF},
	{0, "II*\x00", KindTIFF},
	{0, "MM\x00*", KindTIFF},
	{8, "WEBPVP8", KindWebP},
	{0, "PK\x03\x04", KindZIP},
	{0, "PK\x05\x06", KindZIP},
	{0, "Rar!\x1a\x07", KindArchive},
	{0, "7z\xbc\xaf\x27\x1c", KindArchive},
	{0, "\x1f\x8b\x08", KindArchive},
	{0, "BZh", KindArchive},
	{0, "\xfd7zXZ\x00", KindArchive},
	{257, "ustar", KindArchive},
	{0, "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", KindOldOffice},
	{0, "{\\rtf", KindRTF},
	{0, "MZ", KindProgram},
	{0, "\x7fELF", KindProgram},
	{0, "\xcf\xfa\xed\xfe", KindProgram},
	{0, "\xca\xfe\xba\xbe", KindProgram},
	{0, "#!", KindProgram},
	{4, "ftyp", KindMedia},
	{0, "ID3", KindMedia},
	{0, "OggS", KindMedia},
	{0, "\x1a\x45\xdf\xa3", KindMedia},
}

// KindOf tells the kind of a document by its beginning.
func KindOf(beginning []byte) Kind {
	head := string(beginning)
	for _, s := range signs {
		if len(head) < s.at || !strings.HasPrefix(head[s.at:], s.sign) {
			continue
		}
		if s.kind == KindZIP {
			return zipKind(head)
		}
		return s.kind
	}
	if isSignedData(head) {
		return KindCMS
	}
	return textKind(head)
}

// isSignedData reports whether a document begins as the DER or BER of a CMS ContentInfo with SignedData does (RFC 5652,
// 3 and 5.1): a SEQUENCE, its length, and the object identifier.
func isSignedData(head string) bool {
	const signedData = "\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02"
	at := strings.Index(head[:min(len(head), 6+len(signedData))], signedData)
	return at >= 2 && head[0] == 0x30
}

// textKind tells kinds that are texts.
func textKind(head string) Kind {
	text := strings.TrimPrefix(head, "\ufeff")
	for cut := 1; cut < utf8.UTFMax && len(text) > 0 && !utf8.ValidString(text); cut++ {
		text = text[:len(text)-1] // the beginning may end within a letter
	}
	start := strings.TrimSpace(strings.ToLower(text[:min(len(text), 256)]))
	switch {
	case strings.HasPrefix(start, "<!doctype html"), strings.HasPrefix(start, "<html"):
		return KindHTML
	case strings.HasPrefix(start, "<?xml"):
		return KindXML
	case len(text) == 0 || !utf8.ValidString(text) || hasControls(text):
		return KindUnknown
	}
	return KindText
}

// hasControls reports whether text has control characters that no text has.
func hasControls(text string) bool {
	for i := range len(text) {
		if c := text[i]; c < ' ' && c != '\t' && c != '\n' && c != '\r' && c != '\f' || c == 0x7f {
			return true
		}
	}
	return false
}

// zipNames tell what a ZIP archive is by a name in it; zipTypes, by the media type that its first entry gives (as
// OpenDocument and ASiC have it).
var (
	zipNames = []prefixOf{
		{"word/", KindWord}, {"xl/", KindExcel}, {"ppt/", KindPowerPoint},
		{"UstYazi/", KindEYP}, {"Ustveri/", KindEYP}, {"PaketOzeti/", KindEYP},
		{"sign.sgn", KindUDF},
	}
	zipTypes = []prefixOf{
		{"application/vnd.oasis.opendocument.", KindOpenDocument},
		{"application/vnd.etsi.asic-", KindASiC},
	}
)

type prefixOf struct {
	prefix string
	kind   Kind
}

func kindByPrefix(table []prefixOf, text string) (Kind, bool) {
	for _, p := range table {
		if strings.HasPrefix(text, p.prefix) {
			return p.kind, true
		}
	}
	return "", false
}

// zipKind looks at the headers of the files in a ZIP archive's beginning (APPNOTE 4.3.7).
func zipKind(head string) Kind {
	const nameLength, extraLength, header = 22, 24, 26 // behind the signature
	for {
		_, rest, found := strings.Cut(head, "PK\x03\x04")
		if !found || len(rest) < header {
			return KindZIP
		}
		name, extra := number(rest[nameLength:]), number(rest[extraLength:])
		head = rest[header:]
		if kind, ok := entryKind(head, name, extra); ok {
			return kind
		}
	}
}

// number reads two bytes in little endian order.
func number(bytes string) int { return int(bytes[0]) | int(bytes[1])<<8 }

// entryKind tells a kind by a file in a ZIP archive, of which rest begins with the name.
func entryKind(rest string, name, extra int) (Kind, bool) {
	entry := rest[:min(len(rest), name)]
	if entry == "mimetype" && name+extra <= len(rest) {
		return kindByPrefix(zipTypes, rest[name+extra:])
	}
	return kindByPrefix(zipNames, entry)
}
