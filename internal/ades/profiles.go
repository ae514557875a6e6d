package ades

import (
	"bytes"
	"crypto"
	"encoding/asn1"
	"encoding/hex"
)

// Profile is a signature profile of the Turkish guide (BTK, 2012): what a signature must become, and the policy it names for that.
type Profile struct {
	Name string // as in messages: "P1"
	// Level is what the signature is in the end. Time stamps and revocation data are added by the site.
	Level string // "BES", "T" or "XL"
	// Policy is what a signature names; nil in P1, where it must name none.
	Policy *Policy
}

// Profiles are all profiles of the guide.
var Profiles = []Profile{
	{Name: "P1", Level: "BES"},
	{Name: "P2", Level: "T", Policy: guidePolicy(1)},
	{Name: "P3", Level: "XL", Policy: guidePolicy(2)},
	{Name: "P4", Level: "XL", Policy: guidePolicy(3)},
}

// guidePolicy is a policy of the guide. The guide asks for the digest of the policy as XML; what is in use is that of the guide
// itself, as a PDF, and the guide's address, under each of the three identifiers.
func guidePolicy(number int) *Policy {
	digest, err := hex.DecodeString("ff39bd29463383f69b2052ac47439e06ce7c3b8646e888b6e5ae3e46ba08117a")
	if err != nil {
		panic(err)
	}
	return &Policy{
		OID:    asn1.ObjectIdentifier{2, 16, 792, 1, 61, 0, 1, 5070, 3, number, 1},
		Hash:   crypto.SHA256,
		Digest: digest,
		URI:    "http://www.eimza.gov.tr/EimzaPolitikalari/216792161015070321.pdf",
	}
}

// LookupProfile returns the profile of this name.
func LookupProfile(name string) (Profile, bool) {
	for _, p := range Profiles {
		if p.Name == name {
			return p, true
		}
	}
	return Profile{}, false
}

// Accepts reports whether a signature that names this policy, or with nil none, is one of the profile. The identifier must be
// the profile's, and the digest that of the profile's policy or one of further ones (of whose policies Hash and Digest count):
// programs in use do not agree which document it is of. The address is not compared.
func (p Profile) Accepts(named *Policy, further ...Policy) bool {
	if p.Policy == nil || named == nil {
		return p.Policy == nil && named == nil
	}
	if !named.OID.Equal(p.Policy.OID) {
		return false
	}
	for _, known := range append([]Policy{*p.Policy}, further...) {
		if known.Hash == named.Hash && bytes.Equal(known.Digest, named.Digest) {
			return true
		}
	}
	return false
}
