package pades

import (
	"bytes"
	"image"
	"image/color"
	_ "image/jpeg" // for image.Decode
	_ "image/png"  // for image.Decode

	"github.com/e-onay/e-onay/internal/pdf"
)

// picture is an image of the site's, decoded: three bytes for each pixel. So nothing of the file that came goes into the PDF, and
// other readers decode only what was written here.
type picture struct {
	width, height int
	pixels        []byte
}

// decodePicture decodes a PNG or JPEG of at most maxImagePixels. What is transparent becomes white: PDF/A-1 has no transparency.
func decodePicture(file []byte) (*picture, error) {
	config, _, err := image.DecodeConfig(bytes.NewReader(file))
	if err != nil {
		return nil, invalid("an image that is neither PNG nor JPEG: %w", err)
	}
	if config.Width < 1 || config.Height < 1 || config.Width > maxImagePixels/config.Height {
		return nil, invalid("an image of %d by %d pixels", config.Width, config.Height)
	}
	decoded, _, err := image.Decode(bytes.NewReader(file))
	if err != nil {
		return nil, invalid("an image that cannot be decoded: %w", err)
	}
	bounds := decoded.Bounds()
	p := &picture{width: bounds.Dx(), height: bounds.Dy()}
	for y := bounds.Min.Y; y < bounds.Max.Y; y++ {
		for x := bounds.Min.X; x < bounds.Max.X; x++ {
			p.pixels = append(p.pixels, onWhite(decoded.At(x, y))...)
		}
	}
	return p, nil
}

// onWhite returns a colour in front of white, in red, green and blue.
func onWhite(c color.Color) []byte {
	r, g, b, alpha := c.RGBA() // premultiplied, 16 bits
	white := 0xffff - alpha
	return []byte{byte((r + white) >> 8), byte((g + white) >> 8), byte((b + white) >> 8)}
}

// stream is the image as a PDF has it, in a colour space that approximates sRGB (ISO 32000-2, 8.6.5.3).
func (p *picture) stream() *pdf.NewStream {
	matrix := pdf.Array{}
	for _, v := range []pdf.Real{"0.4124", "0.2126", "0.0193", "0.3576", "0.7152", "0.1192", "0.1805", "0.0722", "0.9505"} {
		matrix = append(matrix, v)
	}
	gamma := pdf.Array{pdf.Real("2.2"), pdf.Real("2.2"), pdf.Real("2.2")}
	s := pdf.Compressed(p.pixels)
	s.Dict["Type"], s.Dict["Subtype"] = pdf.Name("XObject"), pdf.Name("Image")
	s.Dict["Width"], s.Dict["Height"], s.Dict["BitsPerComponent"] = pdf.Integer(p.width), pdf.Integer(p.height), pdf.Integer(8)
	s.Dict["ColorSpace"] = pdf.Array{pdf.Name("CalRGB"), pdf.Dict{"WhitePoint": whitePoint(), "Gamma": gamma, "Matrix": matrix}}
	return s
}
