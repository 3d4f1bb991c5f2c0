package doctor

import (
	"path/filepath"
	"strings"

	"trustdeck/model"
	"trustdeck/model/admin"
	"trustdeck/model/health"
	"trustdeck/model/token"
	"trustdeck/tui/keymap"
	"trustdeck/tui/nav"
	"trustdeck/tui/screen"
	"trustdeck/tui/text"
	"trustdeck/tui/theme"
	"trustdeck/tui/widget"
)

// wideFrom is the width from which severities have their word beside the glyph.
const wideFrom = 80

func (s *Screen) columns() []screen.Column[health.Finding] {
	return []screen.Column[health.Finding]{
		{
			Name:   "SEVERITY",
			Column: widget.Column{Title: "SEVERITY", Width: 10},
			Cell:   s.severity,
			// The worst come first.
			Compare: screen.By(func(f *health.Finding) model.Severity { return -f.Severity }),
		},
		{
			Column: widget.Column{Title: "OBJECT"},
			Cell: func(f *health.Finding) widget.Cell {
				return widget.Cell{Text: text.Middle(s.object(f), s.objectWidth())}
			},
			Compare: screen.By(s.object),
		},
		{
			Column:  widget.Column{Title: "FINDING", Width: leastGist, Grow: true},
			Cell:    func(f *health.Finding) widget.Cell { return widget.Cell{Text: s.gist(f)} },
			Compare: screen.By(func(f *health.Finding) string { return f.Text }),
		},
		{
			Column:  widget.Column{Title: "CODE", Width: 19, Drop: 1},
			Cell:    func(f *health.Finding) widget.Cell { return widget.Cell{Text: text.Clean(f.Code), Tone: theme.Dim} },
			Compare: screen.By(func(f *health.Finding) string { return f.Code }),
		},
	}
}

// leastGist is the least width of what a finding says.
const leastGist = 20

// fit fits the columns to what the findings are about; the rest of the width is for
// what they say.
func (s *Screen) fit(columns []widget.Column) []widget.Column {
	columns[1].Width = s.objectWidth()
	if s.Width() < wideFrom {
		columns[0].Title, columns[0].Width = "", 1
	}
	if s.Width() < codesFrom {
		columns = columns[:3]
	}
	return columns
}

// codesFrom is the width from which there is room for codes, which few need.
const codesFrom = 120

// objectWidth is the width of the longest object, as far as that leaves room for the
// findings.
func (s *Screen) objectWidth() int {
	const least = 10
	widest := least
	for i := range s.Len() {
		widest = max(widest, text.Width(s.object(s.At(i))))
	}
	return min(widest, max(s.Width()*2/5, least))
}

func (s *Screen) severity(f *health.Finding) widget.Cell {
	mark, word := s.env.Styles.ForSeverity(f.Severity), f.Severity.String()
	if s.Width() < wideFrom {
		word = ""
	}
	return screen.MarkCell(mark, word)
}

// role is the short name of the role; empty where the finding is about none.
func (s *Screen) role(f *health.Finding) string {
	if f.Role == "" {
		return ""
	}
	return text.Clean(s.env.DialectOf(f.GUN).Short(f.Role))
}

// key tells findings apart.
func key(f *health.Finding) string {
	return strings.Join([]string{f.Code, f.GUN.String(), f.Role.String(), f.Text}, "\x00")
}

func match(f *health.Finding) string {
	return strings.Join([]string{f.Severity.String(), f.Code, f.GUN.String(), f.Role.String(), f.Text, f.Remedy}, " ")
}

// object is what a finding is about, in few words: "pay/api targets", "key 1c6d 0796".
func (s *Screen) object(f *health.Finding) string {
	switch {
	case aboutKeys(f) && f.Key != "":
		name, _, _ := aboutKey(f)
		return name
	case aboutKeys(f) && f.Code == admin.CodeKeyUnsaved:
		return "private keys"
	case aboutKeys(f):
		if path, _, ok := strings.Cut(f.Text, ": "); ok {
			return "key file " + text.Middle(text.Clean(path[strings.LastIndexByte(path, '/')+1:]), fileName)
		}
		return "key file"
	case f.GUN != "":
		return strings.TrimSpace(text.Repo(f.GUN) + " " + s.role(f))
	case f.Code == admin.CodeServer:
		return "server"
	case aboutTokens(f):
		name, _, _ := strings.Cut(text.Clean(f.Text), ": ")
		return name
	default:
		return "this machine"
	}
}

// fileName is the width of the name of a key file, which may have 64 digits.
const fileName = 14

// gist is a finding for one line, without what the object says already. The path of a file
// or a fingerprint would fill the line: the first comes last or, where the object names the key,
// is left to the detail, as is the second.
func (s *Screen) gist(f *health.Finding) string {
	if words, ok := s.expiry(f); ok {
		return words
	}
	if _, words, ok := aboutKey(f); ok {
		words, _, _ = strings.Cut(words, ": ")
		return words
	}
	words := text.Clean(f.Text)
	if aboutTokens(f) {
		_, words, _ = strings.Cut(words, ": ")
		return words
	}
	if path, what, ok := strings.Cut(words, ": "); ok && strings.ContainsRune(path, '/') && !strings.ContainsRune(path, ' ') && aboutKeys(f) {
		return what + "  (" + path + ")"
	}
	words, _, _ = strings.Cut(strings.TrimPrefix(words, text.Clean(f.GUN.String())+": "), ", fingerprint ")
	return strings.TrimPrefix(words, text.Clean(f.Role.String())+" ")
}

