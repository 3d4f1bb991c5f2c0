package ceremony

import (
	"image"
	"image/color"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/makiuchi-d/gozxing"
	zxing "github.com/makiuchi-d/gozxing/qrcode"

	"trustdeck/model/linecode"
	"trustdeck/model/qrcode"
)

// picture is what a camera sees of a code in a terminal: cells twice as high as they are wide, black
// on white, in the middle of a dark screen.
func picture(lines []string) image.Image {
	const module, around = 4, 40
	width := utf8.RuneCountInString(lines[0])
	img := image.NewGray(image.Rect(0, 0, width*module+2*around, 2*len(lines)*module+2*around))
	for row, line := range lines {
		for column, cell := range []rune(line) {
			for half := range 2 {
				white := cell == ' ' || cell == '▀' && half == 1 || cell == '▄' && half == 0
				for i := range module * module {
					if white {
						img.Set(around+column*module+i%module, around+(2*row+half)*module+i/module, color.White)
					}
				}
			}
		}
	}
	return img
}

func scan(t *testing.T, lines []string) string {
	t.Helper()
	bitmap, err := gozxing.NewBinaryBitmapFromImage(picture(lines))
	if err != nil {
		t.Fatal(err)
	}
	result, err := zxing.NewQRCodeReader().Decode(bitmap, nil)
	if err != nil {
		t.Fatalf("%v:\n%s", err, strings.Join(lines, "\n"))
	}
	return result.GetText()
}

// A code of up to five lines, which an answer has in each, is read from the screen by a decoder that
// shares nothing with the encoder, and its lines are those that people would type.
func TestCodesAreScanned(t *testing.T) {
	for n := 1; n <= 5*linecode.LineBytes; n++ {
		data := make([]byte, n)
		for i := range data {
			data[i] = byte(i * n)
		}
		lines, err := linecode.Encode(data)
		if err != nil {
			t.Fatal(err)
		}
		text := strings.ReplaceAll(strings.Join(lines, ""), " ", "")
		code, err := qrcode.New(text)
		if err != nil {
			t.Fatal(err)
		}
		if got := scan(t, code.Lines()); got != text {
			t.Errorf("%d bytes are scanned as %s, want %s", n, got, text)
		}
	}
}
