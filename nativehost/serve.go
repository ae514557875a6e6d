package main

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"
	"time"

	eonay "github.com/e-onay/e-onay"
	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/nativehost/device"
	"github.com/e-onay/e-onay/nativehost/doctor"
	"github.com/e-onay/e-onay/nativehost/hashsites"
	"github.com/e-onay/e-onay/nativehost/install"
	"github.com/e-onay/e-onay/nativehost/keypins"
	"github.com/e-onay/e-onay/nativehost/messaging"
	"github.com/e-onay/e-onay/nativehost/module"
	"github.com/e-onay/e-onay/nativehost/place"
	"github.com/e-onay/e-onay/nativehost/pukrefusals"
	"github.com/e-onay/e-onay/nativehost/secret"
	"github.com/e-onay/e-onay/nativehost/session"
	"github.com/e-onay/e-onay/nativehost/worker"
)

// garbagePercent is how much garbage may come to what is in use before it is collected. The host mostly waits, and of a person's
// machine it should take little: with Go's 100, XML of 10 MiB took 187 MiB in place of 135 to 156.
const garbagePercent = 50

const chromiumScheme = "chrome-extension://"

// fromBrowser reports whether args are those a browser starts a host with: Chromium gives the caller's
// origin, Firefox the manifest's path and the caller's id.
func fromBrowser(args []string) bool {
	return strings.HasPrefix(args[0], chromiumScheme) || len(args) == 2 && strings.HasSuffix(args[0], ".json")
}

// ourExtension reports whether args name our extension as the caller, in exactly the form that browsers
// write. The browser has compared with the manifest already; manifests can be edited.
func ourExtension(args []string) bool {
	switch {
	case len(args) == 0:
		return false
	case strings.HasPrefix(args[0], chromiumScheme):
		// On Windows Chromium adds --parent-window=….
		return args[0] == chromiumScheme+protocol.ChromiumExtensionID+"/"
	default:
		return len(args) == 2 && args[1] == protocol.FirefoxExtensionID
	}
}

// caller is the kind of browser that args, which are our extension's, are of.
func caller(args []string) doctor.Caller {
	if strings.HasPrefix(args[0], chromiumScheme) {
		return doctor.Chromium
	}
	return doctor.Firefox
}

// serve is one signing window's session. Standard output belongs to the protocol alone; what is logged
// goes to standard error, where browsers show it, and holds no secret.
func serve(args []string) int {
	log := slog.New(slog.NewTextHandler(os.Stderr, nil)).With("program", "eonay-host")
	if !ourExtension(args) {
		refuse(fault.Errorf(fault.HostRefused, "called with %.200q", args))
		return terminal{environmentLanguage()}.fail(exitRefused, "host.hint.browser", "host.error.caller")
	}
	debug.SetGCPercent(garbagePercent)
	if err := secret.DisableDumps(); err != nil {
		refuse(fault.New(fault.Internal, err))
		return exitFailed
	}
	outliveWindow()
	executable, err := os.Executable()
	if err != nil {
		refuse(fault.New(fault.Internal, err))
		return exitFailed
	}
	found, err := readLibraries(log)
	if err != nil {
		refuse(fault.New(fault.Internal, err))
		return exitFailed
	}
	cache, err := place.Cache()
	if err != nil {
		refuse(fault.New(fault.Internal, err))
		return exitFailed
	}
	config := session.Config{
		Version: eonay.Version, Platform: platform(), Select: found.finder.Select, Start: starter(executable), Now: time.Now, Log: log,
		Own: found.own(), Device: &device.Installation{Options: found.deviceKey().Options()}, DeviceAt: found.deviceKey(), JournalAt: found.journal(), Documents: cache,
		PUKRefusals: pukrefusals.File{Path: filepath.Join(filepath.Dir(found.configPath), "puks.json")}, KeyPINs: keypins.File{Path: filepath.Join(filepath.Dir(found.configPath), "keypins.json")}, HashSites: found.hashSites(),
		Diagnose: func(ctx context.Context, m doctor.Machine, tell func(protocol.Check)) {
			program := found.program()
			program.Caller = caller(args)
			doctor.Run(ctx, program, m, tell)
		},
		Served: func(atr []byte, library string) {
			if err := found.finder.Memory.Remember(atr, library); err != nil {
				log.Warn("not remembering the library of this card", "error", err)
			}
		},
	}
	for _, f := range found.faults {
		log.Error("configuration", "error", f.err)
		config.Obstacles = append(config.Obstacles, protocol.Finding{Code: fault.ModuleFailed, Subject: f.file})
	}
	if err := session.Serve(context.Background(), os.Stdin, os.Stdout, config); err != nil {
		log.Error("session ended", "error", err)
		return exitFailed
	}
	return exitDone
}

