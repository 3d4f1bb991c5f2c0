package tuf

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"

	"trustdeck/model"
	"trustdeck/model/tuf/tuftest"
)

// A world is a repository by chance.
type world struct {
	*tuftest.Repository
	*rand.Rand
	// trap is what go-tuf is known to judge otherwise, and the repository has; empty where
	// it has nothing of that kind. It is a part of what trustdeck says of it.
	trap string
	// roles are the delegations, and paths what targets are called.
	roles []model.RoleName
	paths []string
	// wants are roles that are to list a target for which their delegation may be.
	wants []model.RoleName
	// trace tells how the world was made.
	trace []string
}

// pool are keys by kind, made once: those of RSA take long.
var pool = sync.OnceValue(func() map[string][]*tuftest.Key {
	out := map[string][]*tuftest.Key{}
	kinds := maps.Clone(tuftest.Algorithms())
	kinds["keyless"], kinds["another curve"] = tuftest.Keyless, tuftest.WrongCurve
	for name, algorithm := range kinds {
		for range 5 {
			out[name] = append(out[name], algorithm())
		}
	}
	return out
})

// sound are the kinds of keys on which all clients agree.
var sound = []string{"Ed25519", "P-256", "P-256, old type", "P-384", "RSA PSS"}

// traps are what a world may have on which clients do not agree, by what is said of it: kinds
// of keys, or something else.
var traps = map[string]string{
	"P-256, hex point": "(T6)", "another curve": "(T8)", "RSA PKCS #1": "(T11)", "keyless": "(T12)",
	"ML-DSA-44": "(T12)", "ML-DSA-65": "(T12)", "ML-DSA-87": "(T12)", "RSA, old type": "(T13)",
	"expiry with a fraction": "(T3)", "type in capitals": "(T13)", "hash prefixes": "(T4)", "undecodable key": "(T5)",
	"key that is not in the file": "(a key that should sign is not in the file)",
	"ambiguous pattern":           "clients read such a pattern differently",
}

func pick[T any](w *world, list []T) T { return list[w.IntN(len(list))] }

func (w *world) note(format string, args ...any) {
	w.trace = append(w.trace, fmt.Sprintf(format, args...))
}

// newWorld makes a repository: one with a trap, or one without.
func newWorld(seed uint64) *world {
	w := &world{Repository: tuftest.New(), Rand: rand.New(rand.NewPCG(seed, 11)), paths: []string{"app", "lib/a", "lib/b", "lib/sub/c", "doc/x.md", "doc/y.txt"}}
	kind := ""
	if w.IntN(3) == 0 {
		kind = pick(w, slices.Sorted(maps.Keys(traps)))
		w.trap = traps[kind]
		w.note("trap: %s", kind)
	}
	w.Plain, w.Compact = w.IntN(2) == 0, w.IntN(2) == 0
	w.Signed["root"]["consistent_snapshot"] = w.IntN(4) > 0
	// The first root is one with which every client begins; the trap may come later.
	for range w.IntN(3) {
		for _, role := range model.TopLevelRoles() {
			if w.IntN(2) == 0 {
				w.SetRole(role, w.quorum(kind))
				w.note("root: %s by %d", role, len(w.Signers[role]))
			}
		}
		w.PublishOnly("root")
	}
	w.delegate(kind)
	for _, path := range w.paths {
		for range w.IntN(3) {
			role := pick(w, append([]model.RoleName{"targets"}, w.roles...))
			w.AddTarget(role, path, fmt.Sprintf("%s by %s", path, role))
		}
	}
	for _, role := range w.wants {
		w.AddTarget(role, "lib/b", fmt.Sprintf("lib/b by %s", role))
	}
	w.plant(kind)
	w.tamper()
	return w
}

// quorum is one to three keys, of which some must sign, and more than must do.
func (w *world) quorum(kind string) tuftest.Quorum {
	q := tuftest.Quorum{}
	for range 1 + w.IntN(3) {
		of := pick(w, sound)
		if len(pool()[kind]) > 0 && w.IntN(2) == 0 {
			of = kind
		}
		if k := pick(w, pool()[of]); !slices.Contains(q.Keys, k) {
			q.Keys = append(q.Keys, k)
		}
	}
	q.Threshold = 1 + w.IntN(len(q.Keys))
	return q
}

