package settings

import (
	"fmt"
	"strings"
	"unicode"

	"trustdeck/tui/screen"
)

// edit makes changes in the text of config.toml and leaves everything else as it
// is: comments, order, spaces, line ends. The text must be valid; whoever calls
// checks that the result says what it should.
func edit(text string, changes []screen.Change) string {
	for _, c := range changes {
		text = editOne(text, c)
	}
	return text
}

func editOne(text string, c screen.Change) string {
	list, tables := statements(text)
	for _, s := range list {
		if s.key != string(c.ID) {
			continue
		}
		if c.Unset {
			return takeOut(text, s)
		}
		return text[:s.value] + literal(c, text[s.value:s.end]) + text[s.end:]
	}
	if c.Unset {
		return text
	}
	return putIn(text, list, tables, string(c.ID)+" = "+literal(c, ""))
}

// literal writes a value as TOML, in the quotes that the old one had.
func literal(c screen.Change, old string) string {
	switch {
	case c.ID == screen.SettingASCII || c.ID == screen.SettingMouse || c.ID == screen.SettingNotify:
		return c.Value
	case strings.HasPrefix(old, "'") && !strings.HasPrefix(old, "'''") && !strings.ContainsFunc(c.Value, func(r rune) bool {
		return r == '\'' || unicode.IsControl(r)
	}):
		return "'" + c.Value + "'"
	}
	var b strings.Builder
	for _, r := range c.Value {
		switch {
		case r == '"' || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case unicode.IsControl(r):
			fmt.Fprintf(&b, `\u%04X`, r)
		default:
			b.WriteRune(r)
		}
	}
	return `"` + b.String() + `"`
}

// takeOut removes a statement with its line. A comment on that line stays, on a
// line of its own.
func takeOut(text string, s statement) string {
	rest := strings.TrimLeft(text[s.end:s.line], " \t")
	if strings.HasPrefix(rest, "#") {
		return text[:s.start] + rest + text[s.line:]
	}
	begin := strings.LastIndexByte(text[:s.start], '\n') + 1
	if begin == 0 && strings.HasPrefix(text, byteOrderMark) {
		begin = len(byteOrderMark)
	}
	return text[:begin] + text[min(s.line+len(lineEnd(text[s.line:])), len(text)):]
}

// lineEnd is the line end with which a text begins.
func lineEnd(text string) string {
	switch {
	case strings.HasPrefix(text, "\r\n"):
		return "\r\n"
	case strings.HasPrefix(text, "\n"):
		return "\n"
	default:
		return ""
	}
}

// putIn adds a line behind the last statement before the tables. Where there is
// none, it stands before the first table and the comment on that, else at the
// end.
func putIn(text string, list []statement, tables int, line string) string {
	end := "\n"
	if strings.Contains(text, "\r\n") {
		end = "\r\n"
	}
	at, after := len(text), end
	switch {
	case len(list) > 0:
		at = list[len(list)-1].line
		at += len(lineEnd(text[at:]))
	case tables < len(text):
		at, after = beforeComment(text, tables), end+end
	}
	before := ""
	if at > 0 && text[at-1] != '\n' && text[:at] != byteOrderMark {
		before = end
	}
	return text[:at] + before + line + after + text[at:]
}

// beforeComment is the beginning of the comment lines that stand right above a
// place.
func beforeComment(text string, at int) int {
	at = strings.LastIndexByte(text[:at], '\n') + 1
	for at > 0 {
		begin := strings.LastIndexByte(text[:at-1], '\n') + 1
		if !strings.HasPrefix(strings.TrimLeft(strings.TrimPrefix(text[begin:at], byteOrderMark), " \t"), "#") {
			break
		}
		at = begin
	}
	if at == 0 && strings.HasPrefix(text, byteOrderMark) {
		at = len(byteOrderMark)
	}
	return at
}
