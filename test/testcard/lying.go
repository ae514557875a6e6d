//go:build unix

package testcard

import (
	_ "embed"
	"fmt"
	"os"
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
	f := front{source: lyingSource}
	f.defineIf(l.Label != nil, "LABEL", array(l.Label))
	f.defineIf(l.Serial != nil, "SERIAL", array(l.Serial))
	f.defineIf(l.Mechanisms != nil, "MECHANISMS", array(l.Mechanisms))
	f.defineIf(l.Slots != 0, "SLOTS", number(l.Slots))
	f.defineIf(l.Endless, "ENDLESS", 1)
	f.defineIf(l.Attribute != 0, "ATTRIBUTE", number(l.Attribute))
	f.defineIf(l.Content == nil, "LENGTH", number(l.Length))
	f.defineIf(l.Content != nil, "CONTENT", array(l.Content))
	f.defineIf(l.Signature != 0, "SIGNATURE", number(l.Signature))
	f.defineIf(l.Pad != "", "PAD", quoted(l.Pad))
	f.defineIf(l.Tries != 0, "TRIES", l.Tries)
	f.defineIf(l.Greedy, "GREEDY", 1)
	f.defineIf(l.Seed != 0, "SEED", 1)
	if err := os.WriteFile(filepath.Join(dir, "seed"), fmt.Append(nil, l.Seed), 0o600); err != nil {
		return "", err
	}
	return f.compile(dir, "lying")
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
