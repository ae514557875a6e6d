// Package packages proves the packages for Linux where they are installed: in a clean Debian, with its browsers, its smart card
// service and OpenSC, and nothing of this repository but the package and the extension.
//
// The system is a folder that mmdebstrap has made once (make packages-root) below a layer in memory, which takes every
// change. All is mounted in a namespace of the test's own, and is gone with its process, whatever becomes of it: nothing is
// written to the /etc and /usr of the machine that tests.
package packages

import (
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/e-onay/e-onay/test/e2e"
)

// A system is a clean Debian in root. What has changed in it is in upper.
type system struct {
	t           *testing.T
	root, upper string
}

// shared is a folder that is the same in the system and outside: homes of people are in it.
var shared string

// newSystem mounts the system in a folder that nothing else uses. Nothing removes a folder in which something is mounted.
func newSystem(t *testing.T) *system {
	t.Helper()
	packages := filepath.Join(e2e.Root(), "build", "packages")
	clean := filepath.Join(packages, "clean")
	if _, err := os.Stat(filepath.Join(clean, "etc", "debian_version")); err != nil {
		t.Fatalf("there is no clean system: %v. Run: make packages-test", err)
	}
	layers := filepath.Join(packages, "layers")
	s := &system{t: t, root: filepath.Join(layers, "root"), upper: filepath.Join(layers, "upper")}
	work := filepath.Join(layers, "work")
	s.make(layers)
	s.mount("tmpfs", layers, "tmpfs", 0, "")
	s.make(s.root, s.upper, work)
	s.mount("overlay", s.root, "overlay", 0, fmt.Sprintf("lowerdir=%s,upperdir=%s,workdir=%s", clean, s.upper, work))
	s.mount("proc", filepath.Join(s.root, "proc"), "proc", 0, "")
	s.mount("/sys", filepath.Join(s.root, "sys"), "", unix.MS_BIND, "")
	s.mount("/dev", filepath.Join(s.root, "dev"), "", unix.MS_BIND, "")
	s.mount("tmpfs", filepath.Join(s.root, "dev", "shm"), "tmpfs", 0, "")
	s.mount("tmpfs", filepath.Join(s.root, "tmp"), "tmpfs", 0, "")
	s.make(filepath.Join(s.root, shared))
	s.mount(shared, filepath.Join(s.root, shared), "", unix.MS_BIND, "")
	return s
}

func (s *system) make(folders ...string) {
	s.t.Helper()
	for _, folder := range folders {
		if err := os.MkdirAll(folder, 0o755); err != nil {
			s.t.Fatal(err)
		}
	}
}

func (s *system) mount(what, where, kind string, flags uintptr, options string) {
	s.t.Helper()
	if err := unix.Mount(what, where, kind, flags, options); err != nil {
		s.t.Fatalf("mount %s on %s: %v", what, where, err)
	}
}

// try runs a command in the system as root with a home, and returns what it says.
func (s *system) try(home, name string, arguments ...string) (string, error) {
	return s.as(0, home, name, arguments...)
}

// as is try as another user.
func (s *system) as(user uint32, home, name string, arguments ...string) (string, error) {
	command := exec.Command(name, arguments...)
	command.SysProcAttr, command.Dir = &syscall.SysProcAttr{Chroot: s.root, Credential: &syscall.Credential{Uid: user, Gid: user}}, "/"
	command.Env = []string{"PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LANG=C.UTF-8", "HOME=" + home, "XDG_CONFIG_HOME=" + filepath.Join(home, ".config")}
	out, err := command.CombinedOutput()
	return string(out), err
}

// run is try of a command that must succeed.
func (s *system) run(home, name string, arguments ...string) string {
	s.t.Helper()
	out, err := s.try(home, name, arguments...)
	if err != nil {
		s.t.Fatalf("%s %q: %v\n%s", name, arguments, err, out)
	}
	return out
}

// install gives the package to dpkg, as a person's program for packages does in the end.
func (s *system) install(deb string) {
	s.t.Helper()
	data, err := os.ReadFile(deb)
	if err != nil {
		s.t.Fatalf("%v. Run: make packages-test", err)
	}
	path := filepath.Join(shared, filepath.Base(deb))
	if err := os.WriteFile(path, data, 0o600); err != nil {
		s.t.Fatal(err)
	}
	s.run("/root", "/usr/bin/dpkg", "--install", path)
	if changed := s.run("/root", "/usr/bin/dpkg", "--verify", "e-onay"); changed != "" {
		s.t.Fatalf("not as in the package:\n%s", changed)
	}
}

// changed are the paths that are other than in the clean system, without what dpkg writes of itself.
func (s *system) changed() (paths []string) {
	s.t.Helper()
	err := filepath.WalkDir(s.upper, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		inside, err := filepath.Rel(s.upper, path)
		if !slices.ContainsFunc([]string{"var/lib/dpkg/", "var/log/", "var/cache/"}, func(dir string) bool { return strings.HasPrefix(inside, dir) }) {
			paths = append(paths, inside)
		}
		return err
	})
	if err != nil {
		s.t.Fatal(err)
	}
	return paths
}
