package signers

import (
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"trustdeck/model"
	"trustdeck/model/admin"
	"trustdeck/tui/flows"
	"trustdeck/tui/keymap"
	"trustdeck/tui/nav"
	"trustdeck/tui/screen"
	"trustdeck/tui/text"
	"trustdeck/tui/theme"
	"trustdeck/tui/widget"
)

// Screen is the list of signers.
type Screen struct {
	*screen.List[row]
	env     *screen.Env
	signers []row
	// survey tells when the signers are to be joined again.
	survey screen.Follower
}

var (
	_ screen.Screen    = (*Screen)(nil)
	_ screen.Refresher = (*Screen)(nil)
	_ screen.Statuser  = (*Screen)(nil)
)

// New makes the screen from what the board knows. To begin with, those to look at
// come first.
func New(env *screen.Env) *Screen {
	s := &Screen{env: env, survey: env.Board.Follow()}
	s.join()
	s.List = screen.NewList(env, screen.Listing[row]{
		Title: s.Title(), LongRows: true, Columns: columns(env),
		Load: func() []row { return s.signers }, News: s.news,
		Key:   func(p *row) string { return p.Name + "\x00" + string(p.Signers[0].Key) },
		Match: names,

		Detail: s.about, Unmatched: "No signer is known by", State: s.state, Empty: s.none,

		Actions: []screen.Action[row]{screen.OpenAction("no signer is selected", open)},
		Changes: []keymap.ID{keymap.BeginSignerAdd, keymap.BeginSignerRemove, keymap.BeginOffBoard, keymap.BeginPurge},
		Subject: s.subject, Copies: copies,
	})
	return s
}

// Init reads the repositories, and which private keys are here.
func (s *Screen) Init() tea.Cmd {
	return tea.Batch(s.env.Board.Survey(), s.env.Board.Keys())
}

// Title names the screen.
func (s *Screen) Title() string { return "Signers" }

// join takes the signers from what the board knows.
func (s *Screen) join() {
	local, _ := s.env.Board.Local()
	s.signers = admin.People(admin.Signers(s.env.Board.Views(), local))
}

// news joins the signers again. During a survey, when repositories come by the
// hundred, that is done when it ends, unless there is nothing to see meanwhile.
func (s *Screen) news(msg screen.BoardMsg) tea.Cmd {
	if msg.Keys {
		s.survey.Expire()
	}
	if s.survey.News(msg) || len(s.signers) == 0 {
		s.join()
		s.Reload()
	}
	return nil
}

// subject are the people, in all repositories where they sign; whoever goes through all
// signers begins with all repositories.
func (s *Screen) subject(change keymap.ID, people []*row) (out screen.Subject) {
	switch change {
	case keymap.BeginOffBoard:
		out.GUNs = s.env.Board.WithTrustData()
		for _, person := range people {
			for i := range person.Signers {
				k := &person.Signers[i]
				out.Leavers = append(out.Leavers, flows.Leaver(k.Name, k.Key))
			}
		}
	case keymap.BeginSignerRemove:
		for _, person := range people {
			if person.Name != "" {
				out.Signers = append(out.Signers, person.Name)
			}
			for i := range person.Signers {
				for _, p := range person.Signers[i].Places {
					if person.Signers[i].Name == person.Name && p.Role != "" && p.Standing != admin.BelowSigner && !slices.Contains(out.GUNs, p.GUN) {
						out.GUNs = append(out.GUNs, p.GUN)
					}
				}
			}
		}
	}
	return out
}

// open goes to the role of a person; where there are several, the user chooses.
func open(person *row) tea.Cmd {
	msg := screen.PlacesMsg{Title: title(person)}
	for i := range person.Signers {
		k := &person.Signers[i]
		for j := range k.Places {
			p := &k.Places[j]
			note := text.Clean(roleOf(p).String()) + ", " + p.Standing.String()
			if len(person.Signers) > 1 {
				note = "key " + text.Clean(k.Key.Short()) + ", " + note
			}
			msg.Places = append(msg.Places, screen.Place{Label: text.Clean(p.GUN.String()), Note: note, Route: route(p)})
		}
	}
	if len(msg.Places) == 1 {
		return screen.Send(nav.PushMsg{Route: msg.Places[0].Route})
	}
	return screen.Send(msg)
}

