package e2e

import (
	"fmt"
	"os/exec"
	"path/filepath"
)

// checkDesk has an officer log in with their card, take an application from its queue and accept it, and inspects the screens. The
// officer logs out in the end.
func (w *World) checkDesk(page *Page, check Observer) {
	w.t.Helper()
	w.Grant("reviewer", Ayse)
	w.Grant("administrator", Ayse)
	w.Grant("editor", Ayse)
	w.Grant("status", Ayse)
	w.Grant("producer", Ayse)
	w.logsIn(page)
	w.Browser.NoWindow()
	w.checkOfficer(page, check)
	reference := w.apply(Mehmet)
	page.Goto(w.Portal.URL + "/")
	page.Click("#menu-desk")
	page.Wait(`[data-queue="under_review"][data-count="1"]`)
	check("portal-desk", page)
	page.Click(`[data-queue="under_review"]`)
	page.Wait(`[data-application="` + reference + `"]`)
	check("portal-desk-queue", page)
	page.Click(`[data-application="` + reference + `"]`)
	page.Wait(`#state[data-state="under_review"]`)
	check("portal-desk-application", page)
	page.Click("#to-iade")
	page.Wait("#gerekce")
	page.Click("#do")
	page.Wait(`#problem[data-code="reason_missing"]`)
	check("portal-desk-problem", page)
	page.Goto(w.Portal.URL + "/masa/basvuru/" + reference + "/kabul")
	check("portal-desk-accept", page)
	page.Click("#do")
	page.Wait(`#state[data-state="in_production"]`)
	page.Goto(w.Portal.URL + "/masa/uretim")
	check("portal-desk-production", page)
	w.checkReturns(page, reference, check)
	w.checkTwoPersons(page, check)
	w.checkRevocation(page, check)
	page.Goto(w.Portal.URL + "/masa/siparisler")
	page.Wait("[data-order]")
	check("portal-desk-orders", page)
	page.Click("[data-order]")
	page.Wait("#state")
	check("portal-desk-order", page)
	page.Click("#logout")
	page.Wait("#login")
}

// checkReturns has the officer take what the sandbox's machine has made for an application, then another certificate for it, which is refused, and
// inspects the screen.
func (w *World) checkReturns(page *Page, reference string, check Observer) {
	w.t.Helper()
	handover := page.downloadForm("#hand-over")
	for _, outcome := range []string{"made", "refused"} {
		page.chooses("#file", "donus.json", w.Sandbox.produce(handover))
		page.Click("#take-back")
		page.Wait("#" + outcome + `:not([data-count="0"])`) // a seal's is made too
		w.Sandbox.forgetMade(reference)
		if outcome == "made" {
			page.Goto(w.Portal.URL + "/masa/uretim")
		}
	}
	check("portal-desk-return", page)
}

// checkTwoPersons has the officer, an administrator too, ask for the end of their own role, and inspects the screens of what two persons decide.
func (w *World) checkTwoPersons(page *Page, check Observer) {
	w.t.Helper()
	page.Goto(w.Portal.URL + "/masa/metinler")
	check("portal-desk-texts", page)
	page.Click("#change-e-onay")
	page.Wait("#metin")
	page.Click("#preview") // of the same text
	page.Wait(`#problem[data-code="desk_form"]`)
	check("portal-desk-text-problem", page)
	page.Type("#metin", "Yeni metin. ")
	page.Click("#preview")
	page.Wait("#shown")
	check("portal-desk-text-preview", page)
	page.Goto(w.Portal.URL + "/masa/duyurular")
	page.Click("#to-new")
	page.Wait("#onemli")
	page.Click("#preview")
	page.Wait(`#problem[data-code="desk_form"]`)
	check("portal-desk-bulletin-problem", page)
	for field, text := range map[string]string{"baslik_tr": "Bakım", "metin_tr": "Site kapalı olacak.", "baslik_en": "Maintenance", "metin_en": "The site will be closed."} {
		page.Type("#"+field, text)
	}
	page.Click("#preview")
	page.Wait("#ask")
	check("portal-desk-bulletin-preview", page)
	page.Click("#ask")
	page.Wait(`[data-outcome="alone"]`)
	page.Goto(w.Portal.URL + "/masa/duyurular")
	check("portal-desk-bulletin", page)
	page.Click("[data-announced] a")
	page.Wait("#take-off")
	check("portal-desk-bulletin-end", page)
	page.Goto(w.Portal.URL + "/masa/gorevliler")
	check("portal-desk-staff", page)
	page.Click("#to-end")
	page.Wait("#ask")
	page.Click("#ask")
	page.Wait(`#problem[data-code="desk_form"]`)
	check("portal-desk-staff-problem", page)
	page.Type("#kimlik", Ayse.CitizenNumber)
	page.Click("#gorev-reviewer")
	page.Click("#ask")
	page.Wait("#to-withdraw")
	check("portal-desk-approval", page)
	page.Click("#to-withdraw")
	page.Wait("#refuse")
	check("portal-desk-withdraw", page)
	page.Goto(w.Portal.URL + "/masa/onaylar")
	check("portal-desk-approvals", page)
}

