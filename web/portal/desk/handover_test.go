package desk_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/e-onay/e-onay/web/portal/application"
	"github.com/e-onay/e-onay/web/portal/portaltest"
	"github.com/e-onay/e-onay/web/portal/refusal"
	"github.com/e-onay/e-onay/web/portal/store"
)

// TestHandedOverInPerson: what somebody fetches has no shipment; a courier's card is delivered by its number alone.
func TestHandedOverInPerson(t *testing.T) {
	s := portaltest.NewSite(t, nil)
	officer := s.Officer(portaltest.Zeynep, store.Courier)
	made := func(state application.State, delivery application.Delivery, shipment string) application.Application {
		return s.ApplicationIn(state, func(a *application.Application) {
			a.Kind, a.Shipment = application.Seal, shipment
			a.CitizenNumber, a.Form = "", application.Form{"authorised_number": portaltest.Ayse, "medium": "card", "delivery": string(delivery)}
		})
	}
	does := func(a application.Application, act string) portaltest.Answer {
		return officer.Post("/masa/basvuru/"+a.Reference+"/"+act, url.Values{"surum": {fmt.Sprint(a.Version)}, "gonderi": {"TR123456789"}})
	}
	fetched, sent, carried := made(application.Produced, application.AtDesk, ""), made(application.Produced, application.ToBranch, ""), made(application.WithCourier, application.ToAddress, "TR000000001")
	for a, want := range map[*application.Application]string{&fetched: "elden", &sent: "sevk", &carried: "teslim"} {
		page := officer.Get("/masa/basvuru/" + a.Reference)
		for _, act := range []string{"elden", "sevk", "teslim"} {
			if offered := strings.Contains(page.Body, "/"+a.Reference+"/"+act+`"`); offered != (act == want) {
				t.Errorf("%s, %s: %s is offered: %v", a.State, a.Delivery(), act, offered)
			}
		}
	}
	for _, language := range []string{"en", "tr"} {
		officer.Cookies["dil"] = language
		portaltest.CheckPage(t, "in person", officer.Get("/masa/basvuru/"+fetched.Reference+"/elden"), language)
	}
	for _, refused := range []struct {
		a    application.Application
		act  string
		code string
	}{{fetched, "sevk", string(refusal.ApplicationState)}, {fetched, "teslim", string(refusal.CourierNumber)}, {sent, "elden", string(refusal.ApplicationState)}, {carried, "elden", string(refusal.ApplicationState)}} {
		if a := does(refused.a, refused.act); a.Status == http.StatusSeeOther || string(a.Code()) != refused.code {
			t.Errorf("%s of %s in %s: %d %q", refused.act, refused.a.Delivery(), refused.a.State, a.Status, a.Code())
		}
		if kept := s.Seen(refused.a.Reference); kept.State != refused.a.State {
			t.Errorf("%s: %s is %s", refused.act, refused.a.State, kept.State)
		}
	}
	if a := does(fetched, "elden"); a.Status != http.StatusSeeOther || s.Seen(fetched.Reference).State != application.Delivered {
		t.Errorf("handed over: %d %s, %s", a.Status, a.Code(), s.Seen(fetched.Reference).State)
	}
}
