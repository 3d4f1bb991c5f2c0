package qrcode_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"trustdeck/model/qrcode"
)

// 150 characters take 21 rows, which leave room for words on a screen of 24.
func TestSize(t *testing.T) {
	t.Parallel()
	for n, rows := range map[int]int{1: 13, 28: 15, 84: 19, 112: 19, 140: 21, 150: 21} {
		code, err := qrcode.New(strings.Repeat("A", n))
		if err != nil {
			t.Fatal(err)
		}
		lines := code.Lines()
		if len(lines) != rows {
			t.Errorf("%d characters take %d rows, want %d", n, len(lines), rows)
		}
		for i, line := range lines {
			if utf8.RuneCountInString(line) != code.Size+4 || !strings.HasPrefix(line, "  ") || !strings.HasSuffix(line, "  ") {
				t.Errorf("row %d is %q", i, line)
			}
		}
		if strings.TrimSpace(lines[0]) != "" {
			t.Errorf("the first row is %q", lines[0])
		}
	}
}

// The three corners by which readers find a code are where they belong.
func TestCorners(t *testing.T) {
	t.Parallel()
	code, err := qrcode.New("TRUSTDECK")
	if err != nil {
		t.Fatal(err)
	}
	last := code.Size - 7
	for _, corner := range [][2]int{{0, 0}, {last, 0}, {0, last}} {
		for y := range 7 {
			for x := range 7 {
				ring := x == 0 || y == 0 || x == 6 || y == 6
				heart := x > 1 && x < 5 && y > 1 && y < 5
				if code.Dark(corner[0]+x, corner[1]+y) != (ring || heart) {
					t.Fatalf("the corner at %v is wrong at %d, %d", corner, x, y)
				}
			}
		}
	}
	if code.Dark(-1, 0) || code.Dark(0, code.Size) {
		t.Error("the margin is dark")
	}
}

// What a code cannot hold is refused.
func TestRefused(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"lower case", "\n", strings.Repeat("A", 5000)} {
		if _, err := qrcode.New(text); err == nil {
			t.Errorf("%.20q is drawn", text)
		}
	}
}
