package tuf

import (
	"encoding/hex"
	"maps"
	"slices"
	"testing"

	"trustdeck/model"
	"trustdeck/model/tuf/tuftest"
)

// keys makes keys of the kind that the suite uses most.
func keys(n int) []*tuftest.Key {
	out := make([]*tuftest.Key, n)
	for i := range out {
		out[i] = tuftest.P256()
	}
	return out
}

func TestKeys(t *testing.T) {
	t.Parallel()
	rows := []row{
		{"snapshot_does_not_meet_threshold", func(x *trial) {
			x.SetRole("snapshot", tuftest.By(keys(3)...))
			x.all()
			begun(x)
			x.Signers["snapshot"] = x.Signers["snapshot"][:2]
			x.Publish("targets")
			x.refresh(1)
			x.trusts("root 2", "snapshot 2", "targets 2", "timestamp 3")
		}},
		{"snapshot_has_too_few_keys", func(x *trial) {
			x.init()
			x.SetRole("snapshot", tuftest.Quorum{Threshold: 6, Keys: keys(5)})
			x.publish("root", "snapshot", "timestamp")
			x.refresh(1)
			x.trusts("root 2", "timestamp 2")
		}},
		{"duplicate_keys", func(x *trial) {
			x.init()
			k := tuftest.P256()
			x.SetRole("snapshot", tuftest.Quorum{Threshold: 6, Keys: []*tuftest.Key{k, k, k, k, k, k, k, k, k}})
			x.publish("root", "snapshot", "timestamp")
			x.refresh(1)
			x.trusts("root 2", "timestamp 2")
		}},
		{"duplicate_sig_keyids", func(x *trial) {
			x.init()
			duplicateSignatures(x, "snapshot", 1)
			x.refresh(1)
			x.trusts("root 1", "timestamp 1")
		}},
		{"invalid_sig_in_valid_metadata", func(x *trial) {
			x.init()
			old := x.Signers["timestamp"][0]
			for _, signature := range []string{hex.EncodeToString(old.Sign([]byte("something else"))), ""} {
				other := tuftest.P256()
				x.SetRole("timestamp", tuftest.Quorum{Threshold: 1, Keys: []*tuftest.Key{old, other}})
				x.Signed["timestamp"]["version"] = tuftest.Version(x.Signed["timestamp"]) + 1
				x.publish("root")
				good := hex.EncodeToString(other.Sign(canonical(x, x.Signed["timestamp"])))
				x.Put("timestamp", x.File(x.Signed["timestamp"],
					tuftest.Object{"keyid": string(old.ID), "sig": signature}, tuftest.Object{"keyid": string(other.ID), "sig": good}))
				x.refresh(0)
				x.keepsCurrent("timestamp")
			}
		}},
	}
	rows = append(rows, row{"every kind of key, from root to root", func(x *trial) {
		x.init()
		for _, name := range slices.Sorted(maps.Keys(tuftest.Algorithms())) {
			k := tuftest.Algorithms()[name]().With(tuftest.Object{"x-tuf-on-ci-keyowner": "@alice"})
			before := x.Signers["root"][0]
			x.SetRole("root", tuftest.By(k))
			x.Signers["root"] = []*tuftest.Key{k, before}
			x.publish("root")
		}
		x.refresh(0)
		x.keepsCurrent("root")
	}}, row{"a key of an unknown type beside good ones", func(x *trial) {
		x.init()
		for _, role := range []model.RoleName{"targets", "snapshot", "timestamp"} {
			x.SetRole(role, tuftest.Quorum{Threshold: 1, Keys: []*tuftest.Key{tuftest.Keyless(), tuftest.Ed25519()}})
		}
		x.all()
		x.refresh(0)
		x.keepsCurrent(topLevel...)
	}})
	for name, algorithm := range map[string]tuftest.Algorithm{
		"rsa/rsassa-pss-sha256": tuftest.PSS, "ecdsa/ecdsa-sha2-nistp256": tuftest.P256, "ed25519/ed25519": tuftest.Ed25519,
	} {
		rows = append(rows, row{"keytype_and_scheme[" + name + "]", func(x *trial) {
			x.init()
			k := algorithm()
			x.SetRole("root", tuftest.By(append(x.Signers["root"], k)...))
			x.publish("root")
			x.refresh(0)
			x.trusts("root 2", "snapshot 1", "targets 1", "timestamp 1")
			other := algorithm()
			x.Signers["root"] = []*tuftest.Key{x.Signers["root"][0], other.As(k.ID)}
			x.publish("root")
			x.refresh(1)
			x.trusts("root 2", "snapshot 1", "targets 1", "timestamp 1")
		}})
	}
	playAll(t, rows)
}

