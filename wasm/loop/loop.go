// Package loop defines what goes into a window and what comes out of it: events, which say what has happened outside or what
// the person has done, and effects, which package browser carries out. A window has no clock, no goroutine and no
// syscall/js: it takes one event after the other, and returns effects in their order.
package loop

import (
	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/wasm/preferences"
)

// Event is something that has happened: outside, or by the person.
type Event interface{ IsEvent() }

// What happens outside.
type (
	// PreferencesRead brings what the person and their institution have set, at the start and after every change.
	PreferencesRead struct {
		Preferences preferences.Preferences
		Policy      preferences.Policy
	}
	// PartsRead brings the extension's version, and the page about the installation that its build names; and whether the
	// browser runs on Linux.
	PartsRead struct {
		Extension, Build string
		Linux            bool
	}
	// RequestRead brings what the broker kept under the window's request id; nil if it kept nothing. SignedAt is when the
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
	// PageMessage is a message on the page's port, as JSON. Of a chunk, Data are its bytes, which are not in Raw then.
	PageMessage struct{ Raw, Data []byte }
	// PageClosed says that the page's port is gone.
	PageClosed struct{}
	// HostMessage is a message on the host's port, as JSON.
	HostMessage struct{ Raw []byte }
	// HostClosed says that the host's port is gone, with the browser's reason.
	HostClosed struct{ Reason string }
	// Elapsed says that a timer has run out.
	Elapsed struct{ Timer Timer }
	// Rewritten says that another program than the window's own has changed what the window shows.
	Rewritten struct{}
	// Left says that a part of the document on the screen leaves it, as it stands there: it is no longer near to the view.
	Left struct{ Part Part }
	// PagesShaped says what pdf.js has found of a PDF: its identifier, and each page's object, box and turn.
	PagesShaped struct{ ID, Pages []string }
	// Inspected brings what the inspector says of the document whose SHA-256 is Of, in hexadecimal digits; Report is JSON. Content
	// is what the inspector has given out of a file of signatures; nil where there is nothing.
	Inspected struct {
		Of      string
		Report  []byte
		Content []byte
	}
	// PartRead brings a file that is in the document whose SHA-256 is Of, by its number in the report.
	PartRead struct {
		Of     string
		Number int
		Data   []byte
	}
	// Found says what a viewer of the browser's has found: the place that it has gone to, of so many, and what stands around.
	Found struct {
		Text         string
		Index, Count int
		Context      string
	}
	// Unreadable says that a viewer of the browser's cannot read the document on the screen, and why.
	Unreadable struct{ Why string }
	// EndSeen says that the end of the document on the screen has been in view.
	EndSeen struct{}
)

// What the person does.
type (
	// Continue goes on to the next question. Shown is the document as it stands on the screen.
	Continue struct{ Shown []Part }
	// Find looks for a text in the document on the screen. Step is by how many places to go on from the present one, where
	// the same text was looked for before.
	Find struct {
		Text string
		Step int
	}
	// OpenDocument opens a document of the list, by its place in the request.
	OpenDocument struct{ Index int }
	// TurnList goes to the next rows of the list, or with -1 to those before.
	TurnList struct{ Step int }
	// Confirm answers the question whether the person knows what they sign although the window cannot show it.
	Confirm struct{ OK bool }
	// Save asks for a copy of the document on the screen.
	Save struct{}
	// KeepPart asks for a copy of a file that is in the document on the screen.
	KeepPart struct{ Number int }
	// OpenPart opens a file that is in the document on the screen.
	OpenPart struct{ Number int }
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
	// Touched is any press of a key or pointer.
	Touched struct{}
	// ChooseLanguage sets the language.
	ChooseLanguage struct{ Language string }
	// Configure asks for the settings page.
	Configure struct{}
)

