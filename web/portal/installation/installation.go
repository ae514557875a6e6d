// Package installation is the feature that leads people to the extension and the host program, for the browser and the system
// that they have, and hands out the operator's own files.
//
// What the headers of a request say decides what the page shows first, and nothing else: all that there is stands below. The
// page's script watches both arrive. It learns nothing of readers and cards, which the extension's own page shows.
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

	eonay "github.com/e-onay/e-onay"
	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/web/portal/refusal"
	"github.com/e-onay/e-onay/web/portal/site"
)

// Options is what the feature offers. Both may be empty.
type Options struct {
	Links     []Link // the places where browsers get the extension
	Downloads string // a folder whose files are offered
}

type installation struct{ Options }

//go:embed pages static
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

// pageView is what the page shows: what is for the visitor first, then what is for others.
type pageView struct {
	Visitor  visitor
	Obstacle Obstacle
	// MinFirefox and MinChromium are the oldest versions that the extension works in.
	MinFirefox, MinChromium int

	Link       *Link // nil if no link is for the visitor's browser
	OtherLinks []Link

	Programs      []program // the best one first; empty if none is for the visitor's system
	OtherPrograms []program
	OtherFiles    []download

	// Version is that of the page library, and so of the extension that goes with it; ProgramVersion that of the first of
	// Programs, or the same.
	Version, ProgramVersion string
}

type download struct {
	Name string
	Size int64 // bytes
}

func (i *installation) page(v *site.Visit) error {
	files, err := i.downloads()
	if err != nil {
		return err
	}
	visitor := readVisitor(v.R.Header)
	view := pageView{
		Visitor: visitor, Obstacle: visitor.obstacle(), MinFirefox: minFirefox, MinChromium: minChromium,
		Version: eonay.Version, ProgramVersion: eonay.Version,
	}
	view.Link, view.OtherLinks = chooseLink(i.Links, visitor)
	programs, others := sortPrograms(files)
	view.Programs, view.OtherPrograms = choose(programs, visitor)
	view.OtherFiles = others
	if len(view.Programs) > 0 {
		view.ProgramVersion = view.Programs[0].Version
	}
	v.W.Header().Set("Cache-Control", "no-store") // it differs from browser to browser
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
