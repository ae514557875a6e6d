package flow

import "github.com/e-onay/e-onay/internal/protocol"

// line is the settings page's conversation with its host: one request at a time, the others wait in order. Only a
// cancel overtakes.
type line struct {
	open  bool
	next  uint32
	asked *hostRequest
	queue []*hostRequest
	// cancelled is the number of a cancel that was not answered yet.
	cancelled uint32
}

// waits reports whether a request of this kind is under way or waits.
func (l *line) waits(kind protocol.HostType) bool {
	if l.asked != nil && l.asked.kind == kind {
		return true
	}
	for _, r := range l.queue {
		if r.kind == kind {
			return true
		}
	}
	return false
}

// clear forgets the PINs of what will not be asked any more.
func (l *line) clear() {
	for _, r := range l.queue {
		r.clear()
	}
}

func (r *hostRequest) clear() {
	clear(r.pin)
	clear(r.old)
	clear(r.puk)
	clear(r.new)
}

func (m *Manage) greet() {
	m.line.clear()
	m.line = line{open: true}
	m.host, m.problem = hostLooking, ""
	m.do(ConnectHost{})
	m.ask(&hostRequest{kind: protocol.HostHello, body: protocol.Hello{Protocol: protocol.Version}})
	m.ask(&hostRequest{kind: protocol.HostCertificates})
	m.ask(&hostRequest{kind: protocol.HostListHash})
}

// retry looks again: for the host, or for the cards.
func (m *Manage) retry() {
	switch {
	case m.screen != ScreenOverview:
	case m.host == hostFails:
		m.greet()
	case m.host == hostWorks:
		m.look()
	}
}

// look asks for the list, unless that waits already.
func (m *Manage) look() {
	for _, r := range m.line.queue {
		if r.kind == protocol.HostCertificates {
			return
		}
	}
	m.ask(&hostRequest{kind: protocol.HostCertificates})
}

func (m *Manage) ask(r *hostRequest) {
	m.line.queue = append(m.line.queue, r)
	m.askNext()
}

func (m *Manage) askNext() {
	l := &m.line
	if l.asked != nil || len(l.queue) == 0 {
		return
	}
	r := l.queue[0]
	l.queue = l.queue[1:]
	l.next++
	r.id = l.next
	l.asked = r
	e := protocol.HostEnvelope{ID: r.id, Type: r.kind, Body: encode(r.body)}
	m.do(PostHost{Envelope: e, PIN: r.pin, Old: r.old, PUK: r.puk, New: r.new})
	r.pin, r.old, r.puk, r.new = nil, nil, nil, nil
	m.do(After{TimerHost, waitFor(r.kind)})
}

// cancel calls off what the card is doing.
func (m *Manage) cancel() {
	r := m.line.asked
	if r == nil || r.kind != protocol.HostChangePIN && r.kind != protocol.HostSelfTest {
		return
	}
	m.line.next++
	body := encode(protocol.HostCancelBody{Request: r.id})
	m.do(PostHost{Envelope: protocol.HostEnvelope{ID: m.line.next, Type: protocol.HostCancel, Body: body}})
	m.line.cancelled = m.line.next
}

// lost is the end of the host, for whatever reason.
func (m *Manage) lost(code protocol.Code) {
	if !m.line.open {
		return
	}
	m.line.clear()
	m.line = line{}
	m.host, m.problem = hostFails, code
	m.listed, m.list, m.known = false, protocol.CertificateList{}, nil
	m.diagnosed, m.journal, m.permissions = false, journal{}, permissions{}
	if m.screen != ScreenOverview {
		worked := m.screen == ScreenWorking
		m.show(ScreenOverview)
		m.warn(code, "")
		if worked {
			m.about = m.asking
		}
	}
	m.do(After{Timer: TimerHost})
	m.do(DropHost{})
}

func (m *Manage) hostMessage(raw []byte) {
	if !m.line.open {
		return
	}
	var e protocol.HostEnvelope
	err := decode(raw, &e)
	switch {
	case err != nil:
		err = invalid("not a message")
	case e.ID == 0:
		err = m.hostEvent(e)
	case m.line.cancelled != 0 && e.ID == m.line.cancelled:
		m.line.cancelled = 0
	default:
		err = m.hostAnswer(e)
	}
	if err != nil {
		m.lost(protocol.CodeOf(err))
	}
}

