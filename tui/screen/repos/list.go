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

// The columns, in their order and in that of SortColumns.
const (
	columnHealth = iota
	columnName
	columnSigners
	columnThreshold
	columnExpiry
	columnFirst
	columnChanged
)

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

// list is the source of the table: all rows, and those that are not hidden.
type list struct {
	env   *screen.Env
	rows  []row
	index map[model.GUN]int
	shown []int
	// registry is the first part of all names where they share it.
	registry string
	// longest is the width of the widest full name.
	longest int
	// terse shows short names, glyphs and short dates.
	terse bool
	// bare leaves the common registry out of the names.
	bare bool
}

func (l *list) put(v admin.View) {
	r := newRow(v)
	if i, ok := l.index[v.GUN]; ok {
		l.rows[i] = r
		return
	}
	l.index[v.GUN] = len(l.rows)
	registry, _, _ := strings.Cut(r.name, "/")
	if len(l.rows) == 0 {
		l.registry = registry
	} else if l.registry != registry {
		l.registry = ""
	}
	l.longest = max(l.longest, text.Width(r.name))
	l.rows = append(l.rows, r)
}

func newRow(v admin.View) row {
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

// arrange chooses the rows that are shown.
func (l *list) arrange(problems bool) {
	l.shown = l.shown[:0]
	for i := range l.rows {
		if !problems || l.rows[i].level <= health.Stale {
			l.shown = append(l.shown, i)
		}
	}
}

func (l *list) at(i int) *row { return &l.rows[l.shown[i]] }

// Len returns the number of rows that are not hidden.
func (l *list) Len() int { return len(l.shown) }

// Key is the name of the repository.
func (l *list) Key(i int) string { return string(l.at(i).gun) }

// Match is the name of the repository and the word of its level.
func (l *list) Match(i int) string { return l.at(i).name + " " + l.at(i).level.String() }

// Compare orders by a column, then by name.
func (l *list) Compare(column, i, j int) int {
	a, b := l.at(i), l.at(j)
	order := 0
	switch column {
	case columnHealth:
		order = int(a.level) - int(b.level)
	case columnSigners:
		order = a.signers - b.signers
	case columnThreshold:
		order = cmp.Or(a.threshold-b.threshold, a.keys-b.keys)
	case columnExpiry:
		order = compareTimes(a.expires, b.expires)
	case columnFirst:
		order = strings.Compare(a.first, b.first)
	case columnChanged:
		order = compareTimes(b.changed, a.changed)
		if a.changed.IsZero() || b.changed.IsZero() {
			order = -order
		}
	}
	return cmp.Or(order, strings.Compare(a.name, b.name))
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

// Cell draws one cell.
func (l *list) Cell(i, column int) widget.Cell {
	r, now := l.at(i), l.env.Now()
	mark := l.env.Styles.ForLevel(r.level)
	switch column {
	case columnHealth:
		if l.terse {
			return widget.Cell{Text: mark.Glyph, Tone: mark.Tone}
		}
		return widget.Cell{Text: mark.Glyph + " " + r.level.String(), Tone: mark.Tone}
	case columnName:
		return l.name(r)
	}
	if r.level == health.Loading {
		return widget.Cell{}
	}
	switch column {
	case columnExpiry:
		return l.expiry(r, mark, now)
	case columnFirst:
		return widget.Cell{Text: r.first}
	case columnChanged:
		if r.stale {
			return widget.Cell{Text: "cached", Tone: theme.Warn}
		}
		return widget.Cell{Text: text.Age(r.changed, now)}
	}
	if !r.known {
		return widget.Cell{Text: "-", Tone: theme.Dim}
	}
	if column == columnSigners {
		return widget.Cell{Text: text.Number(r.signers)}
	}
	return widget.Cell{Text: fmt.Sprintf("%d of %d", r.threshold, r.keys)}
}

func (l *list) name(r *row) widget.Cell {
	name := r.name
	if l.terse || l.bare {
		name = r.short
	}
	return widget.Cell{Text: name, Tone: theme.Plain}
}

func (l *list) expiry(r *row, mark theme.Mark, now time.Time) widget.Cell {
	switch {
	case r.level == health.None:
		return widget.Cell{Text: "no trust data", Tone: theme.Dim}
	case !r.known:
		return widget.Cell{Text: "not readable", Tone: mark.Tone}
	case r.expires.IsZero():
		return widget.Cell{Text: "-", Tone: theme.Dim}
	}
	words := text.Expiry(r.expires, now)
	if l.terse {
		words = strings.TrimSuffix(words, " ago")
	}
	if r.level <= health.Soon {
		return widget.Cell{Text: words, Tone: mark.Tone}
	}
	return widget.Cell{Text: words}
}
