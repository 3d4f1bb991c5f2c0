package flows

import (
	"fmt"
	"time"

	"trustdeck/model"
	"trustdeck/model/bundle"
	"trustdeck/tui/flow"
)

// startDate is a question about a date of a ceremony, with the ID of its answer and its flag.
type startDate struct{ id, flag, label, question, help string }

// ceremonyDates are those of a ceremony, in their order.
var ceremonyDates = []startDate{
	{ceremonyOpens, "opens", "Opens", "When does it open?", "No one signs before."},
	{ceremonyTarget, "target", "Target", "When should all have signed?", "The day that you tell everyone."},
	{ceremonyLastSafe, "last-safe", "Last safe day", "Until when is there time for someone who does not come?", "After this day, no one who is needed may be missing."},
	{ceremonyExpires, "expires", "Expires", "From when on is no signature taken?", "The file is refused then, and a new ceremony is needed."},
}

// startDates are the questions about the dates.
func startDates() []flow.Step {
	var out []flow.Step
	before := ""
	for _, d := range ceremonyDates {
		out = append(out, d.step(before))
		before = d.id
	}
	return out
}

// step asks for the date: usually a week after the one before, or now.
func (d startDate) step(before string) flow.Step {
	return flow.Step{
		ID: d.id, Flag: d.flag, Label: d.label, Question: d.question, Help: d.help, Example: "2026-11-30", Kind: flow.Text,
		Default: func(f flow.Facts, a flow.Answers) []string {
			if before == "" {
				return []string{f.Now.UTC().Format(time.RFC3339)}
			}
			at, err := date(a.First(before))
			if err != nil {
				return nil
			}
			return []string{at.AddDate(0, 0, 7).Format(time.DateOnly)}
		},
		Check: func(_ flow.Facts, a flow.Answers) error {
			_, err := date(a.First(d.id))
			return err
		},
	}
}

// date reads a day, or a moment.
func date(typed string) (time.Time, error) {
	for _, layout := range []string{time.DateOnly, time.RFC3339} {
		if at, err := time.Parse(layout, typed); err == nil {
			return at.UTC(), nil
		}
	}
	return time.Time{}, &model.Fault{Kind: model.FaultUsage, Text: fmt.Sprintf("%q is not a date", typed), Hint: "Give a date such as 2026-11-30, or a time such as 2026-11-30T10:00:00Z."}
}

// datesFact is one line of the dates of a ceremony.
func datesFact(d bundle.Dates) flow.Fact {
	return flow.Fact{Label: "Dates", Text: fmt.Sprintf("opens %s, target %s, last safe day %s, expires %s",
		model.Moment(d.Opens), d.Target.Format(time.DateOnly), d.LastSafe.Format(time.DateOnly), model.Moment(d.Expires))}
}
