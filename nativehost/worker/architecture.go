package worker

import (
	"debug/elf"
	"debug/macho"
	"debug/pe"
	"os"
	"runtime"
	"slices"
	"strings"

	"github.com/e-onay/e-onay/internal/fault"
)

// CheckArchitecture refuses, with code module_architecture, a library that was built for processors other
// than this program was. Loaders are vague about it, and drivers for Intel are common on
// other Macs. What is not a library at all is left to the loader.
func CheckArchitecture(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return nil // so is a missing file
	}
	defer f.Close()
	built := architectures(f)
	if len(built) == 0 || slices.Contains(built, runtime.GOARCH) {
		return nil
	}
	return fault.Errorf(fault.ModuleArchitecture, "built for %s; this program is for %s", strings.Join(built, ", "), runtime.GOARCH)
}

// architectures are those that the library in f was built for, in Go's names where Go has one: none where
// f is no library of a known format.
func architectures(f *os.File) []string {
	if file, err := elf.NewFile(f); err == nil {
		return []string{elfArchitecture(file.Machine, file.Class)}
	}
	if file, err := pe.NewFile(f); err == nil && file.Machine != pe.IMAGE_FILE_MACHINE_UNKNOWN {
		return []string{name(peNames, file.Machine, "another Windows processor")}
	}
	if file, err := macho.NewFile(f); err == nil {
		return []string{name(machoNames, file.Cpu, file.Cpu.String())}
	}
	fat, err := macho.NewFatFile(f)
	if err != nil {
		return nil
	}
	var out []string
	for _, a := range fat.Arches {
		out = append(out, name(machoNames, a.Cpu, a.Cpu.String()))
	}
	return out
}

func elfArchitecture(machine elf.Machine, class elf.Class) string {
	if class == elf.ELFCLASS32 && machine == elf.EM_X86_64 {
		return "x32"
	}
	return name(elfNames, machine, machine.String())
}

var (
	elfNames   = map[elf.Machine]string{elf.EM_X86_64: "amd64", elf.EM_386: "386", elf.EM_AARCH64: "arm64", elf.EM_ARM: "arm", elf.EM_RISCV: "riscv64"}
	machoNames = map[macho.Cpu]string{macho.CpuAmd64: "amd64", macho.Cpu386: "386", macho.CpuArm64: "arm64", macho.CpuArm: "arm"}
	peNames    = map[uint16]string{pe.IMAGE_FILE_MACHINE_AMD64: "amd64", pe.IMAGE_FILE_MACHINE_I386: "386", pe.IMAGE_FILE_MACHINE_ARM64: "arm64", pe.IMAGE_FILE_MACHINE_ARMNT: "arm"}
)

func name[K comparable](names map[K]string, key K, other string) string {
	if n, ok := names[key]; ok {
		return n
	}
	return other
}