func (m *Manage) hostEvent(e protocol.HostEnvelope) error {
	switch e.Type {
	case protocol.HostTokensChanged:
		if m.host == hostWorks {
			m.look()
		}
		return nil
	case protocol.HostProgress:
		var p protocol.HostProgressBody
		if err := body(e, &p); err != nil {
			return err
		}
		if m.line.asked != nil && p.Request == m.line.asked.id {
			m.stage = p.Stage
		}
		return nil
	case protocol.HostError:
		return protocol.Errorf(refusal(e), "the host's word")
	}
	return invalid("unknown event")
}

func refusal(e protocol.HostEnvelope) protocol.Code {
	var f protocol.HostFailure
	if body(e, &f) != nil {
		return protocol.CodeMessageInvalid
	}
	return known(f.Code)
}

func (m *Manage) hostAnswer(e protocol.HostEnvelope) error {
	r := m.line.asked
	if r == nil || e.ID != r.id {
		return invalid("an answer to nothing that was asked")
	}
	m.line.asked = nil
	m.do(After{Timer: TimerHost})
	var err error
	if e.Type == protocol.HostError {
		err = m.refused(r, e)
	} else if e.Type != r.kind.Answer() {
		err = invalid("another answer than the one expected")
	} else {
		err = m.accept(r, e)
	}
	if err != nil {
		return err
	}
	m.askNext()
	return nil
}

// accept takes the answer in that belongs to request r.
func (m *Manage) accept(r *hostRequest, e protocol.HostEnvelope) error {
	switch r.kind {
	case protocol.HostHello:
		var w protocol.Welcome
		if err := body(e, &w); err != nil {
			return err
		}
		if w.Protocol != protocol.Version {
			return protocol.Errorf(protocol.CodeHostOutdated, "another protocol")
		}
		m.host, m.welcome = hostWorks, w
	case protocol.HostCertificates:
		var l protocol.CertificateList
		if err := body(e, &l); err != nil {
			return err
		}
		return m.read(l)
	case protocol.HostExport:
		var x protocol.HostExportedBody
		if err := body(e, &x); err != nil {
			return err
		}
		return m.exported(r, x)
	case protocol.HostDiagnose:
		var d protocol.Diagnosis
		if err := body(e, &d); err != nil {
			return err
		}
		if len(d.Checks) > maxChecks || len(d.Modules) > maxChecks || !isTime(d.Time) {
			return invalid("more than a diagnosis may hold")
		}
		m.diagnosis, m.diagnosed = d, true
	case protocol.HostJournal:
		var p protocol.JournalPage
		if err := body(e, &p); err != nil {
			return err
		}
		asked, _ := r.body.(protocol.HostJournalBody)
		return m.journalRead(asked, p)
	case protocol.HostListHash, protocol.HostAllowHash, protocol.HostForbidHash:
		return m.permitted(r.kind, e)
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
func (m *Manage) finished(done ManageDone) {
	m.show(ScreenOverview)
	m.done = done
	m.look()
}

// maxChecks bounds a diagnosis.
const maxChecks = 256

func (m *Manage) modulesChanged(done ManageDone) {
	m.done = done
	m.look()
	m.ask(&hostRequest{kind: protocol.HostDiagnose})
}

// refused takes an error of the host in.
func (m *Manage) refused(r *hostRequest, e protocol.HostEnvelope) error {
	var f protocol.HostFailure
	if err := body(e, &f); err != nil {
		return err
	}
	code := known(f.Code)
	switch r.kind {
	case protocol.HostHello:
		return protocol.Errorf(code, "%s", f.Detail)
	case protocol.HostCertificates:
		return m.read(protocol.CertificateList{Findings: []protocol.Finding{{Code: code, Detail: f.Detail}}})
	case protocol.HostAddModule, protocol.HostRemoveModule:
		m.moduleCode, m.moduleInfo = code, clip(f.Detail)
		m.alerts++
	case protocol.HostJournal:
		m.journalRefused(code)
	case protocol.HostListHash, protocol.HostAllowHash, protocol.HostForbidHash:
		m.notPermitted(r.kind, code, clip(f.Detail))
	case protocol.HostChangePIN, protocol.HostUnblock, protocol.HostSelfTest:
		m.refusedPIN(code, &f)
	default:
		m.warn(code, clip(f.Detail))
	}
	return nil
}
