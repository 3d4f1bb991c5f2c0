package archive

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"trustdeck/model"
	"trustdeck/model/display"
)

// A page is Markdown in the making.
type page struct {
	bytes.Buffer
	// known are the keys of the table of keys: elsewhere they go by their
	// short names.
	known map[model.KeyID]bool
}

func (p *page) line(format string, args ...any) { fmt.Fprintf(p, format+"\n", args...) }

func (p *page) heading(text string) { p.line("\n## %s\n", text) }

func (p *page) table(columns ...string) {
	p.row(columns...)
	p.line("|%s", strings.Repeat("---|", len(columns)))
}

// row writes cells that are Markdown already.
func (p *page) row(cells ...string) { p.line("| %s |", strings.Join(cells, " | ")) }

var markdownEscapes = strings.NewReplacer(
	`\`, `\\`, "`", "\\`", "*", `\*`, "_", `\_`, "[", `\[`, "]", `\]`, "#", `\#`, "|", `\|`, "~", `\~`,
	"<", "&lt;", ">", "&gt;", "&", "&amp;",
)

// md makes text of unknown origin harmless in Markdown and on a terminal: what
// cannot be seen becomes a replacement character.
func md(s string) string {
	return markdownEscapes.Replace(display.Blot(s))
}

// code is for identifiers that are known to have no back quote in them.
func code(s string) string {
	if s == "" {
		return ""
	}
	return "`" + s + "`"
}

func keyCode(id model.KeyID) string {
	if _, err := model.ParseKeyID(string(id)); err != nil {
		return md(string(id))
	}
	return code(string(id))
}

// key names a key: in full, unless the table of keys does.
func (p *page) key(id model.KeyID) string {
	if p.known[id] {
		return code(id.Short())
	}
	return keyCode(id)
}

func joined[T any](list []T, format func(T) string, none string) string {
	if len(list) == 0 {
		return none
	}
	texts := make([]string, len(list))
	for i, item := range list {
		texts[i] = format(item)
	}
	return strings.Join(texts, "<br>")
}

func yes(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}

func sortedRoles[T any](of map[model.RoleName]T) []model.RoleName {
	return slices.SortedFunc(maps.Keys(of), compareRoles)
}

// day writes a moment for people, in UTC.
func day(t time.Time) string {
	if t.IsZero() {
		return "not known"
	}
	return t.UTC().Format("2006-01-02 15:04:05 UTC")
}
