// Package printout is pages for people to print: as Markdown, and as HTML without scripts.
//
// Entry points: Page.Markdown, Page.HTML.
package printout

import (
	"html/template"
	"strings"
	"sync"

	"trustdeck/model/display"
)

// Page is a page to be printed. Its texts may come from anywhere: what can't be shown is replaced.
type Page struct {
	Title string
	Parts []Part
}

// Part is a heading with lines below it.
type Part struct {
	Head  string
	Lines []Line
}

// Line is a line of a part.
type Line struct {
	Text string
	// Box is true where there is a box to tick before it.
	Box bool
	// Verbatim is true of what must be read letter by letter.
	Verbatim bool
}

// Lines are lines without a box.
func Lines(texts ...string) []Line {
	out := make([]Line, len(texts))
	for i, text := range texts {
		out[i].Text = text
	}
	return out
}

// clean is the page as it can be shown.
func (p *Page) clean() *Page {
	out := &Page{Title: display.Inline(p.Title)}
	for _, part := range p.Parts {
		clean := Part{Head: display.Inline(part.Head)}
		for _, line := range part.Lines {
			line.Text = display.Inline(line.Text)
			clean.Lines = append(clean.Lines, line)
		}
		out.Parts = append(out.Parts, clean)
	}
	return out
}

// Markdown is the page as GitHub's Markdown. No text is taken for markup.
func (p *Page) Markdown() string {
	var out strings.Builder
	page := p.clean()
	out.WriteString("# " + escaped(page.Title) + "\n")
	for _, part := range page.Parts {
		out.WriteString("\n## " + escaped(part.Head) + "\n\n")
		for _, line := range part.Lines {
			out.WriteString("- ")
			if line.Box {
				out.WriteString("[ ] ")
			}
			out.WriteString(escaped(line.Text) + "\n")
		}
	}
	return out.String()
}

// escaped keeps Markdown from seeing markup in a text.
func escaped(text string) string {
	var out strings.Builder
	for _, r := range text {
		if strings.ContainsRune("\\`*_{}[]<>()#+-!|~&", r) {
			out.WriteByte('\\')
		}
		out.WriteRune(r)
	}
	return out.String()
}

// HTML is the page as a file of its own, without scripts, and with nothing to be loaded.
func (p *Page) HTML() (string, error) {
	var out strings.Builder
	err := form().Execute(&out, p.clean())
	return out.String(), err
}

// form is read when the first page is made.
var form = sync.OnceValue(func() *template.Template { return template.Must(template.New("page").Parse(layout)) })

const layout = `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>{{.Title}}</title>
<style>
body { font: 11pt/1.45 Georgia, serif; max-width: 45em; margin: 2em auto; padding: 0 1em; }
h1 { font-size: 1.5em; } h2 { font-size: 1.1em; margin: 1.6em 0 0.4em; break-after: avoid; }
ul { list-style: none; margin: 0; padding: 0; } li { margin: 0.25em 0; overflow-wrap: anywhere; break-inside: avoid; }
.box { display: inline-block; width: 0.8em; height: 0.8em; border: 1pt solid; margin-right: 0.6em; vertical-align: -0.05em; }
.verbatim { font-family: "DejaVu Sans Mono", monospace; font-size: 0.9em; white-space: pre-wrap; }
@page { margin: 2cm; }
</style>
</head>
<body>
<h1>{{.Title}}</h1>
{{range .Parts}}<h2>{{.Head}}</h2>
<ul>
{{range .Lines}}<li{{if .Verbatim}} class="verbatim"{{end}}>{{if .Box}}<span class="box"></span>{{end}}{{.Text}}</li>
{{end}}</ul>
{{end}}</body>
</html>
`
