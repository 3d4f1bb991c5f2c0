// Package qrcode draws QR codes in a terminal.
//
// Entry points: New, Code.Lines.
package qrcode

import (
	"fmt"
	"image/color"

	"github.com/boombuler/barcode/qr"
)

// Code is a QR code.
type Code struct {
	// Size is how many modules it has in each direction, without the margin.
	Size int
	dark [][]bool
}

// margin is how many light modules there are around a code. The standard asks for four; readers
// make do with two, and with four a code of 150 characters is not to be had in 21 rows.
const margin = 2

// New makes the smallest code of a text of digits, capital letters, spaces and "$%*+-./:". It has
// the lowest level of error correction: nothing of it is ever dirty or torn.
func New(text string) (*Code, error) {
	code, err := qr.Encode(text, qr.L, qr.AlphaNumeric)
	if err != nil {
		return nil, fmt.Errorf("make a QR code of %d characters: %w", len(text), err)
	}
	out := &Code{Size: code.Bounds().Dx()}
	for y := range out.Size {
		row := make([]bool, out.Size)
		for x := range row {
			row[x] = code.At(x, y) == color.Color(color.Black)
		}
		out.dark = append(out.dark, row)
	}
	return out, nil
}

// Dark reports whether a module is dark. Outside of the code all are light.
func (c *Code) Dark(x, y int) bool {
	return x >= 0 && y >= 0 && x < c.Size && y < c.Size && c.dark[y][x]
}

// Lines draws the code with its margin, two modules in each cell, for black text on a white
// background: drawn the other way round, many readers don't see it.
func (c *Code) Lines() []string {
	var out []string
	for y := -margin; y < c.Size+margin; y += 2 {
		line := make([]rune, 0, c.Size+2*margin)
		for x := -margin; x < c.Size+margin; x++ {
			line = append(line, cell(c.Dark(x, y), c.Dark(x, y+1)))
		}
		out = append(out, string(line))
	}
	return out
}

// cell is the character of two modules, one above the other.
func cell(upper, lower bool) rune {
	switch {
	case upper && lower:
		return '█'
	case upper:
		return '▀'
	case lower:
		return '▄'
	default:
		return ' '
	}
}
