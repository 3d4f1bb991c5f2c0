package tuf

import (
	"strings"
	"testing"

	"trustdeck/model"
	"trustdeck/model/tuf/tuftest"
)

// A link is a delegation; without paths it is for all that is in no folder.
type link struct {
	from, to    model.RoleName
	terminating bool
	paths       []string
}

// connect delegates along links, and returns the roles in their order.
func connect(x *trial, links []link) []model.RoleName {
	roles := []model.RoleName{"targets"}
	for _, l := range links {
		if l.paths == nil {
			l.paths = []string{"*"}
		}
		q := tuftest.By(tuftest.P256())
		if known := x.Signers[l.to]; known != nil {
			q = tuftest.By(known...)
		} else {
			roles = append(roles, l.to)
		}
		x.Delegate(l.from, l.to, q, tuftest.Object{"paths": l.paths, "terminating": l.terminating})
	}
	return roles
}

var graphs = []struct {
	name    string
	links   []link
	visited string
}{
	{"basic-delegation", []link{{from: "targets", to: "A"}}, "A"},
	{"single-level-delegations", []link{{from: "targets", to: "A"}, {from: "targets", to: "B"}}, "A B"},
	{"two-level-delegations", []link{{from: "targets", to: "A"}, {from: "targets", to: "B"}, {from: "B", to: "C"}}, "A B C"},
	{
		"two-level-test-DFS-order-of-traversal",
		[]link{{from: "targets", to: "A"}, {from: "targets", to: "B"}, {from: "A", to: "C"}, {from: "A", to: "D"}},
		"A C D B",
	},
	{
		"three-level-delegation-test-DFS-order-of-traversal",
		[]link{{from: "targets", to: "A"}, {from: "targets", to: "B"}, {from: "A", to: "C"}, {from: "C", to: "D"}},
		"A C D B",
	},
	{
		"two-level-terminating-ignores-all-but-roles-descendants",
		[]link{{from: "targets", to: "A"}, {from: "targets", to: "B"}, {from: "A", to: "C", terminating: true}, {from: "A", to: "D"}},
		"A C",
	},
	{
		"three-level-terminating-ignores-all-but-roles-descendants",
		[]link{{from: "targets", to: "A"}, {from: "targets", to: "B"}, {from: "A", to: "C", terminating: true}, {from: "C", to: "D"}},
		"A C D",
	},
	{
		"two-level-ignores-all-branches-not-matching-paths",
		[]link{{from: "targets", to: "A", paths: []string{"*.py"}}, {from: "targets", to: "B"}, {from: "A", to: "C"}},
		"B",
	},
	{
		"three-level-ignores-all-branches-not-matching-paths",
		[]link{{from: "targets", to: "A"}, {from: "targets", to: "B"}, {from: "A", to: "C", paths: []string{"*.py"}}, {from: "C", to: "D"}},
		"A B",
	},
	{
		"cyclic-graph",
		[]link{{from: "targets", to: "A"}, {from: "targets", to: "B"}, {from: "B", to: "C"}, {from: "C", to: "D"}, {from: "D", to: "B"}},
		"A B C D",
	},
	{
		"two-roles-delegating-to-a-third",
		[]link{{from: "targets", to: "A"}, {from: "targets", to: "B"}, {from: "B", to: "C"}, {from: "A", to: "C"}},
		"A C B",
	},
	{
		"two-roles-delegating-to-a-third-different-paths",
		[]link{{from: "targets", to: "A"}, {from: "targets", to: "B"}, {from: "B", to: "C"}, {from: "A", to: "C", paths: []string{"*.py"}}},
		"A B C",
	},
}

// tree is a repository in which targets lie in several roles.
func tree(x *trial) {
	roles := connect(x, []link{
		{from: "targets", to: "A", paths: []string{"*.doc", "*.md", "foo-?.tgz"}},
		{from: "targets", to: "B", paths: []string{"releases/*/*"}},
		{from: "B", to: "C", paths: []string{"releases/x/*"}},
		{from: "B", to: "D", paths: []string{"releases/y/*.zip"}},
	})
	for path, role := range map[string]model.RoleName{
		"targetfile": "targets", "README.md": "A", "releases/README.md": "A", "foo-1.tgz": "A", "foo-alpha.tgz": "A",
		"releases/x/x_v1": "C", "releases/y/y_v1.zip": "D", "releases/z/z_v1.zip": "D",
	} {
		x.offer(role, path, "content of "+path)
	}
	x.Publish(roles...)
}

