package texts

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/message"
	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/web/portal/decisions"
	"github.com/e-onay/e-onay/web/portal/legaltext"
	"github.com/e-onay/e-onay/web/portal/refusal"
	"github.com/e-onay/e-onay/web/portal/site"
	"github.com/e-onay/e-onay/web/portal/store"
)

const kindName = "text"

// change is what an editor asks: that a text reads so, from a time.
type change struct {
	ID   string    `json:"id"`
	Body string    `json:"body"`
	From time.Time `json:"from,omitzero"` // zero for when it is confirmed
	// Replaces is the version that was in force when it was asked; Former is its body where the store has none of this text: so
	// the settings' text is kept with the first one that replaces it.
	Replaces string `json:"replaces"`
	Former   string `json:"former,omitempty"`
}

// Kind is a change of one of these texts, for decisions.
func Kind(all []Text, s Store) decisions.Kind {
	k := kind{all, s}
	return decisions.Kind{Name: kindName, Role: store.Editor, Describe: k.describe, Perform: k.perform}
}

type kind struct {
	all   []Text
	store Store
}

func (k kind) parse(asked []byte) (c change, of Text, t legaltext.Text, err error) {
	if err = decisions.Parse(asked, &c); err != nil {
		return c, of, t, err
	}
	of, found := find(k.all, c.ID)
	if !found {
		return c, of, t, errors.New("texts: a change of no text")
	}
	t, err = legaltext.Parse([]byte(c.Body))
	return c, of, t, err
}

func (k kind) describe(asked []byte) (decisions.Description, error) {
	c, of, t, err := k.parse(asked)
	if err != nil {
		return decisions.Description{}, err
	}
	title, name, from := message.Sentence("portal.texts.changes"), message.Sentence(of.Title), message.Sentence("portal.texts.at-once")
	if !c.From.IsZero() {
		from = protocol.Sentence{TR: site.Moment(message.Turkish, c.From), EN: site.Moment(message.English, c.From)}
	}
	same := func(text string) protocol.Sentence { return protocol.Sentence{TR: text, EN: text} }
	return decisions.Description{
		Title: protocol.Sentence{TR: title.TR + ": " + name.TR, EN: title.EN + ": " + name.EN},
		Facts: []decisions.Fact{
			{Name: "portal.texts.from", Value: from},
			{Name: "portal.texts.version", Value: same(short(t.Version))},
			{Name: "portal.texts.replaces", Value: same(short(c.Replaces))},
			{Name: "portal.texts.reads", Value: same(t.Body), Long: true, Lang: "tr"},
		},
	}, nil
}

// short is what people compare of a version.
func short(version string) string { return version[:min(len(version), 16)] }

// perform keeps the new version, and the settings' text before the first. It refuses where another text is in force than the one
// that was to be replaced.
func (k kind) perform(ctx context.Context, d store.Decision, _ string, at time.Time) (store.DecisionEffect, error) {
	c, of, t, err := k.parse(d.Asked)
	if err != nil {
		return store.DecisionEffect{}, err
	}
	current, err := of.Source.Read(ctx)
	if err != nil {
		return store.DecisionEffect{}, err
	}
	if current.Version != c.Replaces {
		return store.DecisionEffect{}, fault.Errorf(refusal.DecisionOver, "decision %s replaces %s, and %s is in force", d.Reference, c.Replaces, current.Version)
	}
	var effect store.DecisionEffect
	before, err := k.store.TextVersions(ctx, c.ID, 1)
	if err != nil {
		return effect, fmt.Errorf("texts: %w", err)
	}
	if len(before) == 0 {
		former, err := legaltext.Parse([]byte(c.Former))
		if err != nil || former.Version != current.Version {
			return effect, fault.Errorf(refusal.DecisionOver, "decision %s has another text of the settings", d.Reference)
		}
		effect.Texts = append(effect.Texts, store.LegalText{Name: c.ID, Version: former.Version, Body: former.Body, InForceAt: time.UnixMilli(0).UTC()})
	}
	next := store.LegalText{Name: c.ID, Version: t.Version, Body: t.Body, InForceAt: at}
	if c.From.After(at) {
		next.InForceAt = c.From
	}
	effect.Texts = append(effect.Texts, next)
	return effect, nil
}
