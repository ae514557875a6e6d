package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"os"
	"time"
)

const (
	// checkpointPause is how long commits gather in the write-ahead log: pages that they write again and again reach the file once.
	checkpointPause = 200 * time.Millisecond
	// restartFrames is how many pages the log has when it is to begin at its start again, which costs the writer a short wait.
	restartFrames = 1000
	// fewFrames is how many pages are left for that wait at most, and catchUps how often a checkpoint tries to get there.
	fewFrames = 50
	catchUps  = 8
	// restartWait is how long that waits for other processes, in milliseconds: this process's writes wait with it.
	restartWait = "20"
)

// checkpointer copies the pages that commits have appended to the write-ahead log into the file, beside the writer. Left to itself SQLite
// does that in the commit that makes the log long, with the write lock held: beside eleven million rows, whose pages lie far apart, the
// disk took up to 1.4 s for it, and all other writes waited.
type checkpointer struct {
	db     *sql.DB
	file   *os.File // the database's; SQLite's locks of this process end where it is closed, so that comes last
	writer writer
	cancel context.CancelFunc
	ended  chan struct{} // closed once the goroutine has returned
}

// startCheckpoints has a goroutine follow what is written until stop is called.
func startCheckpoints(path string, w writer) (*checkpointer, error) {
	file, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return nil, err
	}
	db, err := open(address(path, "deferred"))
	if err != nil {
		return nil, errors.Join(err, file.Close())
	}
	db.SetMaxOpenConns(1)
	ctx, cancel := context.WithCancel(context.Background())
	c := &checkpointer{db, file, w, cancel, make(chan struct{})}
	go func() {
		defer close(c.ended)
		c.run(ctx)
	}()
	return c, nil
}

// stop ends the goroutine. closeFile comes after all connections were closed.
func (c *checkpointer) stop() error {
	c.cancel()
	<-c.ended
	return c.db.Close()
}

// closeFile closes the file, once.
func (c *checkpointer) closeFile() error {
	if err := c.file.Close(); !errors.Is(err, os.ErrClosed) {
		return err
	}
	return nil
}

// run checkpoints a while after something was written. Where that fails, what was committed stays in the log, and the next write has it
// tried again; a full disk is found by Ping.
func (c *checkpointer) run(ctx context.Context) {
	for {
		select {
		case <-c.writer.wrote:
		case <-ctx.Done():
			return
		}
		select {
		case <-time.After(checkpointPause):
		case <-ctx.Done():
			return
		}
		_ = c.checkpoint(ctx)
	}
}

// checkpoint copies the log into the file, and has a long one begin at its start again: that needs a file that is on the disk with all of the
// log. Others write meanwhile, so it is copied and synced again until little is left, and the writer waits for that alone.
func (c *checkpointer) checkpoint(ctx context.Context) error {
	copied := 0
	for range catchUps {
		log, err := c.copyLog(ctx, "PASSIVE")
		if err != nil || !log.isCopied || log.frames < restartFrames {
			return err
		}
		if err := c.file.Sync(); err != nil {
			return err
		}
		if log.frames-copied <= fewFrames {
			return c.finish(ctx)
		}
		copied = log.frames
	}
	return nil
}

// finish copies and syncs the rest of the log while nothing is written. Whoever writes next begins at the log's start.
func (c *checkpointer) finish(ctx context.Context) error {
	if err := c.writer.take(ctx); err != nil {
		return err
	}
	defer c.writer.giveBack()
	_, err := c.copyLog(ctx, "FULL")
	return err
}

// walLog is what a checkpoint says of the log. One that a reader still needs, or another process copies just now, is not copied.
type walLog struct {
	frames   int
	isCopied bool
}

func (c *checkpointer) copyLog(ctx context.Context, mode string) (walLog, error) {
	if _, err := c.db.ExecContext(ctx, "PRAGMA busy_timeout = "+restartWait); err != nil {
		return walLog{}, err
	}
	var busy, frames, copied int
	err := c.db.QueryRowContext(ctx, "PRAGMA wal_checkpoint("+mode+")").Scan(&busy, &frames, &copied)
	return walLog{frames, busy == 0 && copied == frames}, err
}
