package doctor

import (
	"trustdeck/model"
	"trustdeck/model/admin"
	"trustdeck/model/health"
	"trustdeck/tui/keymap"
	"trustdeck/tui/text"
	"trustdeck/tui/theme"
	"trustdeck/tui/widget"
)

// examined is the answer of an examination.
type examined struct {
	findings []health.Finding
	scope    scope
}

// scope counts what was examined.
type scope struct{ repositories, roles, keys, tags int }

func scopeOf(views []admin.Look) scope {
	var s scope
	for _, v := range views {
		if v.Repository == nil {
			continue
		}
		s.repositories++
		s.keys += len(v.Repository.Keys)
		s.roles += len(v.Repository.Roles)
		for i := range v.Repository.Roles {
			s.tags += len(v.Repository.Roles[i].Targets)
		}
	}
	return s
}

// none lays out why no finding is listed: all is well, and then what was
// examined, or they are hidden, or not known yet.
func (s *Screen) none(doc *widget.Doc) {
	what, hint := text.Error(s.err)
	switch {
	case s.Len() > 0:
		doc.Para("No finding matches "+text.Clean(s.Filter())+".", theme.Plain)
		doc.Para(s.env.Press(keymap.Back)+" clears the filter.", theme.Dim)
	case len(s.findings) > 0:
		doc.Para("There are no failures and no warnings.", theme.Plain)
		doc.Para(s.env.Press(keymap.DoctorProblems)+" shows "+text.Count(len(s.findings), "notice")+".", theme.Dim)
	case s.err != nil:
		doc.Marked(theme.Mark{Glyph: s.env.Styles.Glyphs.Broken, Tone: theme.Bad}, text.Sentence(what))
		if hint != "" {
			doc.Indented(text.Sentence(hint), theme.Accent)
		}
		doc.Indented(s.env.Press(keymap.Refresh)+" tries again.", theme.Dim)
	case s.at.IsZero():
		s.waiting(doc)
	default:
		s.well(doc)
	}
}

// waiting says what the examination waits for.
func (s *Screen) waiting(doc *widget.Doc) {
	all, loading, action := s.env.Board.Count()
	words := "Reading the list of repositories.."
	switch {
	case s.lane.Active():
		words = "Looking for problems in " + text.Count(all, "repository") + ".."
	case all > 0:
		words = "Reading the repositories, " + text.Number(all-loading) + " so far.."
	}
	doc.Para(s.env.Styles.Glyphs.Loading+" "+words, theme.Dim)
	if action > 0 {
		doc.Para(s.env.Styles.Glyphs.Soon+" "+text.Number(action)+" of them are among the findings.", theme.Warn)
	}
}

// well says that nothing is wrong, and on what that rests.
func (s *Screen) well(doc *widget.Doc) {
	g := &s.env.Styles.Glyphs
	if _, err := s.env.Board.Surveyed(); err != nil {
		what, _ := text.Error(err)
		doc.Marked(s.env.Styles.ForSeverity(model.Warning), "Not all repositories could be found: "+text.Sentence(what))
	}
	if s.scope.repositories == 0 {
		doc.Marked(s.env.Styles.ForSeverity(model.Warning), "No repository was checked, because none is known at "+text.Clean(s.env.Place)+".")
		doc.Indented("Open a repository by name: trustdeck repo/registry.example.org/team/app", theme.Accent)
		return
	}
	doc.Marked(theme.Mark{Glyph: g.OK, Tone: theme.OK}, "Nothing is wrong.")
	doc.Head("WHAT WAS CHECKED")
	sc, now := s.scope, s.env.Now()
	for _, words := range []string{
		text.Clean(s.env.Place) + " answers",
		text.Count(sc.repositories, "repository") + ": " + text.Count(sc.roles, "role") + ", " + text.Count(sc.keys, "key") + ", " + text.Count(sc.tags, "listed tag"),
		"every signature, threshold, hash, length and version, including rollbacks",
		"every expiry: none within " + text.Span(now, now.Add(s.env.Soon)) + "; root certificates too",
		"signers: each can sign what clients pull, with no leftover keys",
		"the private keys here: files, modes, passphrases, and whether a role uses each",
	} {
		doc.Marked(theme.Mark{Glyph: g.Bullet, Tone: theme.Dim}, words)
	}
}
