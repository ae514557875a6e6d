package service

import (
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"

	"golang.org/x/sync/semaphore"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/strictjson"
	"github.com/e-onay/e-onay/web/relyingparty"
)

// call is one request of a site, with its answer.
type call struct {
	service *Service
	site    *site
	w       http.ResponseWriter
	r       *http.Request
}

// origin returns what is of the origin that the call names, or of the site's first.
func (c *call) origin() (*originSite, error) {
	all := c.r.URL.Query()["origin"]
	if len(all) == 0 {
		return c.site.first, nil
	}
	if o := c.site.origins[all[0]]; o != nil && len(all) == 1 {
		return o, nil
	}
	return nil, refused(http.StatusBadRequest, "origin: none of the site's origins")
}

// mediaType returns that of the body, without parameters.
func (c *call) mediaType() string {
	got, _, err := mime.ParseMediaType(c.r.Header.Get("Content-Type"))
	if err != nil {
		return ""
	}
	return got
}

// readJSON reads a JSON body into v.
func (c *call) readJSON(v any) error {
	if c.mediaType() != "application/json" {
		return refused(http.StatusBadRequest, "Content-Type: want application/json")
	}
	if c.r.ContentLength > maxJSON {
		return tooLarge(c.r.ContentLength, maxJSON)
	}
	return c.decode(http.MaxBytesReader(c.w, c.r.Body, maxJSON), c.r.ContentLength, v)
}

// decode reads JSON of so many bytes, -1 where that is not known, within what may be in memory at once.
func (c *call) decode(r io.Reader, size int64, v any) error {
	if size < 0 {
		size = maxJSON
	}
	for _, bodies := range []*semaphore.Weighted{c.site.bodies, c.service.bodies} { // a site waits for its own first
		if err := bodies.Acquire(c.r.Context(), size); err != nil {
			return fmt.Errorf("service: wait for memory: %w", err)
		}
		defer bodies.Release(size)
	}
	data, err := io.ReadAll(io.LimitReader(r, maxJSON+1))
	if err != nil {
		return bodyError(err)
	}
	if len(data) > maxJSON {
		return tooLarge(int64(len(data)), maxJSON)
	}
	if err := strictjson.Unmarshal(data, v); err != nil {
		return invalid(err)
	}
	return nil
}

func tooLarge(size, limit int64) error {
	return fault.Errorf(relyingparty.CodeRequestTooLarge, "%d bytes, %d at most", size, limit)
}

// bodyError is why a body could not be read.
func bodyError(err error) error {
	if tooLong, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return fault.Errorf(relyingparty.CodeRequestTooLarge, "more than %d bytes", tooLong.Limit)
	}
	return invalid(fmt.Errorf("the body: %w", err))
}
