package portal

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"io/fs"
	"net/http"
	"path"
	"time"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/look"
	"github.com/e-onay/e-onay/web/client"
	"github.com/e-onay/e-onay/web/portal/refusal"
)

//go:embed static
var static embed.FS

// asset is a file that the pages load.
type asset struct {
	content   []byte
	mediaType string
	tag       string
}

var mediaTypes = map[string]string{
	".css": "text/css; charset=utf-8",
	".js":  "text/javascript; charset=utf-8",
	".svg": "image/svg+xml",
}

// readAssets collects the portal's own files, the look it shares with the window, and the page library.
func readAssets() (map[string]asset, error) {
	own, err := fs.Sub(static, "static")
	if err != nil {
		return nil, fmt.Errorf("portal: %w", err)
	}
	assets := map[string]asset{"look.css": newAsset("look.css", []byte(look.CSS))}
	for _, files := range []fs.FS{own, client.Files} {
		names, err := fs.Glob(files, "*.*")
		if err != nil {
			return nil, fmt.Errorf("portal: %w", err)
		}
		for _, name := range names {
			content, err := fs.ReadFile(files, name)
			if err != nil {
				return nil, fmt.Errorf("portal: %w", err)
			}
			assets[name] = newAsset(name, content)
		}
	}
	return assets, nil
}

func newAsset(name string, content []byte) asset {
	sum := sha256.Sum256(content)
	return asset{content, mediaTypes[path.Ext(name)], `"` + hex.EncodeToString(sum[:12]) + `"`}
}

// asset serves a file; browsers ask each time whether theirs is still the current one.
func (p *Portal) asset(v *visit) error {
	a, ok := p.static[v.r.PathValue("file")]
	if !ok {
		return fault.New(refusal.NotFound, nil)
	}
	h := v.w.Header()
	h.Set("Content-Type", a.mediaType)
	h.Set("Cache-Control", "no-cache")
	h.Set("ETag", a.tag)
	http.ServeContent(v.w, v.r, "", time.Time{}, bytes.NewReader(a.content))
	return nil
}
