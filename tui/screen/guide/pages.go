package guide

import (
	"slices"
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

// laySteps lays out the steps of an execution; at is the place of the present one. Of several
// repositories each is a line, but for the one whose turn it is.
func laySteps(styles *theme.Styles, steps []admin.Step, width int) (lines widget.StaticText, at spot) {
	doc := widget.NewDoc(styles, width)
	for from := 0; from < len(steps); {
		to := from + 1
		for steps[from].Of != "" && to < len(steps) && steps[to].Of == steps[from].Of {
			to++
		}
		top := len(doc.Lines())
		mark, words, open := turn(styles, steps[from:to])
		if !open {
			doc.Marked(mark, words)
		}
		for i := from; open && i < to; i++ {
			top = len(doc.Lines())
			mark, words := laidStep(styles, &steps[i])
			doc.Marked(mark, text.Number(i+1)+". "+words)
			if started(&steps[i]) {
				at = spot{y: top, end: len(doc.Lines()) - 1}
			}
		}
		if !open && started(&steps[from]) {
			at = spot{y: top, end: len(doc.Lines()) - 1}
		}
		from = to
	}
	return doc.Lines(), at
}

// started reports whether a step is being done, or was.
func started(step *admin.Step) bool {
	return step.State != admin.StepWaiting && step.State != admin.StepSkipped
}

// turn is a line for the steps of one of several repositories. Open tells that they are shown
// themselves: it is their turn, or they are for all.
func turn(styles *theme.Styles, steps []admin.Step) (mark theme.Mark, words string, open bool) {
	if steps[0].Of == "" {
		return mark, "", true
	}
	done, waiting := 0, 0
	for i := range steps {
		switch step := &steps[i]; step.State {
		case admin.StepRunning, admin.StepSecret, admin.StepPIN, admin.StepManagement, admin.StepTouch:
			return mark, "", true
		case admin.StepFailed:
			return theme.Mark{Glyph: styles.Glyphs.Broken, Tone: theme.Bad}, text.Clean(string(step.Of) + ": failed: " + step.Why), false
		case admin.StepDone:
			done++
		case admin.StepWaiting:
			waiting++
		case admin.StepSkipped:
		}
	}
	name := text.Clean(string(steps[0].Of))
	switch {
	case done == len(steps):
		return theme.Mark{Glyph: styles.Glyphs.OK, Tone: theme.OK}, name + ": published and verified", false
	case done > 0 && waiting > 0: // between two steps
		return mark, "", true
	case waiting > 0:
		return theme.Mark{Glyph: styles.Glyphs.None, Tone: theme.Dim}, name + ": waiting", false
	default:
		return theme.Mark{Glyph: styles.Glyphs.None, Tone: theme.Dim}, name + ": not started", false
	}
}

// laidStep is a step in words.
func laidStep(styles *theme.Styles, step *admin.Step) (theme.Mark, string) {
	mark, words := theme.Mark{Glyph: styles.Glyphs.None, Tone: theme.Dim}, text.Clean(step.Text)
	switch step.State {
	case admin.StepDone:
		mark = theme.Mark{Glyph: styles.Glyphs.OK, Tone: theme.OK}
		if took := text.Elapsed(step.Elapsed); took != "" {
			words += " (" + took + ")"
		}
	case admin.StepRunning, admin.StepSecret, admin.StepPIN, admin.StepManagement:
		mark = theme.Mark{Glyph: styles.Glyphs.Cursor, Tone: theme.Accent}
		words += ": " + string(step.State)
	case admin.StepTouch:
		mark, words = styles.ForSeverity(model.Warning), text.Clean(step.Asked)
	case admin.StepFailed:
		mark = theme.Mark{Glyph: styles.Glyphs.Broken, Tone: theme.Bad}
		words += ": " + string(step.State)
	case admin.StepWaiting, admin.StepSkipped:
	}
	return mark, words
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
	if err := m.Problem(); err != nil && !slices.ContainsFunc(r.Results, func(one flow.Result) bool { return one.Ending == flow.Badly }) {
		what, _ := text.Error(err)
		doc.Marked(theme.Mark{Glyph: styles.Glyphs.Broken, Tone: theme.Bad}, text.Sentence(text.Clean(what)))
	}
	doc.Marked(mark, text.Clean(r.Usable))
	layResults(styles, doc, r.Results)
	if len(r.Codes) > 0 && styles.Codes {
		doc.Para("Press c for the QR codes.", theme.Strong)
	}
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
	if m.Ended() {
		layCommand(doc, m.CommandLine(), commandLines)
	}
	return doc.Lines()
}

// layResults has a line for each of several repositories.
func layResults(styles *theme.Styles, doc *widget.Doc, all []flow.Result) {
	if len(all) == 0 {
		return
	}
	doc.Head(flow.ResultsHead)
	for _, r := range all {
		mark := theme.Mark{Glyph: styles.Glyphs.OK, Tone: theme.OK}
		switch r.Ending {
		case flow.Badly:
			mark = theme.Mark{Glyph: styles.Glyphs.Broken, Tone: theme.Bad}
		case flow.Unfinished:
			mark = theme.Mark{Glyph: styles.Glyphs.None, Tone: theme.Dim}
		case flow.Well:
		}
		doc.Marked(mark, text.Clean(r.String()))
	}
}
