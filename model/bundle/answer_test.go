package bundle_test

import (
	"crypto/rand"
	"crypto/rsa"
	"errors"
	mathrand "math/rand/v2"
	"slices"
	"strings"
	"testing"

	"trustdeck/model"
	"trustdeck/model/bundle"
	"trustdeck/model/dialect/dialecttest"
	"trustdeck/model/linecode"
	"trustdeck/model/qrcode"
)

// answerOf is what a person hands back who has signed alone.
func (s *scene) answerOf(t testing.TB, b *bundle.Bundle, name string) bundle.Answer {
	t.Helper()
	o := open(t, s.sign(t, b, name))
	answer, err := o.Answer(s.Dialect.CanonicalID(s.people[name].Listed))
	if err != nil {
		t.Fatal(err)
	}
	return answer
}

// A signature comes back as a few lines of text or as a QR code, and is what it was.
func TestAnswer(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, subject dialecttest.Subject) {
		s := newScene(subject, 2, 3)
		b := s.bundle(s.rootOf(2, "Ada", "Ben", "Dan"))
		o := open(t, b)
		for _, name := range []string{"Ada", "Cleo", "Dan"} {
			answer := s.answerOf(t, b, name)
			if n := len(answer.Lines); n < 5 || n > 6 {
				t.Errorf("it has %d lines", n)
			}
			if _, err := o.Take(strings.ToLower(strings.Join(answer.Lines, "\n"))); err != nil {
				t.Fatal(err)
			}
			slices.Reverse(answer.Codes)
			taken, err := o.Take(strings.Join(answer.Codes, "\n"))
			if err != nil || len(taken) != 1 || taken[0].Role != model.RoleRoot || taken[0].KeyID != s.people[name].Listed.ID {
				t.Errorf("%+v: %v", taken, err)
			}
			for _, code := range answer.Codes {
				drawn, err := qrcode.New(code)
				if err != nil || len(drawn.Lines()) > 21 {
					t.Errorf("%s: %v", code, err)
				}
			}
		}
		checkPublished(t, s, o)
	})
}

// A key that signs root and targets answers with both.
func TestLongAnswer(t *testing.T) {
	t.Parallel()
	s := newScene(subjects["tuf"], 2, 3)
	ada := s.listed("Ada")[0]
	targets := model.RotateKey{Role: model.RoleTargets, Keys: model.RoleKeys{Threshold: 1, Keys: []model.KeyChoice{{Source: model.KeyGiven, Public: ada}}}}
	s.Keys[model.RoleTargets] = append(s.Keys[model.RoleTargets], s.people["Ada"])
	b := s.bundle(s.rootOf(2, "Ada", "Ben", "Dan"), targets)
	answer := s.answerOf(t, b, "Ada")
	if len(answer.Codes) < 2 {
		t.Errorf("%d lines are in %d codes", len(answer.Lines), len(answer.Codes))
	}
	o := open(t, b)
	if taken, err := o.Take(strings.Join(answer.Lines, " ")); err != nil || len(taken) != 2 || taken[1].Role != model.RoleTargets {
		t.Errorf("%+v: %v", taken, err)
	}
}

