// Package pdf reads PDF files (ISO 32000-2) strictly, and appends incremental updates to them.
//
// # What is read
//
// The structure alone: cross references, objects, page tree, form, signature dictionaries. Content of pages, fonts and images
// is never decoded. The file stays where it is (an io.ReaderAt): in memory are its cross references, and the object that is
// being read, so that a file of 1 GiB takes no more than one of 1 MiB.
//
// # What is refused
//
// Whatever another reader may understand in another way: a header or an end that must be searched for, cross references that
// lead elsewhere than to their object, keys that a dictionary has twice, a length that does not end at endstream, a page tree
// that counts wrong or meets itself. Common readers repair such files, each in its own way, and then two people see two
// documents under one signature. Those errors carry fault.PDFMalformed with the place and what was expected there; encryption
// gives fault.PDFEncrypted.
//
// [OpenTolerant] is for judging what other programs have signed: it also takes what common writers do wrong and every reader
// understands alike.
//
// # Limits
//
// The constants below bound every size, count and depth before anything is allocated for it.
package pdf

import "github.com/e-onay/e-onay/internal/fault"

// Limits on a file and its structure.
const (
	// MaxFile is the longest file, in bytes.
	MaxFile = 1 << 30
	// MaxPages is the largest number of pages.
	MaxPages = 100_000
	// MaxRevisions is the largest number of revisions: the first, and one for each incremental update.
	MaxRevisions = 1024
	// MaxFields is the largest number of nodes in a form's tree of fields.
	MaxFields = 20_000

	maxObjectNumber  = 1<<20 - 1
	maxEntries       = 1 << 22  // cross references of all revisions together
	maxObject        = 4 << 20  // bytes of one object, without a stream's data
	maxElements      = 1 << 18  // elements of one object
	maxDepth         = 64       // of arrays and dictionaries in each other
	maxTreeDepth     = 64       // of page tree and fields
	maxName          = 1024     // bytes of a name, decoded
	maxObjectStream  = 8 << 20  // bytes of an object stream, decoded; maxDecoded is for all
	maxXRefStream    = 20 << 20 // bytes of a cross-reference stream, decoded
	maxInStream      = 100_000  // objects in an object stream
	maxGeneration    = 65535    // ISO 32000-2, 7.3.10
	streamCacheBytes = 16 << 20 // decoded object streams that are kept
	tailLength       = 1024     // bytes at the end in which startxref must stand (Annex H of ISO 32000-1)
	maxPredictor     = 1 << 16  // bytes of a row for a predictor
)

// malformed returns an error with fault.PDFMalformed.
func malformed(format string, args ...any) error {
	return fault.Errorf(fault.PDFMalformed, format, args...)
}
