package seal

import (
	"errors"
	"io"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/web/portal/site"
)

// Limits of the form.
const (
	maxParts = 4
	maxTyped = 100      // bytes of a field
	maxFile  = 32 << 10 // bytes of a certificate, in PEM too
	maxBody  = maxFile + 8<<10
)

// The fields of the form.
const (
	fieldTax    = "vkn"
	fieldSerial = "seri"
	fieldFile   = "sertifika"
)

// question is what the form has brought.
type question struct {
	tax, serial string
	file        []byte
}

// readQuestion reads the form part by part; the route bounds the body.
func readQuestion(v *site.Visit) (q question, err error) {
	form, err := v.R.MultipartReader()
	if err != nil {
		return q, fault.New(fault.RequestInvalid, err)
	}
	seen := map[string]bool{}
	for {
		part, err := form.NextPart()
		if errors.Is(err, io.EOF) {
			return q, nil
		}
		if err != nil {
			return q, site.BodyError(err)
		}
		name := part.FormName()
		if seen[name] || len(seen) == maxParts {
			return q, fault.Errorf(fault.RequestInvalid, "a form of more than %d parts, or a field twice", maxParts)
		}
		seen[name] = true
		most := int64(maxTyped)
		if name == fieldFile {
			most = maxFile
		}
		data, err := io.ReadAll(io.LimitReader(part, most+1))
		if err != nil {
			return q, site.BodyError(err)
		}
		if int64(len(data)) > most {
			return q, fault.Errorf(fault.RequestTooLarge, "a field of more than %d bytes", most)
		}
		switch name {
		case fieldTax:
			q.tax = string(data)
		case fieldSerial:
			q.serial = string(data)
		case fieldFile:
			q.file = data
		}
	}
}