// An answer that is typed wrongly, or for something else, is refused by name.
func TestAnswersRefused(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, subject dialecttest.Subject) {
		s := newScene(subject, 2, 3)
		b := s.bundle(s.rootOf(2, "Ada", "Ben", "Dan"))
		lines := s.answerOf(t, b, "Ada").Lines
		rehearsed := must(bundle.Decode(b.Encode()))
		rehearsed.Rehearsal = true
		later := must(bundle.Decode(b.Encode()))
		later.Title = "Another one"
		typed := func(lines []string) string { return strings.Join(lines, "\n") }
		o := open(t, b)
		for why, c := range map[string]struct {
			o      *bundle.Opened
			text   string
			reason bundle.Reason
			line   int
		}{
			"a typo":                      {o, typed(lines[:3]) + "\n" + swapped(lines[3]) + "\n" + typed(lines[4:]), bundle.BadAnswer, 4},
			"a line is missing":           {o, typed(slices.Delete(slices.Clone(lines), 1, 2)), bundle.BadAnswer, 2},
			"the last lines are missing":  {o, typed(lines[:3]), bundle.BadAnswer, 4},
			"nothing":                     {o, "", bundle.BadAnswer, 0},
			"another form":                {o, typed(must(linecode.Encode(make([]byte, 80)))), bundle.BadAnswer, 0},
			"too much":                    {o, typed(must(linecode.Encode(append(must(linecode.Decode(typed(lines))), 0)))), bundle.BadAnswer, 0},
			"an answer of a rehearsal":    {o, typed(s.answerOf(t, rehearsed, "Ada").Lines), bundle.RehearsalAndReal, 0},
			"an answer in a rehearsal":    {open(t, rehearsed), typed(lines), bundle.RehearsalAndReal, 0},
			"an answer to something else": {o, typed(s.answerOf(t, later, "Ada").Lines), bundle.OtherCeremony, 0},
		} {
			var err error
			checkRefused(t, why, func() error { _, err = c.o.Take(c.text); return err }, c.reason)
			at, _ := errors.AsType[*linecode.Error](err)
			if c.line > 0 && (at == nil || at.Line != c.line) {
				t.Errorf("%s: %v, want line %d", why, err, c.line)
			}
		}
		if len(o.Bundle().Signatures) > 0 {
			t.Error("a part of an answer was taken")
		}
		checkRefused(t, "an answer without a signature", func() error {
			_, err := o.Answer(s.Dialect.CanonicalID(s.people["Ada"].Listed))
			return err
		}, bundle.Incomplete)
	})
}

// swapped is a line with two different characters in each other's places.
func swapped(line string) string {
	b := []byte(line)
	for i := 1; i < len(b); i++ {
		if b[i] != b[i-1] && b[i] != ' ' && b[i-1] != ' ' {
			b[i], b[i-1] = b[i-1], b[i]
			return string(b)
		}
	}
	return line
}

// Whatever bytes an answer has, it is taken with valid signatures or refused by name.
func TestAnswersAltered(t *testing.T) {
	t.Parallel()
	s := newScene(subjects["notary"], 2, 3)
	b := s.bundle(s.rootOf(2, "Ada", "Ben", "Dan"))
	data := must(linecode.Decode(strings.Join(s.answerOf(t, b, "Ada").Lines, " ")))
	for range 60 {
		altered := slices.Clone(data)
		altered[mathrand.IntN(len(altered))] ^= byte(1 << mathrand.IntN(8))
		o := open(t, b)
		taken, err := o.Take(strings.Join(must(linecode.Encode(altered)), "\n"))
		if err == nil || bundle.ReasonOf(err) == "" || len(taken) > 0 || len(o.Bundle().Signatures) > 0 {
			t.Errorf("%x: %v", altered, err)
		}
	}
}

// Signatures that no one would type travel in the file alone.
func TestTooLongToType(t *testing.T) {
	t.Parallel()
	s := newScene(subjects["tuf"], 2, 3)
	private := must(rsa.GenerateKey(rand.Reader, 3072))
	s.people["Dan"] = dialecttest.Key{Private: private, Listed: must(s.Dialect.Bare(private.Public()))}
	o := open(t, s.sign(t, s.bundle(s.rootOf(2, "Ada", "Ben", "Dan")), "Dan"))
	checkRefused(t, "384 bytes", func() error {
		_, err := o.Answer(s.Dialect.CanonicalID(s.people["Dan"].Listed))
		return err
	}, bundle.TooLong)
}

// Whatever an answer holds, it is taken with valid signatures or refused by name.
func FuzzTake(f *testing.F) {
	s := newScene(subjects["notary"], 2, 3)
	b := s.bundle(s.rootOf(2, "Ada", "Ben", "Dan"))
	f.Add(must(linecode.Decode(strings.Join(s.answerOf(f, b, "Ada").Lines, " "))))
	f.Add([]byte{0x10})
	f.Fuzz(func(t *testing.T, data []byte) {
		lines, err := linecode.Encode(data)
		if err != nil {
			return
		}
		o := open(t, b)
		if taken, err := o.Take(strings.Join(lines, "\n")); (err == nil) != (len(taken) > 0) || err != nil && bundle.ReasonOf(err) == "" {
			t.Errorf("%+v: %v", taken, err)
		}
	})
}
