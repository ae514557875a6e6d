package settings

import (
	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/wasm/hostclient"
	"github.com/e-onay/e-onay/wasm/loop"
	"github.com/e-onay/e-onay/wasm/plaintext"
	"github.com/e-onay/e-onay/wasm/screen"
)

// program is the section with the host.
type program struct {
	page    *shared
	state   hostState
	welcome protocol.Welcome
	problem fault.Code // why it fails
}

type hostState int

const (
	hostStarts hostState = iota
	hostWorks
	hostFails
)

// Returned says that the person has come back to the page from elsewhere.
type Returned struct{}

func (Returned) IsEvent() {}

// lookEvery is how long the page waits between two looks for a program that is missing, in milliseconds.
const lookEvery = 3_000

// connect starts the host.
func (p *program) connect() {
	p.state, p.problem = hostStarts, ""
	p.look()
}

// look looks for the host. Until it answers the page says what it has said before.
func (p *program) look() {
	p.welcome = protocol.Welcome{}
	p.page.client.Disconnect()
	p.page.client.Connect()
	p.page.client.Ask(&hostclient.Request{Kind: protocol.HostListHash})
}

func (p *program) works() bool { return p.state == hostWorks }

// fail notes why there is no host. One that is missing may come at any moment: the person is installing it.
func (p *program) fail(code fault.Code) {
	p.state, p.problem = hostFails, code
	if code == fault.HostMissing {
		p.page.do(loop.SetTimer{Timer: loop.TimerLook, Wait: lookEvery})
	}
}

// handleTimer looks for the missing host again.
func (p *program) handleTimer() {
	if p.state == hostFails && p.page.question.screen == ScreenOverview {
		p.look()
	}
}

// handleInput looks again for the host or, where it is there, for the cards. A person who comes back to the page may have
// installed the host meanwhile.
func (p *program) handleInput(event loop.Event) {
	_, asked := event.(loop.Retry)
	switch {
	case p.page.question.screen != ScreenOverview:
	case p.state == hostFails:
		p.connect()
	case p.state == hostWorks && asked:
		p.page.client.List()
	}
}

func (p *program) handleAnswer(_ *hostclient.Request, answer protocol.HostEnvelope) error {
	welcome, err := hostclient.Welcome(answer)
	p.welcome = welcome // also of a host that is too old: its version is told
	if err != nil {
		return err
	}
	p.state, p.problem = hostWorks, ""
	return nil
}

// handleRefusal ends the conversation: a host that does not even greet does nothing else.
func (p *program) handleRefusal(_ *hostclient.Request, f protocol.HostFailure) error {
	p.welcome.Version = f.Version
	return fault.Errorf(f.Code, "%s", f.Detail)
}

// ProgramView is the host.
type ProgramView struct {
	screen.Sentences
	Starts, Works, Fails bool
	Version, Platform    string
	Problem              fault.Code
	Install              screen.Install // the way to it, where it is missing or too old
	Sandbox              string         // what to do where a sandbox keeps the browser from it
	Older                string         // says which of program and extension is the older one
}

func (p *program) view() ProgramView {
	v := ProgramView{
		Sentences: p.page.sentences(), Starts: p.state == hostStarts, Works: p.state == hostWorks, Fails: p.state == hostFails,
		Version: plaintext.Short(p.welcome.Version), Platform: plaintext.Short(p.welcome.Platform), Problem: p.problem,
	}
	v.Sandbox = p.page.parts.Sandbox(v.Sentences, v.Problem)
	v.Older = p.page.parts.Versions(v.Sentences, p.welcome.Version)
	if v.Older != "" || screen.NeedsInstallation(v.Problem) {
		v.Install = p.page.parts.Way("", "")
	}
	return v
}
