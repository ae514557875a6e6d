package portal

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/sha512"
	"database/sql"
	"path/filepath"
	"syscall"
	"time"

	_ "modernc.org/sqlite" // the driver "sqlite"

	"github.com/e-onay/e-onay/test/bench/table"
	"github.com/e-onay/e-onay/test/e2e"
)

// floor is the least that an act can take, in milliseconds.
type floor struct {
	verify float64 // of a processor, for its signatures
	commit float64 // of its rows
}

func measureFloor(t e2e.T, b *table.Table) floor {
	verify, commit := verifications(t), commits(t, openFloor(t), ofSQLite)
	b.Add("floor: an act's five signatures verified, processor time", "ms", []float64{verify})
	b.Add("floor: an act's rows committed", "ms", commit)
	return floor{verify, table.Median(commit)}
}

// verifications returns how long the processor takes for the signatures of an act: the sandbox's CAs have P-384, its
// responder and the people here P-256.
func verifications(t e2e.T) float64 {
	small, large := key(t, elliptic.P256()), key(t, elliptic.P384())
	ofSmall, ofLarge := sha256.Sum256([]byte("x")), sha512.Sum384([]byte("x"))
	bySmall, byLarge := sign(t, small, ofSmall[:]), sign(t, large, ofLarge[:])
	const rounds = 200
	began := processorTime(t)
	for range rounds {
		for range 2 { // the signer's, the answer's
			if !ecdsa.VerifyASN1(&small.PublicKey, ofSmall[:], bySmall) {
				t.Fatalf("a good signature does not verify")
			}
		}
		for range 3 { // the certificate's, the CA's, the responder's certificate's
			if !ecdsa.VerifyASN1(&large.PublicKey, ofLarge[:], byLarge) {
				t.Fatalf("a good signature does not verify")
			}
		}
	}
	return (processorTime(t) - began) / rounds
}

func key(t e2e.T, curve elliptic.Curve) *ecdsa.PrivateKey {
	key, err := ecdsa.GenerateKey(curve, rand.Reader)
	if err != nil {
		t.Fatalf("make a key: %v", err)
	}
	return key
}

func sign(t e2e.T, key *ecdsa.PrivateKey, digest []byte) []byte {
	signature, err := ecdsa.SignASN1(rand.Reader, key, digest)
	if err != nil {
		t.Fatalf("sign: %v", err)
	}
	return signature
}

// processorTime returns what this process has taken, in milliseconds.
func processorTime(t e2e.T) float64 {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		t.Fatalf("getrusage: %v", err)
	}
	return float64(usage.Utime.Nano()+usage.Stime.Nano()) / 1e6
}

// statements are those of the bare program in the words of a database.
type statements struct{ act, evidence, insertAct, insertEvidence string }

var (
	ofSQLite = statements{
		`CREATE TABLE act (reference INTEGER PRIMARY KEY, document BLOB, signature BLOB) STRICT`,
		`CREATE TABLE evidence (reference INTEGER, number INTEGER, der BLOB, PRIMARY KEY (reference, number)) STRICT`,
		`INSERT INTO act VALUES (?, ?, ?)`,
		`INSERT INTO evidence VALUES (?, ?, ?)`,
	}
	ofPostgres = statements{
		`CREATE TABLE act (reference bigint PRIMARY KEY, document bytea, signature bytea)`,
		`CREATE TABLE evidence (reference bigint, number bigint, der bytea, PRIMARY KEY (reference, number))`,
		`INSERT INTO act VALUES ($1, $2, $3)`,
		`INSERT INTO evidence VALUES ($1, $2, $3)`,
	}
)

func openFloor(t e2e.T) *sql.DB {
	db, err := sql.Open("sqlite", "file:"+filepath.Join(temporary(t), "floor.db")+"?_txlock=immediate&_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)")
	if err != nil {
		t.Fatalf("open a database: %v", err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

// commits returns how long a bare program takes to commit what an act records: its document and signature, three
// certificates, an OCSP answer and a list. It has one connection.
func commits(t e2e.T, db *sql.DB, s statements) (series []float64) {
	db.SetMaxOpenConns(1)
	run(t, db, s.act)
	run(t, db, s.evidence)
	for i := range 300 {
		start := time.Now()
		tx, err := db.Begin()
		if err != nil {
			t.Fatalf("begin: %v", err)
		}
		run(t, tx, s.insertAct, i, make([]byte, 3500), make([]byte, 1600))
		for number, size := range []int{900, 800, 600, 1200, 500} {
			run(t, tx, s.insertEvidence, i, number, make([]byte, size))
		}
		if err := tx.Commit(); err != nil {
			t.Fatalf("commit: %v", err)
		}
		series = append(series, ms(time.Since(start)))
	}
	return series
}

// run runs a statement in a database or a transaction.
func run(t e2e.T, in interface {
	Exec(statement string, arguments ...any) (sql.Result, error)
}, statement string, arguments ...any) {
	t.Helper()
	if _, err := in.Exec(statement, arguments...); err != nil {
		t.Fatalf("%.60s: %v", statement, err)
	}
}
