package e2e

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
)

// Violation is one rule of WCAG 2.2 (A, AA) that a page breaks.
type Violation struct {
	ID    string `json:"id"`
	Help  string `json:"help"`
	Nodes []struct {
		HTML    string `json:"html"`
		Summary string `json:"failureSummary"`
	} `json:"nodes"`
}

// Rules of axe-core, for Axe: all of WCAG 2.0, 2.1 and 2.2, levels A and AA; or those of them that depend on how a page
// looks, which is all that another width, scale or colour scheme can break.
const (
	allRules    = `["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]`
	rulesOfLook = `{ type: "rule", values: ["color-contrast", "link-in-text-block", "target-size", "scrollable-region-focusable",
		"css-orientation-lock", "aria-hidden-focus", "nested-interactive"] }`
)

// Axe checks the page as it stands with axe-core by these rules.
func (p *Page) Axe(rules string) []Violation {
	p.t.Helper()
	script, err := os.ReadFile(filepath.Join(Root(), "node_modules", "axe-core", "axe.min.js"))
	if err != nil {
		p.t.Fatalf("axe-core is missing: run `make deps`: %v", err)
	}
	if !Eval[bool](p, "window.axe !== undefined") { // half a megabyte, once for a document
		Eval[bool](p, string(script)+"\n;true")
	}
	found := Eval[string](p, `axe.run(document, {
		runOnly: `+rules+`,
		resultTypes: ["violations"],
	}).then(r => JSON.stringify(r.violations))`)
	var violations []Violation
	if err := json.Unmarshal([]byte(found), &violations); err != nil {
		p.t.Fatalf("axe-core answered %q: %v", found, err)
	}
	return violations
}

// Overflow returns what sticks out of the page sideways: by how many CSS pixels, and the widest culprit.
func (p *Page) Overflow() (pixels int, culprit string) {
	p.t.Helper()
	answer := Eval[string](p, `(() => {
		const width = document.documentElement.clientWidth;
		const over = document.documentElement.scrollWidth - width;
		if (over <= 0) return "0 ";
		let worst = null, right = width;
		for (const e of document.body.querySelectorAll("*")) {
			const r = e.getBoundingClientRect().right;
			if (r > right) { right = r; worst = e; }
		}
		return over + " " + (worst ? worst.outerHTML.slice(0, 200) : "?");
	})()`)
	number, rest, _ := strings.Cut(answer, " ")
	if err := json.Unmarshal([]byte(number), &pixels); err != nil {
		p.t.Fatalf("overflow answered %q: %v", answer, err)
	}
	return pixels, rest
}
