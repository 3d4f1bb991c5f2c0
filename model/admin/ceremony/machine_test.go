package ceremony_test

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"trustdeck/model"
	"trustdeck/model/admin/ceremony"
	"trustdeck/model/admin/ceremony/ceremonytest"
	"trustdeck/model/bundle"
	"trustdeck/model/port"
	"trustdeck/model/transcript"
)

// computer is a machine as it says itself.
type computer model.Machine

func (c computer) Machine() model.Machine { return model.Machine(c) }

// What a machine is like is said plainly: a network where people sign and memory on a disk are warnings,
// and the checksum of the program is words to read aloud. What the system calls things can't forge a line.
func TestMachineFacts(t *testing.T) {
	t.Parallel()
	connected := model.Machine{
		Network: model.Yes, Interfaces: []string{"eth0", "wl\x1b[2Jan\n0"}, Route: model.Yes, Swap: model.Yes, Swaps: []string{"/dev/sda2"},
		Version: "1.2.3", Checksum: make([]byte, 32),
	}
	for name, row := range map[string]struct {
		m     model.Machine
		signs bool
		says  []string
		warns int
	}{
		"apart": {model.Machine{Network: model.No, Swap: model.No}, true, []string{"Network: none", "Swap: none", "of an unknown version", "checksum can't be found out"}, 0},
		"signs with a network": {connected, true, []string{
			"Network: connected by eth0, wl", ", with a default route. Signing needs no network: disconnect this machine",
			"Swap: in use: /dev/sda2.", "Program: trustdeck 1.2.3", "SHA-256 " + strings.Repeat("00", 32), "in words: abandon abandon",
		}, 2},
		"prepares":      {connected, false, []string{"Network: connected by eth0"}, 1},
		"nothing known": {model.Machine{}, true, []string{"Network: trustdeck can't tell", "Swap: trustdeck can't tell"}, 0},
		"many":          {model.Machine{Network: model.Yes, Interfaces: slices.Repeat([]string{"x"}, 10)}, true, []string{"x, x and 2 more"}, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			text, warns := "", 0
			for _, f := range ceremony.MachineFacts(row.m, row.signs) {
				if strings.ContainsAny(f.String(), "\n\x1b") {
					t.Errorf("%q", f.String())
				}
				if text += f.String() + "\n"; f.Warns {
					warns++
				}
			}
			for _, says := range row.says {
				if !strings.Contains(text, says) {
					t.Errorf("%q is not in\n%s", says, text)
				}
			}
			if warns != row.warns {
				t.Errorf("%d warnings, want %d:\n%s", warns, row.warns, text)
			}
		})
	}
	if n := len(ceremony.ProgramWords(connected)); n != 24 {
		t.Errorf("%d words", n)
	}
}

// The transcript of each machine says what that was like before anyone signed.
func TestMachineIsRecorded(t *testing.T) {
	t.Parallel()
	s := ceremonytest.NewScene()
	m := s.Machine(s.Replace(), "Ada")
	m.Computer = computer{Network: model.Yes, Interfaces: []string{"eth0"}}
	m.SignHere(t)
	is := must(m.ReadTranscript(ceremony.TranscriptOf(ceremonytest.Path)))
	if e := is.Entries[0]; e.What != transcript.Checked || !strings.Contains(strings.Join(e.Text, "\n"), "Network: connected by eth0") || e.Who != "Ada" {
		t.Errorf("%+v", e)
	}
}

// plugged are tokens that say how many wrong PINs they take.
type plugged struct {
	one
	left int
}

// one is what is not asked of them.
type one interface{ port.Tokens }

func (p plugged) Tokens(context.Context) ([]model.Token, *model.Fault) {
	return []model.Token{{Serial: "8", PIN: model.TokenSecret{TriesLeft: 9}}, {Serial: "7", PIN: model.TokenSecret{TriesLeft: p.left}}}, nil
}

// asking notes each question for a secret.
type asking struct {
	*ceremonytest.Machine
	asks []port.SecretAsk
}

func (a *asking) Ask(ctx context.Context, ask port.SecretAsk) ([]byte, error) {
	a.asks = append(a.asks, ask)
	return a.Machine.Ask(ctx, ask)
}

// How many wrong PINs a token takes is said before the first one is asked for, and whether it is the last.
func TestTriesBeforePIN(t *testing.T) {
	t.Parallel()
	s := ceremonytest.NewScene()
	for left, want := range map[int]port.SecretAsk{3: {TriesLeft: 3}, 1: {TriesLeft: 1, LastTry: true}, -1: {}} {
		m := s.Machine(s.Replace(), "Ada")
		m.Keys, m.Tokens = port.KeyStores{ceremonytest.Token{Store: m.Store}}, plugged{left: left}
		w := m.Signing(t)
		w.Key.Private.Store, w.Serial = "YubiKey 7", "7"
		who := &asking{Machine: m}
		if _, err := m.Sign(t.Context(), w, ceremony.Run{Secrets: who}); err != nil {
			t.Fatal(err)
		}
		if got := who.asks[0]; got.TriesLeft != want.TriesLeft || got.LastTry != want.LastTry {
			t.Errorf("with %d tries left it asks %+v", left, got)
		}
	}
}

