package sign

import (
	"crypto/sha256"
	"slices"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/wasm/document"
	"github.com/e-onay/e-onay/wasm/hostclient"
	"github.com/e-onay/e-onay/wasm/loop"
	"github.com/e-onay/e-onay/wasm/screen"
	"github.com/e-onay/e-onay/wasm/wire"
)

// A signature that is seen on a page is shown before the PIN is typed, with the name of the chosen certificate's holder: the host
// prepares it, and the window draws the document with it. Of several documents the first that can be signed is drawn.

// stamp is how a document will look.
type stamp struct {
	document    int
	certificate string            // the host was asked for
	preview     *protocol.Preview // nil until it has answered
	shown       *document.PDF     // nil until preview and document are there
	isDrawn     bool              // the page stands on the screen
}

// mayBeSeen reports whether the signature may be seen on a page, which the window can show: an empty field of the document may
// have an area.
func (a *Act) mayBeSeen() bool {
	o := a.request.PAdES
	return o != nil && (o.Stamp != nil || o.Field != "") && a.documents[0].viewer.Head == 0
}

// showStamp asks for the preview with the chosen certificate, and for the document where the window holds it no more, once the
// host has said which documents can be signed.
func (a *Act) showStamp() {
	if a.problems == nil {
		a.window.Show(screen.StepStamp)
		return
	}
	first := a.firstSignable()
	if chosen := a.window.Chosen(); a.stamp.certificate != chosen || a.stamp.document != first {
		a.stamp = stamp{document: first, certificate: chosen}
		body := protocol.HostPreviewBody{Document: first, Certificate: chosen, SignatureOptions: a.request.SignatureOptions}
		a.window.Host().Ask(&hostclient.Request{Kind: protocol.HostPreview, Body: body, Ready: a.isHandedOver})
	}
	if a.stamp.preview != nil && a.stamp.preview.Page == 0 {
		a.window.Show(screen.StepPIN)
		return
	}
	a.window.Show(screen.StepStamp)
	a.stamp.isDrawn = false
	if err := a.bring(first); err != nil {
		a.window.Fail(fault.CodeOf(err), "")
		return
	}
	a.carryOn()
	a.drawStamp()
}

// handlePreviewed takes the preview. One of an invisible signature has nothing to show.
func (a *Act) handlePreviewed(m protocol.HostEnvelope) error {
	var preview protocol.Preview
	if err := wire.Body(m, &preview); err != nil {
		return err
	}
	if preview.Page < 0 || preview.Page > protocol.MaxStampPage || preview.FromTop < 0 || preview.FromTop > 1000 || len(preview.Appended) > protocol.MaxPreview || (preview.Page == 0) != (len(preview.Appended) == 0) {
		return wire.Invalid("a preview")
	}
	a.stamp.preview = &preview
	if a.window.Step() != screen.StepStamp {
		return nil
	}
	if preview.Page == 0 {
		a.window.Show(screen.StepPIN)
		return nil
	}
	a.drawStamp()
	return nil
}

// drawStamp puts document and preview together, once both are there.
func (a *Act) drawStamp() {
	d := &a.documents[a.stamp.document]
	if a.stamp.preview == nil || a.stamp.shown != nil || !d.isHeld {
		return
	}
	data := slices.Concat(d.data, a.stamp.preview.Appended)
	digest := sha256.Sum256(data)
	a.stamp.shown = &document.PDF{File: document.File{Name: d.info.Name, MediaType: d.info.MediaType, Size: int64(len(data)), SHA256: digest[:], Data: data}}
}

// stampStands reports whether what is on the screen is the document with its stamp.
func (a *Act) stampStands(parts []loop.Part) bool {
	holds := func(p loop.Part) bool { return a.stamp.shown.Holds(p.Index, p.Text) }
	return a.stamp.shown != nil && len(parts) > 0 && !slices.ContainsFunc(parts, func(p loop.Part) bool { return !holds(p) })
}

// stampView is the document with its stamp, as it is on the screen.
func (a *Act) stampView(name string) DocumentView {
	v := DocumentView{Count: len(a.documents), Name: name, Whole: a.stamp.shown != nil, Read: a.stamp.isDrawn, Percent: a.percent()}
	if a.stamp.shown != nil {
		v.Shown, v.Page, v.FromTop = a.stamp.shown, a.stamp.preview.Page, float64(a.stamp.preview.FromTop)/1000
	}
	return v
}
