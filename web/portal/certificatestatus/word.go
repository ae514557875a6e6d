package certificatestatus

import (
	"net/http"
	"net/netip"
	"regexp"
	"strings"
	"time"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/web/portal/application"
	"github.com/e-onay/e-onay/web/portal/refusal"
	"github.com/e-onay/e-onay/web/portal/site"
	"github.com/e-onay/e-onay/web/portal/statuses"
	"github.com/e-onay/e-onay/web/proxy"
)

const (
	cookie   = "durum"
	lifetime = 15 * time.Minute
)

// passed is what somebody without a login has answered so far.
type passed struct {
	CitizenNumber string    `json:"n"`
	References    []string  `json:"r,omitempty"` // of the certificates whose security word they have named
	Until         time.Time `json:"u"`
}

// read returns what the browser has kept; ok is false if it keeps nothing that counts any more.
func (f *feature) read(v *site.Visit) (p passed, ok bool) {
	value, ok := v.Cookie(cookie)
	if !ok || f.sealer.Open(value, &p) != nil || !f.Now().Before(p.Until) {
		return passed{}, false
	}
	return p, true
}

func (f *feature) keep(v *site.Visit, p passed) error {
	p.Until = f.Now().Add(lifetime)
	value, err := f.sealer.Seal(p)
	if err != nil {
		return fault.New(fault.Internal, err)
	}
	v.SetCookie(cookie, value, lifetime)
	return nil
}

// byWord admits whoever has named a security word in this browser a short time ago.
func (f *feature) byWord(serve func(*site.Visit, asker) error) func(*site.Visit) error {
	return func(v *site.Visit) error {
		v.W.Header().Set("Cache-Control", "no-store")
		p, ok := f.read(v)
		if !ok || len(p.References) == 0 {
			return v.See(Path)
		}
		return serve(v, asker{citizenNumber: p.CitizenNumber, proof: application.ByWord, references: p.References, base: listPath})
	}
}

// questionView is a page with one question. Wrong says that what was typed cannot be an answer.
type questionView struct{ Wrong bool }

func (f *feature) numberPage(v *site.Visit) error {
	return v.Render(http.StatusOK, "certificatenumber", questionView{}, "")
}

var (
	citizenNumber = regexp.MustCompile(`^[0-9]{11}$`)
	blanks        = strings.NewReplacer(" ", "", "\t", "")
)

// takeNumber keeps the number, whoever's it is: it says nothing of whether there is such a person.
func (f *feature) takeNumber(v *site.Visit) error {
	if err := v.ParseForm(); err != nil {
		return err
	}
	number := blanks.Replace(v.R.PostForm.Get("numara"))
	if !citizenNumber.MatchString(number) {
		return v.Render(http.StatusUnprocessableEntity, "certificatenumber", questionView{Wrong: true}, "")
	}
	if err := f.keep(v, passed{CitizenNumber: number}); err != nil {
		return err
	}
	return v.See(wordPath)
}

func (f *feature) wordPage(v *site.Visit) error {
	if _, ok := f.read(v); !ok {
		return v.See(Path)
	}
	return v.Render(http.StatusOK, "certificateword", questionView{}, "")
}

// takeWord judges the security word. Its answer is the same for a wrong word, for a person without certificates and for no person.
func (f *feature) takeWord(v *site.Visit) error {
	p, ok := f.read(v)
	if !ok {
		return v.See(Path)
	}
	if err := v.ParseForm(); err != nil {
		return err
	}
	references, err := f.Statuses.ProveWord(v.R.Context(), p.CitizenNumber, v.R.PostForm.Get("sozcuk"), statuses.Teller{Address: network(proxy.Of(v.R.Context()))})
	switch code := fault.CodeOf(err); {
	case err == nil:
	case code == refusal.WordWrong:
		return v.Render(http.StatusForbidden, "certificateword", questionView{}, code)
	default:
		return err
	}
	p.References = references
	if err := f.keep(v, p); err != nil {
		return err
	}
	return v.See(listPath)
}

// end forgets what the browser has kept.
func (f *feature) end(v *site.Visit) error {
	v.SetCookie(cookie, "", 0)
	return v.See("/")
}

// network is the visitor's network, "" where it is not known: whoever has an address of IPv6 has all of its network.
func network(visitor proxy.Visitor) string {
	if visitor.IsProxy || !visitor.Address.IsValid() {
		return ""
	}
	address := visitor.Address.Unmap()
	if address.Is6() {
		return netip.PrefixFrom(address.WithZone(""), 64).Masked().String()
	}
	return address.String()
}
