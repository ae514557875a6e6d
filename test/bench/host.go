package main

import (
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"time"

	"github.com/e-onay/e-onay/internal/ades"
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

// ask sends a request and waits for its answer.
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
	h.write(message)
	return h.answer(h.id)
}

func (h *host) write(message []byte) {
	if _, err := h.in.Write(append(binary.NativeEndian.AppendUint32(nil, uint32(len(message))), message...)); err != nil {
		h.t.Fatalf("write to the host: %v", err)
	}
}

// answer waits for the answer to a request; events are passed over.
func (h *host) answer(id uint32) protocol.HostEnvelope {
	for {
		answer := h.read()
		if answer.ID == id {
			if answer.Type == protocol.HostError {
				h.t.Fatalf("the host answers %s to request %d", answer.Body, id)
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
	all, started := processes(), h.cmd.Process.Pid
	for pid, p := range all {
		switch {
		case pid != started && !all.descends(pid, started):
		case p.isWorker:
			workers += p.resident
		default:
			own += p.resident
		}
	}
	return own, workers
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

// measureReceive measures how fast a host takes a large document that comes as fast as it can, and what processor time that
// costs, beside the hashes that it must make: whose key will sign is not known yet.
func (b *bench) measureReceive(t e2e.T, environment []string) {
	chunk := make([]byte, protocol.ChunkSize)
	chunks := transferMiB << 20 / len(chunk)
	start, own := time.Now(), processorTime("/proc/self")
	for _, h := range ades.Hashes {
		sum := h.New()
		for range chunks {
			sum.Write(chunk) // never fails
		}
	}
	hashing, ownTime := time.Since(start), processorTime("/proc/self")-own

	h := startHost(t, environment)
	h.ask(protocol.HostHello, protocol.Hello{Protocol: protocol.Version})
	h.ask(protocol.HostDocument, protocol.HostDocumentBody{Name: "kayit.bin", MediaType: "application/octet-stream", Size: transferMiB << 20})
	data := base64.StdEncoding.EncodeToString(chunk)
	const passing = 4 // chunks, as of a window
	first, before := h.id+1, processes()
	start = time.Now()
	for i := range chunks {
		h.id++
		h.write(fmt.Appendf(nil, `{"id":%d,"type":"chunk","body":{"document":0,"offset":%d,"data":"%s"}}`, h.id, i*len(chunk), data))
		if i >= passing {
			h.answer(first + uint32(i-passing))
		}
	}
	h.answer(h.id)
	took := time.Since(start)
	processor := 0.0
	for pid, p := range processes() {
		if before.descends(pid, h.cmd.Process.Pid) {
			processor += p.processor - before[pid].processor
		}
	}
	h.stop()
	rate := func(d time.Duration) []float64 { return []float64{transferMiB << 20 / 1e6 / d.Seconds()} }
	b.Add("host alone: 1 GiB in chunks", "MB/s", rate(took)).Against(rate(hashing)[0])
	b.Add("host alone: 1 GiB in chunks, processor time", "s", []float64{processor}).Against(ownTime)
}

func ms(d time.Duration) float64 { return float64(d.Nanoseconds()) / 1e6 }
