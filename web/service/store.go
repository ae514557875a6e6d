package service

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/e-onay/e-onay/web/portal/secretfile"
	"github.com/e-onay/e-onay/web/service/challenges"
)

// maxConnectionString is the longest connection string, in bytes.
const maxConnectionString = 4 << 10

// openStore opens the database of the settings.
func openStore(ctx context.Context, settings *Settings) (challenges.Store, error) {
	if settings.PostgresFile == "" {
		return challenges.OpenSQLite(ctx, settings.Database)
	}
	connection, err := readConnection(settings.PostgresFile)
	if err != nil {
		return nil, fmt.Errorf("postgres_file: %w", err)
	}
	return challenges.OpenPostgres(ctx, connection, settings.PlainPostgres)
}

// readConnection reads a file with a connection string.
func readConnection(path string) (string, error) {
	text, err := secretfile.Read(path, maxConnectionString+1)
	defer clear(text)
	if err == nil && len(text) > maxConnectionString {
		err = fmt.Errorf("%q is longer than %d bytes", path, maxConnectionString)
	}
	connection := strings.TrimSpace(string(text))
	if err == nil && strings.ContainsAny(connection, "\r\n\x00") {
		err = errors.New("want one line, a connection string")
	}
	return connection, err
}
