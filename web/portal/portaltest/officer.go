package portaltest

import (
	"fmt"
	"time"

	"github.com/e-onay/e-onay/web/portal/application"
	"github.com/e-onay/e-onay/web/portal/order"
	"github.com/e-onay/e-onay/web/portal/reference"
	"github.com/e-onay/e-onay/web/portal/store"
)

// Zeynep works at the authority's desk.
const Zeynep = "11111111101"

// Officer is a browser in which somebody with these roles has logged in with a card.
func (s *Site) Officer(citizenNumber string, roles ...store.Role) *Browser {
	s.T.Helper()
	for _, role := range roles {
		if err := s.Store.ChangeRole(s.T.Context(), store.RoleChange{CitizenNumber: citizenNumber, Role: role, At: s.Clock.Now()}); err != nil {
			s.T.Fatal(err)
		}
	}
	b, now, name, secret := s.Anybody(), s.Clock.Now(), reference.New(), Secret()
	err := s.Store.RecordLogin(s.T.Context(), store.Login{
		Reference: name, CitizenNumber: citizenNumber, Name: "ZEYNEP ŞAHİN", Way: "e-imza", Origin: s.URL, Nonce: name, Token: []byte("token"),
		ReceivedAt: now, Evidence: store.Evidence{VerifiedAt: now},
	})
	if err != nil {
		s.T.Fatal(err)
	}
	err = s.Store.CreateSession(s.T.Context(), store.Session{
		ID: store.HashOf(secret), CitizenNumber: citizenNumber, Name: "ZEYNEP ŞAHİN", CardLogin: name, AMR: "sc pin",
		CreatedAt: now, SeenAt: now, ExpiresAt: now.Add(8 * time.Hour),
	})
	if err != nil {
		s.T.Fatal(err)
	}
	b.Cookies["oturum"], b.Cookies["__Host-oturum"] = secret, secret
	return b
}

// OfficerOf is a browser in which an officer of these institutions, which are made, has logged in with a card.
func (s *Site) OfficerOf(citizenNumber string, institutions ...string) *Browser {
	s.T.Helper()
	for _, id := range institutions {
		c := store.InstitutionChange{ID: id, NameTR: "Kurum " + id, NameEN: "Institution " + id, Terms: "2026/114", At: s.Clock.Now()}
		if err := s.Store.ChangeInstitution(s.T.Context(), c); err != nil {
			s.T.Fatal(err)
		}
		if err := s.Store.ChangeOfficer(s.T.Context(), store.OfficerChange{CitizenNumber: citizenNumber, Institution: id, At: s.Clock.Now()}); err != nil {
			s.T.Fatal(err)
		}
	}
	return s.Officer(citizenNumber)
}

// CompleteForm is a form in which nothing is wrong.
func CompleteForm() application.Form {
	return application.Form{
		"birth_date": "1984-02-29", "birth_place": "Iğdır", "reason": "first", "reader": "none", "years": "3", "publish": "yes", "mobile": "+905001112233",
		"mail": MailOfAyse, "address": "Işık Sokak 3\nDaire 5", "district": "Çankaya", "province": "Ankara", "postcode": "06100",
	}
}

// ApplicationIn keeps an application of Ayşe's, changed, that begins in a state.
func (s *Site) ApplicationIn(state application.State, change func(*application.Application)) application.Application {
	s.T.Helper()
	a := application.New(application.NES, application.PaidByPerson, 0)
	a.Reference, a.CitizenNumber, a.Name, a.State, a.CreatedAt, a.ChangedAt = reference.New(), Ayse, "AYŞE YILMAZ", state, s.Clock.Now(), s.Clock.Now()
	a.Form, a.SecurityWord = CompleteForm(), "hash"
	if change != nil {
		change(&a)
	}
	c := application.Change{Event: application.Create, By: application.Person, Who: Ayse, At: s.Clock.Now(), To: state, Version: 1}
	if err := s.Store.CreateApplication(s.T.Context(), a, c); err != nil {
		s.T.Fatal(err)
	}
	return a
}

// OrderIn puts an order of card readers on record in a state, whose telephone number ends in 2233.
func (s *Site) OrderIn(state order.State, fee int64) order.Order {
	s.T.Helper()
	now := s.Clock.Now()
	o := order.Order{Reference: reference.New(), Kind: order.Reader, State: state, Version: 1, Fee: fee, CreatedAt: now, ChangedAt: now, Form: application.Form{
		"buyer": "ÇINAR A.Ş.", "buyer_number": "1234567890", "reader": "usb", "quantity": "1", "mobile": "+905001112233", "mail": "cinar@ornek.test",
		"address": "Işık Sokak 3", "district": "Çankaya", "province": "Ankara", "postcode": "06100",
	}}
	if err := s.Store.CreateOrder(s.T.Context(), o); err != nil {
		s.T.Fatal(err)
	}
	return o
}

// CarrierSays keeps what a carrier says of the shipment that is due to be asked about, in states an hour apart from now on.
func (s *Site) CarrierSays(place string, states ...application.ShipmentState) {
	s.T.Helper()
	now := s.Clock.Now()
	l, err := s.Store.LeaseShipment(s.T.Context(), now, now.Add(time.Hour))
	if err != nil {
		s.T.Fatal(err)
	}
	var events []application.ShipmentEvent
	for i, state := range states {
		events = append(events, application.ShipmentEvent{ID: fmt.Sprint(now.Unix(), i), State: state, Place: place, At: now.Add(time.Duration(i) * time.Hour)})
	}
	if err := s.Store.KeepShipmentEvents(s.T.Context(), l, events, now, now, ""); err != nil {
		s.T.Fatal(err)
	}
}
