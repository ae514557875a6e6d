package worker

import (
	"slices"
	"strings"
	"testing"

	"github.com/e-onay/e-onay/nativehost/reader"
)

// A token is in exactly one reader, or it is said in which it may be.
func TestPossibleReaders(t *testing.T) {
	const omnikey = "HID Global OMNIKEY 3x21 Smart Card Reader [OMNIKEY 3x21 Smart Card Reader]"
	const turkish = "Akıllı Kart Okuyucusu (Geliştirme Örneği, Elektronik İmzaşşşşşşşşşşşşşş)"
	full := func(name string) reader.Reader { return reader.Reader{Name: name, Card: true} }
	empty := func(name string) reader.Reader { return reader.Reader{Name: name} }
	for name, tt := range map[string]struct {
		readers []reader.Reader
		token   string
		fixed   bool
		want    []int
	}{
		"its name":                          {[]reader.Reader{full("A"), full("B")}, "B", false, []int{1}},
		"its name, empty as yet":            {[]reader.Reader{full("A"), empty("B")}, "B", false, []int{1}},
		"its name, which begins another":    {[]reader.Reader{full(omnikey[:64] + " 00 00"), full(omnikey[:64])}, omnikey[:64], false, []int{1}},
		"a cut name":                        {[]reader.Reader{full("A"), empty(omnikey)}, omnikey[:64], false, []int{1}},
		"a cut name with dots":              {[]reader.Reader{full("A"), full(omnikey)}, omnikey[:61] + "...", false, []int{1}},
		"a name cut within a character":     {[]reader.Reader{full("A"), full(turkish)}, clean(turkish[:64]), false, []int{1}},
		"a cut name of two, one empty":      {[]reader.Reader{empty(omnikey + " 00 00"), full(omnikey + " 00 01")}, omnikey[:61] + "...", false, []int{1}},
		"a cut name of two":                 {[]reader.Reader{full(omnikey + " 00 00"), full("A"), full(omnikey + " 00 01")}, omnikey[:61] + "...", false, []int{0, 2}},
		"a short name that begins another":  {[]reader.Reader{full("A B"), full("C")}, "A", false, []int{0, 1}},
		"another name, one card":            {[]reader.Reader{empty("A"), full("B")}, "Kart 1", false, []int{1}},
		"another name, no card":             {[]reader.Reader{empty("A"), empty("B")}, "Kart 1", false, nil},
		"no name, one card":                 {[]reader.Reader{full("A")}, "", false, []int{0}},
		"in no reader, as the library says": {[]reader.Reader{full("A")}, "SoftHSM slot ID 0x1", true, nil},
		"no reader":                         {nil, "A", false, nil},
	} {
		t.Run(name, func(t *testing.T) {
			var want []string
			for _, i := range tt.want {
				want = append(want, tt.readers[i].Name)
			}
			var got []string
			for _, r := range (Token{Reader: tt.token, Removable: !tt.fixed}).PossibleReaders(tt.readers) {
				got = append(got, r.Name)
			}
			if !slices.Equal(got, want) {
				t.Errorf("%q, want %q", strings.Join(got, ", "), strings.Join(want, ", "))
			}
		})
	}
}
