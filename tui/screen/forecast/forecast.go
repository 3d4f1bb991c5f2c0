package forecast

import (
	"context"
	"fmt"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"trustdeck/model"
	"trustdeck/model/forecast"
	"trustdeck/tui/detail"
	"trustdeck/tui/keymap"
	"trustdeck/tui/screen"
	"trustdeck/tui/text"
	"trustdeck/tui/theme"
	"trustdeck/tui/widget"
)

// Screen shows who fails on a day.
type Screen struct {
	*detail.Page[row]
	env *screen.Env
	// begin is the moment from which the forecast looks ahead, at the one that is shown.
	begin, at time.Time
}

// row is a client or a delegation.
type row struct {
	name  string
	fails forecast.Failure
	// delegation is set for what is none of the clients, older for a client with an older
	// root, unread where that could not be read and nothing is known of the client.
	delegation, older, unread bool
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

// New makes the screen, at the moment that is judged.
func New(env *screen.Env, gun model.GUN) *Screen {
	s := &Screen{env: env, begin: env.Now(), at: env.Now()}
	s.Page = detail.NewPage(env, gun, "Time machine", "Reading the older roots..", false, screen.Listing[row]{
		Head: s.head,
		Columns: []screen.Column[row]{
			screen.WordColumn(widget.Column{Title: "CLIENT OR ROLE", Width: 18, Grow: true, Max: 34}, func(r *row) string { return text.Clean(r.name) }),
			{Column: widget.Column{Title: "THAT DAY", Width: 9, Unsorted: true}, Cell: s.state},
			{
				Column:  widget.Column{Title: "FAILS", Width: 10},
				Cell:    func(r *row) widget.Cell { return screen.WordCell(since(r)) },
				Compare: func(a, b *row) int { return a.fails.At.Compare(b.fails.At) },
			},
			{
				Column: widget.Column{Title: "WHY", Width: 14, Grow: true, Drop: 1, Unsorted: true},
				Cell:   func(r *row) widget.Cell { return screen.WordCell(text.Clean(r.fails.Reason)) },
			},
		},
		Slot:  env.Tasks.Slot("looking ahead at " + string(gun)).About(string(gun)),
		Fetch: s.look,
		Key:   func(r *row) string { return r.name },
		Match: func(r *row) string { return r.name + " " + r.fails.Reason },

		Detail: s.about, Unmatched: "Nothing here matches",
		Actions: s.actions(),
		Moves:   append([]keymap.ID{keymap.NextPane, keymap.PrevPane}, screen.RowMoves()...),
		Copies: func(r *row) []screen.CopyItem {
			return []screen.CopyItem{{Label: "forecast", Text: s.sentence(r)}}
		},
	})
	return s
}

// look reads the older roots and looks ahead.
func (s *Screen) look() func(context.Context) ([]row, error) {
	source, repo := s.env.Source, s.Repository()
	return func(ctx context.Context) ([]row, error) {
		f, err := source.Forecast(ctx, repo)
		if err != nil {
			return nil, err
		}
		var out []row
		for _, l := range f.Clients {
			out = append(out, row{name: l.Client.String(), fails: l.Fails, older: l.Client.Kind == forecast.Older})
		}
		for _, v := range f.Unread {
			out = append(out, row{name: forecast.Client{Kind: forecast.Older, Root: v}.String(), unread: true})
		}
		for _, d := range f.Delegations {
			out = append(out, row{name: string(d.Role), fails: d.Fails, delegation: true})
		}
		return out, nil
	}
}

// actions move the day.
func (s *Screen) actions() []screen.Action[row] {
	back := func(*row) (bool, string) { return s.at.After(s.begin), "this is the first day" }
	move := func(id keymap.ID, when func(*row) (bool, string), to func() time.Time) screen.Action[row] {
		return screen.Action[row]{ID: id, When: when, Do: func(*row) tea.Cmd {
			s.at = to()
			if s.at.Before(s.begin) {
				s.at = s.begin
			}
			s.Reload()
			return nil
		}}
	}
	by := func(months, days int) func() time.Time {
		return func() time.Time { return moved(s.at, months).AddDate(0, 0, days) }
	}
	return []screen.Action[row]{
		move(keymap.NextFailure, func(*row) (bool, string) { return !s.next().IsZero(), "nothing fails after this day" }, s.next),
		move(keymap.DayEarlier, back, by(0, -1)),
		move(keymap.DayLater, nil, by(0, 1)),
		move(keymap.MonthEarlier, back, by(-1, 0)),
		move(keymap.MonthLater, nil, by(1, 0)),
		move(keymap.Today, back, func() time.Time { return s.begin }),
	}
}

// moved is a day of another month, the last one where that is shorter.
func moved(at time.Time, months int) time.Time {
	first := at.AddDate(0, 0, 1-at.Day()).AddDate(0, months, 0)
	last := first.AddDate(0, 1, -1).Day()
	return first.AddDate(0, 0, min(at.Day(), last)-1)
}

// next is the first moment to come at which something begins to fail; zero where nothing
// does.
func (s *Screen) next() time.Time {
	var next time.Time
	for _, r := range s.All() {
		if at := r.fails.At; at.After(s.at) && (next.IsZero() || at.Before(next)) {
			next = at
		}
	}
	return next
}

// day names the day that is shown.
func (s *Screen) day() string {
	if s.at.Equal(s.begin) {
		return text.Date(s.at) + ", today"
	}
	return text.Date(s.at) + ", " + text.Relative(s.at, s.begin)
}

func (s *Screen) head() string {
	return widget.Rule(s.env.Styles, s.Heading()+": "+s.day(), s.Width())
}

// count counts the clients, and those that fail on the day.
func (s *Screen) count() (failing, clients int) {
	for _, r := range s.All() {
		switch {
		case r.delegation || r.unread:
			continue
		case r.fails.By(s.at):
			failing++
		}
		clients++
	}
	return failing, clients
}

// state says whether something works on the day.
func (s *Screen) state(r *row) widget.Cell {
	g := &s.env.Styles.Glyphs
	switch {
	case r.unread:
		return screen.MarkCell(theme.Mark{Glyph: g.Stale, Tone: theme.Dim}, "unknown")
	case r.fails.By(s.at):
		return screen.MarkCell(s.env.Styles.ForSeverity(model.Failure), "fails")
	default:
		return screen.MarkCell(theme.Mark{Glyph: g.OK, Tone: theme.OK}, "works")
	}
}

// since is the day from which on something fails; empty for none.
func since(r *row) string {
	if r.fails.Never() {
		return ""
	}
	return text.Date(r.fails.At)
}

// sentence says what becomes of a row.
func (s *Screen) sentence(r *row) string {
	who := "The client (" + text.Clean(r.name) + ")"
	if r.delegation {
		who = "What " + text.Clean(r.name) + " lists"
	}
	switch {
	case r.unread:
		return "trustdeck can't tell when this client fails: its root could not be read."
	case r.fails.Never():
		return who + " does not fail."
	default:
		return fmt.Sprintf("%s fails from %s on: %s.", who, text.UTC(r.fails.At), text.Clean(r.fails.Reason))
	}
}

// about explains a row, and what it takes to avoid the failure.
func (s *Screen) about(doc *widget.Doc, r *row) (title string, lines widget.Text) {
	cell := s.state(r)
	doc.TonedFact("That day", cell.Text, cell.Tone)
	if !r.fails.Never() {
		doc.Fact("Fails", doc.Row(text.UTC(r.fails.At), text.Relative(r.fails.At, s.begin)))
	}
	doc.Space()
	doc.Para(s.sentence(r), theme.Plain)
	switch {
	case r.fails.Never() || r.fails.By(s.begin):
	case r.older && r.fails.Role == model.RoleRoot:
		doc.Para("Clients with this root must update before then.", theme.Accent)
	default:
		doc.Para("Publish a new "+text.Clean(string(r.fails.Role))+" before then.", theme.Accent)
	}
	return text.Clean(r.name), doc.Lines()
}

// Status is the day, and how many clients fail on it.
func (s *Screen) Status() (left, right string) {
	left, right = s.Page.Status()
	if failing, clients := s.count(); left == "" && clients > 0 {
		left = strings.TrimSpace(fmt.Sprintf("%s: %d of %s fail", s.day(), failing, text.Count(clients, "client")))
	}
	return left, right
}
