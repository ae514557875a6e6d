package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"time"
)

// checkSource refuses a tree that differs from its commit, and a commit that has not the tag of its version: people could
// not find again what their files are made of.
func (r *release) checkSource() error {
	changes, err := r.git("status", "--porcelain")
	if err != nil {
		return err
	}
	if changes != "" {
		return fmt.Errorf("the tree has changes that no commit has:\n%s\nCommit or remove them; for a trial: make release SNAPSHOT=1", changes)
	}
	tags, err := r.git("tag", "--points-at", "HEAD")
	if err != nil {
		return err
	}
	for tag := range strings.Lines(tags) {
		if strings.TrimSpace(tag) == "v"+r.version {
			return nil
		}
	}
	return fmt.Errorf("this commit has not the tag v%s, as VERSION asks for. Its tags: %q. For a trial: make release SNAPSHOT=1", r.version, strings.Fields(tags))
}

// git returns what git says of the repository.
func (r *release) git(args ...string) (string, error) {
	command := exec.Command("git", args...)
	command.Dir = r.root
	var said bytes.Buffer
	command.Stderr = &said
	out, err := command.Output()
	if err != nil {
		return "", fmt.Errorf("git %s: %w: %s", args[0], err, strings.TrimSpace(said.String()))
	}
	return strings.TrimSpace(string(out)), nil
}

// committed returns the time of the commit: the one time that a release has.
func (r *release) committed() (time.Time, error) {
	text, err := r.git("log", "-1", "--format=%cI")
	if err != nil {
		return time.Time{}, err
	}
	at, err := time.Parse(time.RFC3339, text)
	return at.UTC(), err
}

// link is a link that leads to a file of the repository.
var link = regexp.MustCompile(`\[([^\]]*)\]\((?:[^)\s:]*)\)`)

// notes returns the section of this version in the changelog; a trial has the unreleased one. Beside a release a link into
// the repository leads nowhere: its words stay.
func (r *release) notes() ([]byte, error) {
	data, err := os.ReadFile(filepath.Join(r.root, "CHANGELOG.md"))
	if err != nil {
		return nil, err
	}
	wanted := []string{r.version}
	if r.snapshot {
		wanted = append(wanted, "Unreleased")
	}
	for _, want := range wanted {
		for section := range strings.SplitSeq("\n"+string(data), "\n## ") {
			heading, text, _ := strings.Cut(section, "\n")
			if name, _, _ := strings.Cut(heading, " "); name == want && strings.TrimSpace(text) != "" {
				return []byte("# E-Onay " + heading + "\n\n" + link.ReplaceAllString(strings.TrimSpace(text), "$1") + "\n"), nil
			}
		}
	}
	return nil, fmt.Errorf("CHANGELOG.md has no section ## %s with its changes", r.version)
}
