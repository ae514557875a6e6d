package hashsites

import (
	"context"
	"crypto/sha256"
	"encoding/hex"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/pki"
	"github.com/e-onay/e-onay/nativehost/lock"
)

// KeyName names a certificate's key in a pair: the SHA-256 of its SubjectPublicKeyInfo, lower-case hex.
func KeyName(c *pki.Certificate) string {
	sum := sha256.Sum256(c.RawSubjectPublicKeyInfo)
	return hex.EncodeToString(sum[:])
}

// CheckLogin refuses, with login_off, a key that signs hashes for some site; and every key while the file cannot be read.
func (f File) CheckLogin(key string) error {
	list, err := f.Read()
	if err != nil {
		return fault.New(fault.LoginOff, err)
	}
	if Any(list.Sites, key) {
		return fault.Errorf(fault.LoginOff, "the key signs hashes")
	}
	return nil
}

// CheckSignHash refuses, with hash_off, a key without a pair for the site; and every key while the file cannot be read.
func (f File) CheckSignHash(key, origin string) error {
	list, err := f.Read()
	if err != nil {
		return fault.New(fault.HashOff, err)
	}
	if !Has(list.Sites, key, origin) {
		return fault.Errorf(fault.HashOff, "no pair of this key and site")
	}
	return nil
}

// Lock locks the pairs in every process until unlock is called. A caller that checks them, and signs by what they
// say, holds the lock in between; so does one that changes them. The error is cancelled if ctx has ended.
func (f File) Lock(ctx context.Context) (unlock func(), err error) {
	unlock, err = lock.File(ctx, f.Path+".lock")
	if err != nil && context.Cause(ctx) != nil {
		return nil, fault.New(fault.Cancelled, err)
	}
	return unlock, err
}
