package record

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"errors"
	"slices"

	"github.com/e-onay/e-onay/web/portal/store"
)

// Kinds of items, as rows have them.
const (
	Certificate = "certificate"
	OCSP        = "ocsp"
	CRL         = "crl"
	Signer      = "signer"
)

// Item is one of the evidence, as its row has it.
type Item struct {
	Kind   string
	Number int // within the kind, from 1
	DER    []byte
	URL    *string // nil for none
}

// Items are the items of evidence.
func Items(e store.Evidence) (list []Item) {
	for i, der := range e.Path {
		list = append(list, Item{Certificate, i + 1, der, nil})
	}
	for i, a := range e.OCSP {
		list = append(list, Item{OCSP, i + 1, a.DER, &a.URL})
	}
	for i, a := range e.CRLs {
		list = append(list, Item{CRL, i + 1, a.DER, &a.URL})
	}
	for i, der := range e.CRLSigners {
		list = append(list, Item{Signer, i + 1, der, nil})
	}
	return list
}

// KeptItem is an item with the digest under which its bytes are kept once, whatever rests on them.
type KeptItem struct {
	Item
	SHA256 [sha256.Size]byte
}

// KeptItems are the items of evidence, sorted by their digests: transactions that bring the same new bytes at once wait for each other at
// the first of them, and never in a ring.
func KeptItems(all ...store.Evidence) (list []KeptItem) {
	for _, e := range all {
		for _, one := range Items(e) {
			list = append(list, KeptItem{one, sha256.Sum256(one.DER)})
		}
	}
	slices.SortStableFunc(list, func(a, b KeptItem) int { return bytes.Compare(a.SHA256[:], b.SHA256[:]) })
	return list
}

// Items adds the items of an act as the query for them returns them. So what is being written need not be read again: a list may have megabytes.
func (d Digest) Items(list []Item) error {
	d.Query(4)
	sorted := slices.SortedStableFunc(slices.Values(list), func(a, b Item) int {
		return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Number, b.Number))
	})
	for _, one := range sorted {
		var url any
		if one.URL != nil {
			url = *one.URL
		}
		if err := d.Row([]any{one.Kind, int64(one.Number), one.DER, url}); err != nil {
			return err
		}
	}
	return nil
}

// Fill adds items to evidence.
func Fill(e *store.Evidence, list []Item) {
	for _, one := range list {
		answer := store.Answer{DER: one.DER}
		if one.URL != nil {
			answer.URL = *one.URL
		}
		switch one.Kind {
		case Certificate:
			e.Path = append(e.Path, one.DER)
		case OCSP:
			e.OCSP = append(e.OCSP, answer)
		case CRL:
			e.CRLs = append(e.CRLs, answer)
		case Signer:
			e.CRLSigners = append(e.CRLSigners, one.DER)
		}
	}
}

// EntryOf is the kind of the entry of an act.
func EntryOf(k store.Kind) string {
	if k == store.Approval {
		return Approval
	}
	return Act
}

// CheckSize refuses evidence beyond the store's limits.
func CheckSize(e store.Evidence) error {
	list := Items(e)
	largest := 0
	for _, one := range list {
		largest = max(largest, len(one.DER))
	}
	if len(list) > store.MaxItems || largest > store.MaxValue {
		return errors.New("store: the evidence is too large")
	}
	return nil
}
