package tuf

import (
	"slices"
	"strings"

	"trustdeck/model"
)

// An index finds the delegations of one role that may be for a target, so that a list of
// many targets does not look at all delegations for each. Who may be wrong: the caller
// matches what it returns.
type index struct {
	// literal are those with a path whose first part has no wildcard, by the number of parts
	// and that part; wild are the others with paths, by the number of parts.
	literal map[firstPart][]int
	wild    map[int][]int
	// prefixes are those with hash prefixes, by length and prefix.
	prefixes map[int]map[string][]int
	// bins are those to hash bins, by name.
	bins map[model.RoleName]int
	bin  *model.HashBins
}

type firstPart struct {
	parts int
	text  string
}

func newIndex(edges []model.Delegation) *index {
	x := &index{literal: map[firstPart][]int{}, wild: map[int][]int{}, prefixes: map[int]map[string][]int{}, bins: map[model.RoleName]int{}}
	for i := range edges {
		if edges[i].Bins != nil {
			x.bins[edges[i].Name], x.bin = i, edges[i].Bins
			continue
		}
		for _, pattern := range edges[i].Paths {
			parts, first := split(pattern)
			if strings.ContainsAny(first, "*?[") {
				x.wild[parts] = append(x.wild[parts], i)
			} else {
				key := firstPart{parts, first}
				x.literal[key] = append(x.literal[key], i)
			}
		}
		for _, prefix := range edges[i].PathHashPrefixes {
			if x.prefixes[len(prefix)] == nil {
				x.prefixes[len(prefix)] = map[string][]int{}
			}
			x.prefixes[len(prefix)][prefix] = append(x.prefixes[len(prefix)][prefix], i)
		}
	}
	return x
}

// split counts the parts of a path and returns the first.
func split(path string) (parts int, first string) {
	first, _, _ = strings.Cut(path, "/")
	return 1 + strings.Count(path, "/"), first
}

// candidates are delegations that may be for a target, in their order.
func (x *index) candidates(t target) []int {
	var out []int
	if x.bin != nil {
		b := bins{HashBins: *x.bin}
		if i, ok := x.bins[b.name(t.bits>>(32-b.Bits))]; ok {
			out = append(out, i)
		}
	}
	parts, first := split(t.path)
	out = append(out, x.literal[firstPart{parts, first}]...)
	out = append(out, x.wild[parts]...)
	for length, of := range x.prefixes {
		if length <= len(t.hex) {
			out = append(out, of[t.hex[:length]]...)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}
