package roots

import (
	"fmt"
	"slices"
	"strings"

	"trustdeck/model"
	"trustdeck/model/admin"
	"trustdeck/model/bundle"
	"trustdeck/tui/detail"
	"trustdeck/tui/text"
	"trustdeck/tui/theme"
	"trustdeck/tui/widget"
)

// about explains a root: whether it follows, what has changed, and each key of both quorums.
func (s *Screen) about(doc *widget.Doc, r *row) (title string, lines widget.Text) {
	if r.RootLink == nil {
		doc.Para(r.why, theme.Plain)
		return "Older roots", doc.Lines()
	}
	title = fmt.Sprintf("Root %d", r.Version)
	cell := s.link(r)
	doc.TonedFact("Link", cell.Text, cell.Tone)
	for _, p := range []*model.Problem{r.Problem, r.Refused} {
		if p != nil {
			doc.Para(text.Sentence(text.Clean(p.Text)), theme.Plain)
		}
	}
	if r.Own == nil {
		return title, doc.Lines()
	}
	doc.Fact("Expires", doc.Row(text.UTC(r.Expires), text.Relative(r.Expires, s.env.Now())))
	if !r.Published.IsZero() {
		doc.Fact("Stored", text.UTC(r.Published))
	}
	s.quorum(doc, r, r.Old, "OLD QUORUM")
	s.quorum(doc, r, r.Own, "NEW QUORUM")
	s.changes(doc, r)
	doc.Head("FILE")
	doc.Para(fmt.Sprintf("sha256:%x", r.SHA256), theme.Dim)
	doc.Fact("In words", strings.Join(bundle.Digest(r.SHA256).Words(), " "))
	return title, doc.Lines()
}

// quorum lists the keys of a group, and who of it has signed.
func (s *Screen) quorum(doc *widget.Doc, r *row, q *admin.RootQuorum, title string) {
	if q == nil {
		return
	}
	st := s.env.Styles
	doc.Head(title)
	mark, words := theme.Mark{Glyph: st.Glyphs.OK, Tone: theme.OK}, "met"
	if !q.Met {
		mark, words = st.ForSeverity(model.Failure), "not met"
	}
	doc.Marked(mark, fmt.Sprintf("%s: %d of the %s that root %d lists have signed; %d must", words, q.Signed, text.Count(len(q.Keys), "key"), q.Version, q.Threshold))
	for _, k := range q.Keys {
		mark := theme.Mark{Glyph: st.Glyphs.None, Tone: theme.Dim}
		switch k.State {
		case admin.RootKeySigned:
			mark = theme.Mark{Glyph: st.Glyphs.OK, Tone: theme.OK}
		case admin.RootKeyPending:
			mark = st.ForSignature(model.SignaturePending)
		case admin.RootKeyUnsigned:
		}
		words := k.State.String()
		if q == r.Own && slices.Contains(r.Added, k.ID) {
			words += ", new"
		}
		if q == r.Old && slices.Contains(r.Removed, k.ID) {
			words += ", removed"
		}
		doc.Marked(mark, doc.Row(text.Clean(k.ID.Short()), text.Clean(r.holders[k.ID].String()), words))
	}
}

// changes lists what is different from the root before.
func (s *Screen) changes(doc *widget.Doc, r *row) {
	rotated := detail.Rotated(r.RootLink)
	if rotated == "" && len(r.Changes) == 0 {
		return
	}
	doc.Head("CHANGES")
	bullet := theme.Mark{Glyph: "-", Tone: theme.Dim}
	if rotated != "" {
		doc.Marked(bullet, "root keys: "+rotated)
	}
	for _, c := range r.Changes {
		doc.Marked(bullet, text.Clean(c))
	}
}
