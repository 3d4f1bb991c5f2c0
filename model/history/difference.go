package history

import (
	"fmt"
	"slices"
	"strings"

	"trustdeck/model"
)

// Change says what became of a grant.
type Change string

// The changes.
const (
	Added   Change = "added"
	Removed Change = "removed"
	Changed Change = "changed"
)

// Difference is how one edge of trust differs from that of the publish before.
type Difference struct {
	Change Change
	From   model.RoleName
	Role   model.RoleName
	// Signer is the name of the person or robot whose own role it is; empty for others.
	Signer string
	// KeysAdded and KeysRemoved are canonical IDs. Relisted are keys that another form of the
	// same key has replaced, as a certificate that was renewed.
	KeysAdded, KeysRemoved, Relisted []model.KeyID
	// Threshold and ThresholdWas are 0 where there was no edge before or after.
	Threshold, ThresholdWas int64
	// Keys is how many keys the edge has after the change.
	Keys int
	// PathsAdded and PathsRemoved are those of a delegation.
	PathsAdded, PathsRemoved []string
	// TerminatingChanged is true where the edge has become terminating, or is so no more.
	TerminatingChanged, Terminating bool
}

// Compare says how grants differ, in the order of those after; removed ones come last.
func Compare(before, after []Grant) []Difference {
	type edge struct{ from, role model.RoleName }
	was := map[edge]*Grant{}
	for i := range before {
		if g := &before[i]; was[edge{g.From, g.Role}] == nil {
			was[edge{g.From, g.Role}] = g
		}
	}
	var out []Difference
	seen := map[edge]bool{}
	for i := range after {
		g := &after[i]
		at := edge{g.From, g.Role}
		if seen[at] {
			continue
		}
		seen[at] = true
		if d, ok := compare(was[at], g); ok {
			out = append(out, d)
		}
	}
	for i := range before {
		g := &before[i]
		if at := (edge{g.From, g.Role}); !seen[at] {
			seen[at] = true
			out = append(out, Difference{
				Change: Removed, From: g.From, Role: g.Role, Signer: g.Signer,
				KeysRemoved: g.Keys, ThresholdWas: g.Threshold, PathsRemoved: g.Paths,
			})
		}
	}
	return out
}

// compare compares one edge; was is nil where it is new.
func compare(was, is *Grant) (Difference, bool) {
	d := Difference{Change: Changed, From: is.From, Role: is.Role, Signer: is.Signer, Threshold: is.Threshold, Keys: len(is.Keys), Terminating: is.Terminating}
	if was == nil {
		d.Change, d.KeysAdded, d.PathsAdded = Added, is.Keys, is.Paths
		return d, true
	}
	d.ThresholdWas = was.Threshold
	d.KeysAdded, d.KeysRemoved = less(is.Keys, was.Keys), less(was.Keys, is.Keys)
	for i, id := range is.Keys {
		if slices.Contains(was.Keys, id) && !slices.Contains(was.Listed, is.Listed[i]) && !slices.Contains(d.Relisted, id) {
			d.Relisted = append(d.Relisted, id)
		}
	}
	d.PathsAdded, d.PathsRemoved = less(is.Paths, was.Paths), less(was.Paths, is.Paths)
	d.TerminatingChanged = was.Terminating != is.Terminating
	same := len(d.KeysAdded)+len(d.KeysRemoved)+len(d.Relisted)+len(d.PathsAdded)+len(d.PathsRemoved) == 0
	return d, !same || d.Threshold != d.ThresholdWas || d.TerminatingChanged
}

// less is what is in one list and not in another.
func less[T comparable](list, without []T) []T {
	var out []T
	for _, x := range list {
		if !slices.Contains(without, x) && !slices.Contains(out, x) {
			out = append(out, x)
		}
	}
	return out
}

// Rotated reports whether one key has taken the place of another.
func (d *Difference) Rotated() bool {
	return d.Change == Changed && len(d.KeysAdded) == 1 && len(d.KeysRemoved) == 1
}

