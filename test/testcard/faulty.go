//go:build unix

package testcard

import (
	_ "embed"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"
)

// Action is what a faulty library does in the function it is faulty in.
type Action int

// The actions, in the numbers of faulty/library.c.
const (
	Pass        Action = iota // nothing wrong, but the call is counted
	Hang                      // never returns
	Crash                     // dies of an invalid address
	Chatter                   // prints on standard output, then works
	Return                    // returns Fault.Value
	ReturnAfter               // works, then returns Fault.Value
	Leave                     // starts a daemon, which is counted too, then works
)

// A Fault says how a library misbehaves.
type Fault struct {
	// Function is one of those in functions below, or empty if none is faulty.
	Function string
	Do       Action
	Value    uint
	// TokenFlags are added to every token's (CK_TOKEN_INFO), ClearFlags taken away.
	TokenFlags uint
	ClearFlags uint
	// Arguments is what C_Initialize does with any but NULL: Pass, Return (CKR_ARGUMENTS_BAD) or Crash.
	Arguments Action
	// OneSession makes the library crash when a second session is opened beside another, OneThread when it
	// is called from a second thread.
	OneSession bool
	OneThread  bool
}

// functions are the numbers in CK_FUNCTION_LIST (PKCS #11 v2.40, 3.6). Those with more than six
// arguments cannot be had.
var functions = map[string]int{
	"C_Initialize": 0, "C_Finalize": 1,
	"C_GetSlotList": 4, "C_GetSlotInfo": 5, "C_GetTokenInfo": 6, "C_GetMechanismList": 7,
	"C_InitPIN": 10, "C_SetPIN": 11,
	"C_OpenSession": 12, "C_CloseSession": 13, "C_GetSessionInfo": 15, "C_Login": 18, "C_Logout": 19,
	"C_GetAttributeValue": 24, "C_FindObjectsInit": 26, "C_FindObjects": 27, "C_FindObjectsFinal": 28,
	"C_SignInit": 42, "C_Sign": 43,
}

//go:embed faulty/library.c
var faultySource string

// A Faulty is a PKCS#11 library over SoftHSM2 that misbehaves in one way.
type Faulty struct {
	// Path is the library's.
	Path   string
	calls  *os.File
	toggle string // the file that Arm writes
}

// NewFaulty compiles the library into dir, which must exist. Close must be called in the end.
func NewFaulty(dir string, f Fault) (*Faulty, error) {
	number, ok := functions[f.Function]
	if !ok && f.Function != "" {
		return nil, fmt.Errorf("no function %q", f.Function)
	}
	if !ok {
		number = -1
	}
	pipe, toggle := filepath.Join(dir, "calls"), filepath.Join(dir, "switch")
	settings := fmt.Sprintln(number, int(f.Do), f.Value, f.TokenFlags, f.ClearFlags, int(f.Arguments), flag(f.OneSession), flag(f.OneThread))
	if err := os.WriteFile(filepath.Join(dir, "fault"), []byte(settings), 0o600); err != nil {
		return nil, err
	}
	source := front{source: faultySource}
	library, err := source.compile(dir, "faulty")
	if err != nil {
		return nil, err
	}
	if err := unix.Mkfifo(pipe, 0o600); err != nil {
		return nil, err
	}
	// Open for both, the pipe keeps what is written while nobody waits.
	calls, err := os.OpenFile(pipe, os.O_RDWR|unix.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	return &Faulty{Path: library, calls: calls, toggle: toggle}, nil
}

// Arm makes another function hang or crash, from the call after the next passing ones on, until Disarm. It is for a
// library that nobody is calling.
func (f *Faulty) Arm(function string, do Action, passing int) error {
	number, ok := functions[function]
	if !ok || do != Hang && do != Crash {
		return fmt.Errorf("no function %q, or neither Hang nor Crash", function)
	}
	return os.WriteFile(f.toggle, fmt.Appendf(nil, "%d %d %d", number, do, passing), 0o600)
}

// Disarm ends what Arm began, for the calls to come.
func (f *Faulty) Disarm() error { return os.Remove(f.toggle) }

func flag(set bool) int {
	if set {
		return 1
	}
	return 0
}

// Called waits until the function is called, or was since the last Called, and returns the number of the
// process that called it.
func (f *Faulty) Called(limit time.Duration) (pid int, err error) {
	if err := f.calls.SetReadDeadline(time.Now().Add(limit)); err != nil {
		return 0, err
	}
	var b [4]byte
	if _, err := f.calls.Read(b[:]); err != nil {
		return 0, fmt.Errorf("waiting for a call: %w", err)
	}
	return int(binary.NativeEndian.Uint32(b[:])), nil
}

// Calls returns how often the function was called since the last Called or Calls.
func (f *Faulty) Calls() int {
	n := 0
	for f.pending() {
		if _, err := f.Called(time.Minute); err != nil { // it is there, and a busy machine may take its time
			return n
		}
		n++
	}
	return n
}

// pending reports whether a call has been written that was not read.
func (f *Faulty) pending() bool {
	raw, err := f.calls.SyscallConn()
	if err != nil {
		return false
	}
	var calls []unix.PollFd
	err = raw.Control(func(fd uintptr) {
		calls = []unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}
		_, _ = unix.Poll(calls, 0) // what it does not find is not there
	})
	return err == nil && calls[0].Revents&unix.POLLIN != 0
}

// Close forgets the calls; the library stays.
func (f *Faulty) Close() error { return f.calls.Close() }
