package sandbox

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net"
	"net/http"
	"net/url"

	"github.com/e-onay/e-onay/internal/strictjson"
)

// maxJSON is the longest request body of /ca and /admin.
const maxJSON = 16 << 10

// localOnly returns the guard of what an operator may do and a web page may not: the request comes
// from this machine, is addressed to address or the same port of 127.0.0.1 (a rebound DNS name is
// not), and no browser sent it on behalf of a page.
func localOnly(address string) func(http.Handler) http.Handler {
	own, err := url.Parse(address)
	if err != nil {
		panic(err) // open made the address itself
	}
	hosts := map[string]bool{own.Host: true, net.JoinHostPort("127.0.0.1", own.Port()): true}
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			peer, _, err := net.SplitHostPort(r.RemoteAddr)
			switch {
			case err != nil || !net.ParseIP(peer).IsLoopback():
				refuse(w, http.StatusForbidden, errors.New("only from this machine"))
			case !hosts[r.Host]:
				refuse(w, http.StatusForbidden, fmt.Errorf("not addressed to %s", address))
			case r.Header.Get("Origin") != "" || r.Header.Get("Sec-Fetch-Site") != "":
				refuse(w, http.StatusForbidden, errors.New("not for web pages"))
			default:
				next.ServeHTTP(w, r)
			}
		})
	}
}

// refuse answers with a status and a reason for the developer at the other end.
func refuse(w http.ResponseWriter, status int, reason error) {
	answer(w, status, map[string]string{"error": reason.Error()})
}

func answer(w http.ResponseWriter, status int, body any) {
	text, err := json.Marshal(body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = w.Write(append(text, '\n')) // the client may have gone
}

// decodeJSON reads one JSON object into body, which must know all of its fields. Where it returns
// false the request has been answered.
func decodeJSON(w http.ResponseWriter, r *http.Request, body any) bool {
	media, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || media != "application/json" {
		refuse(w, http.StatusUnsupportedMediaType, errors.New("the body must be application/json"))
		return false
	}
	text, ok := readBody(w, r, maxJSON)
	if !ok {
		return false
	}
	if err := strictjson.Unmarshal(text, body); err != nil {
		refuse(w, http.StatusBadRequest, err)
		return false
	}
	return true
}

// readBody reads at most limit bytes. Where it returns false the request has been answered.
func readBody(w http.ResponseWriter, r *http.Request, limit int64) ([]byte, bool) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, limit))
	if err == nil {
		return body, true
	}
	if tooLong := (*http.MaxBytesError)(nil); errors.As(err, &tooLong) {
		refuse(w, http.StatusRequestEntityTooLarge, fmt.Errorf("more than %d bytes", limit))
		return nil, false
	}
	refuse(w, http.StatusBadRequest, errors.New("the body could not be read"))
	return nil, false
}
