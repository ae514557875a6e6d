package own

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"time"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/web/portal/agent"
	"github.com/e-onay/e-onay/web/portal/letters"
	"github.com/e-onay/e-onay/web/portal/site"
	"github.com/e-onay/e-onay/web/portal/store"
)

// maxRows bounds each list of a record.
const maxRows = 500

// record is what the portal keeps of a person, for programs (docs/personal-data.md). A member that says nothing is left
// out; times are in UTC. New members may come; what is here stays.
//
// Its reader may be another, who has the person's login. So it has nothing that a release of a PUK asks for beside that: of
// addresses and of cards' serial numbers the parts that pages show, of claims and reports, which name the card, their digests.
type record struct {
	Format string    `json:"format"` // "e-onay personal data"
	Site   string    `json:"site"`
	MadeAt time.Time `json:"made_at"`
	// Cut names the lists that have more than maxRows; their newest are here.
	Cut           []string              `json:"cut,omitempty"`
	CitizenNumber string                `json:"citizen_number"`
	Name          string                `json:"name"`
	Contact       *letters.Contact      `json:"contact,omitempty"`
	Sessions      []recordedSession     `json:"sessions,omitempty"`
	Acts          []recordedAct         `json:"acts,omitempty"`
	Signatures    []recordedArrival     `json:"signatures,omitempty"`
	CardLogins    []recordedLogin       `json:"card_logins,omitempty"`
	Cards         []recordedCard        `json:"cards,omitempty"`
	Machines      []recordedMachine     `json:"machines,omitempty"`
	Releases      []recordedRelease     `json:"releases,omitempty"`
	Applications  []recordedApplication `json:"applications,omitempty"`
	Offices       []recordedOffice      `json:"offices,omitempty"`
	Lists         []recordedList        `json:"lists,omitempty"`
	Codes         []recordedCode        `json:"codes,omitempty"`
	Messages      []recordedMessage     `json:"messages,omitempty"`
	Failures      []time.Time           `json:"failures,omitempty"`
}

type recordedSession struct {
	Browser        agent.Browser `json:"browser"`
	System         agent.System  `json:"system"`
	Name           string        `json:"name"`
	LoggedInAt     time.Time     `json:"logged_in_at"`
	LastUsedAt     time.Time     `json:"last_used_at"`
	EndsAt         time.Time     `json:"ends_at"`
	GatewayLoginAt time.Time     `json:"gateway_login_at,omitzero"`
	GatewayLevel   string        `json:"gateway_level,omitempty"`
}

type recordedAct struct {
	Reference      string     `json:"reference"`
	Kind           store.Kind `json:"kind"`
	Name           string     `json:"name"`
	TextVersion    string     `json:"text_version"`
	ReceivedAt     time.Time  `json:"received_at"`
	RecordedAt     time.Time  `json:"recorded_at"`
	Folder         string     `json:"folder"` // of its documents in the archive
	CopyVersion    int        `json:"copy_version,omitempty"`
	CopyMadeAt     time.Time  `json:"copy_made_at,omitzero"`
	CopyLastsUntil time.Time  `json:"copy_lasts_until,omitzero"`
}

// recordedArrival is a signature that has arrived and is no act.
type recordedArrival struct {
	Reference  string     `json:"reference"`
	Kind       store.Kind `json:"kind"`
	Name       string     `json:"name"`
	Signature  []byte     `json:"signature"`
	ReceivedAt time.Time  `json:"received_at"`
	Refusal    fault.Code `json:"refusal,omitempty"`
	RefusedAt  time.Time  `json:"refused_at,omitzero"`
}

type recordedLogin struct {
	Reference  string    `json:"reference"`
	Name       string    `json:"name"`
	Way        string    `json:"way"`
	Origin     string    `json:"origin"`
	Nonce      string    `json:"nonce"`
	Token      []byte    `json:"token"`
	ReceivedAt time.Time `json:"received_at"`
	VerifiedAt time.Time `json:"verified_at"`
}

type recordedCard struct {
	SerialEnd    string                `json:"serial_end"`
	PUKRefused   bool                  `json:"puk_refused"`
	Certificates []recordedCertificate `json:"certificates"`
}

