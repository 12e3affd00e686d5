package views

import (
	"fmt"
	"image/color"
	"strconv"
	"strings"

	"github.com/boombuler/barcode/qr"
)

// A QR is a square code as one path of an SVG of Size units, its quiet margin included.
type QR struct {
	Size int
	Path string
}

// NewQR draws a text.
func NewQR(text string) (QR, error) {
	code, err := qr.Encode(text, qr.M, qr.Auto)
	if err != nil {
		return QR{}, fmt.Errorf("draw a QR code: %w", err)
	}
	const margin = 4 // modules, as the standard asks for
	n := code.Bounds().Dx()
	dark := func(x, y int) bool { return x < n && code.At(x, y) == color.Black }
	var path strings.Builder
	for y := range n {
		for x := 0; x < n; x++ {
			from := x
			for dark(x, y) {
				x++
			}
			if run := strconv.Itoa(x - from); x > from {
				path.WriteString("M" + strconv.Itoa(from+margin) + " " + strconv.Itoa(y+margin) + "h" + run + "v1h-" + run + "z")
			}
		}
	}
	return QR{n + 2*margin, path.String()}, nil
}

func (q QR) box() string { return fmt.Sprintf("0 0 %d %d", q.Size, q.Size) }
