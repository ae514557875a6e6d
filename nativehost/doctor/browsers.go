package doctor

import (
	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/nativehost/install"
)

// browsers tells of each browser that was used whether it finds this program, and by whose manifest.
func (d *doctor) browsers() {
	found := d.Caller != NoCaller
	if found {
		d.say(protocol.CheckOK, "caller")
	}
	for _, b := range d.Browsers {
		if b.Used() {
			found = true
			d.browser(b)
		}
	}
	found = d.confined(found) || found
	if !found {
		d.say(protocol.CheckWarn, "browsers")
	}
}

// browser compares the manifests that a browser reads: the person's own, which comes first, and the one for everybody.
func (d *doctor) browser(b install.Browser) {
	state, err := b.Check(d.Executable)
	name := is("browser", b.Name)
	if d.misplaced(err) { // whoever can write it can name a program of theirs
		return
	}
	if err == nil && state == install.Ours {
		d.say(protocol.CheckOK, "manifest", name)
		return
	}
	path, machine, machineErr := b.CheckMachine(d.Executable)
	switch {
	case d.misplaced(machineErr):
	case err == nil && state == install.Absent && machineErr == nil && machine == install.Ours:
		d.say(protocol.CheckOK, "machine", name)
	case d.Caller.is(b):
		d.say(protocol.CheckWarn, "elsewhere", name)
	case err != nil:
		d.say(protocol.CheckFail, "unreadable", name, because(err))
	case state == install.Foreign && machineErr == nil && machine == install.Ours:
		d.say(protocol.CheckFail, "hides", name, is("path", b.Path()))
	case state == install.Foreign:
		d.say(protocol.CheckFail, "foreign", name, is("path", b.Path()))
	case machineErr != nil:
		d.say(protocol.CheckFail, "unreadable", name, because(machineErr))
	case machine == install.Foreign:
		d.say(protocol.CheckFail, "machineforeign", name, is("path", path))
	default:
		d.say(protocol.CheckFail, "absent", name)
	}
}

// confined tells of browsers in a sandbox, and whether there are any. Where there is no other browser, one that cannot start
// this program is what keeps the person from signing.
func (d *doctor) confined(others bool) (found bool) {
	level := protocol.CheckFail
	if others {
		level = protocol.CheckWarn
	}
	for _, b := range d.Confined {
		if !b.Used() {
			continue
		}
		found = true
		name, sandbox := is("browser", b.Name), is("sandbox", string(b.Sandbox))
		if !b.Firefox {
			d.say(level, "confined", name, sandbox)
			continue
		}
		d.browser(b)
		if d.Caller != Firefox {
			d.say(protocol.CheckWarn, "portal", name, sandbox)
		}
	}
	return found
}
