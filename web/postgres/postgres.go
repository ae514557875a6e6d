// Package postgres connects programs to their PostgreSQL database: the pool and what each connection asks for, whatever string, role and
// server say, and the schema's migrations.
package postgres

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/e-onay/e-onay/web/portal/secretfile"
)

const (
	// connectTimeout is for one try at one address; the string's own connect_timeout counts where it is shorter.
	connectTimeout = 5 * time.Second
	// pingTimeout is for the question whether the server still holds a pooled connection.
	pingTimeout = time.Second
	// restsFor is how long a connection has had no use when it is tried before the next one.
	restsFor = 50 * time.Millisecond
	// maxPool is the most connections that pool_max_conns may ask for. Without it there are as many as processors, and at least four.
	maxPool = 64
	// maxConnectionString is the longest connection string, in bytes.
	maxConnectionString = 4 << 10
)

// Options say how a program connects.
type Options struct {
	// Connection is libpq's connection string. What it leaves out comes from libpq's environment variables and files.
	Connection string
	// Plain connects beyond this machine without TLS that verifies the server.
	Plain bool
	// Program is what the server calls the connection, unless the string has an application_name.
	Program string
	// Timeout is after how long the server ends a statement, a wait for a lock, or a transaction that does nothing; 0 is never.
	Timeout time.Duration
	// Schema is the only one in which names without a schema are looked for; empty leaves search_path as it is.
	Schema string
	// Prepare has each connection prepare a statement when it first runs it: the server parses it once, says what types it has, and values go in binary.
	// Else nothing has a name on the server, the values' Go types count, and they are text.
	Prepare bool
}

// Open returns a pool of connections, which connects when it is used. A connection beyond this machine without TLS that verifies the server is
// refused, unless Plain is true. No error has the password.
func Open(ctx context.Context, o Options) (*pgxpool.Pool, error) {
	config, err := poolConfig(o)
	if err != nil {
		return nil, err
	}
	return pgxpool.NewWithConfig(context.WithoutCancel(ctx), config)
}

func poolConfig(o Options) (*pgxpool.Config, error) {
	config, err := pgxpool.ParseConfig(o.Connection)
	if err != nil {
		return nil, err
	}
	c := config.ConnConfig
	if !o.Plain {
		if err := checkTransport(&c.Config); err != nil {
			return nil, err
		}
	}
	if config.MaxConns > maxPool {
		return nil, fmt.Errorf("pool_max_conns: %d, want %d at most", config.MaxConns, maxPool)
	}
	if c.ConnectTimeout <= 0 || c.ConnectTimeout > connectTimeout {
		c.ConnectTimeout = connectTimeout
	}
	// A pooled connection that has rested is tried before its use: one that ended while the server restarted is replaced, and refuses no request. A server
	// does not end and come back between two uses of a busy one, where the trial would double the trips.
	config.ShouldPing = func(_ context.Context, p pgxpool.ShouldPingParams) bool { return p.IdleDuration > restsFor }
	config.PingTimeout = pingTimeout
	// What was prepared ends with its connection, and so with its server: the next connection prepares its own.
	c.DefaultQueryExecMode = pgx.QueryExecModeExec
	if o.Prepare {
		c.DefaultQueryExecMode = pgx.QueryExecModeCacheStatement
	}
	if c.RuntimeParams["application_name"] == "" {
		c.RuntimeParams["application_name"] = o.Program
	}
	limit := strconv.FormatInt(o.Timeout.Milliseconds(), 10)
	for name, value := range map[string]string{
		"synchronous_commit":                  "on", // what was committed stays so when the server crashes
		"default_transaction_isolation":       "read committed",
		"statement_timeout":                   limit,
		"lock_timeout":                        limit,
		"idle_in_transaction_session_timeout": limit,
	} {
		c.RuntimeParams[name] = value
	}
	if o.Schema != "" {
		// Last stands pg_temp, which is searched first where it is not named.
		c.RuntimeParams["search_path"] = "pg_catalog," + o.Schema + ",pg_temp"
	}
	return config, nil
}

// checkTransport refuses a configuration by which the client would, at any of its hosts or tries, connect beyond this machine without TLS
// that verifies the server: who sits between would learn the password and all that is kept, or answer in the server's place.
func checkTransport(c *pgconn.Config) error {
	tries := []*pgconn.FallbackConfig{{Host: c.Host, Port: c.Port, TLSConfig: c.TLSConfig}}
	for _, try := range append(tries, c.Fallbacks...) {
		if network, _ := pgconn.NetworkAddress(try.Host, try.Port); network == "unix" || isLoopback(try.Host) || verifies(try.TLSConfig) {
			continue
		}
		return fmt.Errorf("host %q is another machine: want sslmode=verify-full, or plain_postgres where the network is trusted", try.Host)
	}
	return nil
}

func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// verifies reports whether a connection verifies the server's certificate: sslmode verify-full, or verify-ca, whose check pgx does itself.
func verifies(c *tls.Config) bool {
	return c != nil && (!c.InsecureSkipVerify || c.VerifyPeerCertificate != nil)
}

// ReadConnection reads a file with a connection string, which everybody on the machine must not be able to read.
func ReadConnection(path string) (string, error) {
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
