package signers

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"trustdeck/model"
	"trustdeck/model/admin"
	"trustdeck/tui/screen"
	"trustdeck/tui/text"
	"trustdeck/tui/theme"
	"trustdeck/tui/widget"
)

// row is one row of the list: a person with all keys.
type row = admin.Person

func columns(env *screen.Env) []screen.Column[row] {
	return []screen.Column[row]{
		{
			Column:  widget.Column{Title: "NAME", Width: 9, Grow: true, Max: 24},
			Cell:    nameCell,
			Compare: screen.By(func(s *row) string { return s.Name }),
		},
		{
			Column:  widget.Column{Title: "KEY", Width: 9},
			Cell:    func(s *row) widget.Cell { return screen.WordCell(key(s)) },
			Compare: screen.By(func(s *row) string { return fmt.Sprintf("%6d %s", len(s.Keys()), s.Keys()[0]) }),
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
			Cell:    func(s *row) widget.Cell { return screen.WordCell(text.Number(len(s.GUNs()))) },
			Compare: screen.By(func(s *row) int { return len(s.GUNs()) }),
		},
		{
			Column:  widget.Column{Title: "WHERE", Width: 16, Grow: true, Drop: 1},
			Cell:    func(s *row) widget.Cell { return screen.WordCell(where(s)) },
			Compare: screen.By(func(s *row) model.GUN { return first(s).GUN }),
		},
		{
			Column:  widget.Column{Title: "ALSO", Width: 12, Grow: true, Drop: 3},
			Cell:    func(s *row) widget.Cell { return screen.WordCell(also(s)) },
			Compare: screen.By(also),
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

// title names a person.
func title(s *row) string { return strings.TrimSpace(name(s) + "  " + key(s)) }

func name(s *row) string {
	if s.Name == "" {
		return nobody
	}
	return text.Clean(s.Name)
}

// key is the short ID of the key, or how many there are.
func key(s *row) string {
	if keys := s.Keys(); len(keys) > 1 {
		return text.Count(len(keys), "key")
	}
	return text.Clean(s.Signers[0].Key.Short())
}

// also says in a few words that a person or a key has other names: the same person's, or
// those of others.
func also(s *row) string {
	names := slices.Clone(s.OtherNames)
	for i := range s.Signers {
		for _, other := range s.Signers[i].OtherNames {
			if other != s.Name && !slices.Contains(names, other) {
				names = append(names, other)
			}
		}
	}
	if len(names) == 0 {
		return ""
	}
	return "as " + text.Clean(strings.Join(names, ", "))
}

// first is the place to look at first.
func first(s *row) *admin.SignerPlace { return &s.Signers[0].Places[0] }

// where names the repository to look at first, and how many more there are.
func where(s *row) string {
	words := text.Repo(first(s).GUN)
	if n := len(s.GUNs()); n > 1 {
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

// here is "yes" where a private key is here.
func here(s *row) string {
	if s.Here() {
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

// names are all the words by which a person can be found.
func names(s *row) string {
	words := slices.Clone(s.OtherNames)
	for i := range s.Signers {
		k := &s.Signers[i]
		words = append(append(words, k.Name, k.Key.String(), k.Key.Short(), k.Status().String(), k.Algorithm), k.OtherNames...)
		for _, p := range k.Places {
			words = append(words, p.GUN.String(), p.Role.String())
		}
	}
	return strings.Join(words, " ")
}
