package disk_test

import (
	"bytes"
	"strings"
	"testing"

	"trustdeck/internal/disk"
)

func TestSumLine(t *testing.T) {
	for _, text := range []string{"", "{}", `{"a": "b c"}`} {
		line := disk.SumLine([]byte(text))
		for _, whole := range [][]byte{line, bytes.TrimSuffix(line, []byte("\n"))} {
			if got, ok := disk.ParseSumLine(whole); !ok || string(got) != text {
				t.Errorf("%q reads back as %q, %v", text, got, ok)
			}
		}
		for i := range len(line) - 1 {
			bad := bytes.Clone(line)
			bad[i] ^= 1
			if _, ok := disk.ParseSumLine(bad); ok {
				t.Errorf("%q passes for whole", bad)
			}
			if _, ok := disk.ParseSumLine(line[:i]); ok {
				t.Errorf("%q passes for whole", line[:i])
			}
		}
	}
}

func TestSafeNames(t *testing.T) {
	seen := map[string]bool{}
	for _, name := range []string{"", "a", "A", "../a", "a/b", strings.Repeat("long", 1000)} {
		safe := disk.SafeName(name)
		if len(safe) != 32 || strings.Trim(safe, "0123456789abcdef") != "" || seen[safe] {
			t.Errorf("%q is kept as %q", name, safe)
		}
		seen[safe] = true
	}
}
