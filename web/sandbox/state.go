package sandbox

import (
	"cmp"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// state is the directory that outlives the process. One process at a time uses it: the port it
// remembers sees to that.
//
//	identity/  made once, all at once: keys, CA certificates, the client secret, the portal's own keys, the port
//	issued/    SERIAL.der, every certificate of the genuine authority
//	revoked/   SERIAL, the time of its revocation
type state struct{ dir string }

func openState(dir string) (*state, error) {
	absolute, err := filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	for _, d := range []string{absolute, filepath.Join(absolute, "issued"), filepath.Join(absolute, "revoked")} {
		if err := os.MkdirAll(d, 0o700); err != nil {
			return nil, err
		}
	}
	return &state{dir: absolute}, nil
}

func (s *state) path(elements ...string) string {
	return filepath.Join(append([]string{s.dir}, elements...)...)
}

// listen listens on address, or on the port of the first start where address leaves it open.
func (s *state) listen(address string) (net.Listener, error) {
	host, wanted, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	kept, err := os.ReadFile(s.path("identity", "port"))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	if known := strings.TrimSpace(string(kept)); known != "" {
		if wanted != "0" && wanted != known {
			return nil, fmt.Errorf("sandbox: certificates in %s name port %s; listen there, or take a new -state", s.dir, known)
		}
		wanted = known
	}
	return net.Listen("tcp", net.JoinHostPort(host, wanted))
}

// listenForMail listens on the port of the first start, which settings of portals name, or on a free one.
func (s *state) listenForMail() (net.Listener, error) {
	kept, err := os.ReadFile(s.path("mail-port"))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	known := strings.TrimSpace(string(kept))
	listener, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", cmp.Or(known, "0")))
	if err != nil || known != "" {
		return listener, err
	}
	if err := writeFile(s.path("mail-port"), fmt.Appendln(nil, port(listener)), 0o644); err != nil {
		return nil, errors.Join(err, listener.Close())
	}
	return listener, nil
}

// identity is what makes two starts the same sandbox.
type identity struct {
	authority    *authority
	loginKey     *ecdsa.PrivateKey // signs ID tokens
	clientSecret string
}

// requestKeyFile holds the key that the portal signs its requests with, PKCS #8 in PEM.
const requestKeyFile = "request.key"

// pukKeyFile holds the key under which the portal keeps the PUKs of its cards, base64 of 32 bytes.
const pukKeyFile = "puk-key"

// identity loads the identity, or makes it at the first start.
func (s *state) identity(address string) (*identity, error) {
	_, err := os.Stat(s.path("identity"))
	if errors.Is(err, fs.ErrNotExist) {
		return s.makeIdentity(address)
	}
	if err != nil {
		return nil, err
	}
	a := &authority{url: address}
	if a.root, err = s.loadPair("root"); err != nil {
		return nil, err
	}
	if a.intermediate, err = s.loadPair("intermediate"); err != nil {
		return nil, err
	}
	loginKey, err := loadKey(s.path("identity", "login.key"))
	if err != nil {
		return nil, err
	}
	secret, err := os.ReadFile(s.path("identity", "client-secret"))
	if err != nil {
		return nil, err
	}
	return &identity{authority: a, loginKey: loginKey, clientSecret: strings.TrimSpace(string(secret))}, nil
}

// makeIdentity is the key ceremony. It works in a directory of another name and renames it at the
// end, so that a process killed in between leaves nothing that looks like an identity.
func (s *state) makeIdentity(address string) (*identity, error) {
	a, err := newAuthority(address)
	if err != nil {
		return nil, err
	}
	loginKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	id := &identity{authority: a, loginKey: loginKey, clientSecret: rand.Text()}
	draft := s.path("identity.new")
	if err := os.RemoveAll(draft); err != nil {
		return nil, err
	}
	if err := os.Mkdir(draft, 0o700); err != nil {
		return nil, err
	}
	if err := id.save(draft); err != nil {
		return nil, err
	}
	return id, os.Rename(draft, s.path("identity"))
}

func (id *identity) save(dir string) error {
	keys := map[string]*ecdsa.PrivateKey{
		"root.key": id.authority.root.key, "intermediate.key": id.authority.intermediate.key, "login.key": id.loginKey,
	}
	var err error
	if keys[requestKeyFile], err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader); err != nil {
		return err
	}
	for name, key := range keys {
		der, err := x509.MarshalPKCS8PrivateKey(key)
		if err != nil {
			return err
		}
		if err := writeFile(filepath.Join(dir, name), pemBlock("PRIVATE KEY", der), 0o600); err != nil {
			return err
		}
	}
	_, portText, err := net.SplitHostPort(strings.TrimPrefix(id.authority.url, "http://"))
	if err != nil {
		return err
	}
	public := map[string][]byte{
		"root.pem":         pemBlock("CERTIFICATE", id.authority.root.certificate.Raw),
		"intermediate.pem": pemBlock("CERTIFICATE", id.authority.intermediate.certificate.Raw),
		"port":             []byte(portText + "\n"),
	}
	for name, content := range public {
		if err := writeFile(filepath.Join(dir, name), content, 0o644); err != nil {
			return err
		}
	}
	pukKey := make([]byte, 32)
	_, _ = rand.Read(pukKey) // never fails
	for name, secret := range map[string]string{"client-secret": id.clientSecret, pukKeyFile: base64.StdEncoding.EncodeToString(pukKey)} {
		if err := writeFile(filepath.Join(dir, name), []byte(secret+"\n"), 0o600); err != nil {
			return err
		}
	}
	return nil
}

func (s *state) loadPair(name string) (pair, error) {
	key, err := loadKey(s.path("identity", name+".key"))
	if err != nil {
		return pair{}, err
	}
	text, err := os.ReadFile(s.path("identity", name+".pem"))
	if err != nil {
		return pair{}, err
	}
	block, _ := pem.Decode(text)
	if block == nil {
		return pair{}, fmt.Errorf("sandbox: no PEM block in %s.pem", name)
	}
	certificate, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		return pair{}, fmt.Errorf("sandbox: %s.pem: %v", name, err)
	}
	if !key.PublicKey.Equal(certificate.PublicKey) {
		return pair{}, fmt.Errorf("sandbox: %s.key and %s.pem do not belong together", name, name)
	}
	return pair{certificate: certificate, key: key}, nil
}

func loadKey(path string) (*ecdsa.PrivateKey, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	block, _ := pem.Decode(text)
	if block == nil {
		return nil, fmt.Errorf("sandbox: no PEM block in %s", path)
	}
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil, fmt.Errorf("sandbox: %s: %v", path, err)
	}
	ec, ok := key.(*ecdsa.PrivateKey)
	if !ok {
		return nil, fmt.Errorf("sandbox: %s: not an EC key", path)
	}
	return ec, nil
}

func pemBlock(kind string, der []byte) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der})
}

// writeFile writes content so that path holds either what it held before or all of it, and it is on
// the disk when writeFile returns.
func writeFile(path string, content []byte, mode fs.FileMode) error {
	f, err := os.CreateTemp(filepath.Dir(path), ".new-"+strconv.Itoa(os.Getpid())+"-*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name()) // after the rename there is nothing to remove
	_, err = f.Write(content)
	err = errors.Join(err, f.Chmod(mode), f.Sync(), f.Close())
	if err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}
