package desk

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	_ "image/jpeg" // what scanners write
	_ "image/png"
	"strconv"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/pdf"
	"github.com/e-onay/e-onay/web/portal/application"
	"github.com/e-onay/e-onay/web/portal/refusal"
	"github.com/e-onay/e-onay/web/portal/site"
	"github.com/e-onay/e-onay/web/portal/store"
)

const (
	fieldScan = "tarama"
	// maxScanForm bounds the form of a paper with its scan, in bytes.
	maxScanForm = application.MaxScan + 64<<10
	// maxPixels is of an A3 page at 600 dots an inch, and some more: what is larger in a small file is made to fill the memory of who opens it.
	maxPixels = 80_000_000
)

// takeScan puts the scan of a paper into the change that approves on it. Where the settings allow it, there may be none.
func (d *desk) takeScan(v *site.Visit, c *application.Change) error {
	content, err := v.Uploaded(fieldScan, application.MaxScan)
	if err != nil {
		return err
	}
	if len(content) == 0 && d.PaperWithoutScan {
		return nil
	}
	if c.Scan, err = readScan(content); err != nil {
		return fault.New(refusal.ScanInvalid, err)
	}
	c.Basis = application.PaperBasis(c.Basis, c.Scan)
	return nil
}

// readScan looks at the beginning of a picture, and at the structure of a PDF. What is drawn there is for the officer to look at.
func readScan(content []byte) (application.Scan, error) {
	if pdf.IsPDF(content) {
		if _, err := pdf.OpenTolerant(bytes.NewReader(content), int64(len(content))); err != nil {
			return application.Scan{}, err
		}
		return application.Scan{MediaType: "application/pdf", Content: content}, nil
	}
	picture, format, err := image.DecodeConfig(bytes.NewReader(content))
	if err != nil {
		return application.Scan{}, err
	}
	if picture.Width < 1 || picture.Height < 1 || picture.Width > maxPixels/picture.Height {
		return application.Scan{}, fmt.Errorf("a picture of %d by %d", picture.Width, picture.Height)
	}
	return application.Scan{MediaType: "image/" + format, Content: content}, nil
}

// scan sends the scan of the paper on which a version of an application was approved, to be saved: a browser opens none by itself.
func (d *desk) scan(v *site.Visit, o officer) error {
	a, err := d.load(v, o)
	if err != nil {
		return err
	}
	version, err := strconv.Atoi(v.R.PathValue("version"))
	if err != nil || !o.has(store.Reviewer) {
		return fault.New(refusal.NotFound, err)
	}
	scan, err := d.Store.PaperScan(v.R.Context(), a.Reference, version)
	if errors.Is(err, store.ErrNotFound) {
		return fault.New(refusal.NotFound, nil)
	}
	if err != nil {
		return fmt.Errorf("scan: %w", err)
	}
	v.Attach(a.Reference + scan.Extension())
	return v.AnswerBytes(scan.MediaType, scan.Content)
}
