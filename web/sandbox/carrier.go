package sandbox

import (
	"bytes"
	"crypto/rand"
	"crypto/subtle"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"html/template"
	"io/fs"
	"math/big"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/e-onay/e-onay/internal/message"
)

const (
	// carrierTokenFile has the secret by which the portal orders shipments.
	carrierTokenFile = "courier-token"
	// carrierPath is the page on which a tester moves parcels on; the interface of docs/courier.md is below it.
	carrierPath = "/kargo"
	maxParcels  = 200
)

// parcelStates are what the carrier says of a parcel, as docs/courier.md has them.
var parcelStates = []string{"accepted", "on_its_way", "at_branch", "out_for_delivery", "delivered", "not_met", "returning", "returned", "lost"}

//go:embed carrier.html
var carrierHTML string

var carrierTemplate = template.Must(template.New("carrier").Parse(carrierHTML))

// parcelEvent is something that has happened to a parcel.
type parcelEvent struct {
	ID    string    `json:"id"`
	State string    `json:"state"`
	Place string    `json:"place"`
	At    time.Time `json:"at"`
}

// parcel is what the carrier brings.
type parcel struct {
	Number string        `json:"number"`
	Key    string        `json:"key"`
	Events []parcelEvent `json:"events"`
}

// carrier brings cards, or says so. It keeps the last parcels in memory, and of whom they are for nothing. It is safe for concurrent use.
type carrier struct {
	conduct *conduct
	token   string

	mu      sync.Mutex
	parcels []parcel
}

func newCarrier(s *state, conduct *conduct) (*carrier, error) {
	text, err := os.ReadFile(s.path(carrierTokenFile))
	if errors.Is(err, fs.ErrNotExist) {
		text = []byte(rand.Text() + "\n")
		err = writeFile(s.path(carrierTokenFile), text, 0o600)
	}
	if err != nil {
		return nil, err
	}
	return &carrier{conduct: conduct, token: strings.TrimSpace(string(text))}, nil
}

func (c *carrier) routes(mux *http.ServeMux, address string, guard func(http.Handler) http.Handler) {
	mux.HandleFunc("POST "+carrierPath+"/v1/orders", c.forPortal(c.serveOrder))
	mux.HandleFunc("POST "+carrierPath+"/v1/track", c.forPortal(c.serveTrack))
	mux.HandleFunc("GET "+carrierPath, addressedHere(address, c.servePage))
	sameOrigin := http.NewCrossOriginProtection()
	mux.Handle("POST "+carrierPath, sameOrigin.Handler(addressedHere(address, c.serveMove)))
	mux.Handle("/admin/courier", guard(http.HandlerFunc(c.serveAdmin)))
}

// forPortal admits who has the token, and misbehaves where every answer does.
func (c *carrier) forPortal(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		token, _ := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
		if subtle.ConstantTimeCompare([]byte(token), []byte(c.token)) != 1 {
			refuse(w, http.StatusUnauthorized, errors.New("not the portal's token"))
			return
		}
		switch c.conduct.get().Courier {
		case carrierDown:
			hangUp()
		case carrierHang:
			<-r.Context().Done()
			hangUp()
		case carrierBusy:
			refuse(w, http.StatusServiceUnavailable, errors.New("not now"))
		case carrierGarbage:
			_, _ = w.Write([]byte("<html>"))
		case carrierHuge:
			w.Header().Set("Content-Type", "application/json")
			_, _ = w.Write(bytes.Repeat([]byte("["), 1<<20))
		default:
			next(w, r)
		}
	}
}

