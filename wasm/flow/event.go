package flow

import "github.com/e-onay/e-onay/internal/protocol"

// Event is something that happened: outside, or under the person's hand.
type Event interface{ event() }

// What happens outside.
type (
	// SettingsRead brings what the person has set, at the start and after every change.
	SettingsRead struct{ Settings Settings }
	// RequestRead brings what the broker kept under the window's request id; nil if there is none. SignedAt is when the
	// site last signed a request, 0 if it never has; both times are in seconds since 1970.
	RequestRead struct {
		Stored        *protocol.StoredRequest
		SignedAt, Now int64
	}
	// SignatureVerified answers VerifySignature; Now is in seconds since 1970.
	SignatureVerified struct {
		OK  bool
		Now int64
	}
	// PageMessage is a message on the page's port, as JSON.
	PageMessage struct{ Raw []byte }
	// PageClosed says that the page's port is gone.
	PageClosed struct{}
	// HostMessage is a message on the host's port, as JSON.
	HostMessage struct{ Raw []byte }
	// HostClosed says that the host's port is gone, with the browser's reason.
	HostClosed struct{ Reason string }
	// Elapsed says that a timer has run out.
	Elapsed struct{ Timer Timer }
)

// What the person does.
type (
	// Continue goes on to the next question.
	Continue struct{}
	// Back returns to the one before.
	Back struct{}
	// Cancel is the button, the Escape key, or the closing of the window.
	Cancel struct{}
	// Retry is "try again" after a failure and "look again" while waiting for a card.
	Retry struct{}
	// Close leaves the last screen.
	Close struct{}
	// Choose takes a certificate by its Certificate.ID.
	Choose struct{ ID string }
	// TogglePIN shows the PIN's characters, or hides them.
	TogglePIN struct{}
	// Sign hands the PIN over. The flow owns PIN from here on and clears it, or hands it to the
	// effect PostHost, whose executor does. Confirmed says that the person knows it is the last try.
	Sign struct {
		PIN       []byte
		Confirmed bool
	}
	// Touched is any press of a key or pointer on the last screen.
	Touched struct{}
	// Speak sets the language.
	Speak struct{ Language string }
	// Configure asks for the page where the security phrase is set.
	Configure struct{}
)

func (SettingsRead) event()      {}
func (RequestRead) event()       {}
func (SignatureVerified) event() {}
func (PageMessage) event()       {}
func (PageClosed) event()        {}
func (HostMessage) event()       {}
func (HostClosed) event()        {}
func (Elapsed) event()           {}
func (Continue) event()          {}
func (Back) event()              {}
func (Cancel) event()            {}
func (Retry) event()             {}
func (Close) event()             {}
func (Choose) event()            {}
func (TogglePIN) event()         {}
func (Sign) event()              {}
func (Touched) event()           {}
func (Speak) event()             {}
func (Configure) event()         {}

// Effect is something for the browser to do.
type Effect interface{ effect() }

type (
	// ConnectPage takes up the port to the document that asked.
	ConnectPage struct{}
	// PostPage sends a message to the page.
	PostPage struct{ Envelope protocol.PageEnvelope }
	// ConnectHost starts the host.
	ConnectHost struct{}
	// PostHost sends a message to the host. PIN, if any, goes into the body's field "pin" as base64;
	// the executor clears the slice after posting; so do Old, PUK and New into "old", "puk" and "new".
	PostHost struct {
		Envelope      protocol.HostEnvelope
		PIN           []byte
		Old, PUK, New []byte
	}
	// DropHost closes the host's port, which ends the host.
	DropHost struct{}
	// After starts a timer, or starts it anew; a Wait of 0 stops it. Wait is in milliseconds.
	After struct {
		Timer Timer
		Wait  int
	}
	// VerifySignature checks a site's signature (ES256, r‖s) with a key that the site has published.
	VerifySignature struct {
		Key               protocol.SiteKey
		Signed, Signature []byte
	}
	// RememberSigner keeps in mind that a site has signed a request, and when.
	RememberSigner struct {
		Origin string
		Now    int64
	}
	// SaveSettings stores what is not empty in Settings.
	SaveSettings struct{ Settings Settings }
	// OpenSettings opens manage.html.
	OpenSettings struct{}
	// CloseWindow closes the window.
	CloseWindow struct{}
)

func (ConnectPage) effect()     {}
func (PostPage) effect()        {}
func (ConnectHost) effect()     {}
func (PostHost) effect()        {}
func (DropHost) effect()        {}
func (After) effect()           {}
func (VerifySignature) effect() {}
func (RememberSigner) effect()  {}
func (SaveSettings) effect()    {}
func (OpenSettings) effect()    {}
func (CloseWindow) effect()     {}

// Timer names one of the flow's timers.
type Timer string

// The timers. Each bounds what the flow waits for; the person may cancel long before.
const (
	TimerPage  Timer = "page"  // the page's next message
	TimerHost  Timer = "host"  // the host's answer
	TimerSlow  Timer = "slow"  // a card slower than usual: say so
	TimerClose Timer = "close" // the last screen closes by itself
)

// Waits. The host has its own, shorter limits towards modules and cards: these are for a host that
// is not itself any more. In milliseconds: package time would weigh a tenth of a megabyte.
const (
	pageWait  = 30_000
	hostWait  = 30_000
	listWait  = 120_000
	signWait  = 300_000 // a PIN may be typed on the reader
	slowWait  = 6_000
	closeWait = 8_000
)
