package main

import (
	"bytes"
	"crypto/rand"
	_ "embed"
	"fmt"
	"io"
	"strings"

	"github.com/e-onay/e-onay/web/relyingparty"
)

// kind is a kind of documents that a person can sign here.
type kind struct {
	Name    string // in addresses
	Title   string
	Options relyingparty.SignatureOptions
	// Documents makes them. Each has something in it that is used once.
	Documents func() []relyingparty.Document
}

// kinds are all of them, each with what is made of its documents.
var kinds = []kind{
	{
		Name: "contract", Title: "Sözleşme (PDF)",
		Options: relyingparty.SignatureOptions{
			Format: relyingparty.FormatPAdES,
			PAdES: &relyingparty.PAdESOptions{
				Reason: "Sözleşmenin kabulü",
				Stamp:  &relyingparty.Stamp{Page: -1, Left: 300, Bottom: 60, Width: 240, Height: 80},
			},
		},
		Documents: contract,
	},
	{
		Name: "invoice", Title: "e-Fatura (UBL-TR)",
		Options: relyingparty.SignatureOptions{
			Format: relyingparty.FormatXAdES,
			XAdES:  &relyingparty.XAdESOptions{Dialect: relyingparty.XAdESUBLTR, Role: "Supplier"},
		},
		Documents: invoice,
	},
	{
		Name: "prescription", Title: "e-Reçete",
		Options:   prescriptionOptions,
		Documents: func() []relyingparty.Document { return prescriptions(1) },
	},
	{
		Name: "prescriptions", Title: "Günün e-Reçeteleri",
		Options:   prescriptionOptions,
		Documents: func() []relyingparty.Document { return prescriptions(min(200, relyingparty.MaxDocuments)) },
	},
	{
		Name: "letter", Title: "Resmî yazı (e-Yazışma)",
		Options:   relyingparty.SignatureOptions{Format: relyingparty.FormatEYP},
		Documents: letter,
	},
	{
		Name: "folder", Title: "Başvuru dosyası (ASiC)",
		Options: relyingparty.SignatureOptions{
			Format:   relyingparty.FormatASiC,
			Together: true, // one signature over all documents
			ASiC:     &relyingparty.ASiCOptions{Signature: relyingparty.FormatCAdES},
		},
		Documents: folder,
	},
	{
		Name: "message", Title: "Bildirim (JSON)",
		Options:   relyingparty.SignatureOptions{Format: relyingparty.FormatJAdES},
		Documents: message,
	},
	{
		Name: "large", Title: "Büyük dosya (CAdES)",
		Options:   relyingparty.SignatureOptions{Format: relyingparty.FormatCAdES},
		Documents: large,
	},
}

// prescriptionOptions make the form that Medula takes.
var prescriptionOptions = relyingparty.SignatureOptions{
	Format: relyingparty.FormatXAdES,
	XAdES:  &relyingparty.XAdESOptions{Form: relyingparty.XAdESEnveloping, Dialect: relyingparty.XAdESERecete},
}

func kindOf(name string) (kind, bool) {
	for _, k := range kinds {
		if k.Name == name {
			return k, true
		}
	}
	return kind{}, false
}

func contract() []relyingparty.Document {
	pdf := newPDF("Deneme sözleşmesi", "Bu sözleşmeyi okudum, kabul ediyorum.", "İşlem: "+rand.Text())
	return []relyingparty.Document{{Name: "sozlesme.pdf", MediaType: relyingparty.MediaTypePDF, Base64: pdf}}
}

// The samples are synthetic, and have the word ISLEM where the number of an act belongs.
var (
	//go:embed samples/fatura.xml
	invoiceXML string
	//go:embed samples/recete.xml
	prescriptionXML string
	//go:embed samples/yazi.eyp
	letterPackage []byte
)

func invoice() []relyingparty.Document {
	return []relyingparty.Document{newXML("fatura.xml", invoiceXML)}
}

func prescriptions(n int) (all []relyingparty.Document) {
	for i := range n {
		all = append(all, newXML(fmt.Sprintf("recete-%03d.xml", i+1), prescriptionXML))
	}
	return all
}

func newXML(name, sample string) relyingparty.Document {
	return relyingparty.Document{Name: name, MediaType: relyingparty.MediaTypeXML, Base64: []byte(strings.ReplaceAll(sample, "ISLEM", rand.Text()))}
}

// letter is a package as an institution's document system makes it.
func letter() []relyingparty.Document {
	return []relyingparty.Document{{Name: "yazi.eyp", MediaType: relyingparty.MediaTypeEYP, Base64: letterPackage}}
}

func folder() []relyingparty.Document {
	return append(contract(),
		relyingparty.Document{Name: "dilekce.txt", Data: "Başvurumun kabulünü dilerim.\nİşlem: " + rand.Text() + "\n"},
		relyingparty.Document{Name: "ekler/liste.csv", MediaType: "text/csv", Base64: []byte("no;ad\n1;Sözleşme\n2;Dilekçe\n")},
	)
}

func message() []relyingparty.Document {
	return []relyingparty.Document{{Name: "bildirim.json", MediaType: "application/json", Base64: fmt.Appendf(nil, `{"konu":"Adres değişikliği","islem":%q}`, rand.Text())}}
}

// largeSize is the size of the large file, in bytes.
var largeSize int64 = 500_000_000

// large is a file that the page fetches by itself. This one has the same line again and again, and lies nowhere.
func large() []relyingparty.Document {
	lines := repeated([]byte("Kayıt " + rand.Text() + "\n"))
	content := io.NewSectionReader(lines, 0, min(largeSize, relyingparty.MaxRequest))
	return []relyingparty.Document{{Name: "kayitlar.bin", MediaType: "application/octet-stream", Content: content}}
}

// repeated reads as itself without an end.
type repeated []byte

// ReadAt is that of io.ReaderAt.
func (r repeated) ReadAt(b []byte, offset int64) (int, error) {
	at := int(offset % int64(len(r)))
	n := copy(b, bytes.Repeat(r, (at+len(b))/len(r)+1)[at:])
	return n, nil
}
