package record

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Table is one of a database's tables, as every database has it.
type Table struct {
	Name    string
	Columns []string
	// Sort are the columns by which its rows are sorted alike everywhere; empty means in the order in which they came.
	Sort string
}

// Tables are all tables that are copied; rows refer to those of tables before. Not among them are SQLite's list of what waits for the chain, which
// must be empty, and what Ping writes.
var Tables = []Table{
	table("login", "reference", "reference citizen_number name way origin nonce token received_at verified_at"),
	table("session", "id", "id citizen_number name created_at seen_at expires_at authenticated_at acr amr device card_login"),
	table("challenge", "reference", "reference session number citizen_number kind code text_version document issued_at expires_at used received subject"),
	table("act", "reference", "reference citizen_number number name kind text_version document signature signing_time verified_at recorded_at received_at acr amr"),
	table("inline_evidence", "reference, kind, number", "reference kind number der url"),
	table("inline_evidence_signer", "reference, number", "reference number der"),
	table("receipt", "number", "number reference citizen_number name signature received_at due_at code refused_at acr amr"),
	table("card", "serial", "serial citizen_number puk puk_refused"),
	table("card_certificate", "serial, sha256", "serial sha256 not_before not_after"),
	table("machine", "citizen_number, id", "citizen_number id signing sealing protection platform first_seen last_seen revoked_at attested_at"),
	table("puk_release", "", "reference citizen_number card machine claim claim_signature card_signature issued_at outcome report report_signature reported_at"),
	table("contact", "citizen_number", "citizen_number address"),
	table("one_time_code", "session", "session citizen_number code issued_at expires_at confirmed"),
	table("failure", "number", "number citizen_number at"),
	table("outbox", "", "id citizen_number kind message created_at expires_at due_at attempts ended_at sent"),
	table("item", "sha256", "sha256 der"),
	table("act_evidence", "reference, kind, number", "reference kind number url sha256"),
	table("login_evidence", "reference, kind, number", "reference kind number url sha256"),
	table("used_login_challenge", "digest", "digest keep_until"),
	table("application", "", "reference version citizen_number name kind payer state state_since form security_word way basis fee paid_at "+
		"replaces serial not_before not_after shipment salt created_at changed_at erased_at institution"),
	table("draft_form", "reference", "reference version counter form replaces security_word saved_at"),
	table("application_change", "reference, version", "reference version event by_actor who at reason basis way from_state to_state digest serial not_before not_after"),
	table("paper_scan", "reference, version", "reference version media_type content"),
	table("application_recheck", "reference", "reference"),
	table("application_key", "hash", "hash application use expires_at"),
	table("institution_change", "number", "number id name_tr name_en terms at until"),
	table("officer_change", "number", "number citizen_number institution at until"),
	table("job", "key", "key kind application payload since due_at expires_at attempts ended_at given_up"),
	table("published_status", "reference", "reference version status at"),
	table("word_try", "id, subject", "id subject at"),
	table("goods_order", "reference", "reference version kind state form fee created_at changed_at"),
	table("goods_order_change", "reference, version", "reference version event who at note to_state"),
	table("shipment_state", "shipment, id", "shipment id reference state location at told_at"),
	table("shipment_due", "reference", "reference shipment sent_at due_at attempts code"),
	table("people_list", "reference", "reference institution uploaded_by confirmed_by sha256 content state lines done created uploaded_at changed_at due_at"),
	table("people_list_line", "list, line", "list line code"),
	table("decision", "reference", "reference kind role subject person asked asked_by asked_at until"),
	table("decision_end", "reference", "reference outcome by_number at reason"),
	table("legal_text", "number", "number name version body in_force_at decision"),
	table("announcement", "number", "number reference title_tr text_tr title_en text_en link from_at until_at important decision"),
	table("payment", "reference", "reference application goods_order sum started_at version state number received currency basis changed_at"),
	table("payment_change", "reference, version", "reference version state number received currency basis at"),
	table("role_change", "number", "number citizen_number role by_number at until decision"),
	table("chain", "number", "number kind reference before digest link"),
	table("head", "number", "number link signed_at signature"),
	table("lasting", "reference, version", "reference version signature made_at lasts_until"),
	table("lasting_due", "reference", "reference version lasts_until due_at attempts code"),
}

