package evidencerecord

import (
	"bytes"
	"crypto"
	"errors"
	"fmt"
	"slices"

	"github.com/e-onay/e-onay/internal/cms"
)

// ErrHash says that the hash tree is by another hash than its time stamp, or by one that is not known here.
var ErrHash = errors.New("the hash tree is by another hash than its time stamp, or by one that is not known")

// An Object is a document that a record covers. It returns the digest of the document by a hash. Where programs do not agree on the form in
// which they digest a document it returns the digest of each form, and one of them must fit.
type Object func(crypto.Hash) ([][]byte, error)

// Imprints returns what the token of a time stamp must be over, by its own hash, for the record to cover all objects (RFC 4998, 5.3). It returns
// several imprints where an object has several digests; the token must be over one of them. It returns none if the record covers other data. chain and stamp are
// numbers from 0 on.
//
// The first time stamp is over the objects, the first of each later chain over them and all earlier chains, and any other over the
// token before it alone. So all of a chain must be by one hash, which the caller checks: a later one by a stronger hash would still rest on
// the weaker one, which joins the objects to the first. The error is that of Check, or of an object.
func (r *Record) Imprints(chain, stamp int, by crypto.Hash, objects ...Object) ([][]byte, error) {
	stamps := r.Chains[chain].TimeStamps
	one := stamps[stamp]
	if err := one.Check(by); err != nil {
		return nil, err
	}
	if stamp > 0 {
		return one.roots(by, forms(by, stamps[stamp-1].Token)), nil
	}
	var wanted [][][]byte
	for _, object := range objects {
		digests, err := object(by)
		if err != nil {
			return nil, err
		}
		if chain > 0 {
			digests = renewed(by, digests, r.Chains[:chain])
		}
		wanted = append(wanted, digests)
	}
	return one.roots(by, wanted...), nil
}

// Check checks that the hash tree is by the hash of the token, and has hashes of its length. The error is ErrHash.
func (a ArchiveTimeStamp) Check(by crypto.Hash) error {
	if !by.Available() || a.Algorithm != "" && a.Hash != by {
		return ErrHash
	}
	for _, list := range a.tree {
		for _, hash := range list {
			if len(hash) != by.Size() { // else different lists would be one text
				return fmt.Errorf("%w: a hash of %d bytes", ErrHash, len(hash))
			}
		}
	}
	return nil
}

// renewed returns the digests of a document in the tree of a renewal (RFC 4998, 5.2): that of its digest and the digest of all earlier
// chains. The clause has them in this order in its text and in that of all concatenated hashes in its example.
func renewed(by crypto.Hash, digests [][]byte, earlier []Chain) (all [][]byte) {
	var chains []byte
	for _, chain := range earlier {
		chains = append(chains, chain.raw...)
	}
	sequence := append(cms.AppendHeader(nil, tagSequence, int64(len(chains))), chains...)
	for _, older := range forms(by, sequence) {
		for _, digest := range digests {
			all = append(all, sum(by, digest, older), sum(by, inOrder([][]byte{digest, older})...))
		}
	}
	return all
}

// forms returns the digests of an element as received and in DER, as the standard wants it.
func forms(by crypto.Hash, raw []byte) [][]byte {
	all := [][]byte{sum(by, raw)}
	if der, err := cms.ToDER(raw); err == nil && !bytes.Equal(der, raw) {
		all = append(all, sum(by, der))
	}
	return all
}

// roots goes from the digests of what is wanted to the root of the tree (RFC 4998, 4.3): the first list has one digest of each, and the
// digest of each list is put into the next one.
func (a ArchiveTimeStamp) roots(by crypto.Hash, wanted ...[][]byte) [][]byte {
	if a.tree == nil {
		if len(wanted) != 1 {
			return nil
		}
		return wanted[0]
	}
	first := a.tree[0]
	for _, digests := range wanted {
		if !slices.ContainsFunc(digests, func(digest []byte) bool { return has(first, digest) }) {
			return nil
		}
	}
	out := [][]byte{sum(by, inOrder(first)...)}
	if len(first) == 1 { // a group of one document has its digest
		out = append(out, first[0])
	}
	for i, root := range out {
		for _, list := range a.tree[1:] {
			root = sum(by, inOrder(append(list[:len(list):len(list)], root))...)
		}
		out[i] = root
	}
	return out
}

func has(list [][]byte, hash []byte) bool {
	return slices.ContainsFunc(list, func(one []byte) bool { return bytes.Equal(one, hash) })
}

// inOrder returns hashes in binary ascending order.
func inOrder(list [][]byte) [][]byte { return slices.SortedFunc(slices.Values(list), bytes.Compare) }

func sum(by crypto.Hash, parts ...[]byte) []byte {
	h := by.New()
	for _, part := range parts {
		h.Write(part)
	}
	return h.Sum(nil)
}
