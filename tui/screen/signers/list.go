package signers

import (
	"fmt"
	"strings"
	"time"

	"trustdeck/model"
	"trustdeck/model/admin"
	"trustdeck/tui/screen"
	"trustdeck/tui/text"
	"trustdeck/tui/theme"
	"trustdeck/tui/widget"
)

// row is one row of the list.
type row = admin.KnownSigner

func columns(env *screen.Env) []screen.Column[row] {
	return []screen.Column[row]{
		{
			Column:  widget.Column{Title: "NAME", Width: 9, Grow: true, Max: 24},
			Cell:    nameCell,
			Compare: screen.By(func(s *row) string { return s.Name }),
		},
		{
			Column:  widget.Column{Title: "KEY", Width: 9},
			Cell:    func(s *row) widget.Cell { return screen.WordCell(text.Clean(s.Key.Short())) },
			Compare: screen.By(func(s *row) model.KeyID { return s.Key }),
		},
		{
			Column: widget.Column{Title: "STATE", Width: 18},
			Cell: func(s *row) widget.Cell {
				return screen.MarkCell(markOf(env.Styles, s.Status()), s.Status().String())
			},
			Compare: screen.By((*row).Status),
		},
		{
			Column:  widget.Column{Title: "REPOS", Full: "repositories", Width: 5, Right: true},
			Cell:    func(s *row) widget.Cell { return screen.WordCell(text.Number(s.Repositories())) },
			Compare: screen.By((*row).Repositories),
		},
		{
			Column:  widget.Column{Title: "WHERE", Width: 16, Grow: true, Drop: 1},
			Cell:    func(s *row) widget.Cell { return screen.WordCell(where(s)) },
			Compare: screen.By(func(s *row) model.GUN { return s.Places[0].GUN }),
		},
		{
			Column:  widget.Column{Title: "ALSO", Width: 12, Grow: true, Drop: 3},
			Cell:    func(s *row) widget.Cell { return screen.WordCell(also(s)) },
			Compare: screen.By(func(s *row) int { return len(s.OtherNames) + len(s.OtherKeys) }),
		},
		{
			Column:  widget.Column{Title: "SIGNED", Width: 6, Drop: 2},
			Cell:    func(s *row) widget.Cell { return screen.WordCell(signed(env, s)) },
			Compare: func(a, b *row) int { return lastSigned(a).Compare(lastSigned(b)) },
		},
		{
			Column:  widget.Column{Title: "HERE", Width: 4, Drop: 4},
			Cell:    func(s *row) widget.Cell { return hereCell(env, s) },
			Compare: screen.By(here),
		},
	}
}

// nobody stands where a key has no name.
const nobody = "(no name)"

// title names a signer.
func title(s *row) string {
	return strings.TrimSpace(name(s) + "  " + text.Clean(s.Key.Short()))
}

func name(s *row) string {
	if s.Name == "" {
		return nobody
	}
	return text.Clean(s.Name)
}

// also says in a few words that the name or the key goes elsewhere too.
func also(s *row) string {
	switch {
	case len(s.OtherNames) > 0:
		return "as " + text.Clean(strings.Join(s.OtherNames, ", "))
	case len(s.OtherKeys) > 0:
		return fmt.Sprintf("%d keys", len(s.OtherKeys)+1)
	default:
		return ""
	}
}

// where names the repository to look at first, and how many more there are.
func where(s *row) string {
	words := text.Repo(s.Places[0].GUN)
	if n := s.Repositories(); n > 1 {
		words += fmt.Sprintf(" +%d", n-1)
	}
	return words
}

// signed is how old the newest file in force is that the key has signed; its
// version where the server tells no times.
func signed(env *screen.Env, s *row) string {
	last, _, ok := s.LastSigned()
	switch {
	case !ok:
		return ""
	case last.At.IsZero():
		return fmt.Sprintf("v%d", last.Version)
	default:
		return text.Age(last.At, env.Now())
	}
}

func lastSigned(s *row) time.Time {
	last, _, _ := s.LastSigned()
	return last.At
}

func nameCell(s *row) widget.Cell {
	if s.Name == "" {
		return widget.Cell{Text: nobody, Tone: theme.Dim}
	}
	return widget.Cell{Text: name(s)}
}

// here is "yes" where the private key is here.
func here(s *row) string {
	if s.Local != nil {
		return "yes"
	}
	return ""
}

func hereCell(env *screen.Env, s *row) widget.Cell {
	if _, read := env.Board.Local(); !read {
		return widget.Cell{Text: env.Styles.Glyphs.Loading, Tone: theme.Dim}
	}
	return screen.WordCell(here(s))
}

// markOf marks a standing by its grade; what nothing is to be done about is
// either fine or merely so.
func markOf(s *theme.Styles, standing admin.SignerStatus) theme.Mark {
	switch {
	case standing == admin.FullSigner:
		return theme.Mark{Glyph: s.Glyphs.OK, Tone: theme.OK}
	case standing.Severity() > model.Notice:
		return s.ForSeverity(standing.Severity())
	default:
		return theme.Mark{Glyph: s.Glyphs.None, Tone: theme.Dim}
	}
}

// names are all the words by which a signer can be found.
func names(s *row) string {
	words := []string{s.Name, s.Key.String(), s.Key.Short(), s.Status().String(), s.Algorithm}
	words = append(words, s.OtherNames...)
	for _, p := range s.Places {
		words = append(words, p.GUN.String(), p.Role.String())
	}
	return strings.Join(words, " ")
}
