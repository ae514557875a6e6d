package installation_test

import (
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/e-onay/e-onay/web/portal"
	"github.com/e-onay/e-onay/web/portal/portaltest"
)

// slowLine remembers until when an answer may be written.
type slowLine struct {
	*httptest.ResponseRecorder
	deadline time.Time
}

func (s *slowLine) SetWriteDeadline(at time.Time) error {
	s.deadline = at
	return nil
}

func TestDownloads(t *testing.T) {
	folder, outside := t.TempDir(), t.TempDir()
	portaltest.WriteFile(t, folder+"/eonay-host_1.0_amd64.deb", "paket")
	portaltest.WriteFile(t, folder+"/.hidden", "secret")
	portaltest.WriteFile(t, folder+"/a b", "space")
	portaltest.WriteFile(t, outside+"/secret", "secret")
	for _, err := range []error{os.Symlink(outside+"/secret", folder+"/link"), os.Mkdir(folder+"/folder", 0o700)} {
		if err != nil {
			t.Fatal(err)
		}
	}
	b := portaltest.NewSite(t, func(o *portal.Settings) { o.Downloads = folder }).Anybody()

	page := b.Get("/kurulum").Body
	if strings.Count(page, `href="/kurulum/`) != 1 || !strings.Contains(page, `href="/kurulum/eonay-host_1.0_amd64.deb"`) {
		t.Errorf("the page offers other files than the one:\n%s", page)
	}
	a := b.Get("/kurulum/eonay-host_1.0_amd64.deb")
	if a.Body != "paket" || !strings.HasPrefix(a.Header.Get("Content-Disposition"), "attachment") {
		t.Errorf("got %+v", a)
	}
	w := &slowLine{ResponseRecorder: httptest.NewRecorder()}
	b.Server.Config.Handler.ServeHTTP(w, httptest.NewRequest("GET", "/kurulum/eonay-host_1.0_amd64.deb", nil))
	if left := time.Until(w.deadline); w.Body.String() != "paket" || left < 20*time.Minute {
		t.Errorf("a slow line has %v for a download", left)
	}
	for _, name := range []string{".hidden", "a%20b", "link", "folder", "yok", "..", "..%2f", "%2e%2e%2fsecret", "%00"} {
		if a := b.Get("/kurulum/" + name); a.Status == http.StatusOK {
			t.Errorf("%s: served", name)
		}
	}
}
