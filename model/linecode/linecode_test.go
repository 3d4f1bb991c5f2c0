package linecode_test

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"trustdeck/model/linecode"
)

const alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

func random(n int) []byte {
	out := make([]byte, n)
	for i := range out {
		out[i] = byte(rand.Uint32())
	}
	return out
}

func encode(t testing.TB, data []byte) []string {
	t.Helper()
	lines, err := linecode.Encode(data)
	if err != nil {
		t.Fatal(err)
	}
	return lines
}

// Every length that can be written is read, however it is typed.
func TestEveryLength(t *testing.T) {
	t.Parallel()
	for n := 1; n <= linecode.MaxBytes; n++ {
		data := random(n)
		lines := encode(t, data)
		text := strings.Join(lines, "\n")
		for how, typed := range map[string]string{
			"as written":              text,
			"in lower case":           strings.ToLower(text),
			"without spaces":          strings.ReplaceAll(text, " ", ""),
			"with hyphens":            strings.ReplaceAll(text, " ", "-"),
			"with carriage returns":   "\r\n" + strings.Join(lines, "\r\n\r\n") + "\r\n",
			"indented":                "  " + strings.Join(lines, " \n\t"),
			"on one line":             strings.Join(lines, " "),
			"with letters for digits": strings.NewReplacer("0", "o", "1", "l").Replace(text),
			"with capital I":          strings.ReplaceAll(text, "1", "I"),
			"twice":                   text + "\n" + text,
		} {
			if got, err := linecode.Decode(typed); err != nil || !bytes.Equal(got, data) {
				t.Fatalf("%d bytes %s: %v", n, how, err)
			}
		}
		slices.Reverse(lines)
		if got, err := linecode.Decode(strings.Join(lines, "\n")); err != nil || !bytes.Equal(got, data) {
			t.Fatalf("%d bytes from the last line to the first: %v", n, err)
		}
	}
	for _, n := range []int{0, linecode.MaxBytes + 1} {
		if _, err := linecode.Encode(make([]byte, n)); err == nil {
			t.Errorf("%d bytes are written", n)
		}
	}
}

// A text that a mail program has wrapped anywhere is read.
func TestWrapped(t *testing.T) {
	t.Parallel()
	data := random(70)
	text := strings.Join(encode(t, data), " ")
	for width := 1; width < len(text); width++ {
		var rows []string
		for row := range slices.Chunk([]byte(text), width) {
			rows = append(rows, string(row))
		}
		if got, err := linecode.Decode(strings.Join(rows, "\n")); err != nil || !bytes.Equal(got, data) {
			t.Fatalf("wrapped after %d characters: %v", width, err)
		}
	}
}

// Up to three wrong characters in a line are noticed, and the line is named.
func TestTypos(t *testing.T) {
	t.Parallel()
	lines := encode(t, random(75))
	rounds := 60_000
	if testing.Short() {
		rounds = 5_000
	}
	for range rounds {
		n := rand.IntN(len(lines))
		typed := []byte(strings.ReplaceAll(lines[n], " ", ""))
		was := string(typed)
		for range 1 + rand.IntN(3) {
			typed[rand.IntN(len(typed))] = alphabet[rand.IntN(len(alphabet))]
		}
		if string(typed) == was {
			continue
		}
		rows := slices.Clone(lines)
		rows[n] = string(typed)
		_, err := linecode.Decode(strings.Join(rows, "\n"))
		if line := blamed(err); line != n+1 {
			t.Fatalf("%s for %s: %v", typed, was, err)
		}
	}
}

func blamed(err error) int {
	if e, ok := errors.AsType[*linecode.Error](err); ok {
		return e.Line
	}
	return 0
}

// What is missing, too short, mixed up or foreign is named by its line.
func TestMistakes(t *testing.T) {
	t.Parallel()
	lines, other := encode(t, bytes.Repeat([]byte{1}, 70)), encode(t, bytes.Repeat([]byte{2}, 70))
	edit := func(n int, line string) string {
		rows := slices.Clone(lines)
		rows[n] = line
		return strings.Join(rows, "\n")
	}
	for why, c := range map[string]struct {
		typed string
		line  int
		text  string
	}{
		"a line is missing":            {strings.Join(slices.Delete(slices.Clone(lines), 1, 2), "\n"), 2, "is missing: it begins with 2"},
		"the first line is missing":    {strings.Join(lines[1:], "\n"), 1, "is missing: it begins with 1"},
		"a character is missing":       {edit(2, lines[2][1:]), 3, "or is not complete: it has 27 characters, and a full line has 28"},
		"a character too many":         {edit(2, lines[2]+"A"), 3, "has 1 character too many"},
		"two characters change places": {edit(1, lines[1][:2]+lines[1][3:4]+lines[1][2:3]+lines[1][4:]), 0, ""},
		"a line of another text":       {strings.Join(lines, "\n") + "\n" + other[0], 6, "begins with 1, as another line does"},
		"a letter that isn't used":     {edit(3, "U"+lines[3][1:]), 4, "has a character that isn't used: U"},
		"a character that isn't shown": {edit(3, "\x1b"+lines[3][1:]), 4, `has a character that isn't used: "\x1b"`},
		"a line of nothing":            {edit(0, "0000 0000 0000 0000 0000 0000 0000"), 1, "has a mistake"},
		"a word":                       {"HELLO", 1, "has a mistake, or is not complete"},
		"a letter":                     {"A", 1, "is too short: it has 1 character"},
	} {
		_, err := linecode.Decode(c.typed)
		if c.text == "" && err == nil {
			continue // both characters were the same
		}
		if err == nil || c.line > 0 && blamed(err) != c.line || !strings.Contains(err.Error(), c.text) {
			t.Errorf("%s: %v, want line %d %s", why, err, c.line, c.text)
		}
	}
	for _, nothing := range []string{"", " \n\t-\n", strings.Repeat("A", 1<<15)} {
		if _, err := linecode.Decode(nothing); err == nil || blamed(err) != 0 {
			t.Errorf("%.20q: %v", nothing, err)
		}
	}
}

// A line has 28 characters in seven groups, of letters that a QR code holds in little room.
func TestForm(t *testing.T) {
	t.Parallel()
	for i, line := range encode(t, random(60)) {
		if len(strings.Fields(line)) != 7 || len(line) != 34 || strings.Trim(line, alphabet+" ") != "" || line[0] != alphabet[i+1] {
			t.Errorf("line %d is %q", i+1, line)
		}
	}
}

// What is read is written again as the same lines.
func FuzzDecode(f *testing.F) {
	for _, n := range []int{1, 15, 16, 75, 465} {
		f.Add(strings.Join(encode(f, random(n)), "\n"))
	}
	f.Add("1")
	f.Fuzz(func(t *testing.T, text string) {
		data, err := linecode.Decode(text)
		if err != nil {
			return
		}
		again, err := linecode.Decode(strings.Join(encode(t, data), "\n"))
		if err != nil || !bytes.Equal(again, data) {
			t.Errorf("%x is read again as %x: %v", data, again, err)
		}
	})
}
