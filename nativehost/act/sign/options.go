package sign

import (
	"cmp"

	"github.com/e-onay/e-onay/internal/cades"
	"github.com/e-onay/e-onay/internal/eyazisma"
	"github.com/e-onay/e-onay/internal/eyp"
	"github.com/e-onay/e-onay/internal/jades"
	"github.com/e-onay/e-onay/internal/pades"
	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/internal/signature"
	"github.com/e-onay/e-onay/internal/xades"
)

// optionsOf are a message's options as the formats take them. Its Rule has nothing against them.
func optionsOf(o *protocol.SignatureOptions) (options signature.Options) {
	if c := o.CAdES; c != nil {
		options.CAdES = cades.Options{Form: cadesForms[c.Form], Signer: c.Signer}
	}
	if p := o.PAdES; p != nil {
		options.PAdES = padesOptions(p)
	}
	if x := o.XAdES; x != nil {
		options.XAdES = xades.Options{
			Form: xadesForms[x.Form], Dialect: xadesDialects[x.Dialect],
			Element: x.Element, DigestObject: x.DigestObject, Role: x.Role,
		}
	}
	if a := o.ASiC; a != nil {
		options.ASiC.Simple, options.ASiC.Further = a.Form == protocol.ASiCS, a.Form == protocol.ASiCFurther
	}
	options.ASiC.XAdES = o.ASiC == nil || o.ASiC.Signature != protocol.FormatCAdES
	if j := o.JAdES; j != nil {
		options.JAdES = jades.Options{Serialization: serializations[j.Serialization], Detached: j.Form == protocol.JAdESDetached}
	}
	if e := o.EYP; e != nil {
		options.EYP = eyp.Options{Role: roles[e.Form], Attached: e.Attached, Further: e.Further}
	}
	return options
}

func padesOptions(p *protocol.PAdESOptions) pades.Options {
	o := pades.Options{Field: p.Field, Reason: p.Reason, Location: p.Location}
	if p.Form == protocol.PAdESCertification {
		o.Certify = cmp.Or(p.Certify, 2)
	}
	if s := p.Stamp; s != nil {
		area := pades.Area{Left: float64(s.Left), Bottom: float64(s.Bottom), Width: float64(s.Width), Height: float64(s.Height)}
		o.Stamp = &pades.Stamp{Page: s.Page, Area: area, Image: s.Image}
		if s.Page > 0 {
			o.Stamp.Page-- // pages are counted from 0 there
		}
	}
	return o
}

// Options by their names in messages. A name that is left out is the zero value.
var (
	cadesForms = map[protocol.CAdESForm]cades.Form{
		protocol.CAdESAttached: cades.Attached, protocol.CAdESParallel: cades.Parallel, protocol.CAdESCounterSignature: cades.CounterSignature,
	}
	xadesForms     = map[protocol.XAdESForm]xades.Form{protocol.XAdESEnveloping: xades.Enveloping, protocol.XAdESDetached: xades.Detached}
	xadesDialects  = map[protocol.XAdESDialect]xades.Dialect{protocol.XAdESUBLTR: xades.UBLTR, protocol.XAdESERecete: xades.EPrescription}
	serializations = map[protocol.JAdESSerialization]jades.Serialization{protocol.JAdESFlattened: jades.Flattened, protocol.JAdESGeneral: jades.General}
	roles          = map[protocol.EYPForm]eyazisma.Role{protocol.EYPInitials: eyazisma.Initial, protocol.EYPSeal: eyazisma.Seal}
)
