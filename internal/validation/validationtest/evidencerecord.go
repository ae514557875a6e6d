package validationtest

import (
	"crypto"
	"slices"
	"time"

	"github.com/e-onay/e-onay/internal/pki/pkitest"
)

// Evidence records in attributes (RFC 4998, appendix A).
var (
	OIDRecordInternal = smime(49)
	OIDRecordExternal = smime(50)
)

// Record is an evidence record that is being made (RFC 4998): add to it, change what it has, and then take DER.
type Record struct {
	*World
	Chains [][]RecordStamp
	// Fields are put behind digestAlgorithms.
	Fields [][]byte
}

// RecordStamp is an ArchiveTimeStamp.
type RecordStamp struct {
	Hash        crypto.Hash
	NoAlgorithm bool // leaves digestAlgorithm out
	Tree        [][][]byte
	Token       []byte
}

// NewRecord is a record of a group of documents with these digests, in a tree of eight groups.
func (w *World) NewRecord(hash crypto.Hash, at time.Time, digests ...[]byte) *Record {
	r := &Record{World: w}
	r.Chains = [][]RecordStamp{{r.stamp(hash, at, digests...)}}
	return r
}

// stamp makes a time stamp over a tree in which the digests are one group.
func (r *Record) stamp(hash crypto.Hash, at time.Time, digests ...[]byte) RecordStamp {
	other := func(name string) []byte { return sum(hash, []byte(name)) }
	out := RecordStamp{Hash: hash, Tree: [][][]byte{sorted(digests), {other("a")}, {other("b"), other("c")}, {other("d")}}}
	return r.Restamped(out, at)
}

// Restamped has a new token over the tree of a time stamp, or over its only hash where Tree has no other.
func (r *Record) Restamped(s RecordStamp, at time.Time) RecordStamp {
	root := s.Tree[0][0]
	if len(s.Tree[0]) > 1 {
		root = sum(s.Hash, sorted(s.Tree[0])...)
	}
	for _, list := range s.Tree[1:] {
		root = sum(s.Hash, sorted(append(slices.Clone(list), root))...)
	}
	s.Token = r.Stamp(root, at)
	return s
}

// Renew adds a time stamp over the last one (RFC 4998, 5.2).
func (r *Record) Renew(at time.Time) *Record {
	chain := &r.Chains[len(r.Chains)-1]
	last := (*chain)[len(*chain)-1]
	*chain = append(*chain, r.stamp(last.Hash, at, sum(last.Hash, last.Token)))
	return r
}

// RenewTree adds a chain by another hash, of documents with these digests by it.
func (r *Record) RenewTree(hash crypto.Hash, at time.Time, digests ...[]byte) *Record {
	older := sum(hash, r.sequence())
	var renewed [][]byte
	for _, digest := range digests {
		renewed = append(renewed, sum(hash, digest, older))
	}
	r.Chains = append(r.Chains, []RecordStamp{r.stamp(hash, at, renewed...)})
	return r
}

// sequence is the ArchiveTimeStampSequence.
func (r *Record) sequence() []byte {
	t := r.T
	var chains [][]byte
	for _, chain := range r.Chains {
		var stamps [][]byte
		for _, s := range chain {
			var fields [][]byte
			if !s.NoAlgorithm {
				fields = append(fields, pkitest.TLV(t, 0xa0, r.oidOf(s.Hash)))
			}
			var lists [][]byte
			for _, list := range s.Tree {
				var hashes [][]byte
				for _, hash := range list {
					hashes = append(hashes, encode(t, hash))
				}
				lists = append(lists, sequence(t, hashes...))
			}
			if len(lists) > 0 {
				fields = append(fields, pkitest.TLV(t, 0xa2, lists...))
			}
			stamps = append(stamps, sequence(t, append(fields, s.Token)...))
		}
		chains = append(chains, sequence(t, stamps...))
	}
	return sequence(t, chains...)
}

func (r *Record) oidOf(hash crypto.Hash) []byte {
	oid := slices.Clone(oidSHA256) // its sisters differ in the last number
	oid[len(oid)-1] = map[crypto.Hash]int{crypto.SHA256: 1, crypto.SHA384: 2, crypto.SHA512: 3}[hash]
	return encode(r.T, oid)
}

// DER is the record.
func (r *Record) DER() []byte {
	t := r.T
	algorithms := sequence(t, sequence(t, r.oidOf(crypto.SHA256)))
	return sequence(t, append(append([][]byte{encode(t, 1), algorithms}, r.Fields...), r.sequence())...)
}

// AddRecord adds an evidence record of the file as it is, with its content as another document where the content is detached. change, where
// it is not nil, changes the record before it is added; digests returns those of the documents.
func (s *Signature) AddRecord(hash crypto.Hash, at time.Time, change func(r *Record, digests func(crypto.Hash) [][]byte)) *Signature {
	s.T.Helper()
	file := s.DER()
	digests := func(by crypto.Hash) [][]byte {
		all := [][]byte{sum(by, file)}
		if s.Detached {
			all = append(all, sum(by, s.Content))
		}
		return all
	}
	r := s.NewRecord(hash, at, digests(hash)...)
	if change != nil {
		change(r, digests)
	}
	return s.AddRecordDER(r.DER())
}

// AddRecordDER adds a record as it is.
func (s *Signature) AddRecordDER(record []byte) *Signature {
	oid := OIDRecordInternal
	if s.Detached {
		oid = OIDRecordExternal
	}
	s.Unsigned = append(s.Unsigned, Attribute(s.T, oid, record))
	return s
}
