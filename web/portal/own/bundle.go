package own

import (
	"archive/zip"
	"context"
	"encoding/pem"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/message"
	"github.com/e-onay/e-onay/web/portal/site"
	"github.com/e-onay/e-onay/web/portal/store"
)

// Limits of bundles, in which one act after the other is read and sent.
const (
	maxBundles    = 4 // sent at once by this process
	bundleTimeout = 10 * time.Minute
	actTimeout    = time.Minute // for a browser to receive one act
)

// bundles are the people who are sent theirs now: one each.
type bundles struct {
	actTimeout time.Duration
	mu         sync.Mutex
	under      map[string]bool // by citizen number
}

// enter takes a place, which leave gives back.
func (b *bundles) enter(citizenNumber string) (leave func(), err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.under[citizenNumber] || len(b.under) >= maxBundles {
		return nil, fault.Errorf(fault.Unavailable, "%d archives are under way", len(b.under))
	}
	b.under[citizenNumber] = true
	return func() {
		b.mu.Lock()
		defer b.mu.Unlock()
		delete(b.under, citizenNumber)
	}, nil
}

// bundle sends all documents of a person as one archive.
func (w *own) bundle(v *site.Visit) error {
	leave, err := w.bundles.enter(v.Session.CitizenNumber)
	if err != nil {
		return err
	}
	defer leave()
	ctx, cancel := context.WithTimeout(v.R.Context(), bundleTimeout)
	defer cancel()
	v.R = v.R.WithContext(ctx)
	acts, err := w.acts(v)
	if err != nil {
		return err
	}
	v.Attach("e-onay-belgelerim.zip")
	v.W.Header().Set("Content-Type", "application/zip")
	b := &archive{own: w, v: v, zip: zip.NewWriter(v.W)}
	if err := b.write(acts); err != nil {
		v.Log().Warn("an archive of documents was not sent to its end", "error", err)
		v.Abort()
	}
	return nil
}

// archive is one that is being sent. Names in it are of ASCII: some programs read others wrongly.
type archive struct {
	*own
	v   *site.Visit
	zip *zip.Writer
}

const root = "e-onay-belgelerim/"

func (b *archive) write(acts []actView) error {
	b.extend()
	if err := b.add(root+"BENIOKU.txt", b.Now(), []byte(b.readme(message.Turkish, acts))); err != nil {
		return err
	}
	if err := b.add(root+"README.txt", b.Now(), []byte(b.readme(message.English, acts))); err != nil {
		return err
	}
	for _, act := range acts {
		if err := b.addAct(act); err != nil {
			return fmt.Errorf("act %s: %w", act.Reference, err)
		}
	}
	if err := b.addScans(); err != nil {
		return fmt.Errorf("scans: %w", err)
	}
	b.extend()
	record, err := b.record(b.v, acts)
	if err != nil {
		return err
	}
	if err := b.add(root+"verilerim.json", b.Now(), record); err != nil {
		return err
	}
	return b.zip.Close()
}

// extend gives the browser time for the next act. Where the server cannot, its own limit holds.
func (b *archive) extend() {
	_ = http.NewResponseController(b.v.W).SetWriteDeadline(time.Now().Add(b.bundles.actTimeout))
}

func (b *archive) add(name string, at time.Time, content []byte) error {
	file, err := b.zip.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Deflate, Modified: at.In(site.Istanbul)})
	if err != nil {
		return err
	}
	_, err = file.Write(content)
	return err
}

// folderOf is the folder of an act within the archive.
func folderOf(act store.Act) string {
	kind := map[store.Kind]string{store.Give: "e-onay-verildi", store.Withdraw: "e-onay-kaldirildi", store.Approval: "basvuru-onaylandi"}[act.Kind]
	return act.ReceivedAt.In(site.Istanbul).Format("2006-01-02") + "-" + kind + "-" + act.Reference + "/"
}

// The names of an act's files in its folder.
func documentName(k store.Kind) string { return "belge" + filesOf(k).document }
func signatureName(k store.Kind) string {
	return map[bool]string{true: "imzali", false: "imza"}[k == store.Approval] + filesOf(k).signature
}
func copyName(k store.Kind) string { return "kalici" + filesOf(k).signature }

