package postgres_test

import (
	"errors"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"
)

// sqlState returns the server's code for an error.
func sqlState(err error) string {
	if answer, ok := errors.AsType[*pgconn.PgError](err); ok {
		return answer.Code
	}
	return ""
}

const (
	aHash   = `decode(repeat('00', 32), 'hex')`
	act     = `act (reference, citizen_number, number, name, kind, text_version, document, signature, signing_time, verified_at, recorded_at, received_at)`
	receipt = `receipt (number, reference, citizen_number, name, signature, received_at, due_at)`
	applied = `application (reference, version, citizen_number, name, kind, payer, state, state_since, form, security_word, fee, salt, created_at, changed_at)`
	change  = `application_change (reference, version, event, by_actor, at, reason, basis, way, from_state, to_state, digest)`
	release = `puk_release (reference, citizen_number, card, machine, claim, claim_signature, issued_at)`
)

// records are one row at least of all that is kept.
var records = []string{
	`INSERT INTO challenge (reference, session, number, citizen_number, kind, code, text_version, document, issued_at, expires_at)
	 SELECT unnest(ARRAY['B', 'C', 'D']), ` + aHash + `, generate_series(1, 3), '10000000146', 'give', '1', 'f00d', '\x01', 1, 2`,
	`INSERT INTO ` + act + ` VALUES ('A', '10000000146', 1, 'AYŞE', 'give', 'f00d', '\x01', '\x02', 1, 2, 3, 3)`,
	`INSERT INTO evidence (reference, kind, number, der) VALUES ('A', 'certificate', 1, '\x03')`,
	`INSERT INTO evidence_signer VALUES ('A', 1, '\x01')`,
	`INSERT INTO lasting VALUES ('A', 1, '\x01', 1, NULL)`,
	`INSERT INTO card VALUES ('S', '10000000146', '\x01', 0)`,
	`INSERT INTO machine VALUES ('10000000146', 'M', '\x01', '\x02', 'tpm', 'linux', 1, 1)`,
	`INSERT INTO ` + release + ` VALUES ('P', '10000000146', 'S', 'M', '\x01', '\x02', 3)`,
	`INSERT INTO ` + release + ` VALUES ('Q', '10000000146', 'S', 'M', '\x01', '\x02', 3)`,
	`UPDATE puk_release SET outcome = 'done', report = '\x01', report_signature = '\x02', reported_at = 4 WHERE reference = 'Q'`,
	`INSERT INTO ` + receipt + ` VALUES (1, 'B', '10000000146', 'AYŞE', '\x02', 3, 4)`,
	`INSERT INTO ` + receipt + ` VALUES (2, 'C', '11111111110', 'MEHMET', '\x02', 3, 4)`,
	`UPDATE receipt SET code = 'certificate_revoked', refused_at = 5 WHERE number = 2`,
	`UPDATE receipt SET due_at = 5 WHERE number = 1`,
	`INSERT INTO login VALUES ('L', '10000000146', 'AYŞE', 'e-imza', 'https://a.example', 'n', '\x01', 1, 2)`,
	`INSERT INTO item VALUES (` + aHash + `, '\x01')`,
	`INSERT INTO login_evidence VALUES ('L', 'ocsp', 1, NULL, ` + aHash + `)`, `INSERT INTO act_evidence VALUES ('A', 'ocsp', 1, NULL, ` + aHash + `)`,
	`INSERT INTO role_change VALUES (1, '10000000146', 'reviewer', NULL, 1, NULL)`,
	`INSERT INTO institution_change VALUES (1, 'belediye', 'Belediye', 'Municipality', '', 1, NULL)`,
	`INSERT INTO officer_change VALUES (1, '10000000146', 'belediye', 1, NULL)`,
	`INSERT INTO people_list VALUES ('K', 'belediye', '10000000146', NULL, ` + aHash + `, '\x01', 'checked', 7, 0, 0, 1, 1, 1)`,
	`INSERT INTO decision SELECT unnest(ARRAY['D', 'E']), 'text', 'editor', 's', '11111111101', '\x01', '10000000146', 1, 9`,
	`INSERT INTO decision_end VALUES ('D', 'confirmed', '11111111110', 2, '')`,
	`INSERT INTO legal_text VALUES (1, 'e-onay', 'f00d', 'a', 2, 'D')`,
	`INSERT INTO announcement VALUES (1, 'A', 'a', 'b', 'c', 'd', '', 2, 3, 0, 'D')`,
	`INSERT INTO chain VALUES (1, 'act', 'A', 0, ` + aHash + `, ` + aHash + `)`,
	`INSERT INTO chain VALUES (2, 'login', 'L', 0, ` + aHash + `, ` + aHash + `)`,
	`INSERT INTO ` + applied + ` VALUES ('N', 1, '10000000146', 'AYŞE', 'nes', 'person', 'draft', 1, '{}', '', 0, decode(repeat('00', 16), 'hex'), 1, 1)`,
	`INSERT INTO ` + change + ` VALUES ('N', 1, 'create', 'person', 1, '', '', '', '', 'draft', ` + aHash + `)`,
	`INSERT INTO payment VALUES ('PA', 'N', 5, 1, 1, 'started', 'n', 0, '', '', 1)`,
	`INSERT INTO payment_change VALUES ('PA', 1, 'started', 'n', 0, '', '', 1)`,
	`INSERT INTO head VALUES (1, ` + aHash + `, 1, '\x01')`,
	`INSERT INTO goods_order VALUES ('G', 1, 'reader', 'received', '{}', 0, 1, 1)`, `INSERT INTO goods_order_change VALUES ('G', 1, 'create', NULL, 1, '', 'received')`,
	`INSERT INTO shipment_state VALUES ('TR1', '1', 'N', 'accepted', '', 1, 1)`,
	`INSERT INTO paper_scan SELECT reference, version, 'image/png', '\x01' FROM application_change`,
}

