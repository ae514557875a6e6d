package portal

import (
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"regexp"
	"time"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/web/portal/refusal"
)

const (
	// maxDownloads is how many files of the folder are offered.
	maxDownloads = 32
	// downloadTimeout is for a file of some megabytes on a slow line, where pages need seconds.
	downloadTimeout = 30 * time.Minute
)

// downloadName is what a file must be called to be offered: nothing hidden, nothing with a path.
var downloadName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._+-]{0,99}$`)

// installationView is how to get extension and host here.
type installationView struct {
	Links     []Link
	Downloads []download
}

type download struct {
	Name string
	Size int64 // bytes
}

func (p *Portal) installation(v *visit) error {
	downloads, err := p.downloads()
	if err != nil {
		return err
	}
	view := installationView{Links: p.settings.ExtensionLinks, Downloads: downloads}
	return p.render(v, http.StatusOK, "installation", view, "")
}

// downloads lists the regular files of the folder, by name.
func (p *Portal) downloads() ([]download, error) {
	if p.settings.Downloads == "" {
		return nil, nil
	}
	entries, err := os.ReadDir(p.settings.Downloads)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("downloads: %w", err)
	}
	var downloads []download
	for _, entry := range entries {
		info, err := entry.Info()
		if err != nil || !info.Mode().IsRegular() || !downloadName.MatchString(entry.Name()) {
			continue
		}
		downloads = append(downloads, download{entry.Name(), info.Size()})
		if len(downloads) == maxDownloads {
			break
		}
	}
	return downloads, nil
}

// download serves one of the folder's files; the operating system keeps it inside the folder.
func (p *Portal) download(v *visit) error {
	name := v.r.PathValue("file")
	if p.settings.Downloads == "" || !downloadName.MatchString(name) {
		return fault.New(refusal.NotFound, nil)
	}
	root, err := os.OpenRoot(p.settings.Downloads)
	if err != nil {
		return fmt.Errorf("downloads: %w", err)
	}
	defer root.Close()
	file, err := root.Open(name)
	if err != nil {
		return fault.New(refusal.NotFound, err)
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil || !info.Mode().IsRegular() {
		return fault.New(refusal.NotFound, err)
	}
	attach(v, name)
	v.w.Header().Set("Content-Type", "application/octet-stream")
	if err := http.NewResponseController(v.w).SetWriteDeadline(time.Now().Add(downloadTimeout)); err != nil {
		return fmt.Errorf("downloads: %w", err)
	}
	http.ServeContent(v.w, v.r, name, info.ModTime(), file)
	return nil
}
