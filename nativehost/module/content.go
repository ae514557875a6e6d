package module

import (
	"encoding/hex"
	"errors"
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/nativehost/worker"
)

// Bounds of a registry file.
const (
	maxRegistry = 256 << 10
	maxEntries  = 128 // modules, and families
	maxList     = 32  // of anything within one of them
	maxWords    = 300 // runes
)

const registryVersion = 1

var (
	identifier = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,31}$`)
	systems    = []string{"linux", "darwin", "windows"}
	languages  = []string{"tr", "en"}
)

// readContent reads a registry file that may name the modules of known too.
func readContent(f *file, known content) (content, error) {
	var c content
	if err := f.decode(&c); err != nil {
		return content{}, err
	}
	check := checker{file: f, ids: map[string]bool{}}
	for _, e := range known.Modules {
		check.ids[e.ID] = true
	}
	if err := check.content(&c); err != nil {
		return content{}, err
	}
	return c, nil
}

// A checker finds what is wrong in a registry file.
type checker struct {
	file *file
	ids  map[string]bool // of modules
}

// wrong is an error at a text of the file.
func (c *checker) wrong(at, format string, args ...any) error {
	return c.file.wrongAt(at, fmt.Errorf("%q: "+format, append([]any{at}, args...)...))
}

func (c *checker) content(all *content) error {
	if all.Version != registryVersion {
		return c.file.wrongAt("version", fmt.Errorf("version %d, not %d", all.Version, registryVersion))
	}
	if len(all.Modules) > maxEntries || len(all.Families) > maxEntries || len(all.Fallback) > maxList {
		return c.file.wrong(0, errors.New("too many modules, families or fallbacks"))
	}
	if err := c.places("places", all.Places); err != nil {
		return err
	}
	seen := map[string]bool{}
	for i := range all.Modules {
		if err := c.module(&all.Modules[i], seen); err != nil {
			return err
		}
	}
	seen = map[string]bool{}
	for i := range all.Families {
		if err := c.family(&all.Families[i], seen); err != nil {
			return err
		}
	}
	return c.known(all.Fallback)
}

// id checks an id, which must be new.
func (c *checker) id(id string, seen map[string]bool) error {
	if !identifier.MatchString(id) {
		return c.wrong(id, "not an id of small letters, digits and hyphens")
	}
	if seen[id] {
		return c.wrong(id, "twice")
	}
	seen[id] = true
	return nil
}

func (c *checker) module(e *entry, seen map[string]bool) error {
	if err := c.id(e.ID, seen); err != nil {
		return err
	}
	c.ids[e.ID] = true
	if len(e.Files) == 0 {
		return c.wrong(e.ID, "no files")
	}
	err := c.bySystem(e.ID, e.Files, func(name string) error {
		if name == "" || name == "." || name == ".." || strings.ContainsAny(name, `/\`) || !printable(name) {
			return c.wrong(name, "not a file name")
		}
		return nil
	})
	if err != nil {
		return err
	}
	for _, q := range e.Quirks {
		if !worker.Quirk(q).Known() {
			return c.wrong(q, "no quirk")
		}
	}
	if err := c.unblock(e.Unblock); err != nil {
		return err
	}
	return c.places(e.ID, e.Places)
}

func (c *checker) places(at string, places map[string][]string) error {
	return c.bySystem(at, places, func(place string) error {
		if !strings.HasPrefix(place, "/") && !strings.HasPrefix(place, "${") && !filepath.IsAbs(place) || !printable(place) {
			return c.wrong(place, "the folder must be absolute")
		}
		return nil
	})
}

// bySystem checks lists by operating system.
func (c *checker) bySystem(at string, lists map[string][]string, one func(string) error) error {
	for system, list := range lists {
		if !slices.Contains(systems, system) {
			return c.wrong(system, "no operating system")
		}
		if len(list) > maxList {
			return c.wrong(at, "more than %d for %s", maxList, system)
		}
		for _, text := range list {
			if err := one(text); err != nil {
				return err
			}
		}
	}
	return nil
}

func (c *checker) family(f *Family, seen map[string]bool) error {
	if err := c.id(f.ID, seen); err != nil {
		return err
	}
	if n := utf8.RuneCountInString(f.Name); n == 0 || n > 64 || !printable(f.Name) {
		return c.wrong(f.Name, "not a name")
	}
	if len(f.Match) == 0 || len(f.Match) > maxList || len(f.Modules) == 0 || len(f.Modules) > maxList {
		return c.wrong(f.ID, "no match or modules, or more than %d", maxList)
	}
	for _, rule := range f.Match {
		if err := c.rule(f.ID, rule); err != nil {
			return err
		}
	}
	if err := c.pin(f); err != nil {
		return err
	}
	if err := c.unblock(f.Unblock); err != nil {
		return err
	}
	if f.Reset != "" && f.Reset != NoReset {
		return c.wrong(f.Reset, "neither empty nor %q", NoReset)
	}
	for language, words := range f.Driver {
		if !slices.Contains(languages, language) {
			return c.wrong(language, "no language")
		}
		if utf8.RuneCountInString(words) > maxWords || !printable(words) {
			return c.wrong(words, "too long, or not text")
		}
	}
	return c.known(f.Modules)
}

// verifyWithoutData is the only command that a registry may name: it changes nothing and costs nothing. Its last
// byte names the PIN.
var verifyWithoutData = regexp.MustCompile(`^002000[0-9A-F]{2}$`)

func (c *checker) pin(f *Family) error {
	switch f.PIN {
	case "", protocol.PINDigits, protocol.PINPrintable, protocol.PINAny:
	default:
		return c.wrong(f.PIN, "no alphabet")
	}
	if f.Tries != "" && !verifyWithoutData.MatchString(f.Tries) {
		return c.wrong(f.Tries, "not a VERIFY without data")
	}
	return nil
}

func (c *checker) unblock(m worker.Method) error {
	if m != "" && !m.Known() {
		return c.wrong(string(m), "no way to unblock")
	}
	return nil
}

func (c *checker) rule(family string, r Rule) error {
	if (r.Historical == "") == (r.ATR == "") {
		return c.wrong(family, "a rule is either historical or atr")
	}
	text, limit := r.ATR, maxATR
	if r.Historical != "" {
		text, limit = strings.ReplaceAll(r.Historical, ".", "0"), 15
		if strings.Trim(r.Historical, ".") == "" {
			return c.wrong(r.Historical, "matches every card")
		}
	}
	if bytes, err := hex.DecodeString(text); err != nil || len(bytes) > limit {
		return c.wrong(r.Historical+r.ATR, "not up to %d bytes in hexadecimal", limit)
	}
	return nil
}

// known checks ids of modules.
func (c *checker) known(ids []string) error {
	for _, id := range ids {
		if !c.ids[id] {
			return c.wrong(id, "no module")
		}
	}
	return nil
}

func printable(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool { return !unicode.IsPrint(r) }) < 0
}
