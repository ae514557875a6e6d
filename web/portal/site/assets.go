package site

import (
	"bytes"
	"crypto/sha256"
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

// readAssets collects the features' own files, the look that the site shares with the window, and the page library.
func readAssets(features []fs.FS) (map[string]asset, error) {
	assets := map[string]asset{"look.css": newAsset("look.css", []byte(look.CSS))}
	collect := func(files fs.FS, pattern string) error {
		names, err := fs.Glob(files, pattern)
		if err != nil {
			return err
		}
		for _, name := range names {
			content, err := fs.ReadFile(files, name)
			if err != nil {
				return err
			}
			if _, taken := assets[path.Base(name)]; taken {
				return fmt.Errorf("two files are called %q", path.Base(name))
			}
			assets[path.Base(name)] = newAsset(name, content)
		}
		return nil
	}
	for _, files := range features {
		if err := collect(files, "static/*.*"); err != nil {
			return nil, err
		}
	}
	return assets, collect(client.Files, "*.*")
}

func newAsset(name string, content []byte) asset {
	sum := sha256.Sum256(content)
	return asset{content, mediaTypes[path.Ext(name)], `"` + hex.EncodeToString(sum[:12]) + `"`}
}

// asset serves a file; browsers ask each time whether theirs is still the current one.
func (s *Site) asset(v *Visit) error {
	a, ok := s.static[v.R.PathValue("file")]
	if !ok {
		return fault.New(refusal.NotFound, nil)
	}
	h := v.W.Header()
	h.Set("Content-Type", a.mediaType)
	h.Set("Cache-Control", "no-cache")
	h.Set("ETag", a.tag)
	http.ServeContent(v.W, v.R, "", time.Time{}, bytes.NewReader(a.content))
	return nil
}
