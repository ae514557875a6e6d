package portal

import (
	"crypto/rand"
	"encoding/base32"
	"fmt"
	"math/big"
	"regexp"
	"strings"
	"time"
	_ "time/tzdata" // the time of Turkey on machines without a time zone database

	"github.com/e-onay/e-onay/internal/message"
	"github.com/e-onay/e-onay/internal/pki"
	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/web/portal/store"
)

var istanbul = func() *time.Location {
	location, err := time.LoadLocation("Europe/Istanbul")
	if err != nil {
		panic(err) // the database is compiled in
	}
	return location
}()

// shortVersion is how many digits of a text's version people compare.
const shortVersion = 16

// writeDocument returns the exact bytes that a person signs: who, where, when, which act, its text and
// the code, as UTF-8 lines with LF. They are in Turkish, whatever the pages' language is.
func (p *Portal) writeDocument(c store.Challenge, name string, t text) []byte {
	heading, what := "E-ONAY BEYANI", "E-Onay verilmesi"
	if c.Kind == store.Withdraw {
		heading, what = "E-ONAYIN KALDIRILMASI BEYANI", "E-Onayın kaldırılması"
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n\n", heading)
	for _, line := range [][2]string{
		{"Site", p.address.String()},
		{"İşlem", what},
		{"İşlem numarası", c.Reference},
		{"Ad soyad", name},
		{"T.C. kimlik numarası", pki.MaskCitizenNumber(c.CitizenNumber)},
		{"Tarih ve saat", c.IssuedAt.In(istanbul).Format("02.01.2006 15:04:05") + " (Türkiye saati)"},
		{"Doğrulama kodu", c.Code},
		{"Metnin sürümü", t.Version[:shortVersion]},
	} {
		fmt.Fprintf(&b, "%s: %s\n", line[0], line[1])
	}
	fmt.Fprintf(&b, "\n%s", t.Body)
	return []byte(b.String())
}

// newVerificationCode returns 15 decimal digits.
func newVerificationCode() string {
	limit := new(big.Int).Exp(big.NewInt(10), big.NewInt(protocol.CodeDigits), nil)
	n, err := rand.Int(rand.Reader, limit)
	if err != nil {
		panic(err) // the system's random source never fails
	}
	return fmt.Sprintf("%0*d", protocol.CodeDigits, n)
}

// Letters and digits that are not mistaken for one another when they are read out (Crockford).
const referenceAlphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

var (
	referenceCoding = base32.NewEncoding(referenceAlphabet).WithPadding(base32.NoPadding)
	referenceForm   = regexp.MustCompile(`^([` + referenceAlphabet + `]{4}-){3}[` + referenceAlphabet + `]{4}$`)
)

// newReference returns 80 random bits as "4F7K-2M9Q-XT3B-8WDN".
func newReference() string {
	bits := make([]byte, 10)
	_, _ = rand.Read(bits) // never fails
	s := referenceCoding.EncodeToString(bits)
	return s[:4] + "-" + s[4:8] + "-" + s[8:12] + "-" + s[12:]
}

var months = map[message.Language][]string{
	message.Turkish: {"Ocak", "Şubat", "Mart", "Nisan", "Mayıs", "Haziran", "Temmuz", "Ağustos", "Eylül", "Ekim", "Kasım", "Aralık"},
	message.English: {"January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"},
}

// moment writes a time for people, in Turkey's time: "23 Kasım 2026, 12:04".
func moment(l message.Language, t time.Time) string {
	return day(l, t) + ", " + t.In(istanbul).Format("15:04")
}

// day writes a moment's day, as in "23 Kasım 2026".
func day(l message.Language, t time.Time) string {
	t = t.In(istanbul)
	return fmt.Sprintf("%d %s %d", t.Day(), months[l][t.Month()-1], t.Year())
}
