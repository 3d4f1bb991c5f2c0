package signers

import (
	"fmt"
	"slices"
	"strings"

	"trustdeck/model"
	"trustdeck/model/admin"
	"trustdeck/model/health"
	"trustdeck/tui/text"
	"trustdeck/tui/theme"
	"trustdeck/tui/widget"
)

// about lays out everything about a person: what is the matter, the names, and each key
// with its places, which may be many.
func (s *Screen) about(doc *widget.Doc, person *row) (head string, lines widget.Text) {
	status := person.Status()
	doc.Marked(markOf(s.env.Styles, status), name(person)+" "+status.Meaning(s.env.DialectOf(""))+extent(person)+".")
	s.worst(doc, person)
	if len(person.OtherNames) > 0 {
		doc.Space()
		doc.TonedFact("Also named", text.Clean(text.List(person.OtherNames)), theme.Warn)
	}
	for i := range person.Signers {
		signer := &person.Signers[i]
		head := "KEY " + text.Clean(signer.Key.Short())
		if len(person.OtherNames) > 0 {
			head += " as " + text.Clean(signer.Name)
		}
		doc.Head(head)
		if shared := shared(person, signer); len(shared) > 0 {
			doc.TonedFact("Shared", "the same key signs as "+text.Clean(text.List(shared)), theme.Warn)
		}
		s.key(doc, signer)
		for j := range signer.Places {
			s.place(doc, &signer.Places[j])
		}
	}
	return title(person), doc.Lines()
}

// worst says what mends the first place where a person has the worst status.
func (s *Screen) worst(doc *widget.Doc, person *row) {
	for i := range person.Signers {
		for j := range person.Signers[i].Places {
			p := &person.Signers[i].Places[j]
			if p.Standing == person.Status() && s.fix(doc, p) {
				return
			}
		}
	}
}

// shared are the names of others that a key signs under.
func shared(person *row, signer *admin.KnownSigner) []string {
	return slices.DeleteFunc(slices.Clone(signer.OtherNames), func(name string) bool {
		return name == person.Name || slices.Contains(person.OtherNames, name)
	})
}

// extent says in how many places a person has the worst status.
func extent(person *row) string {
	n, all, worst := 0, 0, person.Status()
	for i := range person.Signers {
		for _, p := range person.Signers[i].Places {
			all++
			if p.Standing == worst {
				n++
			}
		}
	}
	switch {
	case all < 2:
		return ""
	case n == all:
		return ", everywhere"
	default:
		return fmt.Sprintf(", in %s of %s places", text.Number(n), text.Number(all))
	}
}

func (s *Screen) key(doc *widget.Doc, signer *admin.KnownSigner) {
	if last, gun, ok := signer.LastSigned(); ok {
		words := fmt.Sprintf("%s v%d of %s", text.Clean(last.Role.String()), last.Version, text.Repo(gun))
		if !last.At.IsZero() {
			words += ", " + text.Relative(last.At, s.env.Now())
		}
		doc.Fact("Signed", words)
	} else {
		doc.Fact("Signed", "no file in use")
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
		notes = append(notes, "the key is also used in "+text.Clean(text.List(model.Retype[string](p.Others))))
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
