package main

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/e-onay/e-onay/test/e2e"
)

// The floor extension's names; Chromium's id follows from the key in its manifest.
const (
	floorHost         = "tr.eonay.floor"
	floorID           = "djibfmohanbmhodbcjfacbjdfpmhobde"
	floorIDForFirefox = "floor@e-onay.tr"
)

// startFloor starts a browser of its own with the bare extension and its host.
func startFloor(t e2e.T, firefox bool) *e2e.Browser {
	dir, err := os.MkdirTemp("", "eonay-floor-")
	if err != nil {
		t.Fatalf("make a folder: %v", err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	program := filepath.Join(dir, "floor")
	source := filepath.Join(e2e.Root(), "test", "bench", "floor")
	build := exec.Command("go", "build", "-o", program, source)
	build.Dir = e2e.Root()
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build the floor: %v\n%s", err, out)
	}
	profile := filepath.Join(dir, "profile")
	manifest := map[string]any{"name": floorHost, "description": "floor", "path": program, "type": "stdio"}
	hosts := filepath.Join(profile, "NativeMessagingHosts")
	if firefox { // which looks into the person's home folder, whatever the profile
		manifest["allowed_extensions"] = []string{floorIDForFirefox}
		hosts = filepath.Join(dir, ".mozilla", "native-messaging-hosts")
	} else {
		manifest["allowed_origins"] = []string{"chrome-extension://" + floorID + "/"}
	}
	writeManifest(t, hosts, manifest)
	return e2e.StartBrowser(t, e2e.BrowserOptions{
		Firefox: firefox, Profile: profile, Extension: filepath.Join(source, "extension"), Env: []string{"HOME=" + dir},
	})
}

func writeManifest(t e2e.T, dir string, manifest map[string]any) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatalf("make %s: %v", dir, err)
	}
	data, err := json.Marshal(manifest)
	if err != nil {
		t.Fatalf("encode the floor's manifest: %v", err)
	}
	if err := os.WriteFile(filepath.Join(dir, floorHost+".json"), data, 0o644); err != nil {
		t.Fatalf("write the floor's manifest: %v", err)
	}
}

// measureFloor measures the bare echo extension: a host for each command.
func measureFloor(t e2e.T) []float64 {
	page := startFloor(t, false).NewPage(e2e.StartSite(t).URL)
	return e2e.Eval[[]float64](page, `(async () => {
		const series = [];
		for (let n = 0; n < 60; n++) {
			const start = performance.now();
			await new Promise((done) => {
				const listen = (e) => {
					if (e.data?.floor !== "answer" || e.data.n !== n) return;
					window.removeEventListener("message", listen);
					done();
				};
				window.addEventListener("message", listen);
				window.postMessage({ floor: "ask", n }, "*");
			});
			series.push(performance.now() - start);
		}
		return series.slice(10);
	})()`)
}
