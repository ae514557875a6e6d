// Package module knows which PKCS#11 library serves which card.
//
// Its knowledge is data: registry.json, and before it the person's modules.json. A card is recognised by its answer to reset,
// mostly by the historical bytes in it, so that new versions of a card are recognised too. Its family names the libraries to
// try; Select puts them in order.
package module

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/e-onay/e-onay/nativehost/worker"
)

// A Library is one to load.
type Library struct {
	Path   string
	Quirks []worker.Quirk
	Why    Why
	// Unblock is how a PUK unblocks a card through the library, empty for worker.InitPIN. A card's family may know better: see
	// Unblocks.
	Unblock worker.Method
}

// Unblocks returns how a PUK unblocks a card of the family, nil if it is not known, through the library.
func (l Library) Unblocks(f *Family) worker.Method {
	switch {
	case f != nil && f.Unblock != "":
		return f.Unblock
	case l.Unblock != "":
		return l.Unblock
	}
	return worker.InitPIN
}

// Why says for what reason a library is tried; it ends the key of a sentence for people.
type Why string

// The reasons.
const (
	Configured Why = "configured" // the person has named it
	Instituted Why = "instituted" // their institution has, by the browser's policy
	Remembered Why = "remembered" // it served such a card before
	OfFamily   Why = "family"     // it is the card's family's
	Fallback   Why = "fallback"   // it is for cards of every kind
	Found      Why = "found"      // it is there, and nothing better is known
)

// A Selection says which libraries to ask about the cards there are.
type Selection struct {
	// Rounds are tried one after the other, until every card is served; the libraries of one round side by
	// side, preferred in their order. No file is in them twice.
	Rounds [][]Library
	// Cards are what is known of the cards, in their order.
	Cards []Card
}

// A Card is one in a reader.
type Card struct {
	// Family is nil if no rule matches. The other fields are for a family that is known.
	Family *Family
	// Missing tells that none of the family's libraries is there, Names and Places what was looked for, and where.
	Missing bool
	Names   []string
	Places  []string
}

// A Finder selects libraries.
type Finder struct {
	Config   Config
	Registry *Registry
	// Memory knows which library served a card before.
	Memory *Memory

	institution []Library
}

// UseInstitution has the libraries of the person's institution tried after the person's own. Each was checked.
func (f *Finder) UseInstitution(libraries []Library) { f.institution = because(Instituted, libraries) }

// Select selects libraries for the cards with these answers to reset: the person's own always and first;
// then for each card the one that served it before, those of its family, one after the other, and the
// fallback. Without a card, or with one of an unknown family, everything that is found is tried, so
// that tokens that PC/SC does not know are found as well. A configured library that is missing stays, to
// be reported where it is loaded.
func (f *Finder) Select(cards [][]byte) Selection {
	var s Selection
	installed := f.installed()
	plans := [][][]Library{{f.configured()}}
	if len(cards) == 0 {
		plans = append(plans, [][]Library{installed.all})
	}
	for _, atr := range cards {
		card := Card{Family: f.Registry.Family(atr)}
		plan := f.plan(&card, installed)
		if known, ok := installed.at(f.Memory.Served(atr)); ok {
			plan = append([][]Library{because(Remembered, []Library{known})}, plan...)
		}
		plans = append(plans, plan)
		s.Cards = append(s.Cards, card)
	}
	s.Rounds = rounds(plans)
	return s
}

// plan returns what to try for one card, and notes in the card whether a library of its family is there.
func (f *Finder) plan(card *Card, installed found) (plan [][]Library) {
	if card.Family == nil {
		return [][]Library{installed.all}
	}
	card.Missing = true
	card.Names, card.Places = f.Registry.searched(card.Family)
	for _, id := range card.Family.Modules {
		if libraries := installed.byID[id]; len(libraries) > 0 {
			plan = append(plan, because(OfFamily, libraries))
			card.Missing = false
		}
		card.Missing = card.Missing && !f.configures(id)
	}
	var last []Library
	for _, id := range f.Registry.fallback {
		last = append(last, installed.byID[id]...)
	}
	return append(plan, because(Fallback, last))
}

// because returns copies of libraries with the reason.
func because(why Why, libraries []Library) []Library {
	out := slices.Clone(libraries)
	for i := range out {
		out[i].Why = why
	}
	return out
}

// rounds puts the first steps of all plans into one round, and so on; each file once, however many names
// lead to it.
func rounds(plans [][][]Library) [][]Library {
	var out [][]Library
	seen := map[string]bool{}
	for i := 0; slices.ContainsFunc(plans, func(plan [][]Library) bool { return i < len(plan) }); i++ {
		var round []Library
		for _, plan := range plans {
			if i >= len(plan) {
				continue
			}
			for _, library := range plan[i] {
				if file := realPath(library.Path); !seen[file] {
					seen[file] = true
					round = append(round, library)
				}
			}
		}
		if len(round) > 0 {
			out = append(out, round)
		}
	}
	return out
}

