package settings

import (
	"slices"
	"strings"
)

// kind tells what becomes of a line.
type kind int

const (
	same kind = iota
	removed
	added
)

// line is a line of a file before or after a change. number counts from 1: for
// removed lines in the file before, for all others in the file after.
type line struct {
	kind   kind
	number int
	text   string
}

// split are the lines of a file, without their ends.
func split(content []byte) []string {
	if len(content) == 0 {
		return nil
	}
	return strings.Split(strings.TrimSuffix(string(content), "\n"), "\n")
}

// compare finds the shortest way from one file to the other (Myers, An O(ND)
// Difference Algorithm, 1986). The time grows with the number of lines times the
// number of changes, and those are few.
func compare(before, after []string) []line {
	rounds := search(before, after)
	var out []line
	x, y := len(before), len(after)
	for d := len(rounds) - 1; d > 0; d-- {
		from, inserts := rounds[d-1].step(x-y, d)
		fromX := rounds[d-1].at(from)
		fromY := fromX - from
		for ; x > fromX && y > fromY; x, y = x-1, y-1 {
			out = append(out, line{same, y, after[y-1]})
		}
		if inserts {
			out = append(out, line{added, y, after[y-1]})
		} else {
			out = append(out, line{removed, x, before[x-1]})
		}
		x, y = fromX, fromY
	}
	for ; x > 0; x, y = x-1, y-1 {
		out = append(out, line{same, y, after[y-1]})
	}
	slices.Reverse(out)
	return out
}

// reach holds, for each diagonal (lines of before minus lines of after), how many
// lines of before can be walked with so many changes: reach[k+len/2].
type reach []int

func (r reach) at(diagonal int) int { return r[diagonal+len(r)/2] }

// step tells from which diagonal change number d comes to this one, and whether
// it inserts a line or removes one.
func (r reach) step(diagonal, d int) (from int, inserts bool) {
	if diagonal == -d || diagonal != d && r.at(diagonal-1) < r.at(diagonal+1) {
		return diagonal + 1, true
	}
	return diagonal - 1, false
}

// search walks as far as possible with no change, one change, and so on, until
// the ends of both files are reached. Round d holds what d changes reach.
func search(before, after []string) []reach {
	var rounds []reach
	for d := 0; ; d++ {
		// Two diagonals more than can be reached keep step within bounds.
		now := make(reach, 2*d+5)
		for k := -d; k <= d; k += 2 {
			x := 0
			if d > 0 {
				from, inserts := rounds[d-1].step(k, d)
				if x = rounds[d-1].at(from); !inserts {
					x++
				}
			}
			for x < len(before) && x-k < len(after) && before[x] == after[x-k] {
				x++
			}
			now[k+len(now)/2] = x
			if x >= len(before) && x-k >= len(after) {
				return append(rounds, now)
			}
		}
		rounds = append(rounds, now)
	}
}
