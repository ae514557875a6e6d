package wording_test

import (
	"bytes"
	"crypto/x509"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/message"
	"github.com/e-onay/e-onay/internal/pades"
	"github.com/e-onay/e-onay/internal/pdf"
	"github.com/e-onay/e-onay/internal/pdf/pdftest"
	"github.com/e-onay/e-onay/internal/pki/pkitest"
	"github.com/e-onay/e-onay/internal/validation"
	"github.com/e-onay/e-onay/internal/validation/formats"
	"github.com/e-onay/e-onay/internal/validation/validationtest"
	"github.com/e-onay/e-onay/internal/validation/wording"
)

func words(l message.Language) wording.Words {
	return wording.Words{Language: l, Moment: func(at time.Time) string { return at.UTC().Format(time.DateTime) }}
}

// text is all that an account says, a line each.
func text(a *wording.Account) string {
	var out strings.Builder
	var lines func([]wording.Line)
	lines = func(all []wording.Line) {
		for _, l := range all {
			out.WriteString(strings.TrimPrefix(l.Label+": ", ": ") + l.Text + "\n")
			lines(l.Lines)
		}
	}
	var sections func([]*wording.Section)
	sections = func(all []*wording.Section) {
		for _, s := range all {
			out.WriteString(s.Title + "\n")
			lines(s.Lines)
			sections(s.CounterSignatures)
		}
	}
	lines([]wording.Line{a.Verdict, a.Meaning})
	lines(a.Lines)
	sections(a.Sections)
	return out.String()
}

// judge validates a file an hour after signing, with the root trusted and fresh revocation data.
func judge(w *validationtest.World, file []byte, documents ...formats.Document) *validation.Report {
	w.T.Helper()
	signatures, err := formats.Read(formats.Content{Reader: bytes.NewReader(file), Size: int64(len(file))}, documents...)
	if err != nil {
		w.T.Fatal(err)
	}
	policy := validation.DefaultPolicy()
	policy.Anchors = []validation.Anchor{{Certificate: w.Root.Certificate}}
	return validation.Validate(validation.Input{Signatures: signatures, Policy: policy, Moment: validationtest.Signed.Add(time.Hour), Data: validation.Data{
		OCSPs: [][]byte{w.OCSP(w.CA, w.Signer, validationtest.Signed, 24*time.Hour)}, CRLs: [][]byte{w.CRL(w.Root, validationtest.Signed, 24*time.Hour)},
	}})
}

