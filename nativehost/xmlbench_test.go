//go:build linux

package main_test

import (
	"strings"
	"testing"

	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/test/testcard"
)

// largeXML is XML of so many bytes or a little less: lines of an invoice, with about as many nodes as a document may have.
func largeXML(size int) []byte {
	const begin, end = `<fatura xmlns="urn:deneme:fatura">` + "\n", `</fatura>`
	const line = "  <kalem>\n    <ad>Kağıt, A4, 80 g/m², 500 yaprak, beyaz</ad>\n    <adet birim=\"koli\">12</adet>\n    <tutar kur=\"TRY\">1499.90</tutar>\n  </kalem>\n"
	return []byte(begin + strings.Repeat(line, (size-len(begin)-len(end))/len(line)) + end)
}

// What the host takes above its memory at rest while XML of 10 MiB is checked, signed and read again.
func BenchmarkMemoryOfLargeXML(b *testing.B) {
	m, _, _ := oneCard(b, testcard.P384)
	document := largeXML(10 << 20)
	options := protocol.SignatureOptions{Format: protocol.FormatXAdES, Profile: protocol.ProfileP1}
	most := 0
	for b.Loop() {
		w, list, _ := m.ready(b)
		rest := statusKiB(b, w.cmd.Process.Pid, "VmRSS:")
		shown := [][]byte{w.send(0, "a.xml", protocol.MediaTypeXML, document)}
		var checked protocol.DocumentProblems
		w.answer(w.ask(protocol.HostCheck, protocol.HostCheckBody{SignatureOptions: options}), protocol.HostChecked, &checked)
		body := signRequest(list.Certificates[0], pin, shown)
		body.SignatureOptions = options
		var signed signedFiles
		w.answer(w.ask(protocol.HostSign, body), protocol.HostSigned, &signed)
		most = max(most, statusKiB(b, w.cmd.Process.Pid, "VmHWM:")-rest)
		w.close()
	}
	b.ReportMetric(float64(most), "KiB-above-rest")
}
