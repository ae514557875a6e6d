// Command operator packs what operators install: the program web for one processor, units for systemd, example settings, the man page, completions and
// the pages of the documentation that operators read. The same inputs give the same bytes.
//
//	go run ./packaging/operator -program FILE -arch amd64 -out FOLDER
package main

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"debug/elf"
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"time"

	eonay "github.com/e-onay/e-onay"
	"github.com/e-onay/e-onay/packaging/notices"
)

func main() {
	log.SetFlags(0)
	var p pack
	flag.StringVar(&p.program, "program", "", "the program web, a `file`")
	flag.StringVar(&p.arch, "arch", "", "its processor, as Go names it")
	flag.StringVar(&p.checkout, "checkout", ".", "top of the checkout, a `folder`")
	out := flag.String("out", "", "where the archive goes, a `folder`")
	flag.Parse()
	if p.program == "" || p.arch == "" || *out == "" || flag.NArg() > 0 {
		flag.Usage()
		os.Exit(2)
	}
	err := p.check()
	if err == nil {
		err = p.writeTo(*out)
	}
	if err != nil {
		log.Fatal(err)
	}
}

// pack is what goes into one archive.
type pack struct{ program, arch, checkout string }

// machines are processors as ELF names them.
var machines = map[string]elf.Machine{"amd64": elf.EM_X86_64, "arm64": elf.EM_AARCH64}

// check refuses a program of another processor, and one that needs libraries: it is to run on any Linux, and in an empty image.
func (p *pack) check() error {
	program, err := elf.Open(p.program)
	if err != nil {
		return fmt.Errorf("%s: %w", p.program, err)
	}
	defer program.Close()
	if machine, ok := machines[p.arch]; !ok || program.Machine != machine {
		return fmt.Errorf("%s is for %v, not for %s", p.program, program.Machine, p.arch)
	}
	libraries, err := program.ImportedLibraries()
	if err == nil && len(libraries) > 0 {
		err = fmt.Errorf("%s needs %q: build it with CGO_ENABLED=0", p.program, libraries)
	}
	return err
}

// name is that of the archive without its ending, and of the folder in it.
func (p *pack) name() string { return "e-onay-web-" + eonay.Version + "-linux-" + p.arch }

// file is a file of the archive.
type file struct {
	name string // below the archive's folder, which is unpacked into /usr/local
	from string // empty: the licences of the program
	mode int64
}

// files returns all files by their names.
func (p *pack) files() ([]file, error) {
	const doc = "share/doc/e-onay-web/"
	own := func(name string) string { return filepath.Join(p.checkout, "packaging/operator", name) }
	all := []file{
		{"bin/web", p.program, 0o755},
		{"lib/systemd/system/eonay-portal.service", own("eonay-portal.service"), 0o644},
		{"lib/systemd/system/eonay-rp.service", own("eonay-rp.service"), 0o644},
		{"share/man/man1/web.1", own("web.1"), 0o644},
		{"share/bash-completion/completions/web", own("web.bash"), 0o644},
		{doc + "portal.json.example", own("portal.json.example"), 0o644},
		{doc + "rp.json.example", own("rp.json.example"), 0o644},
		{doc + "nginx.conf.example", own("nginx.conf.example"), 0o644},
		{doc + "alarms.yml.example", own("alarms.yml.example"), 0o644},
		{doc + "LICENSES.txt", "", 0o644},
		{doc + "CHANGELOG.md", filepath.Join(p.checkout, "CHANGELOG.md"), 0o644},
	}
	pages, err := filepath.Glob(filepath.Join(p.checkout, "docs/operation/*.md"))
	if err != nil {
		return nil, err
	}
	if len(pages) == 0 {
		return nil, errors.New("docs/operation has no pages")
	}
	for _, page := range append(pages, filepath.Join(p.checkout, "docs/operation.md"), filepath.Join(p.checkout, "docs/service.md")) {
		below, err := filepath.Rel(p.checkout, page)
		if err != nil {
			return nil, err
		}
		all = append(all, file{doc + filepath.ToSlash(below), page, 0o644})
	}
	slices.SortFunc(all, func(a, b file) int { return bytes.Compare([]byte(a.name), []byte(b.name)) })
	return all, nil
}

// writeTo writes the archive into a folder.
func (p *pack) writeTo(folder string) error {
	var archive bytes.Buffer
	if err := p.write(&archive); err != nil {
		return err
	}
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(folder, p.name()+".tar.gz"), archive.Bytes(), 0o644)
}

func (p *pack) write(w io.Writer) error {
	files, err := p.files()
	if err != nil {
		return err
	}
	at, err := epoch()
	if err != nil {
		return err
	}
	compressed, err := gzip.NewWriterLevel(w, gzip.BestCompression)
	if err != nil {
		return err
	}
	archive := tar.NewWriter(compressed)
	folders := map[string]bool{}
	for _, f := range files {
		data, err := p.read(f)
		if err != nil {
			return err
		}
		name := path.Join(p.name(), f.name)
		for _, folder := range parents(name) {
			if folders[folder] {
				continue
			}
			folders[folder] = true
			if err := archive.WriteHeader(&tar.Header{Typeflag: tar.TypeDir, Name: folder + "/", Mode: 0o755, ModTime: at}); err != nil {
				return err
			}
		}
		if err := archive.WriteHeader(&tar.Header{Name: name, Mode: f.mode, Size: int64(len(data)), ModTime: at}); err != nil {
			return err
		}
		if _, err := archive.Write(data); err != nil {
			return err
		}
	}
	return errors.Join(archive.Close(), compressed.Close())
}

func (p *pack) read(f file) ([]byte, error) {
	if f.from != "" {
		return os.ReadFile(f.from)
	}
	return notices.Of(notices.Programs{OS: "linux", Arch: p.arch, Packages: []string{"./web"}})
}

// parents returns the folders of a path, the outermost first.
func parents(name string) (all []string) {
	for dir := path.Dir(name); dir != "."; dir = path.Dir(dir) {
		all = append([]string{dir}, all...)
	}
	return all
}

// epoch is the time of all files: SOURCE_DATE_EPOCH, or the first that every archive can have.
func epoch() (time.Time, error) {
	text := os.Getenv("SOURCE_DATE_EPOCH")
	if text == "" {
		return time.Date(1980, 1, 1, 0, 0, 0, 0, time.UTC), nil
	}
	seconds, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return time.Time{}, fmt.Errorf("SOURCE_DATE_EPOCH: %w", err)
	}
	return time.Unix(seconds, 0).UTC(), nil
}
