package flows

import (
	"context"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"time"

	"trustdeck/model"
	"trustdeck/model/admin"
	"trustdeck/model/admin/ceremony"
	"trustdeck/model/bundle"
	"trustdeck/tui/flow"
	"trustdeck/tui/text"
)

// The answers of CeremonySign. CeremonyBack says how the signatures are handed back, and is
// CeremonyAsText where that is as lines of text and QR codes.
const (
	ceremonyKey    = "key"
	ceremonyTime   = "time"
	ceremonySerial = "serial"
	ceremonyRoot   = "known-root"
	ceremonyDigest = "pinned-digest"
	ceremonyRecord = "transcript"
	CeremonyBack   = "back"
	CeremonyAsText = "text"

	inFileItself = "file"
	anotherTime  = "other"
	unknownRoot  = "none"
)

// CeremonySign has a key of this machine sign what a ceremony asks of it.
func CeremonySign(c Ceremonies) *flow.Flow {
	return &flow.Flow{
		ID: "ceremony-sign", Title: "Sign in a ceremony", Verb: "Sign", Grade: flow.TypeName, Source: c,
		Command: switched(command("ceremony sign", CeremonyFile), CeremonyBack, CeremonyAsText, "answer"),
		Steps: []flow.Step{
			ceremonyStep(c, "Which ceremony do you want to sign?", true),
			{
				ID: ceremonyDigest, Flag: "digest", Label: "Digest", Question: "Which digest must the ceremony have?", Example: "8b1f...c07a", Kind: flow.Text,
				Help: "The SHA-256 in hexadecimal, from elsewhere: trustdeck then signs no other ceremony.",
				When: func(_ flow.Facts, a flow.Answers) bool { return a.Values[ceremonyDigest] != nil },
				Check: func(f flow.Facts, a flow.Answers) error {
					found := foundCeremony(f).file
					if found == nil || strings.EqualFold(a.First(ceremonyDigest), found.Digest().String()) {
						return nil
					}
					return &model.Fault{
						Kind: model.FaultBadData, Subject: found.Path, Text: "this is another ceremony: its digest is " + found.Digest().String(),
						Hint: "Don't sign it. Get the file again, and compare its words with the others.",
					}
				},
			},
			signingKeyStep(), clockStep(false), serialStep(), knownRootStep(),
			{
				ID: CeremonyBack, Label: "Hand back", Question: "How do you hand the signatures back?", Kind: flow.Choice,
				Help: "If nothing may leave this machine on a medium, the signatures are short enough to be typed or scanned elsewhere.",
				Options: func(flow.Facts, flow.Answers) []flow.Option {
					return []flow.Option{
						{Value: inFileItself, Label: "In the file", Help: "They are written into it. Pass it on."},
						{Value: CeremonyAsText, Label: "As text and QR code", Help: "The file stays as it is. Signatures by RSA and ML-DSA keys are too long for this."},
					}
				},
				Default: func(flow.Facts, flow.Answers) []string { return []string{inFileItself} },
			},
			{
				ID: ceremonyRecord, Flag: "transcript", Label: "Transcript", Path: true, Question: "Where is the transcript kept?", Example: "/home/ada/root.transcript", Kind: flow.Text,
				Help: "Beside the file of the ceremony is usual. On a medium that can't be written, it has to be elsewhere.",
				When: func(_ flow.Facts, a flow.Answers) bool { return a.Values[ceremonyRecord] != nil },
			},
		},
		Outcome: func(f flow.Facts, a flow.Answers) flow.Outcome { return newSigning(c, f, a) },
		Words: flow.Words{
			Surveying: "reading the ceremony", Executing: "signing in a ceremony", Preparing: "Verifying the ceremony. Nothing is signed.",
			Review: "Review what you sign", Apply: "Sign", Accept: "to sign, if the words of the fingerprint are those that the others see",
			Unready: "Go back, and choose something else.",
		},
	}
}

// signingKeyStep asks which of the keys here signs: those that have not come first.
func signingKeyStep() flow.Step {
	options := func(f flow.Facts, _ flow.Answers) []flow.Option {
		var out, signed []flow.Option
		for _, k := range foundCeremony(f).keys {
			help, into := "It is asked to sign "+tasksOf(&k)+".", &out
			if k.Signed() {
				help, into = "It has signed "+tasksOf(&k)+".", &signed
			}
			if k.Serial == "" && k.Private.Path != "" {
				help += " It is in " + k.Private.Path + "."
			}
			*into = append(*into, flow.Option{Value: string(k.IDs[0]), Label: text.Capital(text.Clean(unserialled(k).Name())), Help: help})
		}
		return append(out, signed...)
	}
	return flow.Step{
		ID: ceremonyKey, Flag: "key", Label: "Key", Question: "Which key do you want to sign with?", Kind: flow.Choice,
		Help:    "The keys of this machine that the ceremony asks to sign. Each signs in a turn of its own.",
		Options: options, Resolve: resolveKeysOr(ceremonyKey, "that are asked to sign", options),
		When: func(f flow.Facts, a flow.Answers) bool {
			return len(foundCeremony(f).keys) > 1 || a.Values[ceremonyKey] != nil
		},
		Unanswered: func(flow.Facts, flow.Answers) string {
			return "Several keys on this machine are asked to sign. Choose one with --key, and sign again with the others."
		},
	}
}

