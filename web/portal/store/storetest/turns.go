package storetest

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/web/portal/application"
	"github.com/e-onay/e-onay/web/portal/order"
	"github.com/e-onay/e-onay/web/portal/store"
)

// turns hands calls to one store after the other.
type turns struct {
	store.Store
	all  []store.Store
	next atomic.Int64
}

// Turns is several stores on one database as one, as several processes would use it: each call that writes goes to the next.
func Turns(all ...store.Store) store.Store { return &turns{Store: all[0], all: all} }

func (s *turns) turn() store.Store { return s.all[int(s.next.Add(1))%len(s.all)] }

func (s *turns) Receive(ctx context.Context, a store.Arrival) (store.Receipt, error) {
	return s.turn().Receive(ctx, a)
}

func (s *turns) TakeDue(ctx context.Context, now, until time.Time, limit int) ([]store.Receipt, error) {
	return s.turn().TakeDue(ctx, now, until, limit)
}

func (s *turns) Refuse(ctx context.Context, number int64, code fault.Code, at time.Time) error {
	return s.turn().Refuse(ctx, number, code, at)
}

func (s *turns) RecordLogin(ctx context.Context, l store.Login) error {
	return s.turn().RecordLogin(ctx, l)
}

func (s *turns) Complete(ctx context.Context, c store.Completion) error {
	return s.turn().Complete(ctx, c)
}

func (s *turns) IssueChallenge(ctx context.Context, c store.Challenge, limit store.Limit) error {
	return s.turn().IssueChallenge(ctx, c, limit)
}

func (s *turns) PutCards(ctx context.Context, cards []store.Card, differs store.PUKsDiffer) error {
	return s.turn().PutCards(ctx, cards, differs)
}

func (s *turns) Release(ctx context.Context, c store.Claim) ([]byte, error) {
	return s.turn().Release(ctx, c)
}

func (s *turns) SendCode(ctx context.Context, c store.OneTimeCode, m store.Message, rules store.Sending) error {
	return s.turn().SendCode(ctx, c, m, rules)
}

func (s *turns) CreateApplication(ctx context.Context, a application.Application, c application.Change, jobs ...store.Job) error {
	return s.turn().CreateApplication(ctx, a, c, jobs...)
}

func (s *turns) ChangeApplication(ctx context.Context, a application.Application, c application.Change, jobs ...store.Job) error {
	return s.turn().ChangeApplication(ctx, a, c, jobs...)
}

func (s *turns) SaveDraft(ctx context.Context, d application.DraftForm) error {
	return s.turn().SaveDraft(ctx, d)
}

func (s *turns) StartPayment(ctx context.Context, p store.Payment, limit store.Limit, jobs ...store.Job) error {
	return s.turn().StartPayment(ctx, p, limit, jobs...)
}

func (s *turns) ChangePayment(ctx context.Context, p store.Payment, jobs ...store.Job) error {
	return s.turn().ChangePayment(ctx, p, jobs...)
}

func (s *turns) CompletePayment(ctx context.Context, p store.Payment, a application.Application, c application.Change, jobs ...store.Job) error {
	return s.turn().CompletePayment(ctx, p, a, c, jobs...)
}

func (s *turns) CompleteOrderPayment(ctx context.Context, p store.Payment, o order.Order, c order.Change, jobs ...store.Job) error {
	return s.turn().CompleteOrderPayment(ctx, p, o, c, jobs...)
}

func (s *turns) EraseApplication(ctx context.Context, reference string, at time.Time) error {
	return s.turn().EraseApplication(ctx, reference, at)
}

func (s *turns) PutApplicationKey(ctx context.Context, k store.ApplicationKey) error {
	return s.turn().PutApplicationKey(ctx, k)
}

func (s *turns) OpenApplicationLink(ctx context.Context, link store.Hash, browser store.ApplicationKey, now time.Time) (string, error) {
	return s.turn().OpenApplicationLink(ctx, link, browser, now)
}

func (s *turns) CreateOrder(ctx context.Context, o order.Order) error {
	return s.turn().CreateOrder(ctx, o)
}

