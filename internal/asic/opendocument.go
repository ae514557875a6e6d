package asic

import (
	"bytes"
	"fmt"

	"github.com/e-onay/e-onay/internal/xmltree"
)

// namespaceOpenDocument is that of META-INF/manifest.xml (OpenDocument 1.2 part 3, 4.2).
const namespaceOpenDocument = "urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"

// writeOpenDocument writes the list of files that readers of ASiC-E with XAdES look for. Nobody signs it.
func writeOpenDocument(members []member) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<manifest:manifest xmlns:manifest=%q manifest:version=\"1.2\">\n", namespaceOpenDocument)
	entry := func(name, mediaType string) {
		fmt.Fprintf(&b, "<manifest:file-entry manifest:full-path=\"%s\" manifest:media-type=\"%s\"/>\n", escapeText(name), escapeText(mediaType))
	}
	entry("/", MediaTypeE)
	for _, m := range members {
		mediaType := m.mediaType
		if mediaType == "" {
			mediaType = "application/octet-stream"
		}
		entry(m.name, mediaType)
	}
	b.WriteString("</manifest:manifest>\n")
	return b.Bytes()
}

// checkOpenDocument compares the list of files, where there is one, with the files.
func (c *container) checkOpenDocument() error {
	if c.openDocument == nil {
		return nil
	}
	data, err := c.openDocument.ReadAll(maxManifest)
	if err != nil {
		return err
	}
	document, err := xmltree.Parse(data)
	if err != nil {
		return malformed("%s: %w", nameManifest, err)
	}
	if !document.Root.Is(namespaceOpenDocument, "manifest") {
		return malformed("%s: the root is another element", nameManifest)
	}
	files := map[string]bool{"/": true}
	for _, e := range c.files {
		files[e.Name] = true
	}
	for _, e := range document.Root.Elements() {
		name := attribute(e, namespaceOpenDocument, "full-path")
		if !e.Is(namespaceOpenDocument, "file-entry") || !files[name] {
			return malformed("%s: an entry %.100q, twice or of no file", nameManifest, name)
		}
		delete(files, name)
		c.mediaTypes[name] = attribute(e, namespaceOpenDocument, "media-type")
	}
	if delete(files, "/"); len(files) != 0 {
		return malformed("%s: %d files are left out", nameManifest, len(files))
	}
	return nil
}

func attribute(e *xmltree.Node, space, local string) string {
	for _, a := range e.Attributes {
		if a.Space == space && a.Local == local {
			return a.Value
		}
	}
	return ""
}
