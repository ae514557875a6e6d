package legaltext

import (
	"context"
	"fmt"
)

// Named is a text that others refer to.
type Named struct {
	// Name is its name in Turkish, in which documents are signed. Source.ID is its name in addresses.
	Name   string
	Source Source
}

// Library is a few texts that a consent's text names, with their earlier versions.
type Library struct {
	Texts   []Named
	Archive *Archive
	Kept    Kept // nil keeps none
	// Page is where anybody can read them; below it stands each version, by its name.
	Page string
}

// Current returns the current versions, in the order of Texts, after they have been kept.
func (l *Library) Current(ctx context.Context) ([]Text, error) {
	var current []Text
	for _, named := range l.Texts {
		t, err := named.Source.Read(ctx)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", named.Source.ID, err)
		}
		if err := l.Archive.Keep(t); err != nil {
			return nil, fmt.Errorf("%s: %w", named.Source.ID, err)
		}
		current = append(current, t)
	}
	return current, nil
}

// Find returns the text of a version, current or earlier.
func (l *Library) Find(ctx context.Context, version string) (Text, bool, error) {
	if l.Kept != nil {
		body, found, err := l.Kept.Version(ctx, version)
		if err != nil {
			return Text{}, false, err
		}
		if t, err := Parse([]byte(body)); found && err == nil && t.Version == version {
			return t, true, nil
		}
	}
	for _, named := range l.Texts {
		if t, err := named.Source.Read(ctx); err == nil && t.Version == version {
			return t, true, nil
		}
	}
	return l.Archive.Find(version)
}
