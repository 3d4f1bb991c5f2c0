package explain

import (
	"encoding/hex"
	"fmt"
	"slices"

	"trustdeck/model"
	"trustdeck/tui/keymap"
	"trustdeck/tui/text"
	"trustdeck/tui/theme"
	"trustdeck/tui/widget"
)

// about explains a row.
func (s *Screen) about(doc *widget.Doc, r *row) (title string, lines widget.Text) {
	switch r.kind {
	case fold:
		return s.aboutFold(doc, r), doc.Lines()
	case end:
		s.aboutEnd(doc, r.of)
		return "Result", doc.Lines()
	default:
		return s.aboutStep(doc, r), doc.Lines()
	}
}

func (s *Screen) aboutFold(doc *widget.Doc, r *row) string {
	from := text.Clean(string(r.step.Edge.From))
	doc.Para(fmt.Sprintf("%s of %s are for other targets. Clients don't follow them.", text.Count(r.others, "delegation"), from), theme.Plain)
	if s.unfolded[r.step.Edge.From] {
		doc.Para(s.env.Press(keymap.Open)+" folds them again.", theme.Accent)
	} else {
		doc.Para(s.env.Press(keymap.Open)+" lists them.", theme.Accent)
	}
	return "For other targets"
}

func (s *Screen) aboutEnd(doc *widget.Doc, of *result) {
	st, r := s.env.Styles, &of.search.Resolution
	mark, word := of.verdict(st)
	doc.TonedFact("Result", mark.Glyph+" "+word, mark.Tone)
	doc.Para(text.Sentence(text.Clean(r.Reason)), theme.Plain)
	if !r.OK {
		return
	}
	content(doc, &r.Target)
	if len(r.Signers) > 0 {
		doc.Head("SAME CONTENT")
	}
	for _, name := range r.Signers {
		doc.Marked(theme.Mark{Glyph: st.Glyphs.OK, Tone: theme.OK}, text.Clean(string(name)))
	}
}

// content is what a target stands for.
func content(doc *widget.Doc, t *model.Target) {
	doc.Fact("Size", text.Bytes(t.Length))
	for _, h := range []struct {
		name string
		sum  []byte
	}{{"SHA-256", t.Hashes.SHA256}, {"SHA-512", t.Hashes.SHA512}} {
		if h.sum != nil {
			doc.Fact(h.name, hex.EncodeToString(h.sum))
		}
	}
}

func (s *Screen) aboutStep(doc *widget.Doc, r *row) string {
	e, st := &r.step.Edge, s.env.Styles
	m := mark(st, r.step.Outcome)
	doc.TonedFact("Outcome", m.Glyph+" "+r.step.Outcome.String(), m.Tone)
	doc.Para(text.Sentence(text.Clean(r.step.Reason)), theme.Plain)
	doc.Head("DELEGATION")
	doc.Fact("From", text.Clean(string(e.From)))
	doc.Fact("To", text.Clean(string(e.Name)))
	doc.Fact("Needs", fmt.Sprintf("%s of %s", text.Number(int(e.Threshold)), text.Count(len(e.KeyIDs), "key")))
	role := r.of.roles[e.Name]
	if verdict, mark := s.granted(role, e); verdict != "" {
		doc.TonedFact("Verdict", mark.Glyph+" "+verdict, mark.Tone)
	}
	if e.Name.Delegation() {
		targets(doc, e)
	}
	if len(e.KeyIDs) > 0 {
		doc.Head("KEYS")
	}
	for _, id := range e.KeyIDs {
		s.aboutKey(doc, r.of, role, id)
	}
	if res := &r.of.search.Resolution; r.step.Outcome == model.SearchFound && res.OK {
		doc.Head("CONTENT")
		content(doc, &res.Target)
	}
	return text.Clean(string(e.Name))
}

// granted is the verdict on a role by one delegation to it.
func (s *Screen) granted(role *model.Role, e *model.Delegation) (string, theme.Mark) {
	st := s.env.Styles
	if role == nil {
		return "not read", theme.Mark{Glyph: st.Glyphs.Stale, Tone: theme.Dim}
	}
	valid, met := role.Valid, role.State == model.RoleVerified
	if i := slices.IndexFunc(role.Parents, func(p model.Delegation) bool { return p.From == e.From }); i >= 0 && i < len(role.Grants) {
		valid, met = role.Grants[i].Valid, role.Grants[i].Met
	}
	words := text.Count(valid, "valid signature")
	switch {
	case role.State == model.RoleUnpublished:
		return role.Condition(), theme.Mark{Glyph: st.Glyphs.None, Tone: theme.Dim}
	case !met:
		return "not trusted: " + words, st.ForSeverity(model.Failure)
	case !role.Usable():
		return role.Condition() + ": " + words, st.ForSeverity(model.Failure)
	default:
		return "trusted: " + words, theme.Mark{Glyph: st.Glyphs.OK, Tone: theme.OK}
	}
}

// mostPaths is how many paths of one delegation are listed.
const mostPaths = 200

// targets lists the targets that a delegation is for.
func targets(doc *widget.Doc, e *model.Delegation) {
	if e.Terminating {
		doc.Fact("Ends", "the search if it matches: the delegation is terminating")
	}
	bullet := theme.Mark{Glyph: "-", Tone: theme.Dim}
	switch {
	case e.Bins != nil:
		doc.Head("FOR")
		doc.Marked(bullet, fmt.Sprintf("one of %s hash bins, by the first %s of the SHA-256 of the path", text.Number(1<<e.Bins.Bits), text.Count(e.Bins.Bits, "bit")))
		return
	case len(e.PathHashPrefixes) > 0:
		doc.Head("FOR PATHS WHOSE SHA-256 STARTS WITH")
	default:
		doc.Head("FOR PATHS")
	}
	all := slices.Concat(e.PathHashPrefixes, e.Paths)
	for _, p := range all[:min(len(all), mostPaths)] {
		doc.Marked(bullet, text.Clean(fmt.Sprintf("%q", p)))
	}
	switch n := len(all) - mostPaths; {
	case n > 0:
		doc.Marked(bullet, text.Number(n)+" more")
	case len(all) == 0:
		doc.Marked(bullet, "none")
	}
}

// aboutKey is a key of a delegation: who holds it, and whether it has signed the role.
func (s *Screen) aboutKey(doc *widget.Doc, of *result, role *model.Role, id model.KeyID) {
	st := s.env.Styles
	key, known := of.in.Key(id)
	holder, algorithm := "", "not in the file"
	if known {
		algorithm = text.Clean(key.Algorithm)
		holder = text.Clean(of.holders[key.ID].String())
	}
	mark, word := theme.Mark{Glyph: st.Glyphs.None, Tone: theme.Dim}, "not signed"
	if role != nil {
		for _, sig := range role.Signatures {
			if sig.KeyID == id || known && sig.Key == key.ID {
				mark, word = st.ForSignature(sig.State), sig.State.String()
				break
			}
		}
	}
	doc.Marked(mark, doc.Row(text.Clean(id.Short()), algorithm, holder, word))
}