// refuse tells the window why there will be no session.
func refuse(reason *fault.Error) {
	body, err := json.Marshal(protocol.HostFailure{Code: reason.Code, Detail: reason.Error()})
	if err != nil {
		return
	}
	e := protocol.HostEnvelope{Type: protocol.HostError, Body: body}
	if err := messaging.NewWriter(os.Stdout).Write(e); err != nil {
		fmt.Fprintln(os.Stderr, err)
	}
}

// libraries is what there is to find PKCS#11 libraries with.
type libraries struct {
	finder     *module.Finder
	configPath string
	machine    string      // the folder of this machine's key and journal
	faults     []fileFault // the search goes on without what is broken
}

func (l libraries) own() module.Own { return module.Own{Path: l.configPath, Finder: l.finder} }

// deviceKey is where the key of this installation on this machine is.
func (l libraries) deviceKey() device.Where {
	return device.Where{Path: filepath.Join(l.machine, "device.json"), TPM: l.finder.Config.TPM, Keyring: !l.finder.Config.NoKeyring}
}

// journal is the folder of what was done on this machine: beside the key that signs it.
func (l libraries) journal() string { return filepath.Join(l.machine, "journal") }

// takeOver finds this machine's folder, and moves there what an earlier version has left beside the configuration.
func (l *libraries) takeOver(log *slog.Logger) {
	config := filepath.Dir(l.configPath)
	var err error
	l.machine, err = device.TakeOver(context.Background(), config, device.MachineFolder(config), l.deviceKey().Options())
	if err != nil {
		log.Warn("the key of an earlier version stays where it is", "error", err)
	}
}

// hashSites is the list of the pairs of a key and a site that sign hashes, beside the configuration: they are the cards',
// whatever machine these are put into.
func (l libraries) hashSites() hashsites.File {
	return hashsites.File{Path: filepath.Join(filepath.Dir(l.configPath), "hashsites.json")}
}

// program is what the doctor is told of this program. What cannot be found out is left to its checks.
func (l libraries) program() doctor.Program {
	executable, browsers, err := subjects(target{})
	confined, _ := install.Confined() // fails where the other does
	p := doctor.Program{Version: eonay.Version, Platform: platform(), Executable: executable, Browsers: browsers, Confined: confined, ConfigPath: l.configPath,
		Device: l.deviceKey().Options(), JournalAt: l.journal(), HashSites: l.hashSites()}
	if err != nil {
		p.Faults = append(p.Faults, err)
	}
	for _, f := range l.faults {
		p.Faults = append(p.Faults, f.err)
	}
	p.Home, _ = place.Home() // without it nothing can lie in it
	return p
}

// A fileFault is a file that could not be read.
type fileFault struct {
	file string // its name, for people
	err  error
}

// readLibraries reads configuration, registry and memory. A broken memory is one line in the log. It is an error where
// there is no place for the person's files.
func readLibraries(log *slog.Logger) (libraries, error) {
	path, err := module.ConfigPath()
	if err != nil {
		return libraries{}, err
	}
	l := libraries{finder: new(module.Finder), configPath: path}
	failed := func(file string, err error) { l.faults = append(l.faults, fileFault{file, err}) }
	l.finder.Config, err = module.ReadConfig(path)
	if err != nil {
		failed("host.json", err)
		l.finder.Config = module.Config{Search: true}
	}
	l.takeOver(log)
	l.finder.Registry, err = module.ReadRegistry(module.RegistryPath(path))
	if err != nil {
		failed("modules.json", err)
		l.finder.Registry = module.BuiltIn()
	}
	memory, err := module.MemoryPath()
	if err == nil {
		l.finder.Memory, err = module.ReadMemory(memory)
	}
	if err != nil {
		log.Warn("not remembering libraries of earlier cards", "error", err)
	}
	return l, nil
}

// starter returns what makes workers: children of this program.
func starter(executable string) func(module.Library) *worker.Client {
	return func(l module.Library) *worker.Client {
		return worker.New(executable, l.Path, worker.DefaultLimits, l.Quirks...)
	}
}
