package settings

import (
	"strconv"
	"strings"

	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/wasm/expiry"
	"github.com/e-onay/e-onay/wasm/plaintext"
)

// reminder is the line about a certificate that ends soon, whether its card is in a reader or not.
type reminder struct {
	page *shared
	ends []protocol.CertificateEnd
}

// EndsRead brings when the certificates end that were seen last, at the start and after every change.
type EndsRead struct{ Ends []protocol.CertificateEnd }

func (EndsRead) IsEvent() {}

// ReminderView is that line; Text is empty where there is nothing to remind of.
type ReminderView struct {
	Text  string
	End   string   // in seconds since 1970
	Sites []string // where a renewal is applied for
}

// view names the sites of the portal, which is the certificate provider's.
func (r *reminder) view(portal []string) ReminderView {
	end, due := expiry.Due(r.ends, r.page.now())
	if !due {
		return ReminderView{}
	}
	words := r.page.sentences()
	key := "manage.reminder.ends"
	if end < r.page.now() {
		key = "manage.reminder.ended"
	}
	v := ReminderView{Text: words.T(key, "date", r.page.local(end).Date.Text(words.Language)), End: strconv.FormatInt(end, 10)}
	for _, pattern := range portal {
		v.Sites = append(v.Sites, plaintext.Short(strings.TrimSuffix(pattern, "*")))
	}
	return v
}
