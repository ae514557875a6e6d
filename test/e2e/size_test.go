package e2e

import (
	"os"
	"os/exec"
	"testing"
)

// TestWindowSize holds the WebAssembly to what a browser should have to load for a window: 4.6 MB, and 1.2 MB as it
// travels. The settings page has a section for each thing that can be set, and no site waits for it: 4.65 MB. The signing window has
// viewers beside, and the list: 5.2 MB. The inspector has the readers of formats and of certificates, and nobody
// waits for it: 8.5 MB, and 2 MB as it travels.
func TestWindowSize(t *testing.T) {
	windowSize(t, "sign", 5_200_000, 1_200_000)
	windowSize(t, "card", 4_600_000, 1_200_000)
	windowSize(t, "pin", 4_600_000, 1_200_000)
	windowSize(t, "manage", 4_650_000, 1_200_000)
	windowSize(t, "inspect", 8_500_000, 2_000_000)
}

func windowSize(t *testing.T, name string, limit int64, packedLimit int) {
	t.Helper()
	path := Built(t, "extension/chromium/"+name+".wasm")
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if info.Size() > limit {
		t.Errorf("%s: %d bytes, the limit is %d", name, info.Size(), limit)
	}
	packed, err := exec.Command("brotli", "-q", "9", "-c", path).Output()
	if err != nil {
		t.Fatalf("brotli: %v: run `apt-get install brotli`", err)
	}
	if len(packed) > packedLimit {
		t.Errorf("%s: %d bytes packed, the limit is %d", name, len(packed), packedLimit)
	}
}
