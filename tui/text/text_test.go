package text_test

import (
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/charmbracelet/x/ansi"

	"trustdeck/model"
	"trustdeck/model/display"
	"trustdeck/tui/text"
)

func TestCleanShowsHostileCharacters(t *testing.T) {
	tests := map[string]string{
		"plain":                           "plain",
		"zażółć 日本":                       "zażółć 日本",
		"a\x1b[31mred":                    `a\x1b[31mred`,
		"\x1b]52;c;AAAA\x07":              `\x1b]52;c;AAAA\x07`,
		"line\nbreak\r\t":                 `line\nbreak\r\t`,
		"gpj.\u202eexe":                   `gpj.\u202eexe`,
		"zero\u200bwidth":                 `zero\u200bwidth`,
		"nbsp\u00a0":                      `nbsp\xa0`,
		"\u009b31m":                       `\x9b31m`,
		"bad\xff":                         `bad\xff`,
		"\u0301first":                     `\u0301first`,
		"e\u0301":                         "e\u0301",
		"z\u0301\u0302\u0303\u0304\u0305": "z\u0301\u0302\u0303" + `\u0304\u0305`,
		"⚠\ufe0f":                         "⚠" + `\ufe0f`,
		"tag\U000e0041":                   `tag\U000e0041`,
		"\x00\x7f":                        `\x00\x7f`,
		"line\u2028sep":                   `line\u2028sep`,
		"private\ue000":                   `private\ue000`,
		"\U0001f600 face":                 "\U0001f600 face",
	}
	for in, want := range tests {
		if got := text.Clean(in); got != want {
			t.Errorf("Clean(%q) = %q, want %q", in, got, want)
		}
	}
}

// FuzzClean: nothing that a terminal obeys survives, and cleaning twice is
// cleaning once.
func FuzzClean(f *testing.F) {
	for _, seed := range []string{"a\x1b[0m", "\u202e", "\xff\xfe", "é", "\u0301\u0301"} {
		f.Add(seed, 10)
	}
	f.Fuzz(func(t *testing.T, s string, width int) {
		clean := text.Clean(s)
		if !utf8.ValidString(clean) || ansi.Strip(clean) != clean {
			t.Fatalf("Clean(%q) = %q", s, clean)
		}
		for _, r := range clean {
			if unicode.IsControl(r) || unicode.Is(unicode.Cf, r) {
				t.Fatalf("Clean(%q) = %q holds %q", s, clean, r)
			}
		}
		if again := text.Clean(clean); again != clean {
			t.Fatalf("cleaned twice %q is %q", clean, again)
		}
		width = min(max(width, 0), 300)
		if got := text.Width(text.Fit(clean, width)); got != width {
			t.Fatalf("Fit(%q, %d) is %d wide", clean, width, got)
		}
		if got := text.Width(text.TruncateLeft(clean, width)); got > width {
			t.Fatalf("TruncateLeft(%q, %d) is %d wide", clean, width, got)
		}
		for _, line := range text.Wrap(clean, width) {
			if text.Width(line) > width {
				t.Fatalf("Wrap(%q, %d) gives %q", clean, width, line)
			}
		}
	})
}

func TestCutsCountCells(t *testing.T) {
	tests := []struct{ got, want string }{
		{text.Fit("abc", 5), "abc  "},
		{text.FitRight("abc", 5), "  abc"},
		{text.Fit("abcdef", 5), "abc.."},
		{text.Fit("日本語", 5), "日.. "},
		{text.Fit("abc", 2), "ab"},
		{text.Fit("abc", 0), ""},
		{text.TruncateLeft("registry/web", 6), "../web"},
		{text.Between("left", "right", 12), "left   right"},
		{text.Between("left", "right", 8), "left    "},
		{strings.Join(text.Wrap("one two three", 7), "|"), "one two|three"},
		{strings.Join(text.Wrap("one --two three", 7), "|"), "one|--two|three"},
		{strings.Join(text.Wrap("to re-sign it", 7), "|"), "to re-|sign it"},
		{strings.Join(text.WrapWords("to re-sign it", 7), "|"), "to|re-sign|it"},
		{strings.Join(text.Wrap("expires (was 2029-11-28), v2", 18), "|"), "expires (was|2029-11-28), v2"},
		{strings.Join(text.WrapWords("one --two\u2011three", 10), "|"), "one --|two\u2011three"},
		{strings.Join(text.WrapWords("--seventeen-letters", 7), "|"), "--seven|teen-le|tters"},
	}
	for _, test := range tests {
		if test.got != test.want {
			t.Errorf("got %q, want %q", test.got, test.want)
		}
	}
}

