package settings

import (
	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/wasm/hostclient"
	"github.com/e-onay/e-onay/wasm/inventory"
	"github.com/e-onay/e-onay/wasm/pinentry"
	"github.com/e-onay/e-onay/wasm/plaintext"
	"github.com/e-onay/e-onay/wasm/screen"
	"github.com/e-onay/e-onay/wasm/wire"
)

// cards is the section with the readers, the cards in them and the certificates on those.
type cards struct{ page *shared }

// Export asks for a certificate as a file.
type Export struct{ Certificate string }

func (Export) IsEvent() {}

func (c *cards) export(certificate string) {
	if c.page.inventory.Certificate(certificate) != nil {
		c.page.client.Ask(&hostclient.Request{Kind: protocol.HostExport, Body: protocol.HostExportBody{Certificate: certificate}})
	}
}

// handleAnswer takes the list of what the readers hold, or a certificate.
func (c *cards) handleAnswer(r *hostclient.Request, answer protocol.HostEnvelope) error {
	switch r.Kind {
	case protocol.HostCertificates:
		list, err := inventory.Read(answer)
		if err != nil {
			return err
		}
		c.page.inventory = list
	case protocol.HostExport:
		var x protocol.HostExportedBody
		err := wire.Body(answer, &x)
		if err != nil {
			return err
		}
		return c.save(r, x)
	}
	return nil
}

// handleRefusal takes what stands in the way of a list for an empty list.
func (c *cards) handleRefusal(r *hostclient.Request, f protocol.HostFailure) error {
	if r.Kind == protocol.HostCertificates {
		c.page.inventory = inventory.Inventory{Listed: true, Findings: []protocol.Finding{{Code: f.Code, Detail: f.Detail}}}
		return nil
	}
	c.page.warn(f.Code)
	return nil
}

// save gives the person the certificate as a file, whose name tells nothing of them.
func (c *cards) save(r *hostclient.Request, x protocol.HostExportedBody) error {
	if len(x.Data) == 0 || len(x.Data) > protocol.MaxCertificate {
		return wire.Invalid("no certificate")
	}
	body, _ := r.Body.(protocol.HostExportBody)
	name := "sertifika"
	if certificate := c.page.inventory.Certificate(body.Certificate); certificate != nil {
		if serial := wire.Hex(certificate.Serial); len(serial) >= 8 {
			name += "-" + serial[len(serial)-8:]
		}
	}
	c.page.do(Save{Name: name + ".cer", Type: "application/pkix-cert", Data: x.Data})
	return nil
}

// CardsView is what the readers hold.
type CardsView struct {
	screen.Sentences
	HostWorks, HostFails bool
	Listed               bool
	Readers              []ReaderView
	Missing              MissingView
}

// MissingView says what stands in the way where there is no certificate to show.
type MissingView struct {
	Code   fault.Code
	Family string
	Driver string
	Detail string
}

// ReaderView is a reader and what is in it.
type ReaderView struct {
	Name   string
	Family string
	Busy   bool
	Card   bool
	Cards  []CardView
}

// CardView is a card, or another token.
type CardView struct {
	screen.Sentences
	ID           string
	Label        string
	PIN          protocol.PINState
	Changeable   bool
	Unblocking   Unblocking
	Certificates []CertificateView
}

func (c *cards) view(host hostState) CardsView {
	return CardsView{
		Sentences: c.page.sentences(), HostWorks: host == hostWorks, HostFails: host == hostFails,
		Listed: c.page.inventory.Listed, Readers: c.readerViews(), Missing: c.missingView(),
	}
}

// readerViews puts the tokens into the readers that they are in; those of no reader follow.
func (c *cards) readerViews() []ReaderView {
	var out []ReaderView
	placed := make(map[string]bool)
	for _, r := range c.page.inventory.Readers {
		v := ReaderView{Name: plaintext.Short(r.Name), Family: plaintext.Short(r.Family), Busy: r.Busy, Card: r.Card}
		for _, t := range c.page.inventory.Tokens {
			if !placed[t.ID] && t.Reader == r.Name {
				placed[t.ID] = true
				v.Cards = append(v.Cards, c.cardView(t))
			}
		}
		out = append(out, v)
	}
	for _, t := range c.page.inventory.Tokens {
		if !placed[t.ID] {
			out = append(out, ReaderView{Name: plaintext.Short(t.Reader), Card: true, Cards: []CardView{c.cardView(t)}})
		}
	}
	return out
}

func (c *cards) cardView(t protocol.Token) CardView {
	v := CardView{
		Sentences: c.page.sentences(), ID: t.ID, Label: label(t), PIN: t.PIN, Changeable: pinentry.HasPIN(t.PIN), Unblocking: unblocking(t),
	}
	for _, certificate := range c.page.inventory.Certificates {
		if certificate.Token == t.ID {
			v.Certificates = append(v.Certificates, c.page.certificateView(certificate))
		}
	}
	return v
}

// label is the name of a token.
func label(t protocol.Token) string { return plaintext.Short(t.Label) }

// missingView is what the person is told where there is no certificate.
func (c *cards) missingView() MissingView {
	if len(c.page.inventory.Certificates) > 0 {
		return MissingView{}
	}
	f := c.page.inventory.Obstacle()
	if f.Code == "" && len(c.page.inventory.Findings) > 0 {
		f = c.page.inventory.Findings[0]
		f.Code = wire.KnownCode(f.Code)
	}
	v := MissingView{Code: f.Code, Driver: plaintext.Short(screen.Sentence(c.page.sentences().Language, f.Driver)), Detail: plaintext.Line(f.Detail)}
	if f.Code == fault.NoModule || f.Code == fault.CardUnrecognized {
		v.Family = plaintext.Short(f.Subject)
	}
	return v
}
