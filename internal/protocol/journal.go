package protocol

import "github.com/e-onay/e-onay/internal/fault"

// HostJournalBody asks for a part of what was done on this machine, the newest first.
type HostJournalBody struct {
	// Before is the number of the entry after those wanted; 0 begins with the newest.
	Before uint64 `json:"before,omitempty"`
	// Limit is how many entries at most, 1 to MaxJournalPage.
	Limit int `json:"limit"`
	// Search is a text that origin, purpose, a document's name or digest, issuer, serial or outcome must have, of
	// at most MaxPurpose bytes, in whatever case; empty is any.
	Search string `json:"search,omitempty"`
}

// JournalPage is a part of the journal.
type JournalPage struct {
	Entries []JournalEntry `json:"entries"`
	// More tells that there are older ones that fit.
	More bool `json:"more"`
	// Total is how many entries the journal has; First is the number of the oldest that is kept.
	Total uint64 `json:"total"`
	First uint64 `json:"first"`
	// State is JournalWhole, JournalEmpty, or why the journal is not whole; one that is not known is like JournalBroken.
	State string `json:"state"`
	// SetAside counts older lists that were found broken or signed by another key, and are kept beside it.
	SetAside int `json:"setAside,omitempty"`
	// Warnings counts entries that the journal has made of what it has found: JournalUnproven, ….
	Warnings int `json:"warnings,omitempty"`
	// Protection is what guards the key that signs the head: ProtectionTPM, …
	Protection string `json:"protection,omitempty"`
	// Counted tells that a counter in the TPM would show that an older list was put back.
	Counted bool `json:"counted,omitempty"`
}

// States of a journal.
const (
	JournalEmpty     = "empty"
	JournalWhole     = "whole"
	JournalBroken    = "broken"     // a line was changed, removed or added
	JournalOtherKey  = "other-key"  // another device key has signed it
	JournalHeadOlder = "head-older" // it goes on behind its signed end
	JournalOlder     = "older"      // the TPM's counter is ahead of it, or gone: an older state was put back
)

// What protects a device key.
const (
	ProtectionTPM     = "tpm"     // in the machine's TPM; cannot be read out
	ProtectionKeyring = "keyring" // in the operating system's keyring
	ProtectionFile    = "file"    // in a file that only the person can read
)

// JournalEntry is one act.
type JournalEntry struct {
	Number uint64 `json:"number"`
	Time   int64  `json:"time"` // seconds since 1970
	// Kind is JournalSign, …; one that is not known is shown as it is.
	Kind string `json:"kind"`
	// Outcome is OutcomeDone or a Code.
	Outcome fault.Code `json:"outcome"`
	// Origin is the site that asked; empty for an act of the settings page.
	Origin    string            `json:"origin,omitempty"`
	Purpose   string            `json:"purpose,omitempty"`
	Documents []JournalDocument `json:"documents,omitempty"`
	// Format is what was to be made of the documents.
	Format Format `json:"format,omitempty"`
	// Unproven tells that no signed end has named the entry: somebody may have added it.
	Unproven bool `json:"unproven,omitempty"`
	// Issuer and Serial (upper-case hex) name the certificate for people.
	Issuer string `json:"issuer,omitempty"`
	Serial string `json:"serial,omitempty"`
}

// JournalDocument is a document that was to be signed; Digest is in lower-case hex.
type JournalDocument struct {
	Name   string `json:"name"`
	Digest string `json:"digest"`
	// Function made the digest: "SHA-384", "SHA-512"; empty is SHA-256.
	Function string `json:"function,omitempty"`
}

// Kinds of acts.
const (
	JournalSign       = "sign"
	JournalLogin      = "login"
	JournalSignHash   = "sign-hash"   // of what could not be shown
	JournalAllowHash  = "allow-hash"  // a key may sign hashes for a site
	JournalForbidHash = "forbid-hash" // and no longer
	JournalSelfTest   = "self-test"
	JournalChangePIN  = "change-pin"
	JournalUnblock    = "unblock"     // with a PUK that the person typed
	JournalReset      = "reset-pin"   // with a PUK that a portal released
	JournalKeyChanged = "key-changed" // the list before was signed by another device key, and set aside
	JournalSetAside   = "set-aside"   // what was before, or behind, was broken, and set aside
	JournalUnproven   = "unproven"    // the entries that the purpose names stood behind the signed end
	JournalRolledBack = "rolled-back" // the TPM's counter does not fit: an older list was put back
)
