package formats

import (
	"bytes"
	"slices"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/validation"
	"github.com/e-onay/e-onay/internal/zipfile"
)

// readASiC reads the signatures of an Associated Signature Container (EN 319 162-1), ASiC-S or ASiC-E, or of an OpenDocument file:
// CAdES over a manifest of files or over the only file, XAdES over files, and time stamps over manifests. A time stamp whose manifest
// lists signatures proves what it lists.
func (c *container) readASiC() error {
	var cades, xades, stamps []*zipfile.Entry
	for _, e := range c.archive.Entries {
		switch {
		case e.IsFolder():
		case isNamed(e.Name, ".p7s", "signature"):
			cades = append(cades, e)
		case isNamed(e.Name, ".xml", "signatures"):
			xades = append(xades, e)
		case isNamed(e.Name, ".tst", "timestamp"):
			stamps = append(stamps, e)
		}
	}
	switch {
	case len(cades)+len(xades)+len(stamps) == 0:
		return fault.Errorf(fault.Unsupported, "a ZIP without signatures")
	case len(cades)+len(xades) > maxSignatureFiles, len(stamps) > validation.MaxTimeStamps, len(c.files) > maxFiles:
		return fault.Errorf(fault.ContainerMalformed, "%d files, %d of signatures and %d of time stamps: too many", len(c.files), len(cades)+len(xades), len(stamps))
	}
	manifests, err := c.readManifests()
	if err != nil {
		return err
	}
	for _, e := range cades {
		content, parts := c.signedBy(e.Name, manifests)
		data, err := c.hold(e)
		if err != nil {
			return err
		}
		c.readCAdES(e.Name, data, content, parts)
	}
	for _, e := range xades {
		if err := c.readXML(e); err != nil {
			return err
		}
	}
	if err := c.readStamps(stamps, manifests); err != nil {
		return err
	}
	return c.readRecords(manifests)
}

// signedBy finds what a signature or a time stamp is over: the manifest that names it, with the files in that, or the only file of the
// container. Where several manifests name it, or there are several files, the container does not say.
func (c *container) signedBy(file string, manifests []*asicManifest) (*digests, []part) {
	var by []*asicManifest
	for _, m := range manifests {
		if m.signature == file {
			by = append(by, m)
		}
	}
	switch {
	case len(by) == 1:
		return newDigests(int64(len(by[0].data)), bytesReader(by[0].data)), by[0].parts
	case len(by) == 0 && len(c.files) == 1:
		content := c.content(c.files[0])
		return content, []part{{name: c.files[0], content: content}}
	}
	return nil, nil
}

// readXML reads a file of XAdES signatures, which name the files of the container by their whole paths. A file that cannot be
// parsed becomes a malformed signature, so that the others are judged. The error is that of reading.
func (c *container) readXML(e *zipfile.Entry) error {
	data, err := c.hold(e)
	if err != nil {
		return err
	}
	var documents []Document
	named := map[string]string{} // files by their names as they are shown
	for _, other := range c.archive.Entries {
		if content := c.content(other.Name); content != nil && other != e {
			documents = append(documents, Document{Name: other.Name, Content: Content{Size: other.Size}, shared: content})
			named[shown(other.Name)] = other.Name
		}
	}
	all, err := readXAdES(Content{bytes.NewReader(data), int64(len(data))}, documents, c.work)
	switch {
	case err != nil && fault.CodeOf(err) == fault.Internal:
		return err
	case err != nil:
		broken := &validation.Signature{Format: "XAdES", Covers: validation.Coverage{Content: "container", Size: -1}}
		malformed(broken, shown(e.Name), err)
		all = []*validation.Signature{broken}
	}
	for _, s := range all {
		c.coverByNames(s, named)
		c.keep(e.Name, s)
	}
	return nil
}

// coverByNames says which files of the container a XAdES signature covers, of those that its parts name.
func (c *container) coverByNames(s *validation.Signature, named map[string]string) {
	covered := map[string]bool{}
	var parts []part
	for _, p := range s.Covers.Parts {
		if name, ok := named[p.Name]; ok && !covered[name] {
			covered[name] = true
			parts = append(parts, part{name: name, content: c.content(name)})
			c.covers[s] = append(c.covers[s], name)
		}
	}
	outweigh(s, judgeParts(parts))
	s.Covers.Uncovered = append(s.Covers.Uncovered, c.uncovered(covered)...)
	if s.Covers.Content == "detached" {
		s.Covers.Content = "container"
	}
}

// readStamps reads the time stamps of a container. One over a manifest that lists a signature, the files that it covers and their
// manifest is an archive time stamp of it (EN 319 162-1, 4.4.4). One that lists no signature is told as what it is.
func (c *container) readStamps(entries []*zipfile.Entry, manifests []*asicManifest) error {
	for _, e := range entries {
		data, err := c.hold(e)
		if err != nil {
			return err
		}
		c.tokens[e.Name] = readToken(data)
	}
	for _, e := range entries {
		if c.stamps++; c.stamps > validation.MaxAllTimeStamps {
			return fault.Errorf(fault.ContainerMalformed, "more than %d time stamps", validation.MaxAllTimeStamps)
		}
		s := &containerStamp{container: c, file: e.Name, token: c.tokens[e.Name]}
		s.content, s.parts = c.signedBy(e.Name, manifests)
		if i := slices.IndexFunc(manifests, func(m *asicManifest) bool { return m.signature == e.Name }); i >= 0 {
			s.manifest = manifests[i].name
		}
		s.addTo(c.signatures, manifests)
	}
	return nil
}