// TestVerdict has what people misread most, of real files: the first sentence, what it means, and what must not be said.
func TestVerdict(t *testing.T) {
	w := validationtest.New(t)
	const content = "Onay veriyorum."
	good := w.NewSignature(content).Sign()
	detached := w.NewSignature(content).Sign()
	detached.Detached = true
	stranger := validationtest.New(t)
	stranger.Root = pkitest.Root(t, "Yabancı Kök")
	stranger.Signer = stranger.Root.Issue(t, stranger.Key.Public(), validationtest.Between(validationtest.Day(2023, 1, 1), validationtest.Day(2027, 1, 1)))
	beside := func(text string) []formats.Document {
		return []formats.Document{{Name: "onay.txt", Content: formats.Content{Reader: strings.NewReader(text), Size: int64(len(text))}}}
	}
	for name, test := range map[string]struct {
		file      []byte
		documents []formats.Document
		tone      wording.Tone
		verdict   string
		says, not string
	}{
		"good":     {good.DER(), nil, wording.Good, "İmza geçerli", "İmzalayan: ", "Sertifikada yazan ad"},
		"detached": {detached.DER(), beside(content), wording.Good, "İmza geçerli", "Kapsam: Ayrı dosyadaki içeriğin tamamı (15 bayt)", "içindeki"},
		"without its content": {
			detached.DER(), nil, wording.Unknown, "İmza doğrulanamadı; imzalanan dosya eksik", "O dosyayı da verin", "değişmemiş",
		},
		"another file beside it": {
			detached.DER(), beside("Onay vermiyorum"), wording.Bad, "İmza geçersiz; verdiğiniz dosya, imzalanan dosya değil",
			"Kapsam: Eldeki içerik değil", "tamamı (",
		},
		"changed": {
			bytes.Replace(good.DER(), []byte("veriyorum"), []byte("vermiyoru"), 1), nil, wording.Bad,
			"İmza geçersiz; içerik, imzalanan içerik değil", "Bu içeriğe imzalı diye güvenmeyin", "değişmemiş",
		},
		"unknown authority": {
			stranger.NewSignature(content).Sign().DER(), nil, wording.Unknown,
			"Kimin imzaladığı doğrulanamadı; sertifikayı veren kuruluş tanınmıyor", "Sertifikada yazan ad: ", "İmzalayan: ",
		},
	} {
		t.Run(name, func(t *testing.T) {
			got := words(message.Turkish).Report(judge(w, test.file, test.documents...))
			said := text(got)
			if got.Verdict.Tone != test.tone || got.Verdict.Text != test.verdict || !strings.Contains(said, test.says) || strings.Contains(said, test.not) {
				t.Errorf("%s %q, want %s %q with %q and without %q:\n%s", got.Verdict.Tone, got.Verdict.Text, test.tone, test.verdict, test.says, test.not, said)
			}
			if strings.Contains(said, pkitest.Citizen) {
				t.Error("the citizen number is not masked")
			}
			if test.tone != wording.Good && strings.Contains(said, "Nitelikli elektronik sertifika (") && !strings.Contains(said, "İmzalayan: ") {
				t.Errorf("repeats what nobody vouches for:\n%s", said)
			}
		})
	}
}

// TestPDF has what is said of real PDFs that were changed after they were signed.
func TestPDF(t *testing.T) {
	w := validationtest.New(t)
	signed := w.SignPDF(pdftest.Simple(), validationtest.Signed, pades.Options{})
	f, err := pdf.Open(bytes.NewReader(signed), int64(len(signed)))
	if err != nil {
		t.Fatal(err)
	}
	u, err := f.NewUpdate()
	if err != nil {
		t.Fatal(err)
	}
	u.Set(pdf.Ref{Number: 5}, &pdf.NewStream{Dict: pdf.Dict{}, Data: []byte("BT ET")})
	update, err := u.Write(nil)
	if err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		file    []byte
		tone    wording.Tone
		verdict string
		says    string
	}{
		"as signed":     {signed, wording.Good, "İmza geçerli", "Belgenin tamamı, son sürümüyle"},
		"signed again":  {w.SignPDF(signed, validationtest.Signed, pades.Options{}), wording.Good, "Dosyadaki 2 imzanın hepsi geçerli", "Belgenin 3 sürümünden 2. sürümü"},
		"another page":  {slices.Concat(signed, update.Bytes), wording.Unknown, "Belge imzadan sonra değiştirilmiş; bugünkü hâli imzalı sayılmaz", "imzalanan sürüm bozulmamış"},
		"other content": {bytes.Replace(signed, []byte("Merhaba"), []byte("Merhabb"), 1), wording.Bad, "İmza geçersiz; içerik, imzalanan içerik değil", "değil"},
	} {
		got := words(message.Turkish).Report(judge(w, test.file))
		if said := text(got); got.Verdict.Tone != test.tone || got.Verdict.Text != test.verdict || !strings.Contains(said, test.says) {
			t.Errorf("%s: %s %q:\n%s", name, got.Verdict.Tone, got.Verdict.Text, said)
		}
	}
}

