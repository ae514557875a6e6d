package eyazisma

import (
	"net/url"
	"path"
	"strings"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/xmltree"
	"github.com/e-onay/e-onay/internal/zipfile"
)

// Namespaces and names of the Open Packaging Conventions (ECMA-376 part 2, 4th edition, annex E).
const (
	namespaceContentTypes  = "http://schemas.openxmlformats.org/package/2006/content-types"
	namespaceRelationships = "http://schemas.openxmlformats.org/package/2006/relationships"
	namespaceCore          = "http://schemas.openxmlformats.org/package/2006/metadata/core-properties"
	relationCore           = "http://schemas.openxmlformats.org/package/2006/relationships/metadata/core-properties"

	nameContentTypes = "[Content_Types].xml" // an entry of the archive
)

// relationshipsOf returns the entry of the archive that has the relationships of a part, or of the package for "".
func relationshipsOf(part string) string {
	folder, file := path.Split(strings.TrimPrefix(part, "/"))
	return folder + "_rels/" + file + ".rels"
}

// relationship says what the part target is to the part that it is a relationship of.
type relationship struct {
	id, kind string
	target   string // name of a part
}

// readParts makes the table of parts, with their content types.
func (r *reader) readParts() error {
	types, err := r.contentTypes()
	if err != nil {
		return err
	}
	isRelationships := map[string]bool{relationshipsOf(""): true}
	for role := range lists {
		isRelationships[relationshipsOf(lists[role].name)] = true
	}
	var names []string
	for _, e := range r.archive.Entries {
		if e.IsFolder() || e.Name == nameContentTypes || isRelationships[e.Name] {
			continue
		}
		name, err := decodeName(e.Name)
		if err != nil {
			return malformed("part %.100q: %w", e.Name, err)
		}
		names = append(names, name)
		part := &Part{Name: "/" + name, Size: e.Size, entry: e}
		if part.MediaType = types.of(name); part.MediaType == "" {
			r.problem(fault.PackageMalformed, part.Name, "it has no content type")
		}
		r.parts[part.Name] = part
		r.out.Parts = append(r.out.Parts, part)
	}
	if len(names) > MaxParts {
		return malformed("%d parts, over the limit of %d", len(names), MaxParts)
	}
	return zipfile.CheckNames(names)
}

// contentTypes are those of parts by name and by extension, in lower case.
type contentTypes struct{ overrides, defaults map[string]string }

func (c contentTypes) of(name string) string {
	if t, ok := c.overrides["/"+strings.ToLower(name)]; ok {
		return t
	}
	return c.defaults[strings.ToLower(strings.TrimPrefix(path.Ext(name), "."))]
}

// contentTypes reads [Content_Types].xml (7.2.3).
func (r *reader) contentTypes() (out contentTypes, err error) {
	out = contentTypes{map[string]string{}, map[string]string{}}
	root, err := r.readEntry(r.archive.Lookup(nameContentTypes), namespaceContentTypes, "Types")
	if err != nil {
		return out, err
	}
	for _, e := range root.Elements() {
		table, key := out.defaults, "Extension"
		if e.Is(namespaceContentTypes, "Override") {
			table, key = out.overrides, "PartName"
		} else if !e.Is(namespaceContentTypes, "Default") {
			return out, malformed("content types have an element that is neither Default nor Override")
		}
		name, _ := e.Attribute(key)
		value, _ := e.Attribute("ContentType")
		name = strings.ToLower(name)
		if key == "PartName" {
			decoded, err := decodeName(strings.TrimPrefix(name, "/"))
			if err != nil {
				return out, malformed("content type of %.100q: %w", name, err)
			}
			name = "/" + decoded
		}
		if _, twice := table[name]; twice || name == "" || value == "" {
			return out, malformed("content type of %.100q, twice or of nothing", name)
		}
		table[name] = value
	}
	return out, nil
}

// readRelationships reads the relationships of a part, or of the package for "" (7.3). A part may have none.
func (r *reader) readRelationships(source string) ([]relationship, error) {
	entry := r.archive.Lookup(relationshipsOf(source))
	if entry == nil && source != "" {
		return nil, nil
	}
	root, err := r.readEntry(entry, namespaceRelationships, "Relationships")
	if err != nil {
		return nil, err
	}
	ids := map[string]bool{}
	var out []relationship
	for _, e := range root.Elements() {
		id, _ := e.Attribute("Id")
		kind, _ := e.Attribute("Type")
		target, _ := e.Attribute("Target")
		mode, isMode := e.Attribute("TargetMode")
		if !e.Is(namespaceRelationships, "Relationship") || id == "" || kind == "" || ids[id] {
			return nil, malformed("a relationship of %.100q without its own identifier or type", source)
		}
		ids[id] = true
		if isMode && mode != "Internal" {
			return nil, malformed("a relationship of %.100q to something outside", source)
		}
		name, err := resolve(source, target)
		if err != nil {
			return nil, malformed("a relationship of %.100q: %w", source, err)
		}
		out = append(out, relationship{id, kind, name})
	}
	return out, nil
}

// resolve returns the name of the part that a reference means from the part source (6.3.2).
func resolve(source, reference string) (string, error) {
	absolute, isAbsolute := strings.CutPrefix(reference, "/")
	if !isAbsolute {
		below := strings.TrimLeft(reference, "./") // what follows the steps up
		if below != path.Clean(below) {
			return "", malformed("reference %.100q", reference)
		}
		absolute = path.Join(strings.TrimPrefix(path.Dir(source), "/"), reference)
	}
	name, err := decodeName(absolute)
	return "/" + name, err
}

// decodeName returns the name that a reference without its first slash means. Percent-encoding is taken off once.
func decodeName(reference string) (string, error) {
	if strings.ContainsAny(reference, "?#") {
		return "", malformed("reference %.100q is not to a part", reference)
	}
	name, err := url.PathUnescape(reference)
	if err != nil {
		return "", malformed("reference %.100q: %w", reference, err)
	}
	if strings.HasSuffix(name, "/") {
		return "", malformed("reference %.100q is to a folder", reference)
	}
	return name, zipfile.CheckName(name)
}

// readEntry reads XML with this root.
func (r *reader) readEntry(e *zipfile.Entry, space, local string) (*xmltree.Node, error) {
	if e == nil {
		return nil, malformed("no %s", local)
	}
	data, err := e.ReadAll(maxXML)
	if err != nil {
		return nil, err
	}
	document, err := xmltree.Parse(data)
	if err != nil {
		return nil, malformed("%.100q: %w", e.Name, err)
	}
	if !document.Root.Is(space, local) {
		return nil, malformed("%.100q: the root is not %s", e.Name, local)
	}
	return document.Root, nil
}

// malformed returns an error with fault.PackageMalformed.
func malformed(format string, args ...any) error {
	return fault.Errorf(fault.PackageMalformed, "e-Yazışma: "+format, args...)
}
