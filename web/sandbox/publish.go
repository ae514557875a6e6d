package sandbox

import (
	"encoding/json"
	"fmt"
	"net"
	"net/url"
	"slices"
)

// clientID is the portal's name at the login gateway.
const clientID = "e-onay-portal"

// portalAddress is where the portal will be; empty parts are left to the portal's own defaults.
type portalAddress struct{ url, listen string }

// complete checks the address and derives listen from url where only that is given.
func (p *portalAddress) complete() error {
	if p.url == "" {
		return nil
	}
	u, err := url.Parse(p.url)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" || u.Path != "" {
		return fmt.Errorf("sandbox: -portal %q is not the address of a site, as http://localhost:8080", p.url)
	}
	if p.listen == "" {
		if u.Scheme != "http" || u.Port() == "" {
			return fmt.Errorf("sandbox: -portal %q does not say where to listen; add -portal-listen", p.url)
		}
		p.listen = net.JoinHostPort("127.0.0.1", u.Port())
	}
	return nil
}

// portalSettings are the fields of the portal's settings file that depend on the sandbox. Paths are
// relative to the file.
type portalSettings struct {
	Listen        string `json:"listen,omitempty"`
	URL           string `json:"url,omitempty"`
	Issuer        string `json:"issuer"`
	ClientID      string `json:"client_id"`
	ClientSecret  string `json:"client_secret"`
	Anchors       string `json:"anchors"`
	Intermediates string `json:"intermediates"`
	Database      string `json:"database"`
	PUKKeyFile    string `json:"puk_key_file"`
	Name          string `json:"name"`
	RequestKey    string `json:"request_key_file"`

	Production productionSettings `json:"production"`

	LoginWays    map[string][]string `json:"login_ways"`
	PUKACRValues []string            `json:"puk_acr_values"`
	Mail         mailSettings        `json:"mail"`

	CertificateStatus statusSettings `json:"certificate_status"`

	Payment   paymentSettings   `json:"payment"`
	Orders    orderSettings     `json:"orders"`
	CardLogin cardLoginSettings `json:"card_login"`
	Lasting   lastingSettings   `json:"lasting"`
	Courier   courierSettings   `json:"courier"`
}

type productionSettings struct {
	KeyFile        string   `json:"key_file"`
	ProducerFile   string   `json:"producer_file"`
	OpeningFiles   []string `json:"opening_files"`
	ReturnKeyFiles []string `json:"return_key_files"`
}

type statusSettings struct {
	URL             string `json:"url"`
	TokenFile       string `json:"token_file"`
	HolderMayResume bool   `json:"holder_may_resume"`
}

type paymentSettings struct {
	Address  string `json:"address"`
	Merchant string `json:"merchant"`
	KeyFile  string `json:"key_file"`
}

// orderSettings are what things cost that people order without a login, in kuruş.
type orderSettings struct {
	ReaderFee         int64 `json:"reader_fee"`
	ThousandStampsFee int64 `json:"thousand_stamps_fee"`
}

type mailSettings struct {
	Server string `json:"server"`
	TLS    string `json:"tls"`
	From   string `json:"from"`
	// SMSGateway is the sandbox's own.
	SMSGateway smsGatewaySettings `json:"sms_gateway"`
}

type smsGatewaySettings struct {
	URL       string `json:"url"`
	TokenFile string `json:"token_file"`
}

type courierSettings struct {
	URL       string `json:"url"`
	TokenFile string `json:"token_file"`
}

type lastingSettings struct {
	Authorities []authoritySettings `json:"authorities"`
}

type authoritySettings struct {
	URL string `json:"url"`
}

type cardLoginSettings struct {
	ESignature   bool                 `json:"e_signature"`
	IdentityCard identityCardSettings `json:"identity_card"`
}

type identityCardSettings struct {
	Anchors       string   `json:"anchors"`
	Intermediates string   `json:"intermediates"`
	Policies      []string `json:"policies"`
	Unqualified   bool     `json:"unqualified"`
}

// publish writes the files a portal and openssl need.
func (s *state) publish(id *identity, portal portalAddress, address, mailServer string) error {
	root := pemBlock("CERTIFICATE", id.authority.root.certificate.Raw)
	intermediate := pemBlock("CERTIFICATE", id.authority.intermediate.certificate.Raw)
	for name, content := range map[string][]byte{
		"anchors.pem":       root,
		"intermediates.pem": intermediate,
		"chain.pem":         slices.Concat(root, intermediate),
	} {
		if err := writeFile(s.path(name), content, 0o644); err != nil {
			return err
		}
	}
	settings, err := json.MarshalIndent(portalSettings{
		Listen:        portal.listen,
		URL:           portal.url,
		Issuer:        address,
		ClientID:      clientID,
		ClientSecret:  id.clientSecret,
		Anchors:       "anchors.pem",
		Intermediates: "intermediates.pem",
		Database:      "portal.db",
		PUKKeyFile:    "identity/" + pukKeyFile,
		Name:          "Deneme ESHS",
		RequestKey:    "identity/" + requestKeyFile,
		LoginWays:     loginWays(),
		Production: productionSettings{
			KeyFile: portalProductionKey, ProducerFile: producerPublicKey, OpeningFiles: []string{openingPublicKey}, ReturnKeyFiles: []string{returnsKey},
		},
		PUKACRValues: []string{acrHigh},
		Mail: mailSettings{Server: mailServer, TLS: "none", From: "Deneme ESHS <e-onay@deneme.test>",
			SMSGateway: smsGatewaySettings{URL: address + smsPath, TokenFile: smsTokenFile}},
		Courier: courierSettings{URL: address + carrierPath + "/v1", TokenFile: carrierTokenFile},

		CertificateStatus: statusSettings{URL: address + "/ca/status", TokenFile: statusTokenFile, HolderMayResume: true},

		Lasting: lastingSettings{Authorities: []authoritySettings{{URL: address + "/tsa"}}},
		Orders:  orderSettings{ReaderFee: 450_00, ThousandStampsFee: 900_00},
		Payment: paymentSettings{Address: address + paymentPath, Merchant: paymentMerchant, KeyFile: paymentKeyFile},
		CardLogin: cardLoginSettings{ESignature: true, IdentityCard: identityCardSettings{
			Anchors: "anchors.pem", Intermediates: "intermediates.pem", Policies: []string{oidIdentityPolicy.String()}, Unqualified: true,
		}},
	}, "", "  ")
	if err != nil {
		return err
	}
	return writeFile(s.path("portal.json"), append(settings, '\n'), 0o600)
}
