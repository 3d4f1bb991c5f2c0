package report

import "testing"

func TestPrintable(t *testing.T) {
	for in, want := range map[string]string{
		"plain text, 日本語 🚀":   "plain text, 日本語 🚀",
		"e\u0301":             "e\u0301",
		"\x1b[31m":            `\x1b[31m`,
		"a\r\n\tb":            `a\r\n\tb`,
		"\u009b":              `\u009b`,
		"\u202egnp.exe":       `\u202egnp.exe`,
		"zero\u200bwidth":     `zero\u200bwidth`,
		"no\u00a0break":       `no\u00a0break`,
		"\xff\xfe":            `\xff\xfe`,
		"\U000e0041":          `\U000e0041`,
		"a literal \ufffd ok": "a literal \ufffd ok",
	} {
		if got := Printable(in); got != want {
			t.Errorf("Printable(%q) = %q, want %q", in, got, want)
		}
	}
}
