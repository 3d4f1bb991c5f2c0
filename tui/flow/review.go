package flow

import "strings"

// Review says what an outcome would do, for the person who accepts it. It begins with
// what fits on a screen: the verdict, a table of what changes, and the facts that decide.
// A line may hold names that came from outside; it is cleaned where it is shown.
type Review struct {
	// Verdict is a sentence: whether it can be done, and why not.
	Verdict string
	// About names what is changed: a repository, or how many; empty where that is plain.
	About string
	Table Table
	// Facts are what cannot be undone and other warnings, then what clients see, then who
	// must sign.
	Facts []Fact
	// Details are all the rest.
	Details []Section
}

// Fact is a label with a sentence.
type Fact struct{ Label, Text string }

// String is the fact as a line.
func (f Fact) String() string { return f.Label + ": " + f.Text }

// Table has a row for each thing that changes. Front ends draw it, or read it line by line.
type Table struct {
	Columns []Column
	Rows    []Row
}

// Column is a column of a table.
type Column struct {
	// Title stands above it, and Word before its values where a row is read as a line;
	// empty where they speak for themselves.
	Title, Word string
}

// Row is a row of a table.
type Row struct {
	// Cells has one for each column; the first names the row.
	Cells []string
	// More is what comes to it and goes from it: "+ alice 0123 4567".
	More []string
}

// Lines are the rows as lines, each with all that it says.
func (t *Table) Lines() []string {
	var out []string
	for _, row := range t.Rows {
		var parts []string
		for i, cell := range row.Cells[1:] {
			if cell != "" {
				parts = append(parts, strings.TrimSpace(t.Columns[i+1].Word+" "+cell))
			}
		}
		line := row.Cells[0]
		if parts = append(parts, row.More...); len(parts) > 0 {
			line += ": " + strings.Join(parts, ", ")
		}
		out = append(out, line)
	}
	return out
}

// Brief is what a review begins with, as sections of lines.
func (r *Review) Brief() []Section {
	out := []Section{{Head: "REVIEW", Lines: []string{r.Verdict}}}
	if lines := r.Table.Lines(); len(lines) > 0 {
		head := "CHANGES"
		if r.About != "" {
			head += " IN " + r.About
		}
		out = append(out, Section{Head: head, Lines: lines})
	}
	if len(r.Facts) > 0 {
		facts := Section{Head: "BEFORE YOU ACCEPT"}
		for _, f := range r.Facts {
			facts.Lines = append(facts.Lines, f.String())
		}
		out = append(out, facts)
	}
	return out
}

// Whole is all of a review, as sections of lines.
func (r *Review) Whole() []Section { return append(r.Brief(), r.Details...) }

// Section is a part of a page: a heading and lines.
type Section struct {
	Head  string
	Lines []string
}

// The labels of facts that must not be overlooked, which begin such lines elsewhere too.
const (
	Warning = "Warning"
	Final   = "Cannot be undone"
	added   = "+ "
	lost    = "- "
)

// Weight says how much a line of a review wants to be seen.
type Weight int

// The weights.
const (
	// Plain is a fact, Gained and Lost are what is added and taken away.
	Plain Weight = iota
	Gained
	Lost
	// Grave is a warning, or what cannot be undone.
	Grave
)

// WeightOf tells the weight of a line of a review.
func WeightOf(line string) Weight {
	switch {
	case strings.HasPrefix(line, Warning), strings.HasPrefix(line, Final):
		return Grave
	case strings.HasPrefix(line, added):
		return Gained
	case strings.HasPrefix(line, lost):
		return Lost
	default:
		return Plain
	}
}