// TestCoverage has what is beside a signature that is valid.
func TestCoverage(t *testing.T) {
	w := validationtest.New(t)
	size := int64(1234567)
	for name, test := range map[string]struct {
		covers  validation.CoverageReport
		tone    wording.Tone
		verdict string
		says    []string
	}{
		"last revision": {
			validation.CoverageReport{Content: "revision", Size: &size, Revision: 2, Revisions: 2}, wording.Good, "The signature is valid",
			[]string{"Covers: The whole document, in its last revision (1,234,567 bytes)"},
		},
		"signed again": {
			validation.CoverageReport{Content: "revision", Size: &size, Revision: 1, Revisions: 2, Later: validation.LaterSigned}, wording.Good,
			"The signature is valid", []string{"Revision 1 of the 2", "After the signature: Only signatures"},
		},
		"filled": {
			validation.CoverageReport{Content: "revision", Size: &size, Revision: 1, Revisions: 2, Later: validation.LaterFilled}, wording.Caution,
			"The signature is valid; text or notes were added to the document after it", []string{"these are not signed"},
		},
		"parts": {
			validation.CoverageReport{Content: "detached", Parts: []validation.PartReport{{Name: "a.txt", Size: &size}, {Name: "b.txt"}}},
			wording.Good, "The signature is valid", []string{"These 2 parts", "a.txt (1,234,567 bytes)", "b.txt (not at hand)"},
		},
		"element": {
			validation.CoverageReport{Content: "element", Size: &size, Parts: []validation.PartReport{{Name: "#a Tutar", Size: &size}}}, wording.Good,
			"The signature is valid", []string{"Only this part of the XML document: #a Tutar (1,234,567 bytes)"},
		},
		"whole document and more": {
			validation.CoverageReport{Content: "element", Parts: []validation.PartReport{{Size: &size}, {Name: "#a Tutar", Size: &size}}}, wording.Good,
			"The signature is valid", []string{"These 2 parts", "the whole document (1,234,567 bytes)", "#a Tutar (1,234,567 bytes)"},
		},
		"around an element": {
			validation.CoverageReport{Content: "element", Size: &size, Parts: []validation.PartReport{{Name: "#a Tutar", Size: &size}}, Uncovered: []string{"/Zarf/Fatura"}},
			wording.Caution, "The signature is valid, but some parts of the document are not signed", []string{"Not signed: 1", "/Zarf/Fatura", "may have been added"},
		},
		"container": {
			validation.CoverageReport{Content: "container", Size: &size, Parts: []validation.PartReport{{Name: "a.txt", Size: &size}}}, wording.Good,
			"The signature is valid", []string{"Covers: a.txt (1,234,567 bytes)"},
		},
		"container with more": {
			validation.CoverageReport{Content: "container", Size: &size, Parts: []validation.PartReport{{Name: "a.txt", Size: &size}}, Uncovered: []string{"kötü.exe"}},
			wording.Caution, "The signature is valid, but some files of the package are not signed", []string{"Covers: a.txt", "Not signed: 1", "kötü.exe"},
		},
		"uncovered": {
			validation.CoverageReport{Content: "detached", Size: &size, Uncovered: []string{"kötü.exe"}}, wording.Caution,
			"The signature is valid, but some files of the package are not signed", []string{"Not signed: 1", "kötü.exe", "shows nothing about"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			report := judge(w, w.NewSignature("Onay veriyorum.").Sign().DER())
			report.Signatures[0].Covers = test.covers
			got := words(message.English).Report(report)
			said := text(got)
			if got.Verdict.Tone != test.tone || got.Verdict.Text != test.verdict {
				t.Errorf("%s %q, want %s %q", got.Verdict.Tone, got.Verdict.Text, test.tone, test.verdict)
			}
			for _, want := range test.says {
				if !strings.Contains(said, want) {
					t.Errorf("lacks %q:\n%s", want, said)
				}
			}
		})
	}
}