func realPath(path string) string {
	real, err := filepath.EvalSymlinks(path)
	if err != nil {
		return filepath.Clean(path)
	}
	return real
}

// configured are the person's own libraries and then their institution's; one with a name that is known has that one's quirks
// and ways.
func (f *Finder) configured() []Library {
	var out []Library
	for _, path := range f.Config.Modules {
		out = append(out, f.own(path))
	}
	return append(out, f.institution...)
}

// own is the person's library at path.
func (f *Finder) own(path string) Library {
	library := Library{Path: path, Why: Configured}
	for i := range f.Registry.modules {
		if f.Registry.modules[i].named(path) {
			library.Quirks, library.Unblock = f.Registry.modules[i].quirks(), f.Registry.modules[i].Unblock
			break
		}
	}
	return library
}

// configures reports whether the person has named a library of the module id.
func (f *Finder) configures(id string) bool {
	e := f.Registry.module(id)
	return e != nil && slices.ContainsFunc(f.configured(), func(l Library) bool { return e.named(l.Path) })
}

// found are the registry's libraries on this machine.
type found struct {
	all  []Library            // in the registry's order
	byID map[string][]Library // by module
}

// installed looks for all libraries of the registry, if the configuration wants a search.
func (f *Finder) installed() found {
	out := found{byID: map[string][]Library{}}
	if !f.Config.Search {
		return out
	}
	folders := folders{}
	for i := range f.Registry.modules {
		e := &f.Registry.modules[i]
		for _, path := range folders.find(e.names(), f.Registry.placesOf(e)) {
			library := Library{Path: path, Quirks: e.quirks(), Why: Found, Unblock: e.Unblock}
			out.byID[e.ID] = append(out.byID[e.ID], library)
			out.all = append(out.all, library)
		}
	}
	return out
}

// at returns the library at path, if it is among those found.
func (f found) at(path string) (Library, bool) {
	i := slices.IndexFunc(f.all, func(l Library) bool { return l.Path == path })
	if i < 0 {
		return Library{}, false
	}
	return f.all[i], true
}

// searched returns the file names and folders under and in which the family's libraries are looked for.
func (r *Registry) searched(f *Family) (names, places []string) {
	for _, id := range f.Modules {
		e := r.module(id)
		names = append(names, e.names()...)
		for _, place := range r.placesOf(e) {
			if !slices.Contains(places, place) {
				places = append(places, place)
			}
		}
	}
	return names, places
}

func (r *Registry) placesOf(e *entry) []string { return append(expand(e.Places[system]), r.places...) }

func (e *entry) names() []string { return e.Files[system] }

// versions are what stands behind the name of a shared library that a link of that name leads to.
var versions = regexp.MustCompile(`^(\.[0-9]+)+$`)

// named reports whether the file at path has one of the library's names, with or without its version.
func (e *entry) named(path string) bool {
	base := filepath.Base(path)
	return slices.ContainsFunc(e.names(), func(name string) bool {
		if len(base) < len(name) || !strings.EqualFold(base[:len(name)], name) {
			return false
		}
		rest := base[len(name):]
		return rest == "" || versions.MatchString(rest)
	})
}

func (e *entry) quirks() []worker.Quirk {
	var out []worker.Quirk
	for _, q := range e.Quirks {
		out = append(out, worker.Quirk(q))
	}
	return out
}

// expand replaces environment variables. A folder is left out if a variable is not set.
func expand(places []string) []string {
	var out []string
	for _, place := range places {
		whole := true
		path := os.Expand(place, func(name string) string {
			value, set := os.LookupEnv(name)
			whole = whole && set && value != ""
			return value
		})
		if whole && filepath.IsAbs(filepath.FromSlash(path)) {
			out = append(out, filepath.FromSlash(path))
		}
	}
	return out
}

// folders are folders that were read: lower-case name → paths.
type folders map[string]map[string][]string

// find returns the files with one of names in one of places, by name and then by place.
func (f folders) find(names, places []string) []string {
	var out []string
	for _, name := range names {
		for _, place := range places {
			out = append(out, f.read(place)[strings.ToLower(name)]...)
		}
	}
	return out
}

func (f folders) read(place string) map[string][]string {
	if files, ok := f[place]; ok {
		return files
	}
	files := map[string][]string{}
	f[place] = files
	entries, err := os.ReadDir(place)
	if err != nil {
		return files // most known places do not exist on any one machine
	}
	for _, e := range entries {
		if e.Type().IsRegular() || e.Type()&fs.ModeSymlink != 0 {
			name := strings.ToLower(e.Name())
			files[name] = append(files[name], filepath.Join(place, e.Name()))
		}
	}
	return files
}
