package testcard

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"strings"
)

// toolVariable turns a program that links this package into the tool.
const toolVariable = "EONAY_TESTCARD_TOOL"

// The order goes in on standard input and the result comes out on standard output, before main or any
// test has run.
func init() {
	if os.Getenv(toolVariable) == "" {
		return
	}
	if err := serveOrder(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}

type act string

const (
	actInit  act = "init"
	actKey   act = "key"
	actStore act = "store"
	actTime  act = "time"
)

// An order is what the tool is to do on one token.
type order struct {
	Act     act
	Module  string
	Token   string
	PIN     string
	SOPIN   string
	Kind    Kind
	Label   string
	ID      []byte
	Options []Option
	RSA     []byte // the private key that is put onto the token, PKCS #1; else the token generates one
	Value   []byte
	Subject []byte
	Issuer  []byte
	N       int
	Each    []order // to store, in place of this one's
}

type result struct {
	Serial      string // of the token, as PKCS#11 shows it
	Point       []byte
	Nanoseconds []int64
}

func (t *Token) run(o order) (result, error) {
	executable, err := os.Executable()
	if err != nil {
		return result{}, err
	}
	if o.Module, err = Module(); err != nil {
		return result{}, err
	}
	o.Token, o.PIN, o.SOPIN = t.label, t.pin, t.soPIN
	in, err := json.Marshal(o)
	if err != nil {
		return result{}, err
	}
	var stderr strings.Builder
	cmd := exec.Command(executable)
	// A program with the race detector in it would sleep for a second at each tool's end.
	cmd.Env = append(os.Environ(), toolVariable+"=1", t.hsm.Env(), "GORACE=atexit_sleep_ms=0")
	cmd.Stdin, cmd.Stderr = bytes.NewReader(in), &stderr
	out, err := cmd.Output()
	if err != nil {
		return result{}, fmt.Errorf("%s on token %q: %w: %s", o.Act, t.label, err, strings.TrimSpace(stderr.String()))
	}
	var r result
	return r, json.Unmarshal(out, &r)
}
