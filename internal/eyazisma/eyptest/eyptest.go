// Package eyptest makes packages of e-Yazışma with invented people, good ones and such as must be refused, for tests. It shares no
// code with what reads them.
package eyptest

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"fmt"
	"strings"
	"testing"
)

// ID is the identifier of every package's document.
const ID = "B586D8E7-ADE1-4B08-B2B8-57250B22F8DC"

// Names of parts, as entries of the archive.
const (
	Letter   = "UstYazi/ustyazi.pdf"
	Metadata = "Ustveri/Ustveri.xml"
	Annex1   = "Ekler/ek1.pdf"
	Annex2   = "Ekler/ek2.pdf"
	Unsigned = "ImzasizEkler/ek3.pdf"
	Core     = "package/services/metadata/core-properties/1ab86e62.psmdcp"
	Types    = "[Content_Types].xml"
	Root     = "_rels/.rels"
	Final    = "NihaiUstveri/NihaiUstveri.xml"
	Targets  = "BelgeHedef/BelgeHedef.xml" // 1.x
	Signers  = "Imzalar/BelgeImza.xml"     // 1.x
)

// Lists and their signatures, in the order of who signs: initials, signature, seal.
var (
	Lists      = [3]string{"ParafOzeti/ParafOzeti.xml", "PaketOzeti/PaketOzeti.xml", "NihaiOzet/NihaiOzet.xml"}
	Signatures = [3]string{"Paraflar/ParafImzaCades.imz", "Imzalar/ImzaCades.imz", "Muhur/MuhurCades.imz"}

	roots     = [3]string{"ParafOzeti", "PaketOzeti", "NihaiOzet"}
	relations = [3]string{"parafozeti", "PaketOzeti", "nihaiozet"}
	imz       = [3]string{"parafimzacades", "imzacades", "muhurcades"}
)

// Package is a package in the making.
type Package struct {
	Version string
	Names   []string // in the order of the archive
	Parts   map[string]string
	// Relations are the root's: a line each, of type, target and identifier.
	Relations []string
}

const relation = "http://eyazisma.dpt/iliskiler/"

// New returns a package with letter, metadata and attachments: two that are signed, and one that is not. version is "2.0" or "1.3".
func New(version string) *Package {
	p := &Package{Version: version, Parts: map[string]string{}}
	p.Set(Letter, "%PDF-1.7 Sayın Ayşe Yılmaz,")
	p.Set(Annex1, "%PDF-1.7 ek 1")
	p.Set(Annex2, "%PDF-1.7 ek 2")
	p.Set(Unsigned, "%PDF-1.7 ek 3")
	p.Set(Core, "\ufeff"+`<?xml version="1.0" encoding="utf-8"?><coreProperties xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns="http://schemas.openxmlformats.org/package/2006/metadata/core-properties"><dc:identifier>`+ID+
		`</dc:identifier><category>RESMIYAZISMA</category><contentType>application/eyazisma</contentType><version>`+version+`</version></coreProperties>`)
	p.Set(Types, "\ufeff"+`<?xml version="1.0" encoding="utf-8"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="pdf" ContentType="application/pdf" /><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml" /><Default Extension="psmdcp" ContentType="application/vnd.openxmlformats-package.core-properties+xml" /><Default Extension="xml" ContentType="application/xml" /></Types>`)
	p.Relations = []string{
		relation + "ustyazi /" + Letter + " IdUstYazi", relation + "ek /" + Annex1 + " IdEk_1A", relation + "ek /" + Annex2 + " IdEk_2A",
		relation + "imzasizEk /" + Unsigned + " IdImzasizEk_3A",
		"http://schemas.openxmlformats.org/package/2006/relationships/metadata/core-properties /" + Core + " R1",
	}
	p.add(Metadata, "ustveri", metadata(p.schema()))
	if !p.second() {
		p.add(Targets, "belgehedef", `<BelgeHedef xmlns="urn:dpt:eyazisma:schema:xsd:BelgeHedef-1"/>`)
	}
	return p
}

