package consent

import (
	"fmt"
	"strings"
	_ "time/tzdata" // the time of Turkey on machines without a time zone database

	"github.com/e-onay/e-onay/internal/pki"
	"github.com/e-onay/e-onay/web/portal/legaltext"
	"github.com/e-onay/e-onay/web/portal/site"
	"github.com/e-onay/e-onay/web/portal/store"
)

// shortVersion is how many digits of a text's version people compare.
const shortVersion = 16

// writeDocument returns the exact bytes that a person signs: who, where, when, which act, its text and
// the code, as UTF-8 lines with LF. They are in Turkish, whatever the pages' language is.
func writeDocument(address string, c store.Challenge, name string, t legaltext.Text) []byte {
	heading, what := "E-ONAY BEYANI", "E-Onay verilmesi"
	if c.Kind == store.Withdraw {
		heading, what = "E-ONAYIN KALDIRILMASI BEYANI", "E-Onayın kaldırılması"
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n\n", heading)
	for _, line := range [][2]string{
		{"Site", address},
		{"İşlem", what},
		{"İşlem numarası", c.Reference},
		{"Ad soyad", name},
		{"T.C. kimlik numarası", pki.MaskCitizenNumber(c.CitizenNumber)},
		{"Tarih ve saat", c.IssuedAt.In(site.Istanbul).Format("02.01.2006 15:04:05") + " (Türkiye saati)"},
		{"Doğrulama kodu", c.Code},
		{"Metnin sürümü", t.Version[:shortVersion]},
	} {
		fmt.Fprintf(&b, "%s: %s\n", line[0], line[1])
	}
	fmt.Fprintf(&b, "\n%s", t.Body)
	return []byte(b.String())
}
