package transcript_test

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"trustdeck/model/transcript"
)

var at = time.Date(2026, 11, 30, 12, 0, 0, 0, time.UTC)

// written is a transcript of so many entries.
func written(t testing.TB, n int) []byte {
	t.Helper()
	var text []byte
	for i := range n {
		is, err := transcript.Read(text)
		if err != nil {
			t.Fatal(err)
		}
		text = append(text, is.Next(transcript.Entry{
			Time: at.Add(time.Duration(i) * time.Minute), What: transcript.Shown, Digest: "ab", Words: []string{"army", "clip"}, Who: "Ada",
			Keys: []transcript.Key{{ID: "8dd36646", Serial: "7"}}, Text: []string{fmt.Sprintf("<b>line %d</b>", i)},
		})...)
	}
	return text
}

// What was written is read, and each change of it is found at its line.
func TestChain(t *testing.T) {
	t.Parallel()
	text := written(t, 4)
	whole, err := transcript.Read(text)
	if err != nil || len(whole.Entries) != 4 || whole.Entries[3].Number != 4 || whole.Entries[1].Who != "Ada" {
		t.Fatalf("%+v, %v", whole, err)
	}
	lines := bytes.SplitAfter(text, []byte{'\n'})[:4]
	for name, row := range map[string]struct {
		text []byte
		line int
		says string
	}{
		"a line changed":     {bytes.Replace(text, []byte("line 1"), []byte("line 9"), 1), 3, "doesn't follow"},
		"a line taken out":   {bytes.Join([][]byte{lines[0], lines[2], lines[3]}, nil), 2, "has the number 3"},
		"a line put in":      {bytes.Join([][]byte{lines[0], lines[1], lines[1], lines[2]}, nil), 3, "has the number 2"},
		"lines exchanged":    {bytes.Join([][]byte{lines[1], lines[0]}, nil), 1, "has the number 2"},
		"cut off":            {text[:len(text)-5], 4, "is cut off"},
		"something else":     {[]byte("hello\n"), 1, "is not as trustdeck writes it"},
		"spelled otherwise":  {bytes.Replace(text, []byte(`{"n":1,`), []byte(`{"n": 1,`), 1), 1, "spelled otherwise"},
		"a member too many":  {bytes.Replace(text, []byte(`{"n":1,`), []byte(`{"x":0,"n":1,`), 1), 1, "unknown field"},
		"another zone":       {bytes.Replace(text, []byte("12:00:00Z"), []byte("12:00:00+01:00"), 1), 1, "not in UTC"},
		"the end of time":    {bytes.Replace(text, []byte("2026-11-30T12:00:00Z"), []byte("9999-12-31T23:59:59-01:00"), 1), 1, "not in UTC"},
		"too large":          {make([]byte, transcript.MaxSize+1), 1, "the limit is"},
		"an empty last line": {append(bytes.Clone(text), '\n'), 5, "is not as trustdeck writes it"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			before, err := transcript.Read(row.text)
			broken, ok := errors.AsType[*transcript.Broken](err)
			if !ok || broken.Line != row.line || !strings.Contains(broken.Text, row.says) || len(before.Entries) != row.line-1 {
				t.Errorf("%d entries before %v", len(before.Entries), err)
			}
		})
	}
}

// Every byte counts: each that is changed is noticed, at its line or, where the line is a good one of
// its own, at the next; of the last line, people compare the hash.
func TestEveryByte(t *testing.T) {
	t.Parallel()
	text := written(t, 3)
	whole, _ := transcript.Read(text)
	for i := range text {
		changed := bytes.Clone(text)
		changed[i] ^= 1
		if is, err := transcript.Read(changed); err == nil && is.Last == whole.Last {
			t.Errorf("byte %d can be changed", i)
		}
	}
}

// What is printed has no markup of its own, and nothing that runs or is loaded.
func TestPage(t *testing.T) {
	t.Parallel()
	is, err := transcript.Read(written(t, 2))
	if err != nil {
		t.Fatal(err)
	}
	page := is.Page()
	html, err := page.HTML()
	if err != nil || strings.Contains(html, "<b>") || strings.Contains(html, "<script") || !strings.Contains(html, "&lt;b&gt;line 1") || !strings.Contains(html, is.Last) {
		t.Errorf("%s, %v", html, err)
	}
	if text := page.Markdown(); !strings.Contains(text, `\<b\>line 1`) || !strings.Contains(text, "## 2. shown, 2026\\-11\\-30 12:01:00 UTC") {
		t.Errorf("%s", text)
	}
}

// Texts that are too long, or no text at all, are made fit, so that every entry can be read again.
func TestNext(t *testing.T) {
	t.Parallel()
	is, _ := transcript.Read(nil)
	line := is.Next(transcript.Entry{Time: at, What: transcript.Signed, Text: []string{strings.Repeat("x", 3*transcript.MaxText), "\xff\x1b[2J"}})
	again, err := transcript.Read(line)
	if err != nil || len(again.Entries[0].Text[0]) > transcript.MaxText+8 {
		t.Errorf("%v", err)
	}
	if html, _ := again.Page().HTML(); strings.Contains(html, "\x1b") {
		t.Error("an escape is printed")
	}
}

func FuzzRead(f *testing.F) {
	f.Add(written(f, 2))
	f.Add([]byte("{}\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		is, err := transcript.Read(text)
		if err != nil {
			return
		}
		if _, err := is.Page().HTML(); err != nil {
			t.Error(err)
		}
		if again, err := transcript.Read(append(text, is.Next(transcript.Entry{Time: at, What: transcript.Merged})...)); err != nil || len(again.Entries) != len(is.Entries)+1 {
			t.Errorf("no entry can be added: %v", err)
		}
	})
}
