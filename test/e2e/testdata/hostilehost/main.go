// Command hostilehost is a native-messaging host that misbehaves in the one way that the file
// "conduct", beside the program, names.
package main

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/protocol"
)

// markup is what a name can hold: HTML, a bidirectional override, a line end.
const markup = "<img src=x onerror=\"document.title='taken'\">\u202e\n"

func main() {
	program, err := os.Executable()
	if err != nil {
		panic(err)
	}
	conduct, err := os.ReadFile(filepath.Join(filepath.Dir(program), "conduct"))
	if err != nil {
		panic(err)
	}
	for {
		var size uint32
		if binary.Read(os.Stdin, binary.NativeEndian, &size) != nil {
			return
		}
		data := make([]byte, size)
		if _, err := io.ReadFull(os.Stdin, data); err != nil {
			return
		}
		var m protocol.HostEnvelope
		if err := json.Unmarshal(data, &m); err != nil {
			panic(err)
		}
		misbehave(string(conduct), m)
	}
}

// misbehave answers one request. A conduct is "request:how"; other requests are answered well.
func misbehave(conduct string, m protocol.HostEnvelope) {
	at, how, _ := strings.Cut(conduct, ":")
	if at != string(m.Type) {
		how = ""
	}
	switch how {
	case "silence":
		return
	case "end":
		os.Exit(0)
	case "garbage":
		_, _ = os.Stdout.WriteString("Segmentation fault (core dumped)\n")
	case "broken":
		frame([]byte(`{"id":1,"type":`))
	case "deep":
		frame(bytes.Join([][]byte{bytes.Repeat([]byte("["), 5000), bytes.Repeat([]byte("]"), 5000)}, nil))
	case "number":
		send(m.ID+7, m.Type.Answer(), body(m.Type, how))
	default:
		if m.Type == protocol.HostSign {
			sendFile(m.ID, how)
		}
		send(m.ID, m.Type.Answer(), body(m.Type, how))
	}
}

// sendFile sends the signed file of the one document, or a part that is too large.
func sendFile(request uint32, how string) {
	part := protocol.SignaturePart{Data: []byte{0}, Last: true}
	if how == "large" {
		part.Data = make([]byte, protocol.ChunkSize+1)
	}
	send(0, protocol.HostSignature, protocol.HostSignatureBody{Request: request, SignaturePart: part})
}

func body(t protocol.HostType, how string) any {
	switch t {
	case protocol.HostHello:
		if how == "version" {
			return protocol.Welcome{Protocol: protocol.Version + 1, Version: "9"}
		}
		return protocol.Welcome{Protocol: protocol.Version, Version: markup}
	case protocol.HostCertificates:
		return list(how)
	case protocol.HostSign:
		if how == "some" {
			return protocol.SignResult{Outcomes: []protocol.Outcome{{}, {Code: fault.PDFForbidden}}}
		}
		return protocol.SignResult{Outcomes: make([]protocol.Outcome, 1)}
	}
	return nil
}

func list(how string) protocol.CertificateList {
	count := 0
	if how == "more" {
		count = 10000
	}
	certificate := protocol.Certificate{
		ID: strings.Repeat("ab", 32), Token: "1", Holder: markup, Issuer: markup + strings.Repeat("ğ", 10000), CitizenMasked: markup,
		NotAfter: 4102444800, Qualified: true,
	}
	if count > 1 {
		certificate.Issuer = ""
	}
	token := protocol.Token{ID: "1", Label: markup, PIN: protocol.PINState{State: markup, Min: -5, Max: 1 << 40}}
	l := protocol.CertificateList{Tokens: []protocol.Token{token}, Certificates: []protocol.Certificate{certificate}}
	for range count {
		l.Certificates = append(l.Certificates, certificate)
	}
	return l
}

func send(id uint32, t protocol.HostType, body any) {
	envelope := protocol.HostEnvelope{ID: id, Type: t}
	if body != nil {
		data, err := json.Marshal(body)
		if err != nil {
			panic(err)
		}
		envelope.Body = data
	}
	data, err := json.Marshal(envelope)
	if err != nil {
		panic(err)
	}
	frame(data)
}

func frame(data []byte) {
	_ = binary.Write(os.Stdout, binary.NativeEndian, uint32(len(data))) // a browser that left ends us
	_, _ = os.Stdout.Write(data)
}
