package repos

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"trustdeck/model"
	"trustdeck/model/admin"
	"trustdeck/model/health"
	"trustdeck/tui/detail"
	"trustdeck/tui/screen"
	"trustdeck/tui/text"
	"trustdeck/tui/theme"
	"trustdeck/tui/widget"
)

// The columns that are fitted to the width.
const (
	columnHealth = iota
	columnName
)

func (s *Screen) columns() []screen.Column[row] {
	out := []screen.Column[row]{
		{
			Name:    "HEALTH",
			Column:  widget.Column{Title: "HEALTH"},
			Cell:    s.health,
			Compare: func(a, b *row) int { return cmp.Or(int(a.level-b.level), strings.Compare(a.word, b.word)) },
		},
		{
			Column:  widget.Column{Title: "REPOSITORY", Grow: true, KeepEnd: true},
			Cell:    s.name,
			Compare: byName,
		},
		{
			Column:  widget.Column{Title: "SIGNERS", Right: true, Drop: 4},
			Cell:    func(r *row) widget.Cell { return r.said(text.Number(r.signers)) },
			Compare: screen.By(func(r *row) int { return r.signers }),
		},
		{
			Column:  widget.Column{Title: "THRESHOLD", Drop: 3},
			Cell:    s.thresholds,
			Compare: func(a, b *row) int { return slices.CompareFunc(a.thresholds, b.thresholds, compareThresholds) },
		},
		{
			Column:  widget.Column{Title: "NEXT EXPIRY"},
			Cell:    s.expiry,
			Compare: func(a, b *row) int { return compareTimes(a.expires, b.expires) },
		},
		{
			Column:  widget.Column{Title: "FIRST", Width: 9, Grow: true, Max: 24},
			Cell:    (*row).firstCell,
			Compare: screen.By(func(r *row) string { return r.first }),
		},
		{
			Column:  widget.Column{Title: "CHANGED", Drop: 2},
			Cell:    s.changed,
			Compare: compareChanged,
		},
		{
			Column: widget.Column{Title: "FINDING", Width: 30, Grow: true, Drop: 1, Unsorted: true},
			Cell:   func(r *row) widget.Cell { return widget.Cell{Text: r.reason} },
		},
	}
	if s.env.Several() {
		context := screen.WordColumn(widget.Column{Title: "CONTEXT"}, func(r *row) string { return r.context })
		out = slices.Insert(out, columnName+1, context)
	}
	return out
}

// row is what is shown of a repository, computed when it is read.
type row struct {
	gun model.GUN
	// context is the one in which it is, where there are several.
	context string
	// name is that with its registry, which may be empty, rest that without.
	name, registry, rest string
	level                health.Level
	word, reason         string
	stale, known         bool
	signers              int
	thresholds           []threshold
	// expires is when the role first does, and due how urgent that is.
	expires time.Time
	first   string
	due     health.Level
	changed time.Time
}

// threshold is how many signatures of how many keys a role needs.
type threshold struct {
	role       string
	need, keys int
}

// put keeps the row of a repository.
func (s *Screen) put(v admin.Look) {
	r := s.newRow(v)
	if i, ok := s.index[v.GUN]; ok {
		s.rows[i] = r
		return
	}
	s.index[v.GUN] = len(s.rows)
	s.rows = append(s.rows, r)
	s.registries[r.registry]++
}

func (s *Screen) newRow(v admin.Look) row {
	context, name := s.env.Split(v.GUN)
	host, _ := text.Registry(name)
	r := row{
		gun: v.GUN, context: text.Clean(context), name: text.Clean(name.String()), registry: text.Clean(host), rest: text.Repo(name),
		level: v.Assessment.Level, word: v.Assessment.Word(), reason: text.Clean(v.Assessment.Reason),
		stale: v.Stale, changed: v.Changed, expires: v.Assessment.Expires, first: "-", due: health.OK,
	}
	if v.Repository == nil {
		if v.Fault == nil {
			r.level = health.Loading
			r.word = r.level.String()
		}
		return r
	}
	r.known = true
	r.signers = len(v.Repository.Signers)
	for _, role := range v.Repository.Deciding() {
		r.thresholds = append(r.thresholds, threshold{text.Clean(role.Short), role.Threshold, len(role.Keys)})
	}
	if role := v.Repository.Role(v.Assessment.First); role != nil {
		r.first = text.Clean(role.Short)
		r.due = health.Options{Soon: s.env.Soon}.Due(role, v.Repository.At)
	}
	return r
}

// byName orders by name, and the same name by context.
func byName(a, b *row) int {
	return cmp.Or(strings.Compare(a.name, b.name), strings.Compare(a.context, b.context))
}

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

func compareThresholds(a, b threshold) int { return cmp.Or(a.need-b.need, a.keys-b.keys) }

func (s *Screen) health(r *row) widget.Cell {
	word := r.word
	if s.terse {
		word = ""
	}
	return screen.MarkCell(s.env.Styles.ForLevel(r.level), word)
}

// name is that of the repository. The registry of most goes first where there is little
// room, but from no name that another one has without a registry.
func (s *Screen) name(r *row) widget.Cell {
	cell := widget.Cell{Text: r.name}
	if _, taken := s.index[model.GUN(r.rest)]; s.bare != "" && s.bare == r.registry && !taken {
		cell.Text = r.rest
	}
	if _, ok := s.env.Board.Marked(r.gun); ok {
		cell.Text, cell.Tone = cell.Text+s.sign(), theme.Accent
	}
	return cell
}

// wordFrom is the width from which the sign of a change is spelled out.
const wordFrom = 120

// sign follows the name of a repository that has changed since the user looked at it.
func (s *Screen) sign() string {
	return s.env.Styles.News(s.Width() >= wordFrom)
}

func (s *Screen) thresholds(r *row) widget.Cell {
	words := make([]string, len(r.thresholds))
	for i, t := range r.thresholds {
		words[i] = fmt.Sprintf("%s %d/%d", t.role, t.need, t.keys)
	}
	return r.said(strings.Join(words, s.env.Styles.Glyphs.Gap))
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

// expiry is when the role first does, in the colour of that date: what else is wrong
// has nothing to do with it.
func (s *Screen) expiry(r *row) widget.Cell {
	switch {
	case r.level == health.Loading:
		return widget.Cell{}
	case r.level == health.None:
		return widget.Cell{Text: "no trust data", Tone: theme.Dim}
	case !r.known:
		return widget.Cell{Text: "not readable", Tone: s.env.Styles.ForLevel(r.level).Tone}
	case r.expires.IsZero():
		return widget.Cell{Text: "-", Tone: theme.Dim}
	}
	words := text.Expiry(r.expires, s.env.Now())
	if s.terse {
		words = strings.TrimSuffix(words, " ago")
	}
	return widget.Cell{Text: words, Tone: detail.DueTone(s.env.Styles, r.due)}
}
