package settings

import (
	"strings"
	"testing"
)

// drawn is a comparison in the usual signs.
func drawn(lines []line) string {
	var out []string
	for _, l := range lines {
		out = append(out, map[kind]string{same: " ", added: "+", removed: "-"}[l.kind]+l.text)
	}
	return strings.Join(out, "|")
}

func TestCompare(t *testing.T) {
	for _, test := range []struct{ before, after, want string }{
		{"", "", ""},
		{"", "a\n", "+a"},
		{"a\n", "", "-a"},
		{"a\nb\n", "a\nb\n", " a| b"},
		{"a\nb\nc\n", "a\nB\nc\n", " a|-b|+B| c"},
		{"a\n", "a\nb\n", " a|+b"},
		{"b\n", "a\nb\n", "+a| b"},
		{"a\nb\nc\nd\n", "b\nc\nx\nd\n", "-a| b| c|+x| d"},
		{"a\na\na\n", "a\na\n", " a| a|-a"},
		{"a", "a\n", " a"},
	} {
		if got := drawn(compare(split([]byte(test.before)), split([]byte(test.after)))); got != test.want {
			t.Errorf("%q to %q: %s, want %s", test.before, test.after, got, test.want)
		}
	}
}

// FuzzCompare: both files can be read off the comparison, with their numbers.
func FuzzCompare(f *testing.F) {
	f.Add("a\nb\nc\n", "b\nx\nc\n")
	f.Add("", "\n\n")
	f.Fuzz(func(t *testing.T, before, after string) {
		old, fresh := split([]byte(before)), split([]byte(after))
		if len(old) > 200 || len(fresh) > 200 {
			return
		}
		var x, y int
		for _, l := range compare(old, fresh) {
			if l.kind != added {
				if old[x] != l.text || l.kind == removed && l.number != x+1 {
					t.Fatalf("line %d before: %+v", x+1, l)
				}
				x++
			}
			if l.kind != removed {
				if fresh[y] != l.text || l.number != y+1 {
					t.Fatalf("line %d after: %+v", y+1, l)
				}
				y++
			}
		}
		if x != len(old) || y != len(fresh) {
			t.Errorf("%d of %d lines before, %d of %d after", x, len(old), y, len(fresh))
		}
	})
}
