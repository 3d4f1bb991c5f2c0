package widget

import (
	"strings"

	"github.com/sahilm/fuzzy"
)

// Matches returns the indices of the strings that match a pattern. Every word
// of the pattern must be part of the string, in any order and case; the order
// of the strings is kept. Only where nothing matches so does the pattern count
// as an abbreviation, and the best matches come first: ranked is true then.
func Matches(pattern string, in []string) (found []int, ranked bool) {
	words := strings.Fields(strings.ToLower(pattern))
	found = []int{}
	for i, s := range in {
		if containsAll(s, words) {
			found = append(found, i)
		}
	}
	if len(found) > 0 || len(words) == 0 {
		return found, false
	}
	for _, m := range fuzzy.Find(strings.Join(words, ""), in) {
		found = append(found, m.Index)
	}
	return found, true
}

func containsAll(s string, words []string) bool {
	lower := strings.ToLower(s)
	for _, w := range words {
		if !strings.Contains(lower, w) {
			return false
		}
	}
	return true
}