type recordedCertificate struct {
	SHA256    string    `json:"sha256"`
	NotBefore time.Time `json:"not_before"`
	NotAfter  time.Time `json:"not_after"`
}

type recordedMachine struct {
	ID          string    `json:"id"`
	Platform    string    `json:"platform,omitempty"`
	Protection  string    `json:"protection,omitempty"`
	SigningKey  []byte    `json:"signing_key"`
	SealingKey  []byte    `json:"sealing_key"`
	FirstUsedAt time.Time `json:"first_used_at"`
	LastUsedAt  time.Time `json:"last_used_at"`
	RevokedAt   time.Time `json:"revoked_at,omitzero"`
	AttestedAt  time.Time `json:"attested_at,omitzero"`
}

type recordedRelease struct {
	Reference  string     `json:"reference"`
	CardEnd    string     `json:"card_end"`
	Machine    string     `json:"machine"`
	IssuedAt   time.Time  `json:"issued_at"`
	Claim      string     `json:"claim_sha256"`
	Outcome    fault.Code `json:"outcome,omitempty"`
	ReportedAt time.Time  `json:"reported_at,omitzero"`
	Report     string     `json:"report_sha256,omitempty"`
}

type recordedCode struct {
	Reference string     `json:"reference"`
	Kind      store.Kind `json:"kind"`
	Code      string     `json:"code"`
	IssuedAt  time.Time  `json:"issued_at"`
	ExpiresAt time.Time  `json:"expires_at"`
	Used      bool       `json:"used"`
}

type recordedMessage struct {
	Kind      store.MessageKind `json:"kind"`
	CreatedAt time.Time         `json:"created_at"`
	EndedAt   time.Time         `json:"ended_at,omitzero"`
	Sent      bool              `json:"sent"`
}

// data sends a person the record of them alone.
func (w *own) data(v *site.Visit) error {
	leave, err := w.bundles.enter(v.Session.CitizenNumber)
	if err != nil {
		return err
	}
	defer leave()
	acts, err := w.acts(v)
	if err != nil {
		return err
	}
	text, err := w.record(v, acts)
	if err != nil {
		return err
	}
	v.Attach("e-onay-verilerim.json")
	return v.AnswerBytes("application/json", text)
}

// record returns the record of the person as JSON.
func (w *own) record(v *site.Visit, acts []actView) ([]byte, error) {
	r := &record{
		Format: "e-onay personal data", Site: w.Address.String(), MadeAt: w.Now().UTC(),
		CitizenNumber: v.Session.CitizenNumber, Name: v.Session.Name,
	}
	for _, read := range []func(context.Context, *record) error{w.readContact, w.readSessions, w.readArrivals, w.readLogins, w.readCards, w.readReleases, w.readApplications, w.readOffices, w.readTraces} {
		if err := read(v.R.Context(), r); err != nil {
			return nil, fmt.Errorf("record: %w", err)
		}
	}
	for _, act := range acts {
		one := recordedAct{
			Reference: act.Reference, Kind: act.Kind, Name: act.Name, TextVersion: act.TextVersion,
			ReceivedAt: act.ReceivedAt, RecordedAt: act.RecordedAt, Folder: folderOf(act.Act),
		}
		if c := act.Copy; c != nil {
			one.CopyVersion, one.CopyMadeAt, one.CopyLastsUntil = c.Version, c.MadeAt, c.LastsUntil
		}
		r.Acts = append(r.Acts, one)
	}
	r.cutAt("acts", len(acts), maxActs)
	text, err := json.MarshalIndent(r, "", "  ")
	return append(text, '\n'), err
}

// cutAt notes that a list has as many as were asked for: there may be more.
func (r *record) cutAt(list string, n, limit int) {
	if n == limit {
		r.Cut = append(r.Cut, list)
	}
}

func (w *own) readContact(ctx context.Context, r *record) error {
	c, err := w.Contacts.Of(ctx, r.CitizenNumber)
	if shown := c.Shown(); err == nil && shown != (letters.Contact{}) {
		r.Contact = &shown
	}
	return err
}

