package text_test

import (
	"strings"
	"testing"

	"trustdeck/tui/text"
)

// Only what is written is led to, and nothing breaks out of a link.
func TestLink(t *testing.T) {
	const good = "https://notary.example.org:4443/v2/"
	if got := text.Link(good, good); got != "\x1b]8;;"+good+"\a"+good+"\x1b]8;;\a" || text.Width(got) != len(good) || text.Plain(got) != good {
		t.Errorf("got %q", got)
	}
	if got := text.Link(good, "https://notary."); !strings.Contains(got, good+"\ahttps://notary.\x1b") {
		t.Errorf("a part of it: %q", got)
	}
	for name, target := range map[string]string{
		"no TLS": "http://example.org", "a file": "file:///etc/passwd", "a script": "javascript:alert(1)", "no host": "https:///x",
		"a user": "https://notary.example.org@evil.example", "a name and password": "https://a:b@example.org", "a path": "/srv/tuf",
		"an escape": "https://example.org/\x1b]8;;https://evil.example\a", "a bell": "https://example.org/\a", "ST": "https://example.org/\x9c",
		"ST of 7 bits": "https://example.org/\x1b\\", "a line": "https://example.org/\nx", "a space": "https://example.org/ x",
		"another alphabet": "https://еxample.org", "right to left": "https://example.org/\u202egro", "too long": "https://example.org/" + strings.Repeat("a", 3000),
		"nothing": "", "words": "each registry's own", "a quote": `https://example.org/"`, "a bad escape": "https://example.org/%zz",
	} {
		if got := text.Link(target, target); got != target {
			t.Errorf("%s: %q", name, got)
		}
	}
	if got := text.Link(good, "https://evil.example"); got != "https://evil.example" {
		t.Errorf("other words: %q", got)
	}
}

// Whatever is made a link is two sequences around what is shown.
func FuzzLink(f *testing.F) {
	for _, s := range []string{"https://a", "https://a/\x1b]8;;x\a", "https://a/\u009c", "https://[::1]:4443", "HTTPS://A", "https://a#\x07"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if got := text.Link(s, s); got != s && (got != "\x1b]8;;"+s+"\a"+s+"\x1b]8;;\a" || text.Clean(s) != s || !strings.HasPrefix(strings.ToLower(s), "https://")) {
			t.Errorf("%q becomes %q", s, got)
		}
	})
}
