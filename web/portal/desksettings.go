package portal

import (
	"fmt"
	"time"
)

// DeskSettings say what the institution has decided about the authority's desk.
type DeskSettings struct {
	// DecisionDays is after how many days an act of two persons ends that no second person has confirmed; 0 means 7.
	DecisionDays int `json:"decision_days,omitempty"`
	// AnnouncementsByOne lets one editor announce something, without another who confirms it.
	AnnouncementsByOne bool `json:"announcements_by_one,omitempty"`
	// PaperWithoutScan lets the desk receive a signed paper without keeping a scan of it: the paper itself is the only proof then.
	PaperWithoutScan bool `json:"paper_without_scan,omitempty"`
}

const (
	maxDecisionDays     = 365
	defaultDecisionDays = 7
)

func (s DeskSettings) check() error {
	if s.DecisionDays < 0 || s.DecisionDays > maxDecisionDays {
		return fmt.Errorf("decision_days: %d is not between 1 and %d", s.DecisionDays, maxDecisionDays)
	}
	return nil
}

// within is how long an act of two persons waits for the second one.
func (s DeskSettings) within() time.Duration {
	days := s.DecisionDays
	if days == 0 {
		days = defaultDecisionDays
	}
	return time.Duration(days) * 24 * time.Hour
}
