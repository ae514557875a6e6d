package preferences

// Policy is what the person's institution has set in the browser, checked by extension/policy.js. The person sees it on the
// settings page.
type Policy struct {
	Present bool // something is set
	// Sites are origins, Libraries absolute paths.
	Sites, Libraries []string
	Language         string // "tr", "en" or empty
	PhraseRequired   bool
	InstallURL       string
	// Wrong names what is set and not as it must be, which counts as not set.
	Wrong []string
}
