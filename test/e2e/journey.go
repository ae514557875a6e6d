package e2e

import "slices"

// Act is what a person does with E-Onay.
type Act string

// The acts, as the portal names them.
const (
	Give     Act = "give"
	Withdraw Act = "withdraw"
)

// Observer is told of every screen a journey passes, once it is ready for the person.
type Observer func(name string, p *Page)

// Journey takes a person through portal and window, one public method a screen or two.
type Journey struct {
	// Language is "tr" or "en"; the person chooses it on the portal's first page and at the gateway.
	Language string
	// Insert puts the card into the reader, for a journey that begins with an empty one; else nil.
	Insert func()
	// Working is told when the card is at work, for a card that is slow enough to be seen; else nil.
	Working func(window *Page)

	w       *World
	watched bool // by an observer
	observe Observer
}

// NewJourney returns a journey in a world; observe may be nil.
func NewJourney(w *World, observe Observer) *Journey {
	j := &Journey{Language: "tr", w: w, watched: observe != nil, observe: observe}
	if !j.watched {
		j.observe = func(string, *Page) {}
	}
	return j
}

// Login opens the portal and logs in as a synthetic person.
func (j *Journey) Login(who Person) *Page {
	p := j.w.Browser.NewPage(j.w.Portal.URL + "/")
	p.Wait("#login")
	j.speak(p)
	j.observe("portal-home", p)
	p.Click("#login")
	p.Wait("#to-gateway")
	j.observe("portal-login", p)
	p.Click("#to-gateway")
	j.Identify(p, who)
	j.w.person = who
	p.Wait("#menu-nes")
	return p
}

// speak switches a page to the journey's language.
func (j *Journey) speak(p *Page) {
	if Eval[string](p, "document.documentElement.lang") != j.Language {
		p.Click(`button[lang="` + j.Language + `"], a[lang="` + j.Language + `"]`)
		p.Wait(`html[lang="` + j.Language + `"]`)
	}
}

// ToCode goes to screen 2/2, where the code is: from the menu, if anybody watches the screens.
func (j *Journey) ToCode(p *Page, act Act) {
	if j.watched {
		p.Goto(j.w.Portal.URL + "/nes")
		p.Wait("#menu-e-onay")
		j.observe("portal-nes", p)
		p.Click("#menu-e-onay")
	} else {
		p.Goto(j.w.Portal.URL + "/nes/e-onay")
	}
	p.Wait("#consent")
	p.Click("#consent")
	j.observe("portal-"+string(act)+"-1", p)
	p.Click("#continue")
	p.Wait("#code")
	p.Wait("#sign:not([disabled])")
	j.observe("portal-"+string(act)+"-2", p)
}

// Open presses İmzala and returns the signing window at its first question.
func (j *Journey) Open(p *Page) *Page {
	p.Click("#sign")
	window := j.w.Browser.Window()
	window.AtStep("who")
	return window
}

// ToPIN answers the window's questions up to the PIN.
func (j *Journey) ToPIN(window *Page) {
	for _, step := range []string{"who", "document", "code", "certificate"} {
		if step == "certificate" && j.Insert != nil {
			window.AtStep("waiting")
			j.observe("window-waiting", window)
			j.Insert()
		}
		window.AtStep(step)
		j.observe("window-"+step, window)
		window.Continue()
	}
	window.AtStep("pin")
}

// Sign types the PIN and signs; the window is at work when it returns.
func (j *Journey) Sign(window *Page, pin string) {
	window.AtStep("pin")
	window.Type("#pin", pin)
	j.observe("window-pin", window)
	window.Click(action("sign"))
	if j.Working != nil {
		j.Working(window)
	}
}

// Finish waits until window and page show the end, and closes the window.
func (j *Journey) Finish(p, window *Page, act Act) {
	window.AtStep("done")
	j.observe("window-done", window)
	window.Click(action("close"))
	p.Wait(`#result[data-act="` + string(act) + `"]`)
	j.observe("portal-"+string(act)+"-result", p)
	j.w.Browser.NoWindow()
}

// All is the whole way, from the menu to the result.
func (j *Journey) All(p *Page, act Act) {
	j.ToCode(p, act)
	window := j.Open(p)
	j.ToPIN(window)
	j.Sign(window, j.w.Card.PIN)
	j.Finish(p, window, act)
}

// Forward answers the window's questions until it asks one with such a name.
func (p *Page) Forward(to ...string) {
	p.t.Helper()
	p.WaitFor(`(document.querySelector("[data-step]")?.dataset.step ?? "loading") !== "loading"`)
	for range 8 {
		step := Eval[string](p, `document.querySelector("[data-step]").dataset.step`)
		if slices.Contains(to, step) {
			return
		}
		if step != "waiting" { // which goes on by itself
			p.Continue()
		}
		p.WaitFor(`document.querySelector("[data-step]").dataset.step !== "` + step + `"`)
	}
	p.t.Fatalf("the window never asks any of %q\n%s", to, p.describe())
}

// Continue goes on from a question, and from a document once its end has been in view.
func (p *Page) Continue() {
	p.t.Helper()
	p.ReadOn()
	p.Click(action("continue"))
}

// ReadOn scrolls to the end of the document, if one is on the screen, once it has come: a large one may take longer than
// Patience, and each further percent less. What is not in view yet has no height of its own: the end moves.
func (p *Page) ReadOn() {
	p.t.Helper()
	const coming = `(document.querySelector(".coming")?.textContent ?? "")`
	for {
		percent := Eval[string](p, coming)
		if percent == "" {
			break
		}
		p.WaitFor(coming + ` !== ` + quoted(percent))
	}
	p.WaitFor(`document.querySelector(".coming") === null && ((end) => end === null || (end.scrollIntoView({ block: "end" }), document.getElementById("unread") === null))(document.getElementById("document-end"))`)
}

// AtStep waits until a signing window asks the question with this name.
func (p *Page) AtStep(step string) {
	p.t.Helper()
	p.Wait(`[data-step="` + step + `"]`)
}

// Failed waits until a signing window shows a failure and returns its code.
func (p *Page) Failed() string {
	p.t.Helper()
	p.AtStep("failed")
	return p.Attribute("[data-code]", "data-code")
}

// Problem waits until a portal page shows a problem and returns its code.
func (p *Page) Problem() string {
	p.t.Helper()
	p.Wait("#problem[data-code]")
	return p.Attribute("#problem", "data-code")
}

// action is the selector of a button of the window.
func action(name string) string { return `[data-action="` + name + `"]` }
