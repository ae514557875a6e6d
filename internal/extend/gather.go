package extend

import (
	"crypto/x509"
	"slices"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/validation"
)

// collected are certificates and revocation data, each once.
type collected struct {
	validation.Data
	known map[validation.Object]bool
}

func (c *collected) isNew(der []byte) bool {
	name := validation.ObjectOf(der)
	if c.known == nil {
		c.known = map[validation.Object]bool{}
	}
	isNew := !c.known[name]
	c.known[name] = true
	return isNew
}

func (c *collected) certificate(one *x509.Certificate) {
	if c.isNew(one.Raw) {
		c.Certificates = append(c.Certificates, one)
	}
}

// status adds revocation data, and the certificate of whoever signed it.
func (c *collected) status(s *validation.StatusReport) {
	if s == nil {
		return
	}
	c.revocation(s)
	c.certificate(s.Signer)
}

func (c *collected) revocation(s *validation.StatusReport) {
	switch {
	case !c.isNew(s.Data):
	case s.By == "crl":
		c.CRLs = append(c.CRLs, s.Data)
	default:
		c.OCSPs = append(c.OCSPs, s.Data)
	}
}

// gather returns what the verdict on a signature that has passed rests on. references are those of the signer's path, without the
// signer's own certificate. values are everything: the paths of signer and time stamps, and what is said of each certificate. For
// baseline levels, values leave out what the signature has already: the signer's where it stands without help, and each time stamp's
// where that does.
func (x *extension) gather(s *validation.SignatureReport) (references, values validation.Data, err error) {
	alone := x.offline(s.ID)
	var all, named collected
	signers, err := x.ofSigner(s)
	if err != nil {
		return references, values, err
	}
	for i, one := range s.Path {
		if i > 0 {
			named.certificate(one.Certificate)
		}
		if signers[i] != nil {
			named.revocation(signers[i])
		}
		if x.isXL() || alone.Indication != validation.Passed {
			all.certificate(one.Certificate)
			all.status(signers[i])
		}
	}
	for i, t := range s.TimeStamps {
		if t.Indication != validation.Passed || !x.isXL() && alone.TimeStamps[i].Indication == validation.Passed {
			continue
		}
		for _, one := range t.Path {
			all.certificate(one.Certificate)
			all.status(one.Status)
		}
	}
	return named.Data, all.Data, nil
}

// ofSigner returns the revocation data of the signer's path that is to be embedded, nil for the anchor's: what counted, but of the
// signer itself what the profile wants.
func (x *extension) ofSigner(s *validation.SignatureReport) ([]*validation.StatusReport, error) {
	out := make([]*validation.StatusReport, len(s.Path))
	for i, one := range s.Path {
		out[i] = one.Status
	}
	switch t := signatureStamp(s); {
	case len(s.Path) < 2 || t == nil:
	case x.level == P3:
		out[0] = x.listAfter(s, *t.Time)
	case x.level == P4:
		out[0] = latestAnswer(s.Path[0].Statuses)
	}
	if len(s.Path) > 1 && out[0] == nil {
		return nil, fault.Errorf(fault.ExtendStatus, "no revocation data on the signer")
	}
	return out, nil
}

func latestAnswer(all []*validation.StatusReport) (found *validation.StatusReport) {
	for _, s := range all {
		if s.By == "ocsp" && s.IsGood && (found == nil || s.ThisUpdate.After(found.ThisUpdate)) {
			found = s
		}
	}
	return found
}

// check refuses what no time stamp can help, or what the level cannot be reached with, before any authority is asked.
func (x *extension) check(s *validation.SignatureReport) error {
	if err := refusal(s); err != nil && (fault.CodeOf(err) != fault.ExtendStatus || !x.mayLackStatus()) {
		return err
	}
	switch x.level {
	case P2, P3, P4:
		return x.checkProfile(s, false)
	case LTA:
		if s.Profile != nil && s.Profile.Name == string(P2) {
			return fault.Errorf(fault.ExtendProfile, "P2 allows no archive time stamp")
		}
	}
	return nil
}

