package tuf

import (
	"trustdeck/model"
	"trustdeck/model/dialect"
)

// NewClient begins a download that goes no further than a client does (TUF 5.3 to 5.6): it
// stops at the first file that does not verify, has expired or is older than what is
// remembered, asks for no file in another way, and follows only those delegations in which a
// client looks for a target, one after the other. Without a target it follows none. The
// config must have an anchor. What verifies of another target before can be handed over as
// cached.
func NewClient(cfg dialect.Config, target string) *Load {
	l := NewLoad(cfg)
	l.client = &client{target: newTarget(target), any: target != ""}
	return l
}

// A client is what a Load is for that goes no further than one.
type client struct {
	target
	any bool
	// root is the newest that was verified, so that no step is verified twice.
	root *entry
}

// asClient asks for what a client asks for next; nothing where it stops.
func (l *Load) asClient() {
	root := l.clientRoot()
	if root == nil {
		return
	}
	if l.got[model.RoleTimestamp] == nil {
		l.askNamed(model.RoleTimestamp)
		return
	}
	timestamp := l.got[model.RoleTimestamp]
	if !l.holds(root, root.over(model.RoleTimestamp), timestamp, nil) {
		return
	}
	snapshot := l.clientFile(root, root.over(model.RoleSnapshot), timestamp)
	if snapshot == nil || l.regresses(root, snapshot) {
		return
	}
	if targets := l.clientFile(root, root.over(model.RoleTargets), snapshot); targets != nil && l.client.any {
		l.clientWalk(root, snapshot, targets)
	}
}

// clientRoot is the root at which a client has come to an end; nil where it stops or waits.
func (l *Load) clientRoot() *entry {
	anchor := l.newest()
	if anchor == nil || l.client.root == nil && own(anchor.entry) != nil {
		return nil
	}
	if l.client.root == nil {
		l.client.root = anchor.entry
	}
	root := l.client.root
	for n := root.file.Version + 1; n-anchor.file.Version <= MaxRootVersions; n++ {
		next := l.roots[n]
		if next == nil {
			l.ask(dialect.Want{Role: model.RoleRoot, Version: n, Limit: MaxRoot})
			return nil
		}
		if next.absent() {
			break
		}
		if !next.ok() || succeeds(root, next) != nil {
			return nil
		}
		root, l.client.root = next, next
	}
	if !root.file.Expires.After(l.cfg.At) {
		return nil
	}
	return root
}

// holds reports whether a client goes on after it has read a file. listed is what another
// file says of it; nil for a timestamp.
func (l *Load) holds(root *entry, a authority, e *entry, listed *model.MetaEntry) bool {
	if !e.ok() || !e.file.Expires.After(l.cfg.At) || listed != nil && !e.is(listed) {
		return false
	}
	if before := l.cfg.Memory.Roles[e.file.Role]; e.file.Version < before.Version && !l.afresh(root) {
		return false
	}
	return a.met(a.count(e.file))
}

// regresses reports whether a snapshot lists an older file than was seen before, or no
// longer lists one.
func (l *Load) regresses(root, snapshot *entry) bool {
	if l.afresh(root) {
		return false
	}
	for name, before := range l.cfg.Memory.Roles {
		listed := snapshot.file.Entry(name)
		if name.HoldsTargets() && before.Version > 0 && (listed == nil && before.Dropped() || listed != nil && listed.Version < before.Version) {
			return true
		}
	}
	return false
}

// clientFile is the file that a listing names, where it holds; nil where it is to come, or a
// client stops at it.
func (l *Load) clientFile(root *entry, a authority, listing *entry) *entry {
	listed := listing.file.Entry(a.edge.Name)
	if listed == nil {
		return nil
	}
	if l.got[a.edge.Name] == nil {
		l.askListed(listing, a.edge.Name)
	}
	if e := l.got[a.edge.Name]; e != nil && l.holds(root, a, e, listed) {
		return e
	}
	return nil
}

// clientWalk follows the delegations in which a client looks for the target (TUF 5.6.7).
func (l *Load) clientWalk(root, snapshot, targets *entry) {
	type way struct {
		authority
		depth int
	}
	visited := map[model.RoleName]bool{}
	var stack []way
	look := func(e *entry, depth int) (found bool) {
		visited[e.file.Role] = true
		e.edges = e.file.edges(snapshot)
		if findIn(e.file.Targets, l.client.path) != nil {
			return true
		}
		var next []way
		for i := range e.edges {
			if _, ok := matches(&e.edges[i], l.client.target); !ok {
				continue
			}
			next = append(next, way{authority{ring: e.ring, edge: e.edges[i]}, depth + 1})
			if e.edges[i].Terminating {
				stack = nil
				break
			}
		}
		for i := len(next) - 1; i >= 0; i-- {
			stack = append(stack, next[i])
		}
		return false
	}
	if look(targets, 0) {
		return
	}
	for len(stack) > 0 && len(visited) <= MaxVisited {
		to := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		if visited[to.edge.Name] {
			continue
		}
		l.followed[to.edge.Name] = to.depth
		e := l.clientFile(root, to.authority, snapshot)
		if e == nil || look(e, to.depth) {
			return
		}
	}
}
