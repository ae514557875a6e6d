package session

import (
	"context"
	"time"

	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/nativehost/act"
	"github.com/e-onay/e-onay/nativehost/act/export"
	"github.com/e-onay/e-onay/nativehost/act/login"
	"github.com/e-onay/e-onay/nativehost/act/newpin"
	"github.com/e-onay/e-onay/nativehost/act/settings"
	"github.com/e-onay/e-onay/nativehost/act/sign"
	"github.com/e-onay/e-onay/nativehost/act/signhash"
	"github.com/e-onay/e-onay/nativehost/messaging"
	"github.com/e-onay/e-onay/nativehost/secret"
)

// acts are the acts of a session.
type acts struct {
	sign     *sign.Act
	login    *login.Act
	export   *export.Act
	signhash *signhash.Act
	newpin   *newpin.Act
	settings *settings.Act
}

// table returns the table of handlers: for each type of request the phases in which it is in its place, and the function
// that answers it, whose parameter is the type of its body.
func (s *session) table(a acts) map[protocol.HostType]handler {
	const (
		greeted     = phaseReady | phaseReceiving | phaseReceived // a card may come while a document does
		between     = phaseReady | phaseReceived                  // documents
		noDocuments = phaseReady                                  // of a window for another act
	)
	return map[protocol.HostType]handler{
		protocol.HostHello:        handles(phaseNew, s.hello),
		protocol.HostCertificates: handlesEmpty(greeted, s.certificates),

		protocol.HostUseLibraries: handles(greeted, a.settings.UseLibraries),

		protocol.HostDocument: handles(between, noAnswer(a.sign.Announce)),
		protocol.HostChunk:    handles(phaseReceiving, noAnswer(a.sign.Receive)),
		protocol.HostCheck:    handles(phaseReceived, a.sign.Check),
		protocol.HostPreview:  handles(phaseReceived, a.sign.Preview),
		protocol.HostSign:     handles(phaseReceived, a.sign.Sign),

		protocol.HostAuthenticate: handles(noDocuments, a.login.Authenticate),
		protocol.HostExport:       handles(between, a.export.Export),
		protocol.HostSignHash:     handles(noDocuments, a.signhash.SignHash),

		protocol.HostClaim:   handlesRefused(between, a.newpin.Claim),
		protocol.HostRelease: owed(handlesRefused(anyPhase, a.newpin.Release)),

		protocol.HostChangePIN:    handles(between, noAnswer(a.settings.ChangePIN)),
		protocol.HostSelfTest:     handles(between, noAnswer(a.settings.SelfTest)),
		protocol.HostUnblock:      handles(between, noAnswer(a.settings.Unblock)),
		protocol.HostDiagnose:     handlesEmpty(between, a.settings.Diagnose),
		protocol.HostAddModule:    handles(between, noAnswer(a.settings.AddModule)),
		protocol.HostRemoveModule: handles(between, noAnswer(a.settings.RemoveModule)),
		protocol.HostJournal:      handles(between, a.settings.JournalPage),
		protocol.HostListHash:     handlesEmpty(between, a.settings.ListHashSites),
		protocol.HostAllowHash:    handles(between, a.settings.AllowHash),
		protocol.HostForbidHash:   handles(between, a.settings.ForbidHash),
	}
}

// A handler answers one type of request. The answer's body is nil if it has none.
type handler struct {
	handle func(*session, job) (body any, err error)
	owed   bool // an answer is owed also to a request that was cancelled before its turn
}

// owed marks a handler whose answer is owed also after a cancel.
func owed(h handler) handler {
	h.owed = true
	return h
}

// handles has f answer requests with bodies of type B in the phases.
func handles[B, A any](phases phase, f func(context.Context, act.Request, *B) (*A, error)) handler {
	return handlesRefused(phases, func(ctx context.Context, r act.Request, body *B, refused error) (*A, error) {
		if refused != nil {
			return nil, refused
		}
		return f(ctx, r, body)
	})
}

// handlesRefused is handles for an f that must hear of a request also if it is malformed or out of place, and why.
func handlesRefused[B, A any](phases phase, f func(ctx context.Context, r act.Request, body *B, refused error) (*A, error)) handler {
	return handler{handle: func(s *session, j job) (any, error) {
		body := new(B)
		if secretive, ok := any(body).(protocol.Secretive); ok {
			defer act.Wipe(secretive) // also if only a part of it is understood
		}
		refused := messaging.Decode(j.Body, body)
		secret.Wipe(j.Body) // a PIN is in body alone while the card is at work
		if refused == nil {
			refused = s.checkPhase(j.Type, phases)
		}
		return answer(f(j.ctx, s.request(j), body, refused))
	}}
}

// handlesEmpty is handles for requests without a body.
func handlesEmpty[A any](phases phase, f func(context.Context, act.Request) (*A, error)) handler {
	return handler{handle: func(s *session, j job) (any, error) {
		if err := s.checkPhase(j.Type, phases); err != nil {
			return nil, err
		}
		return answer(f(j.ctx, s.request(j)))
	}}
}

// noAnswer is f for requests whose answer has no body.
func noAnswer[B any](f func(context.Context, act.Request, *B) error) func(context.Context, act.Request, *B) (*struct{}, error) {
	return func(ctx context.Context, r act.Request, body *B) (*struct{}, error) { return nil, f(ctx, r, body) }
}

func answer[A any](body *A, err error) (any, error) {
	if err != nil || body == nil {
		return nil, err
	}
	return body, nil
}

// countEvery is how often a person sees a number change.
const countEvery = 200 * time.Millisecond

// request is a job as acts see it.
func (s *session) request(j job) act.Request {
	var counted time.Time
	return act.Request{
		ID: j.ID,
		Progress: func(stage protocol.HostStage) {
			s.send(0, protocol.HostProgress, protocol.HostProgressBody{Request: j.ID, Stage: stage})
		},
		Count: func(done, total int) {
			if total == 1 || done < total && time.Since(counted) < countEvery {
				return
			}
			counted = time.Now()
			s.send(0, protocol.HostProgress, protocol.HostProgressBody{Request: j.ID, Stage: protocol.HostStageSigning, Done: done, Total: total})
		},
		Deliver: func(part protocol.SignaturePart) {
			s.send(0, protocol.HostSignature, protocol.HostSignatureBody{Request: j.ID, SignaturePart: part})
		},
	}
}

// certificates lists what the cards show.
func (s *session) certificates(ctx context.Context, _ act.Request) (*protocol.CertificateList, error) {
	return s.inventory.List(ctx)
}
