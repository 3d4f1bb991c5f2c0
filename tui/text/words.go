package text

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"trustdeck/model"
)

// Count is a number with its noun: "1 repo", "14 repos". The plural is made
// with s, or with ies after a consonant and y.
func Count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	if stem, ok := strings.CutSuffix(noun, "y"); ok && !strings.HasSuffix(noun, "ey") && !strings.HasSuffix(noun, "ay") {
		return Number(n) + " " + stem + "ies"
	}
	return Number(n) + " " + noun + "s"
}

// NeedAction counts rows that someone should look at: "1 needs action".
func NeedAction(n int) string {
	if n == 1 {
		return "1 needs action"
	}
	return Number(n) + " need action"
}

// Number groups the digits of large numbers: 100,000.
func Number(n int) string {
	digits := strconv.Itoa(n)
	sign := ""
	if n < 0 {
		sign, digits = "-", digits[1:]
	}
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return sign + digits
}

// Repo is the name of a repository without its registry, for places that have
// little room or name one repository only.
func Repo(gun model.GUN) string {
	first, rest, _ := strings.Cut(string(gun), "/")
	if context, host, ok := strings.Cut(first, ":"); ok && host != "" && strings.Trim(host, "0123456789") != "" {
		// Beside other contexts a name begins with its own, which must stay.
		return Clean(context) + ":" + Repo(model.GUN(host+"/"+rest))
	}
	_, rest = Registry(gun)
	return Clean(rest)
}

// Registry splits the name of a repository. As in image references, the first
// part is a registry where it has a dot or a colon or is "localhost"; elsewhere
// there is none, and rest is the name.
func Registry(gun model.GUN) (registry, rest string) {
	first, rest, ok := strings.Cut(string(gun), "/")
	if ok && (first == "localhost" || strings.ContainsAny(first, ".:")) {
		return first, rest
	}
	return "", string(gun)
}

// Bytes is a length for people: "812 B", "7.4 kB", "31.0 MB". Units are
// decimal, as in registries.
func Bytes(n int64) string {
	value := float64(n)
	for _, unit := range []string{"B", "kB", "MB", "GB"} {
		if value < 999.95 || unit == "GB" {
			if unit == "B" {
				return fmt.Sprintf("%d B", n)
			}
			return fmt.Sprintf("%.1f %s", value, unit)
		}
		value /= 1000
	}
	return ""
}

// KeyID shows all digits of a key ID in groups of four, on lines of perLine
// groups, so that it can be compared and read aloud.
func KeyID(id model.KeyID, perLine int) []string {
	return Groups(Clean(string(id)), perLine)
}

// Groups splits digits into groups of four, perLine groups a line.
func Groups(digits string, perLine int) []string {
	var lines []string
	var line []string
	for len(digits) > 0 {
		n := min(4, len(digits))
		line = append(line, digits[:n])
		digits = digits[n:]
		if len(line) == max(perLine, 1) || digits == "" {
			lines = append(lines, strings.Join(line, " "))
			line = nil
		}
	}
	return lines
}

// Error returns what failed and what to do about it, both harmless to show.
// The hint is empty where none is known.
func Error(err error) (what, hint string) {
	if err == nil {
		return "", ""
	}
	return Clean(err.Error()), Clean(model.HintOf(err))
}

// List joins words: "a", "a and b", "a, b and c".
func List(words []string) string {
	switch n := len(words); n {
	case 0:
		return ""
	case 1:
		return words[0]
	default:
		return strings.Join(words[:n-1], ", ") + " and " + words[n-1]
	}
}

// abbreviations are in capitals everywhere.
var abbreviations = []string{"ID", "UTC", "PEM", "JWK", "(SHA-256", "(SHA-256)"}

// Lower writes a title that is in capitals in small letters: "KEY ID" is "key ID".
func Lower(title string) string {
	words := strings.Split(title, " ")
	for i, word := range words {
		if word == strings.ToUpper(word) && !slices.Contains(abbreviations, word) {
			words[i] = strings.ToLower(word)
		}
	}
	return strings.Join(words, " ")
}

// Capital begins with a capital what begins with a letter of ASCII.
func Capital(s string) string {
	if s == "" {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}

// Sentence begins with a capital letter and ends with a full stop. A name at
// the beginning, of a role, repository or address, keeps its letters.
func Sentence(s string) string {
	if s == "" {
		return ""
	}
	first, _, _ := strings.Cut(s, " ")
	name := strings.ContainsAny(first, "/:.\\") || model.RoleName(first).TopLevel()
	if c := s[0]; c >= 'a' && c <= 'z' && !name {
		s = string(c-'a'+'A') + s[1:]
	}
	if strings.HasSuffix(s, ".") || strings.HasSuffix(s, "!") || strings.HasSuffix(s, "?") {
		return s
	}
	return s + "."
}
