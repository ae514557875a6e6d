package sandbox

import "slices"

// Levels of a login (acr), and what names a way among its methods (amr) where RFC 8176 has no value for it. They are inventions:
// those of the real gateway are not known here. The portal learns what they mean from portal.json.
const (
	acrHigh = "urn:deneme:giris:yuksek"
	acrLow  = "urn:deneme:giris:parola" // the usual one

	amrPassword     = "pwd" // RFC 8176, 2
	amrMobile       = "urn:deneme:yol:mobil-imza"
	amrESignature   = "urn:deneme:yol:e-imza"
	amrIdentityCard = "urn:deneme:yol:kimlik-karti"
	amrBank         = "urn:deneme:yol:banka"
)

// way is one of the gateway's ways to log in.
type way struct {
	Name    string // of its page
	meaning string // in the portal's settings
	page    string // which template shows it
	acr     string
	amr     []string
}

// ways are all ways, as the real gateway lists them. Beside what names a way stand the methods of RFC 8176: a key in hardware, a
// PIN, a smart card, and a second channel.
var ways = []*way{
	{Name: "sifre", meaning: "password", page: "password", acr: acrLow, amr: []string{amrPassword}},
	{Name: "mobil-imza", meaning: "mobile_signature", page: "phone", acr: acrHigh, amr: []string{amrMobile, "hwk", "pin", "mca"}},
	{Name: "e-imza", meaning: "e_signature", page: "card", acr: acrHigh, amr: []string{amrESignature, "sc", "pin"}},
	{Name: "kimlik-karti", meaning: "identity_card", page: "card", acr: acrHigh, amr: []string{amrIdentityCard, "sc", "pin"}},
	{Name: "banka", meaning: "bank", page: "banks", acr: acrLow, amr: []string{amrBank}},
}

// loginWays is what the portal's settings say of the ways: the first method of each names it.
func loginWays() map[string][]string {
	all := map[string][]string{}
	for _, w := range ways {
		all[w.meaning] = w.amr[:1]
	}
	return all
}

// wayNamed returns the way with a page's name, or nil.
func wayNamed(name string) *way {
	if i := slices.IndexFunc(ways, func(w *way) bool { return w.Name == name }); i >= 0 {
		return ways[i]
	}
	return nil
}

// offers reports whether a way may be used for a request: where it asks for levels, the ways of those.
func (r *loginRequest) offers(w *way) bool {
	asked := func(acr string) bool { return slices.Contains(r.acrs, acr) }
	return !asked(acrHigh) && !asked(acrLow) || asked(w.acr)
}

// usualWay is what the login in one step stands for: the first way of the level that was asked for first.
func (r *loginRequest) usualWay() *way {
	level := acrLow
	if i := slices.IndexFunc(r.acrs, func(acr string) bool { return acr == acrHigh || acr == acrLow }); i >= 0 {
		level = r.acrs[i]
	}
	return ways[slices.IndexFunc(ways, func(w *way) bool { return w.acr == level })]
}
