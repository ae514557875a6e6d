package record

import (
	"errors"
	"fmt"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/web/portal/refusal"
	"github.com/e-onay/e-onay/web/portal/store"
)

// CheckDecision refuses a decision that no caller may bring.
func CheckDecision(d store.Decision) error {
	switch {
	case d.Reference == "" || d.Kind == "" || d.AskedBy == "" || !d.Role.IsKnown():
		return errors.New("store: a decision lacks its reference, kind, role or asker")
	case !d.Until.After(d.AskedAt):
		return fmt.Errorf("store: decision %s ends before it is asked", d.Reference)
	case len(d.Asked) > store.MaxValue:
		return fmt.Errorf("store: decision %s is too large", d.Reference)
	}
	return nil
}

// MayAsk judges whether something may be asked: asker is the change by which the person has its role, nil where they do not have it;
// same is how many decisions of its kind and subject are open, own how many of its asker.
func MayAsk(asker *store.RoleChange, same, own int) error {
	switch {
	case asker == nil:
		return fault.New(refusal.DecisionNotYours, nil)
	case same > 0:
		return fault.New(refusal.DecisionOpen, nil)
	case own >= store.MaxOpenDecisions:
		return fault.New(refusal.DecisionLimit, nil)
	}
	return nil
}

// MayEnd judges whether a decision may end so. ender and asker are the changes by which the two have its role at that time, nil
// where they do not have it.
func MayEnd(d store.Decision, e store.DecisionEnd, effect store.DecisionEffect, ender, asker *store.RoleChange) error {
	if d.End != nil {
		return fault.Errorf(refusal.DecisionOver, "decision %s has ended: %s", d.Reference, d.End.Outcome)
	}
	if !e.Outcome.IsDone() && !effect.IsEmpty() {
		return fmt.Errorf("store: decision %s: an effect of one that is %s", d.Reference, e.Outcome)
	}
	late := !e.At.Before(d.Until)
	if e.Outcome == store.Expired {
		if !late || e.By != "" {
			return fmt.Errorf("store: decision %s ends by time before its time, or by a person", d.Reference)
		}
		return nil
	}
	if late {
		return fault.Errorf(refusal.DecisionOver, "decision %s has ended by time", d.Reference)
	}
	if ender == nil {
		return fault.Errorf(refusal.DecisionNotYours, "decision %s needs the role %s", d.Reference, d.Role)
	}
	switch e.Outcome {
	case store.Withdrawn, store.Alone:
		if e.By != d.AskedBy {
			return fault.Errorf(refusal.DecisionNotYours, "decision %s: %s by another", d.Reference, e.Outcome)
		}
		return nil
	case store.Refused:
		if e.By == d.AskedBy {
			return fault.Errorf(refusal.DecisionNotYours, "decision %s: refused by its asker", d.Reference)
		}
		return nil
	case store.Confirmed:
		return mayConfirm(d, e, ender, asker)
	}
	return fmt.Errorf("store: decision %s ends by %.40q", d.Reference, e.Outcome)
}

// mayConfirm judges who confirms: a second person, who has not got the role from the first one or for this question.
func mayConfirm(d store.Decision, e store.DecisionEnd, ender, asker *store.RoleChange) error {
	why := ""
	switch {
	case asker == nil:
		return fault.Errorf(refusal.DecisionOver, "decision %s: its asker does not have the role any more", d.Reference)
	case e.By == d.AskedBy:
		why = "by its asker"
	case e.By == d.Person:
		why = "by whom it is about"
	case ender.At.After(d.AskedAt):
		why = "by a role that began after it was asked"
	case ender.By == d.AskedBy && ender.Decision == "":
		why = "by a role from the asker's hand alone"
	}
	if why != "" {
		return fault.Errorf(refusal.DecisionNotYours, "decision %s: confirmed %s", d.Reference, why)
	}
	return nil
}

// MinAdministrators is how many others must be administrators when one ceases to be one.
const MinAdministrators = 2

// LosesAdministrator reports whether a change ends somebody's role as an administrator sooner than it would end; held is the change
// by which they have it, nil for none.
func LosesAdministrator(c store.RoleChange, held *store.RoleChange) bool {
	return c.Role == store.Administrator && held != nil && !c.Until.IsZero() && (held.Until.IsZero() || c.Until.Before(held.Until))
}
