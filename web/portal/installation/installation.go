// Package installation is the feature that tells people how to get the extension and the host program, and hands out the
// operator's own files.
package installation

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"regexp"
	"time"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/web/portal/refusal"
	"github.com/e-onay/e-onay/web/portal/site"
)

// Link is a named https address.
type Link struct {
	// Name is what people read, such as the browser's; URL begins with https.
	Name string `json:"name"`
	URL  string `json:"url"`
}

// Options is what the feature offers. Both may be empty.
type Options struct {
	Links     []Link // the places where browsers get the extension
	Downloads string // a folder whose files are offered
}

type installation struct{ Options }

//go:embed pages
var files embed.FS

// Path is the feature's page.
const Path = "/kurulum"

// New returns the feature.
func New(o Options) site.Feature {
	i := &installation{o}
	return site.Feature{
		Files: files,
		Routes: []site.Route{
			{Pattern: "GET " + Path, LanguageReturn: []string{Path}, Serve: i.page},
			{Pattern: "GET " + Path + "/{file}", Serve: i.download},
		},
	}
}

const (
	// maxDownloads is how many files of the folder are offered.
	maxDownloads = 32
	// downloadTimeout is for a file of some megabytes on a slow line, where pages need seconds.
	downloadTimeout = 30 * time.Minute
)

// downloadName is what a file must be called to be offered: nothing hidden, nothing with a path.
var downloadName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._+-]{0,99}$`)

// pageView is what the page shows.
type pageView struct {
	Links     []Link
	Downloads []download
}

type download struct {
	Name string
	Size int64 // bytes
}

func (i *installation) page(v *site.Visit) error {
	downloads, err := i.downloads()
	if err != nil {
		return err
	}
	view := pageView{Links: i.Links, Downloads: downloads}
	return v.Render(http.StatusOK, "installation", view, "")
}

// downloads lists the regular files of the folder, by name.
func (i *installation) downloads() ([]download, error) {
	if i.Downloads == "" {
		return nil, nil
	}
	entries, err := os.ReadDir(i.Downloads)
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
func (i *installation) download(v *site.Visit) error {
	name := v.R.PathValue("file")
	if i.Downloads == "" || !downloadName.MatchString(name) {
		return fault.New(refusal.NotFound, nil)
	}
	root, err := os.OpenRoot(i.Downloads)
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
	v.Attach(name)
	v.W.Header().Set("Content-Type", "application/octet-stream")
	if err := http.NewResponseController(v.W).SetWriteDeadline(time.Now().Add(downloadTimeout)); err != nil {
		return fmt.Errorf("downloads: %w", err)
	}
	http.ServeContent(v.W, v.R, name, info.ModTime(), file)
	return nil
}
