package dialect

import (
	"fmt"
	"slices"
	"strings"

	"trustdeck/model"
)

// Changes says in words what a version of a file has that the one before has
// not. Version, expiry and signatures are left out: every version differs in
// those.
func Changes(keys Keys, before, after *model.Metadata) []string {
	return ChangesNamed(before, after, func(id model.KeyID) string { return NameIn(keys, id, after, before) })
}

// KeyName names a listed key for people: by its key ID and its holder, and where it is listed
// under another ID also by that.
func KeyName(keys Keys, k model.PublicKey) string {
	id := keys.CanonicalID(k)
	name := "key " + id.Short() + Around(" of ", k.Holder, "")
	if id == k.ID {
		return name
	}
	called := strings.TrimSuffix(keys.Describe(k).Called(k.ID), " ID")
	return name + " (" + called + " " + k.ID.Short() + ")"
}

// NameIn is KeyName of the key that one of the files lists under an ID.
func NameIn(keys Keys, id model.KeyID, files ...*model.Metadata) string {
	for _, f := range files {
		if k := f.Key(id); k != nil {
			return KeyName(keys, *k)
		}
	}
	return "key " + id.Short()
}

// ChangesNamed is Changes with the keys named as the caller pleases: "key 0123 4567".
func ChangesNamed(before, after *model.Metadata, name func(model.KeyID) string) []string {
	var out []string
	say := func(format string, args ...any) { out = append(out, fmt.Sprintf(format, args...)) }
	diffRoles(before, after, name, say)
	diffTargets(before.Targets, after.Targets, say)
	if before.Role == model.RoleSnapshot {
		diffMeta(before, after, say)
	}
	return out
}

func diffRoles(before, after *model.Metadata, name func(model.KeyID) string, say func(string, ...any)) {
	had, has := before.ByRole(), after.ByRole()
	for _, now := range after.Roles {
		was := had[now.Name]
		if was == nil {
			say("%s added with %s", now.Name, model.Count(len(now.KeyIDs), "key"))
			continue
		}
		for _, id := range missing(now.KeyIDs, was.KeyIDs) {
			say("%s added to %s", name(id), now.Name)
		}
		for _, id := range missing(was.KeyIDs, now.KeyIDs) {
			say("%s removed from %s", name(id), now.Name)
		}
		if was.Threshold != now.Threshold {
			say("threshold of %s changed from %d to %d", now.Name, was.Threshold, now.Threshold)
		}
		if !slices.Equal(was.Paths, now.Paths) {
			say("paths of %s changed from %s to %s", now.Name, quoteAll(was.Paths), quoteAll(now.Paths))
		}
		if !slices.Equal(was.PathHashPrefixes, now.PathHashPrefixes) {
			say("hash prefixes of %s changed from %s to %s", now.Name, quoteAll(was.PathHashPrefixes), quoteAll(now.PathHashPrefixes))
		}
		if was.Terminating != now.Terminating {
			say("a search that reaches %s %s", now.Name, map[bool]string{true: "now ends there", false: "no longer ends there"}[now.Terminating])
		}
	}
	for _, was := range before.Roles {
		if has[was.Name] == nil {
			say("%s removed", was.Name)
		}
	}
}

func missing(from, in []model.KeyID) []model.KeyID {
	var out []model.KeyID
	for _, id := range from {
		if !slices.Contains(in, id) {
			out = append(out, id)
		}
	}
	return out
}

func quoteAll(paths []string) string {
	if len(paths) == 0 {
		return "none"
	}
	quoted := make([]string, len(paths))
	for i, p := range paths {
		quoted[i] = fmt.Sprintf("%q", p)
	}
	return strings.Join(quoted, " ")
}

// diffTargets walks both sorted lists together. Long lists of changes are
// counted, not listed.
func diffTargets(before, after []model.Target, say func(string, ...any)) {
	const most = 20
	n := 0
	tell := func(verb, name string) {
		if n++; n <= most {
			say("%q %s", name, verb)
		}
	}
	for len(before) > 0 || len(after) > 0 {
		switch {
		case len(before) == 0 || len(after) > 0 && after[0].Name < before[0].Name:
			tell("added", after[0].Name)
			after = after[1:]
		case len(after) == 0 || before[0].Name < after[0].Name:
			tell("removed", before[0].Name)
			before = before[1:]
		default:
			if before[0].Length != after[0].Length || !before[0].Hashes.Equal(after[0].Hashes) {
				tell("content changed", after[0].Name)
			}
			before, after = before[1:], after[1:]
		}
	}
	if n > most {
		say("and %d more tags", n-most)
	}
}

func diffMeta(before, after *model.Metadata, say func(string, ...any)) {
	for _, now := range after.Meta {
		switch was := before.Entry(now.Role); {
		case was == nil:
			say("%s added", now.Role)
		case was.Length != now.Length || !was.Hashes.Equal(now.Hashes):
			say("%s changed", now.Role)
		}
	}
	for _, was := range before.Meta {
		if after.Entry(was.Role) == nil {
			say("%s removed", was.Role)
		}
	}
}
