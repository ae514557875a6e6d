package newpin

import (
	"strings"
	"testing"

	"github.com/e-onay/e-onay/web/portal/letters"
)

// TestContacts has what people have for numbers, and how a page shows an address.
func TestContacts(t *testing.T) {
	for phone, want := range map[string]bool{
		"+905001112233": true, "05001112233": false, "+0500111": false, "+9050011122334455": false, "+90 500": false, "+9050011a": false, "": true,
	} {
		if err := (contact{Phone: phone}).check(); (err == nil) != want || err != nil && strings.Contains(err.Error(), phone) && phone != "" {
			t.Errorf("%q: %v", phone, err)
		}
	}
	c := contact{Mail: "ayse@ornek.test", Phone: "+905001112233"}
	if a, b := mailAddress(c), smsAddress(c, &letters.Settings{SMSAddress: "{phone}@sms.test"}); a.shown != "a•••@ornek.test" || b.shown != "+•••33" || b.to != "905001112233@sms.test" {
		t.Errorf("%+v, %+v", a, b)
	}
}
