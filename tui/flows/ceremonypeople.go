package flows

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"trustdeck/model"
	"trustdeck/model/admin/ceremony"
	"trustdeck/model/bundle"
	"trustdeck/model/quorum"
	"trustdeck/tui/flow"
	"trustdeck/tui/text"
)

// personsStep asks who has keys that are listed already.
func personsStep() flow.Step {
	return flow.Step{
		ID: ceremonyPersons, Flag: "person", Optional: true, Label: "Holders", Question: "Who has the keys that no one is named for?", Example: "Ada=8a7b2c3d...", Kind: flow.List,
		Help: "NAME=ID, a line each, with the whole ID under which the root lists the key. Names are shown; what is signed doesn't depend on them.",
		When: func(f flow.Facts, a flow.Answers) bool {
			return a.Values[ceremonyPersons] != nil || rootThere(f, a) && len(nameless(f, a)) > 0
		},
		Without: "Press Enter to name no one.",
		Check: func(_ flow.Facts, a flow.Answers) error {
			_, err := namedPeople(a)
			return err
		},
	}
}

// nameless are the keys of the root that no one is known to have.
func nameless(f flow.Facts, a flow.Answers) []model.KeyID {
	people := slices.Concat([]bundle.Participant(flow.Known[startPeople](f)), statedPeople(f, a))
	return slices.DeleteFunc(slices.Clone(startRoot(f, a).Listed), func(id model.KeyID) bool {
		return slices.ContainsFunc(people, func(p bundle.Participant) bool { return holdsKey(p, id) })
	})
}

// statedPeople are those whom the metadata or the settings name as holders of root keys.
func statedPeople(f flow.Facts, a flow.Answers) []bundle.Participant {
	root := startRoot(f, a)
	if root == nil {
		return nil
	}
	var out []bundle.Participant
	for _, id := range root.Listed {
		key, ok := startRepository(f, a).Key(id)
		if holder := f.Holders.Stated(&key); ok && holder.Kind == quorum.HolderNamed {
			out = append(out, custodian(holder.Name, bundle.Held{ID: id}))
		}
	}
	return out
}

// custodian is someone who signs a root.
func custodian(name string, key bundle.Held) bundle.Participant {
	return bundle.Participant{Name: name, Does: "custodian", Keys: []bundle.Held{key}}
}

func holdsKey(p bundle.Participant, id model.KeyID) bool {
	return slices.ContainsFunc(p.Keys, func(k bundle.Held) bool { return k.ID == id })
}

// namedPeople are those who were named with a key that is listed already.
func namedPeople(a flow.Answers) ([]bundle.Participant, error) {
	var out []bundle.Participant
	for _, typed := range a.Values[ceremonyPersons] {
		name, id, ok := strings.Cut(typed, "=")
		key, err := model.ParseKeyID(id)
		if !ok || err != nil || name == "" {
			return nil, &model.Fault{Kind: model.FaultUsage, Text: fmt.Sprintf("%q is not NAME=ID", typed), Hint: "Give the whole ID under which the root lists the key: trustdeck roots"}
		}
		out = append(out, custodian(name, bundle.Held{ID: key}))
	}
	return out, nil
}

// peopleThere are those whose keys are listed already: as an earlier ceremony and the answers name
// them, else as the metadata and the settings do.
func peopleThere(f flow.Facts, a flow.Answers) []bundle.Participant {
	named, _ := namedPeople(a) // it was checked
	return ceremony.Together(flow.Known[startPeople](f), named, statedPeople(f, a))
}

// leaveStep asks whose keys leave the root.
func leaveStep() flow.Step {
	options := func(f flow.Facts, a flow.Answers) []flow.Option {
		root := startRoot(f, a)
		if root == nil {
			return nil
		}
		var out []flow.Option
		people := peopleThere(f, a)
		for i, id := range root.Keys {
			label := "Key " + id.Short()
			for _, p := range people {
				if holdsKey(p, root.Listed[i]) {
					label = text.Clean(p.Name) + ", key " + id.Short()
				}
			}
			out = append(out, flow.Option{Value: string(id), Label: label})
		}
		return out
	}
	byID := resolveKeysOr(ceremonyLeave, "in the root", options)
	return flow.Step{
		ID: ceremonyLeave, Flag: "remove", Optional: true, Label: "Leavers", Question: "Whose keys leave?", Kind: flow.Several, Options: options,
		Help:    "A key that leaves may still sign for the old root, and counts for nothing in the new one.",
		Without: "Press Enter to remove no key.",
		When:    func(f flow.Facts, a flow.Answers) bool { return rootThere(f, a) || a.Values[ceremonyLeave] != nil },
		Default: func(flow.Facts, flow.Answers) []string { return nil },
		Resolve: func(f flow.Facts, a flow.Answers) ([]string, error) {
			root := startRoot(f, a)
			if root == nil {
				return nil, &model.Fault{Kind: model.FaultUsage, Text: "the repository has no trust data yet, so no key can leave", Hint: "Leave that out."}
			}
			var meant []string
			people := peopleThere(f, a)
			for _, word := range a.Values[ceremonyLeave] {
				meant = append(meant, keysOfPerson(people, root, word)...)
			}
			named := a
			named.Values = maps.Clone(a.Values)
			named.Values[ceremonyLeave] = meant
			return byID(f, named)
		},
	}
}

// keysOfPerson are the keys of a person in a root; else the word, which may be the digits of a key ID.
func keysOfPerson(people []bundle.Participant, root *model.Role, word string) []string {
	i := slices.IndexFunc(people, func(p bundle.Participant) bool { return strings.EqualFold(p.Name, word) })
	if i < 0 {
		return []string{word}
	}
	var out []string
	for n, id := range root.Listed {
		if holdsKey(people[i], id) {
			out = append(out, string(root.Keys[n]))
		}
	}
	return out
}
