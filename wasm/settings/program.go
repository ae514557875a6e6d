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

// connect starts the host.
func (p *program) connect() {
	p.state, p.problem = hostStarts, ""
	p.page.client.Connect()
	p.page.client.Ask(&hostclient.Request{Kind: protocol.HostListHash})
}

func (p *program) works() bool { return p.state == hostWorks }

// fail notes why there is no host.
func (p *program) fail(code fault.Code) { p.state, p.problem = hostFails, code }

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
	if err != nil {
		return err
	}
	p.state, p.welcome = hostWorks, welcome
	return nil
}

// handleRefusal ends the conversation: a host that does not even greet does nothing else.
func (p *program) handleRefusal(_ *hostclient.Request, f protocol.HostFailure) error {
	return fault.Errorf(f.Code, "%s", f.Detail)
}

// ProgramView is the host.
type ProgramView struct {
	screen.Sentences
	Starts, Works, Fails bool
	Version, Platform    string
	Problem              fault.Code
}

func (p *program) view() ProgramView {
	return ProgramView{
		Sentences: p.page.sentences(), Starts: p.state == hostStarts, Works: p.state == hostWorks, Fails: p.state == hostFails,
		Version: plaintext.Short(p.welcome.Version), Platform: plaintext.Short(p.welcome.Platform), Problem: p.problem,
	}
}
