package bulletin

import (
	"context"
	"errors"
	"time"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/message"
	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/web/portal/announcements"
	"github.com/e-onay/e-onay/web/portal/decisions"
	"github.com/e-onay/e-onay/web/portal/refusal"
	"github.com/e-onay/e-onay/web/portal/site"
	"github.com/e-onay/e-onay/web/portal/store"
)

const kindName = "announcement"

// change is what an editor asks: that something is announced, or is taken off the first page.
type change struct {
	Reference string              `json:"reference"`
	TR        announcements.Words `json:"tr"`
	EN        announcements.Words `json:"en"`
	Link      string              `json:"link,omitempty"`
	From      time.Time           `json:"from"`
	Until     time.Time           `json:"until"`
	Important bool                `json:"important,omitempty"`
	Ends      bool                `json:"ends,omitempty"`
}

// Kind is an announcement, for decisions. Where alone is true, one editor is enough.
func Kind(alone bool) decisions.Kind {
	return decisions.Kind{Name: kindName, Role: store.Editor, Alone: alone, Describe: describe, Perform: perform}
}

func parse(asked []byte) (c change, err error) {
	if err = decisions.Parse(asked, &c); err == nil && (c.Reference == "" || !c.From.Before(c.Until)) {
		err = errors.New("bulletin: what is announced ends before it begins")
	}
	return c, err
}

func describe(asked []byte) (decisions.Description, error) {
	c, err := parse(asked)
	if err != nil {
		return decisions.Description{}, err
	}
	title := message.Sentence("portal.bulletin.announces")
	if c.Ends {
		title = message.Sentence("portal.bulletin.takes-off")
	}
	same := func(text string) protocol.Sentence { return protocol.Sentence{TR: text, EN: text} }
	moment := func(at time.Time) protocol.Sentence {
		return protocol.Sentence{TR: site.Moment(message.Turkish, at), EN: site.Moment(message.English, at)}
	}
	d := decisions.Description{
		Title: protocol.Sentence{TR: title.TR + ": " + c.TR.Title, EN: title.EN + ": " + c.EN.Title},
		Facts: []decisions.Fact{{Name: "portal.bulletin.from", Value: moment(c.From)}, {Name: "portal.bulletin.until", Value: moment(c.Until)}},
	}
	if c.Important {
		d.Facts = append(d.Facts, decisions.Fact{Name: "portal.bulletin.important", Value: message.Sentence("portal.bulletin.yes")})
	}
	if c.Link != "" {
		d.Facts = append(d.Facts, decisions.Fact{Name: "portal.bulletin.link", Value: same(c.Link)})
	}
	d.Facts = append(d.Facts,
		decisions.Fact{Name: "portal.bulletin.tr", Value: same(c.TR.Title + "\n\n" + c.TR.Text), Long: true, Lang: "tr"},
		decisions.Fact{Name: "portal.bulletin.en", Value: same(c.EN.Title + "\n\n" + c.EN.Text), Long: true, Lang: "en"})
	return d, nil
}

func perform(_ context.Context, d store.Decision, _ string, at time.Time) (store.DecisionEffect, error) {
	c, err := parse(d.Asked)
	if err != nil {
		return store.DecisionEffect{}, err
	}
	if !c.Until.After(at) {
		return store.DecisionEffect{}, fault.Errorf(refusal.DecisionOver, "decision %s: its announcement's end has passed", d.Reference)
	}
	a := store.Announcement{
		Reference: c.Reference, TitleTR: c.TR.Title, TextTR: c.TR.Text, TitleEN: c.EN.Title, TextEN: c.EN.Text, Link: c.Link,
		From: c.From, Until: c.Until, Important: c.Important,
	}
	if c.Ends {
		a.From, a.Until = at, at
	}
	return store.DecisionEffect{Announcement: &a}, nil
}
