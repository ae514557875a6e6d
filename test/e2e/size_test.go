package e2e

import (
	"os"
	"os/exec"
	"testing"
)

// TestWindowSize holds the WebAssembly to what a browser should have to load for a window: 4.5 MB, and
// 1.2 MB as it travels.
func TestWindowSize(t *testing.T) {
	for _, name := range []string{"sign", "card", "pin", "manage"} {
		t.Run(name, func(t *testing.T) { windowSize(t, Built(t, "extension/chromium/"+name+".wasm")) })
	}
}

func windowSize(t *testing.T, path string) {
	t.Helper()
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if limit := int64(4_500_000); info.Size() > limit {
		t.Errorf("%d bytes, the limit is %d", info.Size(), limit)
	}
	packed, err := exec.Command("brotli", "-q", "9", "-c", path).Output()
	if err != nil {
		t.Fatalf("brotli: %v: run `apt-get install brotli`", err)
	}
	if limit := 1_200_000; len(packed) > limit {
		t.Errorf("%d bytes packed, the limit is %d", len(packed), limit)
	}
}
