package gateway

import (
	"fmt"
	"slices"
	"strings"
)

// Ways says what a gateway's words mean. People read it; nothing is decided by it.
type Ways struct {
	// Password, MobileSignature, ESignature, IdentityCard and Bank are e-Devlet Kapısı's ways to log in: for each, the methods (amr)
	// or levels (acr) that the gateway names it by, at most sixteen.
	Password        []string `json:"password,omitempty"`
	MobileSignature []string `json:"mobile_signature,omitempty"`
	ESignature      []string `json:"e_signature,omitempty"`
	IdentityCard    []string `json:"identity_card,omitempty"`
	Bank            []string `json:"bank,omitempty"`
}

// Way is how somebody has logged in, as far as the portal has words for it: "portal.way." and it is the sentence's key.
type Way string

// The ways. Card is a login with a card at the portal, Other one at the gateway that says no more.
const (
	Unknown         Way = "" // nothing is on record
	Password        Way = "password"
	MobileSignature Way = "mobile_signature"
	ESignature      Way = "e_signature"
	IdentityCard    Way = "identity_card"
	Bank            Way = "bank"
	Card            Way = "card"
	Other           Way = "other"
)

// CardMethods are how whoever logs in with a card at the portal has done so: smart card and PIN (RFC 8176, 2).
const CardMethods = "sc pin"

func (w Ways) all() map[Way][]string {
	return map[Way][]string{Password: w.Password, MobileSignature: w.MobileSignature, ESignature: w.ESignature, IdentityCard: w.IdentityCard, Bank: w.Bank}
}

// Check checks that each word can be one of a gateway's, and names one way.
func (w Ways) Check() error {
	given := map[string]Way{}
	for way, words := range w.all() {
		if len(words) > maxMethods {
			return fmt.Errorf("%s: more than %d", way, maxMethods)
		}
		for _, word := range words {
			if !ValidACR(word) {
				return fmt.Errorf("%s: want 1 to %d visible characters of ASCII, without spaces", way, maxACR)
			}
			if other, ok := given[word]; ok {
				return fmt.Errorf("%q stands for %s and %s", word, min(way, other), max(way, other))
			}
			given[word] = way
		}
	}
	return nil
}

// Of returns the way that a level and methods tell of: what the settings name comes first, methods before the level.
func (w Ways) Of(acr, amr string) Way {
	words := append(strings.Fields(amr), acr)
	for _, word := range words {
		for way, named := range w.all() {
			if slices.Contains(named, word) {
				return way
			}
		}
	}
	switch {
	case acr == "" && amr == "":
		return Unknown
	case acr == "" && amr == CardMethods:
		return Card
	case slices.Contains(words, "pwd"): // RFC 8176, 2
		return Password
	}
	return Other
}
