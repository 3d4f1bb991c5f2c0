package tuf

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"strings"
	"unicode/utf8"

	"trustdeck/model"
)

// A target is a path that is looked for, with its hash.
type target struct {
	path string
	hex  string
	bits uint32
}

func newTarget(path string) target {
	sum := sha256.Sum256([]byte(path))
	return target{path: path, hex: hex.EncodeToString(sum[:]), bits: binary.BigEndian.Uint32(sum[:4])}
}

// matches reports whether a delegation is for a target, and which of its patterns is
// (TUF 4.5).
func matches(edge *model.Delegation, t target) (pattern string, ok bool) {
	if edge.Bins != nil {
		b := bins{HashBins: *edge.Bins}
		name := b.name(t.bits >> (32 - b.Bits))
		return string(name), name == edge.Name
	}
	for _, pattern := range edge.Paths {
		if matchPath(pattern, t.path) {
			return pattern, true
		}
	}
	for _, prefix := range edge.PathHashPrefixes {
		if strings.HasPrefix(t.hex, prefix) {
			return prefix, true
		}
	}
	return "", false
}

// cost is about what matches takes, in the matching of short texts: a pattern with many stars
// is tried at each place of a long path.
func cost(edge *model.Delegation, t target) int {
	sum := 1 + len(edge.PathHashPrefixes)
	for _, pattern := range edge.Paths {
		sum += 1 + len(pattern)*len(t.path)/64
	}
	return sum
}

// matchPath matches a path against a pattern, part by part: no wildcard crosses a slash.
func matchPath(pattern, path string) bool {
	for {
		pat, morePattern, inPattern := strings.Cut(pattern, "/")
		part, morePath, inPath := strings.Cut(path, "/")
		if inPattern != inPath || !matchPart(pat, part) {
			return false
		}
		if !inPattern {
			return true
		}
		pattern, path = morePattern, morePath
	}
}

// matchPart matches one part as the shell does: "*" is any text, "?" one character,
// "[seq]" one of some and "[!seq]" none of them. A "[" that is not closed, and a backslash,
// stand for themselves.
func matchPart(pattern, part string) bool {
	// After a "*": what follows it in the pattern, and where in the part it was tried last.
	var again, from string
	star := false
	for part != "" || pattern != "" {
		if strings.HasPrefix(pattern, "*") {
			pattern = pattern[1:]
			again, from, star = pattern, part, true
			continue
		}
		if pattern != "" && part != "" {
			r, size := utf8.DecodeRuneInString(part)
			if rest, ok := matchOne(pattern, r); ok {
				pattern, part = rest, part[size:]
				continue
			}
		}
		if !star || from == "" {
			return false
		}
		_, size := utf8.DecodeRuneInString(from)
		from = from[size:]
		pattern, part = again, from
	}
	return true
}

// matchOne matches one character with the first element of a pattern, which is no star.
func matchOne(pattern string, r rune) (rest string, ok bool) {
	switch pattern[0] {
	case '?':
		return pattern[1:], true
	case '[':
		if set, rest, closed := cutSet(pattern); closed {
			return rest, inSet(set, r)
		}
	}
	want, size := utf8.DecodeRuneInString(pattern)
	return pattern[size:], want == r
}

// cutSet cuts a "[seq]" off. The first character of a sequence may be "]".
func cutSet(pattern string) (set, rest string, closed bool) {
	begin := 1
	if strings.HasPrefix(pattern[begin:], "!") {
		begin++
	}
	if strings.HasPrefix(pattern[begin:], "]") {
		begin++
	}
	end := strings.IndexByte(pattern[begin:], ']')
	if end < 0 {
		return "", "", false
	}
	return pattern[1 : begin+end], pattern[begin+end+1:], true
}

func inSet(set string, r rune) bool {
	set, not := strings.CutPrefix(set, "!")
	runes, found := []rune(set), false
	for i := 0; i < len(runes); i++ {
		low, high := runes[i], runes[i]
		if i+2 < len(runes) && runes[i+1] == '-' {
			high = runes[i+2]
			i += 2
		}
		found = found || low <= r && r <= high
	}
	return found != not
}

// ambiguous reports whether clients read a pattern differently: go-tuf takes a backslash for
// an escape, "^" for a negation, and a set that it cannot read for no match.
func ambiguous(pattern string) bool { return strings.ContainsAny(pattern, `\[`) }

// why says in one sentence why a delegation is or is not for a target.
func why(edge *model.Delegation, t target) (reason string, ok bool) {
	pattern, ok := matches(edge, t)
	switch {
	case edge.Bins != nil && ok:
		return fmt.Sprintf("the SHA-256 of the path starts with %s, which belongs to bin %s", t.hex[:8], edge.Name), true
	case edge.Bins != nil:
		return fmt.Sprintf("the SHA-256 of the path starts with %s, which belongs to bin %s", t.hex[:8], pattern), false
	case ok && len(edge.Paths) > 0:
		return fmt.Sprintf("the path matches %q", pattern), true
	case ok:
		return fmt.Sprintf("the SHA-256 of the path starts with %s", pattern), true
	case len(edge.Paths) > 0:
		return "the path matches none of " + model.Count(len(edge.Paths), "path"), false
	case len(edge.PathHashPrefixes) > 0:
		return fmt.Sprintf("the SHA-256 of the path, %s.., starts with none of its prefixes", t.hex[:8]), false
	default:
		return "it has no paths", false
	}
}
