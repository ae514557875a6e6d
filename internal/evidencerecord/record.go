// Package evidencerecord reads evidence records (RFC 4998): time stamps over many documents at once, each with the part of a hash tree
// that leads from a document to the time stamp, and renewed by further ones as time stamps age and hashes weaken.
//
// [Parse] reads a record, tolerantly in encoding (BER) as internal/cms does. [Record.Imprints] computes what a time stamp of it must be
// over for a document. Whether that time stamp is to be believed is for the caller (internal/validation).
//
// XML records (RFC 6283) and records of encrypted documents are not read.
//
// Functions are safe for concurrent use; what they return must not be changed.
package evidencerecord

import (
	"crypto"
	"errors"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"

	"github.com/e-onay/e-onay/internal/cms"
	"github.com/e-onay/e-onay/internal/fault"
)

// MaxRecord is the largest record, in bytes. Each renewal of its hash tree is over all that came before.
const MaxRecord = 2 << 20

// MaxTimeStamps is how many time stamps a record may have in all its chains.
const MaxTimeStamps = 64

// Limits on parts of a record.
const (
	maxFields     = 8
	maxAlgorithms = 64
	maxLists      = 64      // of one hash tree: a tree of 2^64 documents
	maxHashes     = 4096    // of one list
	maxAllHashes  = 1 << 14 // of all lists of a record
	maxHash       = 64      // bytes
)

// Tags of fields, which are implicit (RFC 4998, appendix B).
const (
	tagSequence = byte(cbasn1.SEQUENCE)
	tagContext0 = byte(0xa0)
	tagContext1 = byte(0xa1)
	tagContext2 = byte(0xa2)
)

// ErrEncrypted says that the record is of a document in encrypted form, which is not verified here (RFC 4998, 6).
var ErrEncrypted = errors.New("evidence record of an encrypted document")

// Record is an EvidenceRecord (RFC 4998, 3.1) whose form has been checked.
type Record struct {
	// Chains are the chains of the ArchiveTimeStampSequence, in their order, which is that of time. There is one at least.
	Chains []Chain

	hashes int // in all lists
	stamps int
}

// Chain is an ArchiveTimeStampChain (RFC 4998, 5.1), the first time stamp first. There is one at least.
type Chain struct {
	TimeStamps []ArchiveTimeStamp

	raw []byte
}

// ArchiveTimeStamp is an ArchiveTimeStamp (RFC 4998, 4.1).
type ArchiveTimeStamp struct {
	// Token is the time-stamp token, a ContentInfo as received. It has not been read.
	Token []byte
	// Algorithm is digestAlgorithm as text; "" where the hash is that of the token.
	Algorithm string
	// Hash is digestAlgorithm; 0 where it is not there, or not known here.
	Hash crypto.Hash

	tree [][][]byte // reducedHashtree, the list of the document's hash first; nil where the token is over that itself
}

// Parse reads the record that ber is from its first byte to its last. Errors have fault.SignatureMalformed, or are ErrEncrypted.
func Parse(ber []byte) (*Record, error) {
	if len(ber) > MaxRecord {
		return nil, malformed("%d bytes, over the limit of %d", len(ber), MaxRecord)
	}
	fields, err := elements(ber, tagSequence, maxFields)
	if err != nil {
		return nil, err
	}
	if _, err := cms.ToDER(ber); err != nil { // which finds what follows it, too
		return nil, err
	}
	if len(fields) < 3 {
		return nil, malformed("%d fields", len(fields))
	}
	if err := readHead(fields[0], fields[1]); err != nil {
		return nil, err
	}
	fields = fields[2:]
	if fields[0][0] == tagContext0 { // cryptoInfos help to choose algorithms, and prove nothing
		fields = fields[1:]
	}
	if len(fields) > 0 && fields[0][0] == tagContext1 {
		return nil, ErrEncrypted
	}
	if len(fields) != 1 {
		return nil, malformed("%d fields where one sequence is to be", len(fields))
	}
	r := new(Record)
	return r, r.readSequence(fields[0])
}

// readHead reads version and digestAlgorithms. Each time stamp names its algorithm itself, so that the list says nothing.
func readHead(version, algorithms []byte) error {
	number := 0
	if s := cryptobyte.String(version); !s.ReadASN1Integer(&number) || number != 1 {
		return malformed("another version than 1")
	}
	_, err := elements(algorithms, tagSequence, maxAlgorithms)
	return err
}

