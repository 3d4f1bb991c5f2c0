package keys

import (
	"slices"
	"strings"

	"trustdeck/model"
	"trustdeck/model/publickey"
	"trustdeck/tui/text"
	"trustdeck/tui/theme"
	"trustdeck/tui/widget"
)

// about lays out everything about a key: first what is wrong with it, last its
// identifiers, its file, and its public half for other programs.
func (s *Screen) about(doc *widget.Doc, k *key) (title string, lines widget.Text) {
	s.problems(doc, k)
	fact(doc, "Label", k.Label)
	fact(doc, "Repository", k.GUN.String())
	fact(doc, "Where", k.Place)
	switch {
	case k.onToken():
		doc.Fact("PIN", "needed to use the key")
	case k.Encrypted:
		doc.Fact("Passphrase", "needed to use the key")
	case k.open():
		doc.TonedFact("Passphrase", "none", theme.Warn)
	}
	if k.ID != "" {
		if !k.onToken() { // which gives no copy away
			s.backup(doc, k)
		}
		s.uses(doc, k)
		s.identity(doc, k)
		if k.onToken() {
			doc.Head("TOKEN")
		} else {
			doc.Head("FILE")
		}
	}
	s.file(doc, k)
	k.forms(doc)
	return k.title(), doc.Lines()
}

// file says what the file is, and last its path, which may fill lines.
func (s *Screen) file(doc *widget.Doc, k *key) {
	fact(doc, "Type", k.algorithm)
	fact(doc, "Form", k.Encoding)
	if k.Legacy {
		fact(doc, "Layout", s.env.DialectOf("").Words().OldLayout)
	}
	if !k.Modified.IsZero() {
		doc.Fact("Written", doc.Row(text.UTC(k.Modified), text.Relative(k.Modified, s.env.Now())))
	}
	if k.onToken() {
		fact(doc, "Place", k.Path)
		return
	}
	fact(doc, "File", k.Path)
}

// backup says when the key was backed up, where, and whether the copy was tried.
func (s *Screen) backup(doc *widget.Doc, k *key) {
	mark := k.Backup
	if mark.BackedUp.IsZero() {
		doc.TonedFact("Backed up", "never, as far as trustdeck knows", theme.Warn)
		doc.Indented("trustdeck backup create FILE", theme.Accent)
		return
	}
	doc.Fact("Backed up", doc.Row(text.UTC(mark.BackedUp), text.Relative(mark.BackedUp, s.env.Now())))
	fact(doc, "Backup", mark.File)
	if mark.Checked.IsZero() {
		doc.TonedFact("Tried", "never; the copy is untested", theme.Warn)
	} else {
		doc.Fact("Tried", doc.Row(text.UTC(mark.Checked), text.Relative(mark.Checked, s.env.Now())))
	}
	if k.Modified.After(mark.BackedUp) {
		doc.Para("The file has changed since then; the backup has the earlier file.", theme.Dim)
	}
}

// fact is a fact that may be unknown.
func fact(doc *widget.Doc, label, value string) {
	if value != "" {
		doc.Fact(label, text.Clean(value))
	}
}

func (s *Screen) problems(doc *widget.Doc, k *key) {
	st := s.env.Styles
	if !k.troubled() {
		return
	}
	if k.Fault != nil {
		// The path may fill lines; it stands below.
		doc.Marked(st.ForSeverity(model.Warning), text.Sentence("The file "+text.Clean(k.Fault.Text)))
		if k.Fault.Hint != "" {
			doc.Indented(text.Sentence(text.Clean(k.Fault.Hint)), theme.Accent)
		}
	}
	if k.open() {
		doc.Marked(st.ForSeverity(model.Warning), "Anyone who gets the file can sign: the key has no passphrase.")
		doc.Indented("Give it one: trustdeck key passphrase "+text.Clean(k.ID.String()), theme.Accent)
	}
	doc.Space()
}

// identity shows every name of the key in full.
func (s *Screen) identity(doc *widget.Doc, k *key) {
	doc.Head("KEY ID")
	doc.Digest(text.Clean(k.ID.String()))
	for _, id := range k.otherIDs() {
		doc.Head("KEY ID IN OTHER REPOSITORIES")
		doc.Digest(text.Clean(id.String()))
	}
	if k.fingerprint != "" {
		doc.Head("FINGERPRINT (SHA-256 of the public key)")
		doc.Digest(k.fingerprint)
		doc.Head("FINGERPRINT IN WORDS")
		inWords(doc, k)
	} else if k.surveyed {
		doc.Space()
		doc.Para("The public key is not known: no known repository lists it. To read it from the private key:", theme.Dim)
		doc.Indented("trustdeck key show "+text.Clean(k.ID.String()), theme.Accent)
	}
	seen := map[model.KeyID]bool{}
	for _, c := range k.certificates {
		if seen[c.id] {
			continue
		}
		if len(seen) == 0 {
			doc.Head("LISTED AS CERTIFICATE")
		}
		seen[c.id] = true
		doc.Para(text.Clean(c.subject)+" in "+text.Clean(c.gun.String()), theme.Dim)
		doc.Digest(text.Clean(c.id.String()))
	}
}

// inWords shows the fingerprint as words that can be read aloud.
func inWords(doc *widget.Doc, k *key) {
	const most, narrow, wide = 6, 4, 50
	n := most
	if doc.Width() < wide {
		n = narrow
	}
	var lines []string
	for words := range slices.Chunk(publickey.Of(k.spki, k.ID).Words, n) {
		lines = append(lines, strings.Join(words, " "))
	}
	doc.Verbatim(lines...)
}

func (s *Screen) uses(doc *widget.Doc, k *key) {
	st := s.env.Styles
	doc.Head("USED IN")
	for _, u := range k.Uses {
		doc.Marked(theme.Mark{Glyph: st.Glyphs.Bullet, Tone: theme.Dim}, doc.Row(text.Clean(u.GUN.String()), text.Clean(u.Role.String())))
	}
	switch {
	case k.unused():
		doc.Para("No known repository lists this key. Other repositories may.", theme.Dim)
	case len(k.Uses) == 0:
		doc.Para("Unknown yet: trustdeck is reading the repositories.", theme.Dim)
	}
}
