package sandbox

import (
	"net/http"
	"slices"
)

// bank is one whose customers can log in.
type bank struct{ Name, Title string }

// banks are invented.
var banks = []bank{{"deneme", "Deneme Bankası"}, {"ornek", "Örnek Bank"}, {"yarin", "Yarın Katılım"}}

// takeBanks takes the choice of a bank, and goes there.
func (p *provider) takeBanks(w http.ResponseWriter, r *http.Request, page *loginPage) {
	chosen := r.PostFormValue("bank")
	if !slices.ContainsFunc(banks, func(b bank) bool { return b.Name == chosen }) {
		page.refuse(w, http.StatusUnprocessableEntity, "bank", "bank-"+banks[0].Name)
		return
	}
	http.Redirect(w, r, page.Address(loginPath+"/banka/"+chosen), http.StatusSeeOther)
}

// serveBank is the double of a bank's own page, which sends its customer back.
func (p *provider) serveBank(w http.ResponseWriter, r *http.Request, page *loginPage) {
	i := slices.IndexFunc(banks, func(b bank) bool { return b.Name == r.PathValue("bank") })
	if i < 0 {
		page.request = nil
		page.write(w, http.StatusNotFound)
		return
	}
	page.Bank = banks[i].Title
	if r.Method != http.MethodPost {
		page.write(w, http.StatusOK)
		return
	}
	if who := page.chosen(w, r); who != nil {
		p.logIn(w, r, page, who)
	}
}
