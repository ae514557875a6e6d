package metrics

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"

	"golang.org/x/net/netutil"
)

const (
	maxConnections = 16
	maxHeader      = 8 << 10
	answerTime     = 30 * time.Second
)

// CheckListen refuses what is not host:port on this machine: the metrics say how much a site is used, and are for the operator. An empty address serves none.
func CheckListen(address string) error {
	if address == "" {
		return nil
	}
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return err
	}
	if ip := net.ParseIP(host); host != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return fmt.Errorf("%q is not an address of this machine alone, as 127.0.0.1:9101", address)
	}
	return nil
}

// Serve serves the metrics at an address until the returned function is called. The address "" serves none.
func (m *Meter) Serve(address string, log *slog.Logger) (stop func(), err error) {
	if address == "" {
		return func() {}, nil
	}
	if err := CheckListen(address); err != nil {
		return nil, fmt.Errorf("metrics_listen: %w", err)
	}
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return nil, fmt.Errorf("metrics_listen: %w", err)
	}
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", m)
	server := &http.Server{
		Handler: mux, ReadTimeout: answerTime, WriteTimeout: answerTime, MaxHeaderBytes: maxHeader,
		ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelWarn),
	}
	log.Info("metrics", "url", "http://"+listener.Addr().String()+"/metrics")
	go server.Serve(netutil.LimitListener(listener, maxConnections)) // until Close; a reader tries again
	return func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		if server.Shutdown(ctx) != nil {
			server.Close()
		}
	}, nil
}
