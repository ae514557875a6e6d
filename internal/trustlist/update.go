package trustlist

import (
	"cmp"
	"context"
	"crypto/sha256"
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/outbound"
	"github.com/e-onay/e-onay/internal/validation"
)

// Limits of an update.
const (
	maxPivots     = 32
	maxPointers   = 128
	listTimeout   = time.Minute // for one list
	fetchesAtOnce = 4
)

// mediaType is that of lists that programs read; others are for people.
const mediaType = "application/vnd.etsi.tsl+xml"

// Updater fetches the list of lists and those of countries, verifies them, and keeps in a folder what it has verified: where a server
// does not answer, or answers with what does not verify, the list kept counts as long as it lasts. Its methods are not safe for
// concurrent use.
type Updater struct {
	// Location is the address of the list of lists.
	Location string
	// Certificates are those of the Official Journal by which the list of lists is signed, or was when the operator looked: former
	// lists of lists lead from there to the present certificates.
	Certificates []*x509.Certificate
	// Territories are the countries whose lists count, as Pointer.Territory; all where it is empty.
	Territories []string
	// Folder is where lists are kept; it is made where it is missing. Names of files are digests of addresses.
	Folder string
	// Client makes the requests; nil means http.DefaultClient. Redirects are refused.
	Client *http.Client
	// Now is the clock; nil means time.Now.
	Now func() time.Time

	formers map[string]*List // former lists of lists that this update has verified, by address
}

// Result is what an update has found of one list.
type Result struct {
	// Territory is "EU" for the list of lists.
	Territory, Location string
	// List is verified and has not ended; nil without such a list.
	List *List
	// Problem says why there is none, or, where List is one of an earlier update, why there is no newer one.
	Problem error

	verified *List // also where it has ended
}

// ErrEnded says that a list is past its next update.
var ErrEnded = errors.New("the list has ended")

// Update returns the list of lists first, then those of the countries in its order. The error is that of the list of lists,
// without which no other counts, or of the folder.
func (u *Updater) Update(ctx context.Context) ([]Result, error) {
	if err := os.MkdirAll(u.Folder, 0o700); err != nil {
		return nil, err
	}
	u.formers = map[string]*List{}
	first := u.load(ctx, u.Location, func(l *List) error { return u.verifyListOfLists(ctx, l) })
	if first.List == nil {
		return nil, fmt.Errorf("list of lists: %w", first.Problem)
	}
	pointers := u.wanted(first.List)
	results := make([]Result, 1+len(pointers))
	results[0] = first
	var group sync.WaitGroup
	turns := make(chan struct{}, fetchesAtOnce)
	for i, p := range pointers {
		group.Go(func() {
			turns <- struct{}{}
			defer func() { <-turns }()
			results[i+1] = u.load(ctx, p.Location, func(l *List) error { return l.verifyAs(p) })
			results[i+1].Territory = p.Territory
		})
	}
	group.Wait()
	return results, nil
}

// Anchors returns the anchors of all lists, and when the first of the lists ends.
func Anchors(results []Result) *validation.AnchorFile {
	out := &validation.AnchorFile{Name: "EU trusted lists"}
	for _, r := range results {
		if r.List == nil {
			continue
		}
		out.Anchors = append(out.Anchors, r.List.Anchors()...)
		if end := r.List.NextUpdate; !end.IsZero() && (out.Expires.IsZero() || end.Before(out.Expires)) {
			out.Expires = end
		}
	}
	return out
}

// wanted are the pointers to the lists of countries that count.
func (u *Updater) wanted(l *List) (out []Pointer) {
	for _, p := range l.Pointers {
		isCountry := p.MediaType == mediaType && p.Type != l.Type
		if isCountry && (len(u.Territories) == 0 || slices.Contains(u.Territories, p.Territory)) && len(out) < maxPointers {
			out = append(out, p)
		}
	}
	return out
}

// verifyAs verifies a list as the one that a pointer is to.
func (l *List) verifyAs(p Pointer) error {
	if l.Territory != p.Territory || l.Type != p.Type {
		return fault.Errorf(fault.SignatureInvalid, "a list of %.20q where that of %.20q should be", l.Territory, p.Territory)
	}
	return l.Verify(p.Certificates)
}

