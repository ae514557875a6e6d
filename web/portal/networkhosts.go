package portal

import (
	"strings"

	"github.com/e-onay/e-onay/internal/message"
	"github.com/e-onay/e-onay/web/portal/access"
)

// hosts are the addresses of others that people's networks must let through: those that other settings name, and the
// operator's own.
func (s *Settings) hosts() []access.Host {
	gateway, extension := message.Sentence("portal.access.why.gateway"), message.Sentence("portal.access.why.extension")
	all := []access.Host{{URL: strings.TrimSuffix(s.Issuer, "/") + "/.well-known/openid-configuration", Why: gateway}}
	for _, origin := range s.GatewayOrigins {
		all = append(all, access.Host{URL: origin + "/", Why: gateway})
	}
	for _, link := range s.ExtensionLinks {
		all = append(all, access.Host{URL: link.URL, Why: extension})
	}
	if origin := s.Payment.pageOrigin(); origin != "" {
		all = append(all, access.Host{URL: origin + "/", Why: message.Sentence("portal.access.why.payment")})
	}
	return append(all, s.NetworkHosts...)
}
