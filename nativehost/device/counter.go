package device

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/google/go-tpm/tpm2"
)

// ErrNoCounter means that the TPM has no counter of this key's, or none at the index that was named.
var ErrNoCounter = errors.New("device: the TPM has no counter of this key's")

// A Counter is a number in the TPM that belongs to a key and can only grow, also if somebody removes it and makes it
// anew: a TPM begins a new counter above the largest that it has ever had (TCG TPM 2.0 Library, Part 1, NV Counter Index).
//
// Any program that may open the TPM can increment or remove it, since the person has no owner password. Both are noticed;
// neither makes the number smaller.
type Counter struct {
	open    func() (Transport, error)
	policy  [sha256.Size]byte // names the key in the public part of the index; no session satisfies it
	refused atomic.Bool       // this TPM has refused to make one: it is not asked again by this Counter
}

const (
	// counterLimit is how long a TPM may take for a counter. Writing one takes a slow TPM some tenths of a second.
	counterLimit = 5 * time.Second
	// Owners define indices in this range (TCG Registry of Reserved TPM 2.0 Handles, 2.2.2).
	firstIndex, indices = 0x01800000, 0x00400000
	// tries is how many indices are tried, where other programs have taken the first.
	tries = 4
)

// Counter returns the key's counter, nil for a key in no TPM.
func (k *Key) Counter() *Counter { return k.counter }

// CounterOf returns the counter of a key of which only the public part is known; nil for a key in no TPM.
func CounterOf(o Options, public Public, p Protection) *Counter {
	if p != TPM {
		return nil
	}
	return &Counter{open: o.tpm(), policy: sha256.Sum256([]byte("tr.eonay.counter v1\n" + public.ID()))}
}

// index is where the counter is, or the nth place where it may be.
func (c *Counter) index(n int) tpm2.TPMHandle {
	return tpm2.TPMHandle(firstIndex + (binary.BigEndian.Uint32(c.policy[:4])+uint32(n))%indices)
}

// public is the index's public part. A counter that is not written at once would be behind after a power cut, and then
// jump: it would tell of what has not happened.
func (c *Counter) public(index tpm2.TPMHandle) tpm2.TPMSNVPublic {
	return tpm2.TPMSNVPublic{
		NVIndex: index, NameAlg: tpm2.TPMAlgSHA256, AuthPolicy: tpm2.TPM2BDigest{Buffer: c.policy[:]}, DataSize: 8,
		Attributes: tpm2.TPMANV{AuthRead: true, AuthWrite: true, NoDA: true, NT: tpm2.TPMNTCounter},
	}
}

// Read returns the index and the number. It returns ErrNoCounter if there is no counter, or one that was never incremented, and
// another error if the TPM does not tell.
func (c *Counter) Read(ctx context.Context) (index uint32, value uint64, err error) {
	err = c.with(ctx, func(t Transport) error {
		handle, name, written, err := c.find(t)
		if err != nil {
			return err
		}
		if !written {
			return ErrNoCounter
		}
		index = uint32(handle)
		value, err = readCounter(t, handle, name)
		return err
	})
	return index, value, err
}

// Define creates the counter if there is none; it has no number before Begin. A TPM refuses if its owner has a password, or if
// it has no room; each later call returns that error again.
func (c *Counter) Define(ctx context.Context) error {
	if c.refused.Load() {
		return ErrNoCounter
	}
	err := c.with(ctx, func(t Transport) error {
		_, _, _, err := c.find(t)
		if errors.Is(err, ErrNoCounter) {
			err = c.define(t)
		}
		return err
	})
	c.refused.Store(err != nil && ctx.Err() == nil)
	return err
}

