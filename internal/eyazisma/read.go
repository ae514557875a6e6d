package eyazisma

import (
	"fmt"
	"io"
	"strings"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/zipfile"
)

// kinds of relationships, after relationPrefix.
const (
	relationPrefix = "http://eyazisma.dpt/iliskiler/"

	kindLetter        = "ustyazi"
	kindMetadata      = "ustveri"
	kindFinalMetadata = "nihaiustveri"
	kindTargets       = "belgehedef" // 1.x
	kindSigners       = "belgeimza"  // 1.x
	kindAttachment    = "ek"
	kindUnsigned      = "imzasizEk"
	kindEncrypted     = "sifreliicerik"
)

// list says where the list of a role is, and the signature over it.
type list struct {
	relation, root, name                    string // of the list
	signatureRelation, id, signature, first string // of the signature; first is its name in 1.x, where that is another one
}

var lists = [3]list{
	Initial: {"parafozeti", "ParafOzeti", "/ParafOzeti/ParafOzeti.xml", "parafimzacades", "IdParafImzaCades", "/Paraflar/ParafImzaCades.imz", ""},
	Sign:    {"PaketOzeti", "PaketOzeti", "/PaketOzeti/PaketOzeti.xml", "imzacades", "IdImzaCades", "/Imzalar/ImzaCades.imz", ""},
	Seal:    {"nihaiozet", "NihaiOzet", "/NihaiOzet/NihaiOzet.xml", "muhurcades", "IdMuhurCades", "/Muhur/MuhurCades.imz", "/Muhurler/MuhurCades.imz"},
}

// reader is a package while it is read.
type reader struct {
	archive *zipfile.Reader
	out     *Package
	parts   map[string]*Part
	kinds   map[*Part]string // what a relationship says that a part is
	single  map[string]*Part // by kind, of those that are there once
	ids     map[*Part]string // of its relationship
}

// Read reads a package of size bytes, every part of it to its end. The error carries fault.ContainerMalformed,
// fault.PackageMalformed or fault.PackageUnsupported.
func Read(file io.ReaderAt, size int64) (*Package, error) {
	archive, err := zipfile.Open(file, size)
	if err != nil {
		return nil, err
	}
	r := &reader{
		archive: archive, out: &Package{archive: archive},
		parts: map[string]*Part{}, kinds: map[*Part]string{}, single: map[string]*Part{}, ids: map[*Part]string{},
	}
	if err := r.readParts(); err != nil {
		return nil, err
	}
	if err := r.readRoot(); err != nil {
		return nil, err
	}
	if err := r.readCore(); err != nil {
		return nil, err
	}
	for _, role := range order {
		if err := r.readList(role); err != nil {
			return nil, err
		}
	}
	r.readMetadata()
	r.checkDigests()
	r.checkLists()
	r.checkKnown()
	r.findMissing()
	return r.out, nil
}

// problem notes what is wrong.
func (r *reader) problem(code fault.Code, part, format string, args ...any) {
	if len(r.out.Problems) < maxProblems {
		r.out.Problems = append(r.out.Problems, Problem{code, part, fmt.Sprintf(format, args...)})
	}
}

// problemOf notes an error that is about a part.
func (r *reader) problemOf(part string, err error) {
	if err != nil {
		r.problem(fault.CodeOf(err), part, "%v", err)
	}
}

// readRoot reads the package's own relationships: which part is the letter, and so on.
func (r *reader) readRoot() error {
	relationships, err := r.readRelationships("")
	if err != nil {
		return err
	}
	for _, s := range relationships {
		kind, ours := strings.CutPrefix(s.kind, relationPrefix)
		switch {
		case kind == kindEncrypted:
			return fault.Errorf(fault.PackageUnsupported, "e-Yazışma: the package is encrypted")
		case s.kind == relationCore:
			kind = relationCore
		case !ours || folders[kind] == "":
			r.problem(fault.PackagePartExtra, s.target, "a relationship of the type %.100q", s.kind)
			continue
		}
		r.relate(s, kind)
	}
	if r.single[relationCore] == nil {
		return malformed("no core properties")
	}
	return nil
}

