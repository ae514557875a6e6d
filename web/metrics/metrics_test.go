package metrics

import (
	"bytes"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/outbound"
	"github.com/e-onay/e-onay/internal/validation"
)

func text(t *testing.T, m *Meter) string {
	t.Helper()
	var b bytes.Buffer
	if err := m.Write(&b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// filled returns a meter that has counted something of everything.
func filled() *Meter {
	m := New()
	m.Request("GET /nes", 200, time.Second)
	m.Refused(fault.Unavailable)
	m.Judged("give", "recorded")
	m.Job("notice", "done")
	m.Validated(&validation.Report{Signatures: []*validation.SignatureReport{{Indication: "TOTAL-PASSED"}}})
	m.StoreWrite(time.Millisecond, true)
	m.Asked(outbound.Observation{Kind: "ocsp", Host: "ocsp.example", Outcome: outbound.OutcomeOK, Took: time.Second})
	for _, f := range Families {
		if f.Type == "gauge" && f.Labels == "" {
			m.Gauge(f.Name, func() float64 { return 1 })
		}
		if f.Type == "gauge" && f.Labels == "kind" {
			m.Gauge(f.Name+`{kind="notice"}`, func() float64 { return 1 })
		}
	}
	return m
}

// TestPrometheusReadsIt has Prometheus' own program judge the text, and looks for each family with its help.
func TestPrometheusReadsIt(t *testing.T) {
	promtool, err := exec.LookPath("promtool")
	if err != nil {
		t.Fatalf("%v. Run: make deps", err)
	}
	written := text(t, filled())
	command := exec.Command(promtool, "check", "metrics")
	command.Stdin = strings.NewReader(written)
	if out, err := command.CombinedOutput(); err != nil || len(out) > 0 {
		t.Errorf("promtool: %v\n%s\n%s", err, out, written)
	}
	for _, f := range Families {
		if want := fmt.Sprintf("# HELP %s %s\n# TYPE %s %s\n%s", f.Name, f.Help, f.Name, f.Type, f.Name); strings.Count(written, want) != 1 {
			t.Errorf("%d times %q", strings.Count(written, want), want)
		}
	}
	if helped := strings.Count(written, "# HELP "); helped != len(Families) {
		t.Errorf("%d families are written, %d known:\n%s", helped, len(Families), written)
	}
}

// TestPageHasAll looks for each family on the operators' page, with its labels and its help.
func TestPageHasAll(t *testing.T) {
	page, err := os.ReadFile("../../docs/operation/watch.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range Families {
		line := "- `" + f.Name + "`"
		if f.Labels != "" {
			line += " by " + f.Labels
		}
		line += ": " + strings.ToLower(f.Help[:1]) + f.Help[1:]
		if !strings.Contains(string(page), line+"\n") {
			t.Errorf("docs/operation/watch.md has no line\n%s", line)
		}
	}
}

// TestHostsAreBounded counts requests to more hosts than may have a label, and to a host whose name is malformed.
func TestHostsAreBounded(t *testing.T) {
	m := New()
	for i := range 10 * maxHosts {
		m.Asked(outbound.Observation{Kind: "crl", Host: fmt.Sprintf("h%d.example", i), Outcome: outbound.OutcomeOK})
	}
	m.Asked(outbound.Observation{Kind: "crl", Host: "a\"} 1\nb", Outcome: outbound.OutcomeOK})
	written := text(t, m)
	if n := strings.Count(written, "eonay_outbound_requests_total{"); n != maxHosts+1 {
		t.Errorf("%d hosts", n)
	}
	if want := fmt.Sprintf(`eonay_outbound_requests_total{kind="crl",host="other",outcome="ok"} %d`, 9*maxHosts+1); !strings.Contains(written, want) {
		t.Errorf("no line %s", want)
	}
}

// TestListensHereOnly refuses addresses that others reach.
func TestListensHereOnly(t *testing.T) {
	log := slog.New(slog.NewTextHandler(io.Discard, nil))
	for address, ok := range map[string]bool{
		"": true, "127.0.0.1:0": true, "localhost:0": true, "0.0.0.0:0": false, ":0": false, "[::]:0": false, "192.0.2.1:9101": false, "127.0.0.1": false, "metrics.example:1": false,
	} {
		stop, err := New().Serve(address, log)
		if (err == nil) != ok {
			t.Errorf("%q: %v", address, err)
		}
		if err == nil {
			stop()
		}
	}
}

// TestNilCountsNothing calls a meter that is not there.
func TestNilCountsNothing(t *testing.T) {
	var m *Meter
	m.Request("", 200, 0)
	m.Refused(fault.Internal)
	m.Judged("give", "waits")
	m.Job("notice", "done")
	m.StoreWrite(0, true)
	m.Asked(outbound.Observation{})
	m.Gauge("a", nil)
}
