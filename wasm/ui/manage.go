package ui

import "github.com/e-onay/e-onay/wasm/flow"

// Manage is the settings page.
type Manage struct {
	V         flow.ManageView
	Extension string // its version
}

func (c *Manage) state() string {
	switch {
	case c.V.Works:
		return "works"
	case c.V.Fails:
		return "fails"
	}
	return "looking"
}

func (c *Manage) status() string {
	switch {
	case c.V.Works:
		return c.V.T("manage.program_works")
	case c.V.Fails:
		return c.V.Error(c.V.Problem)
	}
	return c.V.T("manage.program_looking")
}
