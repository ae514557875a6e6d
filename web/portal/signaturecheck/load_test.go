package signaturecheck

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/validation"
	"github.com/e-onay/e-onay/internal/validation/validationtest"
	"github.com/e-onay/e-onay/web/portal/refusal"
	"github.com/e-onay/e-onay/web/portal/site"
)

// serve serves a checker that a test has changed.
func serve(t *testing.T, change func(*checker)) *httptest.Server {
	t.Helper()
	log := slog.New(slog.DiscardHandler)
	c := newChecker(Options{Policy: validation.DefaultPolicy(), Log: log, Now: time.Now})
	change(c)
	server := httptest.NewUnstartedServer(nil)
	address, err := url.Parse("http://" + server.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	home := site.Feature{Routes: []site.Route{}}
	pages, err := site.New(site.Options{Address: address, Log: log, Now: time.Now}, c.feature(), home)
	if err != nil {
		t.Fatal(err)
	}
	server.Config.Handler = pages.Handler()
	server.Start()
	t.Cleanup(server.Close)
	return server
}

const oneFile = "--b\r\nContent-Disposition: form-data; name=\"imza\"; filename=\"a\"\r\n\r\nOnay veriyorum.\r\n--b--\r\n"

// TestBusy has a visitor come while all places are taken: the answer is a sentence, and comes although the browser still sends.
func TestBusy(t *testing.T) {
	for name, full := range map[string]func(*checker){
		"uploads": func(c *checker) { c.uploads = newPlaces(0, 0) },
		"judging": func(c *checker) { c.judging = newPlaces(0, 0) },
	} {
		t.Run(name, func(t *testing.T) {
			var c *checker
			server := serve(t, func(made *checker) { c = made; full(made) })
			body := strings.Replace(oneFile, "Onay", strings.Repeat("Onay", 1<<20), 1)
			response, err := http.Post(server.URL+Path, "multipart/form-data; boundary=b", strings.NewReader(body))
			if err != nil {
				t.Fatal(err)
			}
			defer response.Body.Close()
			page, err := io.ReadAll(response.Body)
			if err != nil || response.StatusCode != http.StatusServiceUnavailable || response.Header.Get("Retry-After") == "" ||
				!strings.Contains(string(page), "Birkaç dakika sonra yeniden deneyin") {
				t.Errorf("%d, %v: %s", response.StatusCode, err, page)
			}
			if len(c.uploads.taken)+len(c.judging.taken) > 0 {
				t.Error("a place is still taken")
			}
		})
	}
}

// TestSlowBody sends half a file and waits: the place is given up, and the visitor told.
func TestSlowBody(t *testing.T) {
	var c *checker
	server := serve(t, func(made *checker) { c = made; c.firstTime = 100 * time.Millisecond })
	connection, err := net.Dial("tcp", server.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer connection.Close()
	_, err = fmt.Fprintf(connection, "POST %s HTTP/1.1\r\nHost: %s\r\nContent-Type: multipart/form-data; boundary=b\r\nContent-Length: %d\r\n\r\n%s",
		Path, server.Listener.Addr(), len(oneFile), oneFile[:len(oneFile)-20])
	if err != nil {
		t.Fatal(err)
	}
	response, err := http.ReadResponse(bufio.NewReader(connection), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if page, _ := io.ReadAll(response.Body); response.StatusCode != http.StatusBadRequest || !strings.Contains(string(page), string(refusal.CheckUpload)) {
		t.Errorf("%d: %s", response.StatusCode, page)
	}
	if len(c.uploads.taken) > 0 {
		t.Error("the place is still taken")
	}
}

// deadlines notes the deadline that is set last.
type deadlines struct {
	http.ResponseWriter
	last time.Time
}

func (d *deadlines) SetReadDeadline(at time.Time) error {
	d.last = at
	return nil
}

// TestPace moves the deadline on with what has arrived.
func TestPace(t *testing.T) {
	w, start := &deadlines{}, time.Now()
	p := &paced{ReadCloser: io.NopCloser(strings.NewReader(strings.Repeat("a", 10*slowest))), control: http.NewResponseController(w), firstTime: firstTime, started: start}
	for read := range 10 {
		if _, err := io.ReadFull(p, make([]byte, slowest)); err != nil {
			t.Fatal(err)
		}
		if got := w.last.Sub(start); got < firstTime+time.Duration(read)*time.Second || got > firstTime+time.Duration(read+1)*time.Second {
			t.Errorf("after %d bytes the deadline is in %v", (read+1)*slowest, got)
		}
	}
}

// TestPlaces bounds those who wait, and how long.
func TestPlaces(t *testing.T) {
	p := newPlaces(1, 1)
	leave, err := p.enter(t.Context(), time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	entered := make(chan error)
	go func() {
		leave, err := p.enter(context.Background(), time.Minute)
		if err == nil {
			leave()
		}
		entered <- err
	}()
	p.waiting <- struct{}{} // blocks until the other one has left the queue's only place, or takes it first
	select {
	case err := <-entered: // it came second, and found the queue full
		if fault.CodeOf(err) != refusal.CheckBusy {
			t.Errorf("beyond the queue: %v", err)
		}
		<-p.waiting
		leave()
	default:
		<-p.waiting
		leave()
		<-entered
	}
	leave, err = p.enter(t.Context(), time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.enter(t.Context(), 0); fault.CodeOf(err) != refusal.CheckBusy {
		t.Errorf("waited for no time: %v", err)
	}
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := p.enter(gone, time.Minute); fault.CodeOf(err) != refusal.CheckBusy {
		t.Errorf("a visitor who left: %v", err)
	}
	leave()
}

// TestVisitors bounds what is remembered of visitors, and what one may have at once.
func TestVisitors(t *testing.T) {
	clock := time.Now()
	v := newVisitors(10, func() time.Time { return clock })
	one := netip.MustParseAddr("192.0.2.1")
	var leave []func()
	for range maxAtOnce {
		l, err := v.enter(one)
		if err != nil {
			t.Fatal(err)
		}
		leave = append(leave, l)
	}
	if _, err := v.enter(one); fault.CodeOf(err) != refusal.CheckLimit {
		t.Errorf("more at once: %v", err)
	}
	leave[0]()
	if _, err := v.enter(one); err != nil {
		t.Errorf("after one has ended: %v", err)
	}
	address := netip.MustParseAddr("10.0.0.0")
	for len(v.known) < maxVisitors {
		address = address.Next()
		l, err := v.enter(address)
		if err != nil {
			t.Fatal(err)
		}
		l()
	}
	if _, err := v.enter(address.Next()); fault.CodeOf(err) != refusal.CheckBusy {
		t.Errorf("more visitors than are remembered: %v", err)
	}
	clock = clock.Add(time.Minute)
	if _, err := v.enter(address.Next()); err != nil || len(v.known) > 2 {
		t.Errorf("a minute later: %v, %d known", err, len(v.known))
	}
}

// TestJudgeTime has a file take too long: its visitor is answered, and its place is free when the judgement has ended, not before.
func TestJudgeTime(t *testing.T) {
	var c *checker
	goOn, ended := make(chan struct{}), make(chan struct{})
	server := serve(t, func(made *checker) {
		c = made
		c.judgeTime, c.visitors.now = 50*time.Millisecond, time.Now
		c.Now = func() time.Time { <-goOn; return time.Now() }
		c.uploads = newPlaces(1, 0)
	})
	response, err := http.Post(server.URL+Path, "multipart/form-data; boundary=b", strings.NewReader(readable(t)))
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusServiceUnavailable || len(c.uploads.taken) != 1 || len(c.judging.taken) != 1 {
		t.Errorf("%d, %d places taken", response.StatusCode, len(c.uploads.taken))
	}
	go func() {
		for range cap(c.judging.taken) { // all of them are free at once only when it has ended
			c.judging.taken <- struct{}{}
		}
		close(ended)
	}()
	close(goOn)
	select {
	case <-ended:
	case <-time.After(time.Minute):
		t.Error("the place is never free again")
	}
}

// readable is a form with a file that is read as signatures.
func readable(t testing.TB) string {
	return strings.Replace(oneFile, "Onay veriyorum.", string(validationtest.New(t).NewSignature("Onay veriyorum.").Sign().DER()), 1)
}

// TestPanic ends the judgement of one file, and not the portal.
func TestPanic(t *testing.T) {
	var c *checker
	server := serve(t, func(made *checker) {
		c = made
		c.Now = func() time.Time { panic("Onay veriyorum.") }
		c.visitors.now = time.Now
	})
	for range 2 {
		response, err := http.Post(server.URL+Path, "multipart/form-data; boundary=b", strings.NewReader(readable(t)))
		if err != nil {
			t.Fatal(err)
		}
		if response.StatusCode != http.StatusInternalServerError {
			t.Errorf("status %d", response.StatusCode)
		}
		_ = response.Body.Close()
	}
	if len(c.uploads.taken)+len(c.judging.taken) > 0 {
		t.Error("a place is still taken")
	}
}
