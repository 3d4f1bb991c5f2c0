package flows

import (
	"fmt"
	"strings"
	"time"

	"trustdeck/model"
	"trustdeck/model/bundle"
	"trustdeck/tui/flow"
)

// startDates are the questions about the dates, each a week after the one before.
func startDates() []flow.Step {
	const week = 7 * 24 * time.Hour
	step := func(id, label, question, help, before string) flow.Step {
		return flow.Step{
			ID: id, Flag: strings.TrimPrefix(id, "date-"), Label: label, Question: question, Help: help, Example: "2026-11-30", Kind: flow.Text,
			Default: func(f flow.Facts, a flow.Answers) []string {
				if before == "" {
					return []string{f.Now.UTC().Format(time.RFC3339)}
				}
				at, err := date(a.First(before))
				if err != nil {
					return nil
				}
				return []string{at.Add(week).UTC().Format(time.DateOnly)}
			},
			Check: func(_ flow.Facts, a flow.Answers) error {
				_, err := date(a.First(id))
				return err
			},
		}
	}
	return []flow.Step{
		step(ceremonyOpens, "Opens", "When does it open?", "No one signs before.", ""),
		step(ceremonyTarget, "Target", "When should all have signed?", "The day that you tell everyone.", ceremonyOpens),
		step(ceremonyLastSafe, "Last safe day", "Until when is there time for someone who does not come?", "After this day, no one who is needed may be missing.", ceremonyTarget),
		step(ceremonyExpires, "Expires", "From when on is no signature taken?", "The file is refused then, and a new ceremony is needed.", ceremonyLastSafe),
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
