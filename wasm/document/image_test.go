package document_test

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"image"
	"image/jpeg"
	"image/png"
	"testing"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/wasm/document"
)

func encoded(t testing.TB, mediaType string, width, height int) []byte {
	t.Helper()
	var b bytes.Buffer
	m := image.NewGray(image.Rect(0, 0, width, height))
	var err error
	if mediaType == "image/png" {
		err = png.Encode(&b, m)
	} else {
		err = jpeg.Encode(&b, m, nil)
	}
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// pngChunk is a chunk of a PNG.
func pngChunk(name, data string) string {
	out := binary.BigEndian.AppendUint32(nil, uint32(len(data)))
	out = append(out, name+data...)
	return string(binary.BigEndian.AppendUint32(out, crc32.ChecksumIEEE(out[4:])))
}

const pngSignature = "\x89PNG\r\n\x1a\n"

// header is the IHDR of a picture of this size, in bytes.
func header(size string) string { return pngChunk("IHDR", size+"\x08\x00\x00\x00\x00") }

func TestImage(t *testing.T) {
	for _, mediaType := range []string{"image/png", "image/jpeg"} {
		data := encoded(t, mediaType, 120, 45)
		for _, trailing := range []int{0, 7} {
			shown, err := read(mediaType, append(bytes.Clone(data), make([]byte, trailing)...))
			if err != nil {
				t.Fatal(err)
			}
			i := shown.(*document.Image)
			if i.Width != 120 || i.Height != 45 || i.Trailing != trailing || i.Size() != "120×45" {
				t.Errorf("%s: %s with %d bytes behind it", mediaType, i.Size(), i.Trailing)
			}
			if !i.Holds(0, i.Digest()+" 120×45") || !i.Holds(0, i.Digest()+" 45×120") || i.Holds(0, i.Digest()+" 120×44") || i.Holds(1, i.Digest()+" 120×45") || i.Holds(0, "") {
				t.Errorf("%s: another picture is taken for it", mediaType)
			}
		}
		for n := range len(data) {
			if _, err := read(mediaType, data[:n]); err == nil && n > 0 {
				t.Fatalf("%s: the first %d bytes of %d are a picture", mediaType, n, len(data))
			}
		}
	}
}

func TestImageRefused(t *testing.T) {
	good := header("\x00\x00\x00\x01\x00\x00\x00\x01")
	end := pngChunk("IEND", "")
	sof := "\xff\xc0\x00\x0b\x08\x00\x01\x00\x01\x01\x01\x11\x00"
	for _, tt := range []struct {
		name, mediaType, data string
		want                  fault.Code
	}{
		{"a JPEG as a PNG", "image/png", "\xff\xd8\xff\xd9", fault.DocumentMismatch},
		{"a PNG as a JPEG", "image/jpeg", pngSignature, fault.DocumentMismatch},
		{"HTML", "image/png", "<html>", fault.DocumentMismatch},
		{"no chunk", "image/png", pngSignature, fault.DocumentUnreadable},
		{"no header", "image/png", pngSignature + end, fault.DocumentUnreadable},
		{"two headers", "image/png", pngSignature + good + good + end, fault.DocumentUnreadable},
		{"a header of another length", "image/png", pngSignature + pngChunk("IHDR", "\x00\x00\x00\x01") + end, fault.DocumentUnreadable},
		{"no width", "image/png", pngSignature + header("\x00\x00\x00\x00\x00\x00\x00\x01") + end, fault.DocumentUnreadable},
		{"a negative width", "image/png", pngSignature + header("\xff\xff\xff\xff\x00\x00\x00\x01") + end, fault.DocumentUnreadable},
		{"no end", "image/png", pngSignature + good, fault.DocumentUnreadable},
		{"a chunk of 4 GiB", "image/png", pngSignature + good + "\xff\xff\xff\xffIDAT\x00\x00\x00\x00", fault.DocumentUnreadable},
		{"animated", "image/png", pngSignature + good + pngChunk("acTL", "\x00\x00\x00\x02\x00\x00\x00\x00") + end, fault.DocumentUnreadable},
		{"no frame", "image/jpeg", "\xff\xd8\xff\xd9", fault.DocumentUnreadable},
		{"two frames", "image/jpeg", "\xff\xd8" + sof + sof + "\xff\xd9", fault.DocumentUnreadable},
		{"lossless", "image/jpeg", "\xff\xd8" + "\xff\xc3" + sof[2:] + "\xff\xd9", fault.DocumentUnreadable},
		{"a picture in a picture", "image/jpeg", "\xff\xd8" + sof + "\xff\xd8\xff\xd9", fault.DocumentUnreadable},
		{"a segment without length", "image/jpeg", "\xff\xd8\xff\xe0\x00\x01\xff\xd9", fault.DocumentUnreadable},
	} {
		if _, err := read(tt.mediaType, []byte(tt.data)); fault.CodeOf(err) != tt.want {
			t.Errorf("%s: %v", tt.name, err)
		}
	}
}

// TestLargeImageIsUnseen has nothing decoded that would take a gigabyte: the window says that it cannot show it.
func TestLargeImageIsUnseen(t *testing.T) {
	for _, size := range []string{"\x00\x00\x80\x00\x00\x00\x00\x01", "\x00\x00\x40\x00\x00\x00\x40\x00", "\x7f\xff\xff\xff\x7f\xff\xff\xff"} {
		shown, err := read("image/png", []byte(pngSignature+header(size)+pngChunk("IEND", "")))
		if u, ok := shown.(*document.Unseen); err != nil || !ok || u.Kind != document.KindPNG {
			t.Errorf("%x: %T, %v", size, shown, err)
		}
	}
}

// FuzzImage reads whatever bytes as a picture: what Go's own decoders read has the size that is shown.
func FuzzImage(f *testing.F) {
	f.Add(encoded(f, "image/png", 3, 2))
	f.Add(encoded(f, "image/jpeg", 3, 2))
	f.Fuzz(func(t *testing.T, data []byte) {
		mediaType := "image/png"
		if bytes.HasPrefix(data, []byte("\xff\xd8")) {
			mediaType = "image/jpeg"
		}
		shown, err := read(mediaType, data)
		i, ok := shown.(*document.Image)
		if err != nil || !ok {
			return
		}
		c, _, err := image.DecodeConfig(bytes.NewReader(data))
		if err == nil && (c.Width != i.Width || c.Height != i.Height) {
			t.Fatalf("shown as %s, is %d×%d", i.Size(), c.Width, c.Height)
		}
		if i.Trailing < 0 || i.Trailing >= len(data) {
			t.Fatalf("%d bytes behind the picture", i.Trailing)
		}
	})
}
