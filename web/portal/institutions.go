package portal

import (
	"context"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/e-onay/e-onay/internal/pki"
	"github.com/e-onay/e-onay/web/portal/store"
)

// maxInstitutionText is the longest name of an institution, or its terms, in characters. The name stands in forms.
const maxInstitutionText = 120

// institutionID is the form of an institution's ID, which stands in addresses.
var institutionID = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{1,39}$`)

// HeldInstitution is an institution, as it may be shown.
type HeldInstitution struct {
	ID     string     `json:"id"`
	NameTR string     `json:"name_tr"`
	NameEN string     `json:"name_en"`
	Terms  string     `json:"terms,omitempty"`
	Since  time.Time  `json:"since"`
	Until  *time.Time `json:"until,omitempty"`
}

// HeldOffice is who is an officer of which institution, as it may be shown.
type HeldOffice struct {
	CitizenNumber string     `json:"citizen_number"` // masked
	Institution   string     `json:"institution"`
	Since         time.Time  `json:"since"`
	Until         *time.Time `json:"until,omitempty"`
}

// SetInstitution begins an institution, or changes what is said of it. Its At is set here.
func SetInstitution(ctx context.Context, settings *Settings, c store.InstitutionChange) (held HeldInstitution, err error) {
	c.At = time.Now()
	if !institutionID.MatchString(c.ID) {
		return held, fmt.Errorf("portal: institutions: an ID of 2 to 40 small letters, digits and dashes is wanted")
	}
	for _, text := range []string{c.NameTR, c.NameEN} {
		if strings.TrimSpace(text) == "" || !isInstitutionText(text) {
			return held, fmt.Errorf("portal: institutions: names of 1 to %d characters in both languages are wanted", maxInstitutionText)
		}
	}
	if !isInstitutionText(c.Terms) {
		return held, fmt.Errorf("portal: institutions: terms of at most %d characters are wanted", maxInstitutionText)
	}
	if !c.Until.IsZero() && !c.Until.After(c.At) {
		return held, errors.New("portal: institutions: the end has passed")
	}
	err = inDatabase(ctx, settings, func(database store.Store) error { return database.ChangeInstitution(ctx, c) })
	return heldInstitution(c), err
}

func isInstitutionText(text string) bool {
	return utf8.ValidString(text) && utf8.RuneCountInString(text) <= maxInstitutionText && !strings.ContainsAny(text, "\x00\r\n\t")
}

// EndInstitution ends an institution: its officers find no page any more, and what they have entered goes on.
func EndInstitution(ctx context.Context, settings *Settings, id string) (held HeldInstitution, err error) {
	err = inDatabase(ctx, settings, func(database store.Store) error {
		c, err := database.Institution(ctx, id)
		if err != nil {
			return err
		}
		c.At = time.Now()
		c.Until = c.At
		held = heldInstitution(c)
		return database.ChangeInstitution(ctx, c)
	})
	return held, err
}

// Institutions returns those that stand now.
func Institutions(ctx context.Context, settings *Settings) (held []HeldInstitution, err error) {
	err = inDatabase(ctx, settings, func(database store.Store) error {
		list, err := database.InstitutionsAt(ctx, time.Now(), maxRolesListed)
		for _, c := range list {
			held = append(held, heldInstitution(c))
		}
		return err
	})
	return held, err
}

// GrantOffice makes the person whose citizen number stands in number an officer of an institution that stands; until is zero for no
// end. The number is read, as GrantRole does.
func GrantOffice(ctx context.Context, settings *Settings, institution string, until time.Time, number io.Reader) (HeldOffice, error) {
	now := time.Now()
	if !until.IsZero() && !until.After(now) {
		return HeldOffice{}, errors.New("portal: officers: the end has passed")
	}
	return changeOffice(ctx, settings, store.OfficerChange{Institution: institution, At: now, Until: until}, number)
}

// RevokeOffice ends that. It is no error if they are no officer.
func RevokeOffice(ctx context.Context, settings *Settings, institution string, number io.Reader) (HeldOffice, error) {
	now := time.Now()
	return changeOffice(ctx, settings, store.OfficerChange{Institution: institution, At: now, Until: now}, number)
}

func changeOffice(ctx context.Context, settings *Settings, c store.OfficerChange, number io.Reader) (held HeldOffice, err error) {
	if c.CitizenNumber, err = readCitizenNumber(number); err != nil {
		return held, fmt.Errorf("portal: officers: %w", err)
	}
	err = inDatabase(ctx, settings, func(database store.Store) error {
		if _, err := database.Institution(ctx, c.Institution); err != nil {
			return fmt.Errorf("institution %.40q: %w", c.Institution, err)
		}
		return database.ChangeOfficer(ctx, c)
	})
	return heldOffice(c), err
}

// Offices returns who is an officer of which institution now.
func Offices(ctx context.Context, settings *Settings) (held []HeldOffice, err error) {
	err = inDatabase(ctx, settings, func(database store.Store) error {
		list, err := database.OfficersAt(ctx, time.Now(), maxRolesListed)
		for _, c := range list {
			held = append(held, heldOffice(c))
		}
		return err
	})
	return held, err
}

// inDatabase does something in the settings' database.
func inDatabase(ctx context.Context, settings *Settings, do func(store.Store) error) (err error) {
	database, err := openDatabase(ctx, settings)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, database.Close()) }()
	if err := do(database); err != nil {
		return fmt.Errorf("portal: %w", err)
	}
	return nil
}

func heldInstitution(c store.InstitutionChange) HeldInstitution {
	return HeldInstitution{ID: c.ID, NameTR: c.NameTR, NameEN: c.NameEN, Terms: c.Terms, Since: c.At.UTC(), Until: endOrNil(c.Until)}
}

func heldOffice(c store.OfficerChange) HeldOffice {
	return HeldOffice{CitizenNumber: pki.MaskCitizenNumber(c.CitizenNumber), Institution: c.Institution, Since: c.At.UTC(), Until: endOrNil(c.Until)}
}

func endOrNil(until time.Time) *time.Time {
	if until.IsZero() {
		return nil
	}
	until = until.UTC()
	return &until
}
