package legaltext

import "fmt"

// Named is a text that others refer to.
type Named struct {
	// ID is its name in addresses, Name its name in Turkish, in which documents are signed.
	ID, Name string
	Source   Source
}

// Library is a few texts that a consent's text names, with their earlier versions.
type Library struct {
	Texts   []Named
	Archive *Archive
	// Page is where anybody can read them; below it stands each version, by its name.
	Page string
}

// Current returns the current versions, in the order of Texts, after they have been kept.
func (l *Library) Current() ([]Text, error) {
	var current []Text
	for _, named := range l.Texts {
		t, err := named.Source.Read()
		if err != nil {
			return nil, fmt.Errorf("%s: %w", named.ID, err)
		}
		if err := l.Archive.Keep(t); err != nil {
			return nil, fmt.Errorf("%s: %w", named.ID, err)
		}
		current = append(current, t)
	}
	return current, nil
}

// Find returns the text of a version, current or earlier.
func (l *Library) Find(version string) (Text, bool, error) {
	for _, named := range l.Texts {
		if t, err := named.Source.Read(); err == nil && t.Version == version {
			return t, true, nil
		}
	}
	return l.Archive.Find(version)
}
