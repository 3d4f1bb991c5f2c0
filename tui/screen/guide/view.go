package guide

import (
	"strings"

	tea "charm.land/bubbletea/v2"

	"trustdeck/model"
	"trustdeck/model/admin"
	"trustdeck/model/plan"
	"trustdeck/tui/flow"
	"trustdeck/tui/text"
	"trustdeck/tui/theme"
	"trustdeck/tui/widget"
)

// marksHeight is the line of the steps above the box.
const marksHeight = 1

// lay computes the page for the present state and size.
func (s *Screen) lay() {
	width, height := widget.InnerBox(s.width, s.height-marksHeight-s.below())
	s.page.SetSize(width, height)
	if width < 1 || height < 1 {
		return
	}
	switch {
	case s.fault != nil:
		s.page.SetText(s.layFault(width))
	case s.machine == nil || s.busy() && s.state() == flow.Asking:
		s.page.SetText(s.layWaiting(width))
	case s.state() == flow.Asking:
		lines, _, atY := s.question.lay(s.env.Styles, s.machine, width)
		s.page.SetText(lines)
		s.page.Reveal(atY)
	case s.state() == flow.Preparing:
		s.page.SetText(s.layWaiting(width))
	case s.state() == flow.Reviewing || s.state() == flow.Confirming:
		s.page.SetText(layReview(s.env.Styles, s.machine, width))
	case s.state() == flow.Executing:
		lines, at := laySteps(s.env.Styles, s.machine.Steps(), width)
		s.page.SetText(lines)
		s.page.Reveal(at)
	default:
		s.page.SetText(layReport(s.env.Styles, s.machine, width))
	}
}

// below is how many lines stand below the box: buttons, the name that confirms, or
// a passphrase that is asked for.
func (s *Screen) below() int {
	switch {
	case s.secret != nil:
		lines, _, _ := s.secret.lay(s.env.Styles, max(s.width-4, 1))
		return len(lines) + 2
	case s.machine == nil || s.buttons.none():
		return 0
	case s.buttons.hasField():
		return 2
	default:
		return 1
	}
}

// View draws the steps of the flow, the page, and what stands below it.
func (s *Screen) View() string {
	high := s.height - marksHeight - s.below()
	out := s.marks() + "\n" + widget.Box(s.env.Styles, s.boxTitle(), s.page.View(s.env.Styles), s.width, high, s.secret == nil)
	switch {
	case s.secret != nil:
		lines, _, _ := s.secret.lay(s.env.Styles, max(s.width-4, 1))
		out += "\n" + widget.Box(s.env.Styles, "Passphrase", strings.Join(lines, "\n"), s.width, s.below(), true)
	case s.machine != nil && !s.buttons.none():
		if s.buttons.hasField() {
			head := s.nameHead()
			line, _ := s.named.View(s.env.Styles, max(s.width-text.Width(head)-1, 1))
			out += "\n" + head + line
		}
		out += "\n" + s.buttons.draw(s.env.Styles, s.height-1)
	}
	return out
}

// nameHead stands before the field of the name that confirms.
func (s *Screen) nameHead() string {
	return " To apply, type " + s.env.Styles.Tone(theme.Strong).Render(text.Clean(s.machine.Word())) + " here: "
}

func (s *Screen) boxTitle() string {
	switch s.state() {
	case flow.Asking:
		if s.machine == nil || s.machine.Step() == nil {
			return s.Title()
		}
		return s.machine.Step().Label
	case flow.Preparing, flow.Reviewing, flow.Confirming:
		return "Review the plan"
	case flow.Executing:
		return "Executing"
	case flow.Done:
		return "Done"
	case flow.Failed:
		return "Not done"
	default:
		return "Stopped"
	}
}

// marks draws how far the flow is. Where not all steps fit, it counts them.
func (s *Screen) marks() string {
	if s.machine == nil {
		return ""
	}
	g, all := s.env.Styles.Glyphs, s.machine.Marks()
	var parts []string
	here := 0
	for i, m := range all {
		glyph, tone := g.None, theme.Dim
		if m.Past {
			glyph, tone = g.OK, theme.OK
		}
		label := text.Number(i+1) + " " + m.Label
		if m.Here {
			here = i
			glyph, tone = g.Cursor, theme.Accent
			label = s.env.Styles.Tone(theme.Strong).Render(label)
		}
		parts = append(parts, s.env.Styles.Tone(tone).Render(glyph)+" "+label)
	}
	line := " " + strings.Join(parts, "  ")
	if text.Width(line) > s.width {
		line = " Step " + text.Number(here+1) + " of " + text.Number(len(all)) + ": " + s.env.Styles.Tone(theme.Strong).Render(all[here].Label)
	}
	return text.Truncate(line, s.width)
}

