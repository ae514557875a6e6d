package portal

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/e-onay/e-onay/web/portal/newpin"
)

// ImportCards puts cards on record: JSON, one card a line, all of them or none. It returns how many. Its errors
// name a line and quote nothing from it.
func ImportCards(ctx context.Context, settings *Settings, lines io.Reader) (n int, err error) {
	keys, err := openSafe(settings)
	if err != nil {
		return 0, err
	}
	if keys == nil {
		return 0, errors.New("portal: cards: the settings name no puk_key_file")
	}
	cards, err := newpin.ReadCards(keys, lines)
	if err != nil {
		return 0, fmt.Errorf("portal: cards: %w", err)
	}
	database, err := openDatabase(ctx, settings)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, database.Close()) }()
	if err := database.PutCards(ctx, cards, keys.Differ); err != nil {
		return 0, fmt.Errorf("portal: cards: %w", err)
	}
	return len(cards), nil
}
