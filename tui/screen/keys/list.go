package keys

import (
	"cmp"
	"path/filepath"
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

// wideFrom is the width from which repositories are named with their registry.
const wideFrom = 120

const (
	columnLabel = iota
	columnRepository
	columnID
	columnType
	columnForm
	columnPlace
	columnPassphrase
	columnBackup
	columnUses
	columnMark
)

func columns() []widget.Column {
	return []widget.Column{
		{ID: columnLabel, Title: "LABEL", Width: 10, Grow: true, Max: 20},
		{ID: columnRepository, Title: "REPOSITORY", Width: 14, Grow: true},
		{ID: columnID, Title: "KEY", Width: 9, Drop: 4},
		{ID: columnType, Title: "TYPE", Width: 11, Drop: 3},
		{ID: columnForm, Title: "FORM", Width: 13, Drop: 1},
		{ID: columnPlace, Title: "WHERE", Width: 5, Drop: 2},
		{ID: columnPassphrase, Title: "PASSPHRASE", Width: 10},
		{ID: columnBackup, Title: "BACKUP", Width: 8, Drop: 5},
		{ID: columnUses, Title: "USED", Width: 6, Right: true},
		{ID: columnMark, Title: "", Width: 1, Unsorted: true},
	}
}

// key is a private key with what public metadata says of it.
type key struct {
	admin.KeyUse
	// algorithm is known from the file, or from a repository that lists the
	// key; empty where neither says.
	algorithm string
	// fingerprint of the public key in hexadecimal, as far as a repository
	// lists it.
	fingerprint string
	// certificates under which repositories list the key.
	certificates []certificate
	// surveyed tells that no use means unused.
	surveyed bool
	// age is how long ago the key was backed up.
	age string
}

// certificate is the name by which a repository lists a key.
type certificate struct {
	id      model.KeyID
	gun     model.GUN
	subject string
}

// gather joins the private keys with what the repositories on the board say of
// them.
func gather(board *screen.Board, now time.Time) []key {
	local, _ := board.Local()
	at, _ := board.Surveyed()
	out := make([]key, len(local))
	for i, use := range local {
		k := key{KeyUse: use, algorithm: use.Algorithm, surveyed: !at.IsZero() && !board.Surveying()}
		if k.age = text.Age(use.Backup.BackedUp, now); use.Backup.BackedUp.IsZero() {
			k.age = "never"
		}
		for n, u := range use.Uses {
			if n > 0 && use.Uses[n-1].GUN == u.GUN {
				continue
			}
			if view, ok := board.View(u.GUN); ok && view.Repository != nil {
				k.learn(view.Repository)
			}
		}
		out[i] = k
	}
	return out
}

// learn takes what a repository says of the key.
func (k *key) learn(repo *model.Repository) {
	public, ok := repo.Key(k.ID)
	if !ok {
		return
	}
	if k.algorithm == "" {
		k.algorithm = public.Algorithm
	}
	k.fingerprint = cmp.Or(k.fingerprint, public.Fingerprint())
	for i, c := range public.Certificates {
		if i < len(public.ListedAs) {
			k.certificates = append(k.certificates, certificate{public.ListedAs[i], repo.GUN, c.Subject})
		}
	}
}

// title names the key, by its file where that holds none.
func (k *key) title() string {
	if k.ID == "" {
		return text.Clean(filepath.Base(k.Path))
	}
	return strings.TrimSpace(text.Clean(k.Label) + "  " + text.Clean(k.ID.Short()))
}

// open reports whether anybody who gets the file can sign. A file that could
// not be read says nothing about that.
func (k *key) open() bool { return !k.Encrypted && k.Usable() }

// troubled reports whether there is something to look at.
func (k *key) troubled() bool { return k.Fault != nil || k.open() }

// unused reports whether no repository that is known lists the key.
func (k *key) unused() bool { return k.surveyed && k.ID != "" && len(k.Uses) == 0 }

// names are all the names by which a key can be found.
func (k *key) names() string {
	words := []string{
		k.Label, k.GUN.String(), k.ID.String(), k.ID.Short(), k.algorithm, k.fingerprint, k.Path, k.Place,
	}
	for _, c := range k.certificates {
		words = append(words, c.id.String(), c.id.Short(), c.subject)
	}
	for _, u := range k.Uses {
		words = append(words, u.GUN.String(), u.Role.String())
	}
	return strings.Join(words, " ")
}

// word is what a column says of the key, clean.
func (k *key) word(column int) string {
	switch column {
	case columnLabel:
		if k.ID == "" {
			return k.title()
		}
		return text.Clean(k.Label)
	case columnRepository:
		return text.Clean(k.GUN.String())
	case columnID:
		return text.Clean(k.ID.Short())
	case columnType:
		return text.Clean(k.algorithm)
	case columnForm:
		return text.Clean(k.Encoding)
	case columnPlace:
		return text.Clean(k.Place)
	case columnPassphrase:
		return k.passphrase()
	case columnBackup:
		if k.ID == "" {
			return ""
		}
		return k.age
	case columnUses:
		if k.ID == "" {
			return ""
		}
		return text.Number(len(k.Uses))
	default:
		return ""
	}
}

func (k *key) passphrase() string {
	switch {
	case k.Encrypted:
		return "yes"
	case k.open():
		return "none"
	default:
		return ""
	}
}

// cell draws a column. Where terse is set repositories go without registry.
func (k *key) cell(s *theme.Styles, column int, terse bool) widget.Cell {
	word := k.word(column)
	switch {
	case column == columnMark:
		mark := k.mark(s)
		return widget.Cell{Text: mark.Glyph, Tone: mark.Tone}
	case column == columnUses && k.unused():
		return widget.Cell{Text: "unused", Tone: theme.Dim}
	case column == columnRepository && word != "" && terse:
		return widget.Cell{Text: text.Repo(k.GUN)}
	case word == "":
		return widget.Cell{Text: "-", Tone: theme.Dim}
	case column == columnBackup && k.Backup.BackedUp.IsZero(), column == columnPassphrase && k.open():
		return widget.Cell{Text: word, Tone: theme.Warn}
	default:
		return widget.Cell{Text: word}
	}
}

func (k *key) mark(s *theme.Styles) theme.Mark {
	switch {
	case k.troubled():
		return s.ForSeverity(model.Warning)
	case k.unused():
		return theme.Mark{Glyph: s.Glyphs.None, Tone: theme.Dim}
	default:
		return theme.Mark{Glyph: s.Glyphs.OK, Tone: theme.OK}
	}
}

func rowsOf(s *theme.Styles, keys []key, terse bool) widget.Rows {
	return widget.RowsOf{
		N:      len(keys),
		KeyOf:  func(i int) string { return keys[i].ID.String() + "\x00" + keys[i].Path },
		CellOf: func(i, column int) widget.Cell { return keys[i].cell(s, column, terse) },
		CompareOf: func(column, i, j int) int {
			return cmp.Or(compare(column, &keys[i], &keys[j]), strings.Compare(keys[i].Path, keys[j].Path))
		},
		MatchOf: func(i int) string { return keys[i].names() },
	}
}

func compare(column int, a, b *key) int {
	switch column {
	case columnUses:
		return len(a.Uses) - len(b.Uses)
	case columnBackup:
		return a.Backup.BackedUp.Compare(b.Backup.BackedUp)
	}
	return strings.Compare(a.word(column), b.word(column))
}

// copies are the public names of the key, and where it is. Names that a file
// chose are copied as they are shown.
func (k *key) copies() []screen.CopyItem {
	items := []screen.CopyItem{{Label: "key ID", Text: k.ID.String()}}
	seen := map[model.KeyID]bool{k.ID: true}
	for _, c := range k.certificates {
		if !seen[c.id] {
			seen[c.id] = true
			items = append(items, screen.CopyItem{Label: "certificate ID, " + text.Repo(c.gun), Text: c.id.String()})
		}
	}
	items = append(items,
		screen.CopyItem{Label: "public key fingerprint", Text: k.fingerprint},
		screen.CopyItem{Label: "file", Text: text.Clean(k.Path)},
		screen.CopyItem{Label: "label", Text: text.Clean(k.Label)})
	return slices.DeleteFunc(items, func(i screen.CopyItem) bool { return i.Text == "" })
}
