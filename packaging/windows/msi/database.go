package main

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"

	"golang.org/x/text/encoding/charmap"
)

// libmsi, on which wixl stands, counts the characters of a text where it should count bytes, and crashes or writes nonsense where they
// differ. In the code page of Turkish (1254) they do not: so wixl gets each text with letters of ASCII, and the
// letters of Turkish are put into what it has written.

// plain are the characters that are put back, and what stands for each meanwhile.
var plain = strings.NewReplacer("ç", "c", "ğ", "g", "ı", "i", "ö", "o", "ş", "s", "ü", "u", "Ç", "C", "Ğ", "G", "İ", "I", "Ö", "O", "Ş", "S", "Ü", "U", "’", "'")

// withoutTurkish returns the source in ASCII, and the texts that have other letters.
func withoutTurkish(source string) (ascii string, texts []string) {
	for _, value := range quoted.FindAllString(source, -1) {
		if text := strings.Trim(value, `"`); plain.Replace(text) != text {
			texts = append(texts, text)
		}
	}
	return plain.Replace(source), texts
}

// restore puts the texts into an installer that has them in ASCII.
func restore(installer []byte, texts []string) error {
	for _, text := range texts {
		encoded, err := charmap.Windows1254.NewEncoder().String(text)
		if err != nil {
			return fmt.Errorf("%q: %w", text, err)
		}
		ascii := []byte(plain.Replace(text))
		if n := bytes.Count(installer, ascii); n != 1 || len(ascii) != len(encoded) {
			return fmt.Errorf("%q is %d times in what wixl has written", ascii, n)
		}
		copy(installer[bytes.Index(installer, ascii):], encoded)
	}
	return nil
}

// stringPool is the stream with the lengths of all texts, as Windows Installer writes the name of its table _StringPool.
const stringPool = "䡀㼿䕷䑬㹪䒲䠯"

// setCodePage tells in what code page the texts are, which wixl does not.
func setCodePage(installer []byte) error {
	pool, err := streamOf(installer, stringPool)
	if err != nil {
		return err
	}
	if page := binary.LittleEndian.Uint16(pool); page != 0 {
		return fmt.Errorf("the texts are of code page %d already", page)
	}
	binary.LittleEndian.PutUint16(pool, 1254)
	return nil
}

// The properties of an installer's summary, and their types (MS-OLEPS, 2.15, and Windows Installer's documents).
const (
	template = 7
	revision = 9 // the installer's own number
	created  = 12
	saved    = 13

	text     = 30 // VT_LPSTR
	fileTime = 64 // VT_FILETIME
)

// summary begins the summary's only section (FMTID_SummaryInformation), whose offset follows it.
var summary = []byte{0xe0, 0x85, 0x9f, 0xf2, 0xf9, 0x4f, 0x68, 0x10, 0xab, 0x91, 0x08, 0x00, 0x2b, 0x27, 0xb3, 0xd9}

// settle gives an installer's summary what wixl takes from the clock and from chance, and its language, which wixl does not set.
func settle(installer []byte, number string) error {
	if bytes.Count(installer, summary) != 1 {
		return errors.New("no summary in what wixl has written")
	}
	const before = 28 // of the set's header, up to the name of its section
	start := bytes.Index(installer, summary)
	set := installer[start-before:]
	section := set[binary.LittleEndian.Uint32(set[before+len(summary):]):]
	settled := 0
	for i := range binary.LittleEndian.Uint32(section[4:]) {
		entry := section[8+8*i:]
		value := section[binary.LittleEndian.Uint32(entry[4:]):]
		kind := binary.LittleEndian.Uint32(value)
		switch id := binary.LittleEndian.Uint32(entry); {
		case (id == created || id == saved) && kind == fileTime:
			const epoch = 11644473600 // seconds from 1601 to 1970
			binary.LittleEndian.PutUint64(value[4:], uint64(date.Unix()+epoch)*1e7)
		case id == revision && kind == text:
			copy(value[8:], "{"+number+"}")
		case id == template && kind == text && bytes.HasPrefix(value[8:], []byte("x64;1033")):
			copy(value[8:], "x64;1055")
		default:
			continue
		}
		settled++
	}
	if settled != 4 {
		return fmt.Errorf("%d of the summary's four values are there", settled)
	}
	return nil
}