// mayLackStatus reports whether the first step of a level is a time stamp alone.
func (x *extension) mayLackStatus() bool { return x.level == T || x.wantsLists() }

// refusal says why a signature cannot be made to last; nil where it has passed.
func refusal(s *validation.SignatureReport) error {
	code := fault.ExtendInvalid
	switch s.SubIndication {
	case "":
		if s.Indication == validation.Passed {
			return nil
		}
	case validation.NoCertificateChainFound, validation.ChainGeneralFailure:
		code = fault.ExtendUntrusted
	case validation.SignedDataNotFound:
		code = fault.ExtendContent
	case validation.TryLater:
		code = fault.ExtendStatus
	case validation.SignaturePolicyNotAvailable, validation.PolicyProcessingError:
		code = fault.ExtendProfile
	case validation.RevokedNoPOE, validation.RevokedCANoPOE, validation.OutOfBoundsNoPOE, validation.OutOfBoundsNotRevoked,
		validation.CryptoConstraintsFailureNoPO, validation.NoPOE:
		code = fault.ExtendUnproven
	}
	return fault.Errorf(code, "signature %s is %s %s: %s", s.ID, s.Indication, s.SubIndication, reasons(s.Reasons))
}

// mendable are the rules of the guide that the steps of a level can still keep.
var mendable = map[string][]Level{
	"time_stamp": {P2, P3, P4}, "time_stamp_within": {P2, P3, P4}, "crl": {P2, P3}, "grace": {P2, P3}, "ocsp": {P4},
	"complete_references": {P3, P4}, "values": {P3, P4},
}

// checkProfile refuses a signature that names another policy than that of the level, or breaks a rule of it: any where all steps have been
// done, else one that those to come do not mend.
func (x *extension) checkProfile(s *validation.SignatureReport, isDone bool) error {
	if x.level != P2 && x.level != P3 && x.level != P4 {
		return nil
	}
	if s.Profile == nil || s.Profile.Name != string(x.level) {
		return fault.Errorf(fault.ExtendProfile, "the signature does not name the policy of %s", x.level)
	}
	isStamped := signatureStamp(s) != nil
	for _, rule := range s.Profile.Rules {
		isMended := !isDone && slices.Contains(mendable[rule.Rule], x.level) && (!isStamped || rule.Unknown || rule.Rule != "time_stamp_within")
		if !rule.Kept && !isMended {
			return fault.Errorf(fault.ExtendProfile, "%s breaks rule %s", x.level, rule.Rule)
		}
	}
	if now := x.moment(); !isStamped && s.Claimed != nil {
		if now.After(s.Claimed.Add(validation.StampWithin)) {
			return fault.Errorf(fault.ExtendLate, "signed at %v", s.Claimed)
		}
		if s.Claimed.After(now.Add(validation.ClaimedAhead)) {
			return fault.Errorf(fault.ExtendProfile, "signing time %v is ahead", s.Claimed)
		}
	}
	return nil
}

// missing is what of data a signature does not embed.
func missing(data, embedded validation.Data) (out validation.Data) {
	there := map[validation.Object]bool{}
	for _, c := range embedded.Certificates {
		there[validation.ObjectOf(c.Raw)] = true
	}
	for _, der := range slices.Concat(embedded.CRLs, embedded.OCSPs) {
		there[validation.ObjectOf(der)] = true
	}
	isThere := func(der []byte) bool { return there[validation.ObjectOf(der)] }
	out.Certificates = slices.DeleteFunc(slices.Clone(data.Certificates), func(c *x509.Certificate) bool { return isThere(c.Raw) })
	out.CRLs = slices.DeleteFunc(slices.Clone(data.CRLs), isThere)
	out.OCSPs = slices.DeleteFunc(slices.Clone(data.OCSPs), isThere)
	return out
}
