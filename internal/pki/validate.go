package pki

import (
	"bytes"
	"crypto/x509"
	"encoding/asn1"
	"errors"
	"fmt"
	"slices"
	"time"
)

// Validation holds the inputs of certification path validation (RFC 5280, 6.1.1). Letters in its comments and in those of
// this file are the standard's.
type Validation struct {
	// At is the time for which the path must be good (b).
	At time.Time
	// Policies is the user-initial-policy-set (c); empty means any-policy.
	Policies []x509.OID
	// InhibitPolicyMapping is initial-policy-mapping-inhibit (e).
	InhibitPolicyMapping bool
	// ExplicitPolicy is initial-explicit-policy (f): the path must be good for one of Policies at least.
	ExplicitPolicy bool
	// InhibitAnyPolicy is initial-any-policy-inhibit (g).
	InhibitAnyPolicy bool
	// Usages are extended key usages. Every certificate with an extendedKeyUsage must allow one of them; empty asks for none.
	Usages []x509.ExtKeyUsage
	// Legacy has signatures with SHA-1 count as well, for who judges algorithms by their date.
	Legacy bool
	// Memory is for several paths from the same certificates; nil forgets all after each path.
	Memory *Memory
}

// state holds the state variables of RFC 5280, 6.1.2. working_public_key and working_issuer_name are those of
// workingIssuer.
type state struct {
	*Validation
	n                int      // certificates in the path, without the anchor's
	initialPolicySet []string // user-initial-policy-set
	validPolicyGraph policyGraph
	subtrees         nameConstraints // permitted_subtrees and excluded_subtrees
	explicitPolicy   int
	inhibitAnyPolicy int
	policyMapping    int
	workingIssuer    *x509.Certificate
	maxPathLength    int
}

// errPolicy says that all of a path is good but its policies.
var errPolicy = errors.New("the path is not good for a policy that is accepted")

// validate is the algorithm of RFC 5280, 6.1 over a path whose signatures have been verified: leaf first, anchor last.
func (v *Validation) validate(path []*x509.Certificate) error {
	s, err := v.initialize(path)
	if err != nil {
		return fmt.Errorf("anchor: %w", err)
	}
	for i := 1; i <= s.n; i++ {
		c := path[s.n-i]
		err = s.process(i, c)
		if err == nil && i < s.n {
			err = s.prepare(c)
		}
		if err != nil {
			return fmt.Errorf("certificate %d of %d below the anchor: %w", i, s.n, err)
		}
	}
	return s.wrapUp(path[0])
}

// initialize is 6.1.2. The anchor is a certificate, so its constraints count as well (RFC 5937, 3.2).
func (v *Validation) initialize(path []*x509.Certificate) (*state, error) {
	anchor, n := path[len(path)-1], len(path)-1
	unless := func(inhibited bool) int {
		if inhibited {
			return 0
		}
		return n + 1
	}
	s := &state{
		Validation: v, n: n, workingIssuer: anchor,
		initialPolicySet: initialPolicySet(v.Policies, anchor.Policies),
		validPolicyGraph: newPolicyGraph(),               // (a)
		explicitPolicy:   unless(v.ExplicitPolicy),       // (d)
		inhibitAnyPolicy: unless(v.InhibitAnyPolicy),     // (e)
		policyMapping:    unless(v.InhibitPolicyMapping), // (f)
		maxPathLength:    n,                              // (k)
	}
	if err := s.checkCertificate(anchor); err != nil {
		return nil, err
	}
	if err := s.constrain(anchor); err != nil {
		return nil, err
	}
	return s, checkIssuer(anchor)
}

// process is 6.1.3 for certificate i.
func (s *state) process(i int, c *x509.Certificate) error {
	if err := s.checkCertificate(c); err != nil { // (a)(2)
		return err
	}
	if !SameName(c.RawIssuer, s.workingIssuer.RawSubject) { // (a)(4)
		return errors.New("issued by another")
	}
	if !isSelfIssued(c) || i == s.n { // (b), (c)
		if err := s.subtrees.check(c); err != nil {
			return err
		}
	}
	switch {
	case len(c.Policies) == 0: // (e)
		s.validPolicyGraph = nil
	case s.validPolicyGraph != nil: // (d)
		takesAny := s.inhibitAnyPolicy > 0 || i < s.n && isSelfIssued(c)
		s.validPolicyGraph = s.validPolicyGraph.add(c.Policies, takesAny)
	}
	if s.explicitPolicy == 0 && s.validPolicyGraph == nil { // (f)
		return errPolicy
	}
	return nil
}