// containerStamp is a time stamp in a file of its own.
type containerStamp struct {
	*container
	file, manifest string // manifest is "" for one over the only file
	token          token
	content        *digests
	parts          []part
}

// addTo adds the time stamp to the signatures that it lists, or says that it is of none.
func (s *containerStamp) addTo(signatures []*validation.Signature, manifests []*asicManifest) {
	listed := map[string]bool{}
	for _, p := range s.parts {
		listed[p.name] = true
	}
	verdict := s.judge()
	isOfSignature := false
	for file, all := range s.byFile {
		if !listed[file] {
			continue
		}
		isOfSignature = true
		for _, signature := range all {
			s.addArchive(signature, verdict, s.leftOut(file, signature, listed, manifests))
		}
	}
	if isOfSignature {
		return
	}
	stamp := s.stamp(validation.ContentStamp, verdict)
	alone := validation.Indetermined(validation.SigConstraintsFailure, validation.Because(validation.ReasonStampAlone, shown(s.file), nil))
	of := &validation.Signature{Format: "RFC 3161", Malformed: &alone, TimeStamps: []*validation.TimeStamp{stamp}}
	s.add(s.file, of, s.parts)
}

// addArchive adds an archive time stamp to a signature. What it leaves out of what the signature covers makes it prove nothing: that
// could be another by then.
func (s *containerStamp) addArchive(signature *validation.Signature, verdict validation.Conclusion, leftOut string) {
	if len(signature.TimeStamps) >= validation.MaxTimeStamps {
		many := validation.Indetermined(validation.SigConstraintsFailure, validation.Because(validation.ReasonTooMany, shown(s.file), nil))
		signature.Malformed = &many
		return
	}
	stamp := s.stamp(validation.ArchiveStamp, worst(verdict, s.partial(leftOut)))
	for _, p := range s.parts {
		stamp.Covers = append(stamp.Covers, s.objects(p.name)...)
	}
	signature.TimeStamps = append(signature.TimeStamps, stamp)
	s.added[stamp] = true
	if signature.Format == "CAdES" && signature.Malformed == nil {
		signature.Level, signature.Form = cadesLevel(signature)
	}
}

// partial says that a file is left out; "" is for none.
func (s *containerStamp) partial(leftOut string) validation.Conclusion {
	if leftOut == "" {
		return validation.Pass()
	}
	return validation.Indetermined(validation.SigConstraintsFailure, validation.Because(validation.ReasonStampPartial, shown(leftOut), nil))
}

// leftOut returns a file that a signature covers and that the time stamp does not list, or "".
func (s *containerStamp) leftOut(file string, signature *validation.Signature, listed map[string]bool, manifests []*asicManifest) string {
	needed := slices.Clone(s.covers[signature])
	for _, m := range manifests {
		if m.signature == file {
			needed = append(needed, m.name)
		}
	}
	for _, name := range needed {
		if !listed[name] {
			return name
		}
	}
	return ""
}

// judge says whether what the manifest lists is there as it was.
func (s *containerStamp) judge() validation.Conclusion {
	if s.content == nil {
		return validation.Indetermined(validation.SignedDataNotFound, validation.Because(validation.ReasonContentMissing, shown(s.file), nil))
	}
	result := judgeParts(s.parts)
	for i, r := range result.Reasons {
		switch r.Code {
		case validation.ReasonPartChanged:
			result.Reasons[i].Code = validation.ReasonStampOther
		case validation.ReasonPartMissing:
			result.Reasons[i].Code = validation.ReasonStampPartial
		}
	}
	return result
}

// stamp makes the time stamp of a kind.
func (s *containerStamp) stamp(kind validation.StampKind, verdict validation.Conclusion) *validation.TimeStamp {
	name := s.manifest
	if name == "" {
		name = s.file
	}
	out := s.token.stamp(kind, shown(name))
	if out.Problem != nil {
		return out
	}
	if verdict.Indication != validation.Passed {
		out.Problem = &verdict
	}
	for _, p := range s.parts {
		if p.digest != nil && known(p.hash) && !slices.Contains(out.Hashes, p.hash) {
			out.Hashes = append(out.Hashes, p.hash)
		}
	}
	out.Imprint = oneImprint(s.content.of)
	return out
}

// objects are those whose existence is proven by a digest of a file: of a time stamp, or of signatures with all that is in them.
func (s *containerStamp) objects(file string) (all []validation.Object) {
	if t, ok := s.tokens[file]; ok && t.err == nil {
		all = append(append(all, validation.ObjectOf(t.DER)), objects(t.data)...)
	}
	var add func(*validation.Signature)
	add = func(signature *validation.Signature) {
		all = append(append(all, signature.Value), objects(signature.Data)...)
		for _, t := range signature.TimeStamps {
			if t.Token != nil && !s.added[t] {
				all = append(append(all, validation.ObjectOf(t.Token.DER)), objects(t.Data)...)
			}
		}
		for _, counter := range signature.CounterSignatures {
			add(counter)
		}
	}
	for _, signature := range s.byFile[file] {
		add(signature)
	}
	return all
}
