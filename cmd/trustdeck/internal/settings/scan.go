package settings

import (
	"strings"
)

// byteOrderMark may stand at the beginning of a file.
const byteOrderMark = "\ufeff"

// statement is a key with its value, as places in the text: the key begins at
// start, the value at value and ends at end; at line the line ends.
type statement struct {
	key                     string
	start, value, end, line int
}

// statements finds the statements before the first table, and where that begins;
// len(text) where there is none. The text must be valid TOML. Dotted keys come
// with their dots and quotes and are like no key of ours.
func statements(text string) (list []statement, tables int) {
	if strings.HasPrefix(text, byteOrderMark) {
		return statementsFrom(text, len(byteOrderMark))
	}
	return statementsFrom(text, 0)
}

// statementsFrom finds the statements from a place on, and where the next table begins.
func statementsFrom(text string, i int) (list []statement, next int) {
	for i < len(text) {
		switch text[i] {
		case ' ', '\t', '\r', '\n':
			i++
		case '#':
			i = endOfLine(text, i)
		case '[':
			return list, i
		default:
			s := scanStatement(text, i)
			list = append(list, s)
			i = s.line
		}
	}
	return list, len(text)
}

func scanStatement(text string, start int) statement {
	s := statement{start: start}
	i := start
	for i < len(text) && text[i] != '=' {
		if text[i] == '"' || text[i] == '\'' {
			i = endOfString(text, i)
			continue
		}
		i++
	}
	s.key = plainKey(strings.TrimRight(text[start:i], " \t"))
	for i = min(i+1, len(text)); i < len(text) && (text[i] == ' ' || text[i] == '\t'); {
		i++
	}
	s.value = i
	s.end = endOfValue(text, i)
	s.line = endOfLine(text, s.end)
	return s
}

// plainKey takes the quotes off a key that has no need of them.
func plainKey(key string) string {
	if n := len(key); n >= 2 && (key[0] == '"' || key[0] == '\'') && key[n-1] == key[0] {
		if inner := key[1 : n-1]; !strings.ContainsAny(inner, `"'\.`) {
			return inner
		}
	}
	return key
}

// endOfLine is where the line ends: before its line end, or at the end of the
// text.
func endOfLine(text string, i int) int {
	n := strings.IndexByte(text[i:], '\n')
	if n < 0 {
		return len(text)
	}
	if n > 0 && text[i+n-1] == '\r' {
		n--
	}
	return i + n
}

// endOfValue is the end of the value that begins at i.
func endOfValue(text string, i int) int {
	if i >= len(text) {
		return i
	}
	switch text[i] {
	case '"', '\'':
		return endOfString(text, i)
	case '[', '{':
		return endOfBrackets(text, i)
	default:
		end := endOfLine(text, i)
		if n := strings.IndexByte(text[i:end], '#'); n >= 0 {
			end = i + n
		}
		return i + len(strings.TrimRight(text[i:end], " \t\r"))
	}
}

// endOfBrackets is the end of the array or inline table that begins at i.
func endOfBrackets(text string, i int) int {
	depth := 0
	for i < len(text) {
		switch text[i] {
		case '"', '\'':
			i = endOfString(text, i)
			continue
		case '#':
			i = endOfLine(text, i)
			continue
		case '[', '{':
			depth++
		case ']', '}':
			depth--
		}
		i++
		if depth == 0 {
			break
		}
	}
	return i
}

// endOfString is the end of the string that begins at i, quotes included. One of
// three quotes may itself end in up to two quotes.
func endOfString(text string, i int) int {
	quote := text[i : i+1]
	escapes := quote == `"`
	if three := strings.Repeat(quote, 3); strings.HasPrefix(text[i:], three) {
		quote = three
	}
	for i += len(quote); i < len(text); i++ {
		if escapes && text[i] == '\\' {
			i++
			continue
		}
		if strings.HasPrefix(text[i:], quote) {
			i += len(quote)
			for extra := 0; len(quote) == 3 && extra < 2 && i < len(text) && text[i] == quote[0]; extra++ {
				i++
			}
			return i
		}
	}
	return len(text)
}