// A version of a role: which of ten keys may sign it, how many must, and which do.
type version struct {
	keys      []int
	threshold int
	signers   []int
	refused   bool
}

// sequences of roots.
var rootSequences = map[string][]version{
	"1-of-1-key-rotation":                                             {{[]int{1}, 1, []int{1}, false}, {[]int{2}, 1, []int{2, 1}, false}, {[]int{2}, 1, []int{2}, false}},
	"1-of-1-key-rotation-unused-signatures":                           {{[]int{1}, 1, []int{3, 1, 4}, false}, {[]int{2}, 1, []int{3, 2, 1, 4}, false}, {[]int{2}, 1, []int{3, 2, 4}, false}},
	"3-of-5-sign-with-different-keycombos":                            {{[]int{0, 1, 2, 3, 4}, 3, []int{0, 2, 4}, false}, {[]int{0, 1, 2, 3, 4}, 3, []int{0, 4, 1}, false}, {[]int{0, 1, 2, 3, 4}, 3, []int{0, 1, 3}, false}, {[]int{0, 1, 2, 3, 4}, 3, []int{0, 1, 3}, false}},
	"3-of-5-one-key-rotated":                                          {{[]int{0, 1, 2, 3, 4}, 3, []int{0, 2, 4}, false}, {[]int{0, 1, 3, 4, 5}, 3, []int{0, 4, 1}, false}},
	"3-of-5-one-key-rotated-with-intermediate-step":                   {{[]int{0, 1, 2, 3, 4}, 3, []int{0, 2, 4}, false}, {[]int{0, 1, 3, 4, 5}, 3, []int{0, 2, 4, 5}, false}, {[]int{0, 1, 3, 4, 5}, 3, []int{0, 4, 5}, false}},
	"3-of-5-all-keys-rotated-with-intermediate-step":                  {{[]int{0, 1, 2, 3, 4}, 3, []int{0, 2, 4}, false}, {[]int{5, 6, 7, 8, 9}, 3, []int{0, 2, 4, 5, 6, 7}, false}, {[]int{5, 6, 7, 8, 9}, 3, []int{5, 6, 7}, false}},
	"1-of-3-threshold-increase-to-2-of-3":                             {{[]int{1, 2, 3}, 1, []int{1}, false}, {[]int{1, 2, 3}, 2, []int{1, 2}, false}},
	"2-of-3-threshold-decrease-to-1-of-3":                             {{[]int{1, 2, 3}, 2, []int{1, 2}, false}, {[]int{1, 2, 3}, 1, []int{1, 2}, false}, {[]int{1, 2, 3}, 1, []int{1}, false}},
	"1-of-2-threshold-increase-to-2-of-2":                             {{[]int{1}, 1, []int{1}, false}, {[]int{1, 2}, 2, []int{1, 2}, false}},
	"1-of-1-key-rotation-fail-not-signed-with-old-key":                {{[]int{1}, 1, []int{1}, false}, {[]int{2}, 1, []int{2, 3, 4}, true}},
	"1-of-1-key-rotation-fail-not-signed-with-new-key":                {{[]int{1}, 1, []int{1}, false}, {[]int{2}, 1, []int{1, 3, 4}, true}},
	"3-of-5-one-key-rotate-fails-not-signed-with-3-new-keys":          {{[]int{0, 1, 2, 3, 4}, 3, []int{0, 2, 4}, false}, {[]int{0, 1, 3, 4, 5}, 3, []int{0, 2, 4}, true}},
	"3-of-5-one-key-rotate-fails-not-signed-with-3-old-keys":          {{[]int{0, 1, 2, 3, 4}, 3, []int{0, 2, 4}, false}, {[]int{0, 1, 3, 4, 5}, 3, []int{0, 4, 5}, true}},
	"1-of-3-threshold-bump-to-2-of-3-fails-new-threshold-not-reached": {{[]int{1, 2, 3}, 1, []int{1}, false}, {[]int{1, 2, 3}, 2, []int{2}, true}},
	"2-of-3-threshold-decr-to-1-of-3-fails-old-threshold-not-reached": {{[]int{1, 2, 3}, 2, []int{1, 2}, false}, {[]int{1, 2, 3}, 1, []int{1}, true}},
}