// Begin increments the counter if that was never done, and returns the index and the number.
func (c *Counter) Begin(ctx context.Context) (index uint32, value uint64, err error) {
	err = c.with(ctx, func(t Transport) error {
		handle, name, written, err := c.find(t)
		if err == nil && !written {
			if err = increment(t, handle, name); err == nil {
				handle, name, _, err = c.find(t) // the name says that the index was written
			}
		}
		if err != nil {
			return err
		}
		index = uint32(handle)
		value, err = readCounter(t, handle, name)
		return err
	})
	return index, value, err
}

// Increment increments the counter.
func (c *Counter) Increment(ctx context.Context) error {
	return c.with(ctx, func(t Transport) error {
		handle, name, _, err := c.find(t)
		if err != nil {
			return err
		}
		return increment(t, handle, name)
	})
}

// with opens the TPM for one use.
func (c *Counter) with(ctx context.Context, use func(Transport) error) error {
	ctx, cancel := context.WithTimeout(ctx, counterLimit)
	defer cancel()
	_, err := within(ctx, func() (bool, error) {
		t, err := c.open()
		if err != nil {
			return false, err
		}
		defer t.Close()
		return true, use(t)
	})
	return err
}

// find looks for the counter in its places, and passes over what other programs have put there.
func (c *Counter) find(t Transport) (handle tpm2.TPMHandle, name tpm2.TPM2BName, written bool, err error) {
	for n := range tries {
		handle = c.index(n)
		answer, err := tpm2.NVReadPublic{NVIndex: handle}.Execute(t)
		if errors.Is(err, tpm2.TPMRCHandle) {
			continue
		}
		if err != nil {
			return 0, name, false, fmt.Errorf("%w: %w", ErrUnavailable, err)
		}
		public, err := answer.NVPublic.Contents()
		if err != nil {
			return 0, name, false, fmt.Errorf("%w: %w", ErrUnavailable, err)
		}
		written = public.Attributes.Written
		public.Attributes.Written = false
		ours := c.public(handle)
		if public.Attributes == ours.Attributes && public.DataSize == ours.DataSize && public.NameAlg == ours.NameAlg &&
			string(public.AuthPolicy.Buffer) == string(ours.AuthPolicy.Buffer) {
			return handle, answer.NVName, written, nil
		}
	}
	return 0, name, false, ErrNoCounter
}

// define creates the counter in the first of its places that is free.
func (c *Counter) define(t Transport) (err error) {
	for n := range tries {
		_, err = tpm2.NVDefineSpace{AuthHandle: tpm2.TPMRHOwner, PublicInfo: tpm2.New2B(c.public(c.index(n)))}.Execute(t)
		if !errors.Is(err, tpm2.TPMRCNVDefined) {
			break
		}
	}
	if err != nil {
		return fmt.Errorf("device: the TPM makes no counter: %w", err)
	}
	return nil
}

func increment(t Transport, handle tpm2.TPMHandle, name tpm2.TPM2BName) error {
	_, err := tpm2.NVIncrement{
		AuthHandle: tpm2.AuthHandle{Handle: handle, Name: name, Auth: tpm2.PasswordAuth(nil)},
		NVIndex:    tpm2.NamedHandle{Handle: handle, Name: name},
	}.Execute(t)
	if err != nil {
		return fmt.Errorf("%w: the counter: %w", ErrUnavailable, err)
	}
	return nil
}

func readCounter(t Transport, handle tpm2.TPMHandle, name tpm2.TPM2BName) (uint64, error) {
	answer, err := tpm2.NVRead{
		AuthHandle: tpm2.AuthHandle{Handle: handle, Name: name, Auth: tpm2.PasswordAuth(nil)},
		NVIndex:    tpm2.NamedHandle{Handle: handle, Name: name}, Size: 8,
	}.Execute(t)
	if err != nil {
		return 0, fmt.Errorf("%w: the counter: %w", ErrUnavailable, err)
	}
	if len(answer.Data.Buffer) != 8 {
		return 0, fmt.Errorf("%w: a counter of %d bytes", ErrUnavailable, len(answer.Data.Buffer))
	}
	return binary.BigEndian.Uint64(answer.Data.Buffer), nil
}
