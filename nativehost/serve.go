package main

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"time"

	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/nativehost/messaging"
	"github.com/e-onay/e-onay/nativehost/module"
	"github.com/e-onay/e-onay/nativehost/secret"
	"github.com/e-onay/e-onay/nativehost/session"
	"github.com/e-onay/e-onay/nativehost/worker"
)

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

// serve is one signing window's session. Standard output belongs to the protocol alone; what is logged
// goes to standard error, where browsers show it, and holds no secret.
func serve(args []string) int {
	log := slog.New(slog.NewTextHandler(os.Stderr, nil)).With("program", "eonay-host")
	if !ourExtension(args) {
		refuse(protocol.Errorf(protocol.CodeHostRefused, "called with %.200q", args))
		return terminal{environmentLanguage()}.fail(exitRefused, "host.hint.browser", "host.error.caller")
	}
	if err := secret.DisableDumps(); err != nil {
		log.Warn("core dumps stay possible", "error", err)
	}
	executable, err := os.Executable()
	if err != nil {
		refuse(protocol.NewError(protocol.CodeInternal, err))
		return exitFailed
	}
	found := findModules(executable)
	config := session.Config{
		Version: version, Platform: platform(), Workers: found.workers, Now: time.Now, Log: log,
	}
	if found.err != nil {
		log.Error("configuration", "error", found.err)
		config.Obstacles = []protocol.Finding{{Code: protocol.CodeModuleFailed, Subject: "host.json"}}
	}
	if err := session.Serve(context.Background(), os.Stdin, os.Stdout, config); err != nil {
		log.Error("session ended", "error", err)
		return exitFailed
	}
	return exitDone
}

// refuse tells the window why there will be no session.
func refuse(reason *protocol.Error) {
	body, err := json.Marshal(protocol.HostFailure{Code: reason.Code, Detail: reason.Error()})
	if err != nil {
		return
	}
	e := protocol.HostEnvelope{Type: protocol.HostError, Body: body}
	if err := messaging.NewWriter(os.Stdout).Write(e); err != nil {
		fmt.Fprintln(os.Stderr, err)
	}
}

// modules is the outcome of the search for PKCS#11 libraries.
type modules struct {
	workers    []*worker.Client
	configPath string
	err        error // of the configuration; the search went on without it
}

func findModules(executable string) modules {
	path, err := module.ConfigPath()
	config := module.Config{Search: true}
	if err == nil {
		config, err = module.ReadConfig(path)
	}
	if err != nil {
		config = module.Config{Search: true}
	}
	known, knownErr := module.KnownHere()
	if err == nil {
		err = knownErr
	}
	found := modules{configPath: path, err: err}
	for _, library := range module.Find(config, known) {
		found.workers = append(found.workers, worker.New(executable, library, worker.DefaultLimits))
	}
	return found
}
