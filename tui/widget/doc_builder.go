package widget

import (
	"slices"
	"strings"

	"trustdeck/tui/text"
	"trustdeck/tui/theme"
)

// labelWidth is the width of the labels of facts, the space after them
// included.
const labelWidth = 11

// Doc lays out facts, paragraphs and lists into styled lines of one width. What
// it is given must be clean; it wraps and never cuts. Where styles are words, each
// fact, title and paragraph is one line instead, however long, to be read aloud.
type Doc struct {
	styles *theme.Styles
	width  int
	label  int
	lines  []string
}

// NewDoc begins a document of this width.
func NewDoc(s *theme.Styles, width int) *Doc {
	return &Doc{styles: s, width: max(width, 1), label: labelWidth}
}

// Width is the width in cells.
func (d *Doc) Width() int { return d.width }

// WidenLabels makes room for the widest of these labels.
func (d *Doc) WidenLabels(labels ...string) {
	for _, l := range labels {
		d.label = max(d.label, text.Width(l)+1)
	}
}

// Lines returns what has been laid out, for Scroll.SetText.
func (d *Doc) Lines() StaticText { return d.lines }

// Head begins a section, after an empty line where something stands above.
func (d *Doc) Head(title string) {
	if d.styles.Words {
		d.say(strings.TrimSuffix(text.Sentence(text.Lower(title)), ".") + ":")
		return
	}
	if len(d.lines) > 0 {
		d.Space()
	}
	d.lines = append(d.lines, d.styles.Head.Render(text.Truncate(title, d.width)))
}

// Space adds an empty line.
func (d *Doc) Space() { d.lines = append(d.lines, "") }

// Fact is a label with its value.
func (d *Doc) Fact(label, value string) { d.TonedFact(label, value, theme.Plain) }

// TonedFact is a label with a coloured value. Further lines of the value stand
// below its first.
func (d *Doc) TonedFact(label, value string, tone theme.Tone) {
	if d.styles.Words {
		if label != "" {
			label += ": "
		}
		d.say(label + theme.Unmarked(value))
		return
	}
	d.hang(d.labelled(label), d.label, value, tone)
}

// labelled is a label before its value.
func (d *Doc) labelled(label string) string {
	return d.styles.Tone(theme.Dim).Render(text.Fit(label, d.label-1)) + " "
}

// LinkFact is a label with a value that is a link, where it is a URL that may be one.
func (d *Doc) LinkFact(label, value string) {
	if !d.styles.Links {
		d.Fact(label, value)
		return
	}
	d.hangPainted(d.labelled(label), d.label, value, func(line string) string { return text.Link(value, line) })
}

// Marked is a paragraph after a mark.
func (d *Doc) Marked(mark theme.Mark, value string) {
	d.hang(d.styles.Tone(mark.Tone).Render(mark.Glyph)+" ", 2, value, theme.Plain)
}

// Para is a paragraph.
func (d *Doc) Para(value string, tone theme.Tone) { d.hang("", 0, value, tone) }

// Indented is a paragraph below a Marked one.
func (d *Doc) Indented(value string, tone theme.Tone) { d.hang("  ", 2, value, tone) }

// Digits are the lines of a long number. Read aloud, they are one.
func (d *Doc) Digits(lines []string) []string {
	if d.styles.Words {
		return []string{strings.Join(lines, " ")}
	}
	return lines
}

// Digest adds hexadecimal digits in groups that can be compared and read aloud.
func (d *Doc) Digest(all string) {
	const perLine, group = 8, 5
	n := perLine
	if d.width < perLine*group {
		n = perLine / 2
	}
	d.Verbatim(d.Digits(text.Groups(all, n))...)
}

// Verbatim adds lines that are styled and cut already.
func (d *Doc) Verbatim(lines ...string) {
	if d.styles.Words {
		d.lines = append(d.lines, lines...)
		return
	}
	for _, line := range lines {
		d.lines = append(d.lines, text.Truncate(line, d.width))
	}
}

// Uncut adds lines that are cut where they are drawn.
func (d *Doc) Uncut(lines ...string) { d.lines = append(d.lines, lines...) }

// hang writes value with head before its first line and an indent before the
// others. Where the width is too small for both, head gets a line of its own.
func (d *Doc) hang(head string, indent int, value string, tone theme.Tone) {
	if d.styles.Words {
		d.say(head + value)
		return
	}
	d.hangPainted(head, indent, value, func(line string) string {
		if tone == theme.Plain {
			return line
		}
		return d.styles.Tone(tone).Render(line)
	})
}

// hangPainted is hang, with what each line is drawn by.
func (d *Doc) hangPainted(head string, indent int, value string, paint func(line string) string) {
	if indent > 2 && d.width < 2*indent {
		d.Verbatim(head)
		head, indent = "  ", 2
	}
	for i, line := range text.Wrap(value, max(d.width-indent, 1)) {
		if i > 0 {
			head = strings.Repeat(" ", indent)
		}
		d.Verbatim(head + paint(line))
	}
}

// say adds lines to be read aloud.
func (d *Doc) say(lines string) {
	for line := range strings.SplitSeq(text.Plain(lines), "\n") {
		d.lines = append(d.lines, strings.TrimSpace(line))
	}
}

// Row joins values that stand side by side. Empty ones are left out.
func (d *Doc) Row(values ...string) string {
	values = slices.DeleteFunc(values, func(v string) bool { return v == "" })
	return strings.Join(values, d.styles.Glyphs.Gap)
}
