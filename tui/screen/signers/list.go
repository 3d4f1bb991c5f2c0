package signers

import (
	"cmp"
	"fmt"
	"strings"

	"trustdeck/model"
	"trustdeck/model/admin"
	"trustdeck/tui/screen"
	"trustdeck/tui/text"
	"trustdeck/tui/theme"
	"trustdeck/tui/widget"
)

const (
	columnName = iota
	columnKey
	columnStanding
	columnRepositories
	columnWhere
	columnAlso
	columnSigned
	columnHere
)

func columns() []widget.Column {
	return []widget.Column{
		{ID: columnName, Title: "NAME", Width: 9, Grow: true, Max: 24},
		{ID: columnKey, Title: "KEY", Width: 9},
		{ID: columnStanding, Title: "STATE", Width: 18},
		{ID: columnRepositories, Title: "REPOS", Full: "repositories", Width: 5, Right: true},
		{ID: columnWhere, Title: "WHERE", Width: 16, Grow: true, Drop: 1},
		{ID: columnAlso, Title: "ALSO", Width: 12, Drop: 3},
		{ID: columnSigned, Title: "SIGNED", Width: 6, Drop: 2},
		{ID: columnHere, Title: "HERE", Width: 4, Drop: 4},
	}
}

// nobody stands where a key has no name.
const nobody = "(no name)"

// title names a signer.
func title(s *admin.KnownSigner) string {
	return strings.TrimSpace(name(s) + "  " + text.Clean(s.Key.Short()))
}

func name(s *admin.KnownSigner) string {
	if s.Name == "" {
		return nobody
	}
	return text.Clean(s.Name)
}

// also says in a few words that the name or the key goes elsewhere too.
func also(s *admin.KnownSigner) string {
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
func where(s *admin.KnownSigner) string {
	words := text.Repo(s.Places[0].GUN)
	if n := s.Repositories(); n > 1 {
		words += fmt.Sprintf(" +%d", n-1)
	}
	return words
}

// signed is how old the newest file in force is that the key has signed; its
// version where the server tells no times.
func signed(env *screen.Env, s *admin.KnownSigner) string {
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

func cell(env *screen.Env, s *admin.KnownSigner, column int) widget.Cell {
	word := ""
	switch column {
	case columnName:
		tone := theme.Plain
		if s.Name == "" {
			tone = theme.Dim
		}
		return widget.Cell{Text: name(s), Tone: tone}
	case columnKey:
		word = text.Clean(s.Key.Short())
	case columnStanding:
		mark := markOf(env.Styles, s.Standing())
		return widget.Cell{Text: mark.Glyph + " " + s.Standing().String(), Tone: mark.Tone}
	case columnRepositories:
		word = text.Number(s.Repositories())
	case columnWhere:
		word = where(s)
	case columnAlso:
		word = also(s)
	case columnSigned:
		word = signed(env, s)
	case columnHere:
		if _, read := env.Board.Local(); !read {
			return widget.Cell{Text: env.Styles.Glyphs.Loading, Tone: theme.Dim}
		}
		if s.Local != nil {
			return widget.Cell{Text: "yes"}
		}
	}
	if word == "" {
		return widget.Cell{Text: "-", Tone: theme.Dim}
	}
	return widget.Cell{Text: word}
}

// markOf marks a standing by its grade; what nothing is to be done about is
// either fine or merely so.
func markOf(s *theme.Styles, standing admin.Standing) theme.Mark {
	switch {
	case standing == admin.FullSigner:
		return theme.Mark{Glyph: s.Glyphs.OK, Tone: theme.OK}
	case standing.Severity() > model.Notice:
		return s.ForSeverity(standing.Severity())
	default:
		return theme.Mark{Glyph: s.Glyphs.None, Tone: theme.Dim}
	}
}

func compare(column int, a, b *admin.KnownSigner) int {
	switch column {
	case columnName:
		return strings.Compare(a.Name, b.Name)
	case columnKey:
		return strings.Compare(string(a.Key), string(b.Key))
	case columnStanding:
		return int(a.Standing()) - int(b.Standing())
	case columnRepositories:
		return a.Repositories() - b.Repositories()
	case columnWhere:
		return strings.Compare(string(a.Places[0].GUN), string(b.Places[0].GUN))
	case columnAlso:
		return len(a.OtherNames) + len(a.OtherKeys) - len(b.OtherNames) - len(b.OtherKeys)
	case columnSigned:
		x, _, _ := a.LastSigned()
		y, _, _ := b.LastSigned()
		return x.At.Compare(y.At)
	default:
		return here(a) - here(b)
	}
}

func here(s *admin.KnownSigner) int {
	if s.Local != nil {
		return 1
	}
	return 0
}

// names are all the words by which a signer can be found.
func names(s *admin.KnownSigner) string {
	words := []string{s.Name, s.Key.String(), s.Key.Short(), s.Standing().String(), s.Algorithm}
	words = append(words, s.OtherNames...)
	for _, p := range s.Places {
		words = append(words, p.GUN.String(), p.Role.String())
	}
	return strings.Join(words, " ")
}

func rowsOf(env *screen.Env, signers []admin.KnownSigner) widget.Rows {
	return widget.RowsOf{
		N:         len(signers),
		KeyOf:     func(i int) string { return signers[i].Name + "\x00" + string(signers[i].Key) },
		CellOf:    func(i, column int) widget.Cell { return cell(env, &signers[i], column) },
		CompareOf: func(column, i, j int) int { return cmp.Or(compare(column, &signers[i], &signers[j]), i-j) },
		MatchOf:   func(i int) string { return names(&signers[i]) },
	}
}
