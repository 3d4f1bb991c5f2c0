package tuitest

import (
	"fmt"
	"time"

	"trustdeck/model"
	"trustdeck/model/history"
	"trustdeck/model/notary/docker"
)

// Past is the past of a repository: signers who come and go, a rotation, a file that does not
// verify, names that try to break out, and a deletion.
func Past() history.Timeline {
	t := history.Timeline{
		More: true, Missing: []history.Gap{{Role: model.RoleTargets, First: 40, Last: 41}},
		Names: map[model.KeyID][]string{
			Key("alice"): {"alice"}, Key("bob"): {"bob"}, Key("ci-bot"): {"ci-bot"}, Key("erin"): {"erin"}, Key("evil"): {"eve\x1b[31m"},
		},
		Listed: map[model.KeyID]model.KeyID{},
	}
	grant := func(from, role model.RoleName, threshold int64, keys ...string) history.Grant {
		g := history.Grant{From: from, Role: role, Threshold: threshold}
		for _, name := range keys {
			g.Keys, g.Listed = append(g.Keys, Key(name)), append(g.Listed, Key(name))
		}
		return g
	}
	state := func(targets string, releases history.Grant, signers ...string) []history.Grant {
		out := []history.Grant{
			grant(model.RoleRoot, model.RoleRoot, 1, "root"), grant(model.RoleRoot, model.RoleTargets, 1, targets),
			grant(model.RoleRoot, model.RoleSnapshot, 1, "snapshot"), grant(model.RoleRoot, model.RoleTimestamp, 1, "timestamp"), releases,
		}
		for _, name := range signers {
			g := grant(model.RoleTargets, model.RoleName("targets/"+name), 1, name)
			g.Signer = name
			out = append(out, g)
		}
		return out
	}
	releases := func(threshold int64, keys ...string) history.Grant {
		return grant(model.RoleTargets, docker.Releases, threshold, keys...)
	}
	states := [][]history.Grant{
		state("targets 2", releases(2, "alice", "bob", "erin"), "alice", "bob", "erin"),
		state("targets 2", releases(1, "alice", "bob"), "alice", "bob"),
		state("targets 2", releases(1, "alice", "bob"), "alice", "bob"),
		state("targets 1", releases(1, "alice", "bob"), "alice", "bob"),
		state("targets 1", releases(1, "alice"), "alice"),
	}
	rev := func(role model.RoleName, version int64, signers ...string) history.Revision {
		r := history.Revision{
			Role: role, Version: version, Was: version - 1, Expires: Years(2), Length: 2000 + version, Verified: true, Compared: true,
			SHA256: [32]byte(Digest(fmt.Sprint(role, version))),
		}
		for _, name := range signers {
			r.Signers = append(r.Signers, Key(name))
		}
		return r
	}
	tags := func(r history.Revision, list ...history.TargetChange) history.Revision {
		r.Targets.List = list
		for _, c := range list {
			switch c.Change {
			case history.Added:
				r.Targets.Added++
			case history.Removed:
				r.Targets.Removed++
			case history.Changed:
				r.Targets.Changed++
			}
		}
		return r
	}
	tag := func(name string, change history.Change) history.TargetChange {
		return history.TargetChange{Name: name, Change: change, Hashes: model.Hashes{SHA256: Digest(name)}, Length: 1520}
	}
	same := func(r history.Revision) history.Revision {
		r.Unchanged = true
		return r
	}
	bad := rev(docker.Releases, 55, "evil")
	bad.Verified = false
	bad.Problems = []model.Problem{{Code: model.ProblemThreshold, Severity: model.Failure, Role: docker.Releases, Text: "0 of 1 needed signatures are valid"}}
	add := func(snapshot, root int64, days int, clock history.Clock, state int, revisions ...history.Revision) {
		p := history.Publish{
			Kind: history.Snapshot, Snapshot: snapshot, Root: root, Time: Days(-days), Clock: clock, Verified: true, Compared: true,
			Timestamps: []history.Stamp{{Version: snapshot + 10, Time: Days(-days), Clock: clock, Verified: true, Signers: []model.KeyID{Key("timestamp")}}},
			Revisions:  append(revisions, rev(model.RoleSnapshot, snapshot, "snapshot")),
		}
		p.SetGrants([][]history.Grant{states[state]})
		if state+1 < len(states) && len(t.Publishes) == state {
			p.Differences = history.Compare(states[state+1], states[state])
		}
		t.Publishes = append(t.Publishes, p)
	}
	add(57, 3, 3, history.ClockFeed, 0, rev(model.RoleTargets, 57, "targets 2"), tags(rev(docker.Releases, 57, "alice", "bob"), tag("v1.8", history.Added), tag("v1.2\x1b[31m", history.Removed)))
	add(56, 3, 9, history.ClockFeed, 1, same(rev(model.RoleTargets, 56, "targets 2")))
	add(55, 3, 20, history.ClockFile, 2, rev(model.RoleRoot, 3, "root"), same(rev(model.RoleTargets, 55, "targets 2")), bad)
	add(54, 2, 200, history.ClockNone, 3, rev(model.RoleTargets, 54, "targets 1"), tags(rev(docker.Releases, 54, "alice"), tag("v1.2", history.Changed)))
	t.Publishes[3].Time = time.Time{}
	t.Publishes = append(t.Publishes, history.Publish{Kind: history.Deletion, Time: Days(-300), Clock: history.ClockFeed, Verified: true})
	for _, s := range states {
		for _, g := range s {
			for _, id := range g.Keys {
				t.Listed[id] = id
			}
		}
	}
	return t
}