// unserialled is a key without the number of its token, which people are to read from the token itself.
func unserialled(k ceremony.Key) *ceremony.Key {
	if k.Serial != "" {
		k.Private.Store = "a token"
	}
	return &k
}

// tasksOf names what a key is asked to sign.
func tasksOf(k *ceremony.Key) string {
	var out []string
	for _, t := range k.Tasks {
		if word := fmt.Sprintf("%s %d", t.Role, t.Version); !slices.Contains(out, word) {
			out = append(out, word)
		}
	}
	return text.List(out)
}

// statedTime is what a person says that it is; zero where they say none, or that the clock is wrong.
func statedTime(a flow.Answers) time.Time {
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04Z07:00"} {
		if at, err := time.Parse(layout, a.First(ceremonyTime)); err == nil {
			return at
		}
	}
	return time.Time{}
}

// clockStep has people compare the clock of this machine with what they know.
// optional tells that scripts may leave it out.
func clockStep(optional bool) flow.Step {
	return flow.Step{
		ID: ceremonyTime, Flag: "time", Label: "Clock", Question: "What time is it?", Kind: flow.Choice, Optional: optional,
		Help: "Look at a clock that isn't this machine's. Certificates and dates are judged by the clock of this machine, and one that is more than an hour off is refused.",
		Options: func(f flow.Facts, a flow.Answers) []flow.Option {
			if f.Now.IsZero() {
				return nil
			}
			out := []flow.Option{
				{Value: f.Now.UTC().Format(time.RFC3339), Label: model.Moment(f.Now), Help: "As the clock of this machine says, within an hour."},
				{Value: anotherTime, Label: "Another time", Help: "Then the clock of this machine must be set first."},
			}
			if at := statedTime(a); !at.IsZero() && a.First(ceremonyTime) != out[0].Value {
				out = append(out, flow.Option{Value: a.First(ceremonyTime), Label: model.Moment(at)})
			}
			return out
		},
		Check: func(f flow.Facts, a flow.Answers) error {
			at := statedTime(a)
			if at.IsZero() {
				return &model.Fault{Kind: model.FaultLocal, Text: "the clock of this machine isn't right", Hint: "Set it first: certificates and dates are judged by it."}
			}
			return ceremony.CheckClock(f.Now, at)
		},
		Unanswered: func(flow.Facts, flow.Answers) string { return "Give --time, in UTC: --time 2026-11-30T10:15Z" },
	}
}

// signingKeyIn is the key that the answers name, or the only one; nil before they do.
func signingKeyIn(f flow.Facts, a flow.Answers) *ceremony.Key {
	keys := foundCeremony(f).keys
	if len(keys) == 1 {
		return &keys[0]
	}
	i := slices.IndexFunc(keys, func(k ceremony.Key) bool { return string(k.IDs[0]) == a.First(ceremonyKey) })
	if i < 0 {
		return nil
	}
	return &keys[i]
}

// serialStep has people read the number on their token.
func serialStep() flow.Step {
	return flow.Step{
		ID: ceremonySerial, Flag: "serial", Label: "Token", Question: "Which serial number is printed on your token?", Example: "1234567", Kind: flow.Text,
		Help: "Read it from the token itself, and type it. It must be the one that the token states: so the wrong token can't sign.",
		When: func(f flow.Facts, a flow.Answers) bool {
			k := signingKeyIn(f, a)
			return k != nil && k.Serial != ""
		},
		Check: func(f flow.Facts, a flow.Answers) error {
			return ceremony.CheckSerial(signingKeyIn(f, a), a.First(ceremonySerial))
		},
	}
}

// knownRootStep has people name a published root that they know, where their key proves none.
func knownRootStep() flow.Step {
	return flow.Step{
		ID: ceremonyRoot, Flag: "root", Label: "Root", Question: "Which of the published roots do you know from elsewhere?", Kind: flow.Choice,
		Help: "Your key has signed none of them, so trustdeck can't know that they are the right ones: someone could have made a chain of roots in which this change looks harmless. " +
			"Compare the words with those that you have from elsewhere, not with this file.",
		When: func(f flow.Facts, a flow.Answers) bool {
			k, file := signingKeyIn(f, a), foundCeremony(f).file
			return k != nil && k.Anchor == 0 && len(file.Roots()) > 0
		},
		Options: func(f flow.Facts, _ flow.Answers) []flow.Option {
			file := foundCeremony(f).file
			if file == nil {
				return nil
			}
			// Nobody names a root by pressing Enter.
			out := []flow.Option{{Value: unknownRoot, Label: "None of them", Help: "Then don't sign."}}
			for _, r := range slices.Backward(file.Roots()) {
				out = append(out, flow.Option{Value: r.Digest.String(), Label: fmt.Sprintf("Root %d", r.Version), Help: "In words: " + strings.Join(r.Digest.Words(), " ")})
			}
			return out
		},
		Check: func(_ flow.Facts, a flow.Answers) error {
			if a.First(ceremonyRoot) != unknownRoot {
				return nil
			}
			return &model.Fault{Kind: model.FaultUsage, Text: "without a root that you know, trustdeck doesn't sign", Hint: "Ask the others for the words of the current root, by another way than this file came."}
		},
		Unanswered: func(flow.Facts, flow.Answers) string {
			return "Give --root: the SHA-256 of a published root that you know from elsewhere."
		},
	}
}

