package portal

import (
	"errors"
	"io"
	"mime"
	"net/http"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/strictjson"
)

// location tells the page's program where to go.
type location struct {
	Location string `json:"location"`
}

// readJSON reads what a page's program sends; the body is bounded already.
func readJSON(r *http.Request) ([]byte, error) {
	mediaType, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || mediaType != "application/json" {
		return nil, fault.Errorf(fault.RequestInvalid, "content type %.60q", r.Header.Get("Content-Type"))
	}
	data, err := io.ReadAll(r.Body)
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return nil, fault.New(fault.RequestTooLarge, err)
	}
	if err != nil {
		return nil, fault.New(fault.RequestInvalid, err)
	}
	return data, nil
}

// parseJSON decodes one value, strictly.
func parseJSON(data []byte, into any) error {
	if err := strictjson.Unmarshal(data, into); err != nil {
		return fault.Errorf(fault.RequestInvalid, "%.200v", err) // it may quote what was sent
	}
	return nil
}
