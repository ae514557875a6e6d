//go:build linux

package worker_test

import (
	"bytes"
	"encoding/binary"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/e-onay/e-onay/internal/fault"
)

// thin is a Mach-O library's header and nothing more (loader.h: mach_header_64).
func thin(cpu uint32) []byte {
	var b bytes.Buffer
	_ = binary.Write(&b, binary.LittleEndian, []uint32{0xfeedfacf, cpu, 0, 6, 0, 0, 0, 0})
	return b.Bytes()
}

// fat is a universal Mach-O library (fat.h).
func fat(cpus ...uint32) []byte {
	const first, size = 4096, 32
	var b bytes.Buffer
	_ = binary.Write(&b, binary.BigEndian, []uint32{0xcafebabe, uint32(len(cpus))})
	for i, cpu := range cpus {
		_ = binary.Write(&b, binary.BigEndian, []uint32{cpu, 0, uint32(first * (i + 1)), size, 12})
	}
	for i, cpu := range cpus {
		b.Write(make([]byte, first*(i+1)-b.Len()))
		b.Write(thin(cpu))
	}
	return b.Bytes()
}

// windows is a DLL's headers and nothing more.
func windows(machine uint16) []byte {
	b := make([]byte, 256)
	copy(b, "MZ")
	b[0x3c] = 0x80
	copy(b[0x80:], "PE\x00\x00")
	binary.LittleEndian.PutUint16(b[0x84:], machine)
	return b
}

const (
	machoAMD64, machoARM64 = 0x01000007, 0x0100000c
	peAMD64, peARM64       = 0x8664, 0xaa64
	elfAMD64, elfARM64     = 62, 183
)

// A library for other processors is told as that, with both names; one that is none at all, or for these,
// is left to the loader.
func TestArchitectureIsReported(t *testing.T) {
	real, err := os.ReadFile(softHSM(t))
	if err != nil {
		t.Fatal(err)
	}
	otherELF, otherMach, otherPE, other := uint16(elfARM64), uint32(machoARM64), uint16(peARM64), "arm64"
	sameMach := uint32(machoAMD64)
	if runtime.GOARCH == "arm64" {
		otherELF, otherMach, otherPE, other = elfAMD64, machoAMD64, peAMD64, "amd64"
		sameMach = machoARM64
	}
	foreign := bytes.Clone(real)
	binary.LittleEndian.PutUint16(foreign[18:], otherELF) // e_machine
	unnamed := bytes.Clone(real)
	binary.LittleEndian.PutUint16(unnamed[18:], 22)
	for _, tt := range []struct {
		name  string
		file  []byte
		code  fault.Code
		built string
	}{
		{"Linux", foreign, fault.ModuleArchitecture, other},
		{"Linux, a mainframe", unnamed, fault.ModuleArchitecture, "EM_S390"},
		{"Linux, header alone", foreign[:64], fault.ModuleFailed, ""},
		{"macOS", thin(otherMach), fault.ModuleArchitecture, other},
		{"macOS, two", fat(otherMach, 12), fault.ModuleArchitecture, other + ", arm;"},
		{"macOS, two, one of them this", fat(otherMach, sameMach), fault.ModuleFailed, ""},
		{"Windows", windows(otherPE), fault.ModuleArchitecture, other},
		{"zeros", make([]byte, 4096), fault.ModuleFailed, ""},
		{"text", []byte("not a library"), fault.ModuleFailed, ""},
		{"nothing", nil, fault.ModuleFailed, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "library.so")
			if err := os.WriteFile(path, tt.file, 0o600); err != nil {
				t.Fatal(err)
			}
			c := client(t, path, generous)
			for range 2 { // the second child says the same
				_, err := c.List(t.Context())
				if codeOf(err) != tt.code || tt.built != "" && !strings.Contains(err.Error(), "built for "+tt.built) {
					t.Fatalf("got %v, want %s", err, tt.code)
				}
			}
		})
	}
}