// aboutKey takes what is said of a private key apart: "key 1c6d 0796 (targets)", and what is
// the matter with it.
func aboutKey(f *health.Finding) (name, words string, ok bool) {
	name = "key " + text.Clean(f.Key.Short())
	rest, ok := strings.CutPrefix(text.Clean(f.Text), "the private "+name+" ")
	if !ok {
		return name, "", false
	}
	if label, after, found := strings.Cut(rest, ") "); found {
		return name + " " + label + ")", after, true
	}
	return name, rest, true
}

// expiry says how long ago a role has expired, or when it will.
func (s *Screen) expiry(f *health.Finding) (words string, ok bool) {
	verb := map[string]string{string(model.ProblemExpired): "expired ", health.CodeSoon: "expires "}[f.Code]
	view, _ := s.env.Board.View(f.GUN)
	if verb == "" || view.Repository == nil || view.Repository.Role(f.Role) == nil {
		return "", false
	}
	return verb + text.Relative(view.Repository.Role(f.Role).Expires, s.env.Now()), true
}

// aboutKeys reports whether a finding is about a private key here.
func aboutKeys(f *health.Finding) bool {
	switch f.Code {
	case admin.CodeKeyFile, admin.CodeKeyExposed, admin.CodeKeyPlain, admin.CodeKeyUnused, admin.CodeKeyUnsaved:
		return true
	default:
		return false
	}
}

// aboutTokens reports whether a finding is about a token that is plugged in.
func aboutTokens(f *health.Finding) bool {
	switch f.Code {
	case token.CodeUnread, token.CodePINDefault, token.CodePINTries, token.CodeSlot, token.CodeCertificate, token.CodeFirmware:
		return true
	default:
		return false
	}
}

// destination is the place that a finding is about: the role, where the
// repository could be read and has it, else the repository; the keys or the
// log for what is about this machine or the server.
func destination(board *screen.Board, f *health.Finding) (route nav.Route, ok bool) {
	switch {
	case aboutKeys(f):
		return nav.Key(f.Key), true
	case f.GUN == "" && f.Code == admin.CodeServer:
		return nav.Place(nav.KindLog), true
	case aboutTokens(f):
		return nav.Place(nav.KindTokens), true
	case f.GUN == "":
		return nav.Route{}, false
	}
	if view, _ := board.View(f.GUN); f.Role != "" && view.Repository != nil && view.Repository.Role(f.Role) != nil {
		return nav.Role(f.GUN, f.Role), true
	}
	return nav.Repo(f.GUN, nav.TabRoles), true
}

// about lays out a finding in full: what is wrong, the fix, and what enter does; names and
// identifiers come last.
func (s *Screen) about(doc *widget.Doc, f *health.Finding) (title string, lines widget.Text) {
	mark := s.env.Styles.ForSeverity(f.Severity)
	words, file := withoutFile(f)
	doc.Marked(mark, text.Sentence(words))
	if f.Remedy != "" {
		doc.Indented("Fix: "+text.Sentence(text.Clean(f.Remedy)), theme.Accent)
	}
	if words := s.leads(f); words != "" {
		doc.Indented(words, theme.Dim)
	}
	doc.Space()
	doc.TonedFact("Severity", f.Severity.String(), mark.Tone)
	if f.Role != "" {
		doc.Fact("Role", text.Clean(f.Role.String()))
	}
	if f.GUN != "" {
		doc.Fact("Repository", text.Clean(f.GUN.String()))
	}
	doc.Fact("Code", text.Clean(f.Code))
	if f.Key != "" {
		doc.Fact("Key ID", text.Clean(f.Key.String()))
	}
	if file != "" {
		doc.Fact("File", file)
	}
	return s.object(f), doc.Lines()
}

// withoutFile takes the path of a key file out of a sentence that begins or ends with it.
func withoutFile(f *health.Finding) (words, file string) {
	words = text.Clean(f.Text)
	if !aboutKeys(f) {
		return words, ""
	}
	first, rest, ok := strings.Cut(words, ": ")
	switch {
	case ok && filepath.IsAbs(first):
		return "the key file " + rest, first
	case ok && filepath.IsAbs(rest):
		return first, rest
	default:
		return words, ""
	}
}

// leads says what the key does that opens a finding: it begins the fix, by the name that it
// has there, or shows the place.
func (s *Screen) leads(f *health.Finding) string {
	if route, ok := s.repair(f); ok {
		return s.env.Press(keymap.DoctorRepair) + ": " + s.env.Flows.Find(route.Flow).Title + ", with the answers filled in."
	}
	if _, ok := destination(s.env.Board, f); ok {
		return s.env.Press(keymap.DoctorPlace) + ": go to its place."
	}
	return ""
}

// report lists the findings that are shown, for a ticket or a mail.
func (s *Screen) report() string {
	var b strings.Builder
	for i := range s.Len() {
		f := s.At(i)
		words := []string{f.Severity.String(), f.Code}
		if f.GUN != "" {
			words = append(words, f.GUN.String())
		}
		if f.Role != "" {
			words = append(words, f.Role.String())
		}
		b.WriteString(text.Clean(strings.Join(words, " ")) + ": " + text.Sentence(text.Clean(f.Text)))
		if f.Remedy != "" {
			b.WriteString(" " + text.Sentence(text.Clean(f.Remedy)))
		}
		b.WriteByte('\n')
	}
	return b.String()
}
