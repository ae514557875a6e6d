// Package testcard makes tokens for tests and for the demo, with the project's own tooling: SoftHSM2,
// a real PKCS#11 library, with keys that never leave the token.
//
// # Processes
//
// SoftHSM2 reads its configuration's path from the environment of the process, once, and one process
// can hold one configuration. So every operation runs in a short-lived child: this program again, told
// by an environment variable to be a tool instead. Any number of directories can therefore be used from
// one process, at the same time, and that process's own environment is never changed.
package testcard

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"sync/atomic"
)

// Kind is a kind of key.
type Kind string

// The kinds that SoftHSM2 has here.
const (
	RSA2048 Kind = "RSA 2048"
	RSA3072 Kind = "RSA 3072"
	P256    Kind = "EC P-256"
	P384    Kind = "EC P-384"
)

// SoftHSM is a SoftHSM2 configuration with tokens of its own.
type SoftHSM struct {
	// ConfPath is the configuration file, for SOFTHSM2_CONF in the environment of whoever uses the tokens.
	ConfPath string

	rsaKeys atomic.Int64 // how many its tokens have
}

// NewSoftHSM writes a configuration into dir, which must exist; the tokens lie in dir/tokens, for
// their owner only.
func NewSoftHSM(dir string) (*SoftHSM, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	tokens := filepath.Join(dir, "tokens")
	if err := os.MkdirAll(tokens, 0o700); err != nil {
		return nil, err
	}
	s := &SoftHSM{ConfPath: confPath(dir)}
	conf := fmt.Sprintf("directories.tokendir = %s\nobjectstore.backend = file\nlog.level = ERROR\n", tokens)
	return s, os.WriteFile(s.ConfPath, []byte(conf), 0o600)
}

// Env is the environment variable that makes SoftHSM2 use this configuration, as "NAME=value".
func (s *SoftHSM) Env() string { return "SOFTHSM2_CONF=" + s.ConfPath }

// SoftHSMEnv is the Env of what NewSoftHSM makes in dir, an absolute path.
func SoftHSMEnv(dir string) string { return (&SoftHSM{ConfPath: confPath(dir)}).Env() }

func confPath(dir string) string { return filepath.Join(dir, "softhsm2.conf") }

// Module returns the path of the SoftHSM2 library: the first known place where there is one.
func Module() (string, error) {
	for _, path := range modulePaths[runtime.GOOS] {
		if _, err := os.Stat(path); err == nil {
			return path, nil
		}
	}
	return "", errors.New("libsofthsm2 is not installed")
}

var modulePaths = map[string][]string{
	"linux":  {"/usr/lib/softhsm/libsofthsm2.so", "/usr/lib64/softhsm/libsofthsm2.so", "/usr/lib64/libsofthsm2.so", "/usr/local/lib/softhsm/libsofthsm2.so"},
	"darwin": {"/opt/homebrew/lib/softhsm/libsofthsm2.so", "/usr/local/lib/softhsm/libsofthsm2.so"},
}

// A Token is a token with its PIN, or without one and then with its security officer's.
type Token struct {
	// Serial is the token's serial number, for those that were made with this value.
	Serial string

	hsm   *SoftHSM
	label string
	pin   string
	soPIN string
}

// AddToken initialises a token.
func (s *SoftHSM) AddToken(label, pin, soPIN string) (*Token, error) {
	return s.initialise(&Token{hsm: s, label: label, pin: pin, soPIN: soPIN})
}

// AddUnsetToken initialises a token that has no PIN yet, as one that comes from its maker. It can store certificates;
// once it has a PIN, Token is the way to make keys on it.
func (s *SoftHSM) AddUnsetToken(label, soPIN string) (*Token, error) {
	return s.initialise(&Token{hsm: s, label: label, soPIN: soPIN})
}

func (s *SoftHSM) initialise(t *Token) (*Token, error) {
	r, err := t.run(order{Act: actInit})
	t.Serial = r.Serial
	return t, err
}

