package applications_test

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

var (
	barcodeSVG = regexp.MustCompile(`<svg class="barcode" viewBox="0 0 ([0-9]+) 1"[^>]*><path d="([^"]+)"/></svg>`)
	barcodeBar = regexp.MustCompile(`M([0-9]+) 0h([0-9]+)v1h-([0-9]+)z`)
)

// scanned is what ZBar reads from the barcode of a page.
func scanned(t *testing.T, page string) string {
	t.Helper()
	svg := barcodeSVG.FindStringSubmatch(page)
	if svg == nil {
		t.Fatal("the page has no barcode")
	}
	if left := barcodeBar.ReplaceAllString(svg[2], ""); left != "" {
		t.Fatalf("the barcode has other paths than bars: %s", left)
	}
	const module, height = 3, 90 // pixels
	number := func(s string) int { n, _ := strconv.Atoi(s); return n }
	picture := image.NewGray(image.Rect(0, 0, module*number(svg[1]), height))
	draw.Draw(picture, picture.Bounds(), image.White, image.Point{}, draw.Src)
	for _, bar := range barcodeBar.FindAllStringSubmatch(svg[2], -1) {
		from, wide := number(bar[1]), number(bar[2])
		draw.Draw(picture, image.Rect(module*from, 0, module*(from+wide), height), image.NewUniform(color.Black), image.Point{}, draw.Src)
	}
	var file bytes.Buffer
	if err := png.Encode(&file, picture); err != nil {
		t.Fatal(err)
	}
	command := exec.Command("zbarimg", "--quiet", "--raw", "-Sdisable", "-Scode128.enable", "-")
	command.Stdin = &file
	out, err := command.Output()
	if err != nil {
		t.Fatalf("zbarimg (Debian's zbar-tools; make deps installs it): %v", fmt.Errorf("%w: %s", err, out))
	}
	return strings.TrimSpace(string(out))
}
