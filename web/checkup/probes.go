package checkup

import (
	"context"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/e-onay/e-onay/internal/pki"
	"github.com/e-onay/e-onay/internal/revocation"
)

const (
	maxCertificates = 4 << 20 // bytes of a file
	soon            = 90 * 24 * time.Hour
	// clockTolerance is how far the clock may be from those of servers, whose dates have whole seconds.
	clockTolerance = 30 * time.Second
	maxAnswer      = 1 << 20
)

// Authorities reads a PEM file of CA certificates, and adds what is wrong with it, once for each file. A path of "" is none.
func (r *Report) Authorities(path string) []*x509.Certificate {
	if read, known := r.read[path]; known || path == "" {
		return read
	}
	if r.read == nil {
		r.read = map[string][]*x509.Certificate{}
	}
	r.read[path] = nil
	certificates, err := readCertificates(path)
	if err != nil {
		r.Problem(Certificates, path, err)
		return nil
	}
	r.read[path] = certificates
	first, good := certificates[0].NotAfter, true
	now := time.Now()
	for _, c := range certificates {
		if err := usable(c, now); err != nil {
			r.Problem(Certificates, path, fmt.Errorf("%q: %w", c.Subject, err))
			good = false
		}
		if c.NotAfter.Before(first) {
			first = c.NotAfter
		}
	}
	n, date := strconv.Itoa(len(certificates)), first.Format(time.DateOnly)
	switch {
	case good && first.Before(now.Add(soon)):
		r.Note("soon", Certificates, path, "setup.fact.certificates", "n", n, "date", date)
	case good:
		r.OK(Certificates, path, "setup.fact.certificates", "n", n, "date", date)
	}
	return certificates
}

// usable reports why a certificate cannot be a CA's today.
func usable(c *x509.Certificate, now time.Time) error {
	switch {
	case !c.BasicConstraintsValid || !c.IsCA:
		return errors.New("not a CA's")
	case now.After(c.NotAfter):
		return fmt.Errorf("ended %s", c.NotAfter.Format(time.DateOnly))
	case now.Before(c.NotBefore):
		return fmt.Errorf("begins %s", c.NotBefore.Format(time.DateOnly))
	}
	return nil
}

func readCertificates(path string) (all []*x509.Certificate, err error) {
	data, err := readFile(path, maxCertificates)
	if err != nil {
		return nil, err
	}
	for block, rest := pem.Decode(data); block != nil; block, rest = pem.Decode(rest) {
		c, err := pki.ParseX509(block.Bytes)
		if err != nil {
			return nil, err
		}
		all = append(all, c)
	}
	if len(all) == 0 {
		return nil, errors.New("no certificate in PEM")
	}
	return all, nil
}

func readFile(path string, limit int64) ([]byte, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	data, err := io.ReadAll(io.LimitReader(file, limit+1))
	if err == nil && int64(len(data)) > limit {
		err = fmt.Errorf("longer than %d bytes", limit)
	}
	return data, err
}

// ReadCertificate reads the first certificate of a PEM file, in DER.
func ReadCertificate(path string) ([]byte, error) {
	all, err := readCertificates(path)
	if err != nil {
		return nil, err
	}
	return all[0].Raw, nil
}

// Folder adds whether a new file can be made beside path.
func (r *Report) Folder(check Check, path string) error {
	probe, err := os.CreateTemp(filepath.Dir(path), ".check-*")
	if err == nil {
		err = errors.Join(probe.Close(), os.Remove(probe.Name()))
	}
	if err != nil {
		r.Problem(check, path, err)
	}
	return err
}

// Network asks servers of others, and reads their clocks.
type Network struct {
	report  *Report
	mu      sync.Mutex
	offsets []time.Duration // theirs minus ours
}

// NewNetwork returns a Network that adds to a report.
func NewNetwork(r *Report) *Network { return &Network{report: r} }

// Client returns what makes requests; the dates of answers are read.
func (n *Network) Client() *http.Client { return &http.Client{Transport: n} }

// RoundTrip implements http.RoundTripper.
func (n *Network) RoundTrip(request *http.Request) (*http.Response, error) {
	asked := time.Now()
	response, err := http.DefaultTransport.RoundTrip(request)
	if err != nil {
		return nil, err
	}
	answered := time.Now()
	// An answer out of a cache has the date of when it was made, and its age.
	if date, err := http.ParseTime(response.Header.Get("Date")); err == nil && response.Header.Get("Age") == "" {
		n.mu.Lock()
		n.offsets = append(n.offsets, date.Add(time.Second/2).Sub(asked.Add(answered.Sub(asked)/2)))
		n.mu.Unlock()
	}
	response.Body = http.MaxBytesReader(nil, response.Body, revocation.MaxCRL+1)
	return response, nil
}

// HasRead reports whether a server has answered with a date.
func (n *Network) HasRead() bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	return len(n.offsets) > 0
}

// Clock adds how far our clock is from the middle one of those that have been read.
func (n *Network) Clock() {
	n.mu.Lock()
	defer n.mu.Unlock()
	if len(n.offsets) == 0 {
		n.report.Problem(Clock, "HTTP Date", errors.New("no server has answered with a date"))
		return
	}
	slices.Sort(n.offsets)
	offset := n.offsets[len(n.offsets)/2]
	what := fmt.Sprintf("%d × HTTP Date", len(n.offsets))
	if offset.Abs() > clockTolerance {
		n.report.Problem(Clock, what, fmt.Errorf("the servers' clocks are %v from ours, %v at most is good", offset.Round(time.Second), clockTolerance))
		return
	}
	n.report.OK(Clock, what, "setup.fact.clock", "n", fmt.Sprintf("%+.0f", offset.Seconds()))
}

// Answers adds whether a server answers at all, whatever it says to a GET.
func (n *Network) Answers(ctx context.Context, check Check, address string) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err == nil {
		var response *http.Response
		client := n.Client()
		client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
		if response, err = client.Do(request); err == nil {
			response.Body.Close()
		}
	}
	n.report.Judge(err, check, hostOf(address), "")
}

// Issuers asks for the status of each CA certificate that is no anchor, by the addresses in it.
func (n *Network) Issuers(ctx context.Context, intermediates, anchors []*x509.Certificate) {
	asked := map[*x509.Certificate]bool{}
	for _, c := range intermediates {
		if asked[c] {
			continue // of another setting with the same file
		}
		asked[c] = true
		for _, issuer := range slices.Concat(anchors, intermediates) {
			if issuer == c || c.CheckSignatureFrom(issuer) != nil {
				continue
			}
			checker := &revocation.Checker{Client: n.Client()}
			if len(c.CRLDistributionPoints) > 0 {
				_, err := checker.CRL(ctx, c, issuer, slices.Concat(anchors, intermediates)...)
				n.report.Judge(err, Revocation, hostOf(c.CRLDistributionPoints[0]), "setup.fact.crl")
			}
			if len(c.OCSPServer) > 0 {
				_, err := checker.OCSP(ctx, c, issuer)
				n.report.Judge(err, Revocation, hostOf(c.OCSPServer[0]), "setup.fact.ocsp")
			}
			break
		}
	}
}

func hostOf(address string) string {
	if u, err := url.Parse(address); err == nil && u.Host != "" {
		return u.Host
	}
	return strings.ToValidUTF8(address, "")
}
