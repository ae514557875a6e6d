package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	cdx "github.com/CycloneDX/cyclonedx-go"
)

const module = "github.com/e-onay/e-onay"

// font is the one file of others in the repository that programs carry.
const font = "internal/pades/font/NotoSans.ttf"

// inventory is a bill of materials in the making.
type inventory struct {
	r            *release
	licences     map[string]licence
	components   map[string]cdx.Component
	dependencies map[string][]string
}

// bill returns the bill of materials (CycloneDX 1.6, JSON): each program with the modules that are linked into it, as its
// bytes say, and what the extension carries of npm, with licences and digests.
func (r *release) bill(programs []string) ([]byte, error) {
	licences, err := readLicences()
	if err != nil {
		return nil, err
	}
	b := &inventory{r, licences, map[string]cdx.Component{}, map[string][]string{}}
	if len(programs) == 0 {
		return nil, errors.New("a bill of materials without a program")
	}
	for _, file := range programs {
		if err := b.addProgram(file); err != nil {
			return nil, err
		}
	}
	if err := b.addNPM("pdfjs-dist"); err != nil {
		return nil, err
	}
	if err := b.addFont(); err != nil {
		return nil, err
	}
	return b.encode()
}

// root is the product, which everything hangs on.
func (b *inventory) root() string { return "pkg:golang/" + module + "@v" + b.r.version }

// add puts a component under another; one that is there already is hung there too.
func (b *inventory) add(parent string, c cdx.Component) {
	b.components[c.BOMRef] = c
	if !slices.Contains(b.dependencies[parent], c.BOMRef) {
		b.dependencies[parent] = append(b.dependencies[parent], c.BOMRef)
	}
}

// addProgram adds a program, its modules and the standard library of its Go.
func (b *inventory) addProgram(file string) error {
	p, err := readProgram(file)
	if err != nil {
		return err
	}
	ref := p.name + "/" + p.system
	if _, twice := b.components[ref]; twice {
		return fmt.Errorf("two programs are %s", ref)
	}
	b.add(b.root(), cdx.Component{
		BOMRef: ref, Type: cdx.ComponentTypeApplication, Name: p.name, Version: b.r.version, Licenses: licensed("Apache-2.0"),
		Hashes:     &[]cdx.Hash{{Algorithm: cdx.HashAlgoSHA256, Value: p.sha256}},
		Properties: &[]cdx.Property{{Name: "e-onay:system", Value: p.system}},
	})
	compiler := p.version
	if compiler == "" {
		compiler = runtime.Version()
	}
	b.add(ref, library("pkg:golang/std@"+strings.TrimPrefix(compiler, "go"), "std", strings.TrimPrefix(compiler, "go"), "BSD-3-Clause"))
	var paths []string
	for _, m := range p.modules {
		paths = append(paths, m.Path)
	}
	dirs, err := moduleDirs(b.r.root, paths)
	if err != nil {
		return err
	}
	for _, m := range p.modules {
		if m.Sum == "" {
			return fmt.Errorf("%s: %s has no digest, as a module from a registry has", file, m.Path)
		}
		name, err := checkLicence(b.licences, m.Path, dirs[m.Path])
		if err != nil {
			return err
		}
		c := library("pkg:golang/"+m.Path+"@"+m.Version, m.Path, m.Version, name)
		c.Properties = &[]cdx.Property{{Name: "e-onay:go.sum", Value: m.Sum}}
		b.add(ref, c)
	}
	return nil
}

