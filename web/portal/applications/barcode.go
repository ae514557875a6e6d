package applications

import (
	"fmt"
	"strings"

	"github.com/boombuler/barcode/code128"
)

// barcodeView is a barcode to be drawn as SVG: Width modules wide, its bars one path of rectangles that are a module high.
type barcodeView struct {
	Width int
	Bars  string
}

// quiet is the blank space before and after the bars, in modules (ISO/IEC 15417, 4.4.2).
const quiet = 10

// newBarcode draws text as Code 128, which a scanner types into the desk's field.
func newBarcode(text string) (barcodeView, error) {
	code, err := code128.Encode(text)
	if err != nil {
		return barcodeView{}, fmt.Errorf("barcode: %w", err)
	}
	width := code.Bounds().Dx()
	isBar := func(x int) bool {
		if x >= width {
			return false
		}
		r, _, _, _ := code.At(x, 0).RGBA()
		return r == 0
	}
	var bars strings.Builder
	for x := 0; x < width; x++ {
		start := x
		for isBar(x) {
			x++
		}
		if x > start {
			fmt.Fprintf(&bars, "M%d 0h%dv1h-%dz", quiet+start, x-start, x-start)
		}
	}
	return barcodeView{Width: width + 2*quiet, Bars: bars.String()}, nil
}
