package e2e

import (
	"slices"
	"testing"
)

// TestFirefox does in Firefox what is another there (what a page's process sees and says, ports, windows, permissions, the
// host's start, the background's life, the look), and one journey of each act. What Go or the scripts judge, of whatever
// browser, is in Chromium's tests of the same names, and below. A browser takes five seconds of a processor to start, and a
// window three: one does for what leaves nothing behind. Go begins the last first: the longest, so that none is left for the end.
func TestFirefox(t *testing.T) {
	for _, tt := range []struct {
		name string
		test func(t *testing.T, o Options)
	}{
		{"NetworkAccess", testsAddresses},
		{"OrderPaid", paysOrder},
		{"Installation", installs},
		{"NoExtension", noExtension},
		{"NoHost", noHost},
		{"Policy", instituted},
		{"Reminder", func(t *testing.T, o Options) { o.Virtual = true; reminded(t, o) }},
		{"NewPIN", firefoxNewPIN},
		{"BrowserKilled", firefoxKilled},
		{"Private", private},
		{"LargeDocument", large},
		{"ManyDocuments", manyListed},
		{"Viewers", firefoxViewers},
		{"Accessibility", accessible},
		{"Journeys", firefoxJourneys},
		{"SampleSite", firefoxSampleSite},
		{"Sites", firefoxSites},
		{"Pages", firefoxPages},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			tt.test(t, Options{Firefox: true})
		})
	}
}

// firefoxPages are honest and hostile pages, each of a site of its own.
func firefoxPages(t *testing.T, o Options) {
	h := hostile{NewWorld(t, o)}
	t.Run("login", h.login)
	t.Run("certificate and signature", h.certificateAndSignature)
	t.Run("Web eID's status", h.webEIDStatus)
	t.Run("Web eID's login", h.webEIDLogin)
	t.Run("forged origin", h.forgedOrigin)
	t.Run("no gesture", h.noGesture)
	t.Run("frame", h.frame)
	t.Run("one press, many windows", h.onePress)
	t.Run("polluted prototypes", h.polluted)
	t.Run("frames and popups", h.frames)
	t.Run("leaves at once", h.leaves)
	t.Run("long lines", h.bothDirections)
	t.Run("names", func(t *testing.T) { h.name(t, `"\u05d0".repeat(90)`, "\u05d0") })
	t.Run("the window's own pages", h.ownPages)

	t.Run("drawn at once", h.changedPhrase)

	t.Run("signed request", h.signedName)
	t.Run("what is published", h.publishedOtherwise)
	t.Run("service worker", h.serviceWorker)
	t.Run("hash", func(t *testing.T) { h.signsHash(t) }) // from then on the key logs in nowhere
}

// firefoxSites are sites that no build names, and frames. Sites that are admitted for always come after those that are not.
func firefoxSites(t *testing.T, o Options) {
	h := hostile{NewWorld(t, o)}
	t.Run("addresses", h.addresses)
	s := admission{h, StartSecureSite(t, "magaza.test"), StartSecureSite(t, "baska.test")}
	t.Run("not admitted", s.notAdmitted)
	t.Run("now", s.now)
	t.Run("gone elsewhere", s.goneElsewhere)
	t.Run("background stops", s.backgroundStops)
	t.Run("denied", s.denied)
	t.Run("always", s.always)
	t.Run("withdrawn", s.withdrawn)
	t.Run("all", s.all)

	f := framed{h, StartSite(t)}
	t.Run("frame", f.delegated)
	t.Run("frame, background stops", f.backgroundStops)
	t.Run("frame of others", f.notDelegated)
	t.Run("frame, taken back", f.takenBack)
	t.Run("frame of a frame", f.deeper)
	t.Run("opaque frames", f.opaque)
	t.Run("frame leaves", f.frameLeaves)
	t.Run("frame that is not admitted", f.notAdmitted)
}

// firefoxSampleSite logs in and signs at the sample site: a text, a PDF and a package.
func firefoxSampleSite(t *testing.T, o Options) {
	w := NewWorld(t, o)
	sampleSite(t, w)
	w.Browser.CloseWindows()
	f := formats{StartSampleSite(t, w)}
	t.Run("PDF", func(t *testing.T) { f.judgePDF(t, f.sign(t, "contract", 1)) })
	t.Run("package", func(t *testing.T) { f.judgePackage(t, f.sign(t, "letter", 1)) })
}

// firefoxViewers reads what the browser itself draws: pages, a picture and a tree; and hears of what is refused.
func firefoxViewers(t *testing.T, o Options) {
	h := hostile{NewWorld(t, o)}
	t.Run("refused by the inspector", h.refusedByInspector)
	for _, d := range viewed(t) {
		if slices.Contains([]string{"sozlesme.pdf", "resim.png", "belge.xml"}, d.name) {
			t.Run(d.name, func(t *testing.T) { h.reads(t, d) })
		}
	}
	t.Run("attachments", h.opensAttachments)
}

// firefoxJourneys are those of one person, one after the other.
func firefoxJourneys(t *testing.T, o Options) {
	w := NewWorld(t, o)
	t.Run("card login", func(t *testing.T) {
		page := w.cardLogin(t, "e-imza")
		page.Click("#logout")
		page.Wait("#login")
		page.Close()
	})
	var page *Page
	t.Run("keyboard", func(*testing.T) { page = w.keyboard() })
	j := NewJourney(w, nil)
	for _, at := range [][2]string{{"who", "close"}, {"code", "escape"}, {"pin", "button"}} {
		t.Run(at[0]+" by "+at[1], func(t *testing.T) { j.cancels(t, page, at[0], at[1]) })
	}
	for _, at := range [][2]string{{"who", "navigated"}, {"document", "reloaded"}, {"pin", "closed"}} {
		t.Run(at[1]+" at "+at[0], func(t *testing.T) { page = j.leaves(t, page, at[0], at[1]) })
	}
	t.Run("background stops and window closes", func(t *testing.T) { j.closesWithoutBackground(t, page) })
	t.Run("background stops", func(*testing.T) { j.withoutBackground(page, Withdraw) })
	t.Run("approval by signature", func(t *testing.T) { j.approves(t, page) })
	t.Run("host killed", func(t *testing.T) { j.hostKilled(t, page, Give) })
	t.Run("signature check", func(t *testing.T) { w.checksSignature(page) })
}

// firefoxKilled kills the browser while the card signs. In the new one the person signs, and what they close while it has
// the card unblocked is done.
func firefoxKilled(t *testing.T, o Options) {
	o.Virtual, o.OwnBrowser = true, true
	w := NewWorld(t, o)
	page := browserKilled(t, w, false)
	NewJourney(w, nil).All(page, Withdraw)
	t.Run("unblock left", func(t *testing.T) { unblockLeft(t, w) })
}

// firefoxNewPIN gives a card a new PIN with the portal's PUK, and signs with it.
func firefoxNewPIN(t *testing.T, o Options) {
	o.Virtual = true
	w := NewWorld(t, o)
	w.Record(Ayse)
	j := NewJourney(w, nil)
	page := j.Login(Ayse)
	j.NewPIN(page, usualPIN, FreshPIN)
	j.All(page, Give)
}
