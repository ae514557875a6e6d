package courier_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/e-onay/e-onay/web/portal"
	"github.com/e-onay/e-onay/web/portal/application"
	"github.com/e-onay/e-onay/web/portal/courier"
	"github.com/e-onay/e-onay/web/portal/portaltest"
)

// TestSandbox orders and follows at the sandbox's courier, which misbehaves in every way but by hanging.
func TestSandbox(t *testing.T) {
	o := portaltest.NewOutside(t)
	settings, err := portal.ReadSettings(filepath.Join(o.Dir, "portal.json"))
	if err != nil {
		t.Fatal(err)
	}
	token, err := os.ReadFile(settings.Courier.TokenFile)
	if err != nil {
		t.Fatal(err)
	}
	client := &courier.Client{URL: settings.Courier.URL, Token: strings.TrimSpace(string(token))}
	order := func(key string) (string, error) {
		return client.Order(t.Context(), courier.Order{Key: key, Recipient: courier.Recipient{Name: "AYŞE YILMAZ", Address: "Işık Sokak 3"}})
	}
	first, err := order("first")
	if err != nil {
		t.Fatal(err)
	}
	if again, err := order("first"); err != nil || again != first {
		t.Errorf("the same order is %s, was %s: %v", again, first, err)
	}
	if other, err := order("second"); err != nil || other == first {
		t.Errorf("another order is %s too: %v", other, err)
	}
	for conduct, check := range map[string]func() error{
		"repeated-number": func() error { number, err := order("third"); return want(number == first, err) },
		"another-number":  func() error { number, err := order("first"); return want(number != first, err) },
		"unknown-number":  func() error { _, err := client.Track(t.Context(), first); return is(err, courier.ErrUnknown) },
		"other-parcel":    func() error { _, err := client.Track(t.Context(), first); return is(err, courier.ErrInvalid) },
		"hostile-texts": func() error {
			events, err := client.Track(t.Context(), first)
			return errors.Join(is(err, courier.ErrInvalid), want(len(events) == 2 && events[1].Place == "<script>alert(1)</script>", nil)) // which pages escape
		},
		"rewrites-history": func() error {
			events, err := client.Track(t.Context(), first)
			return want(len(events) == 1 && events[0].State == application.ShipmentDelivered, err)
		},
		"malformed-number": func() error { _, err := order("fourth"); return is(err, courier.ErrInvalid) },
		"refused":          func() error { _, err := order("fourth"); return is(err, courier.ErrRefused) },
		"garbage":          func() error { _, err := order("fourth"); return is(err, courier.ErrInvalid) },
		"huge":             func() error { _, err := order("fourth"); return is(err, courier.ErrInvalid) },
		"busy":             func() error { _, err := order("fourth"); return later(err) },
		"down":             func() error { _, err := order("fourth"); return later(err) },
	} {
		o.Misbehave("courier", conduct)
		if err := check(); err != nil {
			t.Errorf("%s: %v", conduct, err)
		}
	}
	o.Misbehave("courier", "ok")
	o.Post("/admin/courier", map[string]string{"number": first, "state": "not_met", "place": "Iğdır"}, nil)
	events, err := client.Track(t.Context(), first)
	if err != nil || len(events) != 2 || events[1].State != application.ShipmentNotMet || events[1].Place != "Iğdır" {
		t.Errorf("%+v, %v", events, err)
	}
	stranger := &courier.Client{URL: settings.Courier.URL, Token: "0123456789abcdef"}
	if _, err := stranger.Track(t.Context(), first); later(err) != nil {
		t.Errorf("of a stranger: %v", err)
	}
}

func want(ok bool, err error) error {
	if err == nil && !ok {
		err = errors.New("not as it should be")
	}
	return err
}

// is returns nil if err is the one that was expected.
func is(err, expected error) error {
	if errors.Is(err, expected) {
		return nil
	}
	return errors.Join(errors.New("unexpected"), err)
}

// later returns nil if err says that another attempt is of use.
func later(err error) error {
	if err != nil && !errors.Is(err, courier.ErrInvalid) && !errors.Is(err, courier.ErrRefused) {
		return nil
	}
	return errors.Join(errors.New("unexpected"), err)
}
