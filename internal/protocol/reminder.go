package protocol

import "time"

// Keys of the extension's storage: under SeenKey a window hands the broker the ends of the certificates that it has just seen,
// under EndsKey the broker keeps those of at most MaxEnds holders. Both are lists of CertificateEnds.
const (
	SeenKey = "certificatesSeen"
	EndsKey = "certificateEnds"
	MaxEnds = 8
)

// PolicyKey is the key of the extension's storage under which the broker keeps what the browser's managed storage had last: the
// windows need it before Chromium has loaded its policies.
const PolicyKey = "policy"

// The person is reminded of a certificate's end from ReminderBefore it until ReminderAfter it. A renewal is produced when two
// months remain.
const (
	ReminderBefore = 60 * 24 * time.Hour
	ReminderAfter  = 30 * 24 * time.Hour
)

// CertificateEnd is when the latest certificate of a holder ends.
type CertificateEnd struct {
	// Holder tells the holders of one browser's cards apart, and names none of them: four hexadecimal digits of a hash.
	Holder   string `json:"holder"`
	NotAfter int64  `json:"notAfter"` // seconds since 1970
}
