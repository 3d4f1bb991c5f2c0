package detail

import (
	"fmt"
	"slices"
	"strings"

	"trustdeck/model"
	"trustdeck/tui/text"
)

// For says for which targets a delegation is, in few words: the first of many paths, and how
// many more there are. What it holds of metadata is not cleaned.
func For(edge *model.Delegation) string {
	var out []string
	switch {
	case edge.Bins != nil:
		out = append(out, "one hash bin")
	case len(edge.PathHashPrefixes) > 0:
		out = append(out, "hashes "+strings.Join(fewest(edge.PathHashPrefixes), " "))
	default:
		for _, p := range fewest(edge.Paths) {
			out = append(out, fmt.Sprintf("%q", p))
		}
	}
	if n := len(edge.PathHashPrefixes) + len(edge.Paths); n > most {
		out = append(out, fmt.Sprintf("%s more", text.Number(n-most+1)))
	}
	if edge.Terminating {
		out = append(out, "terminating")
	}
	return strings.Join(out, " ")
}

// most is how many paths of a delegation are named.
const most = 4

// fewest are the paths that are named: all, or so many that there is room for their number.
func fewest(paths []string) []string {
	if len(paths) <= most {
		return paths
	}
	return slices.Clip(paths[:most-1])
}
