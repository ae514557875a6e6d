package trustlist_test

import (
	"bytes"
	"crypto/x509"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/e-onay/e-onay/internal/pki/pkitest"
	"github.com/e-onay/e-onay/internal/trustlist"
	"github.com/e-onay/e-onay/internal/trustlist/trustlisttest"
)

// TestUpdateRefusesCountryLists has servers and countries that give what does not count. The country's list has no anchor then.
func TestUpdateRefusesCountryLists(t *testing.T) {
	other := trustlisttest.NewOperator(t, "Other")
	for name, change := range map[string]func(w *trustlisttest.World) []byte{
		"another's signature": func(w *trustlisttest.World) []byte { return other.Sign(t, w.CountryList(5).String()) },
		"changed": func(w *trustlisttest.World) []byte {
			return bytes.Replace(w.Lists["/zz.xml"], []byte("2020-01-01"), []byte("2019-01-01"), 1)
		},
		"unsigned": func(w *trustlisttest.World) []byte { return []byte(w.CountryList(5).String()) },
		"signed within a service": func(w *trustlisttest.World) []byte {
			signed := string(w.Lists["/zz.xml"])
			signature := signatureOf(signed)
			return []byte(strings.Replace(strings.Replace(signed, signature, "", 1), "<TSPServices>", "<TSPServices>"+signature, 1))
		},
		"signed twice": func(w *trustlisttest.World) []byte {
			signature := signatureOf(string(w.Lists["/zz.xml"]))
			return []byte(strings.Replace(string(w.Lists["/zz.xml"]), signature, signature+signature, 1))
		},
		"a list within another": func(w *trustlisttest.World) []byte {
			return []byte(strings.Replace(w.CountryList(5).String(), "</TrustServiceStatusList>", string(w.Lists["/zz.xml"])+"</TrustServiceStatusList>", 1))
		},
		"of another country": func(w *trustlisttest.World) []byte {
			list := w.CountryList(5)
			list.Territory = "YY"
			return w.Country.Sign(t, list.String())
		},
		"a list of lists": func(w *trustlisttest.World) []byte {
			list := w.CountryList(5)
			list.Kind = trustlisttest.KindOfLists
			return w.Country.Sign(t, list.String())
		},
		"ended": func(w *trustlisttest.World) []byte {
			list := w.CountryList(5)
			list.End = trustlisttest.Now
			return w.Country.Sign(t, list.String())
		},
		"a redirect":   func(w *trustlisttest.World) []byte { return []byte("/lotl.xml") },
		"another page": func(w *trustlisttest.World) []byte { return []byte("<html>") },
		"too large":    func(w *trustlisttest.World) []byte { return make([]byte, trustlist.MaxList+1) },
	} {
		t.Run(name, func(t *testing.T) {
			w := trustlisttest.NewWorld(t)
			w.Put("/zz.xml", change(w))
			results, err := w.Update()
			if err != nil || len(results) != 2 {
				t.Fatalf("%d results, %v", len(results), err)
			}
			if r := results[1]; r.Territory != "ZZ" || r.List != nil || r.Problem == nil {
				t.Errorf("list %v of %q, %v", r.List != nil, r.Territory, r.Problem)
			}
			if anchors := trustlist.Anchors(results).Anchors; len(anchors) > 0 {
				t.Errorf("%d anchors", len(anchors))
			}
		})
	}
}

// signatureOf is the signature in a list, as text.
func signatureOf(signed string) string {
	from := strings.Index(signed, "<ds:Signature")
	until := strings.Index(signed, "</ds:Signature>") + len("</ds:Signature>")
	return signed[from:until]
}

