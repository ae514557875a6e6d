package gateway

import "testing"

func TestWaysOf(t *testing.T) {
	named := Ways{Password: []string{"sifre", "pwd"}, MobileSignature: []string{"mobil", "urn:seviye:3"}, Bank: []string{"banka"}}
	for _, test := range []struct {
		ways     Ways
		acr, amr string
		want     Way
	}{
		{named, "", "mobil hwk pin", MobileSignature},
		{named, "", "hwk pin banka", Bank},
		{named, "urn:seviye:3", "hwk", MobileSignature},
		{named, "urn:seviye:3", "banka", Bank}, // methods say more than a level
		{named, "urn:seviye:3", "", MobileSignature},
		{named, "", "pwd", Password},
		{Ways{Bank: []string{"pwd"}}, "", "pwd", Bank},
		{Ways{}, "", "pwd otp", Password},
		{Ways{}, "", CardMethods, Card},
		{Ways{}, "high", CardMethods, Other}, // a gateway's word
		{Ways{}, "high", "", Other},
		{Ways{}, "", "hwk", Other},
		{Ways{}, "", "", Unknown},
	} {
		if got := test.ways.Of(test.acr, test.amr); got != test.want {
			t.Errorf("%q, %q: %q, want %q", test.acr, test.amr, got, test.want)
		}
	}
}