func (b *archive) addAct(act actView) error {
	b.extend()
	e, err := b.Store.Evidence(b.v.R.Context(), act.Reference)
	if err != nil {
		return err
	}
	files := []struct {
		name    string
		content []byte
	}{
		{documentName(act.Kind), e.Document}, {signatureName(act.Kind), e.Signature}, {"alindi.txt", []byte(b.receipt(b.v.Language, act.Act, e))},
		{"kok.pem", b.anchors(e)}, {"zincir.pem", chain(e)}, {"iptal.pem", revocationData(e)},
	}
	if act.Copy != nil {
		c, err := b.copyOf(b.v, act.Reference)
		if err != nil {
			return err
		}
		if c != nil {
			files = append(files, struct {
				name    string
				content []byte
			}{copyName(act.Kind), c.Signature})
		}
	}
	for _, file := range files {
		if err := b.add(root+folderOf(act.Act)+file.name, act.ReceivedAt, file.content); err != nil {
			return err
		}
	}
	return nil
}

// anchors are what signature and lasting copy are judged by: the root of the signer's path, and those of time-stamp
// authorities that the settings name.
func (b *archive) anchors(e store.Evidence) []byte {
	var roots [][]byte
	if len(e.Path) > 0 {
		roots = append(roots, e.Path[len(e.Path)-1])
	}
	for _, c := range b.TimeStampAnchors {
		roots = append(roots, c.Raw)
	}
	return pemOf("CERTIFICATE", roots)
}

// chain is the signer's path, whose certificate the signature has, and who else has signed lists. OpenSSL looks for intermediate
// authorities where it looks for roots, and nowhere else.
func chain(e store.Evidence) []byte {
	return pemOf("CERTIFICATE", slices.Concat(e.Path[min(1, len(e.Path)):], e.CRLSigners))
}

func revocationData(e store.Evidence) []byte {
	der := func(answers []store.Answer) (list [][]byte) {
		for _, a := range answers {
			list = append(list, a.DER)
		}
		return list
	}
	return append(pemOf("OCSP RESPONSE", der(e.OCSP)), pemOf("X509 CRL", der(e.CRLs))...)
}

func pemOf(kind string, list [][]byte) (text []byte) {
	for _, der := range list {
		text = append(text, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der})...)
	}
	return text
}

// readme says what is in the archive, and by which commands anybody verifies it without the portal.
func (b *archive) readme(in message.Language, acts []actView) string {
	var text strings.Builder
	text.WriteString(message.Text(in, "portal.documents.readme", "site", b.Address.String(), "when", site.Moment(in, b.Now()), "name", b.v.Session.Name))
	for _, act := range acts {
		folder := strings.TrimSuffix(folderOf(act.Act), "/")
		text.WriteString(message.Text(in, "portal.documents.readme.act",
			"act", message.Text(in, "portal.documents."+string(act.Kind)), "when", site.ExactMoment(in, act.ReceivedAt), "reference", act.Reference))
		for _, command := range commands(folder, act) {
			text.WriteString("\n  " + command + "\n")
		}
	}
	return text.String()
}

// commands verify an act of the archive, in its folder, by OpenSSL and by the web command of this project. They judge for the
// moment at which the signature arrived: certificates end, and the signature stays good. A lasting copy is judged for today.
func commands(folder string, act actView) []string {
	in := func(name string) string { return folder + "/" + name }
	at := act.ReceivedAt
	if act.Kind == store.Approval {
		list := []string{
			"web verify " + in(signatureName(act.Kind)) + " -anchors " + in("kok.pem") + " -with " + in("zincir.pem") + " -with " + in("iptal.pem") +
				" -at " + at.UTC().Truncate(time.Second).Format(time.RFC3339),
		}
		if act.Copy != nil {
			list = append(list, "web verify "+in(copyName(act.Kind))+" -anchors "+in("kok.pem"))
		}
		return list
	}
	list := []string{
		"openssl cms -verify -cades -binary -inform DER -in " + in("imza.p7s") + " -content " + in("belge.txt") +
			" -CAfile " + in("zincir.pem") + " -purpose any -attime " + strconv.FormatInt(at.Unix(), 10),
		"web verify " + in("imza.p7s") + " -content " + in("belge.txt") + " -anchors " + in("kok.pem") +
			" -with " + in("zincir.pem") + " -with " + in("iptal.pem") + " -at " + at.UTC().Truncate(time.Second).Format(time.RFC3339),
	}
	if act.Copy != nil {
		list = append(list, "web verify "+in("kalici.p7s")+" -content "+in("belge.txt")+" -anchors "+in("kok.pem"))
	}
	return list
}
