package display

import (
	"strconv"
	"strings"
)

// ShellWord makes one word of s for a POSIX shell, in a command that is shown to be copied. What
// needs no quotes gets none.
func ShellWord(s string) string {
	plain := func(r rune) bool {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("._-/:@+,=", r)
	}
	if s != "" && strings.TrimFunc(s, plain) == "" {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}

// ShellFile is ShellWord for the name of a file, which no command takes for a flag. A name that
// can't be shown is only quoted for people.
func ShellFile(path string) string {
	switch {
	case !Shown(path):
		return strconv.Quote(path)
	case strings.HasPrefix(path, "-"):
		return ShellWord("./" + path)
	default:
		return ShellWord(path)
	}
}
