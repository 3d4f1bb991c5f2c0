package plain

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"trustdeck/tui/flow"
	"trustdeck/tui/text"
	"trustdeck/tui/widget"
)

// choices are the options of a question, with the numbers that they are read with.
type choices struct {
	options []flow.Option
	step    *flow.Step
	// pattern filters them, and shown are the indices of those that match it.
	pattern string
	shown   []int
}

// everything is the word that stands for all options that were read last.
const everything = "all"

// filterWord is the word that filters: the same as in a place.
const filterWord = "f"

// filters reports whether a line filters options.
func filters(line string) bool {
	return line == filterWord || strings.HasPrefix(line, filterWord+" ")
}

// filters takes the pattern of a line that filters.
func (c *choices) filters(typed string) (pattern string, ok bool) {
	if len(c.options) == 0 || !filters(typed) || slices.ContainsFunc(c.options, func(o flow.Option) bool { return o.Value == typed }) {
		return "", false
	}
	return strings.TrimSpace(strings.TrimPrefix(typed, filterWord)), true
}

// show filters the options; an empty pattern shows all.
func (c *choices) show(pattern string) {
	c.pattern = pattern
	c.shown, _ = widget.Matches(pattern, flow.FilterWords(c.options))
	slices.Sort(c.shown)
}

// say reads the options that are shown. Each keeps its number.
func (c *choices) say(p *Prompter) {
	for _, i := range c.shown {
		p.Say(fmt.Sprintf("  %d. %s. %s", i+1, c.options[i].Label, c.options[i].Help))
	}
	switch {
	case c.pattern != "" && len(c.shown) == 0:
		p.Say("  No choice matches " + text.Clean(c.pattern) + "; type f alone to show all again.")
	case c.pattern != "":
		p.Say(fmt.Sprintf("  %d of %d choices; type f alone to show all again.", len(c.shown), len(c.options)))
	case c.step.Kind == flow.Several && len(c.options) > 1:
		p.Say("  Type numbers, such as 1-3,5, or all. f and a word shows only the choices with that word.")
	}
}

// chosen puts options in the place of numbers, of ranges such as 1-5,9, and of the word
// for all that are shown. It returns the number that is none, if there is one and it can be
// no other word for an option.
func (c *choices) chosen(typed string) (values, wrong string) {
	if len(c.options) == 0 {
		return typed, ""
	}
	var out []string
	for line := range strings.SplitSeq(typed, "\n") {
		meant, wrong := c.line(line)
		if wrong != "" {
			return "", wrong
		}
		for _, value := range meant {
			if !slices.Contains(out, value) {
				out = append(out, value)
			}
		}
	}
	return strings.Join(out, "\n"), ""
}

// line is what one line of an answer means.
func (c *choices) line(line string) (values []string, wrong string) {
	named := slices.ContainsFunc(c.options, func(o flow.Option) bool { return o.Value == line })
	if line == everything && c.step.Kind == flow.Several && !named {
		return c.values(c.shown), ""
	}
	if n, err := strconv.Atoi(line); err == nil {
		switch {
		case n > len(c.options) && c.step.Resolve != nil:
			return []string{line}, ""
		case n < 1 || n > len(c.options):
			return nil, line
		}
		return c.values([]int{n - 1}), ""
	}
	if at, wrong := numbers(line, len(c.options)); !named && c.step.Kind == flow.Several && (at != nil || wrong != "") {
		return c.values(at), wrong
	}
	return []string{line}, ""
}

func (c *choices) values(at []int) []string {
	var out []string
	for _, i := range at {
		out = append(out, c.options[i].Value)
	}
	return out
}

// numbers reads ranges and lists of numbers from 1 to some count, such as 1-5,9. A line that
// is no such thing has none; wrong is what lies outside.
func numbers(line string, count int) (at []int, wrong string) {
	for part := range strings.SplitSeq(line, ",") {
		first, last, isRange := strings.Cut(strings.TrimSpace(part), "-")
		from, err := strconv.Atoi(first)
		if err != nil {
			return nil, ""
		}
		to := from
		if isRange {
			if to, err = strconv.Atoi(last); err != nil {
				return nil, ""
			}
		}
		if from < 1 || to > count || from > to {
			return nil, strings.TrimSpace(part)
		}
		for n := from; n <= to; n++ {
			at = append(at, n-1)
		}
	}
	return at, ""
}
