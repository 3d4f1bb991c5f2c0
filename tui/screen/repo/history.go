package repo

import (
	"context"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"trustdeck/model"
	"trustdeck/model/display"
	"trustdeck/model/history"
	"trustdeck/tui/keymap"
	"trustdeck/tui/nav"
	"trustdeck/tui/screen"
	"trustdeck/tui/text"
	"trustdeck/tui/theme"
	"trustdeck/tui/widget"
)

// historyTab is the past as a timeline, the newest publish first.
type historyTab struct {
	*screen.List[moment]
	s *Screen
	// limit is how many publishes are read; asking for more raises it.
	limit int
}

// moment is a publish in its timeline.
type moment struct {
	*history.Publish
	line *history.Timeline
	// before is who could sign before.
	before []history.Grant
}

func newHistory(s *Screen) *historyTab {
	t := &historyTab{s: s, limit: history.DefaultLimit}
	t.List = screen.NewList(s.env, screen.Listing[moment]{
		Title: "History", Titled: true, Head: s.head,
		Columns: []screen.Column[moment]{
			{
				Column:  widget.Column{Title: "PUBLISHED", Width: 10},
				Cell:    func(m *moment) widget.Cell { return screen.WordCell(published(m.Publish)) },
				Compare: func(a, b *moment) int { return a.Time.Compare(b.Time) },
			},
			{
				Column:  widget.Column{Title: "VERS.", Full: "version", Width: 5},
				Cell:    func(m *moment) widget.Cell { return screen.WordCell(publishVersion(m.Publish)) },
				Compare: screen.By(func(m *moment) int64 { return m.Snapshot }),
			},
			{
				Column: widget.Column{Title: "WHAT CHANGED", Width: 16, Grow: true, Unsorted: true},
				Cell:   func(m *moment) widget.Cell { return widget.Cell{Text: t.summary(m)} },
			},
			screen.MarkColumn(t.mark),
		},
		LongRows: true,
		Slot:     s.env.Tasks.Slot("reading the history of " + string(s.gun)).About(string(s.gun)),
		Fetch:    t.read,
		Key:      key,
		Match:    t.match, Unmatched: "No publish has to do with",

		Detail: t.about, Empty: t.none, Notes: t.notes,
		Actions: []screen.Action[moment]{
			screen.OpenAction[moment](none, nil),
			{ID: keymap.HistoryMore, Do: func(*moment) tea.Cmd { return t.more() }, When: t.older},
		},
		Copies: t.copies,
	})
	return t
}

// key tells publishes apart: a deletion by its time.
func key(m *moment) string { return fmt.Sprint(m.Kind, m.Snapshot, m.Root, m.Time.Unix()) }

func published(p *history.Publish) string {
	if p.Clock == history.ClockNone {
		return ""
	}
	return text.Date(p.Time)
}

func publishVersion(p *history.Publish) string {
	switch p.Kind {
	case history.Snapshot:
		return fmt.Sprintf("v%d", p.Snapshot)
	case history.RootOnly:
		return fmt.Sprintf("r%d", p.Root)
	case history.Deletion:
	}
	return ""
}

func (t *historyTab) read() func(context.Context) ([]moment, error) {
	source, gun, window := t.s.env.Source, t.s.gun, history.Window{Limit: t.limit}
	return func(ctx context.Context) ([]moment, error) {
		line, err := source.History(ctx, gun, window)
		if err != nil {
			return nil, err
		}
		out := make([]moment, len(line.Publishes))
		for i := range out {
			out[i] = moment{Publish: &line.Publishes[i], line: &line}
			if i+1 < len(out) {
				out[i].before = line.Publishes[i+1].Grants()
			}
		}
		return out, nil
	}
}

// line is the timeline; nil where it has not been read or is empty.
func (t *historyTab) line() *history.Timeline {
	if all := t.All(); len(all) > 0 {
		return all[0].line
	}
	return nil
}

// older says whether there are older publishes to read.
func (t *historyTab) older(*moment) (bool, string) {
	switch line := t.line(); {
	case line == nil || !line.More:
		return false, "there are no older publishes"
	case t.limit >= history.MaxLimit:
		return false, "trustdeck reads no more than " + text.Number(history.MaxLimit) + " publishes"
	default:
		return true, ""
	}
}

// more reads twice as many.
func (t *historyTab) more() tea.Cmd {
	t.limit = min(2*t.limit, history.MaxLimit)
	t.Expire()
	return t.Fetch()
}

