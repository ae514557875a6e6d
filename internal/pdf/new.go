package pdf

import (
	"bytes"
	"crypto/sha256"
	"fmt"
)

// NewFile is a file that is written from nothing: one revision with a cross-reference table. The same objects in the same order are
// always the same bytes. The zero value has no objects.
type NewFile struct{ objects []Object }

// Add gives o the next number.
func (n *NewFile) Add(o Object) Ref {
	n.objects = append(n.objects, o)
	return Ref{Number: len(n.objects)}
}

// Set makes o what ref, which Add has returned, leads to.
func (n *NewFile) Set(ref Ref, o Object) { n.objects[ref.Number-1] = o }

// Bytes returns the file. Both parts of its identifier are made of its objects (ISO 32000-2, 14.4).
func (n *NewFile) Bytes(catalog, info Ref) []byte {
	var b bytes.Buffer
	b.WriteString("%PDF-1.7\n%\xe2\xe3\xcf\xd3\n") // bytes beyond ASCII say that the file is binary (7.5.2)
	offsets := make([]int, len(n.objects))
	for i, o := range n.objects {
		offsets[i] = b.Len()
		fmt.Fprintf(&b, "%d 0 obj\n", i+1)
		writeBody(&b, o)
		b.WriteString("\nendobj\n")
	}
	sum := sha256.Sum256(b.Bytes())
	id, start := String(sum[:16]), b.Len()
	fmt.Fprintf(&b, "xref\n0 %d\n0000000000 65535 f\r\n", len(offsets)+1)
	for _, offset := range offsets {
		fmt.Fprintf(&b, "%010d 00000 n\r\n", offset)
	}
	b.WriteString("trailer\n")
	write(&b, Dict{"Size": Integer(len(offsets) + 1), "Root": catalog, "Info": info, "ID": Array{id, id}})
	fmt.Fprintf(&b, "\nstartxref\n%d\n%s\n", start, eof)
	return b.Bytes()
}