func (PreferencesRead) IsEvent()   {}
func (PartsRead) IsEvent()         {}
func (RequestRead) IsEvent()       {}
func (SignatureVerified) IsEvent() {}
func (PageMessage) IsEvent()       {}
func (PageClosed) IsEvent()        {}
func (HostMessage) IsEvent()       {}
func (HostClosed) IsEvent()        {}
func (Elapsed) IsEvent()           {}
func (Rewritten) IsEvent()         {}
func (Left) IsEvent()              {}
func (PagesShaped) IsEvent()       {}
func (Inspected) IsEvent()         {}
func (PartRead) IsEvent()          {}
func (Found) IsEvent()             {}
func (Unreadable) IsEvent()        {}
func (EndSeen) IsEvent()           {}
func (Continue) IsEvent()          {}
func (Find) IsEvent()              {}
func (OpenDocument) IsEvent()      {}
func (TurnList) IsEvent()          {}
func (Confirm) IsEvent()           {}
func (Save) IsEvent()              {}
func (KeepPart) IsEvent()          {}
func (OpenPart) IsEvent()          {}
func (Back) IsEvent()              {}
func (Cancel) IsEvent()            {}
func (Retry) IsEvent()             {}
func (Close) IsEvent()             {}
func (Choose) IsEvent()            {}
func (TogglePIN) IsEvent()         {}
func (Touched) IsEvent()           {}
func (ChooseLanguage) IsEvent()    {}
func (Configure) IsEvent()         {}

// Part is a part of a document as it stands on the screen; what is one differs from kind to kind of document.
type Part struct {
	Index int
	Text  string
}

// Effect is something that the browser is to do.
type Effect interface{ IsEffect() }

type (
	// ConnectPage connects to the document that has asked.
	ConnectPage struct{}
	// PostPage sends a message to the page.
	PostPage struct{ Envelope protocol.PageEnvelope }
	// ConnectHost starts the host.
	ConnectHost struct{}
	// PostHost sends a message to the host. Data, if any, goes into the body's field "data" as base64; so does PIN into
	// "pin", and KeyPIN, Old, PUK and New into "keyPIN", "old", "puk" and "new", whose slices the executor clears after
	// posting.
	PostHost struct {
		Envelope      protocol.HostEnvelope
		Data          []byte
		PIN, KeyPIN   []byte
		Old, PUK, New []byte
	}
	// DropHost closes the host's port, which ends the host.
	DropHost struct{}
	// SetTimer starts a timer, or starts it anew; a Wait of 0 stops it. Wait is in milliseconds.
	SetTimer struct {
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
	// RememberEnds keeps when certificates end that were seen now, for reminders.
	RememberEnds struct{ Seen []protocol.CertificateEnd }
	// SaveCopy brings a part of a document that the browser is to save a copy of. With the last part it saves it.
	SaveCopy struct {
		Name  string
		Data  []byte
		First bool // the parts of an earlier copy are forgotten
		Last  bool
	}
	// SavePart has the browser save a file that is in the document that the inspector has read, if that is its SHA-256.
	SavePart struct {
		Number       int
		Name, SHA256 string
	}
	// ReadPart has the inspector give out a file that is in the document that it has read, if that is its SHA-256.
	ReadPart struct {
		Number int
		SHA256 string
	}
	// SavePreferences stores what is not empty in Preferences.
	SavePreferences struct{ Preferences preferences.Preferences }
	// OpenSettings opens manage.html. Allow is the origin of a site that may not have hashes signed, where that is why
	// the person goes there: the settings fill it in (AllowFor).
	OpenSettings struct{ Allow string }
	// CloseWindow closes the window.
	CloseWindow struct{}
)

func (ConnectPage) IsEffect()     {}
func (PostPage) IsEffect()        {}
func (ConnectHost) IsEffect()     {}
func (PostHost) IsEffect()        {}
func (DropHost) IsEffect()        {}
func (SetTimer) IsEffect()        {}
func (VerifySignature) IsEffect() {}
func (RememberSigner) IsEffect()  {}
func (RememberEnds) IsEffect()    {}
func (SaveCopy) IsEffect()        {}
func (SavePart) IsEffect()        {}
func (ReadPart) IsEffect()        {}
func (SavePreferences) IsEffect() {}
func (OpenSettings) IsEffect()    {}
func (CloseWindow) IsEffect()     {}

// Timer names a timer.
type Timer string

// The timers. Each bounds a wait; the person may cancel long before.
const (
	TimerPage  Timer = "page"  // the page's next message
	TimerHost  Timer = "host"  // the host's answer
	TimerPace  Timer = "pace"  // between two looks at how many documents are signed
	TimerSlow  Timer = "slow"  // until the window says that the card is slow
	TimerClose Timer = "close" // the last screen closes by itself
	TimerLook  Timer = "look"  // between two looks for a program that is missing
)
