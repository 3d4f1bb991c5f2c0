package display

import (
	"strconv"
	"testing"
	"unicode"
	"unicode/utf8"
)

// What stands for that which cannot be shown, in each form.
func TestForms(t *testing.T) {
	for _, c := range []struct{ in, escape, inline, strip, blot string }{
		{"plain text, 日本語 🚀", "plain text, 日本語 🚀", "plain text, 日本語 🚀", "plain text, 日本語 🚀", "plain text, 日本語 🚀"},
		{"e\u0301", "e\u0301", "e\u0301", "e\u0301", "e\u0301"},
		{"\x1b[31m", `\x1b[31m`, `\x1b[31m`, "[31m", "\ufffd[31m"},
		{"a\r\n\tb", `a\r\n\tb`, `a\r\n\tb`, "ab", "a\ufffd\ufffd\ufffdb"},
		{"\u009b", `\x9b`, `\u009b`, "", "\ufffd"},
		{"\u202egnp.exe", `\u202egnp.exe`, `\u202egnp.exe`, "gnp.exe", "\ufffdgnp.exe"},
		{"zero\u200bwidth", `zero\u200bwidth`, `zero\u200bwidth`, "zerowidth", "zero\ufffdwidth"},
		{"no\u00a0break", `no\xa0break`, `no\u00a0break`, "nobreak", "no\ufffdbreak"},
		{"\xff\xfe", `\xff\xfe`, `\xff\xfe`, "", "\ufffd\ufffd"},
		{"\U000e0041", `\U000e0041`, `\U000e0041`, "", "\ufffd"},
		{"a literal \ufffd ok", "a literal \ufffd ok", "a literal \ufffd ok", "a literal  ok", "a literal \ufffd ok"},
	} {
		for name, got := range map[string][2]string{
			"Escape": {Escape(c.in), c.escape}, "Inline": {Inline(c.in), c.inline},
			"Strip": {Strip(c.in, 100), c.strip}, "Blot": {Blot(c.in), c.blot},
		} {
			if got[0] != got[1] {
				t.Errorf("%s(%q) = %q, want %q", name, c.in, got[0], got[1])
			}
		}
		want := c.in
		if !Shown(c.in) {
			want = `"` + c.inline + `"`
		}
		if got := Quote(c.in); got != want {
			t.Errorf("Quote(%q) = %q, want %q", c.in, got, want)
		}
	}
}

func TestLength(t *testing.T) {
	for _, c := range []struct {
		in         string
		most       int
		cut, strip string
	}{
		{"", 0, "", ""},
		{"abc", 3, "abc", "abc"},
		{"abcd", 3, "abc…", "abc…"},
		{"日本語", 3, "日…", "日本語"},
		{"日本語", 4, "日…", "日本語"},
		{"日本語", 2, "…", "日本…"},
	} {
		if cut, strip := Cut(c.in, c.most), Strip(c.in, c.most); cut != c.cut || strip != c.strip {
			t.Errorf("%q to %d: %q and %q, want %q and %q", c.in, c.most, cut, strip, c.cut, c.strip)
		}
	}
}

// hostile are the characters that no form may let through, whatever Unicode says of others.
var hostile = &unicode.RangeTable{
	R16: []unicode.Range16{
		{Lo: 0x00, Hi: 0x1f, Stride: 1},     // C0: escape sequences, line breaks, bells
		{Lo: 0x7f, Hi: 0xa0, Stride: 1},     // DEL, C1, no-break space
		{Lo: 0xad, Hi: 0xad, Stride: 1},     // soft hyphen
		{Lo: 0x61c, Hi: 0x61c, Stride: 1},   // Arabic letter mark
		{Lo: 0x200b, Hi: 0x200f, Stride: 1}, // zero width, direction marks
		{Lo: 0x2028, Hi: 0x202e, Stride: 1}, // separators, embeddings and overrides
		{Lo: 0x2060, Hi: 0x206f, Stride: 1}, // joiners, isolates
		{Lo: 0xd800, Hi: 0xf8ff, Stride: 1}, // surrogates, private use
		{Lo: 0xfeff, Hi: 0xfeff, Stride: 1}, // byte order mark
	},
	R32: []unicode.Range32{{Lo: 0xe0000, Hi: 0xe007f, Stride: 1}, {Lo: 0xf0000, Hi: 0x10ffff, Stride: 1}}, // tags, private use
}

// FuzzForms: nothing that a terminal obeys or that nobody can see survives in any form;
// what is fit to be shown stays as it is where it is not too long; and no form is longer
// than it may be.
func FuzzForms(f *testing.F) {
	for _, seed := range []string{"a\x1b[0m", "\u202e\u2066", "\xff\xfe", "é", "z\u0301\u0301\u0301\u0301", `"\`, "\u200b", "日本語\U000e0041"} {
		f.Add(seed, 3)
	}
	f.Fuzz(func(t *testing.T, s string, most int) {
		most = min(max(most, 0), 1000)
		for name, got := range map[string]string{
			"Escape": Escape(s), "ASCII": ASCII(Escape(s)), "Quote": Quote(s), "Inline": Inline(s),
			"Strip": Strip(s, most), "Blot": Blot(s), "Quote of Cut": Quote(Cut(s, most)),
		} {
			if !utf8.ValidString(got) || !Shown(got) {
				t.Fatalf("%s(%q) = %q, which cannot be shown", name, s, got)
			}
			for _, r := range got {
				if unicode.Is(hostile, r) || name == "ASCII" && r > 0x7e {
					t.Fatalf("%s(%q) = %q, which holds %q", name, s, got, r)
				}
			}
			if Shown(s) && (name == "Quote" || name == "Inline" || name == "Blot") && got != s {
				t.Fatalf("%s(%q) = %q", name, s, got)
			}
		}
		if again := Escape(Escape(s)); again != Escape(s) {
			t.Fatalf("escaped twice, %q is %q", s, again)
		}
		if back, err := strconv.Unquote(Quote(s)); !Shown(s) && (err != nil || back != s) {
			t.Fatalf("Quote(%q) reads back as %q, %v", s, back, err)
		}
		if n := utf8.RuneCountInString(Strip(s, most)); n > most+1 {
			t.Fatalf("Strip(%q, %d) has %d characters", s, most, n)
		}
		if n := len(Cut(s, most)); n > most+len("…") {
			t.Fatalf("Cut(%q, %d) has %d bytes", s, most, n)
		}
	})
}