func TestRelativeTimes(t *testing.T) {
	now := time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
	tests := []struct {
		at   time.Time
		want string
	}{
		{now, "now"},
		{now.Add(12 * time.Second), "in 12 s"},
		{now.Add(-90 * time.Second), "1 min ago"},
		{now.Add(2 * time.Hour), "in 2 h"},
		{now.AddDate(0, 0, 12), "in 12 d"},
		{now.AddDate(0, 0, -2), "2 d ago"},
		{now.AddDate(0, 0, 45), "in 45 d"},
		{now.AddDate(0, 5, 3), "in 5 mo"},
		{now.AddDate(2, 1, 0), "in 2 y 1 mo"},
		{now.AddDate(3, 0, 0), "in 3 y"},
		{now.AddDate(-1, -1, 0), "1 y 1 mo ago"},
		{time.Date(2028, 2, 29, 12, 0, 0, 0, time.UTC), "in 1 y 3 mo"},
		{time.Time{}, "-"},
	}
	for _, test := range tests {
		if got := text.Relative(test.at, now); got != test.want {
			t.Errorf("Relative(%s) = %q, want %q", test.at, got, test.want)
		}
	}
	if got := text.Expiry(now.AddDate(0, 0, -2), now); got != "expired 2 d ago" {
		t.Error(got)
	}
	if got := text.Expiry(now, now); got != "expired now" {
		t.Error(got)
	}
	if got := text.Age(now.AddDate(0, -4, 0), now); got != "4 mo" {
		t.Error(got)
	}
	east := time.FixedZone("east", 9*3600)
	if got := text.UTC(time.Date(2026, 12, 3, 18, 41, 0, 0, east)); got != "2026-12-03 09:41 UTC" {
		t.Error(got)
	}
	if text.UTC(time.Time{}) != "-" || text.Date(time.Time{}) != "-" || text.Age(time.Time{}, now) != "-" {
		t.Error("an unknown time is shown as a dash")
	}
}

func TestElapsed(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0: "", -time.Second: "", 480 * time.Millisecond: "480 ms", 9999 * time.Millisecond: "9999 ms", 73500 * time.Millisecond: "73 s",
	} {
		if got := text.Elapsed(d); got != want {
			t.Errorf("%v is %q, want %q", d, got, want)
		}
	}
}

func TestWords(t *testing.T) {
	tests := []struct{ got, want string }{
		{text.Count(1, "repo"), "1 repo"},
		{text.Count(0, "repo"), "0 repos"},
		{text.Count(100000, "key"), "100,000 keys"},
		{text.Count(2, "repository"), "2 repositories"},
		{text.Number(-1234567), "-1,234,567"},
		{text.Bytes(812), "812 B"},
		{text.Bytes(7382), "7.4 kB"},
		{text.Bytes(999_999), "1.0 MB"},
		{text.Bytes(5e12), "5000.0 GB"},
		{text.List([]string{"a", "b", "c"}), "a, b and c"},
		{text.List(nil), ""},
		{display.ShellWord("docker.io/acme/app:v1"), "docker.io/acme/app:v1"},
		{display.ShellWord("a;reboot"), "'a;reboot'"},
		{display.ShellWord("it's $HOME"), `'it'\''s $HOME'`},
		{display.ShellWord(""), "''"},
		{text.Sentence("it broke"), "It broke."},
		{text.Sentence("Why?"), "Why?"},
		{text.Sentence("targets expired"), "targets expired."},
		{text.Sentence("https://n: no answer"), "https://n: no answer."},
		{text.Repo("registry.example.org/web/frontend"), "web/frontend"},
		{text.Repo("localhost:5000/app"), "app"},
		{text.Repo("acme/app"), "acme/app"},
	}
	for _, test := range tests {
		if test.got != test.want {
			t.Errorf("got %q, want %q", test.got, test.want)
		}
	}
	id := model.KeyID("7c1f9a02d4e877b0a5510cc9e3b1f4420e6f98d17b42aa05ce9981f23d50b6aa")
	want := []string{"7c1f 9a02 d4e8 77b0 a551 0cc9 e3b1 f442", "0e6f 98d1 7b42 aa05 ce99 81f2 3d50 b6aa"}
	if got := text.KeyID(id, 8); !reflect.DeepEqual(got, want) {
		t.Errorf("got %q", got)
	}
}

// Where a terminal reads bytes, a letter may hold a command: Û ends in that which
// begins one.
func TestASCII(t *testing.T) {
	for in, want := range map[string]string{
		"plain": "plain", "\u00db31m": `\xdb31m`, "日本": `\u65e5\u672c`, "\U0001f600": `\U0001f600`, "": "",
	} {
		if got := text.ASCII(in); got != want {
			t.Errorf("ASCII(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestTitlesInSmallLetters(t *testing.T) {
	for in, want := range map[string]string{
		"NEXT EXPIRY": "next expiry", "KEY ID": "key ID", "TIME UTC": "time UTC", "CONFIG.TOML": "config.toml",
		"FINGERPRINT (SHA-256 of the public key)": "fingerprint (SHA-256 of the public key)",
	} {
		if got := text.Lower(in); got != want {
			t.Errorf("Lower(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestErrorsAreHarmlessAndKeepTheirHint(t *testing.T) {
	err := &model.Fault{Subject: "https://n\x1b[2J", Text: "no answer", Hint: "Check\nthe name."}
	what, hint := text.Error(err)
	if what != `https://n\x1b[2J: no answer` || hint != `Check\nthe name.` {
		t.Errorf("got %q, %q", what, hint)
	}
	if what, hint := text.Error(errors.New("x")); what != "x" || hint != "" {
		t.Errorf("got %q, %q", what, hint)
	}
	if what, _ := text.Error(nil); what != "" {
		t.Errorf("got %q", what)
	}
}
