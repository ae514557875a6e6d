package main

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"time"

	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/test/e2e"
)

// host is the host program, spoken to as a browser does.
type host struct {
	t   e2e.T
	cmd *exec.Cmd
	in  io.WriteCloser
	out io.Reader
	id  uint32
}

func startHost(t e2e.T, environment []string) *host {
	h := &host{t: t, cmd: exec.Command(e2e.Built(t, "eonay-host"), "chrome-extension://"+protocol.ChromiumExtensionID+"/")}
	h.cmd.Env = append(os.Environ(), environment...)
	var err error
	h.in, err = h.cmd.StdinPipe()
	if err != nil {
		t.Fatalf("pipe: %v", err)
	}
	h.out, err = h.cmd.StdoutPipe()
	if err != nil {
		t.Fatalf("pipe: %v", err)
	}
	if err := h.cmd.Start(); err != nil {
		t.Fatalf("start the host: %v", err)
	}
	return h
}

// ask sends a request and waits for its answer; events are passed over.
func (h *host) ask(kind protocol.HostType, body any) protocol.HostEnvelope {
	h.id++
	raw, err := json.Marshal(body)
	if err != nil {
		h.t.Fatalf("encode: %v", err)
	}
	message, err := json.Marshal(protocol.HostEnvelope{ID: h.id, Type: kind, Body: raw})
	if err != nil {
		h.t.Fatalf("encode: %v", err)
	}
	if _, err := h.in.Write(append(binary.NativeEndian.AppendUint32(nil, uint32(len(message))), message...)); err != nil {
		h.t.Fatalf("write to the host: %v", err)
	}
	for {
		answer := h.read()
		if answer.ID == h.id {
			if answer.Type == protocol.HostError {
				h.t.Fatalf("the host answers %s to %s", answer.Body, kind)
			}
			return answer
		}
	}
}

func (h *host) read() (answer protocol.HostEnvelope) {
	var length [4]byte
	if _, err := io.ReadFull(h.out, length[:]); err != nil {
		h.t.Fatalf("read from the host: %v", err)
	}
	message := make([]byte, binary.NativeEndian.Uint32(length[:]))
	if _, err := io.ReadFull(h.out, message); err != nil {
		h.t.Fatalf("read from the host: %v", err)
	}
	if err := json.Unmarshal(message, &answer); err != nil {
		h.t.Fatalf("decode %q: %v", message, err)
	}
	return answer
}

func (h *host) stop() {
	h.in.Close()
	if err := h.cmd.Wait(); err != nil {
		h.t.Fatalf("the host ended badly: %v", err)
	}
}

// resident returns the memory of the host, which is what the browser has started and its session, and of its workers, in
// MiB.
func (h *host) resident() (own, workers float64) {
	own = residentOf(h.t, h.cmd.Process.Pid)
	for _, session := range childrenOf(h.t, h.cmd.Process.Pid) {
		own += residentOf(h.t, session)
		for _, pid := range childrenOf(h.t, session) {
			workers += residentOf(h.t, pid)
		}
	}
	return own, workers
}

func childrenOf(t e2e.T, parent int) (pids []int) {
	out, err := exec.Command("ps", "-o", "pid=", "--ppid", strconv.Itoa(parent)).Output()
	if err != nil {
		t.Fatalf("ps: %v", err)
	}
	for _, field := range strings.Fields(string(out)) {
		pid, err := strconv.Atoi(field)
		if err != nil {
			t.Fatalf("ps: %v", err)
		}
		pids = append(pids, pid)
	}
	return pids
}

func residentOf(t e2e.T, pid int) float64 {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		t.Fatalf("memory of %d: %v", pid, err)
	}
	_, rest, _ := bytes.Cut(status, []byte("VmRSS:"))
	kib, err := strconv.ParseFloat(string(bytes.Fields(rest)[0]), 64)
	if err != nil {
		t.Fatalf("memory of %d: %v", pid, err)
	}
	return kib / 1024
}

// measureHost measures start-up, listing and memory without a browser.
func (b *bench) measureHost(t e2e.T, environment []string) {
	var welcome, first, again, own, workers []float64
	for range 20 {
		start := time.Now()
		h := startHost(t, environment)
		h.ask(protocol.HostHello, protocol.Hello{Protocol: protocol.Version})
		welcome = append(welcome, ms(time.Since(start)))
		start = time.Now()
		h.ask(protocol.HostCertificates, struct{}{})
		first = append(first, ms(time.Since(start)))
		start = time.Now()
		h.ask(protocol.HostCertificates, struct{}{})
		again = append(again, ms(time.Since(start)))
		a, c := h.resident()
		own, workers = append(own, a), append(workers, c)
		h.stop()
	}
	b.Add("host: start → welcome", "ms", welcome)
	b.Add("host: certificate list, module loaded for it", "ms", first)
	b.Add("host: certificate list, again", "ms", again)
	b.Add("host: resident memory", "MiB", own)
	b.Add("worker with SoftHSM2: resident memory", "MiB", workers)
}

func ms(d time.Duration) float64 { return float64(d.Nanoseconds()) / 1e6 }