// Cursor is in the field that is typed into, else on the selected choice or
// button.
func (s *Screen) Cursor() *tea.Cursor {
	width := max(s.width-4, 1)
	switch {
	case s.machine == nil || s.fault != nil || s.busy():
		return nil
	case s.secret != nil:
		_, x, y := s.secret.lay(s.env.Styles, width)
		return tea.NewCursor(2+x, s.height-s.below()+1+y)
	case s.state() == flow.Asking:
		_, x, y := s.question.lay(s.env.Styles, s.machine, width)
		return tea.NewCursor(2+x, marksHeight+1+y-s.page.Offset())
	case s.buttons.onField():
		head := s.nameHead()
		_, x := s.named.View(s.env.Styles, max(s.width-text.Width(head)-1, 1))
		return tea.NewCursor(text.Width(head)+x, s.height-2)
	case !s.buttons.none():
		return tea.NewCursor(s.buttons.x(), s.height-1)
	default:
		return nil
	}
}

func (s *Screen) layFault(width int) widget.StaticText {
	doc := widget.NewDoc(s.env.Styles, width)
	what, hint := text.Error(s.fault)
	doc.Marked(theme.Mark{Glyph: s.env.Styles.Glyphs.Broken, Tone: theme.Bad}, text.Sentence(text.Clean(what)))
	if hint != "" {
		doc.Indented(text.Sentence(text.Clean(hint)), theme.Accent)
	}
	return doc.Lines()
}

func (s *Screen) layWaiting(width int) widget.StaticText {
	words := "Reading the private keys on this machine."
	switch {
	case s.state() == flow.Preparing:
		words = "Reading the repositories and computing the plan. Nothing is written."
	case s.read.Active():
		words = "Reading what you have named."
	}
	doc := widget.NewDoc(s.env.Styles, width)
	doc.Marked(theme.Mark{Glyph: s.env.Styles.Glyphs.Loading, Tone: theme.Dim}, words)
	return doc.Lines()
}

// layReview lays out the plan, and before it what others have changed since it was
// reviewed last.
func layReview(styles *theme.Styles, m *flow.Machine, width int) widget.StaticText {
	doc := widget.NewDoc(styles, width)
	if moved := m.Moved(); len(moved) > 0 {
		doc.Marked(styles.ForSeverity(model.Warning), "Somebody else has published meanwhile. This is the plan on what is there now; review it again.")
		for _, one := range moved {
			doc.Indented(text.Sentence(text.Clean(one.String())), theme.Plain)
		}
		doc.Space()
	}
	for _, section := range flow.Review(m.Plan()) {
		doc.Head(text.Clean(section.Head))
		for _, line := range section.Lines {
			layLine(styles, doc, text.Clean(line))
		}
	}
	return doc.Lines()
}

// layLine gives warnings and what cannot be undone the mark that they deserve.
func layLine(styles *theme.Styles, doc *widget.Doc, line string) {
	switch {
	case strings.HasPrefix(line, "Warning: "), strings.HasPrefix(line, "Cannot be undone: "):
		doc.Marked(styles.ForSeverity(model.Warning), line)
	case strings.HasPrefix(line, "+ "):
		doc.Indented(line, theme.OK)
	case strings.HasPrefix(line, "- "):
		doc.Indented(line, theme.Warn)
	default:
		doc.Indented(line, theme.Plain)
	}
}

// laySteps lays out the steps of an execution; at is the line of the present one.
func laySteps(styles *theme.Styles, steps []admin.Step, width int) (lines widget.StaticText, at int) {
	doc := widget.NewDoc(styles, width)
	done := 0
	for _, step := range steps {
		if step.State == admin.StepDone {
			done++
		}
	}
	doc.Para(text.Number(done)+" of "+text.Number(len(steps))+" done", theme.Strong)
	doc.Space()
	for i, step := range steps {
		mark := theme.Mark{Glyph: styles.Glyphs.None, Tone: theme.Dim}
		words := text.Clean(step.Text)
		switch step.State {
		case admin.StepDone:
			mark = theme.Mark{Glyph: styles.Glyphs.OK, Tone: theme.OK}
			if took := text.Elapsed(step.Elapsed); took != "" {
				words += "   " + took
			}
		case admin.StepRunning, admin.StepSecret:
			mark = theme.Mark{Glyph: styles.Glyphs.Cursor, Tone: theme.Accent}
			words += "   " + string(step.State)
			at = len(doc.Lines())
		case admin.StepFailed:
			mark = theme.Mark{Glyph: styles.Glyphs.Broken, Tone: theme.Bad}
			at = len(doc.Lines())
		case admin.StepWaiting, admin.StepSkipped:
		}
		doc.Marked(mark, text.Number(i+1)+". "+words)
	}
	return doc.Lines(), at
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
	for _, part := range []struct {
		head  string
		lines []string
	}{{"WHAT TO DO NEXT", r.Next}, {"DONE", r.Done}, {"NOT DONE", r.NotDone}} {
		if len(part.lines) == 0 {
			continue
		}
		doc.Head(part.head)
		for _, line := range part.lines {
			doc.Indented(text.Clean(line), theme.Plain)
		}
	}
	return doc.Lines()
}

// reviewText is the review as a document.
func reviewText(p *plan.Plan) string {
	var b strings.Builder
	for _, section := range flow.Review(p) {
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