var searches = []struct {
	name, path string
	found      bool
	visited    string
}{
	{"no delegations", "targetfile", true, ""},
	{"targetpath matches wildcard", "README.md", true, "A"},
	{"targetpath with separators x", "releases/x/x_v1", true, "B C"},
	{"targetpath with separators y", "releases/y/y_v1.zip", true, "B D"},
	{"targetpath is not delegated by all roles in the chain", "releases/z/z_v1.zip", false, "B"},
	{"wildcard does not match path separator", "releases/README.md", false, ""},
	{"targetpath matches question mark wildcard", "foo-1.tgz", true, "A"},
	{"targetpath does not match question mark wildcard", "foo-alpha.tgz", false, ""},
	{"targetpath matching is case sensitive", "README.MD", false, ""},
}

func TestDelegations(t *testing.T) {
	t.Parallel()
	var rows []row
	for _, g := range graphs {
		rows = append(rows, row{"graph_traversal[" + g.name + "]", func(x *trial) {
			x.init()
			x.Publish(connect(x, g.links)...)
			x.download(1, "missingpath")
			x.visits(g.visited)
		}})
	}
	for _, s := range searches {
		rows = append(rows, row{"targetfile_search[" + s.name + "]", func(x *trial) {
			x.init()
			tree(x)
			if s.found {
				x.download(0, s.path)
				x.has("content of " + s.path)
			} else {
				x.download(1, s.path)
				x.has()
			}
			x.visits(s.visited)
		}})
	}
	for _, name := range []model.RoleName{"?", "#", "/delegatedrole", "../delegatedrole"} {
		rows = append(rows, row{"unusual_role_name[" + string(name) + "]", func(x *trial) {
			x.Publish(connect(x, []link{{from: "targets", to: name}})...)
			x.init()
			x.download(1, "nonexistent target")
			encoded := strings.NewReplacer("?", "%3F", "#", "%23", "/", "%2F").Replace(string(name))
			x.asksLast("1." + encoded + ".json")
			x.keeps(model.RoleName(encoded), x.Wire["1."+string(name)+".json"])
		}})
	}
	rows = append(rows, row{"cached_role_is_verified_against_current_delegator", func(x *trial) {
		x.init()
		diamond(x)
		x.download(1, "team-a/trusted_root.json", "team-b/trusted_root.json")
		x.has("trusted A")
	}}, row{"cached role in another run", func(x *trial) {
		x.init()
		diamond(x)
		x.download(0, "team-a/trusted_root.json")
		x.download(1, "team-b/trusted_root.json")
		x.has("trusted A")
	}}, row{"delegation_not_in_snapshot", func(x *trial) {
		x.init()
		x.publish(connect(x, []link{{from: "targets", to: "delegated", paths: []string{"delegatedpath/*"}}})...)
		delete(x.Signed["snapshot"]["meta"].(tuftest.Object), "delegated.json")
		x.Publish()
		x.refresh(0)
		x.site.requests()
		x.download(1, "delegatedpath/foo")
		x.asked("2.root.json", "timestamp.json")
		x.trusts("root 1", "snapshot 2", "targets 2", "timestamp 2")
	}})
	playAll(t, rows)
}

// diamond has two roles delegate to a third, which only the keys of the first sign.
func diamond(x *trial) {
	roles := connect(x, []link{
		{from: "targets", to: "parent-a", paths: []string{"team-a/*"}},
		{from: "targets", to: "parent-b", paths: []string{"team-b/*"}},
		{from: "parent-a", to: "release", paths: []string{"team-a/*"}},
	})
	x.Delegate("parent-b", "release", tuftest.By(tuftest.P256()), tuftest.Object{"paths": []string{"team-b/*"}})
	x.offer("release", "team-a/trusted_root.json", "trusted A")
	x.offer("release", "team-b/trusted_root.json", "malicious B")
	x.Publish(roles...)
}
