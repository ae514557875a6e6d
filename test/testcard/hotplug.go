//go:build linux

package testcard

import (
	"bytes"
	_ "embed"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"
)

//go:embed hotplug/usb.c
var usbSource string

// ccid is the driver whose list of USB readers has the one that can be unplugged.
const ccid = "/usr/lib/pcsc/drivers/ifd-ccid.bundle/Contents/Info.plist"

// A bus is the USB bus of a service, with one reader.
type bus struct {
	library string
	events  *os.File
}

// StartPluggablePCSC is StartPCSC with a reader that can be unplugged, whose name is "ACS ACR39U ICC Reader".
func StartPluggablePCSC(dir string) (*PCSC, error) {
	p, err := newPCSC(dir)
	if err != nil {
		return nil, err
	}
	if p.bus, err = newBus(dir, p.port); err != nil {
		return nil, err
	}
	return p, p.start(p.bus.library)
}

// newBus compiles the bus into dir.
func newBus(dir string, port int) (*bus, error) {
	if _, err := os.Stat(ccid); err != nil {
		return nil, fmt.Errorf("the package libccid is not installed")
	}
	source, library, pipe := filepath.Join(dir, "usb.c"), filepath.Join(dir, "usb.so"), filepath.Join(dir, "usb.events")
	if err := os.WriteFile(source, []byte(usbSource), 0o600); err != nil {
		return nil, err
	}
	// The linker looks for vpcd under the name that vpcd has for itself, which Debian has no file of.
	vpcd := filepath.Join(dir, "libifdvpcd.so.0")
	if err := os.Symlink(vpcdDriver, vpcd); err != nil && !os.IsExist(err) {
		return nil, err
	}
	define := func(name, value string) string { return fmt.Sprintf("-D%s=%q", name, value) }
	cmd := exec.Command("cc", "-shared", "-fPIC", "-O1", "-o", library,
		define("EVENTS", pipe), define("SELF", library), define("PORT", fmt.Sprintf("0x%x", port)),
		source, "-Wl,--no-as-needed,-rpath,"+dir, vpcd, "-ldl")
	if out, err := cmd.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("compiling hotplug/usb.c: %w: %s", err, out)
	}
	if err := unix.Mkfifo(pipe, 0o600); err != nil && !os.IsExist(err) {
		return nil, err
	}
	events, err := os.OpenFile(pipe, os.O_RDWR|unix.O_NONBLOCK, 0)
	return &bus{library: library, events: events}, err
}

// Unplug pulls the reader out and returns when the service has taken leave of it. A card in it goes with it, but the
// service waits for the answer to a command: pull a card that is at work first.
func (p *PCSC) Unplug() error { return p.tell('r', true) }

// Plug plugs the reader in again, without a card, and returns when the service has it.
func (p *PCSC) Plug() error { return p.tell('a', false) }

// tell writes an event and waits until nobody listens at the reader's ports, or somebody does.
func (p *PCSC) tell(event byte, gone bool) error {
	if _, err := p.bus.events.Write([]byte{event}); err != nil {
		return err
	}
	for end := time.Now().Add(startTime); ; {
		listeners, err := p.listeners()
		if err != nil {
			return err
		}
		if gone && listeners == 0 || !gone && listeners == 2 {
			return nil
		}
		if time.Now().After(end) {
			return fmt.Errorf("pcscd does not see what became of its reader")
		}
		time.Sleep(5 * time.Millisecond) // the kernel tells of no listener that comes or goes
	}
}

// listeners counts the reader's ports at which somebody listens. To try them would take them from the driver.
func (p *PCSC) listeners() (n int, err error) {
	table, err := os.ReadFile("/proc/net/tcp")
	for _, port := range []int{p.port, p.port + 1} {
		if bytes.Contains(table, fmt.Appendf(nil, ":%04X 00000000:0000 0A", port)) {
			n++
		}
	}
	return n, err
}
