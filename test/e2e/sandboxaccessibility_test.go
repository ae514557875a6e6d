package e2e

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
)

// checkSandbox inspects the sandbox's mailbox, in which a letter has come, and its courier, with a parcel of ten events. A list's numbers
// that hang over its left edge are no overflow to the browser, and are not found here.
func (j *Journey) checkSandbox(check Observer) {
	page := j.w.Browser.NewPage(j.w.Sandbox.URL + "/posta?lang=" + j.Language)
	page.Wait("article .letter")
	check("sandbox-mail", page)
	j.w.Sandbox.orderShipment()
	page.Goto(j.w.Sandbox.URL + "/kargo?lang=" + j.Language)
	for events := 2; events <= 10; events++ { // the order is the first
		page.Click(`article button[value="on_its_way"]`)
		page.WaitFor(fmt.Sprintf(`document.querySelectorAll("article li").length === %d`, events))
	}
	check("sandbox-courier", page)
	page.Close()
}

// orderShipment orders one from the courier, as the portal does.
func (s *Sandbox) orderShipment() {
	s.t.Helper()
	token, err := os.ReadFile(filepath.Join(s.Dir, "courier-token"))
	if err != nil {
		s.t.Fatalf("order a shipment: %v", err)
	}
	order := `{"key":"1","recipient":{"name":"Ayşe Işık","address":"Işık Sokak 3"}}`
	r, err := http.NewRequest("POST", s.URL+"/kargo/v1/orders", strings.NewReader(order))
	if err != nil {
		s.t.Fatalf("order a shipment: %v", err)
	}
	r.Header.Set("Authorization", "Bearer "+strings.TrimSpace(string(token)))
	r.Header.Set("Content-Type", "application/json")
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		s.t.Fatalf("order a shipment: %v", err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		s.t.Fatalf("order a shipment: %s", response.Status)
	}
}