func table(name, sort, columns string) Table { return Table{name, strings.Fields(columns), sort} }

// Insert is the statement that adds a row; parameter writes the n-th.
func (t *Table) Insert(parameter func(n int) string) string {
	var values []string
	for i := range t.Columns {
		values = append(values, parameter(i+1))
	}
	return "INSERT INTO " + t.Name + " (" + strings.Join(t.Columns, ", ") + ") VALUES (" + strings.Join(values, ", ") + ")"
}

// Select is the query for all rows, sorted; came is the column that has the order in which they came.
func (t *Table) Select(came string) string {
	if t.Sort != "" {
		came = t.Sort
	}
	return "SELECT " + strings.Join(t.Columns, ", ") + " FROM " + t.Name + " ORDER BY " + came
}

// CheckColumns refuses a database whose columns are others than those that are copied: one would be left behind. got are as "table column"; those of
// tables that are not copied are passed over.
func CheckColumns(got []string) error {
	var want []string
	for _, t := range Tables {
		for _, column := range t.Columns {
			want = append(want, t.Name+" "+column)
		}
	}
	slices.Sort(want)
	slices.Sort(got)
	if !slices.Equal(got, want) {
		return errors.New("the database has other columns than are copied")
	}
	return nil
}

// Rows are those of a database at one moment.
type Rows interface {
	// Each calls do for each row of a table, by Table.Select. Values are nil, int64, string or []byte, and valid during the call.
	Each(ctx context.Context, t *Table, do func(values []any) error) error
	// NewestReceipt is the greatest number that a receipt was ever given.
	NewestReceipt(ctx context.Context) (int64, error)
}

// Target is a new database, which nothing else can see before it is whole.
type Target interface {
	Rows
	// Add adds a row of a table, past what the database does of itself with new rows.
	Add(ctx context.Context, t *Table, values []any) error
	// SetNewestReceipt has further receipts get greater numbers.
	SetNewestReceipt(ctx context.Context, number int64) error
}

// Copied is what was copied.
type Copied struct {
	Rows   int    `json:"rows"`
	SHA256 string `json:"sha256"` // of all tables' rows, equal in both databases
}

// Copy copies all rows, and then reads them from both databases and compares.
func Copy(ctx context.Context, from Rows, to Target) (c Copied, err error) {
	for i := range Tables {
		t := &Tables[i]
		err := from.Each(ctx, t, func(values []any) error {
			c.Rows++
			return to.Add(ctx, t, values)
		})
		if err != nil {
			return Copied{}, fmt.Errorf("%s: %w", t.Name, err)
		}
	}
	newest, err := from.NewestReceipt(ctx)
	if err == nil {
		err = to.SetNewestReceipt(ctx, newest)
	}
	if err != nil {
		return Copied{}, err
	}
	want, err := sum(ctx, from)
	if err != nil {
		return Copied{}, err
	}
	got, err := sum(ctx, to)
	if err != nil {
		return Copied{}, err
	}
	if !bytes.Equal(got, want) {
		return Copied{}, errors.New("the copy is not equal")
	}
	c.SHA256 = fmt.Sprintf("%x", got)
	return c, nil
}

// sum is SHA-256 over all rows, each value with its type and its length.
func sum(ctx context.Context, from Rows) ([]byte, error) {
	d := Digest{sha256.New()}
	for i := range Tables {
		d.Query(len(Tables[i].Columns))
		if err := from.Each(ctx, &Tables[i], d.Row); err != nil {
			return nil, fmt.Errorf("%s: %w", Tables[i].Name, err)
		}
	}
	newest, err := from.NewestReceipt(ctx)
	if err == nil {
		err = d.Row([]any{newest})
	}
	return d.Sum(), err
}
