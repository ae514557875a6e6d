package desk

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/web/portal/application"
	"github.com/e-onay/e-onay/web/portal/refusal"
	"github.com/e-onay/e-onay/web/portal/site"
	"github.com/e-onay/e-onay/web/portal/store"
)

// act is one thing that an officer does with an application.
type act struct {
	// Name is the last part of its page's address; the catalogue has its words under it.
	Name  string
	event application.Event
	role  store.Role
	// Field is the form's field that it needs, "" for none.
	Field string
	// fill puts what was typed into the change, or refuses it.
	fill func(a application.Application, typed string, c *application.Change) error
}

// The fields of the acts' forms.
const (
	fieldCode    = "kod"
	fieldReason  = "gerekce"
	fieldReceipt = "dekont"
	fieldNumber  = "gonderi"
	fieldVersion = "surum"
)

// receivePaper is the act by which a form comes that was signed by hand, with its scan.
const receivePaper = "onay"

// handOver is the act by which something is delivered without a courier.
const handOver = "elden"

var acts = []act{
	{receivePaper, application.Approve, store.Reviewer, fieldCode, fillPaper},
	{"kabul", application.Accept, store.Reviewer, "", nil},
	{"iade", application.Return, store.Reviewer, fieldReason, fillReason},
	{"ret", application.Reject, store.Reviewer, fieldReason, fillReason},
	{"odeme", application.Pay, store.Reviewer, fieldReceipt, fillReceipt},
	{"sevk", application.Dispatch, store.Courier, fieldNumber, fillShipment},
	{"teslim", application.Deliver, store.Courier, fieldNumber, fillDelivery},
	{handOver, application.Deliver, store.Courier, "", fillHandOver},
	{"geri", application.ReturnToSender, store.Courier, fieldNumber, fillDelivery},
}

const maxReceipt = 100 // characters

// fillPaper takes the code on a form that came on paper. It names the form's version: a paper that was printed before the form was
// changed approves nothing.
func fillPaper(a application.Application, typed string, c *application.Change) error {
	if !a.IsPaperCode(typed) {
		return fault.Errorf(refusal.PaperCodeWrong, "application %s: another code on the paper", a.Reference)
	}
	c.Way, c.Basis = application.OnPaper, a.PaperCode()
	return nil
}

func fillReason(_ application.Application, typed string, c *application.Change) error {
	c.Reason = strings.TrimSpace(strings.ReplaceAll(typed, "\r\n", "\n"))
	if c.Reason == "" || len(c.Reason) > application.MaxReason || !site.IsReadable(c.Reason) {
		return fault.New(refusal.ReasonMissing, nil)
	}
	return nil
}

// fillReceipt takes the number of a payment's receipt.
func fillReceipt(_ application.Application, typed string, c *application.Change) error {
	c.Basis = strings.TrimSpace(typed)
	if c.Basis == "" || utf8.RuneCountInString(c.Basis) > maxReceipt || len(c.Basis) > application.MaxBasis || !site.IsReadable(c.Basis) {
		return fault.New(refusal.PaymentNumber, nil)
	}
	return nil
}

func fillShipment(_ application.Application, typed string, c *application.Change) (err error) {
	c.Basis, err = shipmentNumber(typed)
	return err
}

// fillDelivery takes the number again, so that no other card is noted as delivered, or as come back.
func fillDelivery(a application.Application, typed string, c *application.Change) (err error) {
	c.Basis, err = shipmentNumber(typed)
	if err == nil && c.Basis != a.Shipment {
		err = fault.New(refusal.CourierNumber, nil)
	}
	return err
}

// fillHandOver is for what has no shipment: what a courier has is delivered by its number alone.
func fillHandOver(a application.Application, _ string, _ *application.Change) error {
	if a.State != application.Produced {
		return fault.Errorf(refusal.ApplicationState, "application %s: handed over in %s", a.Reference, a.State)
	}
	return nil
}

func shipmentNumber(typed string) (string, error) {
	number, ok := application.ShipmentNumber(typed)
	if !ok {
		return "", fault.New(refusal.CourierNumber, nil)
	}
	return number, nil
}

// possible are the acts by which an officer can move an application on now.
func (d *desk) possible(a application.Application, o officer) []act {
	if a.Number() == o.citizenNumber {
		return nil
	}
	events := d.Progress.Possible(a, application.Authority)
	return slices.DeleteFunc(slices.Clone(acts), func(one act) bool {
		elsewhere := one.event == application.Deliver && (one.Name == handOver) != (a.State == application.Produced)
		return !o.has(one.role) || !slices.Contains(events, one.event) || elsewhere
	})
}

