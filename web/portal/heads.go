package portal

import (
	"bufio"
	"context"
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"time"

	"github.com/e-onay/e-onay/internal/strictjson"
	"github.com/e-onay/e-onay/web/portal/store"
	"github.com/e-onay/e-onay/web/portal/verification"
)

const (
	// headEvery is how often the newest link of the chain is signed, if it is another one.
	headEvery = time.Minute
	// maxHeadLine is the longest line of a file of heads.
	maxHeadLine = 1 << 10
)

// publishedHead is a line of a file of heads. openssl dgst -sha256 -verify takes its signature, over what statement says.
type publishedHead struct {
	Number    int64     `json:"number"`
	Link      string    `json:"link"` // lower-case hex
	Time      time.Time `json:"time"` // whole seconds, UTC
	Signature []byte    `json:"signature"`
}

// headStatement is what the signature of a head is over.
func headStatement(e store.Entry, at time.Time) []byte {
	return fmt.Appendf(nil, "tr.eonay.head v1\n%d\n%x\n%s\n", e.Number, e.Link, at.UTC().Format(time.RFC3339))
}

// verifyHead reports whether one of keys has signed a head.
func verifyHead(h store.Head, keys []*ecdsa.PublicKey) bool {
	digest := sha256.Sum256(headStatement(h.Entry, h.SignedAt))
	for _, key := range keys {
		if ecdsa.VerifyASN1(key, digest[:], h.Signature) {
			return true
		}
	}
	return false
}

// parseHead reads a line of a file of heads.
func parseHead(line []byte) (store.Head, error) {
	var p publishedHead
	if err := strictjson.Unmarshal(line, &p); err != nil {
		return store.Head{}, err
	}
	link, err := hex.DecodeString(p.Link)
	if err != nil || len(link) != len(store.Link{}) || hex.EncodeToString(link) != p.Link || p.Number < 1 || !p.Time.Equal(p.Time.Truncate(time.Second)) {
		return store.Head{}, errors.New("not a head")
	}
	return store.Head{Entry: store.Entry{Number: p.Number, Link: store.Link(link)}, SignedAt: p.Time.UTC(), Signature: p.Signature}, nil
}

// readHeads calls do for each line of a file of heads, with its number and the head, or the error that parsing it returned. A last line without an
// end is left out: it is being written, or was cut off when the machine failed and is published again.
func readHeads(r io.Reader, do func(n int, h store.Head, err error) error) error {
	lines := bufio.NewReaderSize(r, maxHeadLine)
	for n := 1; ; n++ {
		line, err := lines.ReadSlice('\n')
		long := false
		for errors.Is(err, bufio.ErrBufferFull) {
			long = true
			_, err = lines.ReadSlice('\n')
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		var h store.Head
		if long {
			err = fmt.Errorf("longer than %d bytes", maxHeadLine)
		} else {
			h, err = parseHead(line)
		}
		if err := do(n, h, err); err != nil {
			return err
		}
	}
}

// headSigner signs the newest link of the chain now and then, keeps that in the store, and publishes it.
type headSigner struct {
	store store.Chain
	key   *ecdsa.PrivateKey
	path  string // of the file of heads; empty for none
	log   *slog.Logger
	now   func() time.Time

	published int64 // number of the last one that this process has published
}

// openHeads returns what signs heads, nil where the settings name no key.
func openHeads(s *Settings, chain store.Chain, log *slog.Logger) (*headSigner, error) {
	if s.EvidenceKeyFile == "" {
		return nil, nil
	}
	key, err := readP256Key(s.EvidenceKeyFile)
	if err != nil {
		return nil, fmt.Errorf("portal: evidence key %w", err)
	}
	return &headSigner{store: chain, key: key, path: s.EvidenceHeads, log: log, now: time.Now}, nil
}

// run signs until ctx ends, and then once more.
func (h *headSigner) run(ctx context.Context) {
	tick := time.NewTicker(headEvery)
	defer tick.Stop()
	for running := true; running; {
		if err := h.sign(context.WithoutCancel(ctx)); err != nil {
			h.log.Error("head", "error", err)
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			running = false
		}
	}
	if err := h.sign(context.WithoutCancel(ctx)); err != nil {
		h.log.Error("head", "error", err)
	}
}

// sign signs the newest link, unless it or a later one is signed already, and publishes the newest head, unless this process has
// done so: what could not be published is published later.
func (h *headSigner) sign(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, verification.RecordTimeout)
	defer cancel()
	newest, err := h.store.NewestEntry(ctx)
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	head, err := h.store.NewestHead(ctx)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return err
	}
	if head.Number < newest.Number {
		if head, err = h.head(newest); err != nil {
			return err
		}
		if err := h.store.AddHead(ctx, head); err != nil {
			// Another process may have been faster.
			other, failed := h.store.NewestHead(ctx)
			if failed != nil || other.Number < newest.Number {
				return err
			}
			head = other
		}
	}
	if head.Number == h.published {
		return nil
	}
	if err := h.publish(head); err != nil {
		return err
	}
	h.published = head.Number
	return nil
}

func (h *headSigner) head(e store.Entry) (store.Head, error) {
	head := store.Head{Entry: e, SignedAt: h.now().UTC().Truncate(time.Second)}
	digest := sha256.Sum256(headStatement(e, head.SignedAt))
	var err error
	head.Signature, err = ecdsa.SignASN1(rand.Reader, h.key, digest[:])
	return head, err
}

// publish appends a head to the file of heads, in one write, and has it on the disk. It is in the log too.
func (h *headSigner) publish(head store.Head) error {
	h.log.Info("head", "number", head.Number, "link", hex.EncodeToString(head.Link[:]))
	if h.path == "" {
		return nil
	}
	line, err := json.Marshal(publishedHead{head.Number, hex.EncodeToString(head.Link[:]), head.SignedAt, head.Signature})
	if err != nil {
		return err
	}
	file, err := os.OpenFile(h.path, os.O_RDWR|os.O_CREATE|os.O_APPEND, 0o644)
	if err != nil {
		return err
	}
	defer file.Close()
	whole, err := endsLine(file)
	if err != nil {
		return err
	}
	if !whole {
		line = append([]byte{'\n'}, line...)
	}
	if _, err := file.Write(append(line, '\n')); err != nil {
		return err
	}
	return file.Sync()
}

// endsLine reports whether a file is empty or ends with a whole line.
func endsLine(file *os.File) (bool, error) {
	info, err := file.Stat()
	if err != nil || info.Size() == 0 {
		return err == nil, err
	}
	last := make([]byte, 1)
	if _, err := file.ReadAt(last, info.Size()-1); err != nil {
		return false, err
	}
	return last[0] == '\n', nil
}
