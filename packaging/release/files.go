package main

import (
	"crypto/sha256"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// parts are the files of a release by their names, with V for the version, as in docs/packages.md. What is not here is
// left over of something else, and is in no release.
var parts = []string{
	"e-onay_V_amd64.deb", "e-onay_V_arm64.deb", "e-onay-V-1.x86_64.rpm", "e-onay-V-1.aarch64.rpm",
	"e-onay-V-x64.msi", "e-onay-V-x64-user.msi",
	"e-onay-V-chromium.zip", "e-onay-V-firefox.zip", "e-onay-V-firefox-source.zip",
	"e-onay-client-V.tgz", "e-onay-go-V.zip",
	"e-onay-web-V-linux-amd64.tar.gz", "e-onay-web-V-linux-arm64.tar.gz",
	"e-onay-policy-V.zip",
	"e-onay-V.cdx.json", "NOTES.md",
}

// sums is the list of digests, which names every part; the signature is over it.
const sums, signature = "SHA256SUMS", "SHA256SUMS.minisig"

// version is what V stands for in the names of files.
var version = regexp.MustCompile(`\d+\.\d+\.\d+`)

// isPart reports whether a name is that of a file of a release, of whatever version.
func isPart(name string) bool {
	if name == sums || name == signature {
		return true
	}
	return slices.ContainsFunc(parts, func(part string) bool { return part == version.ReplaceAllString(name, "V") })
}

// empty makes the folder, or removes what an earlier release has left in it. A mistyped -dir must not cost anybody a folder:
// a file with another name stops it.
func (r *release) empty() error {
	if err := os.MkdirAll(r.dir, 0o755); err != nil {
		return err
	}
	entries, err := os.ReadDir(r.dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if e.IsDir() || !isPart(e.Name()) {
			return fmt.Errorf("%s is no file of a release: remove it yourself, if nobody needs it", r.path(e.Name()))
		}
	}
	for _, e := range entries {
		if err := os.Remove(r.path(e.Name())); err != nil {
			return err
		}
	}
	return nil
}

// digests returns the SHA-256 of every part in a folder, by name. It refuses what is no part of this version.
func (r *release) digests(dir string) (map[string]string, error) {
	known := map[string]bool{sums: true, signature: true}
	for _, part := range parts {
		known[strings.Replace(part, "V", r.version, 1)] = true
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	digests := map[string]string{}
	for _, e := range entries {
		name := e.Name()
		if !known[name] || !e.Type().IsRegular() {
			return nil, fmt.Errorf("%s is no file of release %s", filepath.Join(dir, name), r.version)
		}
		if name != sums && name != signature {
			digests[name], err = digest(filepath.Join(dir, name))
			if err != nil {
				return nil, err
			}
		}
	}
	return digests, nil
}

func digest(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	h := sha256.New()
	_, err = io.Copy(h, f)
	return fmt.Sprintf("%x", h.Sum(nil)), err
}

// writeSums writes the digest of every part, as sha256sum reads it. A release has all parts; a trial says what it has not.
func (r *release) writeSums() error {
	digests, err := r.digests(r.dir)
	if err != nil {
		return err
	}
	var missing []string
	for _, part := range parts {
		if name := strings.Replace(part, "V", r.version, 1); digests[name] == "" {
			missing = append(missing, name)
		}
	}
	if len(missing) > 0 && !r.snapshot {
		return fmt.Errorf("not a whole release: %s missing", strings.Join(missing, ", "))
	}
	if len(missing) > 0 {
		fmt.Fprintf(r.out, "a trial, without %s\n", strings.Join(missing, ", "))
	}
	var list strings.Builder
	for _, name := range slices.Sorted(maps.Keys(digests)) {
		fmt.Fprintf(&list, "%s  %s\n", digests[name], name)
	}
	return os.WriteFile(r.path(sums), []byte(list.String()), 0o644)
}

// compare names every part that differs between this release and one that was built elsewhere.
func (r *release) compare(other string) error {
	here, err := r.digests(r.dir)
	if err != nil {
		return err
	}
	there, err := r.digests(other)
	if err != nil {
		return err
	}
	all := maps.Clone(here)
	maps.Copy(all, there)
	var different []string
	for _, name := range slices.Sorted(maps.Keys(all)) {
		if here[name] != there[name] {
			different = append(different, name)
		}
	}
	if len(different) > 0 || len(all) == 0 {
		return fmt.Errorf("of %d files these are not the same bytes: %s", len(all), strings.Join(different, ", "))
	}
	fmt.Fprintf(r.out, "%d files, the same bytes\n", len(all))
	return nil
}