// blocked are locks that no one gets.
type blocked struct{}

var errBlocked = &model.Fault{Kind: model.FaultLocal, Text: "another trustdeck has it", Hint: "Wait."}

func (blocked) Lock(string) (func() error, error) { return nil, errBlocked }

// A file that another program changes is not changed, and neither is the transcript.
func TestLocked(t *testing.T) {
	t.Parallel()
	s := ceremonytest.NewScene()
	b := s.Replace()
	m := s.Machine(b, "Ada")
	m.Shelf["ben"] = s.Machine(b, "Ben").SignHere(t)
	before := bytes.Clone(m.Shelf[ceremonytest.Path])
	m.Locks = blocked{}
	if _, err := m.Merge(ceremonytest.Path, "ben"); !errors.Is(err, errBlocked) {
		t.Errorf("%v", err)
	}
	if _, err := m.Sign(t.Context(), m.Signing(t), ceremony.Run{Secrets: m}); !errors.Is(err, errBlocked) || m.Asked > 0 {
		t.Errorf("%v", err)
	}
	if !bytes.Equal(before, m.Shelf[ceremonytest.Path]) || m.Shelf[ceremony.TranscriptOf(ceremonytest.Path)] != nil {
		t.Error("something was written")
	}
}

// readOnly is a medium that can't be written.
type readOnly struct{ ceremonytest.Shelf }

func (readOnly) Replace(string, []byte) error {
	return &model.Fault{Kind: model.FaultLocal, Text: "read-only"}
}

// One who hands back the signatures in lines keeps a transcript too: beside the file, or elsewhere. A
// medium that can't be written ends nothing, and that there is no transcript is said.
func TestAnswerIsRecorded(t *testing.T) {
	t.Parallel()
	s := ceremonytest.NewScene()
	m := s.Machine(s.Replace(), "Ada")
	w := m.Signing(t)
	w.Apart = true
	for name, row := range map[string]struct{ to, at string }{"beside": {"", ceremony.TranscriptOf(ceremonytest.Path)}, "elsewhere": {"mine", "mine"}} {
		w.Transcript = row.to
		if f, err := m.Sign(t.Context(), w, ceremony.Run{Secrets: m}); err != nil || f.Unrecorded != nil {
			t.Errorf("%s: %v", name, err)
		}
		is, err := m.ReadTranscript(row.at)
		if err != nil || is.Entries[len(is.Entries)-1].What != transcript.Answered {
			t.Errorf("%s: %v", name, err)
		}
	}
	m.Files, w.Transcript = readOnly{m.Shelf}, ""
	f, err := m.Sign(t.Context(), w, ceremony.Run{Secrets: m})
	if err != nil || !says(f.Unrecorded, "read-only") || !f.Quorums(model.RoleRoot)[0].Members[0].Signed {
		t.Errorf("%v", err)
	}
	w.Transcript = "mine"
	if _, err := m.Sign(t.Context(), w, ceremony.Run{Secrets: m}); !says(err, "read-only") {
		t.Errorf("a transcript that was asked for: %v", err)
	}
}

// What a person has to say is in the transcript too, also when the ceremony is over.
func TestNote(t *testing.T) {
	t.Parallel()
	s := ceremonytest.NewScene()
	m := s.Machine(s.Replace(), "Ada")
	m.Clock = func() time.Time { return ceremonytest.Now.AddDate(1, 0, 0) }
	if err := m.Note(ceremonytest.Path, "Ada", []string{"bag 4711 sealed"}); err != nil {
		t.Fatal(err)
	}
	e := must(m.ReadTranscript(ceremony.TranscriptOf(ceremonytest.Path))).Entries[0]
	if e.What != transcript.Noted || e.Who != "Ada" || e.Text[0] != "bag 4711 sealed" || e.Digest != s.Replace().Digest().String() {
		t.Errorf("%+v", e)
	}
	for _, text := range []string{"two\nlines", "\x1b[2J", strings.Repeat("x", transcript.MaxText+1)} {
		if err := m.Note(ceremonytest.Path, "Ada", []string{text}); model.KindOf(err) != model.FaultUsage || model.HintOf(err) == "" {
			t.Errorf("%v", err)
		}
	}
	if err := m.Note("nothing", "", []string{"x"}); bundle.ReasonOf(err) != "" || err == nil {
		t.Errorf("%v", err)
	}
}
