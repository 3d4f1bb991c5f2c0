package flows

import (
	"context"
	"strings"
	"time"

	"trustdeck/model"
	"trustdeck/model/admin"
	"trustdeck/model/admin/ceremony"
	"trustdeck/model/display"
	"trustdeck/model/plan"
	"trustdeck/model/publickey"
	"trustdeck/tui/flow"
	"trustdeck/tui/text"
)

// starter prepares a ceremony.
type starter struct {
	ceremonies Ceremonies
	w          ceremony.Starting
	problem    error
	// next is the command line of a second ceremony; empty where there is none.
	next string
	plan *plan.Plan
	// published is the repository as it is; nil where it has no trust data.
	published *model.Repository
	machine   model.Machine
	now       time.Time
}

var _ flow.Outcome = (*starter)(nil)

// Ready reports whether there is something to sign.
func (s *starter) Ready() (ok bool, why string) {
	if s.problem != nil {
		return false, s.problem.Error()
	}
	if s.plan != nil {
		if v := s.plan.Verdict(); v.State == plan.Nothing || v.State == plan.Impossible {
			return false, v.Text
		}
	}
	return true, ""
}

// Steps lists what is done.
func (s *starter) Steps() []admin.Step { return ceremony.StartSteps(&s.w) }

// Review says what is to be signed, by whom, and until when.
func (s *starter) Review() flow.Review {
	out := flow.Review{Verdict: "Ready: the ceremony is written to " + s.w.To + ". Nothing is published.", About: string(s.w.Repository), Details: []flow.Section{inOrder(s.Steps())}}
	if ok, why := s.Ready(); !ok {
		out.Verdict = text.Sentence(why)
	}
	if s.plan != nil && len(s.plan.Parts) == 1 {
		out.Table = summaryTable(s.plan)
	}
	if s.w.Rehearsal {
		out.Facts = append(out.Facts, rehearsalFact)
	}
	out.Facts = append(out.Facts, flow.Fact{Label: "Ceremony", Text: s.w.Title})
	for _, p := range s.w.People {
		var keys []string
		for _, k := range p.Keys {
			word := "key " + s.canonical(k.ID).Short()
			if k.Serial != "" {
				word += " on token " + k.Serial
			}
			keys = append(keys, word)
		}
		out.Facts = append(out.Facts, flow.Fact{Label: text.Clean(p.Name), Text: p.Does + ", " + strings.Join(keys, ", ")})
	}
	for _, asked := range s.w.Requests {
		out.Facts = append(out.Facts, flow.Fact{Label: "Request", Text: text.Clean(ceremony.RequestWords(asked))},
			flow.Fact{Label: "Words of its key", Text: strings.Join(publickey.Of(asked.Described.SPKI, asked.Described.ID).Words, " ")})
	}
	out.Facts = append(out.Facts, datesFact(s.w.Dates))
	machineFacts(&out, s.machine, false)
	return out
}

// canonical is the ID by which the program calls a key that the repository lists.
func (s *starter) canonical(id model.KeyID) model.KeyID {
	if s.published != nil {
		if key, ok := s.published.Key(id); ok {
			return key.ID
		}
	}
	return id
}

// Do prepares it.
func (s *starter) Do(ctx context.Context, run flow.Run) (*flow.Report, error) {
	file, err := s.ceremonies.Start(ctx, s.w, ceremonyRun(run))
	if file == nil {
		return &flow.Report{Usable: "No ceremony was prepared, and nothing was published.", Next: hints(err), Stepwise: true}, err
	}
	review := CeremonyReview(file.Opened, s.now)
	then := []string{"Hand a copy to everyone, and compare the fingerprint in words.", "Follow it on its page: trustdeck ceremony open " + display.ShellFile(s.w.To), "Print the script: trustdeck ceremony script -o html " + display.ShellFile(s.w.To)}
	if s.next != "" {
		then = append(then, "When it is published, start the second ceremony: "+s.next)
	}
	return &flow.Report{
		Done: []string{"Ceremony: " + s.w.To}, Usable: "The ceremony is in " + s.w.To + ". Nothing was published.", More: review.Brief(),
		Next: append(then, hints(err)...),
	}, err
}
