package portal

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/e-onay/e-onay/internal/strictjson"
	"github.com/e-onay/e-onay/web/portal/access"
	"github.com/e-onay/e-onay/web/portal/gateway"
	"github.com/e-onay/e-onay/web/portal/installation"
	"github.com/e-onay/e-onay/web/portal/legaltext"
	"github.com/e-onay/e-onay/web/portal/letters"
	"github.com/e-onay/e-onay/web/portal/secretfile"
	"github.com/e-onay/e-onay/web/portal/signaturecheck"
	"github.com/e-onay/e-onay/web/portal/undertaking"
	"github.com/e-onay/e-onay/web/proxy"
)

// Settings is the portal's settings file, JSON. Unknown fields are refused, so that a mistyped name
// is not silently a default. Paths are relative to the file's own folder. The zero value of every
// field is safe; Issuer, ClientID, a client secret and Anchors must be given. A file with a secret in it, this one
// included, is refused where everybody on the machine may read it.
type Settings struct {
	// Listen is host:port; empty means 127.0.0.1:8080. Port 0 takes any free port.
	Listen string `json:"listen,omitempty"`
	// URL is the portal's public address without a path, "https://host". Plain http is taken for
	// loopback names only. Empty, or with port 0, means http://localhost and the port listened on.
	URL string `json:"url,omitempty"`

	// Proxy says which proxies stand in front, and what they say of visitors.
	Proxy proxy.Settings `json:"proxy,omitzero"`
	// MetricsListen is host:port, of this machine only, at which /metrics is served for Prometheus; empty means nowhere.
	MetricsListen string `json:"metrics_listen,omitempty"`

	// Name is what the institution calls itself; people's windows show it where the portal signs its requests.
	Name string `json:"name,omitempty"`

	// Issuer is the OpenID provider; https, or http on loopback.
	// ClientID is what it calls this portal.
	Issuer   string `json:"issuer"`
	ClientID string `json:"client_id"`
	// ClientSecret is what the provider knows this portal by, of 16 bytes at least. It stands here, in ClientSecretFile, or in the environment
	// variable E_ONAY_CLIENT_SECRET, and in one of them only.
	ClientSecret     string `json:"client_secret,omitempty"`
	ClientSecretFile string `json:"client_secret_file,omitempty"`
	// SharedKeyFile holds a secret of 32 bytes at least, the same for all processes of the portal: the keys of logins under way, one-time codes
	// and counted tries come from it. Empty means from the client's secret: then a new one of that has all these begin again.
	SharedKeyFile string `json:"shared_key_file,omitempty"`
	sharedSecret  string

	// GatewayOrigins are further origins, "https://host", that a login passes through at the provider: pages allow their
	// form to lead there. KeepGatewaySession leaves the provider's session alone at a logout, which else ends it where
	// the provider offers that; the portal's address with a / must be registered there to come back to.
	GatewayOrigins     []string `json:"gateway_origins,omitempty"`
	KeepGatewaySession bool     `json:"keep_gateway_session,omitempty"`

	// Anchors and Intermediates are PEM files: the roots a signer's path must end at, and
	// certificates that may help to build it. Intermediates may be empty.
	Anchors       string `json:"anchors"`
	Intermediates string `json:"intermediates,omitempty"`

	// Policies are certificate policies, as "2.16.792.1.2.1.1.5.7.1.1". The path from an anchor to a signer's certificate
	// must be valid for one of them (RFC 5280, 6.1); empty means that one, of the public sector's qualified
	// certificates. CAs below an anchor must name it too, or anyPolicy: where they do not, make the issuing CA the anchor.
	Policies []string `json:"policies,omitempty"`

	// CRLFallback, OCSPWithoutNonce and CRLWithoutDeltas take older answers on revocation: the authority's list where its responder does not
	// answer (a list may not know yet of a card that was stolen today), answers that do not repeat the nonce, and lists without the deltas that
	// they name.
	CRLFallback      bool `json:"crl_fallback,omitempty"`
	OCSPWithoutNonce bool `json:"ocsp_without_nonce,omitempty"`
	CRLWithoutDeltas bool `json:"crl_without_deltas,omitempty"`

	// CardLogin offers logins with a card, beside the gateway; empty means none.
	CardLogin CardLogin `json:"card_login,omitzero"`

	// Database is the SQLite file, on a disk of the machine's own; empty means portal.db, unless PostgresFile is given.
	Database string `json:"database,omitempty"`
	// PostgresFile is a file with the connection string of a PostgreSQL database, which takes the place of Database. Everybody on the machine
	// must not be able to read it.
	PostgresFile string `json:"postgres_file,omitempty"`
	// PlainPostgres connects beyond this machine without TLS that verifies the server.
	PlainPostgres bool `json:"plain_postgres,omitempty"`
	// ConsentText is the file with the consent's text, read at each use; empty means the built-in one. Whoever is signing while it
	// changes is told to begin again. Once the desk has decided on a text, the database has it, and this file counts no more; so it is
	// with the next two.
	ConsentText string `json:"consent_text,omitempty"`
	// ApplicationForm and Undertaking are the files with the application form and the undertaking that the consent's text names;
	// empty means the sandbox's, which say that they are examples. What is signed names the version of both.
	ApplicationForm string `json:"application_form,omitempty"`
	Undertaking     string `json:"undertaking,omitempty"`
	// TextArchive is a folder in which each version of these two is kept before anybody can approve it, so that people can still
	// read what they have approved; empty means that only the current ones can be read.
	TextArchive string `json:"text_archive,omitempty"`
	// Announcements is a file with what the first page announces, read anew when it changes; empty means nothing.
	Announcements string `json:"announcements,omitempty"`
	// Downloads is a folder whose files are offered on the installation page; empty means none.
	Downloads string `json:"downloads,omitempty"`
	// ExtensionLinks are the places where browsers get the extension, at most eight.
	ExtensionLinks []installation.Link `json:"extension_links,omitempty"`
	// NetworkHosts are further addresses that people's networks must let through, at most sixteen: the page /erisim names and tests
	// them beside those that follow from other settings.
	NetworkHosts []access.Host `json:"network_hosts,omitempty"`
	// SignatureCheck bounds İmza Doğrulama, the page on which anybody has signed files judged.
	SignatureCheck signaturecheck.Settings `json:"signature_check,omitzero"`

	// LoginWays says which words of the gateway name which way to log in, so that people read by which way they had logged in when they
	// signed; without it they read that it was at the gateway.
	LoginWays gateway.Ways `json:"login_ways,omitzero"`
	// Applications is what the institution has decided about applications for certificates.
	Applications ApplicationSettings `json:"applications,omitzero"`
	// Desk is what the institution has decided about the authority's desk.
	Desk DeskSettings `json:"desk,omitzero"`

	// Payment names the payment provider at which people pay fees of applications and orders; without it they pay by other ways, which the desk notes.
	Payment *PaymentSettings `json:"payment,omitempty"`
	// Orders is what card readers and time stamps cost.
	Orders OrderSettings `json:"orders,omitzero"`

	// CodeLifetimeSeconds is how long a verification code can be used; 0 means 300.
	CodeLifetimeSeconds int `json:"code_lifetime_seconds,omitempty"`
	// JudgeWithinSeconds is how long a signature that has arrived waits for the answers on revocation, while they are not
	// to be had; 0 means a day.
	JudgeWithinSeconds int `json:"judge_within_seconds,omitempty"`
	// ForgetAfterSeconds is for how long what is over and proves nothing is kept: sessions, codes that were not used, and when messages
	// were sent. 0 means a day. Wrong one-time codes are kept for a week more, since waiting times count them.
	ForgetAfterSeconds int `json:"forget_after_seconds,omitempty"`

	// PUKKeyFile holds the key that the PUKs on record are encrypted with: 32 bytes in base64. Empty means
	// that this portal releases none. PUKOldKeyFiles are keys that older PUKs were encrypted with. Keep copies apart from those of the database: with
	// both PUKs can be read, and without the key they are lost.
	PUKKeyFile     string   `json:"puk_key_file,omitempty"`
	PUKOldKeyFiles []string `json:"puk_old_key_files,omitempty"`
	// PUKLoginMaxAgeSeconds is how long before they ask for the one-time code a person may have logged in at the gateway; 0
	// means 300. PUKACRValues are the gateway's levels of a login (acr) that count; empty means any.
	PUKLoginMaxAgeSeconds int      `json:"puk_login_max_age_seconds,omitempty"`
	PUKACRValues          []string `json:"puk_acr_values,omitempty"`
	// PUKCodeBy is how the one-time code reaches a person: "mail", also where it is empty, or "sms". Both need Mail, and the
	// person's address on record. PUKWithoutSecondChannel releases PUKs without such a code: whoever has a person's login at
	// the gateway, and a certificate of theirs, then gets them.
	PUKCodeBy               string `json:"puk_code_by,omitempty"`
	PUKWithoutSecondChannel bool   `json:"puk_without_second_channel,omitempty"`
	// PUKWaitSeconds is how long a person waits after three failures in a day, and each further one; 0 means 3600.
	PUKWaitSeconds int `json:"puk_wait_seconds,omitempty"`
	// Mail is how one-time codes and notices leave.
	Mail *letters.Settings `json:"mail,omitempty"`
	// PUKsPerDay is how many PUKs a person is released in a day; 0 means 3.
	PUKsPerDay int `json:"puks_per_day,omitempty"`

	// TPMRoots is a PEM file with the roots, or issuing CAs, of TPM vendors. A computer whose TPM has a certificate below
	// one of them can show that its key is in that TPM; empty means that no computer can.
	TPMRoots string `json:"tpm_roots,omitempty"`
	// PUKRequiresTPM releases PUKs to such computers only.
	PUKRequiresTPM bool `json:"puk_requires_tpm,omitempty"`

	// RequestKeyFile holds the key that the portal signs its requests with: PKCS #8 on P-256, in PEM. Empty means that
	// they are not signed; a portal that has once signed must go on, since people's extensions remember it for a year. RequestOtherKeyFiles hold
	// keys that are published beside it: the one before, or the next.
	RequestKeyFile       string   `json:"request_key_file,omitempty"`
	RequestOtherKeyFiles []string `json:"request_other_key_files,omitempty"`

	// EvidenceKeyFile holds the key that the portal signs the head of its evidence's chain with, once a minute at most: PKCS #8
	// on P-256, in PEM. Empty means that heads are not signed. EvidenceHeads is a file to which signed heads are appended, a
	// line each: what keeps it should be out of reach for who can write the database.
	EvidenceKeyFile string `json:"evidence_key_file,omitempty"`
	EvidenceHeads   string `json:"evidence_heads,omitempty"`

	// CertificateStatus says how the authority is told of certificates that are suspended, resumed or revoked here. Without it nothing of that
	// is offered.
	CertificateStatus *StatusSettings `json:"certificate_status,omitempty"`
	// Production has the keys of the files that the desk exchanges with production. Without it the desk has no page for that.
	Production *ProductionSettings `json:"production,omitempty"`

	// Courier is whose system shipments are ordered from and followed by; without it the desk types the numbers.
	Courier *CourierSettings `json:"courier,omitempty"`

	// Lasting names time-stamp authorities, with which recorded acts are made to last; without it they are not.
	Lasting *LastingSettings `json:"lasting,omitempty"`
}