// Token returns the token that an earlier AddToken made, in this process or another.
func (s *SoftHSM) Token(label, pin string) *Token { return &Token{hsm: s, label: label, pin: pin} }

// An Option changes a key that is to be made.
type Option string

// AlwaysAuthenticate makes the token want the PIN again for each signature (CKA_ALWAYS_AUTHENTICATE).
const AlwaysAuthenticate Option = "always-authenticate"

// NewKey makes a key pair on the token, under label and id (CKA_ID), and returns its public part. A curve's key is generated
// there. An RSA key is none of this configuration's other tokens' keys, but may be that of a token of another one: it
// takes longer to find one than most tests take.
func (t *Token) NewKey(kind Kind, label string, id []byte, options ...Option) (crypto.PublicKey, error) {
	o := order{Act: actKey, Kind: kind, Label: label, ID: id, Options: options}
	if bits, ok := rsaBits[kind]; ok {
		key, err := rsaKey(bits, t.hsm.rsaKeys.Add(1))
		if err != nil {
			return nil, err
		}
		o.RSA = x509.MarshalPKCS1PrivateKey(key)
		_, err = t.run(o)
		return &key.PublicKey, err
	}
	r, err := t.run(o)
	if err != nil {
		return nil, err
	}
	return r.public(kind)
}

var rsaBits = map[Kind]int{RSA2048: 2048, RSA3072: 3072}

// rsaKeys are the keys of rsaKey.
var rsaKeys sync.Map // of func() (*rsa.PrivateKey, error)

// rsaKey returns the nth key of a length, which is made once for this process.
func rsaKey(bits int, n int64) (*rsa.PrivateKey, error) {
	type which struct {
		bits int
		n    int64
	}
	once, _ := rsaKeys.LoadOrStore(which{bits, n}, sync.OnceValues(func() (*rsa.PrivateKey, error) {
		return rsa.GenerateKey(rand.Reader, bits)
	}))
	return once.(func() (*rsa.PrivateKey, error))()
}

// Store writes a certificate onto the token.
func (t *Token) Store(certificate []byte, id []byte, label string) error {
	o, err := storing(certificate, id, label)
	if err != nil {
		return err
	}
	_, err = t.run(o)
	return err
}

// StoreAll writes many certificates onto the token, each under an id of its own.
func (t *Token) StoreAll(certificates [][]byte, label string) error {
	all := order{Act: actStore}
	for i, certificate := range certificates {
		o, err := storing(certificate, []byte{9, byte(i)}, label)
		if err != nil {
			return err
		}
		all.Each = append(all.Each, o)
	}
	_, err := t.run(all)
	return err
}

func storing(certificate, id []byte, label string) (order, error) {
	parsed, err := x509.ParseCertificate(certificate)
	if err != nil {
		return order{}, err
	}
	return order{
		Act: actStore, Label: label, ID: id,
		Value: certificate, Subject: parsed.RawSubject, Issuer: parsed.RawIssuer,
	}, nil
}

// StoreRaw writes bytes that need not be a certificate where a certificate should be.
func (t *Token) StoreRaw(value []byte, id []byte, label string) error {
	_, err := t.run(order{Act: actStore, Label: label, ID: id, Value: value, Subject: []byte{0x30, 0}})
	return err
}

// Signing measures n signatures of C_Sign alone, in nanoseconds each, with the key under id: the floor
// that everything around it is compared with.
func (t *Token) Signing(kind Kind, id []byte, n int) ([]int64, error) {
	r, err := t.run(order{Act: actTime, Kind: kind, ID: id, N: n})
	return r.Nanoseconds, err
}

func (r result) public(kind Kind) (crypto.PublicKey, error) {
	switch kind {
	case P256:
		return ecdsa.ParseUncompressedPublicKey(elliptic.P256(), r.Point)
	default:
		return ecdsa.ParseUncompressedPublicKey(elliptic.P384(), r.Point)
	}
}