// Namer names things for people.
type Namer struct {
	// Role is a role, Key a key by its canonical ID, and Keys several of a grant.
	Role func(model.RoleName) string
	Key  func(model.KeyID) string
}

// Line is one thing that has changed, for people.
type Line struct {
	// Sign is '+' for what may be done from now on, '-' for what may not any more, and '~'
	// for the rest.
	Sign byte
	Text string
}

// String is the line with its sign.
func (l Line) String() string { return string(l.Sign) + " " + l.Text }

// Lines says in words what has changed.
func (d *Difference) Lines(n Namer) []Line {
	var out []Line
	add := func(sign byte, format string, args ...any) {
		out = append(out, Line{sign, fmt.Sprintf(format, args...)})
	}
	role := n.Role(d.Role)
	switch d.Change {
	case Added:
		if len(d.KeysAdded) == 0 {
			add('+', "%s added, which no key may sign", role)
		} else {
			add('+', "%s may sign %s%s%s", n.list(d.KeysAdded), role, needs(d.Threshold, d.Keys), within(d.PathsAdded))
		}
		return out
	case Removed:
		if len(d.KeysRemoved) == 0 {
			add('-', "%s removed", role)
		} else {
			add('-', "%s removed: %s may no longer sign it", role, n.list(d.KeysRemoved))
		}
		return out
	case Changed:
	}
	switch {
	case d.Rotated():
		add('~', "key of %s is %s (was %s)", role, n.Key(d.KeysAdded[0]), n.Key(d.KeysRemoved[0]))
	default:
		if len(d.KeysAdded) > 0 {
			add('+', "%s may sign %s", n.list(d.KeysAdded), role)
		}
		if len(d.KeysRemoved) > 0 {
			add('-', "%s may no longer sign %s", n.list(d.KeysRemoved), role)
		}
	}
	if len(d.Relisted) > 0 {
		add('~', "%s is listed in another form for %s", n.list(d.Relisted), role)
	}
	if d.Threshold != d.ThresholdWas {
		add('~', "threshold of %s is %d of %s (was %d)", role, d.Threshold, model.Count(d.Keys, "key"), d.ThresholdWas)
	}
	if len(d.PathsAdded) > 0 {
		add('+', "%s may list %s", role, quoted(d.PathsAdded))
	}
	if len(d.PathsRemoved) > 0 {
		add('-', "%s may no longer list %s", role, quoted(d.PathsRemoved))
	}
	if d.TerminatingChanged {
		add('~', "delegation to %s is %s", role, map[bool]string{true: "terminating", false: "no longer terminating"}[d.Terminating])
	}
	return out
}

// list names a few keys, and counts the rest.
func (n Namer) list(keys []model.KeyID) string {
	const most = 4
	var words []string
	for i, id := range keys {
		if i == most && len(keys) > most+1 {
			words = append(words, model.Count(len(keys)-most, "more key"))
			break
		}
		words = append(words, n.Key(id))
	}
	return strings.Join(words, ", ")
}

// needs says how many of several keys must sign; nothing where any one does.
func needs(threshold int64, keys int) string {
	if threshold == 1 {
		return ""
	}
	return fmt.Sprintf(", %d of %s needed", threshold, model.Count(keys, "key"))
}

// within says which paths a delegation may list; nothing where it may list all.
func within(paths []string) string {
	if len(paths) == 0 || slices.Contains(paths, "") {
		return ""
	}
	return ", for " + quoted(paths)
}

func quoted(paths []string) string {
	const most = 4
	var words []string
	for i, p := range paths {
		if i == most {
			words = append(words, model.Count(len(paths)-most, "more path"))
			break
		}
		if p == "" {
			words = append(words, "all paths")
			continue
		}
		words = append(words, fmt.Sprintf("%q", p))
	}
	return strings.Join(words, ", ")
}

// Line says in words what a grant allows.
func (g *Grant) Line(n Namer) string {
	if len(g.Keys) == 0 {
		return "no key"
	}
	return n.list(g.Keys) + needs(g.Threshold, len(g.Keys)) + within(g.Paths)
}