// serveOrder takes an order; one with a key that it knows is that order.
func (c *carrier) serveOrder(w http.ResponseWriter, r *http.Request) {
	var order struct {
		Key       string            `json:"key"`
		Recipient map[string]string `json:"recipient"`
	}
	if !decodeJSON(w, r, &order) {
		return
	}
	if order.Key == "" || order.Recipient["name"] == "" || order.Recipient["address"] == "" {
		answer(w, http.StatusOK, map[string]string{"refused": "no key, name or address"})
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	conduct := c.conduct.get().Courier
	switch conduct {
	case carrierRefuses:
		answer(w, http.StatusOK, map[string]string{"refused": "adres dağıtım alanının dışında"})
		return
	case carrierMalformed:
		answer(w, http.StatusOK, map[string]string{"number": "<b>DK-1</b>"})
		return
	}
	i := slices.IndexFunc(c.parcels, func(p parcel) bool { return p.Key == order.Key })
	if conduct == carrierRepeats && len(c.parcels) > 0 {
		i = 0 // the number of another parcel
	}
	if i < 0 || conduct == carrierForgets { // a second parcel for one key
		c.parcels = append(c.parcels, parcel{Number: newParcelNumber(), Key: order.Key})
		if over := len(c.parcels) - maxParcels; over > 0 {
			c.parcels = slices.Delete(c.parcels, 0, over)
		}
		i = len(c.parcels) - 1
		c.move(&c.parcels[i], parcelStates[0], "Deneme Şubesi")
	}
	answer(w, http.StatusOK, map[string]string{"number": c.parcels[i].Number})
}

func newParcelNumber() string {
	n, err := rand.Int(rand.Reader, big.NewInt(1e10))
	if err != nil {
		panic(err) // it never fails
	}
	return fmt.Sprintf("DK%010d", n)
}

// move adds an event to a parcel; c.mu must be held.
func (c *carrier) move(p *parcel, state, place string) {
	p.Events = append(p.Events, parcelEvent{ID: fmt.Sprintf("%s-%d", p.Number, len(p.Events)+1), State: state, Place: place, At: time.Now().UTC()})
}

// find returns a parcel, nil where there is none; c.mu must be held.
func (c *carrier) find(number string) *parcel {
	i := slices.IndexFunc(c.parcels, func(p parcel) bool { return p.Number == number })
	if i < 0 {
		return nil
	}
	return &c.parcels[i]
}

// serveTrack says what has happened to a parcel.
func (c *carrier) serveTrack(w http.ResponseWriter, r *http.Request) {
	var question struct {
		Number string `json:"number"`
	}
	if !decodeJSON(w, r, &question) {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	p := c.find(question.Number)
	conduct := c.conduct.get().Courier
	if p == nil || conduct == carrierUnknown {
		answer(w, http.StatusOK, map[string]bool{"unknown": true})
		return
	}
	answer(w, http.StatusOK, told(*p, conduct))
}

// told is what the carrier says of a parcel.
func told(p parcel, conduct carrierConduct) map[string]any {
	number, events := p.Number, slices.Clone(p.Events)
	switch conduct {
	case carrierOther:
		number = newParcelNumber()
	case carrierBack:
		for i := range events {
			events[i].At = events[i].At.AddDate(-1, 0, 0)
		}
	case carrierAhead:
		for i := range events {
			events[i].At = events[i].At.AddDate(0, 0, 2)
		}
	case carrierRewrites:
		for i := range events {
			events[i].State = "delivered"
		}
	case carrierHostile:
		for i, text := range []string{"<script>alert(1)</script>", "a\u202eb", "satır\nsatır", strings.Repeat("ş", 100), "\x00"} {
			events = append(events, parcelEvent{ID: fmt.Sprintf("%s-h%d", p.Number, i), State: "at_branch", Place: text, At: time.Now().UTC()})
		}
		events = append(events, parcelEvent{ID: "", State: "eaten", At: time.Now().UTC()})
	}
	return map[string]any{"number": number, "events": events}
}

// serveAdmin lists the parcels, or moves one on: {"number":"…","state":"…","place":"…"}.
func (c *carrier) serveAdmin(w http.ResponseWriter, r *http.Request) {
	switch r.Method {
	case http.MethodGet:
	case http.MethodPost:
		var change struct {
			Number string `json:"number"`
			State  string `json:"state"`
			Place  string `json:"place"`
		}
		if !decodeJSON(w, r, &change) {
			return
		}
		if err := c.moveOn(change.Number, change.State, change.Place); err != nil {
			refuse(w, http.StatusBadRequest, err)
			return
		}
	default:
		refuseMethod(w, "GET, POST")
		return
	}
	c.mu.Lock()
	text, err := json.Marshal(c.parcels)
	c.mu.Unlock()
	if err != nil {
		refuse(w, http.StatusInternalServerError, err)
		return
	}
	answer(w, http.StatusOK, map[string]any{"parcels": json.RawMessage(text)})
}

func (c *carrier) moveOn(number, state, place string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	p := c.find(number)
	switch {
	case p == nil:
		return fmt.Errorf("there is no parcel %q", number)
	case !slices.Contains(parcelStates, state):
		return fmt.Errorf("%q is none of %q", state, parcelStates)
	case len(p.Events) >= 100:
		return errors.New("it has moved a hundred times")
	}
	c.move(p, state, place)
	return nil
}

// carrierPage is what its template shows.
type carrierPage struct {
	Parcels  []parcel // the newest first, each with its newest event first
	States   []string
	language message.Language
}

// T is the sentence of a key in the page's language.
func (p carrierPage) T(key string) string { return message.Text(p.language, key) }

// Lang is the page's language.
func (p carrierPage) Lang() string { return string(p.language) }

// servePage shows the parcels to a tester on this machine, with a button for each state.
func (c *carrier) servePage(w http.ResponseWriter, r *http.Request) {
	page := carrierPage{language: message.Turkish, States: parcelStates}
	if lang := r.FormValue("lang"); lang != "" {
		page.language = message.ParseLanguage(lang)
	}
	c.mu.Lock()
	for _, p := range slices.Backward(c.parcels) {
		p.Events = slices.Clone(p.Events)
		slices.Reverse(p.Events)
		page.Parcels = append(page.Parcels, p)
	}
	c.mu.Unlock()
	writePage(w, carrierTemplate, page)
}

// serveMove moves a parcel on by the page's form.
func (c *carrier) serveMove(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, maxJSON)
	if err := c.moveOn(r.PostFormValue("number"), r.PostFormValue("state"), "Deneme Şubesi"); err != nil {
		refuse(w, http.StatusBadRequest, err)
		return
	}
	page := carrierPath
	if r.PostFormValue("lang") == string(message.English) {
		page += "?lang=en"
	}
	http.Redirect(w, r, page, http.StatusSeeOther)
}
