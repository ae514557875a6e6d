package formats

import (
	"crypto"
	"slices"
	"strings"

	"github.com/e-onay/e-onay/internal/timestamp"
	"github.com/e-onay/e-onay/internal/validation"
	"github.com/e-onay/e-onay/internal/xmldsig"
	"github.com/e-onay/e-onay/internal/xmldsig/tolerant"
	"github.com/e-onay/e-onay/internal/xmltree"
)

// xmlStampKinds are the properties that hold time stamps (EN 319 132-1, 5.2.8, 5.3, 5.5 and A.1.5).
var xmlStampKinds = map[string]validation.StampKind{
	"AllDataObjectsTimeStamp":        validation.ContentStamp,
	"IndividualDataObjectsTimeStamp": validation.ContentStamp,
	"SignatureTimeStamp":             validation.SignatureStamp,
	"SigAndRefsTimeStamp":            validation.ReferencesStamp,
	"SigAndRefsTimeStampV2":          validation.ReferencesStamp,
	"RefsOnlyTimeStamp":              validation.ReferencesStamp,
	"RefsOnlyTimeStampV2":            validation.ReferencesStamp,
	"ArchiveTimeStamp":               validation.ArchiveStamp,
	"ArchiveTimeStampV2":             validation.ArchiveStamp,
}

// xmlReferences are the properties with complete references, which time stamps of kind references are over: those of the first version
// and those of version 2 (EN 319 132-1, A.1.5).
var xmlReferences = map[bool][]string{
	false: {"CompleteCertificateRefs", "CompleteRevocationRefs", "AttributeCertificateRefs", "AttributeRevocationRefs"},
	true:  {"CompleteCertificateRefsV2", "CompleteRevocationRefs", "AttributeCertificateRefsV2", "AttributeRevocationRefs"},
}

// xmlStamps reads the time stamps of one signature.
type xmlStamps struct {
	*xadesFile
	s       *tolerant.Signature
	value   validation.Object
	counted map[*xmltree.Node][]validation.Object // what each property has, in which a later time stamp proves
}

// readXMLUnsigned reads the unsigned properties, and the time stamps of the content, which are signed.
func (f *xadesFile) readXMLUnsigned(out *validation.Signature, s *tolerant.Signature) {
	if s.Properties == nil {
		return
	}
	r := &xmlStamps{xadesFile: f, s: s, value: out.Value, counted: map[*xmltree.Node][]validation.Object{}}
	for _, n := range s.Properties.OfData {
		if xmlStampKinds[n.Local] == validation.ContentStamp {
			r.stamps(out, n, 0)
		}
	}
	for i, n := range s.Properties.Unsigned {
		if !slices.Contains(tolerant.Namespaces, n.Space) {
			out.Attributes.EvidenceRecords = out.Attributes.EvidenceRecords || n.Local == "SealingEvidenceRecords"
			continue
		}
		switch n.Local {
		case "CompleteCertificateRefs", "CompleteCertificateRefsV2":
			out.Attributes.CompleteCertificates = true
		case "CompleteRevocationRefs":
			out.Attributes.CompleteRevocations = true
		case "CertificateValues":
			out.Attributes.CertificateValues = true
		case "RevocationValues":
			out.Attributes.RevocationValues = true
		case "SealingEvidenceRecords":
			out.Attributes.EvidenceRecords = true
		}
		data := xmlData(n)
		out.Data.Certificates = slices.Concat(out.Data.Certificates, data.Certificates)
		out.Data.CRLs, out.Data.OCSPs = slices.Concat(out.Data.CRLs, data.CRLs), slices.Concat(out.Data.OCSPs, data.OCSPs)
		r.counted[n] = objects(data)
		if kind := xmlStampKinds[n.Local]; kind != "" && kind != validation.ContentStamp {
			r.stamps(out, n, i)
		}
		if n.Local == "CounterSignature" {
			for _, counter := range s.CounterSignatures {
				if n.Contains(counter.Element) {
					r.counted[n] = append(r.counted[n], validation.ObjectOf(counter.Value))
				}
			}
		}
	}
}

