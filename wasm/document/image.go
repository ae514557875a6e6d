package document

import (
	"strconv"

	"github.com/e-onay/e-onay/internal/fault"
)

// Limits of a picture: what is larger is not decoded, and counts as one that the window cannot show.
const (
	maxImage  = 50 << 20 // bytes
	maxPixels = 64 << 20 // of which each takes four bytes once it is decoded
	maxSide   = 32767    // pixels
)

var imageViewer = Viewer{Read: readImage}

// Image is a picture, PNG or JPEG, as it is shown: by the browser, which is given the very bytes.
type Image struct {
	File
	Width, Height int
	// Trailing is how many bytes follow the picture in its file: no program shows them, and the signature covers them.
	Trailing int
}

// readImage makes a picture readable: one picture that does not move, whose size stands in its header. Nothing is decoded
// here. What else the file holds (descriptions, profiles) is no program for anybody.
//
// Errors have fault.DocumentMismatch or fault.DocumentUnreadable.
func readImage(f File) (Readable, error) {
	var i *Image
	var err error
	switch kind := KindOf(f.Data[:min(len(f.Data), Beginning)]); {
	case kind != kindSaid(f.MediaType):
		return nil, mismatch(f.MediaType, kind)
	case kind == KindPNG:
		i, err = readPNG(f.Data)
	default:
		i, err = readJPEG(f.Data)
	}
	if err != nil {
		return nil, err
	}
	if i.Width > maxSide || i.Height > maxSide || i.Width*i.Height > maxPixels {
		return readUnseen(f)
	}
	i.File = f
	return i, nil
}

func mismatch(mediaType string, kind Kind) error {
	return fault.Errorf(fault.DocumentMismatch, "said to be %s, is %s", mediaType, kind)
}

func badImage(what string) error { return fault.Errorf(fault.DocumentUnreadable, "picture: %s", what) }

// Holds reports whether the picture on the screen is this one: by the SHA-256 of the bytes that the browser has decoded,
// and the size that came of it. Browsers turn a photograph as its file says (Exif, Orientation), and its sides with it.
func (i *Image) Holds(part int, shown string) bool {
	turned := Image{Width: i.Height, Height: i.Width}
	return part == 0 && (shown == i.Digest()+" "+i.Size() || shown == i.Digest()+" "+turned.Size())
}

// Size is width and height, in pixels.
func (i *Image) Size() string { return strconv.Itoa(i.Width) + "×" + strconv.Itoa(i.Height) }

// Marks is none.
func (i *Image) Marks() int { return 0 }

// readPNG reads the structure of a PNG (ISO/IEC 15948, 5): its size, and where it ends.
func readPNG(data []byte) (*Image, error) {
	i := &Image{}
	const signature, frame = 8, 12 // length, type and check sum of a chunk
	for at := signature; ; {
		if len(data)-at < frame {
			return nil, badImage("ends within a chunk")
		}
		length, name := big32(data[at:]), string(data[at+4:at+8])
		if length < 0 || length > len(data)-at-frame {
			return nil, badImage("a chunk is longer than the file")
		}
		chunk := data[at+8 : at+8+length]
		at += frame + length
		switch {
		case (at == signature+frame+length) != (name == "IHDR"):
			return nil, badImage("its header is not where it should be")
		case name == "IHDR" && length != 13:
			return nil, badImage("header")
		case name == "IHDR":
			i.Width, i.Height = big32(chunk), big32(chunk[4:])
		case name == "acTL", name == "fcTL", name == "fdAT":
			return nil, badImage("animated")
		case name == "IEND":
			i.Trailing = len(data) - at
			return i, i.check()
		}
	}
}

// check refuses a picture without a size.
func (i *Image) check() error {
	if i.Width <= 0 || i.Height <= 0 {
		return badImage("no size")
	}
	return nil
}

// readJPEG reads the structure of a JPEG (ITU-T T.81, annex B): its size, and where it ends.
func readJPEG(data []byte) (*Image, error) {
	i := &Image{}
	for at := 2; ; {
		for at+1 < len(data) && data[at] == 0xff && data[at+1] == 0xff {
			at++ // fill bytes
		}
		if len(data)-at < 2 || data[at] != 0xff {
			return nil, badImage("no marker where one should be")
		}
		marker := data[at+1]
		at += 2
		switch {
		case marker == 0xd9: // EOI
			i.Trailing = len(data) - at
			return i, i.check()
		case marker == 0x01 || 0xd0 <= marker && marker <= 0xd7:
			continue
		case marker < 0xc0 || marker == 0xd8 || marker == 0xdc:
			return nil, badImage("a marker that should not be")
		}
		if len(data)-at < 2 {
			return nil, badImage("ends within a segment")
		}
		length := big16(data[at:])
		if length < 2 || length > len(data)-at {
			return nil, badImage("a segment is longer than the file")
		}
		if 0xc0 <= marker && marker <= 0xcf && marker != 0xc4 && marker != 0xc8 && marker != 0xcc {
			if err := i.frame(marker, data[at+2:at+length]); err != nil {
				return nil, err
			}
		}
		at += length
		if marker == 0xda { // SOS
			at = endOfScan(data, at)
		}
	}
}

// frame takes the header of a frame: there must be one, of a process that browsers know (baseline, extended, progressive).
func (i *Image) frame(marker byte, header []byte) error {
	switch {
	case i.Width != 0:
		return badImage("several frames")
	case marker > 0xc2 || len(header) < 6 || header[0] != 8:
		return badImage("a process that browsers do not know")
	}
	i.Height, i.Width = big16(header[1:]), big16(header[3:])
	return i.check()
}

// endOfScan is where the marker stands that ends the coded data at a place.
func endOfScan(data []byte, at int) int {
	for ; at+1 < len(data); at++ {
		if data[at] == 0xff && data[at+1] != 0 && data[at+1] != 0xff && (data[at+1] < 0xd0 || 0xd7 < data[at+1]) {
			return at
		}
	}
	return len(data)
}

func big16(data []byte) int { return int(data[0])<<8 | int(data[1]) }

// big32 is negative where the number has more than 31 bits.
func big32(data []byte) int {
	return int(int32(uint32(data[0])<<24 | uint32(data[1])<<16 | uint32(data[2])<<8 | uint32(data[3])))
}
