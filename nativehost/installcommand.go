package main

import (
	"errors"
	"path/filepath"

	"github.com/e-onay/e-onay/nativehost/cause"
	"github.com/e-onay/e-onay/nativehost/install"
	"github.com/e-onay/e-onay/nativehost/place"
)

// A target is whose browsers install and uninstall are about: the person's, that of one folder, or those of everybody
// who uses the system that lies at root.
type target struct {
	folder string
	system bool
	root   string
}

func (i invocation) target() target {
	return target{i.value("browser-dir"), i.has("system"), i.value("root")}
}

// errNoSystem means that this system has no folders in which browsers look for everybody.
var errNoSystem = errors.New("no folders for the whole computer")

// subjects returns this program's path, as manifests name it, and the browsers that a command is about.
func subjects(of target) (executable string, browsers []install.Browser, err error) {
	executable, err = ownPath()
	if err != nil {
		return "", nil, err
	}
	folder, err := filepath.Abs(of.folder + of.root)
	if err != nil {
		return "", nil, err
	}
	switch {
	case of.folder != "":
		return executable, []install.Browser{install.ProfileFolder(folder)}, nil
	case !of.system:
		browsers, err = install.Browsers()
		return executable, browsers, err
	case of.root == "":
		folder = "/"
	default: // where a package is put together: its programs will be elsewhere than this one
		executable = install.PackagedPath
	}
	browsers = install.System(folder)
	if len(browsers) == 0 {
		err = errNoSystem
	}
	return executable, browsers, err
}

// checkProgram refuses to tell everybody's browsers of a program that one person can change.
func (t terminal) checkProgram() int {
	executable, err := ownPath()
	if err == nil {
		err = place.CheckFile(executable)
	}
	if e, ok := errors.AsType[*place.Error](err); ok {
		return t.fail(exitFailed, "host.hint.systemprogram", "host.error.place."+string(e.Reason), "path", e.Path)
	}
	if err != nil {
		return t.failPlace(err, "host.hint.home", "host.error.browser", "browser", "eonay-host")
	}
	return exitDone
}

func (t terminal) install(of target) int {
	if of.system && of.root == "" {
		if status := t.checkProgram(); status != exitDone {
			return status
		}
	}
	return t.each(of, func(b install.Browser, executable string) error {
		change, err := b.Install(executable)
		if err != nil {
			return err
		}
		key := "host.install.written"
		if change == install.Unchanged {
			key = "host.install.unchanged"
		}
		t.say(key, "browser", b.Name, "path", b.Path())
		return nil
	})
}

func (t terminal) uninstall(of target) int {
	return t.each(of, func(b install.Browser, executable string) error {
		change, err := b.Uninstall(executable)
		if err != nil {
			return err
		}
		switch change {
		case install.Removed:
			t.say("host.uninstall.removed", "browser", b.Name, "path", b.Path())
		case install.Left:
			t.say("host.uninstall.left", "browser", b.Name, "path", b.Path())
		default:
			t.say("host.uninstall.unchanged", "browser", b.Name)
		}
		return nil
	})
}

// each runs act for every manifest, also after one has failed.
func (t terminal) each(of target, act func(install.Browser, string) error) int {
	executable, all, err := subjects(of)
	if err == nil && of == (target{}) {
		err = checkFolder()
	}
	if errors.Is(err, errNoSystem) {
		return t.fail(exitFailed, "host.hint.nosystem", "host.error.nosystem")
	}
	if err != nil {
		return t.failPlace(err, "host.hint.home", "host.error.browser", "browser", "eonay-host")
	}
	status := exitDone
	for _, b := range byManifest(all) {
		err := act(b, executable)
		if others, ok := errors.AsType[*place.Error](err); ok {
			status = t.failPlace(others, "", "")
			continue
		}
		if err != nil {
			t.wrong("host.error.browser", "browser", b.Name, "cause", t.in(cause.Of(err)))
			status = exitFailed
		}
	}
	if status != exitDone && of.system {
		t.hint("host.hint.system")
	} else if status != exitDone {
		t.hint("host.hint.folder")
	}
	return status
}

// byManifest puts browsers that read the same manifest together, as Opera reads Chrome's.
func byManifest(all []install.Browser) (apart []install.Browser) {
	at := map[string]int{}
	for _, b := range all {
		if i, known := at[b.Path()]; known {
			apart[i].Name += ", " + b.Name
			continue
		}
		at[b.Path()] = len(apart)
		apart = append(apart, b)
	}
	return apart
}
