package flows

import (
	"fmt"
	"strings"

	"trustdeck/model/plan"
	"trustdeck/tui/text"
)

// pullLines say of each target what clients find under its name, now and afterwards. full
// has both digests in full; else that of now is shortened.
func pullLines(pulls []plan.PullChange, full bool) []string {
	var out []string
	for i := range pulls {
		p := &pulls[i]
		line := text.Clean(p.Name) + ": "
		switch {
		case p.After == nil && p.Before == nil:
			line += "not found, as before"
		case p.After == nil:
			line += "no longer found (was " + pullResult(p.Before, full) + ")"
		case p.Before == nil:
			line += pullResult(p.After, true)
		case p.Before.Digest == p.After.Digest && p.Before.Role == p.After.Role:
			line += pullResult(p.After, full) + ", as before"
		default:
			line += pullResult(p.After, true) + " (was " + pullResult(p.Before, full) + ")"
		}
		out = append(out, line)
	}
	return out
}

// pullResult is what clients find.
func pullResult(r *plan.PullResult, full bool) string {
	digest := r.Digest
	if name, sum, ok := strings.Cut(digest, ":"); ok && !full && len(sum) > shortDigest {
		digest = name + ":" + sum[:shortDigest] + ".."
	}
	out := fmt.Sprintf("%s, %s, in %s", digest, text.Bytes(r.Length), r.Role)
	if r.MediaType != "" {
		out += ", " + mediaWords(r.MediaType)
	}
	return out
}

// shortDigest is how many digits of a digest are shown where it need not be compared.
const shortDigest = 12

// mediaKinds say in words what media types stand for, the more special ones first.
var mediaKinds = []struct{ part, words string }{
	{"manifest.list", "an index of images"}, {"image.index", "an index of images"}, {"manifest", "the manifest of one image"},
}

// mediaWords says what a registry serves.
func mediaWords(mediaType string) string {
	for _, c := range mediaKinds {
		if strings.Contains(mediaType, c.part) {
			return c.words
		}
	}
	return "of the type " + text.Clean(mediaType)
}

// shortened are the first of many lines.
func shortened(lines []string) []string {
	if len(lines) <= mostFacts {
		return lines
	}
	return append(lines[:mostFacts-1:mostFacts-1], fmt.Sprintf("%d more are in the details", len(lines)-mostFacts+1))
}
