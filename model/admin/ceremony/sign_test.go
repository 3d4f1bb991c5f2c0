package ceremony_test

import (
	"bytes"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"trustdeck/model"
	"trustdeck/model/admin"
	"trustdeck/model/admin/ceremony"
	"trustdeck/model/admin/ceremony/ceremonytest"
	"trustdeck/model/bundle"
	"trustdeck/model/dialect/dialecttest"
	"trustdeck/model/port"
)

// Each person signs on a machine of their own, and the copies come together in any order, again and
// again.
func TestSignAndMerge(t *testing.T) {
	t.Parallel()
	s := ceremonytest.NewScene()
	b := s.Replace()
	central := s.Machine(b, "Ada")
	central.Shelf["ben"], central.Shelf["dan"] = s.Machine(b, "Ben").SignHere(t), s.Machine(b, "Dan").SignHere(t)
	central.SignHere(t)
	f := must(central.Open(ceremonytest.Path))
	if p := ceremony.ProgressOf(f.Opened, ceremonytest.Now); p.Stage != ceremony.Collecting || p.Missing != 1 || p.Next[0].Who != "Ben" || p.Now != "Ben signs root." {
		t.Errorf("after Ada: %+v", p)
	}
	for i, others := range [][]string{{"ben"}, {"dan", "ben"}, {"ben", "dan"}} {
		m, err := central.Merge(ceremonytest.Path, others...)
		if err != nil || len(m.New) != []int{1, 1, 0}[i] {
			t.Fatalf("merging %q brings %d signatures: %v", others, len(m.New), err)
		}
	}
	f = must(central.Open(ceremonytest.Path))
	if p := ceremony.ProgressOf(f.Opened, ceremonytest.Now); !f.Complete() || p.Stage != ceremony.Complete || p.Missing != 0 || len(p.Next) > 0 {
		t.Errorf("in the end: %+v", p)
	}
	before := central.Shelf[ceremonytest.Path]
	if central.SignHere(t); central.Store.Closed != 2 {
		t.Errorf("the key was closed %d times", central.Store.Closed)
	}
	if len(must(central.Open(ceremonytest.Path)).Bundle().Signatures) != len(must(bundle.Decode(before)).Signatures) {
		t.Error("to sign again adds a signature")
	}
}

// A wrong passphrase ends nothing, and what was typed is overwritten.
func TestSecrets(t *testing.T) {
	t.Parallel()
	s := ceremonytest.NewScene()
	m := s.Machine(s.Replace(), "Ada")
	m.Answers = []string{"wrong", "worse", "right"}
	m.SignHere(t)
	for _, given := range m.Given {
		if len(bytes.Trim(given, "\x00")) > 0 {
			t.Errorf("%q is left in memory", given)
		}
	}
	if m.Asked != 3 || bytes.Contains(m.Shelf[ceremonytest.Path], []byte("right")) {
		t.Errorf("asked %d times", m.Asked)
	}
}

