package module

import (
	_ "embed"
	"encoding/hex"
	"errors"
	"io/fs"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/e-onay/e-onay/nativehost/worker"
)

// A Registry says which libraries serve which cards, and where on this operating system they lie. It does
// not change.
type Registry struct {
	places   []string
	modules  []entry
	families []Family
	fallback []string
}

// A Family is a kind of card.
type Family struct {
	ID string `json:"id"`
	// Name is for people, and the same in every language.
	Name string `json:"name"`
	// Match are rules; one of them must hold of a card.
	Match []Rule `json:"match"`
	// Modules are the libraries to try, by id, in order.
	Modules []string `json:"modules"`
	// PIN is what the card's PINs are made of: a protocol.PIN… alphabet, or empty.
	PIN string `json:"pin,omitempty"`
	// Tries is a command, in hexadecimal, by which the card tells how many wrong PINs it will still take: VERIFY
	// without data (ISO/IEC 7816-4, 11.6.6), which costs none. Empty where the card does not tell.
	Tries string `json:"tries,omitempty"`
	// Reset is NoReset for cards to which a reset after a login does more harm than a login that lasts.
	Reset string `json:"reset,omitempty"`
	// Unblock is how a PUK unblocks such a card, whichever library serves it: a worker.Method. Empty is the library's
	// own way.
	Unblock worker.Method `json:"unblock,omitempty"`
	// Driver says in words, by language (tr, en), where to get the libraries.
	Driver map[string]string `json:"driver"`
}

// NoReset is the only value of Family.Reset but the empty one, with which a card is reset.
const NoReset = "never"

// VerifyWithoutData returns the command of Tries, nil if there is none.
func (f *Family) VerifyWithoutData() []byte {
	if f == nil || f.Tries == "" {
		return nil
	}
	command, err := hex.DecodeString(f.Tries)
	if err != nil {
		return nil // a registry that was read has no such text
	}
	return command
}

// A Rule is about a card's answer to reset. Exactly one field is there, in hexadecimal.
type Rule struct {
	// Historical is compared with all historical bytes; a dot stands for any digit.
	Historical string `json:"historical,omitempty"`
	// ATR is compared with the whole answer, which need not be well-formed.
	ATR string `json:"atr,omitempty"`
}

// entry is a library of the registry.
type entry struct {
	ID string `json:"id"`
	// Files are file names by operating system, without regard to case, in the order of preference.
	Files map[string][]string `json:"files"`
	// Places are folders by operating system, looked through before the common ones.
	Places map[string][]string `json:"places,omitempty"`
	Quirks []string            `json:"quirks,omitempty"`
	// Unblock is how a PUK unblocks a card through the library. Empty is worker.InitPIN, the standard's way.
	Unblock worker.Method `json:"unblock,omitempty"`
}

// content is a registry file. Places may hold environment variables as ${NAME}.
type content struct {
	Version  int                 `json:"version"`
	Places   map[string][]string `json:"places"`
	Modules  []entry             `json:"modules"`
	Families []Family            `json:"families"`
	// Fallback are the libraries for cards of every kind, by id.
	Fallback []string `json:"fallback"`
}

// system is the operating system whose names and places count.
const system = runtime.GOOS

//go:embed registry.json
var builtIn []byte

// BuiltIn returns the registry that comes with the program.
func BuiltIn() *Registry { return merge(own(), content{}) }

// own is the built-in registry's content, which a test has read before.
func own() content {
	c, err := readContent(&file{name: "registry.json", data: builtIn}, content{})
	if err != nil {
		panic(err)
	}
	return c
}

// RegistryPath returns where the person's additions lie: modules.json beside the configuration.
func RegistryPath(config string) string { return filepath.Join(filepath.Dir(config), "modules.json") }

// ReadRegistry returns the built-in registry with the person's additions at path before it: their families
// are matched first, and a module with an id that is known replaces the built-in one. Without a file it is
// BuiltIn. Errors name the file and the line at fault.
func ReadRegistry(path string) (*Registry, error) {
	f, err := readFile(path, maxRegistry)
	if errors.Is(err, fs.ErrNotExist) {
		return BuiltIn(), nil
	}
	if err != nil {
		return nil, err
	}
	additions, err := readContent(f, own())
	if err != nil {
		return nil, err
	}
	return merge(additions, own()), nil
}

// merge puts first before second, for this operating system.
func merge(first, second content) *Registry {
	here := system
	r := &Registry{
		places:   expand(append(append([]string(nil), first.Places[here]...), second.Places[here]...)),
		families: append(append([]Family(nil), first.Families...), second.Families...),
		fallback: append(append([]string(nil), first.Fallback...), second.Fallback...),
	}
	for _, e := range append(append([]entry(nil), first.Modules...), second.Modules...) {
		if r.module(e.ID) == nil {
			r.modules = append(r.modules, e)
		}
	}
	return r
}

func (r *Registry) module(id string) *entry {
	for i := range r.modules {
		if r.modules[i].ID == id {
			return &r.modules[i]
		}
	}
	return nil
}

// Family returns the first family that a card with this answer to reset belongs to, nil if there is none.
func (r *Registry) Family(atr []byte) *Family {
	whole := strings.ToUpper(hex.EncodeToString(atr))
	historical := ""
	if h, err := Historical(atr); err == nil {
		historical = strings.ToUpper(hex.EncodeToString(h))
	}
	for i := range r.families {
		for _, rule := range r.families[i].Match {
			if rule.ATR != "" && strings.EqualFold(rule.ATR, whole) || rule.Historical != "" && matches(rule.Historical, historical) {
				return &r.families[i]
			}
		}
	}
	return nil
}

// matches compares digits with a pattern in which a dot stands for any one.
func matches(pattern, digits string) bool {
	if len(pattern) != len(digits) {
		return false
	}
	pattern = strings.ToUpper(pattern)
	for i := range len(pattern) {
		if pattern[i] != '.' && pattern[i] != digits[i] {
			return false
		}
	}
	return true
}
