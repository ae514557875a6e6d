package postgres

import (
	"context"

	"github.com/jackc/pgx/v5"

	"github.com/e-onay/e-onay/web/postgres"
)

// LosesAtFailover reports whether a connection string names several servers of which the one that writes waits for no other before it answers a commit:
// what was answered last would be missing on the one that takes over.
func LosesAtFailover(ctx context.Context, connection string, plain bool) (bool, error) {
	config, err := pgx.ParseConfig(connection)
	if err != nil {
		return false, wrapped(err)
	}
	type server struct {
		host string
		port uint16
	}
	servers := map[server]bool{{config.Host, config.Port}: true}
	for _, other := range config.Fallbacks { // also the same server without TLS
		servers[server{other.Host, other.Port}] = true
	}
	if len(servers) == 1 {
		return false, nil
	}
	pool, err := postgres.Open(ctx, options(connection, plain))
	if err != nil {
		return false, wrapped(err)
	}
	defer pool.Close()
	ctx, cancel := context.WithTimeout(ctx, queryTimeout)
	defer cancel()
	waitsFor, err := one(ctx, pool, scanValue[string], "SHOW synchronous_standby_names")
	return waitsFor == "", wrapped(err)
}
