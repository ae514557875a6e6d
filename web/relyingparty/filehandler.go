package relyingparty

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net/http"
	"os"
	"strconv"
)

// DefaultMaxFile is the largest signed file that a FileHandler takes, in bytes, unless it says otherwise.
const DefaultMaxFile = MaxRequest + 32<<20

// FileHandler serves the signing of documents in any format: what the page asks for, and what it sends. Origin, Verifier,
// Request and Signed are required. Fields must not be changed while it is in use; its methods are safe for concurrent use.
type FileHandler struct {
	// Origin is the site's own, as in Login.
	Origin   string
	Verifier *Verifier
	// Request returns what the person who asks is to sign, with the site's own copies of the documents. Its Signed is left to Requests.
	Request func(w http.ResponseWriter, r *http.Request) (SignRequest, error)
	// Signed records what became of the document with this number (0 where all are signed together): the file, which is gone
	// when Signed returns, and its evidence, in one transaction that also sees that the document was still to be signed. It returns
	// where the page goes then, and must look whose signature it is (Evidence.Of).
	Signed func(w http.ResponseWriter, r *http.Request, document int, file SignedFile, e *Evidence) (location string, err error)
	// Requests signs what the page asks for; nil means that it is not signed. Its Origin is this one.
	Requests *RequestSigner
	// MaxFile is the largest signed file that is taken, in bytes; 0 means DefaultMaxFile.
	MaxFile int64
	// Dir is where a file lies while it is judged, without a name; empty means os.TempDir.
	Dir string
	// Log gets refusals and their causes; nil means slog.Default.
	Log *slog.Logger
}

// ServeRequest answers a GET with the request for the page library's sign, as JSON.
func (h *FileHandler) ServeRequest(w http.ResponseWriter, r *http.Request) {
	exchange{w, r, h.Origin, h.Log}.serve(http.MethodGet, func() (any, error) {
		request, err := h.Request(w, r)
		if err != nil {
			return nil, err
		}
		return h.Requests.Signature(request)
	})
}

// ServeFile takes a POST of a signed file, application/octet-stream, and answers with {"location": …}. The parameter
// "document" of the address is the number of the document in the request, 0 where it is left out.
func (h *FileHandler) ServeFile(w http.ResponseWriter, r *http.Request) {
	x := exchange{w, r, h.Origin, h.Log}
	x.serve(http.MethodPost, func() (any, error) {
		number, err := documentNumber(r)
		if err != nil {
			return nil, err
		}
		request, err := h.Request(w, r)
		if err != nil {
			return nil, err
		}
		limit := h.MaxFile
		if limit == 0 {
			limit = DefaultMaxFile
		}
		spool, err := x.spool(h.Dir, "application/octet-stream", limit)
		if err != nil {
			return nil, err
		}
		defer spool.Close()
		file, err := request.File(number, spool.content)
		if err != nil {
			return nil, err
		}
		evidence, err := h.Verifier.VerifyFile(r.Context(), file)
		if err != nil {
			return nil, err
		}
		to, err := h.Signed(w, r, number, file, evidence)
		return location{to}, err
	})
}

func documentNumber(r *http.Request) (int, error) {
	text := r.URL.Query().Get("document")
	if text == "" {
		return 0, nil
	}
	number, err := strconv.ParseUint(text, 10, 16)
	if err != nil {
		return 0, NewError(CodeRequestInvalid, errors.New("a document that is no number"))
	}
	return int(number), nil
}

// spooled is a file that has no name where the system allows that, and is gone once it is closed.
type spooled struct {
	*os.File
	content *io.SectionReader
}

// Close removes the file.
func (s *spooled) Close() error {
	return errors.Join(s.File.Close(), removeSpool(s.Name()))
}

func removeSpool(name string) error {
	if err := os.Remove(name); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return nil
}

// spool writes the request's body to a file, if it is of the media type and has at most so many bytes.
func (x exchange) spool(dir, mediaType string, limit int64) (*spooled, error) {
	if err := x.checkMediaType(mediaType); err != nil {
		return nil, err
	}
	if x.r.ContentLength > limit {
		return nil, NewError(CodeRequestTooLarge, fmt.Errorf("%d bytes", x.r.ContentLength))
	}
	file, err := os.CreateTemp(dir, "signed-*")
	if err != nil {
		return nil, err
	}
	_ = removeSpool(file.Name()) // Windows does not, and Close does
	size, err := io.Copy(file, http.MaxBytesReader(x.w, x.r.Body, limit))
	if err != nil {
		if _, ours := errors.AsType[*fs.PathError](err); !ours {
			err = bodyError(err)
		}
		s := spooled{File: file}
		return nil, errors.Join(err, s.Close())
	}
	return &spooled{file, io.NewSectionReader(file, 0, size)}, nil
}