// Nothing is signed, and no secret asked for, where the person or the file is wrong.
func TestNotSigned(t *testing.T) {
	t.Parallel()
	s := ceremonytest.NewScene()
	for name, row := range map[string]struct {
		hurt func(m *ceremonytest.Machine, w *ceremony.Signing)
		says string
		who  string
	}{
		"clock": {says: "more than an hour off", hurt: func(_ *ceremonytest.Machine, w *ceremony.Signing) { w.Time = ceremonytest.Now.Add(61 * time.Minute) }},
		"slow":  {says: "more than an hour off", hurt: func(_ *ceremonytest.Machine, w *ceremony.Signing) { w.Time = ceremonytest.Now.Add(-61 * time.Minute) }},
		"another file": {says: "no longer the one", hurt: func(m *ceremonytest.Machine, _ *ceremony.Signing) {
			b := must(bundle.Decode(m.Shelf[ceremonytest.Path]))
			b.Title = "Something else"
			m.Shelf[ceremonytest.Path] = b.Encode()
		}},
		"not open": {says: "the ceremony opens at", hurt: func(m *ceremonytest.Machine, w *ceremony.Signing) {
			w.Time = dialecttest.At
			m.Clock = func() time.Time { return dialecttest.At }
		}},
		"expired": {says: "the ceremony expired at", hurt: func(m *ceremonytest.Machine, w *ceremony.Signing) {
			w.Time = ceremonytest.Now.AddDate(0, 1, 0)
			m.Clock = func() time.Time { return w.Time }
		}},
		"serial": {says: "has the serial number 7, not 8", hurt: func(m *ceremonytest.Machine, w *ceremony.Signing) {
			m.Keys = port.KeyStores{ceremonytest.Token{Store: m.Store}}
			w.Key.Private.Store, w.Key.Serial, w.Serial = "YubiKey 7", "7", "8"
		}},
		"no root known":    {says: "signed none of the published roots", who: "Dan", hurt: func(_ *ceremonytest.Machine, w *ceremony.Signing) { w.Root = bundle.Digest{} }},
		"wrong root known": {says: "signed none of the published roots", who: "Dan", hurt: func(_ *ceremonytest.Machine, w *ceremony.Signing) { w.Root = bundle.Digest{1} }},
		"gone":             {says: "not here", hurt: func(m *ceremonytest.Machine, _ *ceremony.Signing) { delete(m.Shelf, ceremonytest.Path) }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			who := "Ada"
			if row.who != "" {
				who = row.who
			}
			m := s.Machine(s.Replace(), who)
			w := m.Signing(t)
			row.hurt(m, &w)
			before := bytes.Clone(m.Shelf[ceremonytest.Path])
			if _, err := m.Sign(t.Context(), w, ceremony.Run{Secrets: m}); !says(err, row.says) || model.HintOf(err) == "" && name != "gone" {
				t.Errorf("%v", err)
			}
			if m.Asked > 0 || !bytes.Equal(before, m.Shelf[ceremonytest.Path]) {
				t.Error("a secret was asked for, or the file was changed")
			}
		})
	}
}

// A key that has signed a published root needs no other proof that the roots are right. Cleo's is one of
// its keys, and two others have signed it.
func TestAnchored(t *testing.T) {
	t.Parallel()
	s := ceremonytest.NewScene()
	for name, anchor := range map[string]int64{"Ada": 2, "Ben": 2, "Cleo": 0, "Dan": 0} {
		m := s.Machine(s.Replace(), name)
		if w := m.Signing(t); w.Key.Anchor != anchor {
			t.Errorf("%s has signed root %d", name, w.Key.Anchor)
		}
	}
}

// A token must be the one that the person holds, and its touch is asked for by name.
func TestToken(t *testing.T) {
	t.Parallel()
	s := ceremonytest.NewScene()
	m := s.Machine(s.Replace(), "Ada")
	m.Keys = port.KeyStores{ceremonytest.Token{Store: m.Store}}
	w := m.Signing(t)
	if w.Key.Serial != "7" || w.Key.Name() != "Ada's key "+w.Key.IDs[0].Short()+" on YubiKey 7" {
		t.Errorf("%+v", w.Key)
	}
	w.Serial = "7"
	var last []admin.Step
	if _, err := m.Sign(t.Context(), w, ceremony.Run{Secrets: m, Watch: func(steps []admin.Step) { last = steps }}); err != nil {
		t.Fatal(err)
	}
	if i := slices.IndexFunc(last, func(s admin.Step) bool { return s.State != admin.StepDone }); i >= 0 || len(last) != 4 {
		t.Errorf("%+v", last)
	}
}