// delegate adds delegations by paths, hash prefixes or bins, at random depth; a role may have
// several delegators.
func (w *world) delegate(kind string) {
	if w.IntN(6) == 0 {
		w.roles = w.DelegateBins("targets", 1+w.IntN(3), "bin", w.quorum(kind))
		w.Publish(append([]model.RoleName{"targets"}, w.roles...)...)
		return
	}
	patterns := []string{"*", "lib/*", "lib/?", "lib/sub/*", "doc/*.md", "*/*", "lib/a"}
	for i := range w.IntN(5) {
		from := pick(w, append([]model.RoleName{"targets"}, w.roles...))
		to := model.RoleName(fmt.Sprintf("role-%d", i))
		if len(w.roles) > 0 && w.IntN(5) == 0 {
			to = pick(w, w.roles)
		}
		edge := tuftest.Object{"paths": []string{pick(w, patterns), pick(w, patterns)}, "terminating": w.IntN(4) == 0}
		switch kind {
		case "hash prefixes":
			edge["path_hash_prefixes"] = strings.Split("0123456789abcdef", "")[w.IntN(8):]
			delete(edge, "paths")
		case "ambiguous pattern":
			edge["paths"] = []string{pick(w, []string{"lib/[!a]", `lib/\a`})}
			w.wants = append(w.wants, to)
		}
		q := w.quorum(kind)
		if known := w.Signers[to]; known != nil && w.IntN(2) == 0 {
			q = tuftest.Quorum{Threshold: 1, Keys: known}
		}
		w.Delegate(from, to, q, edge)
		w.note("%s delegates %v to %s, %d of %d", from, edge, to, q.Threshold, len(q.Keys))
		if !slices.Contains(w.roles, to) {
			w.roles = append(w.roles, to)
		}
	}
}

// plant sets the traps that are no kinds of keys, and publishes everything.
func (w *world) plant(kind string) {
	role := pick(w, append([]model.RoleName{"targets"}, w.roles...))
	switch kind {
	case "expiry with a fraction":
		w.Signed[role]["expires"] = "2027-02-01T12:00:00.500Z"
	case "type in capitals":
		w.Signed[role]["_type"] = "Targets"
	case "undecodable key":
		w.addKey(tuftest.P256().With(tuftest.Object{"keyval": tuftest.Object{"public": "x"}}), true)
	case "key that is not in the file":
		w.addKey(tuftest.P256(), false)
	}
	w.Publish(append([]model.RoleName{"targets"}, w.roles...)...)
}

// addKey has root list a further key for targets, and hold it or not.
func (w *world) addKey(k *tuftest.Key, held bool) {
	root := w.Signed["root"]
	targets := root["roles"].(tuftest.Object)["targets"].(tuftest.Object)
	targets["keyids"] = append(slices.Clone(targets["keyids"].([]string)), string(k.ID))
	if held {
		root["keys"].(tuftest.Object)[string(k.ID)] = k.Object
	}
	w.PublishOnly("root")
}

// tamper breaks the repository in up to two places.
func (w *world) tamper() {
	for range w.IntN(3) {
		all := append([]model.RoleName{"root", "targets", "snapshot", "timestamp"}, w.roles...)
		role := pick(w, all)
		how := pick(w, slices.Sorted(maps.Keys(tampering)))
		w.note("%s: %s", role, how)
		tampering[how](w, role)
	}
}

// republish publishes a role, and what lists it.
func (w *world) republish(role model.RoleName) {
	if role == "snapshot" || role == "timestamp" {
		w.Publish()
		return
	}
	w.Publish(role)
}

// relist changes what is listed of a role.
func (w *world) relist(role model.RoleName, change func(tuftest.Object)) {
	listing := model.RoleName("snapshot")
	if role == "snapshot" {
		listing = "timestamp"
	}
	entry, ok := w.Signed[listing]["meta"].(tuftest.Object)[string(role)+".json"].(tuftest.Object)
	if !ok {
		return
	}
	change(entry)
	w.PublishOnly(listing)
	if listing == "snapshot" {
		w.PublishOnly("timestamp")
	}
}

// current are the names under which the newest file of a role is published.
func (w *world) current(role model.RoleName) []string {
	return []string{fmt.Sprintf("%d.%s.json", tuftest.Version(w.Signed[role]), role), string(role) + ".json"}
}