// CardLogin says with which cards people log in.
type CardLogin struct {
	// ESignature offers E-İmza: logins with the qualified certificates with which people sign here, of the portal's own anchors
	// and policies.
	ESignature bool `json:"e_signature,omitempty"`
	// IdentityCard offers T.C. Kimlik Kartı; without it they are not taken.
	IdentityCard *IdentityCard `json:"identity_card,omitempty"`
}

// IdentityCard says which certificates are those of identity cards. The profile of the real ones is not known to this
// project, and so nothing of it is built in. Anchors and Policies must be given.
type IdentityCard struct {
	// Anchors, Intermediates and Policies are those of identity cards, as the portal's own are of qualified certificates.
	Anchors       string   `json:"anchors"`
	Intermediates string   `json:"intermediates,omitempty"`
	Policies      []string `json:"policies"`
	// Unqualified also takes certificates that are not qualified, if they name clientAuth among their extended key
	// usages.
	Unqualified bool `json:"unqualified,omitempty"`
}

const (
	maxSettings         = 64 << 10
	maxLinks            = 8
	maxLinkName         = 40
	maxPolicies         = 32
	maxOrigins          = 8
	defaultPolicy       = "2.16.792.1.2.1.1.5.7.1.1"
	defaultListen       = "127.0.0.1:8080"
	defaultDatabase     = "portal.db"
	defaultCodeLifetime = 300 * time.Second
	maxCodeLifetime     = 3600
	defaultJudgeWithin  = 24 * time.Hour
	maxJudgeWithin      = 30 * 86400
	defaultForgetAfter  = 24 * time.Hour
	minForgetAfter      = 3600 // within it, limits count what was sent and issued
	maxForgetAfter      = 30 * 86400
)