// addNPM adds a package of npm that the extension carries, with the digest of its archive and the licences of what is in it.
func (b *inventory) addNPM(name string) error {
	var lock struct {
		Packages map[string]struct{ Version, Integrity, License string }
	}
	data, err := os.ReadFile(filepath.Join(b.r.root, "package-lock.json"))
	if err != nil {
		return err
	}
	if err := json.Unmarshal(data, &lock); err != nil {
		return err
	}
	p := lock.Packages["node_modules/"+name]
	encoded, isSHA512 := strings.CutPrefix(p.Integrity, "sha512-")
	sum, err := base64.StdEncoding.DecodeString(encoded)
	if p.Version == "" || !isSHA512 || err != nil {
		return fmt.Errorf("package-lock.json: no %s with a version and a digest", name)
	}
	read, err := checkLicence(b.licences, "npm:"+name, filepath.Join(b.r.root, "node_modules", name))
	if err != nil {
		return err
	}
	c := library("pkg:npm/"+name+"@"+p.Version, name, p.Version, read)
	c.Hashes = &[]cdx.Hash{{Algorithm: cdx.HashAlgoSHA512, Value: fmt.Sprintf("%x", sum)}}
	b.add(b.root(), c)
	return nil
}

func (b *inventory) addFont() error {
	sum, err := digest(filepath.Join(b.r.root, font))
	if err != nil {
		return err
	}
	c := library("font/NotoSans", "Noto Sans Regular", "2.004", "OFL-1.1")
	c.PackageURL = ""
	c.Hashes = &[]cdx.Hash{{Algorithm: cdx.HashAlgoSHA256, Value: sum}}
	b.add(b.root(), c)
	return nil
}

func library(purl, name, version, licence string) cdx.Component {
	return cdx.Component{
		BOMRef: purl, Type: cdx.ComponentTypeLibrary, Name: name, Version: version, PackageURL: purl, Licenses: licensed(licence),
	}
}

// licensed writes one licence by its name, and several as an expression.
func licensed(spdx string) *cdx.Licenses {
	if strings.Contains(spdx, " ") {
		return &cdx.Licenses{{Expression: spdx}}
	}
	return &cdx.Licenses{{License: &cdx.License{ID: spdx}}}
}

// encode writes the bill, in one order, with the time of the commit and a serial number made of its content.
func (b *inventory) encode() ([]byte, error) {
	at, err := b.r.committed()
	if err != nil {
		return nil, err
	}
	bom := cdx.NewBOM()
	bom.Metadata = &cdx.Metadata{
		Timestamp:  at.Format(time.RFC3339),
		Lifecycles: &[]cdx.Lifecycle{{Phase: cdx.LifecyclePhaseBuild}},
		Component: &cdx.Component{
			BOMRef: b.root(), Type: cdx.ComponentTypeApplication, Name: "e-onay", Version: b.r.version,
			PackageURL: b.root(), Licenses: licensed("Apache-2.0"),
		},
	}
	components, dependencies := []cdx.Component{}, []cdx.Dependency{}
	for _, ref := range slices.Sorted(maps.Keys(b.components)) {
		components = append(components, b.components[ref])
	}
	for _, ref := range slices.Sorted(maps.Keys(b.dependencies)) {
		on := slices.Sorted(slices.Values(b.dependencies[ref]))
		dependencies = append(dependencies, cdx.Dependency{Ref: ref, Dependencies: &on})
	}
	bom.Components, bom.Dependencies = &components, &dependencies
	text, err := encodeJSON(bom)
	if err != nil {
		return nil, err
	}
	bom.SerialNumber = serial(text)
	return encodeJSON(bom)
}

func encodeJSON(bom *cdx.BOM) ([]byte, error) {
	var out bytes.Buffer
	err := cdx.NewBOMEncoder(&out, cdx.BOMFileFormatJSON).SetPretty(true).SetEscapeHTML(false).EncodeVersion(bom, cdx.SpecVersion1_6)
	return out.Bytes(), err
}

// serial returns a UUID of content (RFC 9562, version 8): the same bill has the same.
func serial(content []byte) string {
	sum := sha256.Sum256(content)
	sum[6], sum[8] = sum[6]&0x0f|0x80, sum[8]&0x3f|0x80
	return fmt.Sprintf("urn:uuid:%x-%x-%x-%x-%x", sum[:4], sum[4:6], sum[6:8], sum[8:10], sum[10:16])
}
