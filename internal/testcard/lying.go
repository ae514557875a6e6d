//go:build unix

package testcard

import (
	_ "embed"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// A Lie says what a library says in place of the truth. The zero value of a field stands for the truth.
type Lie struct {
	// Label and Serial are every token's: bytes of any kind, followed by NULs.
	Label, Serial []byte
	// Mechanisms are all that a token has.
	Mechanisms []uint
	// Slots is how many slots there are; those beyond the true ones are the first one again.
	Slots uint
	// Endless is that C_FindObjects finds the same object for ever.
	Endless bool
	// Attribute has the Length or, where Content is not nil, that value.
	Attribute uint
	Length    uint
	Content   []byte
	// Signature is the length of every signature.
	Signature uint
	// Pad is the PIN that a person types on the reader.
	Pad string
	// Tries is how many wrong PINs lock every token, until the process ends.
	Tries uint
	// Greedy is that C_GetSlotList takes two GiB of memory, and crashes where it does not get them.
	Greedy bool
	// Seed decides which numbers, lengths and texts are wrong.
	Seed uint
}

//go:embed lying/library.c
var lyingSource string

// NewLying compiles a library over SoftHSM2 that lies into dir, which must exist, and returns its path.
func NewLying(dir string, l Lie) (string, error) {
	real, err := Module()
	if err != nil {
		return "", err
	}
	source, library := filepath.Join(dir, "lying.c"), filepath.Join(dir, "lying.so")
	if err := os.WriteFile(source, []byte(lyingSource), 0o600); err != nil {
		return "", err
	}
	args := append([]string{"-shared", "-fPIC", "-O1", "-o", library, fmt.Sprintf("-DREAL=%q", real)}, l.macros()...)
	if out, err := exec.Command("cc", append(args, source, "-ldl")...).CombinedOutput(); err != nil {
		return "", fmt.Errorf("compiling lying/library.c: %w: %s", err, out)
	}
	return library, nil
}

// macros are those of lying/library.c.
func (l *Lie) macros() (out []string) {
	define := func(wanted bool, name string, value any) {
		if wanted {
			out = append(out, fmt.Sprintf("-D%s=%v", name, value))
		}
	}
	define(l.Label != nil, "LABEL", array(l.Label))
	define(l.Serial != nil, "SERIAL", array(l.Serial))
	define(l.Mechanisms != nil, "MECHANISMS", array(l.Mechanisms))
	define(l.Slots != 0, "SLOTS", number(l.Slots))
	define(l.Endless, "ENDLESS", 1)
	define(l.Attribute != 0, "ATTRIBUTE", number(l.Attribute))
	define(l.Content == nil, "LENGTH", number(l.Length))
	define(l.Content != nil, "CONTENT", array(l.Content))
	define(l.Signature != 0, "SIGNATURE", number(l.Signature))
	define(l.Pad != "", "PAD", fmt.Sprintf("%q", l.Pad))
	define(l.Tries != 0, "TRIES", l.Tries)
	define(l.Greedy, "GREEDY", 1)
	define(l.Seed != 0, "SEED", number(l.Seed))
	return out
}

func number[N uint | byte](n N) string { return fmt.Sprintf("%dul", n) }

// array is an initialiser in C.
func array[N uint | byte](numbers []N) string {
	words := make([]string, len(numbers))
	for i, n := range numbers {
		words[i] = number(n)
	}
	return "{" + strings.Join(words, ",") + "}"
}