// prepare is 6.1.4: what certificate i, a CA's, says for those below it.
func (s *state) prepare(c *x509.Certificate) error {
	if len(c.PolicyMappings) > 0 {
		if err := s.mapPolicies(c.PolicyMappings); err != nil { // (a), (b)
			return err
		}
	}
	s.workingIssuer = c   // (c), (d), (e), (f)
	if !isSelfIssued(c) { // (h)
		s.explicitPolicy = max(0, s.explicitPolicy-1)
		s.policyMapping = max(0, s.policyMapping-1)
		s.inhibitAnyPolicy = max(0, s.inhibitAnyPolicy-1)
	}
	if !isSelfIssued(c) { // (l)
		if s.maxPathLength == 0 {
			return errors.New("more CAs than a path length allows")
		}
		s.maxPathLength--
	}
	if err := s.constrain(c); err != nil { // (g), (i), (j), (m)
		return err
	}
	return checkIssuer(c) // (k), (n)
}

// mapPolicies is 6.1.4 (a) and (b).
func (s *state) mapPolicies(mappings []x509.PolicyMapping) error {
	for _, mapping := range mappings {
		if mapping.IssuerDomainPolicy.String() == anyPolicy || mapping.SubjectDomainPolicy.String() == anyPolicy {
			return errors.New("a policy mapping from or to anyPolicy")
		}
	}
	if s.validPolicyGraph != nil {
		s.validPolicyGraph = s.validPolicyGraph.mapPolicies(mappings, s.policyMapping == 0)
	}
	return nil
}

// constrain lowers the state variables to what c allows below it: 6.1.4 (g), (i), (j) and (m).
func (s *state) constrain(c *x509.Certificate) error {
	if err := s.subtrees.add(c); err != nil {
		return err
	}
	lower := func(variable *int, value int, isZero bool) { // value is 0 or below where the extension says nothing
		if value > 0 || isZero {
			*variable = min(*variable, value)
		}
	}
	lower(&s.explicitPolicy, c.RequireExplicitPolicy, c.RequireExplicitPolicyZero)
	lower(&s.policyMapping, c.InhibitPolicyMapping, c.InhibitPolicyMappingZero)
	lower(&s.inhibitAnyPolicy, c.InhibitAnyPolicy, c.InhibitAnyPolicyZero)
	lower(&s.maxPathLength, c.MaxPathLen, c.MaxPathLenZero)
	return nil
}

// wrapUp is 6.1.5. The working public key of (c) to (e) is that of the certificate itself.
func (s *state) wrapUp(leaf *x509.Certificate) error {
	s.explicitPolicy = max(0, s.explicitPolicy-1) // (a)
	if leaf.RequireExplicitPolicyZero {           // (b)
		s.explicitPolicy = 0
	}
	if s.explicitPolicy == 0 && !s.validPolicyGraph.allows(s.initialPolicySet) { // (g)
		return errPolicy
	}
	return nil
}

// checkCertificate checks what every certificate of a path must be, anchor and leaf too: its time (6.1.3 (a)(2)), its
// critical extensions (6.1.4 (o), 6.1.5 (f)), and beyond the standard its key and its extended key usages.
func (s *state) checkCertificate(c *x509.Certificate) error {
	if err := checkTime(c, s.At); err != nil {
		return err
	}
	if err := CheckKey(c); err != nil {
		return err
	}
	if err := checkCritical(c); err != nil {
		return err
	}
	if err := CheckOthers(c); err != nil {
		return err
	}
	named := len(c.ExtKeyUsage)+len(c.UnknownExtKeyUsage) > 0
	allowed := slices.Contains(c.ExtKeyUsage, x509.ExtKeyUsageAny) || slices.ContainsFunc(s.Usages, func(u x509.ExtKeyUsage) bool {
		return slices.Contains(c.ExtKeyUsage, u)
	})
	if len(s.Usages) > 0 && named && !allowed {
		return fmt.Errorf("extended key usages %v, none of those that are asked for", c.ExtKeyUsage)
	}
	return nil
}

// checkIssuer is 6.1.4 (k) and (n). Unlike there, key usage must be present.
func checkIssuer(c *x509.Certificate) error {
	if !mayIssue(c) {
		return errors.New("not a CA, or its key may not sign certificates")
	}
	return nil
}

// mayIssue reports whether c is a CA certificate whose key may sign certificates.
func mayIssue(c *x509.Certificate) bool {
	return c.Version == 3 && c.BasicConstraintsValid && c.IsCA && c.KeyUsage&x509.KeyUsageCertSign != 0
}

// isSelfIssued reports whether issuer and subject are the same (RFC 5280, 3.2).
func isSelfIssued(c *x509.Certificate) bool {
	return bytes.Equal(c.RawIssuer, c.RawSubject) || SameName(c.RawIssuer, c.RawSubject)
}

var (
	oidNameConstraints = asn1.ObjectIdentifier{2, 5, 29, 30}
)

// checkCritical refuses a critical extension that neither crypto/x509 nor this package understands.
func checkCritical(c *x509.Certificate) error {
	for _, id := range c.UnhandledCriticalExtensions {
		switch {
		case id.Equal(oidNameConstraints), id.Equal(oidAlternativeNames): // read by nameConstraints
		case id.Equal(oidQCStatements):
			if err := checkStatementsKnown(c); err != nil {
				return err
			}
		default:
			return fmt.Errorf("unknown critical extension %v", id)
		}
	}
	return nil
}
