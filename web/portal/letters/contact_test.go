package letters

import (
	"strings"
	"testing"
)

// TestContacts has what people have for numbers, and how a page shows an address.
func TestContacts(t *testing.T) {
	for phone, want := range map[string]bool{
		"+905001112233": true, "05001112233": false, "+0500111": false, "+9050011122334455": false, "+90 500": false, "+9050011a": false, "": true,
	} {
		if err := (Contact{Phone: phone}).Check(); (err == nil) != want || err != nil && strings.Contains(err.Error(), phone) && phone != "" {
			t.Errorf("%q: %v", phone, err)
		}
	}
	c := Contact{Mail: "ayse@ornek.test", Phone: "+905001112233"}
	if a, b := c.MailAddress(), c.SMSAddress(&Settings{SMSAddress: "{phone}@sms.test"}); a.Shown != "a•••@ornek.test" || b.Shown != "+•••33" || b.To != "905001112233@sms.test" {
		t.Errorf("%+v, %+v", a, b)
	}
}