// A signature that is not one over what was asked for is refused before anything is written.
func TestBrokenKey(t *testing.T) {
	t.Parallel()
	s := ceremonytest.NewScene()
	m := s.Machine(s.Replace(), "Ada")
	m.Store.Broken = true
	before := bytes.Clone(m.Shelf[ceremonytest.Path])
	_, err := m.Sign(t.Context(), m.Signing(t), ceremony.Run{Secrets: m})
	if bundle.ReasonOf(err) != bundle.WrongPayload || !bytes.Equal(before, m.Shelf[ceremonytest.Path]) {
		t.Errorf("%v", err)
	}
}

// Signatures are handed back as text from a machine that leaves the file as it is.
func TestAnswer(t *testing.T) {
	t.Parallel()
	s := ceremonytest.NewScene()
	b := s.Replace()
	away, central := s.Machine(b, "Dan"), s.Machine(b, "Ada")
	w := away.Signing(t)
	w.Apart = true
	signed := must(away.Sign(t.Context(), w, ceremony.Run{Secrets: away}))
	if !bytes.Equal(away.Shelf[ceremonytest.Path], central.Shelf[ceremonytest.Path]) {
		t.Error("the file was changed")
	}
	answer := must(signed.Answer(w.Key.IDs...))
	text := ""
	for _, line := range answer.Lines {
		text += line + "\n"
	}
	m, err := central.MergeAnswer(ceremonytest.Path, text)
	if err != nil || len(m.New) != 1 {
		t.Fatalf("%v", err)
	}
	if _, err := central.MergeAnswer(ceremonytest.Path, text[:len(text)-9]); bundle.ReasonOf(err) != bundle.BadAnswer {
		t.Errorf("cut off: %v", err)
	}
}

// Copies that are not of the ceremony are refused by name, with their ceremonytest.Path, and nothing is taken.
func TestNotMerged(t *testing.T) {
	t.Parallel()
	s := ceremonytest.NewScene()
	b := s.Replace()
	ben := s.Machine(b, "Ben").SignHere(t)
	for name, row := range map[string]struct {
		content func() []byte
		reason  bundle.Reason
	}{
		"something else": {func() []byte { return []byte("{}") }, bundle.NotBundle},
		"other dates": {func() []byte {
			other := *b
			other.Dates.Target = other.Dates.Target.Add(time.Hour)
			return other.Encode()
		}, bundle.AlteredCopy},
		"rehearsal": {func() []byte {
			other := *b
			other.Rehearsal = true
			return other.Encode()
		}, bundle.RehearsalAndReal},
		"newer": {func() []byte { return bytes.Replace(b.Encode(), []byte("ceremony/v1"), []byte("ceremony/v2"), 1) }, bundle.Newer},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := s.Machine(b, "Ada")
			m.Shelf["ben"], m.Shelf["other"] = ben, row.content()
			before := bytes.Clone(m.Shelf[ceremonytest.Path])
			_, err := m.Merge(ceremonytest.Path, "ben", "other")
			if bundle.ReasonOf(err) != row.reason || !says(err, "other") || !bytes.Equal(before, m.Shelf[ceremonytest.Path]) {
				t.Errorf("%v", err)
			}
		})
	}
}

// What is still asked can be written in the form that other programs hand on.
func TestPartial(t *testing.T) {
	t.Parallel()
	s := ceremonytest.NewScene()
	m := s.Machine(s.Replace(), "Ada")
	m.SignHere(t)
	f := must(m.Open(ceremonytest.Path))
	if err := m.Partial(f, model.RoleRoot, "3.root.json"); err != nil || len(m.Shelf["3.root.json"]) == 0 {
		t.Errorf("%v", err)
	}
	if err := m.Partial(f, model.RoleTargets, "4.targets.json"); model.KindOf(err) != model.FaultUsage {
		t.Errorf("%v", err)
	}
	if err := m.Partial(f, model.RoleRoot, "3.root.json"); err == nil {
		t.Error("a file was replaced")
	}
}

