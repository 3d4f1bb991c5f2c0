// Package transcript is the record of a ceremony on one machine: a file with a line of JSON for each
// thing that happened, which holds the hash of the line before. A line that was changed, taken out or
// put in breaks the chain. Only what happens to the end leaves no trace: a last line that was changed,
// and lines that were cut off. So people note the hash of the last one.
// It holds no secret.
//
// Entry points: Read, Next, Transcript.Page.
package transcript

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"trustdeck/model"
	"trustdeck/model/display"
	"trustdeck/model/printout"
	"trustdeck/model/strictjson"
)

// Limits on what is read.
const (
	// MaxSize is the largest transcript in bytes, and MaxEntries the most entries.
	MaxSize    = 64 << 20
	MaxEntries = 10_000
	// MaxLines is the most lines of text of an entry, and MaxText the most bytes of each.
	MaxLines = 20_000
	MaxText  = 10_000
)

// What says what happened.
type What string

// What can happen.
const (
	Started What = "started"
	// Checked is what trustdeck has found out of the machine.
	Checked   What = "checked"
	Shown     What = "shown"
	Confirmed What = "confirmed"
	Signed    What = "signed"
	// Answered is a signature that was handed back beside the file.
	Answered  What = "answered"
	Merged    What = "merged"
	Refused   What = "refused"
	Published What = "published"
	// Noted is what a person had written down.
	Noted What = "noted"
)

// Entry is one thing that happened.
type Entry struct {
	// Number counts from 1.
	Number int `json:"n"`
	// Time is that of the machine, in UTC and whole seconds.
	Time time.Time `json:"time"`
	What What      `json:"what"`
	// Digest is that of the ceremony, in hexadecimal, and Words are its beginning in words.
	Digest    string   `json:"digest"`
	Words     []string `json:"words"`
	Rehearsal bool     `json:"rehearsal"`
	// Who is a person, as the ceremony names them; empty where it names no one.
	Who string `json:"who"`
	// Keys are those that the entry is about.
	Keys []Key `json:"keys"`
	// Text is what was shown or confirmed, line by line.
	Text []string `json:"text"`
	// Before is the SHA-256 of the line before, in hexadecimal; of the first line, zeros.
	Before string `json:"before"`
}

// Key is a key, and the token that has it.
type Key struct {
	ID     model.KeyID `json:"id"`
	Serial string      `json:"serial"`
}

// Broken says at which line a transcript is not what was written.
type Broken struct {
	// Line counts from 1.
	Line int
	Text string
}

// Error is the line with what is wrong.
func (b *Broken) Error() string { return fmt.Sprintf("line %d %s", b.Line, b.Text) }

// Transcript is one that was verified.
type Transcript struct {
	Entries []Entry
	// Last is the SHA-256 of the last line, in hexadecimal; zeros where there is none.
	Last string
}

// none is what stands for the hash of a line before the first.
var none = strings.Repeat("0", 2*sha256.Size)

// Read verifies a transcript. What was read before the first line that breaks it is returned beside
// the error, which is a *Broken.
func Read(text []byte) (*Transcript, error) {
	out := &Transcript{Last: none}
	if len(text) > MaxSize {
		return out, &Broken{1, fmt.Sprintf("begins a file of %d bytes; the limit is %d", len(text), MaxSize)}
	}
	for n := 1; len(text) > 0; n++ {
		line, rest, ended := bytes.Cut(text, []byte{'\n'})
		switch {
		case n > MaxEntries:
			return out, &Broken{n, fmt.Sprintf("is one too many: the limit is %d", MaxEntries)}
		case !ended:
			return out, &Broken{n, "is cut off"}
		}
		e, err := parse(line)
		if err != nil {
			return out, &Broken{n, "is not as trustdeck writes it: " + display.Strip(err.Error(), maxReason)}
		}
		switch {
		case e.Number != n:
			return out, &Broken{n, fmt.Sprintf("has the number %d", e.Number)}
		case e.Before != out.Last:
			return out, &Broken{n, "doesn't follow from the line before: one of them was changed, or lines are missing"}
		}
		out.Entries, out.Last, text = append(out.Entries, *e), sum(line), rest
	}
	return out, nil
}

// maxReason is the most characters of a reason.
const maxReason = 200

func sum(line []byte) string {
	hash := sha256.Sum256(line)
	return hex.EncodeToString(hash[:])
}

// parse reads a line, which has one spelling.
func parse(line []byte) (*Entry, error) {
	var e Entry
	if err := strictjson.Decode(line, &e); err != nil {
		return nil, err
	}
	if _, offset := e.Time.Zone(); offset != 0 {
		return nil, errors.New("its time is not in UTC")
	}
	if again := e.encode(); !bytes.Equal(again, line) {
		return nil, errors.New("it is spelled otherwise")
	}
	if len(e.Text) > MaxLines {
		return nil, fmt.Errorf("it has %d lines of text; the limit is %d", len(e.Text), MaxLines)
	}
	return &e, nil
}

// encode spells an entry.
func (e *Entry) encode() []byte {
	out := *e
	out.Time = out.Time.UTC().Truncate(time.Second)
	out.Words, out.Keys, out.Text = append([]string{}, e.Words...), append([]Key{}, e.Keys...), append([]string{}, e.Text...)
	text, err := json.Marshal(out)
	if err != nil {
		panic(fmt.Sprintf("transcript: %v", err)) // all of it can be encoded, within the years that it can have
	}
	return text
}

// Next is the line that adds an entry to a transcript, with its line break. Number and Before are
// set; texts that are too long are cut.
func (t *Transcript) Next(e Entry) []byte {
	e.Number, e.Before = len(t.Entries)+1, t.Last
	var lines []string
	for _, line := range e.Text[:min(len(e.Text), MaxLines)] {
		lines = append(lines, display.Cut(strings.ToValidUTF8(line, "\uFFFD"), MaxText))
	}
	e.Text = lines
	return append(e.encode(), '\n')
}

// Page is the transcript for people to print.
func (t *Transcript) Page() *printout.Page {
	out := &printout.Page{Title: "Transcript of a ceremony"}
	for i := range t.Entries {
		e := &t.Entries[i]
		part := printout.Part{Head: fmt.Sprintf("%d. %s, %s", e.Number, e.What, e.Time.Format("2006-01-02 15:04:05 UTC"))}
		say := func(label, text string) {
			if text != "" {
				part.Lines = append(part.Lines, printout.Lines(label+": "+text)...)
			}
		}
		if e.Rehearsal {
			say("Rehearsal", "nothing of it can be published")
		}
		say("Who", e.Who)
		say("Fingerprint", strings.Join(e.Words, " "))
		for _, k := range e.Keys {
			text := string(k.ID)
			if k.Serial != "" {
				text += ", on the token " + k.Serial
			}
			say("Key", text)
		}
		for _, line := range e.Text {
			part.Lines = append(part.Lines, printout.Line{Text: line, Verbatim: true})
		}
		out.Parts = append(out.Parts, part)
	}
	out.Parts = append(out.Parts, printout.Part{Head: "End", Lines: printout.Lines(
		fmt.Sprintf("Number of entries: %d", len(t.Entries)), "SHA-256 of the last one: "+t.Last)})
	return out
}