// kept are changes of what is kept.
var kept = []string{
	`UPDATE act SET name = 'MEHMET'`, `DELETE FROM act`, `TRUNCATE act CASCADE`,
	`INSERT INTO ` + act + ` VALUES ('B', '10000000146', 1, 'AYŞE', 'give', 'f00d', '\x01', '\x02', 1, 2, 3, 3)`, // a second first act
	`INSERT INTO ` + act + ` VALUES ('B', '10000000146', 2, 'AYŞE', 'give', 'f00d', '\x01', '\x02', 1, 2, 3, 3)`, // given twice
	`UPDATE inline_evidence SET der = '\x04'`, `DELETE FROM inline_evidence`, `TRUNCATE inline_evidence`,
	`UPDATE act_evidence SET url = 'a'`, `DELETE FROM act_evidence`, `TRUNCATE act_evidence`,
	`UPDATE inline_evidence_signer SET der = '\x02'`, `DELETE FROM inline_evidence_signer`, `TRUNCATE inline_evidence_signer`,
	`UPDATE lasting SET signature = '\x02'`, `DELETE FROM lasting`, `TRUNCATE lasting`, `INSERT INTO lasting VALUES ('A', 3, '\x01', 1, NULL)`,
	`DELETE FROM puk_release`, `TRUNCATE puk_release`,
	`UPDATE puk_release SET outcome = 'pin_locked' WHERE reference = 'Q'`,
	`UPDATE puk_release SET outcome = NULL, report = NULL, report_signature = NULL, reported_at = NULL WHERE reference = 'Q'`,
	`UPDATE puk_release SET outcome = 'done', report = '\x01', reported_at = 4 WHERE reference = 'P'`, // unsigned
	`UPDATE puk_release SET citizen_number = '11111111110' WHERE reference = 'P'`,
	`UPDATE puk_release SET claim = '\x04', outcome = 'done', report = '\x01', report_signature = '\x02', reported_at = 4 WHERE reference = 'P'`,
	`UPDATE puk_release SET issued_at = 0, outcome = 'done', report = '\x01', report_signature = '\x02', reported_at = 4 WHERE reference = 'P'`,
	`UPDATE puk_release SET card_signature = '\x01' WHERE reference = 'P'`,
	`UPDATE application SET state = 'active'`, `UPDATE application SET version = 3`, `UPDATE application SET version = 2, citizen_number = '11111111110'`,
	`UPDATE application SET version = 2, salt = decode(repeat('01', 16), 'hex')`, `UPDATE application SET version = 2, erased_at = 1`,
	`DELETE FROM application`, `TRUNCATE application CASCADE`,
	`INSERT INTO ` + applied + ` VALUES ('O', 1, '10000000146', 'AYŞE', 'nes', 'person', 'draft', 1, '{}', '', 0, decode(repeat('00', 16), 'hex'), 1, 1)`,   // a second open one
	`INSERT INTO ` + applied + ` VALUES ('O', 2, '11111111110', 'MEHMET', 'nes', 'person', 'draft', 1, '{}', '', 0, decode(repeat('00', 16), 'hex'), 1, 1)`, // not its first
	`UPDATE application_change SET reason = 'a'`, `DELETE FROM application_change`, `TRUNCATE application_change`,
	`INSERT INTO ` + change + ` VALUES ('N', 3, 'submit', 'person', 1, '', '', '', '', 'draft', ` + aHash + `)`, // a gap
	`UPDATE goods_order_change SET note = 'x'`, `DELETE FROM goods_order_change`, `TRUNCATE goods_order_change`,
	`UPDATE shipment_state SET state = 'lost'`, `DELETE FROM shipment_state`, `TRUNCATE shipment_state`,
	`UPDATE login SET name = 'MEHMET'`, `DELETE FROM login`, `TRUNCATE login CASCADE`,
	`UPDATE item SET der = '\x02'`, `DELETE FROM item`, `TRUNCATE item CASCADE`,
	`UPDATE login_evidence SET url = 'a'`, `DELETE FROM login_evidence`, `TRUNCATE login_evidence`,
	`UPDATE institution_change SET terms = 'x'`, `DELETE FROM institution_change`, `TRUNCATE institution_change`,
	`UPDATE officer_change SET institution = 'okul'`, `DELETE FROM officer_change`, `TRUNCATE officer_change`,
	`UPDATE people_list SET content = '\x02'`, `UPDATE people_list SET sha256 = decode(repeat('01', 32), 'hex')`, `UPDATE people_list SET institution = 'okul'`,
	`UPDATE people_list SET lines = 8`, `UPDATE people_list SET done = 8`, `UPDATE people_list SET state = 'done'`,
	`UPDATE application SET version = 2, institution = 'belediye'`,
	`UPDATE payment SET state = 'paid'`, `UPDATE payment SET version = 3`, `DELETE FROM payment`, `TRUNCATE payment CASCADE`, `UPDATE payment SET version = 2, sum = 6`,
	`UPDATE payment SET version = 2, application = 'A'`, `UPDATE payment SET version = 2, application = NULL, goods_order = 'G'`, `UPDATE payment SET version = 2, number = NULL`, `UPDATE payment SET version = 2, started_at = 2`,
	`INSERT INTO payment VALUES ('PB', 'N', 5, 1, 2, 'started', NULL, 0, '', '', 1)`, // not its first
	`UPDATE payment_change SET state = 'paid'`, `DELETE FROM payment_change`, `TRUNCATE payment_change`,
	`INSERT INTO payment_change VALUES ('PA', 3, 'paid', 'n', 0, '', '', 1)`, // a gap
	`UPDATE paper_scan SET content = '\x02'`, `UPDATE paper_scan SET content = NULL`, `UPDATE paper_scan SET media_type = 'text/html'`, `DELETE FROM paper_scan`, `TRUNCATE paper_scan`,
	`INSERT INTO paper_scan SELECT reference, version, 'image/png', '\x02' FROM application_change`,
	`UPDATE role_change SET role = 'courier'`, `DELETE FROM role_change`, `TRUNCATE role_change`,
	`UPDATE decision SET asked = '\x02'`, `DELETE FROM decision`, `TRUNCATE decision CASCADE`,
	`UPDATE decision_end SET reason = 'a'`, `DELETE FROM decision_end`, `TRUNCATE decision_end`,
	`INSERT INTO decision_end VALUES ('E', 'confirmed', '10000000146', 2, '')`, // by its asker
	`INSERT INTO decision_end VALUES ('E', 'confirmed', '11111111101', 2, '')`, // by whom it is about
	`INSERT INTO decision_end VALUES ('E', 'confirmed', '11111111110', 9, '')`, // too late
	`UPDATE legal_text SET body = 'b'`, `DELETE FROM legal_text`, `TRUNCATE legal_text`,
	`UPDATE announcement SET link = 'b'`, `DELETE FROM announcement`, `TRUNCATE announcement`,
	`UPDATE chain SET before = 1`, `DELETE FROM chain WHERE number = 2`, `TRUNCATE chain CASCADE`,
	`INSERT INTO chain VALUES (4, 'act', 'B', 0, ` + aHash + `, ` + aHash + `)`, // a gap
	`INSERT INTO chain VALUES (3, 'act', 'A', 0, ` + aHash + `, ` + aHash + `)`, // a second one
	`UPDATE head SET signature = '\x02'`, `DELETE FROM head`, `TRUNCATE head`,
	`INSERT INTO head VALUES (2, decode(repeat('01', 32), 'hex'), 1, '\x01')`, `INSERT INTO head VALUES (3, ` + aHash + `, 1, '\x01')`,
	`DELETE FROM receipt`, `DELETE FROM receipt WHERE number = 2`, `TRUNCATE receipt`,
	`UPDATE receipt SET signature = '\x03' WHERE number = 1`, `UPDATE receipt SET name = 'MEHMET' WHERE number = 1`,
	`UPDATE receipt SET acr = 'high', amr = '' WHERE number = 1`, `UPDATE receipt SET received_at = 4 WHERE number = 1`, `UPDATE receipt SET number = 3 WHERE number = 1`,
	`UPDATE receipt SET code = NULL, refused_at = NULL WHERE number = 2`, `UPDATE receipt SET due_at = 6 WHERE number = 2`,
	`UPDATE receipt SET code = 'certificate_revoked' WHERE number = 1`,                 // without a time
	`INSERT INTO ` + receipt + ` VALUES (3, 'D', '10000000146', 'AYŞE', '\x02', 3, 4)`, // a second open one
}

