package explain

import (
	"fmt"
	"strings"

	"trustdeck/model"
	"trustdeck/model/quorum"
	"trustdeck/tui/detail"
	"trustdeck/tui/screen"
	"trustdeck/tui/text"
	"trustdeck/tui/theme"
	"trustdeck/tui/widget"
)

// result is a search with what its rows are explained by.
type result struct {
	in     *model.Repository
	search model.Search
	// roles are those of the repository by name: asking it looks through all of them.
	roles   map[model.RoleName]*model.Role
	holders map[model.KeyID]quorum.Holder
}

func newResult(in *model.Repository, search model.Search, known quorum.Known) *result {
	of := &result{in: in, search: search, roles: make(map[model.RoleName]*model.Role, len(in.Roles)), holders: quorum.Holders(in, known)}
	for i := range in.Roles {
		of.roles[in.Roles[i].Name] = &in.Roles[i]
	}
	return of
}

// short is the name of a role for people, clean.
func (of *result) short(name model.RoleName) string {
	if role := of.roles[name]; role != nil {
		return text.Clean(role.Short)
	}
	return text.Clean(string(name))
}

// kind is what a row stands for.
type kind int

const (
	// step is one delegation that the search meets.
	step kind = iota
	// fold stands for the delegations of a role that are for other targets.
	fold
	// end is what comes of the search. It is the last row.
	end
)

// row is a line of the list.
type row struct {
	kind kind
	of   *result
	// step is that of a delegation; for a fold it is the first of its delegations.
	step *model.SearchStep
	// others counts the delegations of a fold.
	others int
	// folded is set for a delegation that has a fold.
	folded bool
	key    string
}

// rows lists the steps of a search. A fold stands before the first of its delegations.
func rows(of *result) []row {
	steps := of.search.Steps
	others := map[model.RoleName]int{}
	for i := range steps {
		if steps[i].Outcome == model.SearchNoMatch {
			others[steps[i].Edge.From]++
		}
	}
	out := make([]row, 0, len(steps)+len(others)+1)
	begun, times := map[model.RoleName]bool{}, map[string]int{}
	for i := range steps {
		s := &steps[i]
		from := s.Edge.From
		folded := s.Outcome == model.SearchNoMatch && others[from] > 1
		if folded && !begun[from] {
			begun[from] = true
			out = append(out, row{kind: fold, of: of, step: s, others: others[from], key: "fold\x00" + string(from)})
		}
		key := "step\x00" + string(from) + "\x00" + string(s.Edge.Name)
		times[key]++
		out = append(out, row{of: of, step: s, folded: folded, key: fmt.Sprint(key, "\x00", times[key])})
	}
	return append(out, row{kind: end, of: of, key: "end"})
}

// match is what a filter looks at.
func match(r *row) string {
	if r.kind != step {
		return ""
	}
	e := &r.step.Edge
	return strings.Join([]string{string(e.From), string(e.Name), detail.For(e), r.step.Outcome.String(), r.step.Reason}, " ")
}

func (s *Screen) columns() []screen.Column[row] {
	column := func(look widget.Column, cell func(*row) widget.Cell) screen.Column[row] {
		look.Unsorted = true // the order is that of the search
		return screen.Column[row]{Column: look, Cell: cell}
	}
	return []screen.Column[row]{
		column(widget.Column{Title: "ROLE", Width: 16, Grow: true, Max: 32}, s.role),
		column(widget.Column{Title: "FROM", Width: 10, Grow: true, Drop: 1}, func(r *row) widget.Cell {
			if r.kind == end {
				return widget.Cell{}
			}
			return widget.Cell{Text: r.of.short(r.step.Edge.From), Tone: theme.Dim}
		}),
		column(widget.Column{Title: "OUTCOME", Width: 13}, s.outcome),
		column(widget.Column{Title: "FOR", Width: 12, Grow: true, Max: 30}, func(r *row) widget.Cell {
			if r.kind != step {
				return widget.Cell{}
			}
			return widget.Cell{Text: text.Clean(detail.For(&r.step.Edge))}
		}),
		column(widget.Column{Title: "WHY", Width: 20, Grow: true, Drop: 2}, func(r *row) widget.Cell { return widget.Cell{Text: text.Clean(r.why()), Tone: theme.Dim} }),
	}
}

// deepest is how far a role is indented: what is below stands there too.
const deepest = 8

// role is the role to which a step leads, below the one from which it comes.
func (s *Screen) role(r *row) widget.Cell {
	if r.kind == end {
		return widget.Cell{Text: "result"}
	}
	indent := strings.Repeat("  ", min(r.step.Depth, deepest))
	if r.kind == fold {
		return widget.Cell{Text: indent + text.Number(r.others) + " delegations", Tone: theme.Dim}
	}
	return widget.Cell{Text: indent + r.of.short(r.step.Edge.Name)}
}

// outcome is what becomes of a row, with its mark.
func (s *Screen) outcome(r *row) widget.Cell {
	st := s.env.Styles
	switch {
	case r.kind == fold && !s.unfolded[r.step.Edge.From]:
		return screen.MarkCell(theme.Mark{Glyph: st.Glyphs.Closed, Tone: theme.Dim}, "no match")
	case r.kind == end:
		mark, word := r.of.verdict(st)
		return screen.MarkCell(mark, word)
	default:
		return screen.MarkCell(mark(st, r.step.Outcome), r.step.Outcome.String())
	}
}

// mark is that of an outcome.
func mark(st *theme.Styles, outcome model.SearchOutcome) theme.Mark {
	switch outcome {
	case model.SearchFound:
		return theme.Mark{Glyph: st.Glyphs.OK, Tone: theme.OK}
	case model.SearchPassed, model.SearchLimit:
		return st.ForSeverity(model.Warning)
	case model.SearchFailed:
		return st.ForSeverity(model.Failure)
	default:
		return theme.Mark{Glyph: st.Glyphs.None, Tone: theme.Dim}
	}
}

// verdict says in a word or two what comes of the search.
func (of *result) verdict(st *theme.Styles) (theme.Mark, string) {
	switch r := &of.search.Resolution; {
	case r.OK:
		return theme.Mark{Glyph: st.Glyphs.OK, Tone: theme.OK}, "found"
	case r.Problem != nil:
		return st.ForSeverity(model.Failure), "refused"
	default:
		return st.ForSeverity(model.Warning), "not found"
	}
}

// why is the reason for what becomes of a row.
func (r *row) why() string {
	switch r.kind {
	case fold:
		return "for other targets"
	case end:
		return r.of.search.Resolution.Reason
	default:
		return r.step.Reason
	}
}
