package flow

import "strings"

// Section is a part of a review page: a heading and lines. A line may hold names
// that came from outside; it is cleaned where it is shown.
type Section struct {
	Head  string
	Lines []string
}

// The first words of the lines of a review that must not be overlooked.
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