// ReadSettings reads and checks a settings file and fills in the defaults.
func ReadSettings(path string) (*Settings, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("settings: %w", err)
	}
	defer file.Close()
	data, err := io.ReadAll(io.LimitReader(file, maxSettings+1))
	if err != nil {
		return nil, fmt.Errorf("settings %q: %w", path, err)
	}
	s, err := parseSettings(data)
	if err != nil {
		return nil, fmt.Errorf("settings %q: %w", path, err)
	}
	if err := s.resolve(filepath.Dir(path)); err != nil {
		return nil, fmt.Errorf("settings %q: %w", path, err)
	}
	if s.ClientSecret != "" || s.Lasting.hasSecret() {
		if err := secretfile.Check(file); err != nil {
			return nil, fmt.Errorf("settings %q: client_secret, or header of an authority: %w", path, err)
		}
	}
	if err := s.loadClientSecret(os.Getenv(clientSecretVariable)); err != nil {
		return nil, fmt.Errorf("settings %q: %w", path, err)
	}
	if err := s.loadSharedSecret(); err != nil {
		return nil, fmt.Errorf("settings %q: %w", path, err)
	}
	if s.Mail != nil {
		if err := s.Mail.LoadPassword(os.Getenv(letters.PasswordVariable)); err != nil {
			return nil, fmt.Errorf("settings %q: mail: %w", path, err)
		}
	}
	return s, nil
}

