package plan_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"trustdeck/model"
	"trustdeck/model/dialect"
	"trustdeck/model/notary"
	"trustdeck/model/notary/docker"
	"trustdeck/model/notary/notarytest"
	"trustdeck/model/plan"
)

// checkSummary holds the summary of a part that was executed against the difference of the
// repository before and after.
func checkSummary(t *testing.T, d dialect.Dialect, part *plan.Part, binding plan.Binding, before, after *model.Repository) {
	t.Helper()
	byServer := map[model.RoleName]bool{}
	for _, r := range part.Rewrites {
		byServer[r.Role] = r.Signer == plan.SignedByServer
	}
	want, got := difference(before, after, byServer), promised(d, part.Summary, binding, before)
	for _, role := range slices.Sorted(maps.Keys(want)) {
		if got[role] != want[role] {
			t.Errorf("the summary of %s is\n%s\nwant\n%s", role, got[role], want[role])
		}
	}
	for role, words := range got {
		if want[role] == "" {
			t.Errorf("the summary has %s, which does not change:\n%s", role, words)
		}
	}
}

// state is what a repository says of a role. What a server signs ends whenever it likes.
type state struct {
	version int64
	expires time.Time
	// edges are the delegations in words, sorted.
	edges []string
}

func (s state) String() string {
	if s.edges == nil && s.version == 0 {
		return "nothing"
	}
	return fmt.Sprintf("version %d until %s, %s", s.version, s.expires.UTC().Format(time.RFC3339), strings.Join(s.edges, "; "))
}

// edgeWords names an edge by its threshold, the canonical IDs of its keys, and its paths.
func edgeWords(from model.RoleName, threshold int64, keys []model.KeyID, paths []string) string {
	keys = slices.Clone(keys)
	slices.Sort(keys)
	return fmt.Sprintf("%s: %d of %v for %q", from, threshold, keys, paths)
}

// pathsNow are those that a delegator gives a role.
func pathsNow(r *model.Repository, from, name model.RoleName) []string {
	if role := r.Role(name); role != nil {
		for _, edge := range role.Parents {
			if edge.From == from {
				return edge.Paths
			}
		}
	}
	return nil
}

// difference compares two states of a repository, by the role.
func difference(before, after *model.Repository, byServer map[model.RoleName]bool) map[model.RoleName]string {
	read := func(r *model.Repository, name model.RoleName) state {
		role := r.Role(name)
		if role == nil {
			return state{}
		}
		out := state{version: role.Version}
		if !byServer[name] {
			out.expires = role.Expires
		}
		for _, edge := range role.Parents {
			var ids []model.KeyID
			for _, id := range edge.KeyIDs {
				i := slices.Index(role.Listed, id)
				if i < 0 { // of another delegator than the first; the ledger lists keys as themselves
					ids = append(ids, id)
					continue
				}
				ids = append(ids, role.Keys[i])
			}
			out.edges = append(out.edges, edgeWords(edge.From, edge.Threshold, ids, edge.Paths))
		}
		slices.Sort(out.edges)
		return out
	}
	out := map[model.RoleName]string{}
	for _, r := range []*model.Repository{before, after} {
		for i := range r.Roles {
			name := r.Roles[i].Name
			was, is := read(before, name), read(after, name)
			if was.String() != is.String() || (before.Role(name) == nil) != (after.Role(name) == nil) {
				out[name] = words(before.Role(name) == nil, after.Role(name) == nil, was, is)
			}
		}
	}
	return out
}

func words(added, removed bool, was, is state) string {
	difference := plan.Changed
	switch {
	case added:
		difference = plan.Added
	case removed:
		difference = plan.Removed
	}
	return fmt.Sprintf("%s\n  was %s\n  is  %s", difference, was, is)
}

// promised is what a summary says, in the words of difference.
func promised(d dialect.Dialect, rows []plan.RoleSummary, binding plan.Binding, now *model.Repository) map[model.RoleName]string {
	canonical := func(k plan.KeySummary) model.KeyID {
		if made, ok := binding[k.Listed]; ok {
			return d.CanonicalID(made)
		}
		return k.ID
	}
	out := map[model.RoleName]string{}
	for _, row := range rows {
		was, is := state{version: row.VersionBefore}, state{version: row.VersionAfter}
		if row.Signer != plan.SignedByServer {
			was.expires, is.expires = row.ExpiresBefore, row.ExpiresAfter
		}
		for _, e := range row.Edges {
			var before, after []model.KeyID
			for _, k := range e.Keys {
				if k.Difference != plan.Added {
					before = append(before, canonical(k))
				}
				if k.Difference != plan.Removed {
					after = append(after, canonical(k))
				}
			}
			if e.PathsBefore == nil && e.PathsAfter == nil { // they stay
				e.PathsBefore = pathsNow(now, e.From, row.Role)
				e.PathsAfter = e.PathsBefore
			}
			if e.Difference != plan.Added {
				was.edges = append(was.edges, edgeWords(e.From, e.ThresholdBefore, before, e.PathsBefore))
			}
			if e.Difference != plan.Removed {
				is.edges = append(is.edges, edgeWords(e.From, e.ThresholdAfter, after, e.PathsAfter))
			}
		}
		slices.Sort(was.edges)
		slices.Sort(is.edges)
		out[row.Role] = words(row.Difference == plan.Added, row.Difference == plan.Removed, was, is)
	}
	return out
}

