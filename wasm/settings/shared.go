package settings

import (
	"github.com/e-onay/e-onay/wasm/hostclient"
	"github.com/e-onay/e-onay/wasm/inventory"
	"github.com/e-onay/e-onay/wasm/loop"
	"github.com/e-onay/e-onay/wasm/preferences"
	"github.com/e-onay/e-onay/wasm/screen"
)

// shared is what the sections have in common: the person's preferences, the clock, the host, what the readers hold, the
// question on the screen and the notice above it.
type shared struct {
	local func(seconds int64) screen.Moment // where the person is, of seconds since 1970
	now   func() int64                      // the same seconds

	preferences    preferences.Preferences
	policyLanguage string // until the person has chosen one
	parts          screen.Parts
	client         *hostclient.Client
	inventory      inventory.Inventory
	question       question
	notice         notice
	effects        []loop.Effect
}

type (
	// Save gives the person a file.
	Save struct {
		Name, Type string // its media type
		Data       []byte
	}
	// Copy puts text on the clipboard; Copied follows.
	Copy struct{ Text string }
)

func (Save) IsEffect() {}
func (Copy) IsEffect() {}

func (s *shared) do(e loop.Effect) { s.effects = append(s.effects, e) }

func (s *shared) takeEffects() []loop.Effect {
	effects := s.effects
	s.effects = nil
	return effects
}

// sentences are those of the person's language.
func (s *shared) sentences() screen.Sentences {
	return screen.Sentences{Language: s.preferences.LanguageFor(s.policyLanguage)}
}
