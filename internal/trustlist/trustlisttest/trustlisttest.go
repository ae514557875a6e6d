// Package trustlisttest makes trusted lists for tests: who signs them, the server that gives them, and what it gives instead. It is not for
// production.
package trustlisttest

import (
	"bytes"
	"crypto"
	"crypto/rand"
	"crypto/x509"
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/e-onay/e-onay/internal/ades"
	"github.com/e-onay/e-onay/internal/pki/pkitest"
	"github.com/e-onay/e-onay/internal/trustlist"
	"github.com/e-onay/e-onay/internal/xades"
)

// Now is the present of lists and updater.
var Now = time.Now().UTC().Truncate(time.Second)

// Operator signs lists.
type Operator struct {
	Certificate *x509.Certificate
	Key         crypto.Signer
}

// NewOperator makes one with a certificate of its own.
func NewOperator(t testing.TB, name string) Operator {
	key := pkitest.Key(t, "P-256 "+name)
	root := pkitest.Root(t, name)
	return Operator{root.Issue(t, key.Public()), key}
}

// Sign puts an enveloped signature into a list.
func (o Operator) Sign(t testing.TB, list string) []byte {
	t.Helper()
	hash, err := ades.HashFor(o.Key.Public())
	if err != nil {
		t.Fatal(err)
	}
	document := ades.Document{Name: "list.xml", MediaType: "application/xml", Size: int64(len(list)), Content: strings.NewReader(list)}
	prepared, err := xades.Prepare(ades.Signer{Certificate: o.Certificate, Hash: hash, Time: Now}, []ades.Document{document}, xades.Options{})
	if err != nil {
		t.Fatal(err)
	}
	signature, err := o.Key.Sign(rand.Reader, prepared.Digest(), hash)
	if err != nil {
		t.Fatal(err)
	}
	pieces, err := prepared.Complete(signature)
	if err != nil {
		t.Fatal(err)
	}
	signed, err := io.ReadAll(pieces.Reader([]ades.Document{document}))
	if err != nil {
		t.Fatal(err)
	}
	return signed
}

// Scheme is a list that is not signed yet: String writes it.
type Scheme struct {
	Kind, Territory string
	Sequence        int
	End             time.Time // zero for a closed list
	Information     []string
	Pointers        []string
	Services        []string
}

// Types of lists.
const (
	KindOfLists   = "http://uri.etsi.org/TrstSvc/TrustedList/TSLType/EUlistofthelists"
	KindOfCountry = "http://uri.etsi.org/TrstSvc/TrustedList/TSLType/EUgeneric"
)

func (s Scheme) String() string {
	end := ""
	if !s.End.IsZero() {
		end = "<dateTime>" + s.End.Format(time.RFC3339) + "</dateTime>"
	}
	var information strings.Builder
	for _, uri := range s.Information {
		fmt.Fprintf(&information, `<URI xml:lang="en">%s</URI>`, uri)
	}
	return fmt.Sprintf(`<TrustServiceStatusList xmlns="http://uri.etsi.org/02231/v2#" xmlns:x="http://uri.etsi.org/02231/v2/additionaltypes#" TSLTag="http://uri.etsi.org/19612/TSLTag">
<SchemeInformation><TSLVersionIdentifier>6</TSLVersionIdentifier><TSLSequenceNumber>%d</TSLSequenceNumber><TSLType>%s</TSLType>
<SchemeInformationURI>%s</SchemeInformationURI><SchemeTerritory>%s</SchemeTerritory><PointersToOtherTSL>%s</PointersToOtherTSL>
<ListIssueDateTime>2026-01-01T00:00:00Z</ListIssueDateTime><NextUpdate>%s</NextUpdate></SchemeInformation>
<TrustServiceProviderList><TrustServiceProvider><TSPInformation><TSPName><Name xml:lang="de">Anbieter</Name><Name xml:lang="en">Provider</Name></TSPName></TSPInformation>
<TSPServices>%s</TSPServices></TrustServiceProvider></TrustServiceProviderList></TrustServiceStatusList>`,
		s.Sequence, s.Kind, information.String(), s.Territory, strings.Join(s.Pointers, ""), end, strings.Join(s.Services, ""))
}

func encoded(c *x509.Certificate) string {
	return "<DigitalId><X509Certificate>" + base64.StdEncoding.EncodeToString(c.Raw) + "</X509Certificate></DigitalId>"
}

// Pointer points to another list.
func Pointer(location, kind, territory string, signers ...Operator) string {
	var identities strings.Builder
	for _, o := range signers {
		identities.WriteString("<ServiceDigitalIdentity>" + encoded(o.Certificate) + "</ServiceDigitalIdentity>")
	}
	return fmt.Sprintf(`<OtherTSLPointer><ServiceDigitalIdentities>%s</ServiceDigitalIdentities><TSLLocation>%s</TSLLocation><AdditionalInformation>
<OtherInformation><TSLType>%s</TSLType></OtherInformation><OtherInformation><SchemeTerritory>%s</SchemeTerritory></OtherInformation>
<OtherInformation><x:MimeType>application/vnd.etsi.tsl+xml</x:MimeType></OtherInformation></AdditionalInformation></OtherTSLPointer>`,
		&identities, location, kind, territory)
}

