package sandbox

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"time"

	"github.com/e-onay/e-onay/internal/strictjson"
	"github.com/e-onay/e-onay/web/production"
)

// Files of the keys for hand-overs and returns, in the state's directory.
const (
	portalProductionKey = "production/portal.key"
	producerKey         = "production/producer.key"
	producerPublicKey   = "production/producer.pem"
	openingKey          = "production/opening.key"
	openingPublicKey    = "production/opening.pem"
	returnsKey          = "production/returns.key"
)

// personaliser stands for the machine that personalises cards. Whatever is asked for twice is made once: what it has made stays in
// production/made/REFERENCE.json.
type personaliser struct {
	mu        sync.Mutex
	state     *state
	authority *authorityAPI
	portal    *ecdsa.PublicKey
	own       *ecdsa.PrivateKey // signs returns
	opening   *ecdsa.PrivateKey // opens hand-overs
	returns   *ecdsa.PublicKey  // the portal's
}

func newPersonaliser(s *state, authority *authorityAPI) (*personaliser, error) {
	if err := os.MkdirAll(s.path("production", "made"), 0o700); err != nil {
		return nil, err
	}
	portal, err := s.keepKey(portalProductionKey)
	if err != nil {
		return nil, err
	}
	own, err := s.keepPair(producerKey, producerPublicKey)
	if err != nil {
		return nil, err
	}
	opening, err := s.keepPair(openingKey, openingPublicKey)
	if err != nil {
		return nil, err
	}
	returns, err := s.keepKey(returnsKey)
	if err != nil {
		return nil, err
	}
	return &personaliser{state: s, authority: authority, portal: &portal.PublicKey, own: own, opening: opening, returns: &returns.PublicKey}, nil
}

// keepPair is keepKey for one whose public key is given to the portal.
func (s *state) keepPair(name, publicName string) (*ecdsa.PrivateKey, error) {
	key, err := s.keepKey(name)
	if err != nil {
		return nil, err
	}
	public, err := x509.MarshalPKIXPublicKey(&key.PublicKey)
	if err != nil {
		return nil, err
	}
	return key, writeFile(s.path(publicName), pemBlock("PUBLIC KEY", public), 0o644)
}

// keepKey loads a key of the state, or makes it at the first start.
func (s *state) keepKey(name string) (*ecdsa.PrivateKey, error) {
	key, err := loadKey(s.path(name))
	if !errors.Is(err, fs.ErrNotExist) {
		return key, err
	}
	if key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader); err != nil {
		return nil, err
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, err
	}
	return key, writeFile(s.path(name), pemBlock("PRIVATE KEY", der), 0o600)
}

type personaliseRequest struct {
	Handover []byte      `json:"handover"`
	Cards    []blankCard `json:"cards"`
}

// blankCard is a card that is to be personalised for an application. Without one, the machine takes a card of its own.
type blankCard struct {
	Reference string `json:"reference"`
	Serial    string `json:"serial"`
	PUK       string `json:"puk"`
	PublicKey []byte `json:"publicKey"`
}

type personaliseAnswer struct {
	Return []byte            `json:"return"`
	Cards  string            `json:"cards"`
	Keys   map[string][]byte `json:"keys"` // of the machine's own cards
}

// madeCard is what has been made for an application.
type madeCard struct {
	Version     int    `json:"version"`
	Serial      string `json:"serial"`
	PUK         string `json:"puk"`
	Certificate []byte `json:"certificate"`
	Key         []byte `json:"key,omitempty"`
}

