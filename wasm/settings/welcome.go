package settings

import (
	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/wasm/plaintext"
	"github.com/e-onay/e-onay/wasm/screen"
)

// welcome is the list of what a person needs before they can sign. It is shown when the extension has just been installed.
type welcome struct {
	page  *shared
	shown bool
}

// FirstStart says that the extension has just been installed.
type FirstStart struct{}

func (FirstStart) IsEvent() {}

// WelcomeView is that list; empty but after the first start.
type WelcomeView struct {
	screen.Sentences
	Steps []StepView
}

// StepView is something that a person needs.
type StepView struct {
	Name string // the end of its title's key
	Done bool
	Text string
	Link string // the id of the part of the page that it is about
	// Install is the way to the program, where that is missing.
	Install screen.Install
}

// view lists what the person needs, as far as the other sections know.
func (w *welcome) view(page *View) WelcomeView {
	v := WelcomeView{Sentences: w.page.sentences()}
	if !w.shown {
		return v
	}
	step := func(name, link string, done bool, found string) StepView {
		if !done {
			return StepView{Name: name, Text: v.T("manage.welcome.todo." + name), Link: link}
		}
		return StepView{Name: name, Done: true, Text: v.T("manage.welcome.done."+name, "name", found), Link: link}
	}
	var reader, holder string
	if len(page.Cards.Readers) > 0 {
		reader = page.Cards.Readers[0].Name
	}
	if len(w.page.inventory.Certificates) > 0 {
		holder = plaintext.Short(w.page.inventory.Certificates[0].Holder)
	}
	v.Steps = []StepView{
		w.program(&page.Program, step("program", "host", page.Program.Works, page.Program.Version)),
		step("reader", "cards", len(page.Cards.Readers) > 0, reader),
		step("certificate", "cards", len(w.page.inventory.Certificates) > 0, holder),
		step("phrase", "phrase", page.Phrase.Phrase != "", page.Phrase.Phrase),
		{Name: "sites", Done: true, Text: page.Sites.summary(), Link: "sites"},
	}
	return v
}

// program adds the way to the program to its step, where that is known.
func (w *welcome) program(p *ProgramView, step StepView) StepView {
	if p.Problem == fault.HostMissing && p.Install.URL != "" {
		step.Install, step.Text = p.Install, w.page.sentences().T("manage.welcome.get.program")
	}
	return step
}
