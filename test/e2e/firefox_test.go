package e2e

import "testing"

// TestFirefox does in Firefox what Chromium's tests of the same names do: the two acts from the first page to the
// last, and what is another in each browser: messages, ports, windows, the host's start, the background's life.
func TestFirefox(t *testing.T) {
	for _, tt := range []struct {
		name string
		test func(t *testing.T, o Options)
	}{
		{"VirtualCard", wholeWay},
		{"NewPIN", newPIN},
		{"Hostile", hostilePage},
		{"HostilePage", harderPage},
		{"HostileNames", hostileNames},
		{"AtOnce", atOnce},
		{"Keyboard", keyboard},
		{"Accessibility", accessible},
		{"Cancel", cancelled},
		{"PageLeaves", pageLeaves},
		{"BackgroundStops", backgroundStops},
		{"BackgroundStopsAndWindowCloses", backgroundStopsAndWindowCloses},
		{"Login", logins},
		{"CardLogin", cardLogins},
		{"SampleSite", sampleSite},
		{"WebEID", webEID},
		{"SignedRequests", signedRequests},
		{"Sites", sites},
		{"Private", private},
		{"Frames", frames},
		{"NoExtension", noExtension},
		{"NoHost", noHost},
		{"HostKilled", hostKilled},
		{"BrowserKilled", browserKilled},
		{"UnblockLeft", unblockLeft},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			tt.test(t, Options{Firefox: true})
		})
	}
}
