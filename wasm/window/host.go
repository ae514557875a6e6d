package window

import (
	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/wasm/hostclient"
	"github.com/e-onay/e-onay/wasm/inventory"
	"github.com/e-onay/e-onay/wasm/loop"
	"github.com/e-onay/e-onay/wasm/plaintext"
	"github.com/e-onay/e-onay/wasm/wire"
)

// connectHost starts a host, which is asked for its list of certificates.
func (w *Window) connectHost() {
	w.inventory, w.choices = inventory.Inventory{}, nil
	w.host.Connect()
}

// dropHost ends the host, whatever it is doing, and clears every PIN.
func (w *Window) dropHost() {
	w.act.HostGone()
	w.committed = false
	if w.host.Connected() {
		w.do(loop.SetTimer{Timer: loop.TimerSlow})
	}
	w.host.Disconnect()
}

// handleHost takes a message of the host.
func (w *Window) handleHost(raw []byte) {
	if code, detail := w.host.Receive(raw, (*hostListener)(w)); code != "" {
		w.Fail(code, detail)
	}
}

// hostListener is the window as the host's client sees it.
type hostListener Window

// HandleTokensChanged asks for the new list.
func (l *hostListener) HandleTokensChanged() { l.host.List() }

// HandleProgress notes how far the card is.
func (l *hostListener) HandleProgress(p protocol.HostProgressBody) {
	if l.total == 0 && p.Total > 0 {
		(*Window)(l).do(loop.SetTimer{Timer: loop.TimerPace, Wait: paceWait})
	}
	l.stage, l.slow = p.Stage, l.slow && p.Done == 0
	l.done, l.total = p.Done, p.Total
}

// HandleSignature hands the part to an act that signs documents.
func (l *hostListener) HandleSignature(part protocol.SignaturePart) error {
	signing, ok := l.act.(interface {
		HandleSignature(protocol.SignaturePart) error
	})
	if !ok {
		return wire.Invalid("a signed file")
	}
	return signing.HandleSignature(part)
}

// HandleAnswer takes the list, and hands the act what belongs to it.
func (l *hostListener) HandleAnswer(r *hostclient.Request, answer protocol.HostEnvelope) error {
	w := (*Window)(l)
	switch answer.Type {
	case protocol.HostWelcome:
		welcome, err := hostclient.Welcome(answer)
		w.hostVersion = welcome.Version
		return err
	case protocol.HostCertificateList:
		list, err := inventory.Read(answer)
		if err != nil {
			return err
		}
		w.handleList(list)
		return nil
	case protocol.HostLibrariesUsed: // the settings page says which are not
		return nil
	case protocol.HostReady: // for a document, or a part of it
		if signing, ok := w.act.(interface{ HandleRoom() }); ok {
			signing.HandleRoom()
		}
		return nil
	}
	return w.act.HandleHost(answer)
}

// HandleRefusal hands the act the refusals of what the card was asked for. An obstacle between the host and a card counts as
// an empty list; any other refusal ends the attempt.
func (l *hostListener) HandleRefusal(r *hostclient.Request, f protocol.HostFailure) error {
	w := (*Window)(l)
	if r.Kind == protocol.HostCertificates && inventory.IsObstacle(f.Code) {
		w.host.Next()
		w.handleList(inventory.Inventory{Listed: true, Findings: []protocol.Finding{{Code: f.Code}}})
		return nil
	}
	if r.Kind == protocol.HostUseLibraries {
		w.host.Next()
		return nil
	}
	if r.Kind == protocol.HostHello {
		w.hostVersion = f.Version
	}
	if !hostclient.UsesCard(r.Kind) {
		w.Fail(f.Code, plaintext.Line(f.Detail))
		return nil
	}
	w.do(loop.SetTimer{Timer: loop.TimerSlow})
	if t := w.ChosenToken(); t != nil && f.PIN != nil {
		t.PIN = *f.PIN
	}
	if c := w.inventory.Certificate(w.chosen); c != nil && f.KeyPIN != nil {
		c.KeyPIN = f.KeyPIN
	}
	w.act.HandleRefusal(r, f)
	return nil
}

// MarkLastAttempt remembers that the next wrong PIN blocks the card, for tokens that do not say so.
func (w *Window) MarkLastAttempt(code fault.Code) {
	if t := w.ChosenToken(); t != nil && code == fault.PINLastTry {
		t.PIN.State = protocol.PINFinal
	}
}

// handleHostClosed takes the end of the host's port.
func (w *Window) handleHostClosed(reason string) {
	if !w.host.Connected() {
		return
	}
	w.host.Lost()
	w.Fail(protocol.HostClosed(reason), "")
}