// A new repository is all new, and its keys are named by what they are for.
func TestSummaryOfANewRepository(t *testing.T) {
	t.Parallel()
	p, err := plan.Compile([]plan.Request{{Dialect: docker.Dialect{}, GUN: gun, Changes: []model.Change{initialise()}}}, nil, now)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, row := range p.Parts[0].Summary {
		line := fmt.Sprintf("%s %s %d-%d until %s by %s:", row.Difference, row.Role, row.VersionBefore, row.VersionAfter, row.ExpiresAfter.Format(time.DateOnly), row.Signer)
		for _, e := range row.Edges {
			line += fmt.Sprintf(" %s %s %d-%d", e.Difference, e.From, e.ThresholdBefore, e.ThresholdAfter)
			for _, k := range e.Keys {
				line += fmt.Sprintf(", %s %s%s %q", k.Difference, k.ID, k.Listed, k.Name)
			}
		}
		got = append(got, line)
	}
	date := func(role model.RoleName) string { return now.Add(notary.Lifetime(role)).UTC().Format(time.DateOnly) }
	want := []string{
		"added root 0-1 until " + date(model.RoleRoot) + ` by here: added root 0-1, added new:root "new root key"`,
		"added targets 0-1 until " + date(model.RoleTargets) + ` by here: added root 0-1, added new:targets "new targets key"`,
		"added snapshot 0-1 until " + date(model.RoleSnapshot) + ` by server: added root 0-1, added server:snapshot "the server's snapshot key"`,
		"added timestamp 0-1 until " + date(model.RoleTimestamp) + ` by server: added root 0-1, added server:timestamp "the server's timestamp key"`,
	}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// A key is named by the signers whose own role it may sign, a root key that gets another
// certificate is the same key, and what nothing is changed in has no rows.
func TestSummaryOfKeys(t *testing.T) {
	t.Parallel()
	w := invented(t)
	compile := func(change model.Change) []plan.RoleSummary {
		request := row{repo: w.repo, changes: []model.Change{change}}.request()
		p, err := plan.Compile([]plan.Request{request}, w.here, now)
		if err != nil {
			t.Fatal(err)
		}
		return p.Parts[0].Summary
	}
	if rows := compile(model.RemoveSigner{Name: "nobody"}); rows == nil || len(rows) > 0 {
		t.Errorf("nothing changes, and the rows are %+v", rows)
	}
	id := notary.CanonicalID(w.repo.Keys["targets/alice"][0].PublicKey)
	names := map[model.RoleName]string{}
	for _, row := range compile(model.RemoveSigner{Name: "alice"}) {
		for _, e := range row.Edges {
			for _, k := range e.Keys {
				if k.ID == id {
					names[row.Role] = fmt.Sprintf("%s %s", k.Difference, k.Name)
				}
			}
		}
	}
	if want := map[model.RoleName]string{"targets/alice": "removed alice", docker.Releases: "removed alice"}; !maps.Equal(names, want) {
		t.Errorf("alice's key is %v, want %v", names, want)
	}
	root := w.repo.Keys[model.RoleRoot][0]
	rows := compile(model.RotateKey{Role: model.RoleRoot, Keys: model.RoleKeys{Keys: []model.KeyChoice{{Source: model.KeyHere, ID: notary.CanonicalID(root.PublicKey)}}, Threshold: 1}})
	if k := rows[0].Edges[0].Keys; len(k) != 1 || k[0].Difference != plan.Changed || k[0].ID != notary.CanonicalID(root.PublicKey) || rows[0].Edges[0].Before() != 1 || rows[0].Edges[0].After() != 1 {
		t.Errorf("the root key with a new certificate is %+v", k)
	}
}

// invented is a repository with two signers, all of whose keys are here.
func invented(t *testing.T) *world {
	t.Helper()
	w := &world{repo: notarytest.New(gun, now)}
	alice, bob := notarytest.NewKey(), notarytest.NewKey()
	w.repo.Delegate("targets/alice", 1, []string{""}, alice)
	w.repo.Delegate("targets/bob", 1, []string{""}, bob)
	w.repo.Delegate(docker.Releases, 1, []string{""}, alice, bob)
	w.repo.Keys["targets/alice"] = []notarytest.Key{alice}
	w.repo.Keys["targets/bob"], w.repo.Keys[docker.Releases] = []notarytest.Key{bob}, []notarytest.Key{bob}
	w.repo.Seal(model.RoleRoot, model.RoleTargets, "targets/alice", "targets/bob", docker.Releases)
	for _, keys := range w.repo.Keys {
		for _, k := range keys {
			w.here = append(w.here, model.PrivateKey{ID: notary.CanonicalID(k.PublicKey), Label: "some"})
		}
	}
	return w
}
