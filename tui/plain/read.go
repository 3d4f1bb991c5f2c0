package plain

import (
	"strconv"
	"strings"

	"trustdeck/tui/screen"
	"trustdeck/tui/text"
	"trustdeck/tui/widget"
)

// read writes the place on top.
func (c *conversation) read() {
	top := c.top()
	c.Say("")
	var trail []string
	for _, p := range c.stack {
		if p.screen != nil {
			trail = append(trail, p.screen.Title())
		}
	}
	c.Say(strings.Join(trail, ", "))
	reading := top.screen.(screen.Reader).Read()
	c.text(reading.Text)
	c.list(reading)
	if s, ok := top.screen.(screen.Statuser); ok {
		for _, side := range pair(s.Status()) {
			if side = line(side); side != "" {
				c.Say(side)
			}
		}
	}
}

func pair(a, b string) [2]string { return [2]string{a, b} }

// text writes the lines of a text; empty ones only part what belongs together.
func (c *conversation) text(t widget.Text) {
	for _, l := range widget.AllLines(t) {
		if l = line(l); l != "" {
			c.Say(l)
		}
	}
}

// line is a line as it is read aloud: a mark that stands alone at its end or in
// front of its own word adds nothing.
func line(s string) string {
	s = strings.TrimSpace(text.Plain(s))
	if strings.Trim(s, "-─ ") == "" {
		return ""
	}
	return strings.TrimSuffix(s, ":")
}

// list writes a page of a list, with numbers.
func (c *conversation) list(r screen.Reading) {
	if r.List == nil {
		return
	}
	shown, total := r.List.Count()
	if shown == 0 {
		for _, l := range r.Empty {
			if l = line(l); l != "" {
				c.Say(l)
			}
		}
		return
	}
	top := c.top()
	top.first = min(top.first, (shown-1)/pageRows*pageRows)
	end := min(top.first+pageRows, shown)
	for i := top.first; i < end; i++ {
		c.Say(strconv.Itoa(i+1) + ". " + sentence(i+1, r.List.Facts(i)))
	}
	switch {
	case end-top.first < shown:
		c.Say("Rows " + text.Number(top.first+1) + " to " + text.Number(end) + " of " + text.Number(shown) + "; n for more, p for those before.")
	case shown < total:
		c.Say(text.Number(shown) + " of " + text.Number(total) + " match.")
	}
}

// sentence joins the facts of a row: each value after the title of its column. A
// number that the row has anyway is left out.
func sentence(number int, facts []widget.Fact) string {
	var out []string
	for _, f := range facts {
		if f.Title == "#" && f.Text == strconv.Itoa(number) {
			continue
		}
		value := f.Text
		if mark, rest, ok := strings.Cut(value, ": "); ok && isMark(mark) {
			value = rest
		}
		value = strings.TrimSuffix(value, ":")
		if title := strings.Trim(strings.ToLower(f.Title), " #"); title != "" {
			value = title + " " + value
		}
		out = append(out, value)
	}
	return strings.Join(out, ", ")
}

// isMark reports whether a word only repeats what follows it.
func isMark(s string) bool {
	switch s {
	case "failing", "warning", "not current", "good", "none", "loading", "note":
		return true
	default:
		return false
	}
}
