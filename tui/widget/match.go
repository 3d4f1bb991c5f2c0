package widget

import (
	"slices"
	"strings"
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
	return abbreviated(pattern, len(in), func(i int) []string { return in[i : i+1] }), true
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

// abbreviated returns which of n entries a pattern abbreviates by one of their names; those come
// first of which it has the longest beginnings.
func abbreviated(pattern string, n int, names func(i int) []string) []int {
	short := strings.Join(strings.Fields(strings.ToLower(pattern)), "")
	found, pieces := []int{}, map[int]int{}
	for i := range n {
		for _, name := range names(i) {
			if p := abbreviates(short, name); p > 0 && (pieces[i] == 0 || p < pieces[i]) {
				pieces[i] = p
			}
		}
		if pieces[i] > 0 {
			found = append(found, i)
		}
	}
	slices.SortStableFunc(found, func(i, j int) int { return pieces[i] - pieces[j] })
	return found
}

// longestShort is the most letters that an abbreviation has.
const longestShort = 32

// abbreviates returns of how many words, one after the other, a pattern has the beginnings: "wefr"
// of two in "web/frontend". It is 0 where it is no abbreviation. Letters from within words don't
// count: a text of some length has those of any word. The pattern is in lower case.
func abbreviates(pattern, s string) int {
	if len(pattern) > longestShort {
		return 0
	}
	words, best := strings.FieldsFunc(strings.ToLower(s), between), 0
	for i := range words {
		// A bit of at is set where the words so far spell as many letters of the pattern.
		at := uint64(1)
		for used, word := range words[i:] {
			if at = spelled(at, pattern, word); at == 0 {
				break
			}
			if at>>len(pattern)&1 == 1 && (best == 0 || used+1 < best) {
				best = used + 1
			}
		}
	}
	return best
}

// between reports whether a character stands between words.
func between(r rune) bool { return strings.ContainsRune(" /.,:;-_@()[]", r) }

// spelled adds a beginning of a word to each number of letters in at that are spelled already.
func spelled(at uint64, pattern, word string) (out uint64) {
	for from := range len(pattern) {
		if at>>from&1 == 0 {
			continue
		}
		for n := 0; n < len(word) && from+n < len(pattern) && pattern[from+n] == word[n]; n++ {
			out |= 1 << (from + n + 1)
		}
	}
	return out
}