// folders are where the parts of a kind lie, or the whole name of the one there is. Some readers go by the name and
// some by the relationship, so both must say the same.
var folders = map[string]string{
	kindLetter:              "/UstYazi/",
	kindMetadata:            "/Ustveri/Ustveri.xml",
	kindFinalMetadata:       "/NihaiUstveri/NihaiUstveri.xml",
	kindTargets:             "/BelgeHedef/BelgeHedef.xml",
	kindSigners:             "/Imzalar/BelgeImza.xml",
	kindAttachment:          "/Ekler/",
	kindUnsigned:            "/ImzasizEkler/",
	relationCore:            "/",
	lists[Initial].relation: lists[Initial].name,
	lists[Sign].relation:    lists[Sign].name,
	lists[Seal].relation:    lists[Seal].name,
}

// relate notes that a part is of a kind.
func (r *reader) relate(s relationship, kind string) {
	part := r.parts[s.target]
	many := kind == kindAttachment || kind == kindUnsigned
	switch place := folders[kind]; {
	case part == nil:
		r.problem(fault.PackagePartMissing, s.target, "a relationship names it as %s, and it is not there", kind)
		return
	case s.target != place && !(strings.HasSuffix(place, "/") && strings.HasPrefix(s.target, place)):
		r.problem(fault.PackageMalformed, s.target, "it is %s, which belongs to %s", kind, place)
	case r.kinds[part] != "" || (!many && r.single[kind] != nil):
		r.problem(fault.PackageMalformed, s.target, "it is %s and %s, or another part is too", kind, r.kinds[part])
		return
	}
	r.kinds[part], r.ids[part] = kind, s.id
	if !many {
		r.single[kind] = part
	}
	if kind == kindLetter {
		r.out.Letter = part
	}
}

// readCore reads the core properties (ECMA-376 part 2, 10), which tell the version.
func (r *reader) readCore() error {
	part := r.single[relationCore]
	root, err := r.readEntry(part.entry, namespaceCore, "coreProperties")
	if err != nil {
		return err
	}
	const dublinCore = "http://purl.org/dc/elements/1.1/"
	f := fields{space: namespaceCore}
	category, contentType, version := f.text(root, "category"), f.text(root, "contentType"), f.text(root, "version")
	f.space = dublinCore
	r.out.ID = f.text(root, "identifier")
	switch {
	case f.err != nil:
		return f.err
	case category == "RESMIYAZISMA/SIFRELI":
		return fault.Errorf(fault.PackageUnsupported, "e-Yazışma: the package is encrypted")
	case category != "RESMIYAZISMA" || contentType != "application/eyazisma":
		return malformed("core properties of category %.40q, content type %.40q", category, contentType)
	case version == "2.0":
		r.out.second = true
	case !strings.HasPrefix(version, "1."):
		return fault.Errorf(fault.PackageUnsupported, "e-Yazışma: version %.40q", version)
	}
	r.out.Version = version
	return nil
}

// checkKnown finds parts that nothing says anything of: another reader may show them.
func (r *reader) checkKnown() {
	for _, part := range r.out.Parts {
		if r.kinds[part] == "" {
			r.problem(fault.PackagePartExtra, part.Name, "no relationship says what it is")
		}
	}
	for role, l := range lists {
		if r.out.Lists[role] == nil && r.archive.Lookup(relationshipsOf(l.name)) != nil {
			r.problem(fault.PackagePartExtra, "/"+relationshipsOf(l.name), "relationships of a part that is not there")
		}
	}
}

// findMissing notes what every package must have, and what one lacks that is not finished.
func (r *reader) findMissing() {
	if r.out.Letter == nil {
		r.problem(fault.PackageIncomplete, folders[kindLetter], "no letter")
	}
	if r.single[kindMetadata] == nil {
		r.problem(fault.PackageIncomplete, folders[kindMetadata], "no metadata")
	}
	missing := func(name string) {
		r.out.Missing = append(r.out.Missing, Problem{fault.PackageIncomplete, name, "the package is not finished"})
	}
	if r.out.second && r.single[kindFinalMetadata] == nil {
		missing(folders[kindFinalMetadata])
	}
	for _, role := range order {
		l := lists[role]
		// Nobody need initial a package; and in 1.x nobody need seal it.
		needed := role == Sign || (role == Seal && r.out.second)
		switch found := r.out.Lists[role]; {
		case found == nil && needed:
			missing(l.name)
		case found != nil && found.Signature == nil:
			missing(l.signature)
		}
	}
}
