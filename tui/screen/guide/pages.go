package guide

import (
	"strings"

	"trustdeck/model"
	"trustdeck/model/admin"
	"trustdeck/tui/flow"
	"trustdeck/tui/text"
	"trustdeck/tui/theme"
	"trustdeck/tui/widget"
)

// barWidth is the width of the bar of an execution, in cells.
const barWidth = 10

// laySteps lays out the steps of an execution; at is the place of the present one.
func laySteps(styles *theme.Styles, steps []admin.Step, width int) (lines widget.StaticText, at spot) {
	doc := widget.NewDoc(styles, width)
	for i, step := range steps {
		mark := theme.Mark{Glyph: styles.Glyphs.None, Tone: theme.Dim}
		words := text.Clean(step.Text)
		from := len(doc.Lines())
		switch step.State {
		case admin.StepDone:
			mark = theme.Mark{Glyph: styles.Glyphs.OK, Tone: theme.OK}
			if took := text.Elapsed(step.Elapsed); took != "" {
				words += " (" + took + ")"
			}
		case admin.StepRunning, admin.StepSecret:
			mark = theme.Mark{Glyph: styles.Glyphs.Cursor, Tone: theme.Accent}
			words += ": " + string(step.State)
		case admin.StepFailed:
			mark = theme.Mark{Glyph: styles.Glyphs.Broken, Tone: theme.Bad}
			words += ": " + string(step.State)
		case admin.StepWaiting, admin.StepSkipped:
		}
		doc.Marked(mark, text.Number(i+1)+". "+words)
		if step.State != admin.StepWaiting && step.State != admin.StepSkipped {
			at = spot{y: from, end: len(doc.Lines()) - 1}
		}
	}
	return doc.Lines(), at
}

// progress says how much is done, with a bar.
func progress(styles *theme.Styles, m *flow.Machine) string {
	done, all := counted(m)
	words := "Executing"
	if m.Stopping() {
		words = "Stopping"
	}
	full := barWidth * done / max(all, 1)
	bar := strings.Repeat(styles.Glyphs.Bar, full) + strings.Repeat(styles.Glyphs.BarEmpty, barWidth-full)
	return words + "  " + bar + "  " + text.Number(done) + " of " + text.Number(all) + " done"
}

// counted is how many steps of an execution are done, of how many.
func counted(m *flow.Machine) (done, all int) {
	for _, step := range m.Steps() {
		if step.State == admin.StepDone {
			done++
		}
	}
	return done, len(m.Steps())
}

// layReport says how it ended.
func layReport(styles *theme.Styles, m *flow.Machine, width int) widget.StaticText {
	doc := widget.NewDoc(styles, width)
	r := m.Report()
	mark := theme.Mark{Glyph: styles.Glyphs.OK, Tone: theme.OK}
	if m.State() != flow.Done {
		mark = styles.ForSeverity(model.Warning)
	}
	if err := m.Problem(); err != nil {
		what, _ := text.Error(err)
		doc.Marked(theme.Mark{Glyph: styles.Glyphs.Broken, Tone: theme.Bad}, text.Sentence(text.Clean(what)))
	}
	doc.Marked(mark, text.Clean(r.Usable))
	parts := append([]flow.Section{{Head: "WHAT TO DO NEXT", Lines: r.Next}, {Head: "NOT DONE", Lines: r.NotDone}}, r.More...)
	for _, part := range append(parts, flow.Section{Head: "DONE", Lines: r.Done}) {
		if len(part.Lines) == 0 {
			continue
		}
		doc.Head(part.Head)
		for _, line := range part.Lines {
			doc.Indented(text.Clean(line), theme.Plain)
		}
	}
	return doc.Lines()
}
