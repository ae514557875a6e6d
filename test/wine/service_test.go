//go:build linux

package wine

import (
	"os"
	"slices"
	"testing"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/protocol"
)

// A smart card service that waits for the first reader is no fault of the machine: a reader is what is missing. One that the
// administrator has disabled is told as that, and one that is not there as before.
func TestWhyTheSmartCardServiceIsStopped(t *testing.T) {
	p := newPerson(t)
	theirs, err := os.ReadFile(system32("winscard.dll"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { write(t, system32("winscard.dll"), theirs) }()
	if err := compile("winscard.c", system32("winscard.dll"), "-shared"); err != nil {
		t.Fatal(err)
	}
	told := func(missing bool, want ...string) {
		t.Helper()
		var list protocol.CertificateList
		w := p.open(t, `C:\`)
		w.hello()
		w.ask(protocol.HostCertificates, nil, protocol.HostCertificateList, &list)
		w.close()
		if is := slices.ContainsFunc(list.Findings, func(f protocol.Finding) bool { return f.Code == fault.NoService }); is != missing {
			t.Errorf("the window is told that the service does not run: %v", is)
		}
		checks := p.checks(t)
		for _, check := range want {
			if !slices.Contains(checks, check) {
				t.Errorf("%q, want %s", checks, check)
			}
		}
	}
	told(true, "warn noservice")
	for start, want := range map[string][]string{"demand": {"ok service", "warn noreader"}, "disabled": {"fail serviceoff"}} {
		ran(t, "sc", "create", "SCardSvr", "binPath=", `C:\windows\system32\svchost.exe`, "start=", start)
		told(start == "disabled", want...)
		ran(t, "sc", "delete", "SCardSvr")
	}
}
