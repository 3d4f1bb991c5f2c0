package guide

import (
	"slices"
	"strings"

	"trustdeck/tui/flow"
	"trustdeck/tui/widget"
)

// choices are the options of a question, which of them are shown, and which are marked.
type choices struct {
	options []flow.Option
	// pattern filters them, shown are the indices of those that match it, and opened the
	// values of those whose parts are shown.
	pattern string
	shown   []int
	opened  map[string]bool
	marked  map[string]bool
	// anchor is where a range begins, among those that are shown; -1 where none does.
	anchor int
}

func newChoices(options []flow.Option) choices {
	return choices{options: options, marked: map[string]bool{}, opened: map[string]bool{}, anchor: -1}
}

// arrange finds the options that are shown. A part is shown below what it is a part of
// once that is opened, and where the filter finds it.
func (q *question) arrange() {
	c := &q.choices
	selected, had := q.selected()
	found, _ := widget.Matches(c.pattern, flow.FilterWords(c.options))
	slices.Sort(found)
	c.shown, c.anchor = c.shown[:0], -1
	whole := ""
	for i, o := range c.options {
		if !o.Part {
			whole = o.Value
		}
		if _, ok := slices.BinarySearch(found, i); ok && (!o.Part || c.pattern != "" || c.opened[whole]) {
			c.shown = append(c.shown, i)
		}
	}
	if had {
		q.find(func(o flow.Option) bool { return o.Value == selected.Value })
	}
}

// find puts the cursor on the first option that is wanted, or keeps it within those that
// are shown.
func (q *question) find(wanted func(flow.Option) bool) {
	c := &q.choices
	if at := slices.IndexFunc(c.shown, func(i int) bool { return wanted(c.options[i]) }); at >= 0 {
		q.cursor = at
	}
	q.cursor = max(min(q.cursor, len(c.shown)-1), 0)
}

// selected is the option under the cursor.
func (q *question) selected() (o flow.Option, ok bool) {
	if c := &q.choices; q.picking() && q.cursor >= 0 && q.cursor < len(c.shown) {
		return c.options[c.shown[q.cursor]], true
	}
	return flow.Option{}, false
}

// picking reports whether the answer is taken from options.
func (q *question) picking() bool { return q.step != nil && q.step.Kind.Picked() }

// marking reports whether options can be marked.
func (q *question) marking() bool { return q.step != nil && q.step.Kind == flow.Several }

// filter shows only the options that match.
func (q *question) filter(pattern string) {
	q.choices.pattern = pattern
	q.arrange()
}

// opens reports whether some options have parts.
func (q *question) opens() bool {
	return q.picking() && slices.ContainsFunc(q.choices.options, func(o flow.Option) bool { return o.Part })
}

// open shows the parts of the selected option, or hides them again.
func (q *question) open(opened bool) {
	o, ok := q.selected()
	if !ok {
		return
	}
	c := &q.choices
	for i := c.shown[q.cursor]; o.Part && i >= 0; i-- { // a part is closed with the others
		o = c.options[i]
	}
	c.opened[o.Value] = opened
	q.find(func(other flow.Option) bool { return other.Value == o.Value })
	q.arrange()
}

// toggle marks the selected option of several, or unmarks it. It ends a range instead,
// where there is one.
func (q *question) toggle() {
	o, ok := q.selected()
	if !ok || !q.marking() {
		return
	}
	if !q.endRange() {
		q.choices.mark(o, !q.choices.isMarked(o))
	}
	q.touched = true
}

// rangeFrom begins a range at the selected option, and ends it where one has begun: what
// lies between is marked.
func (q *question) rangeFrom() {
	if _, ok := q.selected(); ok && q.marking() && !q.endRange() {
		q.choices.anchor = q.cursor
	}
}

// endRange marks what lies in the range. It reports false where there is none.
func (q *question) endRange() bool {
	c := &q.choices
	if c.anchor < 0 {
		return false
	}
	for at := range c.shown {
		if q.inRange(at) {
			c.mark(c.options[c.shown[at]], true)
		}
	}
	c.anchor, q.touched = -1, true
	return true
}

// dropRange ends a range and marks nothing. It reports false where there is none.
func (q *question) dropRange() bool {
	had := q.choices.anchor >= 0
	q.choices.anchor = -1
	return had
}

// inRange reports whether a place among the shown options lies in the range.
func (q *question) inRange(at int) bool {
	from := q.choices.anchor
	return from >= 0 && at >= min(from, q.cursor) && at <= max(from, q.cursor)
}

// markAll marks all options that are shown, or unmarks them where all are marked.
func (q *question) markAll() {
	if !q.marking() {
		return
	}
	c := &q.choices
	c.anchor = -1
	mark := slices.ContainsFunc(c.shown, func(i int) bool { return !c.isMarked(c.options[i]) })
	for _, i := range c.shown {
		c.mark(c.options[i], mark)
	}
	q.touched = true
}

// standsFor are the answers that an option marks.
func standsFor(o flow.Option) []string {
	if len(o.Marks) > 0 {
		return o.Marks
	}
	return []string{o.Value}
}

func (c *choices) mark(o flow.Option, mark bool) {
	for _, value := range standsFor(o) {
		c.marked[value] = mark
	}
}

// isMarked reports whether everything that an option stands for is marked, partly whether
// some of it is.
func (c *choices) isMarked(o flow.Option) bool {
	return !slices.ContainsFunc(standsFor(o), func(value string) bool { return !c.marked[value] })
}

func (c *choices) partly(o flow.Option) bool {
	return slices.ContainsFunc(standsFor(o), func(value string) bool { return c.marked[value] })
}

// box is what stands before an option of several.
func (q *question) box(at int) string {
	o := q.choices.options[q.choices.shown[at]]
	switch {
	case q.inRange(at) || q.choices.isMarked(o):
		return "[x] "
	case q.choices.partly(o):
		return "[-] "
	default:
		return "[ ] "
	}
}

// answer are the values of the options that are marked, also of those that are not shown.
func (c *choices) answer() []string {
	var out []string
	for _, o := range c.options {
		if len(o.Marks) == 0 && c.marked[o.Value] && !slices.Contains(out, o.Value) {
			out = append(out, o.Value)
		}
	}
	return out
}

// count says how many options are marked, and how many of them the filter hides.
func (c *choices) count() (marked, hidden int) {
	for i, o := range c.options {
		if o.Part || !c.partly(o) {
			continue
		}
		marked++
		if _, shown := slices.BinarySearch(c.shown, i); !shown {
			hidden++
		}
	}
	return marked, hidden
}

// label is what stands for an option: a part stands below what it is a part of.
func (q *question) label(at int) string {
	o := q.choices.options[q.choices.shown[at]]
	label := o.Label
	if q.marking() {
		label = q.box(at) + label
	}
	if o.Part {
		label = "  " + label
	}
	return strings.TrimRight(label, " ")
}
