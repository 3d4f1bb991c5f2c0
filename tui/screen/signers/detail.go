package signers

import (
	"fmt"
	"strings"

	"trustdeck/model"
	"trustdeck/model/admin"
	"trustdeck/model/health"
	"trustdeck/tui/text"
	"trustdeck/tui/theme"
	"trustdeck/tui/widget"
)

// about lays out everything about a signer: what is the matter, the names, and
// last the places, which may be many.
func (s *Screen) about(doc *widget.Doc, signer *row) (head string, lines widget.Text) {
	standing := signer.Status()
	doc.Marked(markOf(s.env.Styles, standing), name(signer)+" "+standing.Meaning(s.env.DialectOf(""))+s.extent(signer)+".")
	for i := range signer.Places {
		if p := &signer.Places[i]; p.Standing == signer.Status() && s.fix(doc, p) {
			break
		}
	}
	doc.Space()
	if len(signer.OtherNames) > 0 {
		doc.TonedFact("Also named", "the same key signs as "+text.Clean(text.List(signer.OtherNames)), theme.Warn)
	}
	if len(signer.OtherKeys) > 0 {
		short := make([]string, len(signer.OtherKeys))
		for i, id := range signer.OtherKeys {
			short[i] = text.Clean(id.Short())
		}
		doc.TonedFact("More keys", "the same name has "+text.List(short), theme.Warn)
	}
	s.key(doc, signer)
	doc.Head("WHERE")
	for i := range signer.Places {
		s.place(doc, &signer.Places[i])
	}
	return title(signer), doc.Lines()
}

// extent says in how many of its repositories the signer is in its worst
// standing.
func (s *Screen) extent(signer *row) string {
	if len(signer.Places) < 2 {
		return ""
	}
	n := 0
	for _, p := range signer.Places {
		if p.Standing == signer.Status() {
			n++
		}
	}
	if n == len(signer.Places) {
		return ", everywhere"
	}
	return fmt.Sprintf(", in %s of %s places", text.Number(n), text.Number(len(signer.Places)))
}

func (s *Screen) key(doc *widget.Doc, signer *row) {
	if last, gun, ok := signer.LastSigned(); ok {
		words := fmt.Sprintf("%s v%d of %s", text.Clean(last.Role.String()), last.Version, text.Repo(gun))
		if !last.At.IsZero() {
			words += ", " + text.Relative(last.At, s.env.Now())
		}
		doc.Fact("Signed", words)
	} else {
		doc.Fact("Signed", "no file that is in force")
	}
	switch {
	case signer.Local != nil:
		doc.Fact("Private", "here, "+text.Clean(signer.Local.Path))
	case s.keysRead():
		doc.Fact("Private", "not here")
	}
	if signer.Algorithm != "" {
		doc.Fact("Type", text.Clean(signer.Algorithm))
	}
	perLine := 8
	if s.env.Styles.Words {
		perLine = len(signer.Key)
	} else if doc.Width() < 52 {
		perLine = 4
	}
	for i, line := range text.KeyID(signer.Key, perLine) {
		label := ""
		if i == 0 {
			label = "Key ID"
		}
		doc.Fact(label, line)
	}
}

// keysRead reports whether it is known which private keys are here.
func (s *Screen) keysRead() bool {
	_, read := s.env.Board.Local()
	return read && s.env.Board.LocalErr() == nil
}

// place lays out what the signer can do in one repository.
func (s *Screen) place(doc *widget.Doc, p *admin.SignerPlace) {
	words := doc.Row(text.Clean(p.GUN.String()), text.Clean(roleOf(p).String()), p.Standing.String())
	doc.Marked(markOf(s.env.Styles, p.Standing), words)
	var notes []string
	for _, f := range p.Signed {
		note := fmt.Sprintf("signed %s v%d", text.Clean(f.Role.String()), f.Version)
		if !f.At.IsZero() {
			note += " " + text.Relative(f.At, s.env.Now())
		}
		notes = append(notes, note)
	}
	if p.Unpublished {
		notes = append(notes, text.Clean(p.Role.String())+" has no content yet")
	}
	if len(p.Others) > 0 {
		notes = append(notes, "the key also counts in "+text.Clean(text.List(model.Retype[string](p.Others))))
	}
	if p.Stale {
		notes = append(notes, "as of the cache")
	}
	if len(notes) > 0 {
		doc.Indented(strings.Join(notes, "; "), theme.Dim)
	}
	s.fix(doc, p)
}

// fix says what to do about the standing in a place. It reports whether anything is known.
func (s *Screen) fix(doc *widget.Doc, p *admin.SignerPlace) bool {
	view, _ := s.env.Board.View(p.GUN)
	f, ok := finding(view.Assessment.Findings, p)
	if !ok || f.Remedy == "" {
		return false
	}
	doc.Indented(text.Sentence(text.Clean(f.Remedy)), theme.Accent)
	return true
}

// finding is the one that says what is the matter with a place.
func finding(findings []health.Finding, p *admin.SignerPlace) (health.Finding, bool) {
	if p.Standing.Severity() == model.Notice {
		return health.Finding{}, false
	}
	for _, f := range findings {
		fits := f.Severity == model.Failure
		if p.Standing == admin.OnlyReleases {
			fits = f.Code == health.CodeReleasesOnly
		}
		if p.Standing == admin.OnlyOwnRole {
			fits = f.Code == health.CodeNotReleased || f.Code == health.CodeKeyNotReleased
		}
		if fits && f.Role == roleOf(p) {
			return f, true
		}
	}
	return health.Finding{}, false
}
