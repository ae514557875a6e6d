package courier

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/e-onay/e-onay/internal/outbound"
	"github.com/e-onay/e-onay/internal/strictjson"
	"github.com/e-onay/e-onay/web/portal/application"
)

// Carrier brings cards to people. Its answers are believed no further than the engine checks them.
type Carrier interface {
	// Order has a parcel fetched, and returns its number. Another order with the same key is the same order. ErrRefused says
	// that the carrier will not take it, ErrInvalid that its answer cannot be; with any other error it may be asked again.
	Order(ctx context.Context, o Order) (number string, err error)
	// Track returns what has happened to a parcel, in any order. ErrUnknown says that the carrier knows none with this number,
	// ErrInvalid as for Order. Events beside an ErrInvalid are those that can be read.
	Track(ctx context.Context, number string) ([]application.ShipmentEvent, error)
}

// What a carrier's answer may say beside what was asked for.
var (
	ErrRefused = errors.New("the carrier refuses the order")
	ErrUnknown = errors.New("the carrier knows no shipment with this number")
	ErrInvalid = errors.New("the carrier's answer cannot be")
)

// Order is what a carrier is told of a parcel.
type Order struct {
	// Key names the order for good.
	Key       string    `json:"key"`
	Recipient Recipient `json:"recipient"`
}

// Recipient is to whom a card is brought, and to nobody else.
type Recipient struct {
	Name     string `json:"name"`
	Mobile   string `json:"mobile"`
	Address  string `json:"address"`
	District string `json:"district"`
	Province string `json:"province"`
	Postcode string `json:"postcode"`
	// DeliverTo is toBranch where the recipient fetches the parcel at a branch in their district; empty for the address.
	DeliverTo string `json:"deliver_to,omitempty"`
}

const toBranch = "branch"

// Limits of what a carrier answers.
const (
	maxAnswer = 64 << 10 // bytes
	maxEvents = 100
	maxWords  = 200 // bytes of a refusal that are logged
)

// Client is a Carrier that is asked by HTTP, as docs/courier.md says.
type Client struct {
	// URL is the address below which it answers: https, or http on this machine.
	URL string
	// Token is what it knows the portal by.
	Token string
	// HTTP makes the requests; nil means http.DefaultTransport. Hosts bounds what it may take of the process.
	HTTP  *http.Client
	Hosts outbound.Hosts
}

// Order implements Carrier.
func (c *Client) Order(ctx context.Context, o Order) (string, error) {
	body, err := c.ask(ctx, "/orders", o)
	if err != nil {
		return "", err
	}
	return parseOrdered(body)
}

// Track implements Carrier.
func (c *Client) Track(ctx context.Context, number string) ([]application.ShipmentEvent, error) {
	body, err := c.ask(ctx, "/track", map[string]string{"number": number})
	if err != nil {
		return nil, err
	}
	return parseTracked(body, number)
}

// ask posts, so that numbers and names stand in no address, and so in no log of a proxy.
func (c *Client) ask(ctx context.Context, path string, question any) ([]byte, error) {
	text, err := json.Marshal(question)
	if err != nil {
		return nil, err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, strings.TrimSuffix(c.URL, "/")+path, bytes.NewReader(text))
	if err != nil {
		return nil, err
	}
	request.Header.Set("Authorization", "Bearer "+c.Token)
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Accept", "application/json")
	fetcher := outbound.Fetcher{Client: c.HTTP, Hosts: &c.Hosts, Kind: "courier"}
	body, err := fetcher.Fetch(ctx, request, "application/json", maxAnswer)
	if errors.Is(err, outbound.ErrAnswer) {
		err = fmt.Errorf("%w: %w", ErrInvalid, err)
	}
	return body, err
}

// parseOrdered reads the answer to an order.
func parseOrdered(body []byte) (string, error) {
	var answer struct {
		Number  string `json:"number"`
		Refused string `json:"refused"`
	}
	switch err := strictjson.UnmarshalKnown(body, &answer); {
	case err != nil:
		return "", fmt.Errorf("%w: not the JSON of an order", ErrInvalid)
	case answer.Refused != "" && answer.Number == "":
		return "", fmt.Errorf("%w: %.*q", ErrRefused, maxWords, answer.Refused)
	}
	number, ok := application.ShipmentNumber(answer.Number)
	if !ok || answer.Refused != "" {
		return "", fmt.Errorf("%w: %.60q is not a shipment's number", ErrInvalid, answer.Number)
	}
	return number, nil
}

// parseTracked reads the answer about a number. An event that cannot be kept is left out, and makes the answer ErrInvalid.
func parseTracked(body []byte, number string) ([]application.ShipmentEvent, error) {
	var answer struct {
		Number  string `json:"number"`
		Unknown bool   `json:"unknown"`
		Events  []struct {
			ID    string                    `json:"id"`
			State application.ShipmentState `json:"state"`
			Place string                    `json:"place"`
			At    time.Time                 `json:"at"`
		} `json:"events"`
	}
	switch err := strictjson.UnmarshalKnown(body, &answer); {
	case err != nil:
		return nil, fmt.Errorf("%w: not the JSON of a shipment", ErrInvalid)
	case answer.Unknown:
		return nil, ErrUnknown
	case answer.Number != number:
		return nil, fmt.Errorf("%w: of another number", ErrInvalid)
	case len(answer.Events) > maxEvents:
		return nil, fmt.Errorf("%w: %d events", ErrInvalid, len(answer.Events))
	}
	var events []application.ShipmentEvent
	var err error
	for i, e := range answer.Events {
		event := application.ShipmentEvent{Number: number, ID: e.ID, State: e.State, Place: strings.TrimSpace(e.Place), At: e.At.UTC()}
		if !event.IsReadable() {
			err = fmt.Errorf("%w: event %d has no name, an unknown state or an unreadable text", ErrInvalid, i+1)
			continue
		}
		events = append(events, event)
	}
	return events, err
}
