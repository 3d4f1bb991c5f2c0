package tuf_test

import (
	"testing"

	"trustdeck/model/tuf"
)

func TestMatchPath(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		pattern, path string
		want          bool
	}{
		{"a", "a", true},
		{"a", "b", false},
		{"", "", true},
		{"", "a", false},
		{"*", "a", true},
		{"*", "", true},
		{"*", "a/b", false},
		{"*/*", "a/b", true},
		{"*/*", "a/b/c", false},
		{"a/*", "a/", true},
		{"a/*", "a", false},
		{"**", "a/b", false},
		{"*.tgz", "app.tgz", true},
		{"*.tgz", ".tgz", true},
		{"*.tgz", "tgz", false},
		{"foo-version-?.tgz", "foo-version-2.tgz", true},
		{"foo-version-?.tgz", "foo-version-alpha.tgz", false},
		{"?", "é", true},
		{"?", "", false},
		{"?", "/", false},
		{"a*b*c", "axxbyyc", true},
		{"a*b*c", "axxbyy", false},
		{"*a", "ba", true},
		{"[ab]c", "bc", true},
		{"[ab]c", "cc", false},
		{"[!ab]c", "cc", true},
		{"[!ab]c", "ac", false},
		{"[a-c]", "b", true},
		{"[c-a]", "b", false},
		{"[]a]", "]", true},
		{"[a", "[a", true},
		{`\*`, `\x`, true},
		{`\*`, "*", false},
		{"a/b", "a/b", true},
		{"/a", "/a", true},
		{"/a", "a", false},
	} {
		if got := tuf.MatchPath(c.pattern, c.path); got != c.want {
			t.Errorf("%q matches %q: %t", c.pattern, c.path, got)
		}
	}
}
