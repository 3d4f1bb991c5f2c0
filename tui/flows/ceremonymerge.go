package flows

import (
	"context"
	"strings"

	"trustdeck/model/admin"
	"trustdeck/model/admin/ceremony"
	"trustdeck/model/port"
	"trustdeck/tui/flow"
	"trustdeck/tui/text"
)

// The answers of CeremonyMerge. CeremonyCopies are the copies, CeremonyLines are the lines of an answer that was handed back as text,
// and CeremonyAnswer the file that has them, or Typed.
const (
	CeremonyCopies = "copies"
	CeremonyAnswer = "answer"
	CeremonyLines  = "lines"
	// Typed says that lines are typed, where a file could be named.
	Typed = "-"
)

// handedBack is an answer that was read from a file.
type handedBack string

// CeremonyMerge brings the signatures of copies into the file of a ceremony. It replaces nothing, and
// those who sign and publish review it: so it is done at once.
func CeremonyMerge(c Ceremonies) *flow.Flow {
	asText := func(_ flow.Facts, a flow.Answers) bool { return len(a.Values[CeremonyCopies]) == 0 }
	return &flow.Flow{
		ID: "ceremony-merge", Title: "Merge ceremony copies", Verb: "Merge", Source: c, AtOnce: true,
		Command: unasked(command("ceremony merge", CeremonyFile, CeremonyCopies)),
		Steps: []flow.Step{
			ceremonyStep(c, "Into which file do you want to bring the signatures?", false),
			{
				ID: CeremonyCopies, Label: "Copies", Path: true, Optional: true, Question: "Which copies have come back?", Example: "/media/usb/ada.ceremony", Kind: flow.List,
				Help:    "The files that others have signed, a line each. Every signature is verified. The order makes no difference, and a copy may be merged again.",
				Without: "Press Enter if the signatures came as lines of text.",
			},
			{
				ID: CeremonyAnswer, Flag: "answer", Label: "Answer", Path: true, Optional: true, Question: "Which file has the lines?", Example: "/media/usb/cleo.txt", Kind: flow.Text, When: asText,
				Help:    "The lines that ceremony sign --answer has shown, in a file.",
				Without: "Press Enter to type or paste them.",
				Inquire: func(_ flow.Facts, a flow.Answers) flow.Inquiry {
					path := a.First(CeremonyAnswer)
					if path == "" || path == Typed {
						return nil
					}
					return func(context.Context, port.Interaction) (func(*flow.Facts), error) {
						lines, err := c.ReadAnswer(path)
						return func(f *flow.Facts) { flow.Learn(f, handedBack(lines)) }, err
					}
				},
			},
			{
				ID: CeremonyLines, Label: "Lines", Question: "Which lines were handed back?", Example: "1 K7QX 2M4P ...", Kind: flow.List,
				When: func(f flow.Facts, a flow.Answers) bool {
					return asText(f, a) && (a.First(CeremonyAnswer) == "" || a.First(CeremonyAnswer) == Typed)
				},
				Help:       "Type or paste them, in any order. Each has a check of its own, so a mistyped line is noticed and named.",
				Unanswered: func(flow.Facts, flow.Answers) string { return "Name copies of the file, or give --answer." },
			},
		},
		Outcome: func(f flow.Facts, a flow.Answers) flow.Outcome {
			out := &merging{ceremonies: c, facts: f, path: a.First(CeremonyFile), copies: a.Values[CeremonyCopies], lines: strings.Join(a.Values[CeremonyLines], "\n")}
			if out.lines == "" {
				out.lines = string(flow.Known[handedBack](f))
			}
			return out
		},
		Words: ceremonyWords("merging copies of a ceremony"),
	}
}

// merging brings signatures into the file of a ceremony.
type merging struct {
	ceremonies Ceremonies
	facts      flow.Facts
	path       string
	copies     []string
	lines      string
}

var _ flow.Outcome = (*merging)(nil)

// Review says what is brought together.
func (m *merging) Review() flow.Review {
	return flow.Review{Verdict: "Ready: the signatures are verified, and written into " + m.path + ".", Details: []flow.Section{inOrder(m.Steps())}}
}

// Ready reports that it can always be tried.
func (*merging) Ready() (ok bool, why string) { return true, "" }

// Steps is one.
func (m *merging) Steps() []admin.Step {
	return waiting("verify the signatures, and write them into " + m.path)
}

// Do brings them in.
func (m *merging) Do(ctx context.Context, run flow.Run) (*flow.Report, error) {
	var out *ceremony.Merged
	err := act(ctx, run, m.Steps(), func(context.Context) (err error) {
		if len(m.copies) > 0 {
			out, err = m.ceremonies.Merge(m.path, m.copies)
		} else {
			out, err = m.ceremonies.MergeAnswer(m.path, m.lines)
		}
		return err
	})
	if out == nil {
		return &flow.Report{Usable: "No signature was added: the file is as it was.", Next: hints(err)}, err
	}
	report := &flow.Report{
		Usable: text.Sentence(text.Count(len(out.New), "new signature") + " in " + m.path),
		Next:   append(ceremonyNext(out.File, m.facts.Now), hints(err)...),
	}
	for _, s := range out.New {
		report.Done = append(report.Done, "Signature of "+string(s.Role)+" by key "+s.KeyID.Short())
	}
	return report, err
}
