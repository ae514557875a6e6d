package pki

import (
	"crypto/x509"
	"maps"
	"slices"
)

const anyPolicy = "2.5.29.32.0"

// policyNode is a node of the valid_policy_graph (RFC 9618, 5.1), which replaces RFC 5280's valid_policy_tree: a policy is
// one node of a level however many paths lead to it, so that hostile mappings cannot make the graph grow exponentially.
type policyNode struct {
	validPolicy       string
	expectedPolicySet []string
	parents           []*policyNode
}

// policyGraph is the valid_policy_graph: for each depth its nodes by valid_policy. nil stands for NULL.
type policyGraph []map[string]*policyNode

// newPolicyGraph returns the graph of RFC 5280, 6.1.2 (a): one node for anyPolicy.
func newPolicyGraph() policyGraph {
	return policyGraph{{anyPolicy: {validPolicy: anyPolicy, expectedPolicySet: []string{anyPolicy}}}}
}

// deepest returns the nodes of depth i, once certificate i has been processed.
func (g policyGraph) deepest() map[string]*policyNode { return g[len(g)-1] }

// add processes the certificate policies of certificate i (6.1.3 (d)). takesAny says whether anyPolicy counts in it.
func (g policyGraph) add(policies []x509.OID, takesAny bool) policyGraph {
	above := g.deepest()
	expecting := map[string][]*policyNode{}
	for _, node := range above {
		for _, policy := range node.expectedPolicySet {
			expecting[policy] = append(expecting[policy], node)
		}
	}
	level := map[string]*policyNode{}
	grow := func(policy string, parents []*policyNode) {
		level[policy] = &policyNode{validPolicy: policy, expectedPolicySet: []string{policy}, parents: parents}
	}
	hasAny := false
	for _, id := range policies {
		policy := id.String()
		parents := expecting[policy] // (d)(1)(i)
		switch {
		case policy == anyPolicy:
			hasAny = true
			continue
		case len(parents) == 0 && above[anyPolicy] != nil: // (d)(1)(ii)
			parents = []*policyNode{above[anyPolicy]}
		}
		if len(parents) > 0 {
			grow(policy, parents)
		}
	}
	if hasAny && takesAny { // (d)(2)
		for policy, parents := range expecting {
			if level[policy] == nil {
				grow(policy, parents)
			}
		}
	}
	return append(slices.Clone(g), level).prune()
}

// prune deletes nodes above the deepest that have no children, and returns NULL where none is left (6.1.3 (d)(3)).
func (g policyGraph) prune() policyGraph {
	for depth := len(g) - 1; depth > 0; depth-- {
		kept := map[*policyNode]bool{}
		for _, node := range g[depth] {
			for _, parent := range node.parents {
				kept[parent] = true
			}
		}
		g[depth-1] = maps.Clone(g[depth-1])
		maps.DeleteFunc(g[depth-1], func(_ string, node *policyNode) bool { return !kept[node] })
	}
	if len(g.deepest()) == 0 {
		return nil
	}
	return g
}

// mapPolicies processes the policy mappings of certificate i (6.1.4 (b)). inhibited says that policy_mapping is 0.
func (g policyGraph) mapPolicies(mappings []x509.PolicyMapping, inhibited bool) policyGraph {
	subjectDomain := map[string][]string{} // by issuerDomainPolicy
	for _, mapping := range mappings {
		issuer := mapping.IssuerDomainPolicy.String()
		subjectDomain[issuer] = append(subjectDomain[issuer], mapping.SubjectDomainPolicy.String())
	}
	level, above := g.deepest(), g[len(g)-2]
	for policy, expected := range subjectDomain {
		switch {
		case inhibited: // (b)(2)
			delete(level, policy)
		case level[policy] != nil: // (b)(1)
			level[policy].expectedPolicySet = expected
		case level[anyPolicy] != nil: // (b)(1), where anyPolicy stands for it
			level[policy] = &policyNode{validPolicy: policy, expectedPolicySet: expected, parents: []*policyNode{above[anyPolicy]}}
		}
	}
	return g.prune()
}

// allows reports whether the graph and the user-initial-policy-set have a policy in common (6.1.5 (g)). The policies of the
// graph that are the anchor's own are those with a node of anyPolicy for a parent.
func (g policyGraph) allows(userInitialPolicySet []string) bool {
	if g == nil {
		return false
	}
	if slices.Contains(userInitialPolicySet, anyPolicy) {
		return true
	}
	if g.deepest()[anyPolicy] != nil { // good for every policy
		return len(userInitialPolicySet) > 0
	}
	for _, level := range g[1:] {
		for policy, node := range level {
			ofAnchor := slices.ContainsFunc(node.parents, func(n *policyNode) bool { return n.validPolicy == anyPolicy })
			if ofAnchor && slices.Contains(userInitialPolicySet, policy) {
				return true
			}
		}
	}
	return false
}

// initialPolicySet returns the user-initial-policy-set: what the caller accepts, and of this what the anchor's certificate
// is confined to, if it is (RFC 5937, 3.2).
func initialPolicySet(accepted, ofAnchor []x509.OID) []string {
	first, second := policyNames(accepted), policyNames(ofAnchor)
	switch {
	case slices.Contains(second, anyPolicy):
		return first
	case slices.Contains(first, anyPolicy):
		return second
	}
	return slices.DeleteFunc(first, func(policy string) bool { return !slices.Contains(second, policy) })
}

// policyNames returns policies in dotted form; anyPolicy for none.
func policyNames(policies []x509.OID) []string {
	if len(policies) == 0 {
		return []string{anyPolicy}
	}
	names := make([]string, len(policies))
	for i, id := range policies {
		names[i] = id.String()
	}
	return names
}
