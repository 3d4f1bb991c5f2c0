package staged

import (
	"fmt"
	"strconv"

	"trustdeck/model"
	"trustdeck/tui/text"
	"trustdeck/tui/theme"
	"trustdeck/tui/widget"
)

// about lays out everything about an entry: what it does, what is wrong with it,
// the way out, and what it says in full.
func (s *Screen) about(doc *widget.Doc, e *entry) (title string, lines widget.Text) {
	mark := e.mark(s.env.Styles)
	switch {
	case e.change != nil:
		s.aboutChange(doc, e)
	case e.ahead != nil:
		doc.Marked(mark, text.Sentence(e.words()))
		doc.Indented(text.Sentence(e.ahead.WayOut()), theme.Accent)
	default:
		doc.Marked(mark, "The repository was initialised here but never published; no one else can see it.")
	}
	for _, c := range e.commands(s.env.DialectOf(e.staged.GUN).Words().Staging) {
		doc.Indented(c.purpose+":  "+text.Clean(c.line), theme.Accent)
	}
	doc.Space()
	if e.change != nil {
		s.facts(doc, e)
	}
	doc.Fact("Repository", text.Clean(e.staged.GUN.String()))
	if !e.at().IsZero() {
		doc.Fact("Since", doc.Row(text.UTC(e.at()), text.Relative(e.at(), s.env.Now())))
	}
	if e.change != nil {
		doc.Fact("File", doc.Row(text.Clean(e.change.File), text.Bytes(int64(e.change.Size))))
	}
	if !e.staged.Compared {
		doc.Fact("Server", "unknown: the staged changes were not compared with it")
	}
	return text.Repo(e.staged.GUN), doc.Lines()
}

func (s *Screen) aboutChange(doc *widget.Doc, e *entry) {
	c := e.change
	doc.Marked(e.mark(s.env.Styles), text.Sentence(text.Clean(c.Words())))
	switch {
	case c.Fault != nil:
		if c.Change.Refused != "" {
			doc.Indented(text.Sentence(text.Clean(c.Fault.Text)), theme.Warn)
		}
		doc.Indented(text.Sentence(text.Clean(c.Fault.Hint)), theme.Accent)
	case c.RefusedHere != nil:
		doc.Indented(text.Clean(c.RefusedHere.Text)+".", theme.Plain) // it begins with a command
		doc.Indented(text.Sentence(text.Clean(c.RefusedHere.Hint)), theme.Accent)
	case e.staged.Unusable() > 0:
		doc.Indented("It waits for another change: either all changes are published or none, and "+text.Count(e.staged.Unusable(), "change")+" cannot be.", theme.Warn)
	default:
		if loss := s.env.DialectOf(e.staged.GUN).Words().Staging.Loss; loss != "" {
			doc.Indented(loss, theme.Dim)
		}
	}
}

// facts are what the file of a change says, as far as it could be read.
func (s *Screen) facts(doc *widget.Doc, e *entry) {
	if c := e.change; c.Fault == nil || c.Change.Refused != "" {
		doc.Fact("Order", fmt.Sprintf("%d of %d for this repository", c.Index+1, len(e.staged.Changes)))
		s.content(doc, &c.Change)
	}
	if d := e.digest(); d != "" {
		doc.Fact("Digest", d)
	}
}

// content shows the change as its dialect names its parts, and then what is in it.
func (s *Screen) content(doc *widget.Doc, c *model.StagedChange) {
	for _, f := range []struct{ label, value string }{
		{"Action", c.Action}, {"Role", string(c.Role)}, {"Type", c.Type}, {"Path", c.Path},
	} {
		if f.value != "" {
			doc.Fact(f.label, text.Clean(f.value))
		}
	}
	if c.Target != nil {
		doc.Fact("Size", text.Bytes(c.Target.Length))
		if len(c.Target.Custom) > 0 {
			doc.Fact("Custom", text.Clean(string(c.Target.Custom)))
		}
	}
	if c.Threshold > 0 {
		doc.Fact("Threshold", text.Number(c.Threshold)+", where the role does not exist yet")
	}
	for _, k := range c.AddKeys {
		doc.Fact("Adds key", doc.Row(text.Clean(string(k.ID)), text.Clean(k.Algorithm)))
	}
	for _, id := range c.RemoveKeys {
		doc.Fact("Drops key", text.Clean(string(id)))
	}
	for _, p := range c.AddPaths {
		doc.Fact("Adds path", path(p))
	}
	for _, p := range c.RemovePaths {
		doc.Fact("Drops path", path(p))
	}
}

// path quotes a path prefix; the empty one is for every name.
func path(p string) string {
	if p == "" {
		return `"" (all tags)`
	}
	return text.Clean(strconv.Quote(p))
}
