// Package help is the feature Kaşif: a person asks in their own words, and gets written answers that are searched for here, by
// this program alone. Whoever is logged in reads their own situation as well, as far as the portal knows it.
//
// Questions come by POST, so that they stand in no address, and so in no log and no history; they are kept nowhere. What the
// state of a card is only the E-Onay window sees: a press leads there.
package help

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/web/portal/refusal"
	"github.com/e-onay/e-onay/web/portal/site"
	"github.com/e-onay/e-onay/web/portal/store"
)

// Store is the part of the store that this feature needs, as store.Store has it.
type Store interface {
	NewestAct(ctx context.Context, citizenNumber string) (store.Act, error)
	NewestReceipt(ctx context.Context, citizenNumber string) (store.Receipt, error)
	Cards(ctx context.Context, citizenNumber string) ([]store.Card, error)
	Machines(ctx context.Context, citizenNumber string) ([]store.Machine, error)
}

// Options is what the feature is made of.
type Options struct {
	Store Store
	// NoSignatureCheck leaves out what leads to the page that verifies signatures.
	NoSignatureCheck bool
	// NoSealApplication leaves out what leads to the application for a seal without a login.
	NoSealApplication bool
	// Cards says whether this portal has cards on record.
	Cards bool
	Now   func() time.Time
}

type help struct {
	Options
	topics []topic
	byID   map[string]answer
	index  *index
}

//go:embed pages parts static
var files embed.FS

// Path is the feature's page.
const Path = "/yardim"

// New returns the feature.
func New(o Options) site.Feature {
	h := &help{Options: o, topics: catalogue, byID: map[string]answer{}}
	if o.NoSignatureCheck {
		h.topics = without(h.topics, toCheck.Path)
	}
	if o.NoSealApplication {
		h.topics = without(h.topics, toSealApplication.Path)
	}
	var all []answer
	back := []string{Path}
	for _, t := range h.topics {
		for _, a := range t.Answers {
			h.byID[a.ID] = a
			all = append(all, a)
			back = append(back, Path+"/"+a.ID)
		}
	}
	h.index = newIndex(all)
	return site.Feature{
		Files: files,
		Routes: []site.Route{
			{Pattern: "GET " + Path, LanguageReturn: back, Serve: h.page},
			{Pattern: "POST " + Path, Serve: h.ask},
			{Pattern: "GET " + Path + "/{id}", Serve: h.answer},
		},
	}
}

// without returns the topics without the answers that lead first to a page that this portal does not have.
func without(topics []topic, path string) []topic {
	topics = slices.Clone(topics)
	for i := range topics {
		topics[i].Answers = slices.DeleteFunc(slices.Clone(topics[i].Answers), func(a answer) bool {
			return len(a.Ways) > 0 && a.Ways[0].Path == path
		})
	}
	return topics
}

// pageView is the page with the field, what was found, and all questions.
type pageView struct {
	Asked, Empty bool
	Query        string // without numbers
	Digits       bool   // there were some
	Found        []answer
	Topics       []topic
	Own          *situation
}

func (h *help) page(v *site.Visit) error { return h.render(v, http.StatusOK, pageView{}) }

func (h *help) render(v *site.Visit, status int, view pageView) (err error) {
	view.Topics = h.topics
	if view.Own, err = h.situation(v); err != nil {
		return err
	}
	return v.Render(status, "help", view, "")
}

// number is what could be a PIN, a PUK or a citizen number.
var number = regexp.MustCompile(`\d(?:[ .\-]?\d){3,}`)

func (h *help) ask(v *site.Visit) error {
	if err := v.ParseForm(); err != nil {
		return err
	}
	query := v.R.PostForm.Get("soru")
	view := pageView{Asked: true, Digits: number.MatchString(query)}
	view.Query = cut(strings.TrimSpace(number.ReplaceAllString(query, "")), maxQuery)
	if view.Query == "" {
		view.Asked, view.Empty = false, true
		return h.render(v, http.StatusUnprocessableEntity, view)
	}
	view.Found = h.index.search(view.Query)
	return h.render(v, http.StatusOK, view)
}

// cut returns the beginning of a text, in whole characters that are valid.
func cut(text string, most int) string { return strings.ToValidUTF8(text[:min(len(text), most)], "") }

// answerView is the page of one answer.
type answerView struct {
	answer
	Others []answer // of the same topic
}

func (h *help) answer(v *site.Visit) error {
	one, known := h.byID[v.R.PathValue("id")]
	if !known {
		return fault.New(refusal.NotFound, nil)
	}
	view := answerView{answer: one}
	for _, t := range h.topics {
		if slices.ContainsFunc(t.Answers, func(a answer) bool { return a.ID == one.ID }) {
			view.Others = slices.DeleteFunc(slices.Clone(t.Answers), func(a answer) bool { return a.ID == one.ID })
		}
	}
	return v.Render(http.StatusOK, "answer", view, "")
}

// situation is what the portal knows of a person's own.
type situation struct {
	Act      *store.Act
	Given    bool
	Pending  *store.Receipt
	Cards    []cardView
	NoCards  bool
	Machines int
}

// cardView is a card on record: which, and from when until when its certificate is valid.
type cardView struct {
	Last        string
	From, Until time.Time
	Over, Later bool
}

// situation returns nil for whoever is not logged in.
func (h *help) situation(v *site.Visit) (*situation, error) {
	if v.Session == nil {
		return nil, nil
	}
	ctx, person, s := v.R.Context(), v.Session.CitizenNumber, &situation{}
	act, err := h.Store.NewestAct(ctx, person)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return nil, fmt.Errorf("state: %w", err)
	}
	if err == nil {
		s.Act, s.Given = &act, act.Kind == store.Give
	}
	receipt, err := h.Store.NewestReceipt(ctx, person)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return nil, fmt.Errorf("receipt: %w", err)
	}
	if err == nil && receipt.Open() {
		s.Pending = &receipt
	}
	machines, err := h.Store.Machines(ctx, person)
	if err != nil {
		return nil, fmt.Errorf("machines: %w", err)
	}
	for _, m := range machines {
		if m.RevokedAt.IsZero() {
			s.Machines++
		}
	}
	if !h.Cards {
		return s, nil
	}
	cards, err := h.Store.Cards(ctx, person)
	if err != nil {
		return nil, fmt.Errorf("cards: %w", err)
	}
	s.NoCards = len(cards) == 0
	for _, c := range cards {
		if len(c.Certificates) == 0 {
			continue
		}
		newest, now := c.Certificates[0], h.Now()
		s.Cards = append(s.Cards, cardView{
			Last: site.LastDigits(c.Serial), From: newest.NotBefore, Until: newest.NotAfter,
			Over: now.After(newest.NotAfter), Later: now.Before(newest.NotBefore),
		})
	}
	return s, nil
}
