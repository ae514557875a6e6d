package signaturecheck

import (
	"bytes"
	"io"
	"log/slog"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/validation"
	"github.com/e-onay/e-onay/web/portal/refusal"
	"github.com/e-onay/e-onay/web/portal/site"
)

// FuzzUpload reads forms: whatever comes is refused by a code or within its limits, and leaves nothing on the disk.
func FuzzUpload(f *testing.F) {
	f.Add([]byte(oneFile))
	f.Add([]byte(readable(f)))
	f.Add([]byte(strings.Replace(oneFile, "imza", "icerik", 1)))
	f.Add([]byte(strings.Replace(oneFile, "Onay", strings.Repeat("O", 3<<19), 1)))
	f.Add([]byte("--b\r\nContent-Disposition: form-data; name=bicim\r\n\r\njson\r\n" + oneFile))
	f.Add([]byte("--b\r\nContent-Disposition: form-data; name*=utf-8''imza; filename*=utf-8''%2e%2e%2f\r\n\r\n\r\n--b--"))
	temp := f.TempDir()
	f.Setenv("TMPDIR", temp)
	c := newChecker(Options{Settings: Settings{MaxContentMiB: 1}, Policy: validation.DefaultPolicy(), Log: slog.New(slog.DiscardHandler), Now: time.Now})
	f.Fuzz(func(t *testing.T, body []byte) {
		r := httptest.NewRequest("POST", Path, bytes.NewReader(body))
		r.Header.Set("Content-Type", "multipart/form-data; boundary=b")
		u, err := c.readUpload(&site.Visit{W: &deadlines{ResponseWriter: httptest.NewRecorder()}, R: r})
		switch code := fault.CodeOf(err); {
		case err == nil:
			if u.signature.Content.Size > maxSignature || u.content != nil && u.content.Content.Size > 1<<20 || len(u.signature.shown()) > 1000 {
				t.Errorf("%d bytes, named %q", u.signature.Content.Size, u.signature.shown())
			}
			if _, err := io.Copy(io.Discard, io.NewSectionReader(u.signature.Content.Reader, 0, u.signature.Content.Size)); err != nil {
				t.Error(err)
			}
			u.close()
		case code != refusal.CheckUpload && code != refusal.CheckNoFile && code != refusal.CheckTooLarge:
			t.Errorf("%q: %v", code, err)
		}
		if left, err := os.ReadDir(temp); err != nil || len(left) > 0 {
			t.Errorf("left on the disk: %v, %v", left, err)
		}
	})
}