// Status is one period of a service.
type Status struct {
	Kind, Name, Since string
	Purposes          []string
}

func (s Status) String() string {
	var extensions strings.Builder
	for _, purpose := range s.Purposes {
		fmt.Fprintf(&extensions, `<Extension Critical="true"><AdditionalServiceInformation><URI xml:lang="en">http://uri.etsi.org/TrstSvc/TrustedList/SvcInfoExt/%s</URI></AdditionalServiceInformation></Extension>`, purpose)
	}
	return fmt.Sprintf(`<ServiceTypeIdentifier>http://uri.etsi.org/TrstSvc/Svctype/%s</ServiceTypeIdentifier><ServiceName><Name xml:lang="en">Service</Name></ServiceName>
<ServiceStatus>http://uri.etsi.org/TrstSvc/TrustedList/Svcstatus/%s</ServiceStatus><StatusStartingTime>%sT00:00:00Z</StatusStartingTime><ServiceInformationExtensions>%s</ServiceInformationExtensions>`,
		s.Kind, s.Name, s.Since, &extensions)
}

// Service is a service with its certificate, its present status first.
func Service(c *x509.Certificate, statuses ...Status) string {
	var history strings.Builder
	for _, s := range statuses[1:] {
		history.WriteString("<ServiceHistoryInstance>" + s.String() + "</ServiceHistoryInstance>")
	}
	return fmt.Sprintf(`<TSPService><ServiceInformation>%s<ServiceDigitalIdentity>%s</ServiceDigitalIdentity></ServiceInformation><ServiceHistory>%s</ServiceHistory></TSPService>`,
		statuses[0], encoded(c), &history)
}

// World is a server of lists, and who signs them. Each test changes what it needs before it updates.
type World struct {
	*httptest.Server
	t       testing.TB
	Union   Operator // signs the list of lists
	Country Operator
	CA      *x509.Certificate
	Updater *trustlist.Updater

	mu    sync.Mutex
	Lists map[string][]byte // by path
	Asked []string
}

// NewWorld makes a server of a list of lists and of the list of one country, "ZZ", with one CA.
func NewWorld(t testing.TB) *World {
	w := &World{t: t, Union: NewOperator(t, "Union"), Country: NewOperator(t, "Country"), CA: pkitest.Root(t, "Qualified CA").Certificate, Lists: map[string][]byte{}}
	w.Server = httptest.NewServer(http.HandlerFunc(func(out http.ResponseWriter, r *http.Request) {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.Asked = append(w.Asked, r.URL.Path)
		list, ok := w.Lists[r.URL.Path]
		switch {
		case !ok:
			http.NotFound(out, r)
		case bytes.HasPrefix(list, []byte("/")):
			http.Redirect(out, r, string(list), http.StatusFound)
		default:
			_, _ = out.Write(list) // who asked may have left
		}
	}))
	t.Cleanup(w.Close)
	w.Updater = &trustlist.Updater{
		Location: w.URL + "/lotl.xml", Certificates: []*x509.Certificate{w.Union.Certificate}, Folder: t.TempDir(), Client: w.Client(), Now: func() time.Time { return Now },
	}
	w.Put("/lotl.xml", w.Union.Sign(t, w.ListOfLists(10).String()))
	w.Put("/zz.xml", w.Country.Sign(t, w.CountryList(5).String()))
	return w
}

// ListOfLists is that of the server, with another number.
func (w *World) ListOfLists(sequence int) Scheme {
	return Scheme{Kind: KindOfLists, Territory: "EU", Sequence: sequence, End: Now.AddDate(0, 3, 0), Pointers: []string{
		Pointer(w.URL+"/lotl.xml", KindOfLists, "EU", w.Union), Pointer(w.URL+"/zz.xml", KindOfCountry, "ZZ", w.Country),
	}}
}

// CountryList is that of the server, with another number.
func (w *World) CountryList(sequence int) Scheme {
	return Scheme{Kind: KindOfCountry, Territory: "ZZ", Sequence: sequence, End: Now.AddDate(0, 2, 0),
		Services: []string{Service(w.CA, Status{Kind: "CA/QC", Name: "granted", Since: "2020-01-01"})}}
}

// Put has the server give a list at a path; what begins with "/" is a redirect there.
func (w *World) Put(path string, list []byte) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.Lists[path] = list
}

// Update is one update of the updater.
func (w *World) Update() ([]trustlist.Result, error) {
	w.t.Helper()
	return w.Updater.Update(w.t.Context())
}