// EmbeddedXML is what a signature embeds: in KeyInfo, its unsigned properties, and its time stamps.
func EmbeddedXML(s *tolerant.Signature) (out validation.Data) {
	add := func(d validation.Data) {
		out.Certificates = append(out.Certificates, d.Certificates...)
		out.CRLs, out.OCSPs = append(out.CRLs, d.CRLs...), append(out.OCSPs, d.OCSPs...)
	}
	key := tolerant.ReadKeyInfo(s.KeyInfo)
	add(validation.Data{Certificates: key.Certificates, CRLs: key.CRLs})
	if s.Properties == nil {
		return out
	}
	for _, n := range slices.Concat(s.Properties.OfData, s.Properties.Unsigned) {
		add(xmlData(n))
		if xmlStampKinds[n.Local] == "" {
			continue
		}
		for _, encapsulated := range n.Elements() {
			der, err := tolerant.Decode(encapsulated)
			if err != nil || encapsulated.Local != "EncapsulatedTimeStamp" {
				continue
			}
			if token, err := timestamp.Parse(der); err == nil {
				add(stampData(token))
			}
		}
	}
	return out
}

// stampData is what a token embeds.
func stampData(t *timestamp.Token) validation.Data {
	more := attributeData(t.Signer.Unsigned)
	return validation.Data{
		Certificates: slices.Concat(t.Certificates, more.Certificates),
		CRLs:         slices.Concat(t.CRLs, more.CRLs), OCSPs: slices.Concat(t.OCSPs, more.OCSPs),
	}
}

// xmlData is what CertificateValues, RevocationValues, TimeStampValidationData and their like hold (EN 319 132-1, 5.4 and 5.5.1).
func xmlData(n *xmltree.Node) (out validation.Data) {
	switch n.Local {
	case "TimeStampValidationData", "AnyValidationData":
		for _, c := range n.Elements() {
			more := xmlData(c)
			out.Certificates = append(out.Certificates, more.Certificates...)
			out.CRLs, out.OCSPs = append(out.CRLs, more.CRLs...), append(out.OCSPs, more.OCSPs...)
		}
	case "CertificateValues", "AttrAuthoritiesCertValues":
		for i, c := range n.Elements() {
			if i == maxValues {
				break
			}
			if der, err := tolerant.Decode(c); err == nil && c.Local == "EncapsulatedX509Certificate" {
				if certificate, err := parseCertificate(der); err == nil {
					out.Certificates = append(out.Certificates, certificate)
				}
			}
		}
	case "RevocationValues", "AttributeRevocationValues":
		for _, list := range n.Elements() {
			for i, c := range list.Elements() {
				if i == maxValues {
					break
				}
				der, err := tolerant.Decode(c)
				switch {
				case err != nil:
				case c.Local == "EncapsulatedCRLValue":
					out.CRLs = append(out.CRLs, der)
				case c.Local == "EncapsulatedOCSPValue":
					if response, ok := asOCSPResponse(der); ok {
						out.OCSPs = append(out.OCSPs, response)
					}
				}
			}
		}
	}
	return out
}

// stamps reads the time stamps of one property, which is the unsigned one of this index.
func (r *xmlStamps) stamps(out *validation.Signature, n *xmltree.Node, index int) {
	c := xmldsig.Canonicalization{}
	var problem error
	if method := tolerant.Child(n, "CanonicalizationMethod", xmldsig.Namespace); method != nil {
		c, problem = tolerant.ReadCanonicalization(method)
	}
	for _, encapsulated := range n.Elements() {
		if encapsulated.Local != "EncapsulatedTimeStamp" && encapsulated.Local != "XMLTimeStamp" {
			continue
		}
		if len(out.TimeStamps) == validation.MaxTimeStamps || r.xadesFile.stamps == validation.MaxAllTimeStamps {
			c := validation.Indetermined(validation.SigConstraintsFailure, validation.Because(validation.ReasonTooMany, n.Local, nil))
			out.Malformed = &c
			return
		}
		r.xadesFile.stamps++
		one := r.stamp(n, encapsulated)
		if one.Problem == nil && problem != nil {
			unsupported(one)
		}
		if one.Problem == nil {
			r.over(one, n, index, c)
		}
		out.TimeStamps = append(out.TimeStamps, one)
	}
}

// stamp reads one token.
func (r *xmlStamps) stamp(n, encapsulated *xmltree.Node) *validation.TimeStamp {
	out := &validation.TimeStamp{Kind: xmlStampKinds[n.Local], Name: n.Local}
	if encapsulated.Local == "XMLTimeStamp" {
		unsupported(out)
		return out
	}
	der, err := tolerant.Decode(encapsulated)
	if err == nil {
		out.Token, err = timestamp.Parse(der)
	}
	if err != nil {
		out.Token = nil
		c := validation.Indetermined(validation.NoSigningCertificateFound, validation.Because(validation.ReasonStampMalformed, out.Name, err))
		out.Problem = &c
		return out
	}
	out.Data = stampData(out.Token)
	r.counted[n] = append(append(r.counted[n], validation.ObjectOf(out.Token.DER)), objects(out.Data)...)
	return out
}

