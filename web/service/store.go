package service

import (
	"context"
	"fmt"

	"github.com/e-onay/e-onay/web/postgres"
	"github.com/e-onay/e-onay/web/service/challenges"
)

// openStore opens the database of the settings.
func openStore(ctx context.Context, settings *Settings) (challenges.Store, error) {
	if settings.PostgresFile == "" {
		return challenges.OpenSQLite(ctx, settings.Database)
	}
	connection, err := postgres.ReadConnection(settings.PostgresFile)
	if err != nil {
		return nil, fmt.Errorf("postgres_file: %w", err)
	}
	return challenges.OpenPostgres(ctx, connection, settings.PlainPostgres)
}
