package formats

import (
	"slices"

	"github.com/e-onay/e-onay/internal/evidencerecord"
	"github.com/e-onay/e-onay/internal/validation"
	"github.com/e-onay/e-onay/internal/zipfile"
)

// readRecords reads the evidence records of a container (EN 319 162-1, 4.4.5): each is of the files that its manifest lists, or of the only
// file. A signature with a record that is not judged (one in XML) has a note that says so.
func (c *container) readRecords(manifests []*asicManifest) error {
	count := 0
	for _, e := range c.archive.Entries {
		isXML := isNamed(e.Name, ".xml", "evidencerecord") && !isNamed(e.Name, ".xml", "asicevidencerecordmanifest")
		if !isXML && !isNamed(e.Name, ".ers", "evidencerecord") {
			continue
		}
		judged := map[*validation.Signature]bool{}
		if count++; !isXML && count <= maxRecords {
			var err error
			if judged, err = c.readRecord(e, manifests); err != nil {
				return err
			}
		}
		for _, s := range c.signatures {
			s.Attributes.EvidenceRecords = s.Attributes.EvidenceRecords || !judged[s]
		}
	}
	return nil
}

// readRecord reads one record, and returns the signatures that it was judged for: those in files that it is of.
func (c *container) readRecord(e *zipfile.Entry, manifests []*asicManifest) (map[*validation.Signature]bool, error) {
	data, err := c.hold(e)
	if err != nil {
		return nil, err
	}
	r, err := readRecord(data, readToken)
	if err != nil {
		return nil, nil // which is told of all signatures
	}
	s := &containerStamp{container: c, file: e.Name}
	s.content, s.parts = c.signedBy(e.Name, manifests)
	if s.content == nil {
		return nil, nil
	}
	listed := map[string]bool{}
	var covers []validation.Object
	var of []evidencerecord.Object
	for _, p := range s.parts {
		listed[p.name] = true
		covers = append(covers, s.objects(p.name)...)
		of = append(of, oneImprint(p.content.of))
	}
	verdict, judged := s.judge(), map[*validation.Signature]bool{}
	for file, all := range c.byFile {
		if !listed[file] {
			continue
		}
		for _, signature := range all {
			c.addRecord(signature, r.stamps(covers, of...), worst(verdict, s.partial(s.leftOut(file, signature, listed, manifests))))
			judged[signature] = true
		}
	}
	return judged, nil
}

// addRecord adds the time stamps of a record to a signature. A verdict that is not good makes all of them prove nothing.
func (c *container) addRecord(signature *validation.Signature, stamps []*validation.TimeStamp, verdict validation.Conclusion) {
	c.stamps += len(stamps)
	if len(signature.TimeStamps)+len(stamps) > validation.MaxTimeStamps || c.stamps > validation.MaxAllTimeStamps {
		many := validation.Indetermined(validation.SigConstraintsFailure, validation.Because(validation.ReasonTooMany, recordName, nil))
		signature.Malformed = &many
		return
	}
	for _, stamp := range stamps {
		if stamp.Problem == nil && verdict.Indication != validation.Passed {
			stamp.Problem = &verdict
		}
		c.added[stamp] = true
	}
	signature.TimeStamps = slices.Concat(signature.TimeStamps, stamps)
}
