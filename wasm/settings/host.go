package settings

import (
	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/wasm/hostclient"
	"github.com/e-onay/e-onay/wasm/inventory"
	"github.com/e-onay/e-onay/wasm/plaintext"
	"github.com/e-onay/e-onay/wasm/wire"
)

func (p *Page) greet() {
	p.host, p.problem = hostLooking, ""
	p.client.Connect()
	p.client.Ask(&hostclient.Request{Kind: protocol.HostListHash})
}

// retry looks again: for the host, or for the cards.
func (p *Page) retry() {
	switch {
	case p.screen != ScreenOverview:
	case p.host == hostFails:
		p.greet()
	case p.host == hostWorks:
		p.client.List()
	}
}

// cancel calls off what the card is doing.
func (p *Page) cancel() { p.client.Cancel(protocol.HostChangePIN, protocol.HostSelfTest) }

// lost is the end of the host, for whatever reason.
func (p *Page) lost(code fault.Code) {
	if !p.client.Connected() {
		return
	}
	p.host, p.problem = hostFails, code
	p.inventory = inventory.Inventory{}
	p.diagnosed, p.journal, p.permissions = false, journal{}, permissions{}
	if p.screen != ScreenOverview {
		worked := p.screen == ScreenWorking
		p.show(ScreenOverview)
		p.warn(code, "")
		if worked {
			p.about = p.asking
		}
	}
	p.client.Disconnect()
}

func (p *Page) hostMessage(raw []byte) {
	if code, _ := p.client.Receive(raw, (*manageListener)(p)); code != "" {
		p.lost(code)
	}
}

// manageListener is the settings page as the host's client sees it.
type manageListener Page

// TokensChanged asks for the new list.
func (l *manageListener) TokensChanged() {
	if l.host == hostWorks {
		l.client.List()
	}
}

// HostProgresses notes how far the card is.
func (l *manageListener) HostProgresses(stage protocol.HostStage) { l.stage = stage }

// HostAnswers takes the answer to r in.
func (l *manageListener) HostAnswers(r *hostclient.Request, e protocol.HostEnvelope) error {
	m := (*Page)(l)
	switch r.Kind {
	case protocol.HostHello:
		welcome, err := hostclient.Welcome(e)
		if err != nil {
			return err
		}
		m.host, m.welcome = hostWorks, welcome
	case protocol.HostCertificates:
		list, err := inventory.Read(e)
		if err != nil {
			return err
		}
		m.listed(list)
	case protocol.HostExport:
		var x protocol.HostExportedBody
		if err := wire.Body(e, &x); err != nil {
			return err
		}
		return m.exported(r, x)
	case protocol.HostDiagnose:
		var d protocol.Diagnosis
		if err := wire.Body(e, &d); err != nil {
			return err
		}
		if len(d.Checks) > maxChecks || len(d.Modules) > maxChecks || !wire.IsTime(d.Time) {
			return wire.Invalid("more than a diagnosis may hold")
		}
		m.diagnosis, m.diagnosed = d, true
	case protocol.HostJournal:
		var p protocol.JournalPage
		if err := wire.Body(e, &p); err != nil {
			return err
		}
		asked, _ := r.Body.(protocol.HostJournalBody)
		return m.journalRead(asked, p)
	case protocol.HostListHash, protocol.HostAllowHash, protocol.HostForbidHash:
		return m.permitted(r.Kind, e)
	case protocol.HostAddModule:
		m.modulesChanged(DoneAdded)
	case protocol.HostRemoveModule:
		m.modulesChanged(DoneRemoved)
	case protocol.HostChangePIN:
		m.finished(DoneChanged)
	case protocol.HostUnblock:
		m.finished(DoneUnblocked)
	case protocol.HostSelfTest:
		m.finished(DoneTested)
	}
	return nil
}

// finished returns to the overview from what went well.
func (p *Page) finished(done Done) {
	p.show(ScreenOverview)
	p.done = done
	p.client.List()
}

// maxChecks bounds a diagnosis.
const maxChecks = 256

func (p *Page) modulesChanged(done Done) {
	p.done = done
	p.client.List()
	p.client.Ask(&hostclient.Request{Kind: protocol.HostDiagnose})
}

// HostRefuses says at its place on the page why r was not done.
func (l *manageListener) HostRefuses(r *hostclient.Request, f protocol.HostFailure) error {
	m := (*Page)(l)
	switch r.Kind {
	case protocol.HostHello:
		return fault.Errorf(f.Code, "%s", f.Detail)
	case protocol.HostCertificates:
		m.listed(inventory.Inventory{Listed: true, Findings: []protocol.Finding{{Code: f.Code, Detail: f.Detail}}})
	case protocol.HostAddModule, protocol.HostRemoveModule:
		m.moduleCode, m.moduleInfo = f.Code, plaintext.Line(f.Detail)
		m.alerts++
	case protocol.HostJournal:
		m.journalRefused(f.Code)
	case protocol.HostListHash, protocol.HostAllowHash, protocol.HostForbidHash:
		m.notPermitted(r.Kind, f.Code, plaintext.Line(f.Detail))
	case protocol.HostChangePIN, protocol.HostUnblock, protocol.HostSelfTest:
		m.refusedPIN(f.Code, &f)
	default:
		m.warn(f.Code, plaintext.Line(f.Detail))
	}
	m.client.Next()
	return nil
}