// TestUpdateKeepsLists has a list that was fetched count until it ends, whatever comes after it, and a newer one replace it.
func TestUpdateKeepsLists(t *testing.T) {
	w := trustlisttest.NewWorld(t)
	check := func(sequence int, isNew bool) {
		t.Helper()
		results, err := w.Update()
		if err != nil {
			t.Fatal(err)
		}
		if r := results[1]; r.List == nil || r.List.Sequence != sequence || (r.Problem == nil) != isNew {
			t.Fatalf("%+v: %v", r.List, r.Problem)
		}
		file := trustlist.Anchors(results)
		if len(file.Anchors) != 1 || !file.Anchors[0].Certificate.Equal(w.CA) || !file.Expires.Equal(trustlisttest.Now.AddDate(0, 2, 0)) {
			t.Errorf("anchors %+v", file)
		}
	}
	check(5, true)
	w.Put("/zz.xml", []byte("down"))
	check(5, false)
	w.Put("/zz.xml", w.Country.Sign(t, w.CountryList(4).String())) // put back by whoever has the server
	check(5, false)
	w.Put("/zz.xml", w.Country.Sign(t, w.CountryList(6).String()))
	check(6, true)
	w.Put("/lotl.xml", []byte("down"))
	check(6, true)
	if files, err := filepath.Glob(filepath.Join(w.Updater.Folder, "*")); err != nil || len(files) != 2 {
		t.Errorf("%v, %v", files, err)
	}

	// What is kept is verified again: who changes a file is no better off than who changes an answer.
	w.Put("/zz.xml", []byte("down"))
	files, _ := filepath.Glob(filepath.Join(w.Updater.Folder, "*.xml"))
	for _, path := range files {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, bytes.Replace(data, []byte("2020-01-01"), []byte("2019-01-01"), 1), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if results, err := w.Update(); err != nil || results[1].List != nil {
		t.Errorf("a file that was changed counts: %v", err)
	}
}

// TestUpdateEnds has a list that nothing replaces end.
func TestUpdateEnds(t *testing.T) {
	w := trustlisttest.NewWorld(t)
	if _, err := w.Update(); err != nil {
		t.Fatal(err)
	}
	w.Updater.Now = func() time.Time { return trustlisttest.Now.AddDate(0, 2, 0) }
	results, err := w.Update()
	if err != nil || results[1].List != nil || !errors.Is(results[1].Problem, trustlist.ErrEnded) {
		t.Errorf("%+v, %v", results, err)
	}
	w.Updater.Now = func() time.Time { return trustlisttest.Now.AddDate(0, 3, 0) }
	if _, err := w.Update(); !errors.Is(err, trustlist.ErrEnded) {
		t.Errorf("a list of lists that has ended: %v", err)
	}
}

// TestUpdateFollowsPivots has the list of lists change its signer twice after the operator has set one.
func TestUpdateFollowsPivots(t *testing.T) {
	first, second := trustlisttest.NewOperator(t, "First"), trustlisttest.NewOperator(t, "Second")
	pivots := func(w *trustlisttest.World) {
		former := func(sequence int, next trustlisttest.Operator) string {
			list := w.ListOfLists(sequence)
			list.End = trustlisttest.Now.AddDate(-1, 0, 0)
			list.Pointers = []string{trustlisttest.Pointer(w.URL+"/lotl.xml", trustlisttest.KindOfLists, "EU", next)}
			return list.String()
		}
		w.Updater.Certificates = []*x509.Certificate{first.Certificate}
		w.Put("/pivot-1.xml", first.Sign(t, former(1, second)))
		w.Put("/pivot-2.xml", second.Sign(t, former(2, w.Union)))
		list := w.ListOfLists(10)
		list.Information = []string{w.URL + "/pivot-2.xml", w.URL + "/pivot-1.xml", "http://127.0.0.1:1/elsewhere.xml", w.URL + "/legal.html"}
		w.Put("/lotl.xml", w.Union.Sign(t, list.String()))
	}
	for _, test := range []struct {
		name   string
		change func(w *trustlisttest.World)
		isGood bool
	}{
		{"both", func(w *trustlisttest.World) {}, true},
		{"the second alone, from the second's certificate", func(w *trustlisttest.World) {
			w.Updater.Certificates = []*x509.Certificate{second.Certificate}
		}, true},
		{"the first is missing", func(w *trustlisttest.World) { w.Put("/pivot-1.xml", []byte("down")) }, false},
		{"the second is another's", func(w *trustlisttest.World) {
			w.Put("/pivot-2.xml", trustlisttest.NewOperator(t, "Other").Sign(t, w.ListOfLists(2).String()))
		}, false},
		{"the operator trusts another", func(w *trustlisttest.World) {
			w.Updater.Certificates = []*x509.Certificate{trustlisttest.NewOperator(t, "Other").Certificate}
		}, false},
		{"a country's list for a pivot", func(w *trustlisttest.World) {
			list := w.CountryList(1)
			list.Pointers = []string{trustlisttest.Pointer(w.URL+"/lotl.xml", trustlisttest.KindOfCountry, "EU", second)}
			w.Put("/pivot-1.xml", first.Sign(t, list.String()))
		}, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := trustlisttest.NewWorld(t)
			pivots(w)
			test.change(w)
			results, err := w.Update()
			if isGood := err == nil && results[0].List != nil; isGood != test.isGood {
				t.Errorf("%v", err)
			}
			if slices.Contains(w.Asked, "/legal.html") {
				t.Error("asked for what is no list")
			}
			if !test.isGood {
				return
			}
			w.Put("/pivot-1.xml", []byte("down")) // what has been verified is kept
			if _, err := w.Update(); err != nil {
				t.Errorf("again: %v", err)
			}
		})
	}
}