// signingOff is an outcome: a key signs.
type signingOff struct {
	ceremonies Ceremonies
	file       *ceremony.File
	machine    model.Machine
	now        time.Time
	w          ceremony.Signing
}

var (
	_ flow.Outcome = (*signingOff)(nil)
	_ flow.Named   = (*signingOff)(nil)
)

// newSigning makes of complete answers what is to be signed.
func newSigning(c Ceremonies, f flow.Facts, a flow.Answers) *signingOff {
	out := &signingOff{ceremonies: c, file: foundCeremony(f).file, machine: foundCeremony(f).machine, now: f.Now}
	key := signingKeyIn(f, a)
	if out.file == nil || key == nil {
		return out
	}
	out.w = ceremony.Signing{Path: out.file.Path, Digest: out.file.Digest(), Key: *key, Serial: a.First(ceremonySerial), Apart: a.First(CeremonyBack) == CeremonyAsText, Transcript: a.First(ceremonyRecord)}
	out.w.Time = statedTime(a)
	if raw, err := hex.DecodeString(a.First(ceremonyRoot)); err == nil && len(raw) == len(out.w.Root) {
		out.w.Root = bundle.Digest(raw)
	}
	out.w.Confirmed = []string{"time: " + out.w.Time.UTC().Format(time.RFC3339)}
	for _, said := range []struct{ what, answer string }{
		{"serial number of the token", out.w.Serial},
		{"a published root that is known", a.First(ceremonyRoot)},
		{"digest of the ceremony", a.First(ceremonyDigest)},
	} {
		if said.answer != "" {
			out.w.Confirmed = append(out.w.Confirmed, said.what+": "+said.answer)
		}
	}
	review := out.Review()
	for _, section := range review.Whole() {
		out.w.Shown = append(out.w.Shown, section.Head)
		for _, line := range section.Lines {
			out.w.Shown = append(out.w.Shown, "  "+line)
		}
	}
	return out
}

// Review is that of the ceremony, with what the key signs.
func (s *signingOff) Review() flow.Review {
	if s.file == nil {
		return flow.Review{}
	}
	out := CeremonyReview(s.file.Opened, s.now)
	out.Verdict = text.Capital(text.Clean(s.w.Key.Name())) + " signs " + tasksOf(&s.w.Key) + "."
	machineFacts(&out, s.machine, true)
	return out
}

// Ready reports that it can be signed: what could be in the way has been asked.
func (*signingOff) Ready() (ok bool, why string) { return true, "" }

// Challenge has people compare the fingerprint before they sign.
func (*signingOff) Challenge() flow.Challenge {
	return flow.Challenge{Word: "sign", What: flow.OneWord, Why: "Compare the words of the fingerprint with the others first."}
}

// Steps lists what is done.
func (s *signingOff) Steps() []admin.Step { return ceremony.SigningSteps(&s.w) }

// Do signs.
func (s *signingOff) Do(ctx context.Context, run flow.Run) (*flow.Report, error) {
	signed, err := s.ceremonies.Sign(ctx, s.w, ceremonyRun(run))
	if signed == nil {
		return &flow.Report{Usable: "The file of the ceremony is as it was.", Next: hints(err), Stepwise: true}, err
	}
	out := &flow.Report{
		Done: []string{"Signed by " + s.w.Key.Name() + ": " + tasksOf(&s.w.Key)}, Usable: "The signatures are verified, and in " + s.w.Path + ". Pass it on.",
		Next: append(ceremonyNext(signed, s.now), hints(err)...),
	}
	if wrong := signed.Unrecorded; wrong != nil {
		out.Next = append(out.Next, "No transcript was kept: "+wrong.Error()+". Sign again with --transcript FILE to keep one elsewhere.")
	}
	if s.w.Apart {
		answer, err := signed.Answer(s.w.Key.IDs...)
		if err != nil {
			return &flow.Report{Usable: "The file of the ceremony is as it was.", Next: hints(err)}, err
		}
		out.Usable = "The signatures are verified. " + text.Sentence(text.Capital(text.Count(len(answer.Lines), "line"))+" hand them back: type or scan them on the other machine")
		out.More = append(out.More, flow.Section{Head: "LINES", Lines: answer.Lines})
		out.Codes = answer.Codes
	}
	return out, err
}
