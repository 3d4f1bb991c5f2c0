package repo

import (
	"context"
	"encoding/hex"
	"fmt"
	"strings"

	"trustdeck/model"
	"trustdeck/model/admin"
	"trustdeck/tui/keymap"
	"trustdeck/tui/screen"
	"trustdeck/tui/text"
	"trustdeck/tui/theme"
	"trustdeck/tui/widget"
)

// historyLimit is how many versions are read.
const historyLimit = 200

// historyTab lists earlier versions of the roles, newest first.
type historyTab struct {
	*screen.List[admin.Revision]
	s *Screen
}

func newHistory(s *Screen) *historyTab {
	t := &historyTab{s: s}
	t.List = screen.NewList(s.env, screen.Listing[admin.Revision]{
		Title: "History", Titled: true, Head: s.head,
		Columns: []screen.Column[admin.Revision]{
			{
				Column:  widget.Column{Title: "PUBLISHED", Width: 10},
				Cell:    func(r *admin.Revision) widget.Cell { return widget.Cell{Text: text.Date(r.Published)} },
				Compare: func(a, b *admin.Revision) int { return a.Published.Compare(b.Published) },
			},
			{
				Column:  widget.Column{Title: "ROLE", Width: 10, Grow: true, Max: 24},
				Cell:    func(r *admin.Revision) widget.Cell { return widget.Cell{Text: s.short(r.Role)} },
				Compare: screen.By(func(r *admin.Revision) model.RoleName { return r.Role }),
			},
			{
				Column:  widget.Column{Title: "VERS.", Full: "version", Width: 5},
				Cell:    func(r *admin.Revision) widget.Cell { return widget.Cell{Text: fmt.Sprintf("v%d", r.Version)} },
				Compare: screen.By(func(r *admin.Revision) int64 { return r.Version }),
			},
			{
				Column:  widget.Column{Title: "CHANGED", Width: 16, Grow: true, Drop: 1},
				Cell:    func(r *admin.Revision) widget.Cell { return screen.WordCell(text.Clean(strings.Join(r.Changes, ", "))) },
				Compare: screen.By(func(r *admin.Revision) int { return len(r.Changes) }),
			},
			screen.MarkColumn(t.mark),
		},
		Slot:  s.env.Tasks.Slot("reading the history of " + string(s.gun)).About(string(s.gun)),
		Fetch: t.read,
		Key:   func(r *admin.Revision) string { return fmt.Sprint(r.Role, r.Version) },
		Match: func(r *admin.Revision) string { return r.Role.String() + " " + strings.Join(r.Changes, " ") },

		Detail: t.about, Empty: t.none,
		Actions: []screen.Action[admin.Revision]{screen.OpenAction[admin.Revision](none, nil)},
		Copies:  copiesOfRevision,
	})
	return t
}

func (t *historyTab) read() func(context.Context) ([]admin.Revision, error) {
	source, gun := t.s.env.Source, t.s.gun
	return func(ctx context.Context) ([]admin.Revision, error) { return source.History(ctx, gun, historyLimit) }
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

func (t *historyTab) mark(r *admin.Revision) theme.Mark {
	if r.Problem != nil {
		return t.s.env.Styles.ForSeverity(r.Problem.Severity)
	}
	return theme.Mark{Glyph: t.s.env.Styles.Glyphs.OK, Tone: theme.OK}
}

func (t *historyTab) about(doc *widget.Doc, r *admin.Revision) (title string, lines widget.Text) {
	st, now := t.s.env.Styles, t.s.env.Now()
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
		doc.Para("Only version and expiry, or there is no earlier version to compare with.", theme.Dim)
	}
	for _, c := range r.Changes {
		doc.Marked(theme.Mark{Glyph: st.Glyphs.Bullet, Tone: theme.Dim}, text.Clean(c))
	}
	if len(r.Signers) > 0 {
		doc.Head("SIGNED BY")
	}
	for _, id := range r.Signers {
		line := text.Clean(id.Short())
		if repo := t.s.repo(); repo != nil {
			if k, ok := repo.Key(id); ok {
				line = doc.Row(line, roleNames(repo, k.Roles))
			}
		}
		doc.Marked(theme.Mark{Glyph: st.Glyphs.OK, Tone: theme.OK}, line)
	}
	doc.Head("FILE")
	doc.Para("sha256:"+hex.EncodeToString(r.SHA256[:]), theme.Dim)
	return fmt.Sprintf("%s v%d", text.Clean(r.Role.String()), r.Version), doc.Lines()
}

func (t *historyTab) count() (int, bool) {
	done, err := t.Fetched()
	return len(t.All()), done && err == nil
}

func copiesOfRevision(r *admin.Revision) []screen.CopyItem {
	return []screen.CopyItem{
		{Label: "file digest", Text: "sha256:" + hex.EncodeToString(r.SHA256[:])},
		{Label: "changes", Text: strings.Join(r.Changes, "\n"), Lines: true},
	}
}