// TestRecordsCannotBeChanged has the schema's owner change what is kept; the order of the statements does not matter, for none does anything.
func TestRecordsCannotBeChanged(t *testing.T) {
	db := raw(t, database(t))
	for _, statement := range records {
		if _, err := db.Exec(t.Context(), statement); err != nil {
			t.Fatalf("%s: %v", statement, err)
		}
	}
	for _, statement := range kept {
		_, err := db.Exec(t.Context(), statement)
		switch sqlState(err) {
		case "EO001", "23505", "23514", "0A000": // a trigger's, a second row, a check, a table that another refers to
		default:
			t.Errorf("%s: %v", statement, err)
		}
	}
}

// TestServingRole has the role that serves, which somebody may have got hold of, take away what keeps the record.
func TestServingRole(t *testing.T) {
	owner, role := served(t)
	db := raw(t, owner)
	for _, statement := range records {
		if _, err := db.Exec(t.Context(), statement); err != nil {
			t.Fatalf("%s: %v", statement, err)
		}
	}
	db = raw(t, role)
	for _, statement := range []string{
		`ALTER TABLE act DISABLE TRIGGER ALL`, `DROP TRIGGER act_kept ON act`, `DROP TABLE head`, `CREATE OR REPLACE FUNCTION keep() RETURNS trigger LANGUAGE sql AS 'SELECT 1'`,
		`SET session_replication_role = replica`, `UPDATE version SET number = 0`, `CREATE TABLE eonay.another ()`,
		`UPDATE act SET name = 'MEHMET'`, `DELETE FROM application`, `DELETE FROM application_change`, `DELETE FROM inline_evidence`, `DELETE FROM act_evidence`, `TRUNCATE chain CASCADE`, `UPDATE receipt SET signature = '\x03'`,
		`UPDATE challenge SET document = '\x03'`, `UPDATE puk_release SET claim = '\x03'`, `UPDATE card SET citizen_number = '1'`,
		`UPDATE paper_scan SET content = NULL`, `DELETE FROM paper_scan`,
	} {
		if _, err := db.Exec(t.Context(), statement); sqlState(err) != "42501" {
			t.Errorf("%s: %v, want that it may not", statement, err)
		}
	}
}
