package tuf

import (
	"time"

	"trustdeck/model"
	"trustdeck/model/dialect"
)

// anchorRoot is a root that was trusted before, and what its bytes are.
type anchorRoot struct {
	dialect.Anchor
	*entry
}

// ownState names trustdeck's memory among the places that know a root.
const ownState = "trustdeck's own state"

// anchor takes a root that was trusted before, unless the user has given it up since.
func (l *Load) anchor(a dialect.Anchor) {
	e := newEntry(dialect.Want{Role: model.RoleRoot}, a.Raw, time.Time{}, l.budget)
	switch {
	case !e.ok():
		l.lost = append(l.lost, a)
	case a.Kind == model.AnchorOwn || l.cfg.Memory.Anchors(e.digest()):
		l.anchors = append(l.anchors, anchorRoot{a, e})
	}
}

// newest is the newest root that was trusted before, the first of several; nil where none
// was.
func (l *Load) newest() *anchorRoot {
	var best *anchorRoot
	for i := range l.anchors {
		if a := &l.anchors[i]; best == nil || a.file.Version > best.file.Version {
			best = a
		}
	}
	return best
}

// start is the root at which the walk begins: the newest that was trusted before, else the
// first one, else the one that is given by name. The first one is of no use where the walk
// from it does not reach the one that is given by name.
func (l *Load) start() *entry {
	if a := l.newest(); a != nil {
		return a.entry
	}
	if first := l.version(1); first != nil && (!l.named.ok() || l.reach(1) >= l.named.file.Version) {
		return first
	}
	if l.named.ok() {
		return l.named
	}
	return nil
}

// version is the root that was given as a version and is it; nil where there is none.
func (l *Load) version(n int64) *entry {
	if e := l.roots[n]; e.ok() && e.file.Version == n {
		return e
	}
	return nil
}

// reach is the last version up to which there is a root of each from a version on.
func (l *Load) reach(from int64) int64 {
	for l.version(from+1) != nil {
		from++
	}
	return from
}

// last is the newest root that was given in an unbroken line, whether it verifies or not.
func (l *Load) last() *entry {
	e := l.start()
	if e == nil {
		return nil
	}
	if n := l.reach(e.file.Version); n > e.file.Version {
		return l.version(n)
	}
	return e
}

// askRoots asks for the roots that lead to the current one, and reports whether all have
// come.
func (l *Load) askRoots() (settled bool) {
	newest := l.newest()
	if newest == nil {
		l.ask(rootWant(1))
		l.askNamed(model.RoleRoot)
		if l.roots[1] == nil || l.named == nil {
			return false
		}
		if l.version(1) != nil && l.named.ok() {
			// All at once, because how many there are is known.
			for n := int64(2); n <= min(l.named.file.Version, MaxRootVersions); n++ {
				l.ask(rootWant(n))
			}
		}
	} else {
		l.askKnown(newest.file.Version)
	}
	for w := range l.asked {
		if w.Role == model.RoleRoot && w.Version != 0 && l.roots[w.Version] == nil {
			return false
		}
	}
	start := l.start()
	if start == nil {
		return true
	}
	next := l.reach(start.file.Version) + 1
	if l.roots[next] == nil && next-start.file.Version <= MaxRootVersions {
		l.ask(rootWant(next))
		return false
	}
	return true
}

func rootWant(n int64) dialect.Want {
	return dialect.Want{Role: model.RoleRoot, Version: n, Limit: MaxRoot}
}

// askKnown asks for the roots between those that were trusted before, and, where people work on
// the files, for the newest of those as it is now.
func (l *Load) askKnown(newest int64) {
	if l.cfg.Working {
		l.ask(rootWant(newest))
	}
	for _, a := range l.anchors {
		for n := a.file.Version + 1; n < newest && newest-a.file.Version <= MaxRootVersions; n++ {
			l.ask(rootWant(n))
		}
	}
}

// askReplaced looks at the last root, where people work on the files: at who signs the snapshot,
// and for what a root replaces that somebody has yet to sign.
func (l *Load) askReplaced() {
	root := l.last()
	if root == nil {
		return
	}
	l.working = root.file.robotSigns(model.RoleSnapshot)
	if root.file.Version > 1 && asksMore(root.file) {
		l.ask(rootWant(root.file.Version - 1))
	}
}
