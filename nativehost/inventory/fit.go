package inventory

import (
	"slices"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/protocol"
)

// The window refuses a list with more than protocol.MaxCertificates certificates, tokens or findings, and the browser a
// message of more than 1 MiB; so one library that shows too much would spoil the list for all other cards. The room is
// divided: libraries share it among themselves, and then the listed tokens share the room for certificates.

// A librarySlice is what one library shows, as far as the list has room for it.
type librarySlice struct {
	name         string // of its file
	findings     []protocol.Finding
	tokens       []protocol.Token
	certificates [][]protocol.Certificate // of each of tokens
}

// tell adds a finding, once.
func (l *librarySlice) tell(f protocol.Finding) {
	if !l.tells(f.Code, f.Subject) {
		l.findings = append(l.findings, f)
	}
}

func (l *librarySlice) tells(code fault.Code, subject string) bool {
	return slices.ContainsFunc(l.findings, func(f protocol.Finding) bool { return f.Code == code && f.Subject == subject })
}

// fit completes the list with as much as it has room for. What it leaves out is a finding of its library or token.
func (m *merger) fit() {
	m.fitTokens()
	m.fitCertificates()
	own := m.list.Findings[:min(len(m.list.Findings), protocol.MaxCertificates)]
	room := share(protocol.MaxCertificates-len(own), m.libraries, func(l librarySlice) int { return len(l.findings) })
	m.list.Findings = nil
	for i, l := range m.libraries {
		m.list.Findings = append(m.list.Findings, l.findings[:room[i]]...)
	}
	m.list.Findings = append(m.list.Findings, own...) // these explain what the libraries do not
}

func (m *merger) fitTokens() {
	room := share(protocol.MaxCertificates, m.libraries, func(l librarySlice) int { return len(l.tokens) })
	for i := range m.libraries {
		l := &m.libraries[i]
		if room[i] == len(l.tokens) {
			continue
		}
		l.tell(protocol.Finding{Code: fault.CertificatesLeftOut, Subject: l.name})
		for k, t := range l.tokens[room[i]:] {
			delete(m.tokens, t.ID)
			m.leaveOut(l.certificates[room[i]+k])
		}
		l.tokens, l.certificates = l.tokens[:room[i]], l.certificates[:room[i]]
	}
}

// fitCertificates prefers, of each token, the certificates that can be used.
func (m *merger) fitCertificates() {
	var all [][]protocol.Certificate
	for _, l := range m.libraries {
		all = append(all, l.certificates...)
	}
	room := share(protocol.MaxCertificates, all, func(certificates []protocol.Certificate) int { return len(certificates) })
	for i := range m.libraries {
		l := &m.libraries[i]
		for k, certificates := range l.certificates {
			n := room[k]
			if n < len(certificates) {
				slices.SortStableFunc(certificates, func(a, b protocol.Certificate) int { return useless(a) - useless(b) })
				m.leaveOut(certificates[n:])
				l.tell(protocol.Finding{Code: fault.CertificatesLeftOut, Subject: l.tokens[k].Label})
			}
			m.list.Certificates = append(m.list.Certificates, certificates[:n]...)
		}
		m.list.Tokens = append(m.list.Tokens, l.tokens...)
		room = room[len(l.tokens):]
	}
}

// leaveOut forgets certificates that are not listed, so that no act can name them.
func (m *merger) leaveOut(certificates []protocol.Certificate) {
	for _, c := range certificates {
		delete(m.certificates, c.ID)
	}
}

// useless counts the acts that the certificate cannot be used for.
func useless(c protocol.Certificate) (n int) {
	for _, problem := range []fault.Code{c.Problem, c.LoginProblem} {
		if problem != "" {
			n++
		}
	}
	return n
}

// share divides room among those that want some of it: each gets as much as it wants, or as much as any other.
func share[T any](room int, among []T, wants func(T) int) []int {
	out := make([]int, len(among))
	for given := true; given; {
		given = false
		for i, each := range among {
			if room > 0 && out[i] < wants(each) {
				out[i], room, given = out[i]+1, room-1, true
			}
		}
	}
	return out
}