// tampering are the ways in which a role is broken.
var tampering = map[string]func(*world, model.RoleName){
	"a signature less": func(w *world, role model.RoleName) {
		if n := len(w.Signers[role]); n > 0 {
			w.Signers[role] = slices.Clone(w.Signers[role])[:n-1]
		}
		w.republish(role)
	},
	"signed by a stranger": func(w *world, role model.RoleName) {
		w.Signers[role] = []*tuftest.Key{pick(w, pool()["Ed25519"])}
		w.republish(role)
	},
	"a signature twice": func(w *world, role model.RoleName) {
		if len(w.Signers[role]) > 0 {
			w.Signers[role] = append(slices.Clone(w.Signers[role]), w.Signers[role][0])
		}
		w.republish(role)
	},
	"a stranger signs too": func(w *world, role model.RoleName) {
		k := pick(w, pool()["Ed25519"])
		w.Signers[role] = append(slices.DeleteFunc(slices.Clone(w.Signers[role]), func(have *tuftest.Key) bool { return have == k }), k)
		w.republish(role)
	},
	"a signature that is pending": func(w *world, role model.RoleName) {
		w.Signers[role] = append(slices.Clone(w.Signers[role]), &tuftest.Key{ID: pick(w, pool()["Ed25519"]).ID, Sign: func([]byte) []byte { return nil }})
		w.republish(role)
	},
	"expired": func(w *world, role model.RoleName) {
		w.Signed[role]["expires"] = "2026-11-01T12:00:00Z"
		w.republish(role)
	},
	"another type": func(w *world, role model.RoleName) {
		w.Signed[role]["_type"] = "mirrors"
		w.republish(role)
	},
	"unknown members": func(w *world, role model.RoleName) {
		w.Signed[role]["x-unknown"] = tuftest.Object{"b": []any{1, "two", nil, true}, "a": "<>&\u2028\n"}
		w.republish(role)
	},
	"not there": func(w *world, role model.RoleName) {
		for _, name := range w.current(role) {
			delete(w.Wire, name)
		}
	},
	"half": func(w *world, role model.RoleName) {
		for _, name := range w.current(role) {
			w.Wire[name] = w.Wire[name][:len(w.Wire[name])/2]
		}
	},
	"an older file": func(w *world, role model.RoleName) {
		old, ok := w.Wire["1."+string(role)+".json"]
		if !ok {
			return
		}
		for _, name := range w.current(role) {
			w.Wire[name] = old
		}
	},
	"edited after signing": func(w *world, role model.RoleName) {
		for _, name := range w.current(role) {
			w.Wire[name] = []byte(strings.Replace(string(w.Wire[name]), `2027`, `2028`, 1))
		}
	},
	"edited and listed": func(w *world, role model.RoleName) {
		if role == "root" || role == "timestamp" {
			return
		}
		w.Put(role, []byte(strings.Replace(string(w.Wire[string(role)+".json"]), `"version"`, ` "version"`, 1)))
		if role == "snapshot" {
			w.PublishOnly("timestamp")
		} else {
			w.Publish()
		}
	},
	"not listed": func(w *world, role model.RoleName) {
		delete(w.Signed["snapshot"]["meta"].(tuftest.Object), string(role)+".json")
		w.Publish()
	},
	"another version is listed": func(w *world, role model.RoleName) {
		w.relist(role, func(entry tuftest.Object) { entry["version"] = entry["version"].(int) + 1 })
	},
	"another hash is listed": func(w *world, role model.RoleName) {
		w.relist(role, func(entry tuftest.Object) { entry["hashes"] = wrongHash() })
	},
	"another length is listed": func(w *world, role model.RoleName) {
		w.relist(role, func(entry tuftest.Object) { entry["length"] = 17 })
	},
	"threshold of four": func(w *world, role model.RoleName) {
		if edge, ok := w.Signed["root"]["roles"].(tuftest.Object)[string(role)].(tuftest.Object); ok && role != "root" {
			edge["threshold"] = 4
			w.PublishOnly("root")
		}
	},
	"root without the keys of before": func(w *world, _ model.RoleName) {
		q := w.quorum("")
		w.SetRole("root", q)
		w.Signers["root"] = q.Keys
		w.PublishOnly("root")
	},
	"root that leaves a version out": func(w *world, _ model.RoleName) {
		w.Signed["root"]["version"] = tuftest.Version(w.Signed["root"]) + 1
		w.PublishOnly("root")
	},
}

// text is how the world came about, for a failed test.
func (w *world) text() string {
	sizes := map[string]int{}
	for name, wire := range w.Wire {
		sizes[name] = len(wire)
	}
	names, err := json.Marshal(sizes)
	if err != nil {
		panic(err)
	}
	return strings.Join(w.trace, "\n") + "\n" + string(names)
}
