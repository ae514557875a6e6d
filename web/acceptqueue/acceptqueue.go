// Package acceptqueue lets a server close its port without failing whoever has just connected.
//
// The kernel completes a connection before the program accepts it, and a proxy sends its request at once. Closing the
// listener resets what still waits in that queue: nginx answers 502, since a POST must not be sent to another server.
package acceptqueue

import (
	"context"
	"net"
	"time"
)

const (
	// quiet is how long the queue must stay empty: a handshake that was under way takes one round trip to the proxy.
	quiet = 20 * time.Millisecond
	// pollEvery is how often the queue is asked for.
	pollEvery = time.Millisecond
)

// Listen listens at a TCP address, without Multipath TCP: the kernel filters nothing on such sockets, as Drain needs it.
func Listen(ctx context.Context, address string) (*net.TCPListener, error) {
	var config net.ListenConfig
	config.SetMultipathTCP(false)
	listener, err := config.Listen(ctx, "tcp", address)
	if err != nil {
		return nil, err
	}
	return listener.(*net.TCPListener), nil
}

// Drain has the kernel ignore new connections and returns once those in the queue of Listen's listener are accepted, after most at the
// latest. Another goroutine must be accepting, and the listener must be closed next: a client whose connection was ignored
// tries again after a second, and learns then that the port is closed. Outside Linux Drain only waits a moment.
func Drain(listener *net.TCPListener, most time.Duration) error {
	raw, err := listener.SyscallConn()
	if err != nil {
		return err
	}
	if err := ignoreNew(raw); err != nil {
		return err
	}
	tick := time.NewTicker(pollEvery)
	defer tick.Stop()
	begun := time.Now()
	lastSeen := begun
	for now := begun; now.Sub(lastSeen) < quiet && now.Sub(begun) < most; now = <-tick.C {
		waits, err := isWaiting(raw)
		if err != nil {
			return err
		}
		if waits {
			lastSeen = now
		}
	}
	return nil
}