// actView is the page of an act.
type actView struct {
	applicationView
	Act   act
	Typed string
	// Scans are the media types of the scan that belongs to the act; empty where none does.
	Scans string
	// NeedsScan is true where it may not be left out.
	NeedsScan bool
	// Wrong is the field that a refusal is about.
	Wrong string
}

// named returns the act of a name, if a role of the officer has it.
func named(name string, o officer) (act, error) {
	i := slices.IndexFunc(acts, func(one act) bool { return one.Name == name && o.has(one.role) })
	if i < 0 {
		return act{}, fault.New(refusal.NotFound, nil)
	}
	return acts[i], nil
}

// actPage asks for what an act needs. What is not possible now leads to the application, which says what is.
func (d *desk) actPage(v *site.Visit, o officer) error {
	one, err := named(v.R.PathValue("act"), o)
	if err != nil {
		return err
	}
	a, err := d.load(v, o)
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(d.possible(a, o), func(p act) bool { return p.Name == one.Name }) {
		return v.See(applicationPath + a.Reference)
	}
	typed := ""
	if one.Field == fieldCode {
		typed = sought(v)
	}
	return d.renderAct(v, o, a, one, typed, "")
}

func (d *desk) renderAct(v *site.Visit, o officer, a application.Application, one act, typed string, code fault.Code) error {
	view, err := d.view(v, o, a)
	if err != nil {
		return err
	}
	page := actView{applicationView: view, Act: one, Typed: typed, Wrong: one.Field}
	if one.Name == receivePaper {
		page.Scans, page.NeedsScan = strings.Join(application.ScanTypes, ","), !d.PaperWithoutScan
	}
	status := http.StatusOK
	if code != "" {
		status = http.StatusUnprocessableEntity
	}
	if code == refusal.ScanInvalid {
		page.Wrong = fieldScan
	}
	return v.Render(status, "desk-act", page, code)
}

// perform does the act of a name.
func (d *desk) perform(v *site.Visit, o officer, name string) error {
	one, err := named(name, o)
	if err != nil {
		return err
	}
	if err := v.ParseUploads(); err != nil {
		return err
	}
	version, err := strconv.Atoi(v.R.PostForm.Get(fieldVersion))
	if err != nil || version < 1 {
		return fault.Errorf(fault.RequestInvalid, "a version %.20q", v.R.PostForm.Get(fieldVersion))
	}
	a, err := d.load(v, o)
	if err != nil {
		return err
	}
	if a.Number() == o.citizenNumber {
		return fault.Errorf(refusal.OwnApplication, "application %s: %s", a.Reference, one.event)
	}
	if a.Version != version {
		return d.renderChanged(v, o)
	}
	c, err := d.filled(v, a, o, one)
	if err == nil {
		a, err = d.Progress.Do(v.R.Context(), a.Reference, version, c)
	}
	switch code := fault.CodeOf(err); {
	case err == nil:
	case isChanged(err):
		return d.renderChanged(v, o)
	case slices.Contains(typedWrong, code):
		return d.renderAct(v, o, a, one, strings.ToValidUTF8(v.R.PostForm.Get(one.Field), "�"), code)
	default:
		return err
	}
	if !o.sees(a.State) {
		return v.See(path)
	}
	return v.See(applicationPath + a.Reference)
}

// typedWrong are the refusals that the officer can mend where they typed.
var typedWrong = []fault.Code{refusal.PaperCodeWrong, refusal.ReasonMissing, refusal.PaymentNumber, refusal.CourierNumber, refusal.ScanInvalid}

// filled returns the change that an act makes, with what was typed.
func (d *desk) filled(v *site.Visit, a application.Application, o officer, one act) (application.Change, error) {
	c := application.Change{Event: one.event, By: application.Authority, Who: o.citizenNumber}
	if one.fill == nil {
		return c, nil
	}
	if err := one.fill(a, v.R.PostForm.Get(one.Field), &c); err != nil {
		return c, err
	}
	switch one.event {
	case application.Approve:
		return c, d.takeScan(v, &c)
	case application.Dispatch:
		return c, d.checkNew(v, a, c.Basis)
	}
	return c, nil
}

// checkNew refuses a shipment's number that an application has, or had: this one too, whose card came back and goes out again.
func (d *desk) checkNew(v *site.Visit, a application.Application, number string) error {
	other, err := d.Store.ApplicationByShipment(v.R.Context(), number)
	switch {
	case errors.Is(err, store.ErrNotFound):
		return nil
	case err != nil:
		return fmt.Errorf("shipment: %w", err)
	}
	return fault.Errorf(refusal.CourierNumber, "application %s: a number that application %s has", a.Reference, other.Reference)
}
