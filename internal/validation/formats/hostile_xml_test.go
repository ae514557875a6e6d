package formats_test

import (
	"fmt"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/e-onay/e-onay/internal/validation"
	"github.com/e-onay/e-onay/internal/validation/formats"
)

// hostileXML are documents that make a reader work, or that look for one that does.
func hostileXML() map[string]string {
	one := func(references, before, after string) string {
		return before + `<ds:Signature xmlns:ds="` + dsig + `" Id="s"><ds:SignedInfo><ds:CanonicalizationMethod Algorithm="` + c14n + `"/><ds:SignatureMethod Algorithm="` + more +
			`rsa-sha256"/>` + strings.ReplaceAll(references, "%DIGEST%", xmlSHA256) + `</ds:SignedInfo><ds:SignatureValue>AAAA</ds:SignatureValue></ds:Signature>` + after
	}
	const enveloped = dsig + "enveloped-signature"
	nested := func(n int, from string) (b string) {
		return strings.Repeat(from, n)
	}
	var elements, ends, byID, byChain, manifest strings.Builder
	for i := range 100 {
		fmt.Fprintf(&elements, `<a Id="i%d">`, i)
		ends.WriteString("</a>")
	}
	for i := range 1000 {
		byID.WriteString(over(fmt.Sprintf("#i%d", i%100), strings.Repeat(excC14n, 1), c14n))
		byChain.WriteString(over("", enveloped, expression(excC14n, fmt.Sprintf(`<e:InclusiveNamespaces xmlns:e="%s" PrefixList="p%d"/>`, excC14n, i))))
		manifest.WriteString(over("#i0"))
	}
	filler := strings.Repeat("<b>metin</b>", 80_000)
	long := "urn:" + strings.Repeat("x", 2000)
	var signatures strings.Builder
	for range 64 {
		signatures.WriteString(one(nested(50, over("", enveloped, excC14n))+over("", enveloped), "", ""))
	}
	return map[string]string{
		"10,000 references":              one(nested(10_000, over("", enveloped)), "<a>"+filler, "</a>"),
		"1,000 references, all the same": one(nested(1000, over("", enveloped)), "<a>"+filler, "</a>"),
		"1,000 elements in each other":   one(byID.String(), elements.String()+filler, ends.String()),
		"1,000 canonical forms":          one(byChain.String(), "<a>"+filler, "</a>"),
		"a long namespace":               one(over("", enveloped, excC14n), `<a xmlns:p="`+long+`">`+strings.Repeat("<p:b/>", 80_000), "</a>"),
		"a manifest of 1,000":            one(strings.Replace(over("#m"), "<ds:Reference", `<ds:Reference Type="`+dsig+`Manifest"`, 1), `<a Id="i0"><ds:Manifest xmlns:ds="`+dsig+`" Id="m">`+strings.ReplaceAll(manifest.String(), "%DIGEST%", xmlSHA256)+"</ds:Manifest>"+filler, "</a>"),
		"64 signatures":                  "<a>" + filler + signatures.String() + "</a>",
		"65 signatures":                  "<a>" + signatures.String() + one(over("", enveloped), "", "") + "</a>",
		"parsed again and again":         one(nested(100, over("", enveloped, c14n, c14n, excC14n, c14n, excC14n, c14n, excC14n)), "<a>"+filler, "</a>"),
		"base64 of everything":           one(nested(900, over("#i0", dsig+"base64", dsig+"base64")), `<a Id="i0">`+strings.Repeat("QUFB", 200_000), "</a>"),
		"signatures within each other":   strings.Repeat(`<ds:Signature xmlns:ds="`+dsig+`"><ds:Object>`, 60) + strings.Repeat(`</ds:Object></ds:Signature>`, 60),
		"many identifiers":               one(over("#i0"), "<a>"+strings.Repeat(`<b Id="i0"/>`, 80_000), "</a>"),
		"a text of 1 MB as identifier":   one(over("#"+strings.Repeat("i", 1<<20)), "<a>", "</a>"),
		"a transform of 1 MB":            one(over("", expression(xpath, "<ds:XPath>"+strings.Repeat("(", 1<<20)+"</ds:XPath>")), "<a>", "</a>"),
		"900 external references":        one(nested(900, over("a.txt", c14n)), "<a>", "</a>"),
		"uncovered elements":             one(over("#i0"), `<a><b Id="i0"/>`+strings.Repeat("<c/>", 200_000), "</a>"),
	}
}

// TestHostileXML reads and judges each within a processor's time for each megabyte of it, and passes none. A small file has the time of
// a megabyte.
func TestHostileXML(t *testing.T) {
	if testing.Short() {
		t.Skip("long")
	}
	for name, file := range hostileXML() {
		var before, after runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&before)
		start := processorTime(t)
		signatures, err := formats.Read(content([]byte(file)), formats.Document{Name: "a.txt", Content: content([]byte("<a>" + strings.Repeat("<b/>", 1000) + "</a>"))})
		said := ""
		if err == nil {
			report := validation.Validate(validation.Input{Signatures: signatures, Policy: validation.DefaultPolicy(), Moment: time.Now()})
			for _, s := range report.Signatures {
				if s.Intact || s.Indication == validation.Passed {
					t.Errorf("%s: %s", name, s.Indication)
				}
			}
			s := report.Signatures[0]
			said = fmt.Sprintf("%s %s %v", s.Indication, s.SubIndication, s.Reasons[0].Code)
		} else {
			said = err.Error()
		}
		checkCost(t, name, len(file), processorTime(t)-start)
		runtime.ReadMemStats(&after)
		megabytes := max(1, float64(len(file))/(1<<20))
		t.Logf("%-32s %6.0f MiB/MB allocated  %.100s", name, float64(after.TotalAlloc-before.TotalAlloc)/(1<<20)/megabytes, said)
	}
}

// perMegabyte is the processor's time for a megabyte of a hostile file. It is ten times what this takes, so that only work which grows faster
// than the file is over it: `make bench` measures.
const perMegabyte = 8 * time.Second

// checkCost logs what a file cost, and refuses what is out of all proportion. A small file has the time of a megabyte.
func checkCost(t *testing.T, name string, size int, took time.Duration) {
	t.Helper()
	megabytes := max(1, float64(size)/(1<<20))
	t.Logf("%-32s %5.1f MB %8.0f ms/MB", name, float64(size)/(1<<20), float64(took.Milliseconds())/megabytes)
	if took > time.Duration(megabytes*float64(perMegabyte)) {
		t.Errorf("%s of %d KB took %v", name, size>>10, took)
	}
}

// processorTime is what this process has used so far.
func processorTime(t *testing.T) time.Duration {
	t.Helper()
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		t.Fatal(err)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}
