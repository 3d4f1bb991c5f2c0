package guide

import (
	"strings"

	"trustdeck/model"
	"trustdeck/tui/flow"
	"trustdeck/tui/text"
	"trustdeck/tui/theme"
	"trustdeck/tui/widget"
)

const (
	// columnGap stands between two columns of a table.
	columnGap = 2
	// leastName is how narrow the names of rows may get, so that the rest fits beside them.
	leastName = 12
)

// layReview lays out the review, and before it what others have changed since the one
// before. Where details are wanted, they begin below the line fold.
func layReview(styles *theme.Styles, m *flow.Machine, review *flow.Review, width int, unfolded bool) (lines widget.StaticText, fold int) {
	doc := widget.NewDoc(styles, width)
	if overtaken := m.Overtaken(); overtaken != nil {
		doc.Marked(styles.ForSeverity(model.Warning), overtaken.Why)
		for _, changed := range overtaken.Changed {
			doc.Indented(text.Sentence(text.Clean(changed)), theme.Plain)
		}
	}
	layVerdict(styles, doc, m, text.Clean(review.Verdict))
	layTable(styles, doc, &review.Table)
	for _, fact := range review.Facts {
		layFact(styles, doc, fact)
	}
	if !m.Idle() {
		layCommand(doc, m.CommandLine(), commandLines)
	}
	fold = len(doc.Lines())
	if unfolded {
		for _, section := range review.Details {
			doc.Head(text.Clean(section.Head))
			for _, line := range section.Lines {
				layLine(styles, doc, text.Clean(line))
			}
		}
	}
	return doc.Lines(), fold
}

// commandLines is how many lines a command line takes where it is not what the page is about.
const commandLines = 3

// layCommand lays out the command line that does the same, in at most so many lines: the
// whole of it can be copied.
func layCommand(doc *widget.Doc, command string, most int) {
	if command == "" {
		return
	}
	lines := text.WrapWords("$ "+text.Clean(command), max(doc.Width()-2*columnGap, 1))
	if len(lines) > most {
		lines = append(lines[:most-1], text.Truncate(lines[most-1], max(doc.Width()-3*columnGap, 1))+" ..")
	}
	doc.Space()
	for i, line := range lines {
		if i > 0 {
			line = text.Spaces(columnGap) + line
		}
		doc.Indented(line, theme.Dim)
	}
}

// layVerdict says whether it can be done.
func layVerdict(styles *theme.Styles, doc *widget.Doc, m *flow.Machine, verdict string) {
	mark := theme.Mark{Glyph: styles.Glyphs.OK, Tone: theme.OK}
	if ok, _ := m.Ready(); !ok {
		mark = styles.ForSeverity(model.Warning)
		if m.Idle() {
			mark = theme.Mark{Glyph: styles.Glyphs.None, Tone: theme.Dim}
		}
	}
	doc.Marked(mark, verdict)
}

// layFact gives a fact a mark where it must not be overlooked.
func layFact(styles *theme.Styles, doc *widget.Doc, fact flow.Fact) {
	line := text.Clean(fact.String())
	if flow.WeightOf(line) == flow.Grave {
		doc.Marked(styles.ForSeverity(model.Warning), line)
		return
	}
	doc.Marked(theme.Mark{Glyph: styles.Glyphs.Bullet, Tone: theme.Dim}, line)
}

// layTable draws a table. Where its columns do not fit side by side, its rows are read as
// lines.
func layTable(styles *theme.Styles, doc *widget.Doc, t *flow.Table) {
	if len(t.Rows) == 0 {
		return
	}
	widths, fits := columnWidths(t, doc.Width()-columnGap)
	if !fits || styles.Words {
		for _, line := range t.Lines() {
			doc.Indented(text.Clean(line), theme.Plain)
		}
		return
	}
	titles := make([]string, len(t.Columns))
	for i, c := range t.Columns {
		titles[i] = c.Title
	}
	doc.Verbatim(styles.Head.Render(tableLine(titles, widths)))
	for _, row := range t.Rows {
		line := tableLine(row.Cells, widths)
		more := changes(styles, row.More)
		all := strings.Join(more, ", ")
		switch {
		case len(more) > 0 && text.Width(line)+columnGap+text.Width(all) <= doc.Width():
			doc.Verbatim(line + text.Spaces(columnGap) + all)
			continue
		case 2*columnGap+text.Width(all) <= doc.Width():
			more = []string{all}
		}
		doc.Verbatim(line)
		for _, change := range more {
			if change != "" {
				doc.Verbatim(text.Spaces(2*columnGap) + change)
			}
		}
	}
}

// tableLine joins cells, indented as paragraphs are below a mark.
func tableLine(cells []string, widths []int) string {
	var b strings.Builder
	for i, cell := range cells {
		cell = text.Clean(cell)
		if i == 0 {
			cell = text.TruncateLeft(cell, widths[i])
		}
		b.WriteString(text.Spaces(columnGap) + text.Fit(cell, widths[i]))
	}
	return b.String()
}

// changes are what comes and goes, in the colours of that.
func changes(styles *theme.Styles, more []string) []string {
	var out []string
	for _, line := range more {
		tone := theme.Plain
		switch flow.WeightOf(line) {
		case flow.Gained:
			tone = theme.OK
		case flow.Lost:
			tone = theme.Warn
		case flow.Plain, flow.Grave:
		}
		out = append(out, styles.Tone(tone).Render(text.Clean(line)))
	}
	return out
}

// columnWidths are the widths of columns in so many cells. The names of rows give way
// first; where there is one column beside them, it takes what is left.
func columnWidths(t *flow.Table, width int) (widths []int, fits bool) {
	widths = make([]int, len(t.Columns))
	sum := columnGap * (len(t.Columns) - 1)
	for i, c := range t.Columns {
		widths[i] = text.Width(c.Title)
		for _, row := range t.Rows {
			widths[i] = max(widths[i], text.Width(text.Clean(row.Cells[i])))
		}
		sum += widths[i]
	}
	over := sum - width
	if over <= 0 {
		return widths, true
	}
	if len(widths) == 2 {
		widths[0] = max(min(widths[0], 2*width/5), leastName)
		widths[1] = width - widths[0] - columnGap
		return widths, widths[1] >= leastName
	}
	least := min(widths[0], leastName)
	widths[0] -= over
	return widths, widths[0] >= least
}

// layLine gives a line of the details the mark that it deserves.
func layLine(styles *theme.Styles, doc *widget.Doc, line string) {
	switch flow.WeightOf(line) {
	case flow.Grave:
		doc.Marked(styles.ForSeverity(model.Warning), line)
	case flow.Gained:
		doc.Indented(line, theme.OK)
	case flow.Lost:
		doc.Indented(line, theme.Warn)
	case flow.Plain:
		doc.Indented(line, theme.Plain)
	}
}
