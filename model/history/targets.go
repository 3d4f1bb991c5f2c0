package history

import (
	"bytes"
	"fmt"

	"trustdeck/model"
)

// Targets is how the targets of two versions of a file differ.
type Targets struct {
	// Added, Removed and Changed count them.
	Added, Removed, Changed int
	// List holds the first MaxTargets of them, sorted by name.
	List []TargetChange
}

// TargetChange is a target that was added, removed or changed.
type TargetChange struct {
	Name   string
	Change Change
	// Hashes and Length are those after, HashesWas and LengthWas those before.
	Hashes, HashesWas model.Hashes
	Length, LengthWas int64
}

// Total is how many targets differ.
func (t *Targets) Total() int { return t.Added + t.Removed + t.Changed }

// Count says in words how many targets differ; empty where none does. Noun is what people
// call a target.
func (t *Targets) Count(noun string) string {
	var out string
	for _, part := range []struct {
		n    int
		word string
	}{{t.Added, "added"}, {t.Changed, "changed"}, {t.Removed, "removed"}} {
		if part.n == 0 {
			continue
		}
		if out != "" {
			out += ", "
		}
		out += fmt.Sprintf("%s %s", model.Count(part.n, noun), part.word)
	}
	return out
}

// CompareTargets walks both sorted lists together.
func CompareTargets(before, after []model.Target) Targets {
	var out Targets
	add := func(c TargetChange) {
		if len(out.List) < MaxTargets {
			out.List = append(out.List, c)
		}
	}
	for len(before) > 0 || len(after) > 0 {
		switch {
		case len(before) == 0 || len(after) > 0 && after[0].Name < before[0].Name:
			out.Added++
			add(TargetChange{Name: after[0].Name, Change: Added, Hashes: after[0].Hashes, Length: after[0].Length})
			after = after[1:]
		case len(after) == 0 || before[0].Name < after[0].Name:
			out.Removed++
			add(TargetChange{Name: before[0].Name, Change: Removed, HashesWas: before[0].Hashes, LengthWas: before[0].Length})
			before = before[1:]
		default:
			was, is := before[0], after[0]
			if was.Length != is.Length || !was.Hashes.Equal(is.Hashes) || !bytes.Equal(was.Custom, is.Custom) {
				out.Changed++
				add(TargetChange{Name: is.Name, Change: Changed, Hashes: is.Hashes, HashesWas: was.Hashes, Length: is.Length, LengthWas: was.Length})
			}
			before, after = before[1:], after[1:]
		}
	}
	return out
}