// checkRevocation has the officer ask for a revocation without the word, and inspects its screens.
func (w *World) checkRevocation(page *Page, check Observer) {
	w.t.Helper()
	reference := "5G8M-3N0R-YV4C-9XEP"
	w.record(Mehmet, reference, "active", "'0abc', 1, 4102444800000")
	page.Goto(w.Portal.URL + "/masa/durum/" + reference)
	page.Wait("#to-together")
	check("portal-desk-status", page)
	page.Goto(w.Portal.URL + "/masa/durum")
	page.Type("#number", Mehmet.CitizenNumber)
	page.Click("#find")
	page.Wait("#found")
	check("portal-desk-status-number", page)
	page.Goto(w.Portal.URL + "/masa/durum/" + reference)
	page.Click("#to-together")
	page.Wait("#ask")
	page.Click("#r-lost")
	page.Click("#ask")
	page.Wait(`#problem[data-code="reason_missing"]`)
	check("portal-desk-together-problem", page)
}

// apply puts an application under review on record, by another program than the portal, and returns its reference.
func (w *World) apply(who Person) string {
	w.t.Helper()
	const reference = "4F7K-2M9Q-XT3B-8WDN"
	w.record(who, reference, "under_review", "NULL, NULL, NULL")
	return reference
}

// fee is what applications that are recorded as due to be paid cost, in kuruş.
const fee = 25_000

// record puts an application in a state on record, with its certificate's serial number, beginning and end.
func (w *World) record(who Person, reference, state, certificate string) {
	w.t.Helper()
	form := `{"birth_date":"1984-02-29","birth_place":"Iğdır","reason":"first","reader":"none","years":"3","mobile":"+905001112233",` +
		`"mail":"mehmet@ornek.test","address":"Işık Sokak 3","district":"Çankaya","province":"Ankara","postcode":"06100"}`
	due := 0
	if state == "payment_due" {
		due = fee
	}
	w.write(fmt.Sprintf(`INSERT INTO application (reference, version, citizen_number, name, kind, payer, state, state_since, form, security_word, way, basis, fee, salt,
			created_at, changed_at, serial, not_before, not_after)
		VALUES ('%[1]s', 1, '%[2]s', '%[3]s', 'nes', 'institution', '%[5]s', 1, '%[4]s', 'hash', 'paper', 'B', %[7]d, randomblob(16), 1, 1, %[6]s);
		INSERT INTO application_change (reference, version, event, by_actor, at, reason, basis, way, from_state, to_state, digest)
		VALUES ('%[1]s', 1, 'create', 'person', 1, '', '', '', '', '%[5]s', zeroblob(32))`, reference, who.CitizenNumber, who.Name, form,
		state, certificate, due))
}

// write has another program than the portal write to its database.
func (w *World) write(statements string) {
	w.t.Helper()
	command := exec.Command("sqlite3", "-cmd", ".timeout 5000", filepath.Join(w.Sandbox.Dir, "portal.db"), statements)
	if out, err := command.CombinedOutput(); err != nil {
		w.t.Fatalf("write to the portal's database: %v: %s", err, out)
	}
}