// route leads to the role of the place.
func route(p *admin.SignerPlace) nav.Route { return nav.Role(p.GUN, roleOf(p)) }

// roleOf is the role that makes the place.
func roleOf(p *admin.SignerPlace) model.RoleName {
	if p.Role == "" {
		return p.Shared
	}
	return p.Role
}

// Refresh reads the keys and all repositories again.
func (s *Screen) Refresh() tea.Cmd {
	return tea.Batch(s.env.Board.Keys(), s.env.Board.Resurvey())
}

// copies are the names and keys of a person.
func copies(person *row) []screen.CopyItem {
	var items []screen.CopyItem
	for _, id := range person.Keys() {
		items = append(items, screen.CopyItem{Label: "key ID", Text: id.String()})
	}
	if person.Name != "" {
		items = append(items, screen.CopyItem{Label: "name", Text: person.Name})
	}
	var list strings.Builder
	for _, gun := range person.GUNs() {
		list.WriteString(gun.String() + "\n")
	}
	return append(items, screen.CopyItem{Label: "repositories, as a list", Text: list.String(), Lines: true})
}

// Status counts the signers, and says how far they are known.
func (s *Screen) Status() (left, right string) {
	st, board := s.env.Styles, s.env.Board
	if len(s.signers) > 0 {
		left = s.counts()
	}
	all, loading, _ := board.Count()
	right = "in " + text.Count(all-loading, "repository")
	if board.Surveying() {
		right += " so far"
	} else if n := s.unread(); n > 0 {
		right += ", " + text.Number(n) + " without trust data"
	}
	return left, st.Tone(theme.Dim).Render(right)
}

// counts says how many people and keys there are, and how many to look at.
func (s *Screen) counts() string {
	keys, troubled := map[model.KeyID]bool{}, 0
	for i := range s.signers {
		person := &s.signers[i]
		for j := range person.Signers {
			keys[person.Signers[j].Key] = true
		}
		if person.Status().Severity() > model.Notice {
			troubled++
		}
	}
	words := text.Count(len(s.signers), "signer") + " with " + text.Count(len(keys), "key")
	if troubled > 0 {
		mark := s.env.Styles.ForSeverity(model.Warning)
		words += "   " + s.env.Styles.Tone(mark.Tone).Render(mark.Glyph) + " " + text.NeedAction(troubled)
	}
	return words
}

// unread is how many repositories there is nothing to join of.
func (s *Screen) unread() int {
	n := 0
	for _, v := range s.env.Board.Views() {
		if v.Repository == nil && v.Fault != nil {
			n++
		}
	}
	return n
}

// state tells whether the repositories have been read.
func (s *Screen) state() screen.State {
	at, err := s.env.Board.Surveyed()
	if at.IsZero() {
		return screen.State{Reading: s.env.Styles.Glyphs.Loading + " Reading the repositories.."}
	}
	return screen.State{Err: err}
}

// none says that there are no signers, and how they come about.
func (s *Screen) none(doc *widget.Doc) {
	if all, _, _ := s.env.Board.Count(); all == 0 {
		doc.Para("No repository is known, so there are no signers.", theme.Plain)
	} else {
		doc.Para("There are no signers in "+text.Count(all, "repository")+": "+s.env.DialectOf("").Words().Targets()+" are signed with the targets key itself.", theme.Plain)
	}
	if command := s.env.DialectOf("").Words().Commands.AddSigner; command != "" {
		doc.Para("To add one:", theme.Plain)
		doc.Indented(string(command), theme.Accent)
	}
}
