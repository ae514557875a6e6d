package settings

import (
	"slices"
	"strings"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/wasm/hostclient"
	"github.com/e-onay/e-onay/wasm/plaintext"
	"github.com/e-onay/e-onay/wasm/preferences"
	"github.com/e-onay/e-onay/wasm/screen"
	"github.com/e-onay/e-onay/wasm/wire"
)

// institution is the section with what the person's institution has set in the browser. The person reads it, and changes
// nothing of it; the browser asks them for the institution's sites, which no policy can give an extension.
type institution struct {
	page   *shared
	policy preferences.Policy
	asked  []string               // the libraries that the host was asked about last
	judged []protocol.HostLibrary // what it said of them
}

// take takes what is set now.
func (s *institution) take(p preferences.Policy) {
	s.policy = p
	s.page.client.UseLibraries(p.Libraries)
}

// handleAnswer takes why the host does not use a library.
func (s *institution) handleAnswer(r *hostclient.Request, answer protocol.HostEnvelope) error {
	var judged protocol.HostLibraries
	if err := wire.Body(answer, &judged); err != nil {
		return err
	}
	body, _ := r.Body.(protocol.HostLibrariesBody)
	if len(judged.Libraries) != len(body.Paths) {
		return wire.Invalid("other libraries than those that were named")
	}
	s.asked, s.judged = body.Paths, judged.Libraries
	return nil
}

// handleRefusal notes that the host knows of no libraries of an institution: it is an older one.
func (s *institution) handleRefusal(r *hostclient.Request, f protocol.HostFailure) error {
	body, _ := r.Body.(protocol.HostLibrariesBody)
	s.asked, s.judged = body.Paths, make([]protocol.HostLibrary, len(body.Paths))
	for i := range s.judged {
		s.judged[i].Problem = f.Code
	}
	return nil
}

// patterns are the match patterns of the institution's sites.
func (s *institution) patterns() (patterns []string) {
	for _, origin := range s.policy.Sites {
		patterns = append(patterns, origin+"/*")
	}
	return patterns
}

// InstitutionView is what the institution has set. Of several things said in a line each, Lines has those that are set.
type InstitutionView struct {
	screen.Sentences
	Present bool
	Lines   []string
	Sites   []InstitutionSite
	// Missing are the match patterns of those sites that the browser does not let the extension into yet, with a space
	// between them.
	Missing   string
	Libraries []InstitutionLibrary
	Wrong     string // names of members that are not as they must be
}

// InstitutionSite is a site; Open tells that the extension works there.
type InstitutionSite struct {
	Name string
	Open bool
}

// InstitutionLibrary is a library; Problem says why it is not used.
type InstitutionLibrary struct{ Path, Problem string }

func (s *institution) view(sites SitesRead) InstitutionView {
	p := &s.policy
	v := InstitutionView{Sentences: s.page.sentences(), Present: p.Present}
	if p.PhraseRequired {
		v.Lines = append(v.Lines, v.T("manage.institution.phrase"))
	}
	if p.Language != "" {
		v.Lines = append(v.Lines, v.T("manage.institution.language."+p.Language))
	}
	if p.InstallURL != "" {
		v.Lines = append(v.Lines, v.T("manage.institution.install", "address", plaintext.Visible(p.InstallURL)))
	}
	var missing []string
	for _, pattern := range s.patterns() {
		open := slices.Contains(sites.Permitted, pattern) || slices.Contains(sites.Permitted, AllSites)
		v.Sites = append(v.Sites, InstitutionSite{siteName(pattern), open})
		if !open {
			missing = append(missing, pattern)
		}
	}
	v.Missing = strings.Join(missing, " ")
	for i, path := range p.Libraries {
		library := InstitutionLibrary{Path: plaintext.Visible(path)}
		if slices.Equal(s.asked, p.Libraries) && s.judged[i].Problem != "" {
			library.Problem = s.why(s.judged[i])
		}
		v.Libraries = append(v.Libraries, library)
	}
	if len(p.Wrong) > 0 {
		v.Wrong = v.T("manage.institution.wrong", "names", plaintext.Short(strings.Join(p.Wrong, ", ")))
	}
	return v
}

// why says why a library is not used.
func (s *institution) why(l protocol.HostLibrary) string {
	words := s.page.sentences()
	code := wire.KnownCode(l.Problem)
	if code == fault.Unsupported {
		return words.T("manage.institution.old_program")
	}
	text := words.T("manage.institution.unused")
	if why := plaintext.Line(screen.Sentence(words.Language, l.Why)); why != "" {
		text += " " + plaintext.Visible(why)
	}
	return text
}