// TestUpdateOfTerritories fetches the lists of the countries that are wanted.
func TestUpdateOfTerritories(t *testing.T) {
	w := trustlisttest.NewWorld(t)
	w.Updater.Territories = []string{"YY"}
	if results, err := w.Update(); err != nil || len(results) != 1 || slices.Contains(w.Asked, "/zz.xml") {
		t.Errorf("%d results, %v; asked for %v", len(results), err, w.Asked)
	}
}

// TestAnchors turns statuses into times of trust.
func TestAnchors(t *testing.T) {
	ca := pkitest.Root(t, "Qualified CA").Certificate
	for _, test := range []struct {
		name     string
		statuses []trustlisttest.Status // the present one first
		want     string
	}{
		{"granted", []trustlisttest.Status{{Kind: "CA/QC", Name: "granted", Since: "2020-01-01"}}, "signatures 2020-01-01–"},
		{"granted after the older word for it", []trustlisttest.Status{
			{Kind: "CA/QC", Name: "granted", Since: "2016-07-01"}, {Kind: "CA/QC", Name: "undersupervision", Since: "2010-01-01"},
		}, "signatures 2010-01-01–"},
		{"withdrawn", []trustlisttest.Status{
			{Kind: "CA/QC", Name: "withdrawn", Since: "2021-01-01"}, {Kind: "CA/QC", Name: "granted", Since: "2020-01-01"},
		}, "signatures 2020-01-01–2021-01-01"},
		{"withdrawn, and granted again", []trustlisttest.Status{
			{Kind: "CA/QC", Name: "granted", Since: "2022-01-01"}, {Kind: "CA/QC", Name: "withdrawn", Since: "2021-01-01"}, {Kind: "CA/QC", Name: "granted", Since: "2020-01-01"},
		}, "signatures 2020-01-01–2021-01-01, signatures 2022-01-01–"},
		{"time stamps", []trustlisttest.Status{{Kind: "TSA/QTST", Name: "granted", Since: "2020-01-01"}}, "time_stamps 2020-01-01–"},
		{"signatures and seals", []trustlisttest.Status{{Kind: "CA/QC", Name: "granted", Since: "2020-01-01", Purposes: []string{"ForeSignatures", "ForeSeals"}}}, "signatures 2020-01-01–"},
		{"web sites", []trustlisttest.Status{{Kind: "CA/QC", Name: "granted", Since: "2020-01-01", Purposes: []string{"ForWebSiteAuthentication"}}}, ""},
		{"not qualified", []trustlisttest.Status{{Kind: "CA/PKC", Name: "recognisedatnationallevel", Since: "2020-01-01"}}, ""},
		{"of a service that is no CA", []trustlisttest.Status{{Kind: "EDS/Q", Name: "granted", Since: "2020-01-01"}}, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			list := trustlisttest.Scheme{Kind: trustlisttest.KindOfCountry, Territory: "ZZ", End: trustlisttest.Now, Services: []string{trustlisttest.Service(ca, test.statuses...)}}
			l, err := trustlist.Parse([]byte(list.String()))
			if err != nil {
				t.Fatal(err)
			}
			if s := l.Services[0]; s.Provider != "Provider" || s.Name != "Service" {
				t.Errorf("%q of %q", s.Name, s.Provider)
			}
			var got []string
			for _, a := range l.Anchors() {
				end := ""
				if !a.Until.IsZero() {
					end = a.Until.Format("2006-01-02")
				}
				got = append(got, string(a.For)+" "+a.Since.Format("2006-01-02")+"–"+end)
			}
			if strings.Join(got, ", ") != test.want {
				t.Errorf("%q, want %q", got, test.want)
			}
		})
	}
}
