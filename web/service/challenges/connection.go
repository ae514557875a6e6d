package challenges

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
)

const (
	// connectTimeout is for one try at one address; the string's own connect_timeout counts where it is shorter.
	connectTimeout = 5 * time.Second
	// pingTimeout is for the question whether the server still holds a pooled connection.
	pingTimeout = time.Second
	// maxPool is the most connections that pool_max_conns may ask for. Without it there are as many as processors, and at least four.
	maxPool = 64
)

// poolConfig parses a connection string, judges how it connects, and sets what the store relies on, whatever string, role and server say.
func poolConfig(connection string, plain bool) (*pgxpool.Config, error) {
	config, err := pgxpool.ParseConfig(connection)
	if err != nil {
		return nil, err
	}
	c := config.ConnConfig
	if !plain {
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
	// Each pooled connection is tried before its use: one that ended while the server restarted is replaced, and refuses no login.
	config.ShouldPing = func(context.Context, pgxpool.ShouldPingParams) bool { return true }
	config.PingTimeout = pingTimeout
	// Nothing is prepared on the server: it would be gone after the server restarts, and is prepared for each connection anew.
	c.DefaultQueryExecMode = pgx.QueryExecModeExec
	if c.RuntimeParams["application_name"] == "" {
		c.RuntimeParams["application_name"] = "eonay-rp"
	}
	limit := strconv.FormatInt(queryTimeout.Milliseconds(), 10)
	for name, value := range map[string]string{
		"synchronous_commit":                  "on", // a challenge that was used stays used when the server crashes
		"default_transaction_isolation":       "read committed",
		"statement_timeout":                   limit,
		"lock_timeout":                        limit,
		"idle_in_transaction_session_timeout": limit,
	} {
		c.RuntimeParams[name] = value
	}
	return config, nil
}

// checkTransport refuses a configuration by which the client would, at any of its hosts or tries, connect beyond this machine without TLS
// that verifies the server: who sits between would learn the password or the secret of all challenges, or say that a used one is new.
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
