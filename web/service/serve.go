package service

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"time"

	"golang.org/x/net/netutil"

	"github.com/e-onay/e-onay/internal/outbound"
	"github.com/e-onay/e-onay/web/acceptqueue"
)

const (
	// stopTimeout is for the calls under way when the service is told to stop.
	stopTimeout = callTimeout
	// drainTimeout is for connections to be accepted that wait while the service is told to stop.
	drainTimeout = time.Second
	// maxConnections is how many are open at once; one more waits until another ends.
	maxConnections = 2048
	maxHeader      = 16 << 10
	purgeEvery     = time.Hour
)

// Serve runs the service until ctx ends, then lets the calls under way finish. When it listens it writes one line of JSON to stdout:
// {"ready":true,"url":…}.
func Serve(ctx context.Context, settings *Settings, stdout io.Writer, log *slog.Logger) (err error) {
	listener, secure, err := listen(ctx, settings)
	if err != nil {
		return fmt.Errorf("service: %w", err)
	}
	defer listener.Close() // again, where an error comes before the server has it
	store, err := openStore(ctx, settings)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	s, err := New(ctx, settings, store, log)
	if err != nil {
		return err
	}
	defer outbound.Observe(s.meter.Asked)()
	stopMetrics, err := s.meter.Serve(settings.MetricsListen, s.log)
	if err != nil {
		return fmt.Errorf("service: %w", err)
	}
	defer stopMetrics()
	scheme := "http://"
	if secure != nil {
		scheme = "https://"
	}
	ready, err := json.Marshal(struct {
		Ready bool   `json:"ready"`
		URL   string `json:"url"`
	}{true, scheme + listener.Addr().String()})
	if err != nil {
		return fmt.Errorf("service: %w", err)
	}
	if _, err := fmt.Fprintf(stdout, "%s\n", ready); err != nil {
		return fmt.Errorf("service: %w", err)
	}
	purging, stop := context.WithCancel(ctx)
	ended := make(chan struct{})
	go func() { s.purge(purging); close(ended) }()
	defer func() { stop(); <-ended }() // before the database closes
	return s.serveOn(ctx, listener, secure)
}

// listen listens where the settings say, beyond loopback only with TLS or where the settings say that plain HTTP will do. The
// configuration is nil without TLS.
func listen(ctx context.Context, settings *Settings) (*net.TCPListener, *tls.Config, error) {
	at, err := net.ResolveTCPAddr("tcp", settings.Listen)
	if err != nil {
		return nil, nil, fmt.Errorf("listen: %w", err)
	}
	if settings.TLSCertificate == "" {
		if !settings.PlainHTTP && (at.IP == nil || !at.IP.IsLoopback()) {
			return nil, nil, fmt.Errorf("listen: %q is beyond loopback, and keys would cross the network in the clear: "+
				"set tls_certificate and tls_key, or plain_http where the network is trusted", settings.Listen)
		}
		listener, err := acceptqueue.Listen(ctx, at.String())
		return listener, nil, err
	}
	certificate, err := tls.LoadX509KeyPair(settings.TLSCertificate, settings.TLSKey)
	if err != nil {
		return nil, nil, fmt.Errorf("tls_certificate: %w", err)
	}
	listener, err := acceptqueue.Listen(ctx, at.String())
	return listener, &tls.Config{Certificates: []tls.Certificate{certificate}, MinVersion: tls.VersionTLS12}, err
}

// serveOn serves until ctx ends; secure is nil for plain HTTP.
func (s *Service) serveOn(ctx context.Context, listener *net.TCPListener, secure *tls.Config) error {
	server := &http.Server{
		Handler:           s.Handler(),
		ReadHeaderTimeout: 10 * time.Second,
		ReadTimeout:       callTimeout,
		WriteTimeout:      callTimeout + 10*time.Second,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    maxHeader,
		TLSConfig:         secure,
		ErrorLog:          slog.NewLogLogger(s.log.Handler(), slog.LevelWarn),
	}
	served := make(chan error, 1)
	limited := netutil.LimitListener(listener, maxConnections)
	go func() {
		if secure != nil {
			served <- server.ServeTLS(limited, "", "")
			return
		}
		served <- server.Serve(limited)
	}()
	select {
	case err := <-served:
		return fmt.Errorf("service: %w", err)
	case <-ctx.Done():
	}
	s.log.Info("stopping")
	if err := acceptqueue.Drain(listener, drainTimeout); err != nil {
		s.log.Warn("requests that have just arrived may fail", "error", err)
	}
	stopping, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopTimeout)
	defer cancel()
	if err := server.Shutdown(stopping); err != nil {
		return errors.Join(fmt.Errorf("service: stop: %w", err), server.Close())
	}
	return nil
}

// purge forgets used challenges that are over, now and then.
func (s *Service) purge(ctx context.Context) {
	tick := time.NewTicker(purgeEvery)
	defer tick.Stop()
	for {
		if err := s.store.Purge(ctx, time.Now()); err != nil && ctx.Err() == nil {
			s.log.Error("purge", "error", err)
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
}

// NewKey returns a new key for a site, 256 random bits, and the digest of it that settings have.
func NewKey() (key, digest string) {
	key = "eonay-rp-" + rand.Text() + rand.Text()
	sum := sha256.Sum256([]byte(key))
	return key, hex.EncodeToString(sum[:])
}
