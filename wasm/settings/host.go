package settings

import (
	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/wasm/hostclient"
	"github.com/e-onay/e-onay/wasm/inventory"
	"github.com/e-onay/e-onay/wasm/loop"
	"github.com/e-onay/e-onay/wasm/wire"
)

// A hostSection asks the host for something. An error of its methods ends the conversation.
type hostSection interface {
	// handleAnswer takes the answer to r.
	handleAnswer(r *hostclient.Request, answer protocol.HostEnvelope) error
	// handleRefusal says at the section's place why r was not done.
	handleRefusal(r *hostclient.Request, f protocol.HostFailure) error
}

// sectionOf returns the section that requests of this kind come from.
func (p *Page) sectionOf(kind protocol.HostType) hostSection {
	switch kind {
	case protocol.HostHello:
		return &p.program
	case protocol.HostUseLibraries:
		return &p.institution
	case protocol.HostDiagnose:
		return &p.diagnosis
	case protocol.HostJournal:
		return &p.journal
	case protocol.HostListHash, protocol.HostForbidHash:
		return &p.hashes
	case protocol.HostAllowHash:
		return &p.allow
	case protocol.HostAddModule, protocol.HostRemoveModule:
		return &p.libraries
	case protocol.HostChangePIN:
		return &p.changePIN
	case protocol.HostUnblock:
		return &p.unblock
	case protocol.HostSelfTest:
		return &p.selfTest
	}
	return &p.cards
}

func (p *Page) handleHost(raw []byte) {
	if code, _ := p.client.Receive(raw, (*hostListener)(p)); code != "" {
		p.loseHost(code)
	}
}

func (p *Page) handleTimer(t loop.Timer) {
	switch t {
	case loop.TimerHost:
		p.loseHost(fault.HostStopped)
	case loop.TimerLook:
		p.program.handleTimer()
	}
}

// loseHost forgets what was known from the host that has ended, for whatever reason.
func (p *Page) loseHost(code fault.Code) {
	if !p.client.Connected() {
		return
	}
	p.program.fail(code)
	p.inventory = inventory.Inventory{}
	p.diagnosis.forget()
	p.journal.forget()
	p.hashes.forget()
	p.allow.forget()
	if left := p.question; left.screen != ScreenOverview {
		p.show(ScreenOverview)
		p.warn(code)
		if left.screen == ScreenWorking {
			p.notice.about = left.asked
		}
	}
	p.client.Disconnect()
}

// hostListener is the page as the host's client sees it.
type hostListener Page

// HandleTokensChanged asks for the new list.
func (l *hostListener) HandleTokensChanged() {
	if l.program.works() {
		l.client.List()
	}
}

// HandleProgress notes how far the card is.
func (l *hostListener) HandleProgress(p protocol.HostProgressBody) { l.question.stage = p.Stage }

// HandleSignature refuses what no request of the page asks for.
func (l *hostListener) HandleSignature(protocol.SignaturePart) error {
	return wire.Invalid("a signed file")
}

// HandleAnswer hands the answer to the section that asked.
func (l *hostListener) HandleAnswer(r *hostclient.Request, answer protocol.HostEnvelope) error {
	p := (*Page)(l)
	err := p.sectionOf(r.Kind).handleAnswer(r, answer)
	if err == nil && r.Kind == protocol.HostCertificates {
		p.handleList()
	}
	return err
}

// HandleRefusal hands the refusal to the section that asked.
func (l *hostListener) HandleRefusal(r *hostclient.Request, f protocol.HostFailure) error {
	p := (*Page)(l)
	err := p.sectionOf(r.Kind).handleRefusal(r, f)
	if err != nil {
		return err
	}
	if r.Kind == protocol.HostCertificates {
		p.handleList()
	}
	p.client.Next()
	return nil
}
