package repo

import (
	"cmp"
	"context"
	"encoding/hex"
	"fmt"
	"strings"

	tea "charm.land/bubbletea/v2"

	"trustdeck/model/admin"
	"trustdeck/tui/keymap"
	"trustdeck/tui/screen"
	"trustdeck/tui/task"
	"trustdeck/tui/text"
	"trustdeck/tui/theme"
	"trustdeck/tui/widget"
)

// historyLimit is how many versions are read.
const historyLimit = 200

const (
	historyWhen = iota
	historyRole
	historyVersion
	historyChanges
	historyMark
)

// historyTab lists earlier versions of the roles, newest first.
type historyTab struct {
	base
	lane *task.Lane
	past []admin.Revision
	done bool
	err  error
}

func newHistory(s *Screen) *historyTab {
	t := &historyTab{base: base{s: s}, lane: s.env.Tasks.Lane("reading the history of " + string(s.gun)).About(string(s.gun))}
	t.split.ListTitle = "History"
	t.detail = t.about
	t.setColumns(
		widget.Column{ID: historyWhen, Title: "PUBLISHED", Width: 10},
		widget.Column{ID: historyRole, Title: "ROLE", Width: 10, Grow: true, Max: 24},
		widget.Column{ID: historyVersion, Title: "VERS.", Full: "version", Width: 5},
		widget.Column{ID: historyChanges, Title: "CHANGED", Width: 16, Grow: true, Drop: 1},
		widget.Column{ID: historyMark, Title: "", Width: 1, Unsorted: true},
	)
	return t
}

func (t *historyTab) load() {
	t.split.Table.Empty = t.empty()
	t.split.Table.SetRows(widget.RowsOf{
		N:         len(t.past),
		KeyOf:     func(i int) string { return fmt.Sprint(t.past[i].Role, t.past[i].Version) },
		CellOf:    func(i, column int) widget.Cell { return t.cell(&t.past[i], column) },
		CompareOf: func(column, i, j int) int { return cmp.Or(compareRevisions(column, &t.past[i], &t.past[j]), i-j) },
		MatchOf:   func(i int) string { return t.past[i].Role.String() + " " + strings.Join(t.past[i].Changes, " ") },
	})
}

func (t *historyTab) empty() []string {
	what, hint := text.Error(t.err)
	switch {
	case t.err != nil:
		return []string{"", text.Sentence(what), text.Sentence(hint), t.s.env.Press(keymap.Refresh) + " tries again."}
	case !t.done:
		return []string{"", "Reading earlier versions.."}
	default:
		return []string{"", "The server keeps no earlier versions."}
	}
}

func (t *historyTab) cell(r *admin.Revision, column int) widget.Cell {
	switch column {
	case historyWhen:
		return widget.Cell{Text: text.Date(r.Published)}
	case historyRole:
		return widget.Cell{Text: text.Clean(t.s.repo().Short(r.Role))}
	case historyVersion:
		return widget.Cell{Text: fmt.Sprintf("v%d", r.Version)}
	case historyChanges:
		if len(r.Changes) == 0 {
			return widget.Cell{Text: "-", Tone: theme.Dim}
		}
		return widget.Cell{Text: text.Clean(strings.Join(r.Changes, ", "))}
	default:
		if r.Problem != nil {
			mark := t.s.env.Styles.ForSeverity(r.Problem.Severity)
			return widget.Cell{Text: mark.Glyph, Tone: mark.Tone}
		}
		return widget.Cell{Text: t.s.env.Styles.Glyphs.OK, Tone: theme.OK}
	}
}

func compareRevisions(column int, a, b *admin.Revision) int {
	switch column {
	case historyWhen:
		return a.Published.Compare(b.Published)
	case historyRole:
		return strings.Compare(string(a.Role), string(b.Role))
	case historyVersion:
		return cmp.Compare(a.Version, b.Version)
	default:
		return len(a.Changes) - len(b.Changes)
	}
}

func (t *historyTab) enter() tea.Cmd {
	if t.done || t.lane.Active() {
		return nil
	}
	desk, gun := t.s.env.Desk, t.s.gun
	return task.Run(t.lane, func(ctx context.Context) ([]admin.Revision, error) {
		return desk.History(ctx, gun, historyLimit)
	})
}

func (t *historyTab) expire() {
	t.lane.Stop()
	t.done = false
}

func (t *historyTab) close() { t.lane.Stop() }

func (t *historyTab) update(msg tea.Msg) tea.Cmd {
	if msg, ok := msg.(task.DoneMsg[[]admin.Revision]); ok && t.lane.Finish(msg.ID) {
		t.past, t.err, t.done = msg.Value, msg.Err, true
		t.load()
		t.lay()
	}
	return nil
}

func (t *historyTab) about(i int) (string, widget.Text) {
	r := &t.past[i]
	st, now := t.s.env.Styles, t.s.env.Now()
	doc := t.doc()
	doc.Fact("Role", text.Clean(r.Role.String()))
	doc.Fact("Version", fmt.Sprint(r.Version))
	doc.Fact("Published", doc.Row(text.UTC(r.Published), text.Relative(r.Published, now)))
	doc.Fact("Expires", doc.Row(text.UTC(r.Expires), text.Relative(r.Expires, now)))
	doc.Fact("Size", text.Bytes(r.Length))
	if r.Problem != nil {
		doc.Space()
		doc.Marked(st.ForSeverity(r.Problem.Severity), text.Sentence(text.Clean(r.Problem.Text)))
	}
	doc.Head("WHAT CHANGED")
	if len(r.Changes) == 0 {
		doc.Para("Nothing but version and expiry, or there is no version before to compare with.", theme.Dim)
	}
	for _, c := range r.Changes {
		doc.Marked(theme.Mark{Glyph: st.Glyphs.Bullet, Tone: theme.Dim}, text.Clean(c))
	}
	if len(r.Signers) > 0 {
		doc.Head("SIGNED BY")
	}
	for _, id := range r.Signers {
		line := text.Clean(id.Short())
		if k, ok := t.s.repo().Key(id); ok {
			line = doc.Row(line, roleNames(t.s.repo(), k.Roles))
		}
		doc.Marked(theme.Mark{Glyph: st.Glyphs.OK, Tone: theme.OK}, line)
	}
	doc.Head("FILE")
	doc.Para("sha256:"+hex.EncodeToString(r.SHA256[:]), theme.Dim)
	return fmt.Sprintf("%s v%d", text.Clean(r.Role.String()), r.Version), doc.Lines()
}

func (t *historyTab) count() (int, bool) { return len(t.past), t.done && t.err == nil }

func (t *historyTab) copies(i int) []screen.CopyItem {
	r := &t.past[i]
	return []screen.CopyItem{
		{Label: "file digest", Text: "sha256:" + hex.EncodeToString(r.SHA256[:])},
		{Label: "changes", Text: strings.Join(r.Changes, "\n"), Lines: true},
	}
}
