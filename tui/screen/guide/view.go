package guide

import (
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"trustdeck/tui/flow"
	"trustdeck/tui/secrets"
	"trustdeck/tui/text"
	"trustdeck/tui/theme"
	"trustdeck/tui/widget"
)

const (
	// marksHeight is the line of the steps above the box.
	marksHeight = 1
	// leastBox is the height of a box below which it tells too little to stand
	// beside another one.
	leastBox = 6
)

// layout computes the page for the present state and size.
func (s *Screen) layout() {
	width, _ := widget.InnerBox(s.width, 0)
	s.layTail(width)
	_, height := widget.InnerBox(0, s.height-marksHeight-len(s.tail))
	s.page.SetSize(width, height)
	s.at = spot{}
	if width < 1 || height < 1 {
		return
	}
	lines, reveal := s.layPage(width, height)
	s.page.SetText(lines)
	if reveal {
		s.page.Rewind()
		s.page.Reveal(s.at.end)
		s.page.Reveal(s.at.y)
	}
}

// layPage lays out what is in the box, and tells whether it has a place that must be
// seen.
func (s *Screen) layPage(width, height int) (lines widget.StaticText, reveal bool) {
	styles := s.env.Styles
	switch {
	case s.fault != nil:
		doc := widget.NewDoc(styles, width)
		layError(styles, doc, s.fault)
		return doc.Lines(), false
	case s.secret != nil && !s.apart:
		lines, s.at = s.secret.layout(styles, width)
		return lines, true
	case s.machine == nil || s.busy():
		return s.layWaiting(width), false
	case s.state() == flow.Asking:
		lines, s.at = s.question.layout(styles, s.machine, width, height)
		return lines, true
	case s.state() == flow.Executing:
		lines, s.at = laySteps(styles, s.machine.Steps(), width)
		return lines, true
	case s.state() == flow.Reviewing || s.state() == flow.Confirming:
		lines, s.fold = layReview(styles, s.machine, &s.review, width, s.unfolded)
		return lines, false
	default:
		return layReport(styles, s.machine, width), false
	}
}

// layTail lays out what stands below the box: a passphrase that is asked for, where
// there is room for both, or the buttons, with the name that confirms above them.
func (s *Screen) layTail(width int) {
	s.tail, s.apart, s.tailAt = nil, false, spot{}
	if s.secret != nil {
		lines, at := s.secret.layout(s.env.Styles, width)
		if s.apart = s.height-marksHeight-len(lines)-2 >= leastBox; s.apart {
			box := widget.Box(s.env.Styles, secrets.Title(s.secret.ask), strings.Join(lines, "\n"), s.width, len(lines)+2, true)
			s.tail = strings.Split(box, "\n")
			s.tailAt = spot{x: 2 + at.x, y: 1 + at.y}
		}
		return
	}
	if s.machine == nil || s.buttons.none() {
		return
	}
	if s.buttons.hasField() {
		doc := widget.NewDoc(s.env.Styles, width)
		c := s.machine.Challenge()
		doc.Para(c.Why+" To apply, type "+c.What+": "+text.Clean(c.Word), theme.Strong)
		for _, line := range doc.Lines() {
			s.tail = append(s.tail, " "+line)
		}
		head := " > "
		line, x := s.named.View(s.env.Styles, max(width-len(head), 1))
		s.tailAt = spot{x: len(head) + x, y: len(s.tail)}
		s.tail = append(s.tail, s.env.Styles.Key.Render(head)+line)
	}
	s.tail = append(s.tail, s.buttons.draw(s.env.Styles, s.height-1))
	if !s.buttons.onField() {
		s.tailAt = spot{x: s.buttons.x(), y: len(s.tail) - 1}
	}
}

// View draws the steps of the flow, the page, and what stands below it.
func (s *Screen) View() string {
	high := s.height - marksHeight - len(s.tail)
	box := widget.Box(s.env.Styles, s.boxTitle(), s.page.View(s.env.Styles), s.width, high, !s.apart)
	return strings.Join(append([]string{s.marks(), box}, s.tail...), "\n")
}

func (s *Screen) boxTitle() string {
	if s.secret != nil && !s.apart {
		return secrets.Title(s.secret.ask)
	}
	switch s.state() {
	case flow.Asking:
		if s.machine == nil {
			return s.Title()
		}
		return s.machine.Step().Label
	case flow.Reviewing, flow.Confirming:
		if s.review.About != "" {
			return s.flow.Said().Review + ": " + text.Clean(s.review.About)
		}
		return s.flow.Said().Review
	case flow.Preparing:
		return s.flow.Said().Review
	case flow.Executing:
		return progress(s.env.Styles, s.machine)
	case flow.Done:
		return "Done"
	case flow.Failed:
		r := s.machine.Report()
		switch {
		case slices.ContainsFunc(r.Results, func(one flow.Result) bool { return one.Ending == flow.Well }):
			return "Done in part"
		case len(r.Done) > 0 && !r.Stepwise:
			return "Done, with failures"
		}
		return "Not done"
	default:
		return "Stopped"
	}
}

// marks draws how far the flow is. Where not all stages fit, it names the present one.
func (s *Screen) marks() string {
	if s.machine == nil {
		return ""
	}
	g, all := s.env.Styles.Glyphs, s.machine.Stages()
	var parts []string
	here := 0
	for i, m := range all {
		glyph, tone := g.None, theme.Dim
		if m.Past {
			glyph, tone = g.OK, theme.OK
		}
		label := m.Label
		if m.Here {
			here = i
			glyph, tone = g.Cursor, theme.Accent
			label = s.env.Styles.Tone(theme.Strong).Render(label)
		}
		parts = append(parts, s.env.Styles.Tone(tone).Render(glyph)+" "+label)
	}
	line := " " + strings.Join(parts, "  ")
	if text.Width(line) > s.width {
		line = " " + parts[here]
	}
	return text.Truncate(line, s.width)
}

// Cursor is in the field that is typed into, else on the selected choice or button, or on the
// step that is being done. Where there is none of them it is on the first line that is seen of
// the page.
func (s *Screen) Cursor() *tea.Cursor {
	if len(s.tail) > 0 {
		return tea.NewCursor(s.tailAt.x, s.height-len(s.tail)+s.tailAt.y)
	}
	return tea.NewCursor(2+s.at.x, marksHeight+1+max(s.at.y-s.page.Offset(), 0))
}

func (s *Screen) layWaiting(width int) widget.StaticText {
	words := "Reading the private keys on this machine."
	switch {
	case s.state() == flow.Preparing:
		words = s.flow.Said().Preparing
	case s.does(flow.Inquire):
		words = "Reading what you named."
	case s.does(flow.Read):
		words = "Reading what you named."
	}
	doc := widget.NewDoc(s.env.Styles, width)
	doc.Marked(theme.Mark{Glyph: s.env.Styles.Glyphs.Loading, Tone: theme.Dim}, words)
	return doc.Lines()
}

// reviewText is the review as a document.
func reviewText(m *flow.Machine) string {
	var b strings.Builder
	review := m.Review()
	for _, section := range review.Whole() {
		b.WriteString(text.Clean(section.Head) + "\n")
		for _, line := range section.Lines {
			b.WriteString("  " + text.Clean(line) + "\n")
		}
	}
	return b.String()
}

// reportText is the report as a document.
func reportText(m *flow.Machine) string {
	styles := theme.New(theme.Options{Mode: theme.Mono, ASCII: true})
	return text.Plain(strings.Join(layReport(&styles, m, 100), "\n")) + "\n"
}
