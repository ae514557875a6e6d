package cms_test

import (
	"bytes"
	"errors"
	"io"
	"slices"
	"testing"
	"testing/iotest"

	"github.com/e-onay/e-onay/internal/cms"
	"github.com/e-onay/e-onay/internal/fault"
)

func TestReadRefuses(t *testing.T) {
	p := newPerson(t, "P-256")
	good := sign(t, content, []*person{p}, "-nodetach")
	ber := sign(t, content, []*person{p}, "-nodetach", "-stream")
	change := func(from, to string) []byte { return bytes.Replace(good, []byte(from), []byte(to), 1) }
	for name, file := range map[string][]byte{
		"nothing":                nil,
		"text":                   []byte("-----BEGIN CMS-----\n"),
		"a byte after it":        append(slices.Clone(good), 1),
		"another content type":   change("\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02", "\x2a\x86\x48\x86\xf7\x0d\x01\x07\x03"),
		"version 6":              change("\x02\x01\x01\x31", "\x02\x01\x06\x31"),
		"content not octets":     change("\x04"+string(rune(len(content)))+string(content[:4]), "\x0c"+string(rune(len(content)))+string(content[:4])),
		"over the limit":         append(slices.Clone(good), make([]byte, cms.MaxStructure)...),
		"set of nothing, in BER": bytes.Join([][]byte{ber[:len(ber)-6], ber[len(ber)-4:]}, nil),
		"lengths of a few bytes": {0x30, 0x80, 0x06, 0x80},
		"a tag of several bytes": {0x3f, 0x81, 0x01, 0x00},
		"an element without end": {0x30, 0x84, 0xff, 0xff, 0xff, 0xff},
		"an identifier of 1 MiB": append([]byte{0x30, 0x80, 0x06, 0x83, 0x10, 0, 0}, make([]byte, 1<<20)...),
	} {
		t.Run(name, func(t *testing.T) {
			_, err := cms.Read(bytes.NewReader(file), int64(len(file)))
			if fault.CodeOf(err) != fault.SignatureMalformed {
				t.Errorf("%v", err)
			}
		})
	}
	for _, file := range [][]byte{good, ber} {
		for i := range file {
			if _, err := cms.Read(bytes.NewReader(file[:i]), int64(i)); err == nil {
				t.Fatalf("read when cut to %d of %d bytes", i, len(file))
			}
		}
		if _, err := cms.Read(bytes.NewReader(append(slices.Clone(file), 0, 0, 0)), int64(len(file)+3)); err != nil {
			t.Errorf("with zeros after it: %v", err)
		}
	}
}

// broken is a file that fails from some byte on.
type broken struct {
	whole []byte
	at    int
}

var errBroken = errors.New("the disk is gone")

func (b broken) ReadAt(to []byte, at int64) (int, error) {
	if at+int64(len(to)) > int64(b.at) {
		return 0, errBroken
	}
	return bytes.NewReader(b.whole).ReadAt(to, at)
}

// A file that cannot be read gives the reader's error, and never less content.
func TestReadReportsErrors(t *testing.T) {
	large := bytes.Repeat([]byte("0123456789"), 20_000)
	for _, options := range [][]string{{"-nodetach"}, {"-nodetach", "-stream"}} {
		file := sign(t, large, []*person{newPerson(t, "P-256")}, options...)
		if _, err := cms.Read(broken{file, 0}, int64(len(file))); !errors.Is(err, errBroken) {
			t.Errorf("%v", err)
		}
		d := read(t, file)
		if err := iotest.TestReader(d.Content.Reader(), large); err != nil {
			t.Errorf("content: %v", err)
		}
		short, err := cms.Read(bytes.NewReader(file), int64(len(file)))
		if err != nil {
			t.Fatal(err)
		}
		if got, err := io.ReadAll(short.Content.Reader()); err != nil || !bytes.Equal(got, large) {
			t.Errorf("%d bytes, %v", len(got), err)
		}
	}
}

func FuzzRead(f *testing.F) {
	two := []*person{newPerson(f, "P-256"), newPerson(f, "P-384")}
	f.Add(sign(f, content, two[:1], "-cades"))
	f.Add(sign(f, content, two, "-nodetach", "-stream"))
	f.Add(sign(f, content, two[:1], "-noattr"))
	f.Fuzz(func(t *testing.T, file []byte) {
		d, err := cms.Read(bytes.NewReader(file), int64(len(file)))
		if err != nil {
			if fault.CodeOf(err) != fault.SignatureMalformed {
				t.Errorf("code of %v", err)
			}
			return
		}
		digests, err := d.Digests(digestOf([]byte("never signed by anybody")))
		if err != nil {
			t.Fatal(err)
		}
		for _, v := range d.Verify(digests) {
			if (v.State == cms.Holds) != (v.Err == nil) {
				t.Errorf("state %d with %v", v.State, v.Err)
			}
			if v.State == cms.Holds && (d.Content == nil || v.Certificate == nil) {
				t.Error("holds over anything")
			}
		}
		// A signature can be added to whatever is read, and what was there is there again.
		pieces, err := d.Append(0, cms.Addition{SignerInfo: d.Signers[0].Raw, DigestAlgorithm: d.Signers[0].DigestAlgorithm})
		if err != nil {
			return
		}
		whole := whole(t, pieces, file)
		again, err := cms.Read(bytes.NewReader(whole), int64(len(whole)))
		if err != nil || len(again.Signers) != len(d.Signers)+1 || len(again.Certificates) != len(d.Certificates) {
			t.Errorf("with a further signature: %v", err)
		}
	})
}
