package screen

import (
	"strings"

	"trustdeck/tui/widget"
)

// Reader can be read line by line, by people who do not look at a screen.
type Reader interface {
	// Read says what there is to read now.
	Read() Reading
}

// Reading is a screen without its layout.
type Reading struct {
	// Text stands above the list; nil where there is none.
	Text widget.Text
	// List is what can be chosen from; nil where there is none.
	List *widget.Table
	// Detail is about the selected row; nil where there is none.
	Detail widget.Text
	// Empty says why the list is empty, where it is.
	Empty []string
	// Away tells that moves do not go to the list now, but to the pane beside it.
	Away bool
}

// ReadView is a screen that has nothing but a few lines to show: those of its view,
// without the rule above them.
func ReadView(s Screen) Reading {
	lines := strings.Split(strings.TrimRight(s.View(), "\n "), "\n")
	return Reading{Text: widget.StaticText(lines[min(1, len(lines)):])}
}