// over says what a time stamp is over.
func (r *xmlStamps) over(out *validation.TimeStamp, n *xmltree.Node, index int, c xmldsig.Canonicalization) {
	if distributed(n) {
		unsupported(out)
		return
	}
	name, isV2 := strings.CutSuffix(n.Local, "V2")
	switch name {
	case "SignatureTimeStamp":
		out.Covers = []validation.Object{r.value}
		out.Imprint = oneImprint(func(by crypto.Hash) ([]byte, error) { return r.SumNodes(by, c, r.s.SignatureValue) })
	case "SigAndRefsTimeStamp":
		out.Covers = []validation.Object{r.value}
		r.references(out, index, c, []*xmltree.Node{r.s.SignatureValue}, append([]string{"SignatureTimeStamp"}, xmlReferences[isV2]...))
	case "RefsOnlyTimeStamp":
		r.references(out, index, c, nil, xmlReferences[isV2])
	case "ArchiveTimeStamp":
		out.Covers = append(out.Covers, r.value)
		for _, certificate := range tolerant.ReadKeyInfo(r.s.KeyInfo).Certificates {
			out.Covers = append(out.Covers, validation.ObjectOf(certificate.Raw))
		}
		for _, before := range slices.Concat(r.s.Properties.OfData, r.s.Properties.Unsigned[:index]) {
			out.Covers = append(out.Covers, r.counted[before]...)
		}
		out.Imprint = func(by crypto.Hash) ([][]byte, error) { return r.s.SumArchive(by, c, index) }
	case "AllDataObjectsTimeStamp":
		var all []*tolerant.Reference
		for _, one := range r.s.References {
			if one != r.s.Properties.Reference {
				all = append(all, one)
			}
		}
		out.Imprint = oneImprint(func(by crypto.Hash) ([]byte, error) { return tolerant.SumReferences(by, c, all...) })
	case "IndividualDataObjectsTimeStamp":
		all, ok := r.included(n)
		if !ok {
			unsupported(out)
			return
		}
		out.Imprint = oneImprint(func(by crypto.Hash) ([]byte, error) { return tolerant.SumReferences(by, c, all...) })
	default:
		unsupported(out)
	}
}

// distributed reports whether a time stamp other than that of the content says by Include what it is over: properties in other places,
// which are not looked for here.
func distributed(n *xmltree.Node) bool {
	return xmlStampKinds[n.Local] != validation.ContentStamp && n.Local != "SignatureTimeStamp" && tolerant.Child(n, "Include", tolerant.Namespaces...) != nil
}

// references is the imprint of a time stamp over references: the first nodes, then those of the properties before it that have one of
// the names. Programs take them in the order in which they stand, or in that of the names.
func (r *xmlStamps) references(out *validation.TimeStamp, index int, c xmldsig.Canonicalization, first []*xmltree.Node, names []string) {
	standing, sorted := slices.Clone(first), slices.Clone(first)
	for _, n := range r.s.Properties.Unsigned[:index] {
		if slices.Contains(names, n.Local) {
			standing = append(standing, n)
			out.Covers = append(out.Covers, r.counted[n]...)
		}
	}
	for _, name := range names {
		for _, n := range standing[len(first):] {
			if n.Local == name {
				sorted = append(sorted, n)
			}
		}
	}
	out.Imprint = func(by crypto.Hash) (all [][]byte, err error) {
		for _, nodes := range [][]*xmltree.Node{standing, sorted} {
			one, err := r.SumNodes(by, c, nodes...)
			if err != nil {
				return nil, err
			}
			all = append(all, one)
		}
		return all, nil
	}
}

// included are the references whose data an IndividualDataObjectsTimeStamp is over (TS 101 903, 7.2.10).
func (r *xmlStamps) included(n *xmltree.Node) (all []*tolerant.Reference, ok bool) {
	for _, include := range n.Elements() {
		if include.Local != "Include" {
			continue
		}
		uri, _ := include.Attribute("URI")
		isData, _ := include.Attribute("referencedData")
		id, isFragment := strings.CutPrefix(uri, "#")
		i := slices.IndexFunc(r.s.References, func(one *tolerant.Reference) bool { return one.ID == id && id != "" })
		if !isFragment || i < 0 || isData != "true" && isData != "1" {
			return nil, false
		}
		all = append(all, r.s.References[i])
	}
	return all, len(all) > 0
}
