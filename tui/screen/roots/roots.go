package roots

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	tea "charm.land/bubbletea/v2"

	"trustdeck/model"
	"trustdeck/model/admin"
	"trustdeck/model/quorum"
	"trustdeck/tui/detail"
	"trustdeck/tui/nav"
	"trustdeck/tui/screen"
	"trustdeck/tui/text"
	"trustdeck/tui/theme"
	"trustdeck/tui/widget"
)

// Screen lists the roots of a repository.
type Screen struct {
	*detail.Page[row]
	env *screen.Env
	gun model.GUN
}

// row is a root, or, as the last one, what is not there of older ones.
type row struct {
	*admin.RootLink
	holders map[model.KeyID]quorum.Holder
	// older is the newest version that is not there, and why says so.
	older int64
	why   string
}

var (
	_ screen.Screen    = (*Screen)(nil)
	_ screen.Filterer  = (*Screen)(nil)
	_ screen.Refresher = (*Screen)(nil)
	_ screen.Copier    = (*Screen)(nil)
	_ screen.Statuser  = (*Screen)(nil)
	_ screen.Cursorer  = (*Screen)(nil)
	_ screen.Closer    = (*Screen)(nil)
)

// New makes the screen.
func New(env *screen.Env, gun model.GUN) *Screen {
	s := &Screen{env: env, gun: gun}
	column := func(look widget.Column, word func(*row) string) screen.Column[row] {
		look.Unsorted = true // the order is that of the chain
		return screen.Column[row]{Column: look, Cell: func(r *row) widget.Cell { return widget.Cell{Text: word(r)} }}
	}
	link := column(widget.Column{Title: "LINK", Width: 12}, nil)
	link.Cell = s.link
	s.Page = detail.NewPage(env, gun, "Root chain", "Reading the roots..", true, screen.Listing[row]{
		LongRows: true,
		Columns: []screen.Column[row]{
			column(widget.Column{Title: "ROOT", Width: 5}, (*row).name),
			column(widget.Column{Title: "EXPIRES", Width: 10, Drop: 2}, (*row).expires),
			column(widget.Column{Title: "OLD QUORUM", Width: 16}, func(r *row) string { return detail.Group(r.link().Old) }),
			column(widget.Column{Title: "NEW QUORUM", Width: 16}, func(r *row) string { return detail.Group(r.link().Own) }),
			link,
			column(widget.Column{Title: "ROOT KEYS", Width: 18, Grow: true, Drop: 1, Max: 40}, func(r *row) string { return detail.Rotated(r.link()) }),
			column(widget.Column{Title: "SIGNED BY", Width: 24, Grow: true, Drop: 1}, func(r *row) string { return detail.SignedBy(r.link(), r.holders) }),
		},
		Slot:  env.Tasks.Slot("reading the roots of " + text.Clean(string(gun))).About(string(gun)),
		Fetch: s.read,
		Key:   (*row).name,
		Match: match,

		Detail: s.about, Unmatched: "No root matches",
		Actions: []screen.Action[row]{screen.OpenAction("no root is selected", func(*row) tea.Cmd {
			return screen.Send(nav.PushMsg{Route: nav.Role(gun, model.RoleRoot)})
		})},
		Copies: copies,
	})
	return s
}

// read reads the roots of the repository as it is now.
func (s *Screen) read() func(context.Context) ([]row, error) {
	source, repo, known := s.env.Source, s.Repository(), s.env.Holders
	local, _ := s.env.Board.Local()
	for _, k := range local {
		known.Here = append(known.Here, k.IDs()...)
	}
	return func(ctx context.Context) ([]row, error) {
		chain, err := source.Roots(ctx, repo)
		if err != nil {
			return nil, err
		}
		holders := chain.Holders(repo, known)
		var out []row
		for i := range chain.Links {
			out = append(out, row{RootLink: &chain.Links[i], holders: holders})
		}
		switch {
		case chain.Absent > 0:
			out = append(out, row{older: chain.Absent, why: "They are missing. Clients with a root older than the last of these cannot follow."})
		case chain.Unread > 0:
			out = append(out, row{older: chain.Unread, why: "They were not read: trustdeck reads only the newest " + text.Number(admin.MostLinks) + "."})
		}
		return out, nil
	}
}

// link is the root of a row; an empty one where it stands for older ones.
func (r *row) link() *admin.RootLink {
	if r.RootLink == nil {
		return &admin.RootLink{}
	}
	return r.RootLink
}

func (r *row) name() string {
	switch {
	case r.RootLink != nil:
		return strconv.FormatInt(r.Version, 10)
	case r.older == 1:
		return "1"
	default:
		return fmt.Sprintf("1-%d", r.older)
	}
}

func (r *row) expires() string {
	if l := r.link(); !l.Expires.IsZero() {
		return text.Date(l.Expires)
	}
	return ""
}

// link says whether a root follows from the one before, with its mark.
func (s *Screen) link(r *row) widget.Cell {
	st := s.env.Styles
	switch {
	case r.RootLink == nil:
		return screen.MarkCell(theme.Mark{Glyph: st.Glyphs.Stale, Tone: theme.Dim}, "not there")
	case r.Problem != nil || r.Refused != nil:
		return screen.MarkCell(st.ForSeverity(model.Failure), detail.Follows(r.RootLink))
	default:
		return screen.MarkCell(theme.Mark{Glyph: st.Glyphs.OK, Tone: theme.OK}, detail.Follows(r.RootLink))
	}
}

// match is what a filter looks at: versions, holders and key IDs.
func match(r *row) string {
	l := r.link()
	words := []string{r.name(), detail.Follows(l), detail.Rotated(l)}
	for _, q := range []*admin.RootQuorum{l.Own, l.Old} {
		if q == nil {
			continue
		}
		for _, k := range q.Keys {
			words = append(words, detail.KeyHolder(k.ID, r.holders), string(k.ID), k.ID.Short(), string(k.Listed), k.State.String())
		}
	}
	return strings.Join(words, " ")
}

// Status says how many roots do not follow.
func (s *Screen) Status() (left, right string) {
	left, right = s.Page.Status()
	broken, links := 0, 0
	for _, r := range s.All() {
		if r.RootLink == nil {
			continue
		}
		links++
		if r.Problem != nil || r.Refused != nil {
			broken++
		}
	}
	st := s.env.Styles
	switch {
	case left != "" || links == 0:
	case broken == 0:
		left = st.Tone(theme.OK).Render(st.Glyphs.OK) + " " + text.Count(links, "root") + ", each follows"
	default:
		mark := st.ForSeverity(model.Failure)
		left = st.Tone(mark.Tone).Render(mark.Glyph) + " " + fmt.Sprintf("%d of %s cannot be followed", broken, text.Count(links, "root"))
	}
	return left, right
}

func copies(r *row) []screen.CopyItem {
	items := []screen.CopyItem{{Label: "version", Text: r.name()}}
	l := r.link()
	if l.Own == nil {
		return items
	}
	items = append(items, screen.CopyItem{Label: "SHA-256", Text: fmt.Sprintf("%x", l.SHA256)})
	for _, k := range l.Own.Keys {
		items = append(items, screen.CopyItem{Label: "key ID of " + detail.KeyHolder(k.ID, r.holders), Text: text.Clean(string(k.ID))})
	}
	return items
}
