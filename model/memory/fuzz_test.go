package memory_test

import (
	"encoding/json"
	"testing"

	"trustdeck/model"
	"trustdeck/model/memory"
)

// Whatever a file of the memory holds, a look and what is settled can be added to it, and
// no version becomes lower by a look.
func FuzzRecord(f *testing.F) {
	root := memory.DigestOf([]byte("root"))
	look := memory.Look{Root: []byte("root"), Version: 2, Digest: root, Roles: map[model.RoleName]memory.Seen{
		model.RoleRoot:     {Version: 2, Digests: []memory.Digest{root}},
		model.RoleSnapshot: {Version: 3, Digests: []memory.Digest{root}},
		"targets/alice":    {Version: 4, Digests: []memory.Digest{root}, Listed: 3},
	}}
	first, err := json.Marshal(memory.Begin(look))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(first)
	f.Add([]byte(`{"root":"cm9vdA==","roles":{"root":{"version":9,"digests":[]},"targets/alice":{"version":7,"listed":-1,"removed":9}}}`))
	f.Add([]byte(`{"roles":{"snapshot":{"version":-1,"digests":null}},"superseded":[{"version":1}]}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		var before memory.Record
		if json.Unmarshal(text, &before) != nil {
			return
		}
		after := before.Merge(look)
		for name, seen := range before.Roles {
			if is := after.Roles[name]; is.Version < seen.Version || is.Listed < seen.Listed || is.Removed < seen.Removed {
				t.Errorf("%s was %+v, and is %+v", name, seen, is)
			}
		}
		if !after.Merge(look).Equal(after) {
			t.Errorf("the same look once more makes another record of %s", text)
		}
		for name, seen := range look.Roles {
			before.AcceptRollback(name, &seen, 3, at)
			before.AcceptRollback(name, nil, 3, at)
		}
		given := []memory.Superseded{{Digest: root, Version: 1}}
		if !before.AcceptRoot(look, given, at).Anchors(root) {
			t.Error("the accepted root does not anchor")
		}
		before.Supersede(look, given, at)
	})
}