// verifyListOfLists verifies by the certificates that the operator has set, or by those to which former lists of lists lead from
// there: each is signed by those before, and names those after it. One that does not verify is passed over.
func (u *Updater) verifyListOfLists(ctx context.Context, l *List) error {
	signers := u.Certificates
	err := l.Verify(signers)
	if err == nil || fault.CodeOf(err) != fault.SignatureInvalid {
		return err
	}
	for _, location := range u.pivots(l) {
		if u.formers[location] == nil {
			u.formers[location] = u.load(ctx, location, func(l *List) error { return l.Verify(signers) }).verified
		}
		former := u.formers[location]
		if former == nil || former.Type != l.Type {
			continue
		}
		if certificates := former.self(); len(certificates) > 0 {
			signers = certificates
		}
	}
	return l.Verify(signers)
}

// pivots are the addresses of former lists of lists, the earliest first. They stand in a list that is not verified yet: only those
// at the host of the list itself are asked for.
func (u *Updater) pivots(l *List) (out []string) {
	own, err := url.Parse(u.Location)
	if err != nil {
		return nil
	}
	for _, location := range l.Information {
		at, err := url.Parse(location)
		if err == nil && at.Scheme == own.Scheme && at.Host == own.Host && strings.HasSuffix(at.Path, ".xml") && len(out) < maxPivots {
			out = append(out, location)
		}
	}
	slices.Reverse(out)
	return out
}

// self are the certificates by which the list says that it is signed from now on.
func (l *List) self() []*x509.Certificate {
	for _, p := range l.Pointers {
		if p.Type == l.Type && p.MediaType == mediaType {
			return p.Certificates
		}
	}
	return nil
}

// load returns the list at an address, or else the one that is kept.
func (u *Updater) load(ctx context.Context, location string, verify func(*List) error) Result {
	keptAt := filepath.Join(u.Folder, fmt.Sprintf("%x.xml", sha256.Sum256([]byte(location))))
	kept, keptProblem := readKept(keptAt, verify)
	result := Result{Location: location}
	data, l, err := u.fetch(ctx, location, verify)
	switch {
	case err != nil:
		result.Problem = err
	case kept != nil && l.Sequence < kept.Sequence:
		result.Problem = fault.Errorf(fault.SignatureInvalid, "list %d is older than list %d, which is known", l.Sequence, kept.Sequence)
	default:
		result.Problem = WriteAtomically(keptAt, data)
		kept = l
	}
	if kept == nil {
		if !errors.Is(keptProblem, os.ErrNotExist) {
			result.Problem = errors.Join(result.Problem, keptProblem)
		}
		return result
	}
	result.Territory = kept.Territory
	result.verified = kept
	if !kept.NextUpdate.IsZero() && !u.now().Before(kept.NextUpdate) {
		result.Problem = errors.Join(ErrEnded, result.Problem)
		return result
	}
	result.List = kept
	return result
}

// fetch returns the list at an address, verified.
func (u *Updater) fetch(ctx context.Context, location string, verify func(*List) error) ([]byte, *List, error) {
	if !outbound.IsHTTP(location) {
		return nil, nil, fault.Errorf(fault.Unsupported, "the list's address is not one of http or https")
	}
	request, err := http.NewRequest(http.MethodGet, location, nil)
	if err != nil {
		return nil, nil, err
	}
	fetcher := outbound.Fetcher{Client: u.Client, Timeout: listTimeout}
	data, err := fetcher.Fetch(ctx, request, "", MaxList)
	if err != nil {
		return nil, nil, err
	}
	l, err := parseVerified(data, verify)
	return data, l, err
}

func readKept(path string, verify func(*List) error) (*List, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	return parseVerified(data, verify)
}

func parseVerified(data []byte, verify func(*List) error) (*List, error) {
	l, err := Parse(data)
	if err != nil {
		return nil, err
	}
	if err := verify(l); err != nil {
		return nil, err
	}
	l.document = nil // which is ten times the list
	return l, nil
}

// WriteAtomically replaces a file by another, or leaves it as it is. Only the owner may read it.
func WriteAtomically(path string, data []byte) (err error) {
	file, err := os.CreateTemp(filepath.Dir(path), "new-*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = os.Remove(file.Name()) // what went wrong is told already
		}
	}()
	_, err = file.Write(data)
	err = cmp.Or(err, file.Sync(), file.Close())
	if err != nil {
		return err
	}
	return os.Rename(file.Name(), path)
}

func (u *Updater) now() time.Time {
	if u.Now == nil {
		return time.Now()
	}
	return u.Now()
}
