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

	"golang.org/x/net/netutil"

	"github.com/e-onay/e-onay/internal/outbound"
	"github.com/e-onay/e-onay/web/acceptqueue"
	"github.com/e-onay/e-onay/web/portal/decisions"
	"github.com/e-onay/e-onay/web/portal/progress"
	"github.com/e-onay/e-onay/web/portal/store"
	"github.com/e-onay/e-onay/web/portal/verification"
	"github.com/e-onay/e-onay/web/relyingparty"
)

const (
	// stopTimeout is for the requests under way when the portal is told to stop: the longest that one may take which has
	// its turn, by its body, the network and the store. Signatures that have arrived outlive it.
	stopTimeout = verification.ReadTimeout + relyingparty.DefaultRevocationTimeout + verification.RecordTimeout
	// drainTimeout is for connections to be accepted that wait while the portal is told to stop.
	drainTimeout = time.Second
	// maxConnections is how many are open at once; one more waits until another ends. Each costs some tens of kilobytes.
	maxConnections = 2048
	maxHeader      = 16 << 10
	purgeEvery     = time.Hour
)

// Serve runs a portal until ctx ends, then lets the requests under way finish, and puts down what is not judged yet. When it listens it
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
	check, err := LoadSignatureCheck(settings)
	if err != nil {
		return err
	}
	database, err := openDatabase(ctx, settings)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, database.Close()) }()
	meter := newMeter(verifier, database)
	defer outbound.Observe(meter.Asked)()
	listener, err := acceptqueue.Listen(ctx, settings.Listen)
	if err != nil {
		return fmt.Errorf("portal: %w", err)
	}
	defer listener.Close() // again, where an error comes before the server has it
	address, err := settings.address(listener.Addr().(*net.TCPAddr).Port)
	if err != nil {
		return fmt.Errorf("portal: %w", err)
	}
	portal, err := New(Options{Settings: settings, Address: address, Store: database, Verifier: verifier, CardLogins: logins, SignatureCheck: check, Meter: meter, Stopping: ctx.Done(), Log: log})
	if err != nil {
		return err
	}
	portal.meterJobs(meter, database)
	heads, err := openHeads(settings, database, portal.log)
	if err != nil {
		return err
	}
	keeper, err := openLasting(settings, database, portal.log)
	if err != nil {
		return err
	}
	stopMetrics, err := meter.Serve(settings.MetricsListen, portal.log)
	if err != nil {
		return fmt.Errorf("portal: %w", err)
	}
	defer stopMetrics()
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
	go purge(purging, database, settings.forgetAfter(), settings.Applications, portal.progress, portal.log)
	if old, ok := database.(backlog); ok {
		go enterBacklog(purging, old, portal.log)
	}
	if heads != nil {
		defer until(heads.run)()
	}
	if keeper != nil {
		defer until(keeper.Run)()
	}
	defer until(portal.DoJobs)()
	defer until(portal.MoveApplications)()
	defer until(portal.EnterPeople)()
	defer until(portal.FollowShipments)()
	defer until(portal.Judge)()
	return serve(ctx, listener, portal.Handler(), portal.log)
}

// until runs work beside the server until stop is called, which waits for it.
func until(work func(context.Context)) (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() {
		work(ctx)
		close(ended)
	}()
	return func() {
		cancel()
		<-ended
	}
}

func serve(ctx context.Context, listener *net.TCPListener, handler http.Handler, log *slog.Logger) error {
	server := &http.Server{
		Handler:           handler,
		ReadHeaderTimeout: 10 * time.Second,
		ReadTimeout:       verification.ReadTimeout,
		WriteTimeout:      verification.Timeout + verification.RecordTimeout + 10*time.Second,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    maxHeader,
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelWarn),
	}
	served := make(chan error, 1)
	go func() { served <- server.Serve(netutil.LimitListener(listener, maxConnections)) }()
	select {
	case err := <-served:
		return fmt.Errorf("portal: %w", err)
	case <-ctx.Done():
	}
	log.Info("stopping")
	if err := acceptqueue.Drain(listener, drainTimeout); err != nil {
		log.Warn("requests that have just arrived may fail", "error", err)
	}
	stopping, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopTimeout)
	defer cancel()
	if err := server.Shutdown(stopping); err != nil {
		return errors.Join(fmt.Errorf("portal: stop: %w", err), server.Close())
	}
	return nil
}

// backlog is a store that may have rows from before the chain.
type backlog interface {
	EnterBacklog(ctx context.Context) error
}

// enterBacklog puts into the chain what is older than the chain.
func enterBacklog(ctx context.Context, s backlog, log *slog.Logger) {
	if err := s.EnterBacklog(ctx); err != nil && ctx.Err() == nil {
		log.Error("entries from before the chain", "error", err)
	}
}

// purge forgets what has been of no use for a time, now and then, and who it was whose application came to nothing long ago.
func purge(ctx context.Context, s store.Store, after time.Duration, applications ApplicationSettings, engine *progress.Engine, log *slog.Logger) {
	tick := time.NewTicker(purgeEvery)
	defer tick.Stop()
	for {
		if err := s.Purge(ctx, time.Now().Add(-after)); err != nil && ctx.Err() == nil {
			log.Error("purge", "error", err)
		}
		now := time.Now()
		if n, err := progress.Erase(ctx, s, applications.endedBefore(now), now); err != nil && ctx.Err() == nil {
			log.Error("erase applications", "erased", n, "error", err)
		} else if n > 0 {
			log.Info("applications erased", "erased", n)
		}
		if err := s.DeleteDrafts(ctx, applications.savedBefore(now)); err != nil && ctx.Err() == nil {
			log.Error("delete drafts", "error", err)
		}
		if n, err := engine.ForgetUnpaid(ctx, s, applications.unpaidBefore(now)); err != nil && ctx.Err() == nil {
			log.Error("forget unpaid applications", "forgotten", n, "error", err)
		} else if n > 0 {
			log.Info("unpaid applications forgotten", "forgotten", n)
		}
		if n, err := decisions.Expire(ctx, s, now); err != nil && ctx.Err() == nil {
			log.Error("decisions ended by time", "ended", n, "error", err)
		} else if n > 0 {
			log.Info("decisions ended by time", "ended", n)
		}
		if n, err := eraseOrders(ctx, s, applications.endedBefore(now)); err != nil && ctx.Err() == nil {
			log.Error("erase orders", "erased", n, "error", err)
		} else if n > 0 {
			log.Info("orders erased", "erased", n)
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
}
