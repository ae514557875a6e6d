package trustlist

import (
	"slices"
	"time"

	"github.com/e-onay/e-onay/internal/validation"
)

// Types of services that become anchors (TS 119 612, 5.5.1).
const (
	typeCA  = "http://uri.etsi.org/TrstSvc/Svctype/CA/QC"
	typeTSA = "http://uri.etsi.org/TrstSvc/Svctype/TSA/QTST"
)

// trustedStatuses are those in which a service was qualified (TS 119 612, 5.5.4, and annex D.5.6 for those before July 2016). Of older lists
// they stand below another folder.
var trustedStatuses = func() map[string]bool {
	out := map[string]bool{}
	for _, folder := range []string{"TrustedList", "eSigDir-1999-93-EC-TrustedList"} {
		for _, name := range []string{"granted", "undersupervision", "supervisionincessation", "accredited"} {
			out["http://uri.etsi.org/TrstSvc/"+folder+"/Svcstatus/"+name] = true
		}
	}
	return out
}()

// What a CA is qualified for, where it is not for everything (TS 119 612, 5.5.9.4).
const (
	forSignatures = "http://uri.etsi.org/TrstSvc/TrustedList/SvcInfoExt/ForeSignatures"
	forSeals      = "http://uri.etsi.org/TrstSvc/TrustedList/SvcInfoExt/ForeSeals"
	forWebsites   = "http://uri.etsi.org/TrstSvc/TrustedList/SvcInfoExt/ForWebSiteAuthentication"
)

// Anchors returns the certificates of all CAs that issue qualified certificates for signatures or seals, and of all authorities of
// qualified time stamps, each for the times during which that was so. A CA that is not a root is an anchor too: nothing above it
// counts.
func (l *List) Anchors() (out []validation.Anchor) {
	for _, service := range l.Services {
		for _, purpose := range []validation.Purpose{validation.ForSignatures, validation.ForTimeStamps} {
			for _, span := range service.trusted(purpose) {
				for _, c := range service.Certificates {
					out = append(out, validation.Anchor{Certificate: c, For: purpose, Since: span.since, Until: span.until})
				}
			}
		}
	}
	return out
}

// span is a time, until the present where until is zero.
type span struct{ since, until time.Time }

// trusted returns when a service was trusted for a purpose. Periods that follow each other are one.
func (s *Service) trusted(purpose validation.Purpose) (out []span) {
	for _, p := range s.Periods {
		if !trustedStatuses[p.Status] || !p.isFor(purpose) || p.Since.Equal(p.Until) {
			continue
		}
		if last := len(out) - 1; last >= 0 && out[last].until.Equal(p.Since) {
			out[last].until = p.Until
			continue
		}
		out = append(out, span{p.Since, p.Until})
	}
	return out
}

func (p *Period) isFor(purpose validation.Purpose) bool {
	if purpose == validation.ForTimeStamps {
		return p.Type == typeTSA
	}
	isOther := slices.Contains(p.For, forWebsites) && !slices.Contains(p.For, forSignatures) && !slices.Contains(p.For, forSeals)
	return p.Type == typeCA && !isOther
}
