package repo

import (
	"fmt"
	"strings"

	"trustdeck/model"
	"trustdeck/model/history"
	"trustdeck/tui/text"
	"trustdeck/tui/theme"
	"trustdeck/tui/widget"
)

// about lays out a publish: what is wrong first, then how who could sign changed, the files, and
// who could sign.
func (t *historyTab) about(doc *widget.Doc, m *moment) (title string, lines widget.Text) {
	st, now := t.s.env.Styles, t.s.env.Now()
	title = text.Capital(m.Name())
	for i := range m.Problems {
		doc.Marked(st.ForSeverity(m.Problems[i].Severity), text.Sentence(text.Clean(m.Problems[i].Text)))
	}
	for i := range m.Revisions {
		r := &m.Revisions[i]
		if len(r.Problems) > 0 && r.Problems[0].Severity > model.Notice {
			doc.Marked(st.ForSeverity(r.Problems[0].Severity), fmt.Sprintf("%s v%d: %s", t.s.short(r.Role), r.Version, text.Sentence(text.Clean(r.Problems[0].Text))))
		}
	}
	if m.Clock == history.ClockNone {
		doc.Fact("Published", m.Clock.String())
	} else {
		doc.Fact("Published", doc.Row(text.UTC(m.Time), text.Relative(m.Time, now), m.Clock.String()))
	}
	if m.Kind == history.Deletion {
		doc.Para("All trust data was deleted. The server keeps nothing from before.", theme.Plain)
		return title, doc.Lines()
	}
	n := t.namer(m)
	doc.Fact("Root", fmt.Sprintf("v%d", m.Root))
	t.differences(doc, m, n)
	doc.Head("FILES")
	for i := range m.Revisions {
		t.file(doc, &m.Revisions[i], n)
	}
	t.stamps(doc, m)
	t.grants(doc, m, n)
	return title, doc.Lines()
}

// differences says how who could sign changed.
func (t *historyTab) differences(doc *widget.Doc, m *moment, n history.Namer) {
	doc.Head("CHANGES IN WHO CAN SIGN")
	lines := m.Lines(n)
	switch {
	case !m.Compared:
		doc.Para("The publish before is not known.", theme.Dim)
	case len(lines) == 0:
		doc.Para("None.", theme.Dim)
	}
	for _, l := range lines {
		tone := theme.Accent
		switch l.Sign {
		case '+':
			tone = theme.OK
		case '-':
			tone = theme.Warn
		}
		doc.Marked(theme.Mark{Glyph: string(l.Sign), Tone: tone}, text.Clean(l.Text))
	}
}

// mostTargets is how many changed targets of a file are named.
const mostTargets = 100

// file says what became of a file, and who has signed it.
func (t *historyTab) file(doc *widget.Doc, r *history.Revision, n history.Namer) {
	st := t.s.env.Styles
	mark := theme.Mark{Glyph: st.Glyphs.OK, Tone: theme.OK}
	if len(r.Problems) > 0 {
		mark = st.ForSeverity(r.Problems[0].Severity)
	}
	words := t.s.short(r.Role)
	if r.Version > 0 {
		words += fmt.Sprintf(" v%d", r.Version)
	}
	if what := r.What(t.target()); what != "" {
		words += ", " + text.Clean(what)
	}
	doc.Marked(mark, words)
	for i := range r.Problems {
		doc.Indented(text.Sentence(text.Clean(r.Problems[i].Text)), theme.Warn)
	}
	if len(r.Signers) > 0 {
		var by []string
		for _, id := range r.Signers {
			by = append(by, n.Key(id))
		}
		doc.Indented("signed by "+strings.Join(by, ", "), theme.Dim)
	}
	for i := range r.Targets.List {
		if i == mostTargets {
			break
		}
		c := &r.Targets.List[i]
		doc.Indented(fmt.Sprintf("%s %s %s", t.target(), text.Clean(c.Name), c.Change), theme.Plain)
	}
	if more := r.Targets.Total() - min(len(r.Targets.List), mostTargets); more > 0 {
		doc.Indented("and "+text.Number(more)+" more", theme.Dim)
	}
}

// stamps names the timestamps.
func (t *historyTab) stamps(doc *widget.Doc, m *moment) {
	st := t.s.env.Styles
	for i := range m.Timestamps {
		s := &m.Timestamps[i]
		if last := len(m.Timestamps) - 1; i > 0 && i < last {
			continue
		}
		mark := theme.Mark{Glyph: st.Glyphs.OK, Tone: theme.OK}
		if !s.Verified {
			mark = st.ForSeverity(model.Failure)
		}
		words := fmt.Sprintf("timestamp v%d", s.Version)
		if i > 0 {
			words += fmt.Sprintf(", the last of %s signed again", text.Count(i, "timestamp"))
			if !s.Time.IsZero() {
				words += " on " + text.Date(s.Time)
			}
		}
		doc.Marked(mark, words)
	}
}

// grants says who could sign after the publish, and before where that differs.
func (t *historyTab) grants(doc *widget.Doc, m *moment, n history.Namer) {
	doc.Head("WHO COULD SIGN")
	grants := m.Grants()
	for i := range grants {
		g := &grants[i]
		doc.Para(t.s.short(g.Role), theme.Plain)
		doc.Indented(text.Clean(g.Line(n)), theme.Dim)
		for j := range m.before {
			was := &m.before[j]
			if was.From == g.From && was.Role == g.Role && was.Line(n) != g.Line(n) {
				doc.Indented("before: "+text.Clean(was.Line(n)), theme.Accent)
				break
			}
		}
	}
}