// TestSeveral sums up what a file with several signatures is worth: no good one hides a bad one.
func TestSeveral(t *testing.T) {
	w := validationtest.New(t)
	signature := w.NewSignature("Onay veriyorum.").Sign().AddCounterSignature(w.Signer, w.Key)
	report := judge(w, signature.DER())
	one, counter := report.Signatures[0], report.Signatures[0].CounterSignatures[0]
	for _, test := range []struct {
		first, second validation.Indication
		later         validation.LaterChanges
		tone          wording.Tone
		verdict       string
	}{
		{validation.Passed, validation.Passed, "", wording.Good, "Dosyadaki 2 imzanın hepsi geçerli"},
		{validation.Passed, validation.Passed, validation.LaterFilled, wording.Caution, "Dosyadaki 2 imza geçerli, ama 1 tanesi"},
		{validation.Passed, validation.Failed, "", wording.Bad, "Dosyadaki 2 imzadan 1 tanesi geçersiz"},
		{validation.Indeterminate, validation.Failed, "", wording.Bad, "Dosyadaki 2 imzadan 1 tanesi geçersiz"},
		{validation.Failed, validation.Failed, "", wording.Bad, "Dosyadaki 2 imzanın hepsi geçersiz"},
		{validation.Indeterminate, validation.Indeterminate, "", wording.Unknown, "Dosyadaki 2 imzanın hiçbirinin"},
		{validation.Indeterminate, validation.Passed, "", wording.Unknown, "Dosyadaki 2 imzadan 1 tanesinin geçerli olup olmadığı söylenemiyor"},
	} {
		one.Indication, counter.Indication, one.Covers.Later = test.first, test.second, test.later
		one.SubIndication, counter.SubIndication = sub(test.first), sub(test.second)
		got := words(message.Turkish).Report(report)
		if got.Verdict.Tone != test.tone || !strings.HasPrefix(got.Verdict.Text, test.verdict) {
			t.Errorf("%s, %s: %s %q", test.first, test.second, got.Verdict.Tone, got.Verdict.Text)
		}
	}
	if got := words(message.Turkish).Report(&validation.Report{}); got.Verdict.Tone != wording.Unknown || got.Verdict.Text != "Bu dosyada tanınan bir imza yok" {
		t.Errorf("no signature: %+v", got.Verdict)
	}
}

func sub(of validation.Indication) validation.SubIndication {
	return map[validation.Indication]validation.SubIndication{
		validation.Failed: validation.HashFailure, validation.Indeterminate: validation.TryLater,
	}[of]
}

func TestUnreadable(t *testing.T) {
	for code, want := range map[fault.Code]string{
		fault.Unsupported: "Bu dosyada tanınan bir imza yok", fault.SignatureMalformed: "İmza dosyası bozuk, okunamadı", fault.DocumentAmbiguous: "Dosya okunamadı",
		fault.PDFMalformed: "PDF dosyası bozuk ya da tek bir biçimde okunamıyor", fault.PDFEncrypted: "PDF dosyası şifrelenmiş; imzaları okunamadı",
		fault.PDFUnsigned: "Bu PDF dosyasında imza yok", fault.PDFOnlyStamped: "Bu PDF dosyasında zaman damgası var, ama imza yok",
	} {
		if got := words(message.Turkish).Unreadable(code); got.Verdict.Text != want || got.Verdict.Tone != wording.Unknown || got.Meaning.Text == "" {
			t.Errorf("%s: %+v", code, got)
		}
	}
}

