package keys

import (
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

func (s *Screen) columns() []screen.Column[key] {
	return []screen.Column[key]{
		screen.WordColumn(widget.Column{Title: "LABEL", Width: 10, Grow: true, Max: 20}, (*key).label),
		{
			Column:  widget.Column{Title: "REPOSITORY", Width: 14, Grow: true},
			Cell:    s.repository,
			Compare: screen.By(func(k *key) string { return text.Clean(string(k.belongs()) + " " + string(k.GUN)) }),
		},
		screen.WordColumn(widget.Column{Title: "KEY", Width: 9, Drop: 5}, func(k *key) string { return text.Clean(k.ID.Short()) }),
		screen.WordColumn(widget.Column{Title: "TYPE", Width: 11, Drop: 3}, func(k *key) string { return text.Clean(k.algorithm) }),
		screen.WordColumn(widget.Column{Title: "FORM", Width: 13, Drop: 1}, func(k *key) string { return text.Clean(k.Encoding) }),
		screen.WordColumn(widget.Column{Title: "WHERE", Width: 5, Drop: 2}, func(k *key) string { return text.Clean(k.Place) }),
		{
			Column:  widget.Column{Title: "PASSPHRASE", Width: 10, Drop: 4},
			Cell:    func(k *key) widget.Cell { return warned(k.passphrase(), k.open()) },
			Compare: screen.By((*key).passphrase),
		},
		{
			Column:  widget.Column{Title: "BACKUP", Width: 8, Drop: 6},
			Cell:    func(k *key) widget.Cell { return warned(k.age, k.age != "" && k.Backup.BackedUp.IsZero()) },
			Compare: func(a, b *key) int { return a.Backup.BackedUp.Compare(b.Backup.BackedUp) },
		},
		{
			Column:  widget.Column{Title: "USED", Width: 6, Right: true},
			Cell:    (*key).used,
			Compare: screen.By(func(k *key) int { return len(k.Uses) }),
		},
		screen.MarkColumn(func(k *key) theme.Mark { return k.mark(s.env.Styles) }),
	}
}

// warned is a word that may be a warning.
func warned(word string, warn bool) widget.Cell {
	cell := screen.WordCell(word)
	if warn {
		cell.Tone = theme.Warn
	}
	return cell
}

// repository is the repository that a key is for, without its registry where there
// is little room. Of a key that is for several it is the first that lists it, with the
// number of the others.
func (s *Screen) repository(k *key) widget.Cell {
	gun := k.belongs()
	if gun == "" {
		return screen.WordCell("")
	}
	name := text.Clean(gun.String())
	if s.Width() < wideFrom {
		name = text.Repo(gun)
	}
	if n := k.repositories(); n > 1 {
		name += " +" + text.Number(n-1)
	}
	return widget.Cell{Text: name}
}

// belongs is the repository that a key is for, else the first one that lists it.
func (k *key) belongs() model.GUN {
	if k.GUN == "" && len(k.Uses) > 0 {
		return k.Uses[0].GUN
	}
	return k.GUN
}

// repositories counts those that list the key.
func (k *key) repositories() int {
	guns := map[model.GUN]bool{}
	for _, u := range k.Uses {
		guns[u.GUN] = true
	}
	return len(guns)
}

// key is a private key with what public metadata says of it.
type key struct {
	admin.KeyUse
	// algorithm is known from the file, or from a repository that lists the
	// key; empty where neither says.
	algorithm string
	// fingerprint of the public key in hexadecimal, and spki is the public key, as far as a
	// repository lists it.
	fingerprint string
	spki        []byte
	// certificates under which repositories list the key.
	certificates []certificate
	// surveyed tells that no use means unused.
	surveyed bool
	// age is how long ago the key was backed up; empty for a file without a key.
	age string
}

// certificate is the name by which a repository lists a key.
type certificate struct {
	id      model.KeyID
	gun     model.GUN
	subject string
	whole   model.Certificate
}

// gather joins the private keys with what the repositories on the board say of
// them.
func gather(board *screen.Board, now time.Time) []key {
	local, _ := board.Local()
	at, _ := board.Surveyed()
	out := make([]key, len(local))
	for i, use := range local {
		k := key{KeyUse: use, algorithm: use.Algorithm, surveyed: !at.IsZero() && !board.Surveying()}
		switch {
		case use.ID == "" || k.onToken() && use.Backup.BackedUp.IsZero():
		case use.Backup.BackedUp.IsZero():
			k.age = "never"
		default:
			k.age = text.Age(use.Backup.BackedUp, now)
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
	i := slices.IndexFunc(repo.Keys, func(public model.Key) bool { return k.Is(public.ID) })
	if i < 0 {
		return
	}
	public := repo.Keys[i]
	if k.algorithm == "" {
		k.algorithm = public.Algorithm
	}
	if k.spki == nil {
		k.spki, k.fingerprint = public.SPKI, public.Fingerprint()
	}
	for i, c := range public.Certificates {
		if i < len(public.ListedAs) {
			k.certificates = append(k.certificates, certificate{public.ListedAs[i], repo.GUN, c.Subject, c})
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

// onToken reports whether the key is on a token, which gives no copy away.
func (k *key) onToken() bool { return k.Place == model.PlaceToken }

// open reports whether anybody who gets the file can sign. A file that could
// not be read says nothing about that.
func (k *key) open() bool { return !k.Encrypted && k.Usable() && !k.onToken() }

// troubled reports whether there is something to look at.
func (k *key) troubled() bool { return k.Fault != nil || k.open() }

// unused reports whether no repository that is known lists the key.
func (k *key) unused() bool { return k.surveyed && k.ID != "" && len(k.Uses) == 0 }

// names are all the names by which a key can be found.
func (k *key) names() string {
	words := []string{
		k.Label, k.GUN.String(), k.ID.String(), k.ID.Short(), k.algorithm, k.fingerprint, k.Path, k.Place,
	}
	for _, id := range k.Also {
		words = append(words, id.String(), id.Short())
	}
	for _, c := range k.certificates {
		words = append(words, c.id.String(), c.id.Short(), c.subject)
	}
	for _, u := range k.Uses {
		words = append(words, u.GUN.String(), u.Role.String())
	}
	return strings.Join(words, " ")
}

// label is the name of the key, or of its file where that holds none.
func (k *key) label() string {
	if k.ID == "" {
		return k.title()
	}
	return text.Clean(k.Label)
}

// used is in how many roles the key counts.
func (k *key) used() widget.Cell {
	switch {
	case k.ID == "":
		return screen.WordCell("")
	case k.unused():
		return widget.Cell{Text: "unused", Tone: theme.Dim}
	default:
		return widget.Cell{Text: text.Number(len(k.Uses))}
	}
}

func (k *key) passphrase() string {
	switch {
	case k.onToken():
		return "PIN"
	case k.Encrypted:
		return "yes"
	case k.open():
		return "none"
	default:
		return ""
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
