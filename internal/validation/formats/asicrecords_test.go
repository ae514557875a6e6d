package formats_test

import (
	"crypto"
	"testing"
	"time"

	"github.com/e-onay/e-onay/internal/validation"
	"github.com/e-onay/e-onay/internal/validation/validationtest"
)

const (
	boxRecord         = "META-INF/evidencerecord1.ers"
	boxRecordManifest = "META-INF/ASiCEvidenceRecordManifest1.xml"
)

// digests are those of files of the box.
func (b box) digests(by crypto.Hash, names ...string) (all [][]byte) {
	for _, name := range names {
		h := by.New()
		h.Write([]byte(b.get(name)))
		all = append(all, h.Sum(nil))
	}
	return all
}

// TestASiCRecords judges containers after the signer's and the CA's certificates have ended: by evidence records alone.
func TestASiCRecords(t *testing.T) {
	w := validationtest.New(t)
	data := revocation(w)
	later := validationtest.Day(2031, 1, 1)
	fresh := validation.Data{CRLs: [][]byte{w.CRL(w.Root, later, 24*time.Hour)}}
	stamped := validationtest.Signed.Add(time.Minute)
	files := filesBox()
	signed := signBox(w, files, files.manifest(boxSignature, "a.txt"), func(s *validationtest.Signature) {
		s.AddSignatureStamp(stamped).AddOCSP(data.OCSPs[0]).AddCRL(data.CRLs[0])
	})
	all := []string{boxSignature, boxManifest, "a.txt"}
	// record adds a record of some files, with a manifest that lists others perhaps.
	record := func(of, listed []string) box {
		r := w.NewRecord(crypto.SHA256, stamped.Add(time.Hour), signed.digests(crypto.SHA256, of...)...).Renew(stamped.Add(2*time.Hour)).
			RenewTree(crypto.SHA512, stamped.Add(3*time.Hour), signed.digests(crypto.SHA512, of...)...)
		return signed.with(boxRecordManifest, signed.manifest(boxRecord, listed...)).with(boxRecord, string(r.DER()))
	}
	good := record(all, all)
	more := append(all, "klasör/b.txt")
	for _, test := range []struct {
		name   string
		file   box
		sub    validation.SubIndication
		code   validation.ReasonCode // of the first and the last time stamp of the record
		isNote bool
	}{
		{"good", good, "", "", false},
		{"of other files too", record(more, more), "", "", false},
		{"of fewer files than it lists", record(all, more), validation.NoPOE, validation.ReasonStampOther, false},
		{"without the signed file", record(all[:2], all[:2]), validation.NoPOE, validation.ReasonStampPartial, false},
		{"without the manifest of the signature", record([]string{boxSignature, "a.txt"}, []string{boxSignature, "a.txt"}), validation.NoPOE, validation.ReasonStampPartial, false},
		{"of a file that was changed", record(more, more).with("klasör/b.txt", "x"), validation.NoPOE, validation.ReasonStampOther, false},
		{"of a file that was changed, with another manifest", func() box {
			changed := record(more, more).with("klasör/b.txt", "x")
			return changed.with(boxRecordManifest, changed.manifest(boxRecord, more...))
		}(), validation.NoPOE, validation.ReasonStampOther, false},
		{"of a file that is gone", record(more, more).without("klasör/b.txt"), validation.NoPOE, validation.ReasonStampPartial, false},
		{"of no signature", record([]string{"a.txt"}, []string{"a.txt"}), validation.NoPOE, "", true},
		{"without a manifest", good.without(boxRecordManifest), validation.NoPOE, "", true},
		{"that is none", good.with(boxRecord, "x"), validation.NoPOE, "", true},
		{"one, and one in XML", good.with("META-INF/evidencerecord2.xml", "<x/>"), "", "", true},
	} {
		t.Run(test.name, func(t *testing.T) {
			reports := judgeAt(t, w, later, fresh, test.file.zip(t))
			if len(reports) != 1 {
				t.Fatalf("%d signatures", len(reports))
			}
			got := reports[0]
			if got.SubIndication != test.sub || (got.Indication == validation.Passed) != (test.sub == "") || got.Level != "LT" {
				t.Errorf("%s %s %+v, level %s; want %q", got.Indication, got.SubIndication, got.Reasons, got.Level, test.sub)
			}
			if isNote := len(got.Notes) == 1 && got.Notes[0].Subject == "evidence-record"; isNote != test.isNote {
				t.Errorf("notes %+v", got.Notes)
			}
			n := 0
			for _, stamp := range got.TimeStamps { // the latest first; the second of three is over the first, whatever that is over
				if stamp.Name != "evidence-record" {
					continue
				}
				n++
				if isBad := len(stamp.Reasons) > 0 && stamp.Reasons[0].Code == test.code; n != 2 && isBad != (test.code != "") {
					t.Errorf("time stamp %d: %s %+v", n, stamp.SubIndication, stamp.Reasons)
				}
			}
			if hasStamps := test.sub == "" || test.code != ""; hasStamps != (n == 3) {
				t.Errorf("%d time stamps of the record", n)
			}
		})
	}
}
