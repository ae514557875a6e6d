package record

import (
	"context"
	"errors"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/web/portal/store"
)

// Measure is how much waits in a database, and how large it is.
type Measure struct {
	Bytes        int64 // with the write-ahead log, where that is a file beside it
	OpenReceipts int
}

// HasFailed reports whether an error of a transaction is the database's: a refusal is none, and who asked may have left.
func HasFailed(ctx context.Context, err error) bool {
	_, isRefusal := errors.AsType[*fault.Error](err)
	return err != nil && !isRefusal && !errors.Is(err, store.ErrNotFound) && ctx.Err() == nil
}