// parseSettings decodes and checks settings; paths stay as they are written.
func parseSettings(data []byte) (*Settings, error) {
	if len(data) > maxSettings {
		return nil, fmt.Errorf("longer than %d bytes", maxSettings)
	}
	var s Settings
	if err := strictjson.Unmarshal(data, &s); err != nil {
		return nil, err
	}
	if s.Listen == "" {
		s.Listen = defaultListen
	}
	if s.Database == "" && s.PostgresFile == "" {
		s.Database = defaultDatabase
	}
	if err := s.check(); err != nil {
		return nil, err
	}
	return &s, nil
}

// texts are those that the consent's text names.
func (s *Settings) texts(kept legaltext.Kept) *legaltext.Library {
	return undertaking.Library(s.ApplicationForm, s.Undertaking, s.TextArchive, kept)
}

func (s *Settings) codeLifetime() time.Duration {
	return secondsOr(s.CodeLifetimeSeconds, defaultCodeLifetime)
}

func (s *Settings) judgeWithin() time.Duration {
	return secondsOr(s.JudgeWithinSeconds, defaultJudgeWithin)
}

func (s *Settings) forgetAfter() time.Duration {
	return secondsOr(s.ForgetAfterSeconds, defaultForgetAfter)
}

// secondsOr is a setting of so many seconds, or its default where that is 0.
func secondsOr(seconds int, usual time.Duration) time.Duration {
	if seconds == 0 {
		return usual
	}
	return time.Duration(seconds) * time.Second
}