// readSequence reads ArchiveTimeStampSequence (RFC 4998, 5.1).
func (r *Record) readSequence(raw []byte) error {
	chains, err := elements(raw, tagSequence, MaxTimeStamps)
	if err != nil {
		return err
	}
	for _, raw := range chains {
		stamps, err := elements(raw, tagSequence, MaxTimeStamps)
		if err != nil {
			return err
		}
		chain := Chain{raw: raw}
		for _, raw := range stamps {
			if r.stamps++; r.stamps > MaxTimeStamps {
				return malformed("more than %d time stamps", MaxTimeStamps)
			}
			one, err := r.readTimeStamp(raw)
			if err != nil {
				return err
			}
			chain.TimeStamps = append(chain.TimeStamps, one)
		}
		if len(stamps) == 0 {
			return malformed("a chain without time stamps")
		}
		r.Chains = append(r.Chains, chain)
	}
	if len(chains) == 0 {
		return malformed("no chains")
	}
	return nil
}

func (r *Record) readTimeStamp(raw []byte) (out ArchiveTimeStamp, err error) {
	fields, err := elements(raw, tagSequence, maxFields)
	if err != nil {
		return out, err
	}
	order := byte(0)
	for _, field := range fields {
		tag := field[0]
		if tag == tagSequence {
			tag = 0xff // it comes last
		}
		if tag <= order {
			return out, malformed("field of tag %#x in a time stamp", field[0])
		}
		order = tag
		switch field[0] {
		case tagContext0:
			err = out.readAlgorithm(field)
		case tagContext1: // attributes say what the archive wants to keep in mind
		case tagContext2:
			out.tree, err = r.readTree(field)
		case tagSequence:
			out.Token = field
		default:
			err = malformed("field of tag %#x in a time stamp", field[0])
		}
		if err != nil {
			return out, err
		}
	}
	if out.Token == nil {
		return out, malformed("an archive time stamp without its token")
	}
	return out, nil
}

// readAlgorithm reads digestAlgorithm, an AlgorithmIdentifier with another tag.
func (a *ArchiveTimeStamp) readAlgorithm(field []byte) error {
	der, err := cms.ToDER(field)
	if err != nil {
		return err
	}
	identifier := append([]byte{tagSequence}, der[1:]...)
	if a.Algorithm = cms.NameOf(identifier); a.Algorithm == "" {
		return malformed("digestAlgorithm")
	}
	a.Hash, _ = cms.HashOf(identifier) // one that is not known has its name
	return nil
}

// readTree reads reducedHashtree (RFC 4998, 4.1).
func (r *Record) readTree(field []byte) (tree [][][]byte, err error) {
	lists, err := elements(field, tagContext2, maxLists)
	if err != nil {
		return nil, err
	}
	for _, raw := range lists {
		hashes, err := elements(raw, tagSequence, maxHashes)
		if err != nil {
			return nil, err
		}
		if r.hashes += len(hashes); r.hashes > maxAllHashes {
			return nil, malformed("more than %d hashes", maxAllHashes)
		}
		var list [][]byte
		for _, raw := range hashes {
			der, err := cms.ToDER(raw)
			if err != nil {
				return nil, err
			}
			s := cryptobyte.String(der)
			var hash []byte
			if !s.ReadASN1Bytes(&hash, cbasn1.OCTET_STRING) || len(hash) == 0 || len(hash) > maxHash {
				return nil, malformed("a hash of the tree")
			}
			list = append(list, hash)
		}
		if len(list) == 0 {
			return nil, malformed("a list without hashes")
		}
		tree = append(tree, list)
	}
	if len(tree) == 0 {
		return nil, malformed("a hash tree without lists")
	}
	return tree, nil
}

// elements splits a constructed element of this tag.
func elements(raw []byte, tag byte, limit int) ([][]byte, error) {
	if len(raw) == 0 || raw[0] != tag {
		return nil, malformed("no element of tag %#x where one is to be", tag)
	}
	return cms.Elements(raw, limit)
}

func malformed(format string, args ...any) error {
	return fault.Errorf(fault.SignatureMalformed, "evidence record: "+format, args...)
}