func metadata(version string) string {
	root := map[string]string{"2": "UstVeri", "1": "Ustveri"}[version]
	attachment := func(n int, signed bool) string {
		return fmt.Sprintf(`<t:Ek><t:Id Value="%dA" EYazismaIdMi="false"/><t:Tur>DED</t:Tur><t:DosyaAdi>ek%d.pdf</t:DosyaAdi><t:Ad>Ek %d</t:Ad><t:SiraNo>%d</t:SiraNo><t:ImzaliMi>%t</t:ImzaliMi></t:Ek>`, n, n, n, n, signed)
	}
	return `<` + root + ` xmlns:t="urn:dpt:eyazisma:schema:xsd:Tipler-` + version + `" xmlns="urn:dpt:eyazisma:schema:xsd:Ustveri-` + version + `">` +
		`<t:BelgeId>` + ID + `</t:BelgeId><t:Konu>Kurum içi görevlendirme</t:Konu><t:GuvenlikKodu>YOK</t:GuvenlikKodu>` +
		`<t:DagitimListesi><t:Dagitim><t:GercekSahis><t:Kisi><t:IlkAdi>Ayşe</t:IlkAdi><t:Soyadi>Yılmaz</t:Soyadi></t:Kisi><t:TCKN>10000000146</t:TCKN></t:GercekSahis><t:Ivedilik>NRM</t:Ivedilik><t:DagitimTuru>GRG</t:DagitimTuru></t:Dagitim>` +
		`<t:Dagitim><t:KurumKurulus><t:KKK>00000000</t:KKK><t:Adi>Deneme Kurumu</t:Adi></t:KurumKurulus><t:Ivedilik>ACL</t:Ivedilik><t:DagitimTuru>BLG</t:DagitimTuru></t:Dagitim></t:DagitimListesi>` +
		`<t:Ekler>` + attachment(1, true) + attachment(2, true) + attachment(3, false) + `<t:Ek><t:Id Value="4A"/><t:Tur>HRF</t:Tur><t:Ad>Yönetmelik</t:Ad><t:SiraNo>4</t:SiraNo><t:Referans>https://example.test/yonetmelik</t:Referans></t:Ek></t:Ekler>` +
		`<t:Ilgiler><t:Ilgi><t:Id Value="5A"/><t:BelgeNo>E-1</t:BelgeNo><t:Tarih>2026-11-01T00:00:00Z</t:Tarih><t:Etiket>a</t:Etiket><t:Ad>Yazı</t:Ad></t:Ilgi></t:Ilgiler>` +
		`<t:Olusturan><t:KurumKurulus><t:KKK>00000000</t:KKK><t:Adi>Deneme Kurumu</t:Adi></t:KurumKurulus></t:Olusturan></` + root + `>`
}

func (p *Package) second() bool   { return strings.HasPrefix(p.Version, "2") }
func (p *Package) schema() string { return p.Version[:1] }

// Set adds a part, or gives one another content.
func (p *Package) Set(name, content string) {
	if _, there := p.Parts[name]; !there {
		p.Names = append(p.Names, name)
	}
	p.Parts[name] = content
}

// Drop takes a part away, and nothing that names it.
func (p *Package) Drop(name string) {
	for i, n := range p.Names {
		if n == name {
			p.Names = append(p.Names[:i:i], p.Names[i+1:]...)
		}
	}
	delete(p.Parts, name)
}

// Edit replaces text in a part. It is an error of the test where the text is not there.
func (p *Package) Edit(t testing.TB, name, old, replacement string) {
	t.Helper()
	if !strings.Contains(p.Parts[name], old) {
		t.Fatalf("%s does not contain %q", name, old)
	}
	p.Parts[name] = strings.ReplaceAll(p.Parts[name], old, replacement)
}

// Relate adds a relationship of the package.
func (p *Package) Relate(kind, target, id string) {
	p.Relations = append(p.Relations, relation+kind+" "+target+" "+id)
}

func (p *Package) add(name, kind, content string) {
	p.Set(name, content)
	p.Relate(kind, "/"+name, "Id"+kind)
}

// AddList adds the list of a role (0: initials, 1: signature, 2: seal) over what is there and belongs in it.
func (p *Package) AddList(role int) {
	var b strings.Builder
	fmt.Fprintf(&b, `<?xml version="1.0" encoding="utf-8"?><%s Id="%s" xmlns="urn:dpt:eyazisma:schema:xsd:%s-%s">`, roots[role], ID, roots[role], p.schema())
	for _, name := range p.Names {
		belongs := role == 2 || role == 1 && name != Core && name != Final && name != Signers || role == 0 && (name == Letter || name == Metadata || strings.HasPrefix(name, "Ekler/"))
		if belongs && name != Unsigned && name != Types && !strings.Contains(name, "_rels/") {
			b.WriteString(p.Reference(name))
		}
	}
	fmt.Fprintf(&b, `</%s>`, roots[role])
	p.add(Lists[role], relations[role], b.String())
}

