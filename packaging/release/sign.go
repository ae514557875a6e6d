package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
)

// checkKey refuses a release that could not be signed, or that people could not verify, before an hour of building.
func (r *release) checkKey() error {
	if r.key == "" {
		return errors.New("a release is signed: make release MINISIGN_KEY=FILE (docs/releasing.md)")
	}
	for _, file := range []string{r.key, r.public} {
		if _, err := os.Stat(file); errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("no key in %s (docs/releasing.md says how the two keys are made)", file)
		} else if err != nil {
			return err
		}
	}
	return nil
}

// sign signs the list of digests, and verifies the signature with the key that people have: a release that is signed with
// another one would look forged to all of them. A trial without a key stays unsigned.
func (r *release) sign() error {
	if r.key == "" && r.snapshot {
		fmt.Fprintln(r.out, "a trial, not signed: no MINISIGN_KEY")
		return nil
	}
	if err := r.checkKey(); err != nil {
		return err
	}
	// The comment is signed too. It has no time in it, so that the same key gives the same bytes.
	if err := r.minisign("-S", "-s", r.key, "-m", r.path(sums), "-x", r.path(signature), "-t", "e-onay "+r.version); err != nil {
		return fmt.Errorf("sign: %w", err)
	}
	err := r.minisign("-V", "-q", "-p", r.public, "-m", r.path(sums), "-x", r.path(signature))
	if err != nil {
		_ = os.Remove(r.path(signature))
		return fmt.Errorf("%s does not verify with %s, which people have: %w", signature, r.public, err)
	}
	return nil
}

// minisign asks for the key's password on the terminal, if it has one.
func (r *release) minisign(args ...string) error {
	command := exec.Command("minisign", args...)
	command.Stdin, command.Stdout, command.Stderr = os.Stdin, r.out, os.Stderr
	return command.Run()
}