func (p *personaliser) serve(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodPost {
		refuseMethod(w, "POST")
		return
	}
	text, ok := readBody(w, r, 2*production.MaxFile)
	if !ok {
		return
	}
	var body personaliseRequest
	if err := strictjson.Unmarshal(text, &body); err != nil {
		refuse(w, http.StatusBadRequest, errors.New("not a hand-over with cards"))
		return
	}
	handover, err := production.ReadHandover(body.Handover, p.portal, p.opening)
	if err != nil {
		refuse(w, http.StatusBadRequest, err)
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	result, err := p.personalise(handover, body.Cards)
	if err != nil {
		refuse(w, http.StatusBadRequest, err)
		return
	}
	answer(w, http.StatusOK, result)
}

// personalise makes what is not made yet. mu must be held.
func (p *personaliser) personalise(handover production.Handover, cards []blankCard) (*personaliseAnswer, error) {
	result := &personaliseAnswer{Keys: map[string][]byte{}}
	made := production.Return{Site: handover.Site, Reference: rand.Text(), MadeAt: time.Now().UTC().Truncate(time.Second), Entries: []production.Made{}}
	var lines strings.Builder
	for _, order := range handover.Entries {
		card, err := p.card(order, cards)
		if err != nil {
			return nil, fmt.Errorf("%.40q: %v", order.Reference, err)
		}
		made.Entries = append(made.Entries, production.Made{Reference: order.Reference, Version: card.Version, Certificate: card.Certificate})
		if card.Key != nil {
			result.Keys[order.Reference] = card.Key
		}
		if order.Kind != "nes" {
			continue // a company's seal has no PUK at the portal
		}
		line := map[string]any{"serial": card.Serial, "citizen_number": order.SubjectNumber, "certificate": card.Certificate, "puk": card.PUK, "mail": order.Mail}
		if order.Phone != "" {
			line["phone"] = order.Phone
		}
		if err := json.NewEncoder(&lines).Encode(line); err != nil {
			return nil, err
		}
	}
	var err error
	result.Cards = lines.String()
	result.Return, err = made.Seal(p.own, p.returns)
	return result, err
}

// referenceForm is that of a name which can be a file's.
var referenceForm = regexp.MustCompile(`^[A-Z0-9-]{1,40}$`)

// card returns the card of an order, and makes it if it is not there.
func (p *personaliser) card(order production.Order, blanks []blankCard) (*madeCard, error) {
	if !referenceForm.MatchString(order.Reference) {
		return nil, errors.New("not a reference")
	}
	path := p.state.path("production", "made", filepath.Base(order.Reference)+".json")
	kept, err := os.ReadFile(path)
	if err == nil {
		var card madeCard
		return &card, strictjson.Unmarshal(kept, &card)
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	card, err := p.make(order, blanks)
	if err != nil {
		return nil, err
	}
	text, err := json.Marshal(card)
	if err != nil {
		return nil, err
	}
	return card, writeFile(path, text, 0o600)
}

func (p *personaliser) make(order production.Order, blanks []blankCard) (*madeCard, error) {
	blank := blankCard{Serial: newCardSerial(), PUK: newPUK()}
	card := &madeCard{Version: order.Version}
	for _, one := range blanks {
		if one.Reference == order.Reference {
			blank = one
		}
	}
	if blank.PublicKey == nil {
		key, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
		if err != nil {
			return nil, err
		}
		if card.Key, err = x509.MarshalPKCS8PrivateKey(key); err != nil {
			return nil, err
		}
		if blank.PublicKey, err = x509.MarshalPKIXPublicKey(&key.PublicKey); err != nil {
			return nil, err
		}
	}
	request := issueRequest{PublicKey: blank.PublicKey, Name: order.Subject, CitizenNumber: order.SubjectNumber, Kind: kindValid}
	if order.Kind != "nes" {
		request.Kind, request.CitizenNumber = kindSeal, people[0].citizenNumber // a seal has the sandbox's own tax number
	}
	leaf, err := request.check()
	if err != nil {
		return nil, err
	}
	issued, err := p.authority.issue(leaf)
	if err != nil {
		return nil, err
	}
	card.Serial, card.PUK, card.Certificate = blank.Serial, blank.PUK, issued.Certificate
	return card, nil
}

// newCardSerial returns a card's serial number as tokens have it, newPUK a PUK.
func newCardSerial() string {
	bits := make([]byte, 8)
	_, _ = rand.Read(bits) // never fails
	return hex.EncodeToString(bits)
}

func newPUK() string { return rand.Text()[:8] }