func (s *turns) ChangeOrder(ctx context.Context, o order.Order, c order.Change, jobs ...store.Job) error {
	return s.turn().ChangeOrder(ctx, o, c, jobs...)
}

func (s *turns) LeaseShipment(ctx context.Context, now, leaseEnd time.Time) (store.ShipmentLease, error) {
	return s.turn().LeaseShipment(ctx, now, leaseEnd)
}

func (s *turns) KeepShipmentEvents(ctx context.Context, l store.ShipmentLease, events []application.ShipmentEvent, at, again time.Time, p application.CarrierProblem) error {
	return s.turn().KeepShipmentEvents(ctx, l, events, at, again, p)
}

func (s *turns) NoteStatus(ctx context.Context, p store.PublishedStatus) error {
	return s.turn().NoteStatus(ctx, p)
}

func (s *turns) BeginTry(ctx context.Context, t store.Try) error { return s.turn().BeginTry(ctx, t) }

func (s *turns) ForgetTry(ctx context.Context, id string) error { return s.turn().ForgetTry(ctx, id) }

func (s *turns) AskDecision(ctx context.Context, d store.Decision) error {
	return s.turn().AskDecision(ctx, d)
}

func (s *turns) EndDecision(ctx context.Context, e store.DecisionEnd, effect store.DecisionEffect) error {
	return s.turn().EndDecision(ctx, e, effect)
}

func (s *turns) ConfirmCode(ctx context.Context, t store.TypedCode) error {
	return s.turn().ConfirmCode(ctx, t)
}

func (s *turns) PutJobs(ctx context.Context, jobs ...store.Job) error {
	return s.turn().PutJobs(ctx, jobs...)
}

func (s *turns) LeaseJob(ctx context.Context, kind string, now, leaseEnd time.Time) (store.LeasedJob, error) {
	return s.turn().LeaseJob(ctx, kind, now, leaseEnd)
}

func (s *turns) JobDone(ctx context.Context, j store.LeasedJob, at time.Time) error {
	return s.turn().JobDone(ctx, j, at)
}

func (s *turns) JobFailed(ctx context.Context, j store.LeasedJob, at, again time.Time) error {
	return s.turn().JobFailed(ctx, j, at, again)
}

func (s *turns) RetryJob(ctx context.Context, key string, now time.Time) error {
	return s.turn().RetryJob(ctx, key, now)
}

func (s *turns) Report(ctx context.Context, r store.Report) error { return s.turn().Report(ctx, r) }

func (s *turns) RevokeMachine(ctx context.Context, citizenNumber, id string, at time.Time) error {
	return s.turn().RevokeMachine(ctx, citizenNumber, id, at)
}

func (s *turns) LeaseLasting(ctx context.Context, now, leaseEnd time.Time) (store.LastingLease, error) {
	return s.turn().LeaseLasting(ctx, now, leaseEnd)
}

func (s *turns) ChangeInstitution(ctx context.Context, c store.InstitutionChange) error {
	return s.turn().ChangeInstitution(ctx, c)
}

func (s *turns) ChangeOfficer(ctx context.Context, c store.OfficerChange) error {
	return s.turn().ChangeOfficer(ctx, c)
}

func (s *turns) PutList(ctx context.Context, l store.PeopleList, bounds store.ListBounds) error {
	return s.turn().PutList(ctx, l, bounds)
}

func (s *turns) ConfirmList(ctx context.Context, reference, by string, at time.Time) error {
	return s.turn().ConfirmList(ctx, reference, by, at)
}

func (s *turns) CancelList(ctx context.Context, reference string, at time.Time) error {
	return s.turn().CancelList(ctx, reference, at)
}

func (s *turns) LeaseList(ctx context.Context, now, leaseEnd time.Time) (store.PeopleList, error) {
	return s.turn().LeaseList(ctx, now, leaseEnd)
}

func (s *turns) AdvanceList(ctx context.Context, l store.PeopleList, p store.ListProgress) error {
	return s.turn().AdvanceList(ctx, l, p)
}

func (s *turns) AddHead(ctx context.Context, h store.Head) error { return s.turn().AddHead(ctx, h) }
