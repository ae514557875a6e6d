package portal

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestCarrierToken: a token that everybody may read, or that is no token, is refused before the carrier is asked.
func TestCarrierToken(t *testing.T) {
	path := filepath.Join(t.TempDir(), "token")
	s := &Settings{Courier: &CourierSettings{URL: "https://kargo.example", TokenFile: path}}
	good := strings.Repeat("t", minCourierToken)
	for text, ok := range map[string]bool{good + "\n": true, good[1:]: false, good + " x": false, good + "\nX-Other: 1": false, strings.Repeat("t", maxCourierToken+1): false, "": false} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := openCarrier(s); (err == nil) != ok {
			t.Errorf("%.20q: %v", text, err)
		}
	}
	if err := os.WriteFile(path, []byte(good), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := openCarrier(s); err == nil {
		t.Error("a token that everybody may read was taken")
	}
	if carrier, err := openCarrier(new(Settings)); carrier != nil || err != nil {
		t.Errorf("without a courier: %v, %v", carrier, err)
	}
}
