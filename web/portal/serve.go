package portal

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/e-onay/e-onay/web/portal/store"
	"github.com/e-onay/e-onay/web/portal/store/sqlite"
)

const (
	stopTimeout = 20 * time.Second // for requests under way when the portal is told to stop
	purgeEvery  = time.Hour
	purgeAfter  = 24 * time.Hour
)

// Serve runs a portal until ctx ends, then lets the requests under way finish. When it listens it
// writes one line of JSON to stdout: {"ready":true,"url":…}.
func Serve(ctx context.Context, settings *Settings, stdout io.Writer, log *slog.Logger) (err error) {
	verifier, err := LoadVerifier(settings)
	if err != nil {
		return err
	}
	logins, err := LoadCardLogins(settings)
	if err != nil {
		return err
	}
	database, err := sqlite.Open(ctx, settings.Database)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, database.Close()) }()
	listener, err := net.Listen("tcp", settings.Listen)
	if err != nil {
		return fmt.Errorf("portal: %w", err)
	}
	defer listener.Close() // again, where an error comes before the server has it
	address, err := settings.address(listener.Addr().(*net.TCPAddr).Port)
	if err != nil {
		return fmt.Errorf("portal: %w", err)
	}
	site, err := New(Options{Settings: settings, Address: address, Store: database, Verifier: verifier, CardLogins: logins, Log: log})
	if err != nil {
		return err
	}
	ready, err := json.Marshal(struct {
		Ready bool   `json:"ready"`
		URL   string `json:"url"`
	}{true, address.String()})
	if err != nil {
		return fmt.Errorf("portal: %w", err)
	}
	if _, err := fmt.Fprintf(stdout, "%s\n", ready); err != nil {
		return fmt.Errorf("portal: %w", err)
	}
	purging, stop := context.WithCancel(ctx)
	defer stop()
	go purge(purging, database, log)
	return serve(ctx, listener, site.Handler(), log)
}

func serve(ctx context.Context, listener net.Listener, handler http.Handler, log *slog.Logger) error {
	server := &http.Server{
		Handler:           handler,
		ReadHeaderTimeout: 10 * time.Second,
		ReadTimeout:       30 * time.Second,
		WriteTimeout:      verifyTimeout + recordTimeout + 10*time.Second,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    maxHeader,
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelWarn),
	}
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	select {
	case err := <-served:
		return fmt.Errorf("portal: %w", err)
	case <-ctx.Done():
	}
	log.Info("stopping")
	stopping, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopTimeout)
	defer cancel()
	if err := server.Shutdown(stopping); err != nil {
		return errors.Join(fmt.Errorf("portal: stop: %w", err), server.Close())
	}
	return nil
}

// purge forgets what is of no use any more, now and then.
func purge(ctx context.Context, s store.Store, log *slog.Logger) {
	tick := time.NewTicker(purgeEvery)
	defer tick.Stop()
	for {
		if err := s.Purge(ctx, time.Now().Add(-purgeAfter)); err != nil && ctx.Err() == nil {
			log.Error("purge", "error", err)
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
}
