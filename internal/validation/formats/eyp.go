package formats

import (
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/e-onay/e-onay/internal/eyazisma"
	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/validation"
	"github.com/e-onay/e-onay/internal/zipfile"
)

// maxList is the largest list of digests of a package of e-Yazışma, in bytes.
const maxList = 4 << 20

// Files of the lists, by which a package is told from other ZIPs.
var packageLists = []string{"PaketOzeti/PaketOzeti.xml", "ParafOzeti/ParafOzeti.xml", "NihaiOzet/NihaiOzet.xml"}

// isPackage reports whether a ZIP is a package of e-Yazışma.
func isPackage(archive *zipfile.Reader) bool {
	if archive.Lookup("[Content_Types].xml") == nil {
		return false
	}
	for _, name := range packageLists {
		if archive.Lookup(name) != nil {
			return true
		}
	}
	return false
}

// readPackage reads the initials, signatures and seals of a package of e-Yazışma, in the order in which people sign: each is CAdES over
// a list of digests (internal/eyazisma). Parts are the files in the list; those of them that the package lacks or has changed make the
// signature fail. Whatever else is wrong with the package makes all of them indeterminate: programs could show other files than
// were signed.
func (c *container) readPackage(file io.ReaderAt, size int64) error {
	p, err := eyazisma.Read(file, size)
	if err != nil {
		return err
	}
	c.files, c.shown, c.places = nil, nil, map[string]int{}
	for _, part := range p.Parts {
		if name := strings.TrimPrefix(part.Name, "/"); !isMachinery(part) {
			c.show(name)
		}
	}
	wrong := structure(p)
	for _, role := range []eyazisma.Role{eyazisma.Initial, eyazisma.Sign, eyazisma.Seal} {
		l := p.Lists[role]
		if l == nil || l.Signature == nil {
			continue
		}
		list, err := l.Part.ReadAll(maxList)
		if err != nil {
			return err
		}
		data, err := l.Signature.ReadAll(maxSignatureFile)
		if err != nil {
			return err
		}
		before := len(c.signatures)
		c.readCAdES(strings.TrimPrefix(l.Signature.Name, "/"), data, newDigests(int64(len(list)), bytesReader(list)), c.listed(l))
		for _, s := range c.signatures[before:] {
			outweigh(s, wrong)
		}
	}
	if len(c.signatures) == 0 {
		return fault.Errorf(fault.Unsupported, "e-Yazışma: a package without signatures")
	}
	return nil
}

// isMachinery reports whether a part is there for the signatures: lists, signatures, and what is added between them. What the
// person wrote and attached is everything else.
func isMachinery(p *eyazisma.Part) bool {
	folder, _, _ := strings.Cut(strings.TrimPrefix(p.Name, "/"), "/")
	switch folder {
	case "PaketOzeti", "ParafOzeti", "NihaiOzet", "Imzalar", "Paraflar", "Muhur", "Muhurler", "NihaiUstveri":
		return true
	}
	return p.MediaType == "application/vnd.openxmlformats-package.core-properties+xml"
}

// listed are the files in a list, with all digests that it has of each. What is outside of the package has none that can be checked.
func (c *container) listed(l *eyazisma.List) (parts []part) {
	for _, r := range l.References {
		name := strings.TrimPrefix(r.URI, "/")
		var content *digests
		if r.Part != nil {
			name = strings.TrimPrefix(r.Part.Name, "/")
			if content = c.contents[name]; content == nil {
				content = c.share(name, r.Part.Size, r.Part.Open)
			}
		}
		for _, algorithm := range slices.Sorted(maps.Keys(r.Digests)) {
			parts = append(parts, part{name: name, content: content, algorithm: algorithm, hash: digestMethods[algorithm], digest: r.Digests[algorithm], isOutside: r.Outside})
		}
	}
	compute(parts)
	return parts
}

// structure says what is wrong with a package beside files that a list names: the signature over that list says so.
func structure(p *eyazisma.Package) validation.Conclusion {
	named := map[string]bool{}
	for _, l := range p.Lists {
		if l != nil {
			for _, r := range l.References {
				named[r.URI] = named[r.URI] || r.Part == nil
			}
		}
	}
	result := validation.Pass()
	for _, problem := range p.Problems {
		isListed := problem.Code == fault.PackagePartChanged || problem.Code == fault.PackagePartMissing && named[problem.Part]
		if !isListed {
			result = worst(result, validation.Indetermined(validation.SigConstraintsFailure,
				validation.Reason{Code: validation.ReasonContainerWrong, Subject: shown(strings.TrimPrefix(problem.Part, "/")), Detail: shown(problem.Reason)}))
		}
	}
	return result
}
