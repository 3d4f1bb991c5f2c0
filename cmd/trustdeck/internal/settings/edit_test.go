package settings

import (
	"maps"
	"strings"
	"testing"

	"trustdeck/tui/screen"
)

func set(id screen.SettingID, value string) screen.Change {
	return screen.Change{ID: id, Value: value}
}

func unset(id screen.SettingID) screen.Change { return screen.Change{ID: id, Unset: true} }

// Only what is changed changes: comments, order, spaces, quotes and line ends
// stay.
func TestEdit(t *testing.T) {
	dark := set(screen.SettingTheme, "dark")
	for _, test := range []struct {
		name, before string
		change       screen.Change
		after        string
	}{
		{"no file", "", dark, "theme = \"dark\"\n"},
		{"a value", "theme = \"light\"\n", dark, "theme = \"dark\"\n"},
		{"its quotes", "theme='light'", dark, "theme='dark'"},
		{"a comment behind it", "theme   =  \"light\"\t# bright room\nascii = true\n", dark, "theme   =  \"dark\"\t# bright room\nascii = true\n"},
		{"a quoted key", "\"theme\" = 'light'\n", dark, "\"theme\" = 'dark'\n"},
		{"a key in single quotes", "'theme' = 'light'\n", dark, "'theme' = 'dark'\n"},
		{"a value of many lines", "theme = \"\"\"\nlight\"\"\"\nascii = true\n", dark, "theme = \"dark\"\nascii = true\n"},
		{"a switch", "mouse=false#no\n", set(screen.SettingMouse, "true"), "mouse=true#no\n"},
		{"quotes in a value", "server = 'x'\n", set(screen.SettingServer, `a'b"c\`), `server = "a'b\"c\\"` + "\n"},
		{"control characters in a value", "", set(screen.SettingServer, "a\x1b\n"), `server = "a\u001B\u000A"` + "\n"},

		{"behind the last statement", "# mine\nascii = true # yes\n\n[pins]\n", dark, "# mine\nascii = true # yes\ntheme = \"dark\"\n\n[pins]\n"},
		{"behind a last line without an end", "ascii = true", dark, "ascii = true\ntheme = \"dark\"\n"},
		{"before the first table and its comment", "# head\n\n# pins of acme\n[pins]\n", dark, "# head\n\ntheme = \"dark\"\n\n# pins of acme\n[pins]\n"},
		{"before a table at the beginning", "[pins]\n", dark, "theme = \"dark\"\n\n[pins]\n"},
		{"behind comments only", "# nothing yet", dark, "# nothing yet\ntheme = \"dark\"\n"},
		{"line ends of Windows", "ascii = true\r\n[pins]\r\n", dark, "ascii = true\r\ntheme = \"dark\"\r\n[pins]\r\n"},
		{"a mark at the beginning", "\ufeff[pins]\n", dark, "\ufefftheme = \"dark\"\n\n[pins]\n"},
		{"nothing but a mark", "\ufeff", dark, "\ufefftheme = \"dark\"\n"},

		{"no such key in a table", "ascii = true\n[pins]\ntheme = ['x']\n", dark, "ascii = true\ntheme = \"dark\"\n[pins]\ntheme = ['x']\n"},
		{"no such key in a string", "log_file = '''\ntheme = 'x'\n'''\n", dark, "log_file = '''\ntheme = 'x'\n'''\ntheme = \"dark\"\n"},
		{"no such key in a comment", "#theme = 'x'\nascii = true\n", dark, "#theme = 'x'\nascii = true\ntheme = \"dark\"\n"},
		{"no such key in brackets", "pins = { theme = [ # ]\n 'a]', \"\\\"]\" ] }\n", dark, "pins = { theme = [ # ]\n 'a]', \"\\\"]\" ] }\ntheme = \"dark\"\n"},
		{"no part of a key", "theme.x = 1\n", dark, "theme.x = 1\ntheme = \"dark\"\n"},

		{"out", "ascii = true\ntheme = 'dark'\nmouse = true\n", unset(screen.SettingTheme), "ascii = true\nmouse = true\n"},
		{"out with its indent", "ascii = true\r\n  theme = 'dark'  \r\nmouse = true", unset(screen.SettingTheme), "ascii = true\r\nmouse = true"},
		{"out of the last line", "ascii = true\ntheme = 'dark'", unset(screen.SettingTheme), "ascii = true\n"},
		{"out, but not the comment", "theme = 'dark' # bright room\nascii = true\n", unset(screen.SettingTheme), "# bright room\nascii = true\n"},
		{"out where it is not", "ascii = true\n", unset(screen.SettingTheme), "ascii = true\n"},
		{"out behind a mark", "\ufefftheme = 'x'\nascii = true\n", unset(screen.SettingTheme), "\ufeffascii = true\n"},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := edit(test.before, []screen.Change{test.change}); got != test.after {
				t.Errorf("got\n%q, want\n%q", got, test.after)
			}
		})
	}
}

// FuzzEdit: whatever the file, afterwards it says what was changed and otherwise
// the same, or the check before writing notices.
func FuzzEdit(f *testing.F) {
	for _, seed := range []string{
		"", "theme = 'dark'", "# a\n[pins]\n'a'=['" + idA + "']", "pins = {}\r\nserver = \"\"\"\nhttps://n\"\"\"\r\n", "\"server\"='https://n' # x",
		"\ufeffascii = true", "log_file = '''a''''\n[pin_cas]\n", "timeout = '3s'\n\n\n# x\n# y\n[pins]\n",
	} {
		f.Add(seed, "https://notary.example.org", uint8(0))
		f.Add(seed, "https://notary.example.org", uint8(0xff))
	}
	ids := []screen.SettingID{screen.SettingServer, screen.SettingSoon, screen.SettingTheme, screen.SettingASCII, screen.SettingMouse, screen.SettingRefresh, screen.SettingNotify}
	f.Fuzz(func(t *testing.T, text, server string, choice uint8) {
		w := world(nil, nil)
		before, err := parseOwn(ownAt, []byte(text), w)
		if err != nil {
			return
		}
		values := map[screen.SettingID]string{
			screen.SettingServer: server, screen.SettingSoon: "60d", screen.SettingTheme: "mono", screen.SettingASCII: "false", screen.SettingMouse: "true",
			screen.SettingRefresh: "2m", screen.SettingNotify: "false",
		}
		if strings.ToValidUTF8(server, "") != server {
			return
		}
		want := maps.Clone(before.Says)
		var changes []screen.Change
		for i, id := range ids {
			c := screen.Change{ID: id, Value: values[id], Unset: choice>>i&1 == 1}
			if delete(want, string(id)); !c.Unset {
				want[string(id)] = c.Value
			}
			changes = append(changes, c)
		}
		edited := edit(text, changes)
		after, err := parseOwn(ownAt, []byte(edited), w)
		if err != nil || !maps.Equal(after.Says, want) {
			t.Errorf("%q becomes %q, %v: %v, want %v", text, edited, err, after.Says, want)
		}
		if strings.Contains(text, "'''") || strings.Contains(text, `"""`) {
			return // what looks like a comment may be part of a value
		}
		for line := range strings.Lines(text) {
			if line = strings.TrimSpace(line); strings.HasPrefix(line, "#") && !strings.Contains(edited, line) {
				t.Errorf("%q becomes %q, without %q", text, edited, line)
			}
		}
	})
}
