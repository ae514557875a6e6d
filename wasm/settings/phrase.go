package settings

import (
	"github.com/e-onay/e-onay/wasm/loop"
	"github.com/e-onay/e-onay/wasm/plaintext"
	"github.com/e-onay/e-onay/wasm/preferences"
	"github.com/e-onay/e-onay/wasm/screen"
)

// phrase is the section with the security phrase.
type phrase struct {
	page            *shared
	saved, rejected bool
}

// SavePhrase hands over what the person typed as the security phrase.
type SavePhrase struct{ Typed string }

func (SavePhrase) IsEvent() {}

func (p *phrase) save(typed string) {
	phrase, ok := preferences.ParsePhrase(typed)
	p.saved, p.rejected = ok, !ok
	if !ok {
		p.page.notice.alerts++
		return
	}
	p.page.preferences.Phrase = phrase
	p.page.do(loop.SavePreferences{Preferences: preferences.Preferences{Phrase: phrase}})
}

// PhraseView is the security phrase.
type PhraseView struct {
	screen.Sentences
	Phrase          string
	Saved, Rejected bool
}

func (p *phrase) view() PhraseView {
	return PhraseView{Sentences: p.page.sentences(), Phrase: plaintext.Visible(p.page.preferences.Phrase), Saved: p.saved, Rejected: p.rejected}
}
