//go:build linux

package main_test

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/e-onay/e-onay/nativehost/device"
	"github.com/e-onay/e-onay/nativehost/hashsites"
	"github.com/e-onay/e-onay/nativehost/keypins"
	"github.com/e-onay/e-onay/nativehost/module"
	"github.com/e-onay/e-onay/nativehost/pukrefusals"
	"github.com/e-onay/e-onay/nativehost/session"
	"github.com/e-onay/e-onay/nativehost/worker"
)

// A hurried host is the host's session with the program's own workers, which waits for a hanging library for seconds
// where the program waits for a half or a whole minute. It is this test's program, called with hurriedCommand, the
// program and one library.

const hurriedCommand = "hurried-host"

// soon is long for what any library does, and short for who waits for one that hangs.
const soon = 3 * time.Second

// openHurried is open with a hurried host.
func (m *machine) openHurried(t testing.TB, library string) *window {
	t.Helper()
	executable, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return m.start(t, exec.Command(executable, hurriedCommand, program, library))
}

func hurriedHost(program, library string) int {
	folder, err := os.UserConfigDir()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	key := device.Where{Path: filepath.Join(folder, "e-onay", "device.json"), TPM: device.NoTPM}
	config := session.Config{
		Device: &device.Installation{Options: key.Options()}, DeviceAt: key, JournalAt: filepath.Join(folder, "e-onay", "journal"),
		PUKRefusals: pukrefusals.File{Path: filepath.Join(folder, "e-onay", "puks.json")}, KeyPINs: keypins.File{Path: filepath.Join(folder, "e-onay", "keypins.json")}, HashSites: hashsites.File{Path: filepath.Join(folder, "e-onay", "hashsites.json")},
		Version: "test", Platform: "test/test", Now: time.Now, Log: slog.New(slog.NewTextHandler(os.Stderr, nil)),
		Select: func([][]byte) module.Selection {
			return module.Selection{Rounds: [][]module.Library{{{Path: library}}}}
		},
		Start: func(l module.Library) *worker.Client {
			return worker.New(program, l.Path, worker.Limits{
				List: soon, Login: soon, Pad: patience, Sign: soon, Unblock: soon, Reset: soon, Logout: worker.DefaultLimits.Logout,
			})
		},
	}
	if err := session.Serve(context.Background(), os.Stdin, os.Stdout, config); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}
