//go:build linux

package virtual_test

import (
	"strings"
	"testing"
	"time"

	"github.com/e-onay/e-onay/test/testcard/virtual"
)

// sign has OpenSC sign once.
func (d *desk) sign() (string, error) {
	d.write("data", []byte("Onay veriyorum"))
	return d.pkcs11("--sign", "--mechanism", "ECDSA-SHA256", "--login", "--pin", pin, "--input-file", "data", "--output-file", "signature")
}

// Each fault strikes at its command and is seen through the real library; afterwards the card is a good one.
func TestFaults(t *testing.T) {
	for name, do := range map[string]virtual.Action{
		"pull before": virtual.PullBefore, "pull after": virtual.PullAfter,
		"garbage": virtual.Garbage, "short": virtual.Short, "wrong length": virtual.WrongLength, "endless": virtual.Endless,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newDesk(t, virtual.OpenSC{})
			card := d.insert(signature)
			struck := card.SetFault(virtual.Fault{INS: virtual.GeneralAuthenticate, Do: do, Lasting: true})
			// How it fails is the library's business; that it may hang for good is known, so it gets its time.
			d.patience = 10 * time.Second
			if out, err := d.sign(); err == nil {
				t.Errorf("a signature was made\n%s", out)
			}
			await(t, struck)
			left, _ := card.Tries()
			if left != 3 {
				t.Errorf("%d tries left", left)
			}
			card.ClearFault()
			card.Pull()
			d.put(card)
			d.patience = patience
			d.must(d.sign())
		})
	}
}

// A mute card keeps the library for as long as it is in the reader.
func TestMute(t *testing.T) {
	d := newDesk(t, virtual.OpenSC{})
	card := d.insert(signature)
	struck := card.SetFault(virtual.Fault{INS: virtual.GeneralAuthenticate, Do: virtual.Mute})
	d.patience = 10 * time.Second
	ended := make(chan string)
	go func() {
		out, err := d.sign()
		if err == nil {
			out = "a signature was made\n" + out
		}
		ended <- out
	}()
	await(t, struck)
	select {
	case out := <-ended:
		t.Fatalf("the library did not wait\n%s", out)
	default:
	}
	card.Pull()
	if out := <-ended; strings.HasPrefix(out, "a signature") {
		t.Error(out)
	}
}

// The command that comes after two good ones is late, and its answer is right.
func TestSlow(t *testing.T) {
	d := newDesk(t, virtual.OpenSC{})
	card := d.insert(signature)
	const delay = 300 * time.Millisecond
	struck := card.SetFault(virtual.Fault{After: 2, Do: virtual.Slow, Delay: delay})
	start := time.Now()
	d.must(d.sign())
	await(t, struck)
	if took := time.Since(start); took < delay {
		t.Errorf("it took %v", took)
	}
}

// A command is held until the test lets it go.
func TestHeld(t *testing.T) {
	d := newDesk(t, virtual.OpenSC{})
	card := d.insert(signature)
	held := make(chan struct{})
	struck := card.SetFault(virtual.Fault{INS: virtual.GeneralAuthenticate, Do: virtual.Slow, Until: held})
	ended := make(chan error, 1)
	go func() {
		_, err := d.sign()
		ended <- err
	}()
	await(t, struck)
	select {
	case err := <-ended:
		t.Fatalf("the library did not wait: %v", err)
	default:
	}
	close(held)
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

func await(t *testing.T, done <-chan struct{}) {
	t.Helper()
	select {
	case <-done:
	case <-time.After(patience):
		t.Fatal("it does not come")
	}
}