// Reference writes a list's reference to a part.
func (p *Package) Reference(name string) string {
	data := []byte(p.Parts[name])
	item := func(algorithm string, digest []byte) string {
		return `<DigestMethod Algorithm="http://www.w3.org/2001/04/` + algorithm + `"/><DigestValue>` + base64.StdEncoding.EncodeToString(digest) + `</DigestValue>`
	}
	one, two, three := sha256.Sum256(data), sha512.Sum384(data), sha512.Sum512(data)
	digests := item("xmlenc#sha256", one[:])
	if p.second() {
		digests = `<DigestItem>` + item("xmldsig-more#sha384", two[:]) + `</DigestItem><DigestItem>` + item("xmlenc#sha512", three[:]) + `</DigestItem>`
	}
	return `<Reference URI="/` + name + `" Type="http://eyazisma.dpt/bilesen#dahili" xmlns="urn:dpt:eyazisma:schema:xsd:PaketOzeti-` + p.schema() + `">` + digests + `</Reference>`
}

// AddSignature adds the signature over a role's list.
func (p *Package) AddSignature(role int, signature string) {
	name := Signatures[role]
	if role == 2 && !p.second() {
		name = "Muhurler/MuhurCades.imz"
	}
	p.Set(name, signature)
	folder, file, _ := strings.Cut(Lists[role], "/")
	p.Set(folder+"/_rels/"+file+".rels", `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Type="`+relation+imz[role]+`" Target="../`+name+`" Id="Id`+imz[role]+`"/></Relationships>`)
	if !strings.Contains(p.Parts[Types], `"imz"`) {
		p.Parts[Types] = strings.Replace(p.Parts[Types], "</Types>", `<Default Extension="imz" ContentType="application/octet-stream" /></Types>`, 1)
	}
}

// AddFinalMetadata adds number, date and signers.
func (p *Package) AddFinalMetadata() {
	signer := `<t:Imza><t:Imzalayan><t:Kisi><t:IlkAdi>Ayşe</t:IlkAdi><t:Soyadi>Yılmaz</t:Soyadi></t:Kisi><t:Gorev>Daire Başkanı</t:Gorev></t:Imzalayan><t:Tarih>2026-11-29T12:00:00Z</t:Tarih></t:Imza>`
	if p.second() {
		p.add(Final, "nihaiustveri", `<NihaiUstVeri xmlns:t="urn:dpt:eyazisma:schema:xsd:Tipler-2" xmlns="urn:dpt:eyazisma:schema:xsd:NihaiUstveri-2"><t:Tarih>2026-11-29T12:00:00Z</t:Tarih><t:BelgeNo>E-00000000-702.03-1</t:BelgeNo><t:BelgeImzalar>`+signer+`</t:BelgeImzalar></NihaiUstVeri>`)
		return
	}
	p.add(Signers, "belgeimza", `<BelgeImza xmlns:t="urn:dpt:eyazisma:schema:xsd:Tipler-1" xmlns="urn:dpt:eyazisma:schema:xsd:BelgeImza-1"><t:ImzaListesi>`+signer+`</t:ImzaListesi></BelgeImza>`)
}

// Finished returns a package with all lists, and placeholders for signatures.
func Finished(version string) *Package {
	p := New(version)
	for role := range 3 {
		if role == 0 && !p.second() {
			continue // 1.x knows no initials
		}
		if role == 2 {
			p.AddFinalMetadata()
		}
		p.AddList(role)
		p.AddSignature(role, "imza")
	}
	return p
}

// Archive writes the package.
func (p *Package) Archive(t testing.TB) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	write := func(name, content string) {
		f, err := w.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.Write([]byte(content)); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range p.Names {
		write(name, p.Parts[name])
	}
	if _, own := p.Parts[Root]; !own {
		write(Root, p.root())
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// root writes the package's relationships.
func (p *Package) root() string {
	var b strings.Builder
	b.WriteString("\ufeff" + `<?xml version="1.0" encoding="utf-8"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">`)
	for _, line := range p.Relations {
		f := strings.Fields(line)
		fmt.Fprintf(&b, `<Relationship Type="%s" Target="%s" Id="%s" />`, f[0], f[1], f[2])
	}
	b.WriteString(`</Relationships>`)
	return b.String()
}
