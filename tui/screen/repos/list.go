package repos

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	"trustdeck/model"
	"trustdeck/model/admin"
	"trustdeck/model/health"
	"trustdeck/tui/screen"
	"trustdeck/tui/text"
	"trustdeck/tui/theme"
	"trustdeck/tui/widget"
)

// The columns that are fitted to the width.
const (
	columnHealth = iota
	columnName
	columnSigners
	columnThreshold
	columnExpiry
	columnFirst
)

func (s *Screen) columns() []screen.Column[row] {
	return []screen.Column[row]{
		{
			Name:    "HEALTH",
			Column:  widget.Column{Title: "HEALTH", Width: 9},
			Cell:    s.health,
			Compare: screen.By(func(r *row) health.Level { return r.level }),
		},
		{
			Column:  widget.Column{Title: "REPOSITORY", Width: 30, Grow: true, KeepEnd: true},
			Cell:    s.name,
			Compare: byName,
		},
		{
			Column:  widget.Column{Title: "SIGNERS", Width: 7, Right: true, Drop: 3},
			Cell:    func(r *row) widget.Cell { return r.said(text.Number(r.signers)) },
			Compare: screen.By(func(r *row) int { return r.signers }),
		},
		{
			Column:  widget.Column{Title: "THRESHOLD", Width: 9, Drop: 2},
			Cell:    func(r *row) widget.Cell { return r.said(fmt.Sprintf("%d of %d", r.threshold, r.keys)) },
			Compare: func(a, b *row) int { return cmp.Or(a.threshold-b.threshold, a.keys-b.keys) },
		},
		{
			Column:  widget.Column{Title: "NEXT EXPIRY", Width: 15},
			Cell:    s.expiry,
			Compare: func(a, b *row) int { return compareTimes(a.expires, b.expires) },
		},
		{
			Column:  widget.Column{Title: "FIRST", Width: 9},
			Cell:    (*row).firstCell,
			Compare: screen.By(func(r *row) string { return r.first }),
		},
		{
			Column:  widget.Column{Title: "CHANGED", Width: 7, Drop: 1},
			Cell:    s.changed,
			Compare: compareChanged,
		},
	}
}

// row is what is shown of a repository, computed when it is read.
type row struct {
	gun             model.GUN
	name, short     string
	level           health.Level
	stale, known    bool
	signers         int
	threshold, keys int
	expires         time.Time
	first           string
	changed         time.Time
}

// put keeps the row of a repository.
func (s *Screen) put(v admin.Look) {
	r := newRow(v)
	if i, ok := s.index[v.GUN]; ok {
		s.rows[i] = r
		return
	}
	s.index[v.GUN] = len(s.rows)
	registry, _, _ := strings.Cut(r.name, "/")
	if len(s.rows) == 0 {
		s.registry = registry
	} else if s.registry != registry {
		s.registry = ""
	}
	s.longest = max(s.longest, text.Width(r.name))
	s.rows = append(s.rows, r)
}

func newRow(v admin.Look) row {
	r := row{
		gun: v.GUN, name: text.Clean(v.GUN.String()), short: text.Repo(v.GUN),
		level: v.Assessment.Level, stale: v.Stale, changed: v.Changed,
		expires: v.Assessment.Expires,
	}
	if v.Repository != nil {
		r.first = text.Clean(v.Repository.Short(v.Assessment.First))
	}
	if v.Assessment.First == "" {
		r.first = "-"
	}
	if v.Repository == nil && v.Fault == nil {
		r.level = health.Loading
	}
	if v.Repository != nil {
		r.known = true
		r.signers = len(v.Repository.Signers)
		if targets := v.Repository.Role(model.RoleTargets); targets != nil {
			r.threshold, r.keys = targets.Threshold, len(targets.Keys)
		}
	}
	return r
}

func byName(a, b *row) int { return strings.Compare(a.name, b.name) }

// compareChanged puts the newest first and unknown times last.
func compareChanged(a, b *row) int {
	if a.changed.IsZero() || b.changed.IsZero() {
		return compareTimes(a.changed, b.changed)
	}
	return b.changed.Compare(a.changed)
}

// compareTimes puts unknown times last.
func compareTimes(a, b time.Time) int {
	switch {
	case a.IsZero() && b.IsZero():
		return 0
	case a.IsZero():
		return 1
	case b.IsZero():
		return -1
	default:
		return a.Compare(b)
	}
}

// terse reports whether names, states and dates are short.
func (s *Screen) terse() bool { return s.Width() < wideFrom }

func (s *Screen) health(r *row) widget.Cell {
	mark, word := s.env.Styles.ForLevel(r.level), r.level.String()
	if s.terse() {
		word = ""
	}
	return screen.MarkCell(mark, word)
}

func (s *Screen) name(r *row) widget.Cell {
	if s.terse() || s.bare {
		return widget.Cell{Text: r.short}
	}
	return widget.Cell{Text: r.name}
}

// said is a word about the trust data, where there is some.
func (r *row) said(word string) widget.Cell {
	switch {
	case r.level == health.Loading:
		return widget.Cell{}
	case !r.known:
		return screen.WordCell("")
	default:
		return widget.Cell{Text: word}
	}
}

// firstCell is the role that expires first.
func (r *row) firstCell() widget.Cell {
	if r.level == health.Loading {
		return widget.Cell{}
	}
	return widget.Cell{Text: r.first}
}

func (s *Screen) changed(r *row) widget.Cell {
	switch {
	case r.level == health.Loading:
		return widget.Cell{}
	case r.stale:
		return widget.Cell{Text: "cached", Tone: theme.Warn}
	default:
		return widget.Cell{Text: text.Age(r.changed, s.env.Now())}
	}
}

func (s *Screen) expiry(r *row) widget.Cell {
	mark := s.env.Styles.ForLevel(r.level)
	switch {
	case r.level == health.Loading:
		return widget.Cell{}
	case r.level == health.None:
		return widget.Cell{Text: "no trust data", Tone: theme.Dim}
	case !r.known:
		return widget.Cell{Text: "not readable", Tone: mark.Tone}
	case r.expires.IsZero():
		return widget.Cell{Text: "-", Tone: theme.Dim}
	}
	words := text.Expiry(r.expires, s.env.Now())
	if s.terse() {
		words = strings.TrimSuffix(words, " ago")
	}
	if r.level <= health.Soon {
		return widget.Cell{Text: words, Tone: mark.Tone}
	}
	return widget.Cell{Text: words}
}