func (w *own) readSessions(ctx context.Context, r *record) error {
	list, err := w.Store.SessionsOf(ctx, r.CitizenNumber, w.Now(), site.SessionIdle)
	for _, s := range list {
		of := agent.ParseWords(s.Device)
		r.Sessions = append(r.Sessions, recordedSession{
			of.Browser, of.System, s.Name, s.CreatedAt, s.SeenAt, s.ExpiresAt, s.AuthenticatedAt, s.ACR,
		})
	}
	r.cutAt("sessions", len(list), store.MaxItems)
	return err
}

func (w *own) readArrivals(ctx context.Context, r *record) error {
	list, err := w.Store.ReceiptsOf(ctx, r.CitizenNumber, maxRows)
	for _, a := range list {
		r.Signatures = append(r.Signatures, recordedArrival{a.Reference, a.Kind, a.Name, a.Signature, a.ReceivedAt, a.Code, a.RefusedAt})
	}
	r.cutAt("signatures", len(list), maxRows)
	return err
}

func (w *own) readLogins(ctx context.Context, r *record) error {
	list, err := w.Store.LoginsOf(ctx, r.CitizenNumber, maxRows)
	for _, l := range list {
		r.CardLogins = append(r.CardLogins, recordedLogin{
			l.Reference, l.Name, l.Way, l.Origin, l.Nonce, l.Token, l.ReceivedAt, l.Evidence.VerifiedAt,
		})
	}
	r.cutAt("card_logins", len(list), maxRows)
	return err
}

func (w *own) readCards(ctx context.Context, r *record) error {
	list, err := w.Store.Cards(ctx, r.CitizenNumber)
	for _, c := range list {
		one := recordedCard{SerialEnd: site.LastDigits(c.Serial), PUKRefused: c.PUKRefused}
		for _, of := range c.Certificates {
			one.Certificates = append(one.Certificates, recordedCertificate{hex.EncodeToString(of.SHA256[:]), of.NotBefore, of.NotAfter})
		}
		r.Cards = append(r.Cards, one)
	}
	r.cutAt("cards", len(list), store.MaxItems)
	return err
}

// readReleases reads to which machines PUKs were released.
func (w *own) readReleases(ctx context.Context, r *record) error {
	machines, err := w.Store.Machines(ctx, r.CitizenNumber)
	if err != nil {
		return err
	}
	for _, m := range machines {
		r.Machines = append(r.Machines, recordedMachine{
			m.ID, m.Platform, m.Protection, m.Signing, m.Sealing, m.FirstSeen, m.LastSeen, m.RevokedAt, m.AttestedAt,
		})
	}
	r.cutAt("machines", len(machines), store.MaxItems)
	list, err := w.Store.ReleasedTo(ctx, r.CitizenNumber, maxRows)
	for _, one := range list {
		release := recordedRelease{
			Reference: one.Reference, CardEnd: site.LastDigits(one.Card), Machine: one.Machine, IssuedAt: one.IssuedAt,
			Claim: digest(one.Claim), Outcome: one.Outcome, ReportedAt: one.ReportedAt,
		}
		if !one.ReportedAt.IsZero() {
			release.Report = digest(one.Report)
		}
		r.Releases = append(r.Releases, release)
	}
	r.cutAt("releases", len(list), maxRows)
	return err
}

func (w *own) readTraces(ctx context.Context, r *record) error {
	t, err := w.Store.TracesOf(ctx, r.CitizenNumber, maxRows)
	if err != nil {
		return err
	}
	for _, c := range t.Challenges {
		r.Codes = append(r.Codes, recordedCode{c.Reference, c.Kind, c.Code, c.IssuedAt, c.ExpiresAt, c.Used})
	}
	for _, m := range t.Messages {
		r.Messages = append(r.Messages, recordedMessage{m.Kind, m.CreatedAt, m.EndedAt, m.Sent})
	}
	r.Failures = t.Failures
	r.cutAt("codes", len(t.Challenges), maxRows)
	r.cutAt("messages", len(t.Messages), maxRows)
	r.cutAt("failures", len(t.Failures), maxRows)
	return nil
}
