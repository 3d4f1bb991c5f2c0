package ceremony

import (
	"fmt"
	"slices"
	"strings"

	"trustdeck/model"
	"trustdeck/model/admin/ceremony"
	"trustdeck/model/bundle"
	"trustdeck/tui/flow"
	"trustdeck/tui/flows"
	"trustdeck/tui/screen"
	"trustdeck/tui/text"
	"trustdeck/tui/theme"
	"trustdeck/tui/widget"
)

// row is a key, and who has it.
type row struct {
	who, serial string
	id          model.KeyID
	// roles are what it is asked to sign, signed those that it has, and counts for which keys of a root
	// its signature counts.
	roles, signed []string
	counts        []string
	// unusable says why it can't sign; here tells that it is on this machine, and acts that it is its
	// holder's turn.
	unusable   string
	here, acts bool
}

func (r *row) signs() string { return strings.Join(r.roles, ", ") }

// done reports whether it has signed everything.
func (r *row) done() bool { return len(r.signed) >= len(r.roles) }

// rows has everyone who is asked to sign, in the order in which they act: those who have signed stay where
// they were.
func (s *Screen) rows() []row {
	if s.found.file == nil {
		return nil
	}
	var out []row
	o, now := s.found.file.Opened, s.actingName()
	for _, role := range o.Roles() {
		for _, q := range o.Quorums(role) {
			for _, m := range q.Members {
				out = s.add(out, role, &q, &m, now)
			}
		}
	}
	order := map[string]int{}
	for i, p := range o.Bundle().Participants {
		order[p.Name] = i + 1
	}
	slices.SortStableFunc(out, func(a, b row) int { return place(order, a.who) - place(order, b.who) })
	return out
}

// place is that of a person; those without a name come last.
func place(order map[string]int, who string) int {
	if n := order[who]; n > 0 {
		return n
	}
	return len(order) + 1
}

// add takes a member of a quorum.
func (s *Screen) add(out []row, role model.RoleName, q *bundle.Quorum, m *bundle.Member, now string) []row {
	i := slices.IndexFunc(out, func(r row) bool { return r.id == m.ID })
	if i < 0 {
		out = append(out, row{who: m.Person, serial: m.Serial, id: m.ID, unusable: m.Unusable, acts: m.Person != "" && m.Person == now, here: s.isHere(m.ID)})
		i = len(out) - 1
	}
	r := &out[i]
	if name := string(role); !slices.Contains(r.roles, name) {
		r.roles = append(r.roles, name)
		if m.Signed {
			r.signed = append(r.signed, name)
		}
	}
	switch {
	case q.Former:
		r.counts = append(r.counts, "the old "+string(role))
	default:
		r.counts = append(r.counts, "the new "+string(role))
	}
	return out
}

func (s *Screen) isHere(id model.KeyID) bool {
	return slices.ContainsFunc(s.found.keys, func(k ceremony.Key) bool { return slices.Contains(k.IDs, id) })
}

// actingName is whose turn it is.
func (s *Screen) actingName() string {
	if next := s.progress().Next; len(next) > 0 {
		return next[0].Who
	}
	return ""
}

// acting is the key of the row to begin with.
func (s *Screen) acting() string {
	for _, r := range s.All() {
		if r.acts && !r.done() {
			return string(r.id)
		}
	}
	return ""
}

// stateCell says whether someone has signed, or whose turn it is.
func (s *Screen) stateCell(r *row) widget.Cell {
	st := s.env.Styles
	complete := s.progress().Stage == ceremony.Complete
	switch {
	case r.done():
		return screen.MarkCell(theme.Mark{Glyph: st.Glyphs.OK, Tone: theme.OK}, "signed")
	case r.unusable != "":
		return screen.MarkCell(st.ForSeverity(model.Failure), "can't sign")
	case complete:
		return screen.MarkCell(theme.Mark{Glyph: st.Glyphs.None, Tone: theme.Dim}, "not needed")
	case r.here && !r.done():
		return screen.MarkCell(st.ForSeverity(model.Warning), "you sign")
	case r.acts:
		return screen.MarkCell(st.ForSeverity(model.Warning), "signs now")
	default:
		return screen.MarkCell(theme.Mark{Glyph: st.Glyphs.None, Tone: theme.Dim}, "asked")
	}
}

// widestLabel is the widest label that stands beside a fact; a longer one stands before it.
const widestLabel = "Fingerprint"

// about lays out someone who is asked to sign, and the ceremony.
func (s *Screen) about(doc *widget.Doc, r *row) (title string, lines widget.Text) {
	title = text.Clean(r.who)
	if title == "" {
		title = "Key " + r.id.Short()
	}
	doc.WidenLabels(widestLabel)
	if len(r.counts) > 0 {
		doc.Fact("Counts for", text.Clean(text.List(r.counts)))
	}
	if r.unusable != "" {
		doc.Marked(s.env.Styles.ForSeverity(model.Failure), text.Sentence(text.Clean(r.unusable)))
	}
	if r.serial != "" {
		doc.Fact("Token", text.Clean(r.serial))
	}
	review := flows.CeremonyReview(s.found.file.Opened, s.env.Now())
	doc.Head("THE CEREMONY")
	for _, fact := range review.Facts {
		if fact.Label == flow.Warning {
			doc.Marked(s.env.Styles.ForSeverity(model.Warning), text.Clean(fact.Text))
			continue
		}
		if len(fact.Label) > len(widestLabel) {
			doc.Para(text.Clean(fact.String()), theme.Plain)
			continue
		}
		doc.Fact(text.Clean(fact.Label), text.Clean(fact.Text))
	}
	if changes := review.Table.Lines(); len(changes) > 0 {
		doc.Head(fmt.Sprintf("CHANGES IN %s", text.Clean(review.About)))
		for _, line := range changes {
			doc.Indented(text.Clean(line), theme.Plain)
		}
	}
	doc.Head("KEY ID")
	doc.Digest(string(r.id))
	for _, section := range review.Details {
		doc.Head(text.Clean(section.Head))
		for _, line := range section.Lines {
			doc.Indented(text.Clean(line), theme.Plain)
		}
	}
	return title, doc.Lines()
}

// copies are what can be copied of a row.
func copies(r *row) []screen.CopyItem {
	out := []screen.CopyItem{{Label: "key ID", Text: string(r.id)}}
	if r.who != "" {
		out = append(out, screen.CopyItem{Label: "name", Text: r.who})
	}
	return out
}