func (t *historyTab) namer(m *moment) history.Namer {
	n := m.line.NamerOf(func(role model.RoleName) string { return t.s.short(role) })
	named := n.Key
	n.Key = func(id model.KeyID) string { return text.Clean(named(id)) }
	return n
}

// target is what people call a target.
func (t *historyTab) target() string { return t.s.env.DialectOf(t.s.gun).Words().Target }

func (t *historyTab) summary(m *moment) string {
	return text.Clean(m.Summary(t.namer(m), t.target()))
}

// match is what a filter looks at: what is shown, and every key with its IDs and names.
func (t *historyTab) match(m *moment) string {
	words := []string{m.Name(), t.summary(m), published(m.Publish)}
	add := func(ids []model.KeyID) {
		for _, id := range ids {
			words = append(words, string(id))
			words = append(words, m.line.Names[id]...)
		}
	}
	for i := range m.Revisions {
		r := &m.Revisions[i]
		words = append(words, string(r.Role))
		add(r.Signers)
		for j := range r.Targets.List {
			words = append(words, r.Targets.List[j].Name)
		}
	}
	for i := range m.Timestamps {
		add(m.Timestamps[i].Signers)
	}
	for i := range m.Differences {
		d := &m.Differences[i]
		words = append(words, d.Signer, string(d.Role))
		add(d.KeysAdded)
		add(d.KeysRemoved)
		add(d.Relisted)
	}
	return strings.Join(words, " ")
}

func (t *historyTab) none(doc *widget.Doc) {
	switch done, err := t.Fetched(); {
	case err != nil:
		screen.Explain(t.s.env.Styles, doc, err)
		doc.Indented(t.s.env.Press(keymap.Refresh)+" tries again.", theme.Dim)
	case !done:
		doc.Uncut("Reading earlier versions..")
	default:
		doc.Uncut("The server keeps no earlier versions.")
	}
}

// notes says what the timeline lacks.
func (t *historyTab) notes() widget.StaticText {
	line := t.line()
	if line == nil {
		return nil
	}
	st := t.s.env.Styles
	doc := widget.NewDoc(st, max(t.Width()-2, 1))
	if ok, _ := t.older(nil); ok {
		doc.Para(t.s.env.Press(keymap.HistoryMore)+" reads older publishes.", theme.Dim)
	}
	if n := len(line.Missing); n > 0 {
		words := "Not kept: " + text.Clean(line.Missing[0].String())
		if n > 1 {
			words += " and " + text.Count(n-1, "more gap")
		}
		doc.Para(words+".", theme.Dim)
	}
	for i := range line.Problems {
		if i == 2 {
			break
		}
		doc.Marked(st.ForSeverity(line.Problems[i].Severity), text.Sentence(text.Clean(line.Problems[i].Text)))
	}
	return doc.Lines()
}

func (t *historyTab) mark(m *moment) theme.Mark {
	st := t.s.env.Styles
	switch worst := m.Worst(); {
	case !m.Verified:
		return st.ForSeverity(model.Failure)
	case worst > model.Notice:
		return st.ForSeverity(worst)
	case m.Kind == history.Deletion:
		return theme.Mark{Glyph: st.Glyphs.None, Tone: theme.Dim}
	default:
		return theme.Mark{Glyph: st.Glyphs.OK, Tone: theme.OK}
	}
}

func (t *historyTab) count() (int, bool) {
	done, err := t.Fetched()
	return len(t.All()), done && err == nil
}

func (t *historyTab) copies(m *moment) []screen.CopyItem {
	var changes []string
	for _, l := range m.Lines(m.line.NamerOf(history.FullNames)) {
		changes = append(changes, l.String())
	}
	items := []screen.CopyItem{
		{Label: "changes", Text: strings.Join(changes, "\n"), Lines: true},
		{Label: "history command", Text: "trustdeck history " + display.ShellWord(t.s.gun.String())},
	}
	for i := range m.Revisions {
		r := &m.Revisions[i]
		if r.Length > 0 {
			items = append(items, screen.CopyItem{Label: "file digest of " + text.Clean(string(r.Role)), Text: "sha256:" + hex.EncodeToString(r.SHA256[:])})
		}
	}
	return items
}

// historyAction goes to the publishes that a row has to do with.
func historyAction[T any](s *Screen, pattern func(*T) string) screen.Action[T] {
	return screen.Action[T]{
		ID:   keymap.HistoryOf,
		When: func(row *T) (bool, string) { return row != nil, none },
		Do: func(row *T) tea.Cmd {
			s.filter = pattern(row)
			return s.goTo(slices.Index(nav.Tabs(), nav.TabHistory))
		},
	}
}
