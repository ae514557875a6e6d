//go:build linux

package worker_test

import (
	"testing"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/nativehost/worker"
	"github.com/e-onay/e-onay/test/testcard"
)

// A library as AKİS ones are reported to be signs all the same: no arguments for C_Initialize, one session,
// one thread.
func TestQuirkyLibrary(t *testing.T) {
	null := []worker.Quirk{worker.InitializeNull}
	for _, tt := range []struct {
		name   string
		fault  testcard.Fault
		quirks []worker.Quirk
		want   fault.Code
	}{
		{"refuses arguments", testcard.Fault{Arguments: testcard.Return}, nil, ""},
		{"refuses arguments, which is known", testcard.Fault{Arguments: testcard.Return}, null, ""},
		{"crashes over arguments", testcard.Fault{Arguments: testcard.Crash}, nil, fault.ModuleCrashed},
		{"crashes over arguments, which is known", testcard.Fault{Arguments: testcard.Crash}, null, ""},
		{"takes anything", testcard.Fault{}, null, ""},
		{"refuses both", testcard.Fault{Function: "C_Initialize", Do: testcard.Return, Value: 7}, nil, fault.ModuleFailed},
		{"is initialised already", testcard.Fault{Function: "C_Initialize", Do: testcard.ReturnAfter, Value: 0x191}, nil, ""},
		{"is initialised already, and takes no arguments", testcard.Fault{Function: "C_Initialize", Do: testcard.ReturnAfter, Value: 0x191}, null, ""},
		{"one session", testcard.Fault{OneSession: true}, nil, ""},
		{"one thread", testcard.Fault{OneThread: true}, nil, ""},
		{"all of it", testcard.Fault{Arguments: testcard.Crash, OneSession: true, OneThread: true}, null, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			faulty, err := testcard.NewFaulty(t.TempDir(), tt.fault)
			if err != nil {
				t.Fatal(err)
			}
			defer faulty.Close()
			key := insert(t)
			c := client(t, faulty.Path, generous, tt.quirks...)
			for range 3 {
				if err := signOnce(t.Context(), c, key); codeOf(err) != tt.want {
					t.Fatalf("got %v, want %q", err, tt.want)
				}
			}
		})
	}
}
