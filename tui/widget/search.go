package widget

import (
	"slices"
	"strings"
)

// Search returns the indices of the items that a pattern finds, the best first: an entry
// that is called exactly what was typed, then those whose names begin with it, then those
// that have all of its words. Equals keep their order. Where nothing matches, the pattern
// counts as an abbreviation of a name.
func Search(pattern string, items []Item) []int {
	pattern = strings.Join(strings.Fields(strings.ToLower(pattern)), " ")
	ranks, found := make([]rank, len(items)), []int{}
	for i := range items {
		if ranks[i] = items[i].rank(pattern); ranks[i] < unfound {
			found = append(found, i)
		}
	}
	if len(found) == 0 {
		return abbreviated(pattern, len(items), func(i int) []string {
			if len(items[i].Names) == 0 {
				return []string{items[i].match()}
			}
			return items[i].Names
		})
	}
	slices.SortStableFunc(found, func(i, j int) int { return int(ranks[i]) - int(ranks[j]) })
	return found
}

// rank says how well a pattern fits an item; the lower, the better.
type rank int

const (
	// properName and anyName are the whole of a name, mainStart and anyStart its beginning.
	properName rank = iota
	anyName
	mainStart
	anyStart
	// wordStarts: each word of the pattern begins a word of the names.
	wordStarts
	// words: each word of the pattern is somewhere in the text.
	words
	unfound
)

// rank judges an item. The pattern is in lower case.
func (it *Item) rank(pattern string) rank {
	if pattern == "" {
		return words
	}
	best := unfound
	for i, name := range it.Names {
		name = strings.ToLower(name)
		switch {
		case name == pattern && it.Proper:
			return properName
		case name == pattern:
			best = min(best, anyName)
		case strings.HasPrefix(name, pattern) && i == 0 && !it.Proper:
			best = min(best, mainStart)
		case strings.HasPrefix(name, pattern):
			best = min(best, anyStart)
		}
	}
	switch {
	case best < unfound:
		return best
	case len(it.Names) > 0 && startsWords(strings.Join(it.Names, " "), pattern):
		return wordStarts
	case containsAll(it.match(), strings.Fields(pattern)):
		return words
	default:
		return unfound
	}
}

func (it *Item) match() string {
	if it.Match != "" {
		return it.Match
	}
	return it.Label
}

// startsWords reports whether each word of a pattern begins a word of a text.
func startsWords(s, pattern string) bool {
	in := strings.Fields(strings.ToLower(s))
	for word := range strings.FieldsSeq(pattern) {
		if !slices.ContainsFunc(in, func(w string) bool { return strings.HasPrefix(w, word) }) {
			return false
		}
	}
	return true
}