// otherVersions are versions of the roles that root delegates to.
var otherVersions = map[string]version{
	"1-of-1-key-rotation":                                            {[]int{2}, 1, []int{2}, false},
	"1-of-1-key-rotation-unused-signatures":                          {[]int{1}, 1, []int{3, 1, 4}, false},
	"1-of-1-key-rotation-fail-not-signed-with-new-key":               {[]int{2}, 1, []int{1, 3, 4}, true},
	"3-of-5-one-key-signature-wrong-not-signed-with-3-expected-keys": {[]int{0, 1, 3, 4, 5}, 3, []int{0, 2, 4}, true},
	"2-of-5-one-key-signature-missing-threshold-not-reached":         {[]int{0, 1, 3, 4, 5}, 3, []int{0, 4}, true},
	"3-of-5-sign-first-combo":                                        {[]int{0, 1, 2, 3, 4}, 3, []int{0, 2, 4}, false},
	"3-of-5-sign-second-combo":                                       {[]int{0, 1, 2, 3, 4}, 3, []int{0, 4, 1}, false},
	"3-of-5-sign-third-combo":                                        {[]int{0, 1, 2, 3, 4}, 3, []int{0, 1, 3}, false},
	"3-of-5-sign-fourth-combo":                                       {[]int{0, 1, 2, 3, 4}, 3, []int{1, 2, 3}, false},
	"3-of-5-sign-fifth-combo":                                        {[]int{0, 1, 2, 3, 4}, 3, []int{2, 3, 4}, false},
}

// set names the keys and signers of a version.
func (v version) set(x *trial, role model.RoleName, pool []*tuftest.Key) {
	pick := func(which []int) []*tuftest.Key {
		var out []*tuftest.Key
		for _, i := range which {
			out = append(out, pool[i])
		}
		return out
	}
	x.SetRole(role, tuftest.Quorum{Threshold: v.threshold, Keys: pick(v.keys)})
	x.Signers[role] = pick(v.signers)
}

func TestRotation(t *testing.T) {
	t.Parallel()
	var rows []row
	for name, versions := range rootSequences {
		rows = append(rows, row{"root_rotation[" + name + "]", func(x *trial) {
			x.restart("root")
			pool := keys(10)
			var wires [][]byte
			for _, v := range versions {
				v.set(x, "root", pool)
				x.publish("root")
				wires = append(wires, x.Wire["root.json"])
			}
			x.init()
			if last := len(versions) - 1; versions[last].refused {
				x.refresh(1)
				x.keeps("root", wires[last-1])
			} else {
				x.refresh(0)
				x.keeps("root", wires[last])
			}
		}})
	}
	for name, v := range otherVersions {
		rows = append(rows, row{"non_root_rotations[" + name + "]", func(x *trial) {
			x.init()
			pool := keys(10)
			for _, role := range []model.RoleName{"timestamp", "snapshot", "targets"} {
				v.set(x, role, pool)
				x.all()
				if v.refused {
					x.refresh(1)
				} else {
					x.refresh(0)
					x.keepsCurrent(role)
				}
			}
		}})
	}
	playAll(t, rows)
}