// TestEverySubIndication checks that each has a verdict and a meaning, in both languages, and that none is called valid.
func TestEverySubIndication(t *testing.T) {
	source, err := os.ReadFile("../conclusion.go")
	if err != nil {
		t.Fatal(err)
	}
	found := regexp.MustCompile(`SubIndication += "([A-Z_]+)"`).FindAllStringSubmatch(string(source), -1)
	if len(found) < 20 {
		t.Fatalf("%d sub-indications: the test no longer sees them", len(found))
	}
	w := validationtest.New(t)
	report := judge(w, w.NewSignature("Onay veriyorum.").Sign().DER())
	for _, m := range found {
		for _, language := range []message.Language{message.Turkish, message.English} {
			s := report.Signatures[0]
			s.SubIndication, s.Indication, s.Intact = validation.SubIndication(m[1]), validation.Indeterminate, false
			if slices.Contains([]string{"FORMAT_FAILURE", "HASH_FAILURE", "SIG_CRYPTO_FAILURE", "REVOKED", "EXPIRED", "NOT_YET_VALID"}, m[1]) {
				s.Indication = validation.Failed
			}
			got := words(language).Report(report)
			for _, text := range []string{got.Verdict.Text, got.Meaning.Text} {
				if strings.Contains(text, "validation.") || strings.ContainsAny(text, "{}") || strings.Contains(text, m[1]) {
					t.Errorf("%s, %s: %q", m[1], language, text)
				}
			}
			if got.Verdict.Tone == wording.Good || got.Verdict.Text == "İmza geçerli" || got.Verdict.Standard != string(s.Indication)+", "+m[1] {
				t.Errorf("%s: %+v", m[1], got.Verdict)
			}
		}
	}
}

// TestHostileText shows names of files and certificates that are made to mislead.
func TestHostileText(t *testing.T) {
	w := validationtest.New(t)
	w.Signer = w.CA.Issue(t, w.Key.Public(), validationtest.Between(validationtest.Day(2023, 1, 1), validationtest.Day(2027, 1, 1)),
		func(c *x509.Certificate) { c.Subject.CommonName = "Ayşe\u202e\x1b[2J\nשלום" })
	report := judge(w, w.NewSignature("Onay veriyorum.").Sign().DER())
	covers := &report.Signatures[0].Covers
	for range 1000 {
		covers.Uncovered = append(covers.Uncovered, strings.Repeat("u\u202eexe.\n", 10_000))
	}
	said := text(words(message.Turkish).Report(report))
	if strings.ContainsAny(said, "\x1b\u202e") || len(said) > 20_000 || !strings.Contains(said, "ve 980 tane daha") {
		t.Errorf("%d bytes: %.2000q", len(said), said)
	}
	if opened, closed := strings.Count(said, "\u2068"), strings.Count(said, "\u2069"); opened == 0 || opened != closed {
		t.Errorf("%d isolates begin and %d end", opened, closed)
	}
	for in, want := range map[string]string{
		"": "–", "a.p7s": "a.p7s", "a\u202egpj.exe": "a\ufffdgpj.exe", "10000000146.pdf": "100*****146.pdf", "\x00\u200b": "\ufffd\ufffd", "\xff": "\ufffd",
	} {
		if got := wording.Shown(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}

// TestStampAlone does not call a time stamp in a container a signature.
func TestStampAlone(t *testing.T) {
	report := &validation.Report{Signatures: []*validation.SignatureReport{{
		ID: "1", Format: "RFC 3161", Indication: validation.Indeterminate, SubIndication: validation.SigConstraintsFailure,
		Reasons: []validation.Reason{{Code: validation.ReasonStampAlone, Subject: "META-INF/timestamp.tst"}},
	}}}
	got := words(message.English).Report(report)
	if said := text(got); got.Verdict.Text != "The file has no signature, only a time stamp" || !strings.Contains(said, "does not show who") {
		t.Errorf("%q:\n%s", got.Verdict.Text, said)
	}
}

// TestUnreadableContainer tells a container that is damaged from a file without signatures.
func TestUnreadableContainer(t *testing.T) {
	for _, code := range []fault.Code{fault.ContainerMalformed, fault.PackageMalformed} {
		got := words(message.English).Unreadable(code)
		if got.Verdict.Tone != wording.Unknown || !strings.Contains(got.Verdict.Text, "package is damaged") || got.Verdict.Standard != string(code) {
			t.Errorf("%s: %+v", code, got.Verdict)
		}
	}
}