// The transcript says what was shown, confirmed, signed, merged and refused; one that was changed is
// not continued, and nothing is signed beside it.
func TestTranscript(t *testing.T) {
	t.Parallel()
	s := ceremonytest.NewScene()
	b := s.Replace()
	m := s.Machine(b, "Ada")
	m.Shelf["ben"] = s.Machine(b, "Ben").SignHere(t)
	w := m.Signing(t)
	w.Shown, w.Confirmed = []string{"root: version 3"}, []string{"time"}
	if _, err := m.Sign(t.Context(), w, ceremony.Run{Secrets: m}); err != nil {
		t.Fatal(err)
	}
	if _, err := m.Merge(ceremonytest.Path, "ben"); err != nil {
		t.Fatal(err)
	}
	other := *b
	other.Rehearsal = true
	m.Shelf["other"] = other.Encode()
	if _, err := m.Merge(ceremonytest.Path, "other"); err == nil {
		t.Error("a rehearsal is merged")
	}
	is, err := m.ReadTranscript(ceremony.TranscriptOf(ceremonytest.Path))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, e := range is.Entries {
		got = append(got, string(e.What)+" "+e.Who)
		if e.Digest != b.Digest().String() || !e.Time.Equal(ceremonytest.Now) {
			t.Errorf("%+v", e)
		}
	}
	if want := []string{"shown Ada", "confirmed Ada", "signed Ada", "merged ", "refused "}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	if is.Entries[0].Text[0] != "root: version 3" || is.Entries[2].Keys[0].ID != w.Key.IDs[0] {
		t.Errorf("%+v", is.Entries)
	}
	name := ceremony.TranscriptOf(ceremonytest.Path)
	m.Shelf[name] = bytes.Replace(m.Shelf[name], []byte("version 3"), []byte("version 4"), 1)
	if _, err := m.ReadTranscript(name); !says(err, "line 2 ") {
		t.Errorf("%v", err)
	}
	asked := m.Asked
	if _, err := m.Sign(t.Context(), m.Signing(t), ceremony.Run{Secrets: m}); !says(err, "the transcript was changed") || m.Asked != asked {
		t.Errorf("%v", err)
	}
}

// The script names each person with what they sign, and has the words to read aloud.
func TestScript(t *testing.T) {
	t.Parallel()
	s := ceremonytest.NewScene()
	m := s.Machine(s.Replace(), "Ada")
	f := must(m.Open(ceremonytest.Path))
	text := ceremony.Script(f.Opened).Markdown()
	for _, want := range append([]string{"# Replace Cleo", "## Ada signs root", "## Cleo signs root", "## Dan signs root", "- [ ] "}, f.Digest().Words()...) {
		if !strings.Contains(text, want) {
			t.Errorf("%q is not in\n%s", want, text)
		}
	}
}

// The dates of a ceremony are four appointments, in lines that calendars take.
func TestCalendar(t *testing.T) {
	t.Parallel()
	s := ceremonytest.NewScene()
	b := s.Replace()
	b.Title = "Replace Cleo, who leaves; Dan comes: ü" + strings.Repeat("ü", 40)
	f := must(s.Machine(b, "Ada").Open(ceremonytest.Path))
	text := ceremony.Calendar(f.Opened)
	for line := range strings.SplitSeq(strings.TrimSuffix(text, "\r\n"), "\r\n") {
		if len(line) > 75 || strings.ContainsAny(line, "\r\n") || !utf8.ValidString(line) {
			t.Errorf("%q", line)
		}
	}
	whole := strings.ReplaceAll(text, "\r\n ", "")
	if strings.Count(whole, "BEGIN:VEVENT") != 4 || !strings.Contains(whole, `SUMMARY:Replace Cleo\, who leaves\; Dan comes: ü`) || !strings.Contains(whole, "DTSTART:"+b.Dates.LastSafe.Format("20060102T150405Z")) {
		t.Errorf("%s", whole)
	}
}
