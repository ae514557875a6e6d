package main

import (
	"time"

	"github.com/e-onay/e-onay/test/e2e"
)

// measureLargeFile measures how long it takes a person to sign 500 MB at a page of the sample site, until the site has verified
// the file and OpenSSL has. In Chromium the tests sign it; in Firefox it would take a twentieth of their time.
func (b *bench) measureLargeFile(t e2e.T, w *e2e.World, in string) {
	site := e2e.StartSampleSite(t, w)
	start := time.Now()
	if err := site.SignLarge(); err != nil {
		t.Fatalf("sign the large file: %v", err)
	}
	b.Add("500 MB signed, and verified by a site and OpenSSL"+in, "s", []float64{time.Since(start).Seconds()})
	site.Page.Close()
}
