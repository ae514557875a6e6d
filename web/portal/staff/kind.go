package staff

import (
	"context"
	"errors"
	"time"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/message"
	"github.com/e-onay/e-onay/internal/pki"
	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/web/portal/decisions"
	"github.com/e-onay/e-onay/web/portal/refusal"
	"github.com/e-onay/e-onay/web/portal/site"
	"github.com/e-onay/e-onay/web/portal/store"
)

const kindName = "role"

// change is what an administrator asks: that a person gets a role, or loses it.
type change struct {
	CitizenNumber string     `json:"citizen_number"`
	Name          string     `json:"name,omitempty"` // as their last login with a card had it
	Role          store.Role `json:"role"`
	Until         time.Time  `json:"until,omitzero"`
	Ends          bool       `json:"ends,omitempty"`
}

// Kind is a change of a role, for decisions.
func Kind() decisions.Kind {
	return decisions.Kind{Name: kindName, Role: store.Administrator, Describe: describe, Perform: perform}
}

func parse(asked []byte) (c change, err error) {
	if err = decisions.Parse(asked, &c); err == nil && (!c.Role.IsKnown() || pki.MaskCitizenNumber(c.CitizenNumber) == "") {
		err = errors.New("staff: a change of no role, or of nobody's")
	}
	return c, err
}

func describe(asked []byte) (decisions.Description, error) {
	c, err := parse(asked)
	if err != nil {
		return decisions.Description{}, err
	}
	role, title := message.Sentence("portal.desk.role."+string(c.Role)), message.Sentence("portal.staff.gives")
	if c.Ends {
		title = message.Sentence("portal.staff.ends")
	}
	who := pki.MaskCitizenNumber(c.CitizenNumber)
	if c.Name != "" {
		who = c.Name + " · " + who
	}
	d := decisions.Description{
		Title: protocol.Sentence{TR: title.TR + ": " + role.TR, EN: title.EN + ": " + role.EN},
		Facts: []decisions.Fact{
			{Name: "portal.staff.person", Value: protocol.Sentence{TR: who, EN: who}},
			{Name: "portal.staff.role", Value: role},
		},
	}
	if !c.Ends {
		until := message.Sentence("portal.staff.endless")
		if !c.Until.IsZero() {
			last := c.Until.Add(-time.Millisecond)
			until = protocol.Sentence{TR: site.Day(message.Turkish, last), EN: site.Day(message.English, last)}
		}
		d.Facts = append(d.Facts, decisions.Fact{Name: "portal.staff.until", Value: until})
	}
	return d, nil
}

func perform(_ context.Context, d store.Decision, by string, at time.Time) (store.DecisionEffect, error) {
	c, err := parse(d.Asked)
	if err != nil {
		return store.DecisionEffect{}, err
	}
	next := store.RoleChange{CitizenNumber: c.CitizenNumber, Role: c.Role, By: by, At: at, Until: c.Until}
	switch {
	case c.Ends:
		next.Until = at
	case !c.Until.IsZero() && !c.Until.After(at):
		return store.DecisionEffect{}, fault.Errorf(refusal.DecisionOver, "decision %s: the role's end has passed", d.Reference)
	}
	return store.DecisionEffect{Role: &next}, nil
}
