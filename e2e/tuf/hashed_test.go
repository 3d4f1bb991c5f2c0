package tuf

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"strings"
	"testing"

	"trustdeck/model"
	"trustdeck/model/tuf/tuftest"
)

// hashOf is the SHA-256 of a path in hexadecimal.
func hashOf(path string) string {
	sum := sha256.Sum256([]byte(path))
	return hex.EncodeToString(sum[:])
}

// prefixes delegates by hash prefixes.
func prefixes(x *trial, from, to model.RoleName, terminating bool, list ...string) {
	x.Delegate(from, to, tuftest.By(tuftest.P256()), tuftest.Object{"path_hash_prefixes": list, "terminating": terminating})
}

// What the suite does not try: delegations by hash prefixes, and to hash bins.
func TestHashedDelegations(t *testing.T) {
	t.Parallel()
	const path = "dir/app"
	first := hashOf(path)[:1]
	other := strings.Replace("0123456789abcdef", first, "", 1)
	sum := sha256.Sum256([]byte(path))
	inBase64 := base64.URLEncoding.EncodeToString(sum[:])
	// by is a repository with one delegation by prefixes.
	by := func(found bool, visited string, list ...string) func(*trial) {
		return func(x *trial) {
			x.init()
			prefixes(x, "targets", "hashed", false, list...)
			x.offer("hashed", path, "content")
			x.Publish("targets", "hashed")
			x.downloads(found, path, visited)
		}
	}
	rows := []row{
		{"prefix of one digit", by(true, "hashed", first)},
		{"prefix that is the whole hash", by(true, "hashed", hashOf(path))},
		{"prefix of an odd number of digits", by(true, "hashed", hashOf(path)[:5])},
		{"last of several prefixes", by(true, "hashed", append(strings.Split(other, ""), hashOf(path)[:3])...)},
		{"none of the prefixes", by(false, "", strings.Split(other, "")...)},
		{"prefix in base64", by(false, "", inBase64[:4], inBase64[:8])},
		{"overlapping prefixes, the first terminating", func(x *trial) {
			x.init()
			prefixes(x, "targets", "first", true, first)
			prefixes(x, "targets", "second", false, hashOf(path)[:2])
			x.offer("second", path, "content")
			x.Publish("targets", "first", "second")
			x.downloads(false, path, "first")
		}},
		{"below a delegation by paths", func(x *trial) {
			x.init()
			roles := connect(x, []link{{from: "targets", to: "dir", paths: []string{"dir/*"}}})
			prefixes(x, "dir", "hashed", false, first)
			x.offer("hashed", path, "content")
			x.Publish(append(roles, "hashed")...)
			x.downloads(true, path, "dir hashed")
		}},
		{"bins of another's target", func(x *trial) {
			x.init()
			names := x.DelegateBins("targets", 1, "bin", tuftest.By(tuftest.P256()))
			wrong := names[0]
			if wrong == binOf(path, 1, "bin") {
				wrong = names[1]
			}
			x.offer(wrong, path, "content")
			x.Publish(append(names, "targets")...)
			x.downloads(false, path, string(binOf(path, 1, "bin")))
		}},
		{"bin that is signed by another key", func(x *trial) {
			x.init()
			names := x.DelegateBins("targets", 2, "bin", tuftest.By(tuftest.P256()))
			bin := binOf(path, 2, "bin")
			x.Signers[bin] = keys(1)
			x.offer(bin, path, "content")
			x.Publish(append(names, "targets")...)
			x.downloads(false, path, string(bin))
			x.trusts("root 1", "snapshot 2", "targets 2", "timestamp 2")
		}},
		{"bin that the snapshot does not list", func(x *trial) {
			x.init()
			names := x.DelegateBins("targets", 2, "bin", tuftest.By(tuftest.P256()))
			x.publish(append(names, "targets")...)
			delete(x.Signed["snapshot"]["meta"].(tuftest.Object), string(binOf(path, 2, "bin"))+".json")
			x.Publish()
			x.downloads(false, path, "")
		}},
	}
	for _, bits := range []int{1, 4, 5, 9} {
		rows = append(rows, row{fmt.Sprintf("bins by %d bits", bits), func(x *trial) {
			x.init()
			bin := binOf(path, bits, "bin")
			names := x.DelegateBins("targets", bits, "bin", tuftest.By(tuftest.Ed25519()))
			x.offer(bin, path, "content")
			x.Publish(append(names, "targets")...)
			x.downloads(true, path, string(bin))
		}})
	}
	// More bins than a file can list: only the one that is asked for is there.
	rows = append(rows, row{"bins by 32 bits", func(x *trial) {
		x.init()
		x.Delegate("targets", binOf(path, 32, "bin"), tuftest.By(tuftest.P256()), nil)
		delegations := x.Signed["targets"]["delegations"].(tuftest.Object)
		delegations["succinct_roles"] = tuftest.Object{"bit_length": 32, "name_prefix": "bin", "threshold": 1, "keyids": []string{string(x.Signers[binOf(path, 32, "bin")][0].ID)}}
		delete(delegations, "roles")
		x.offer(binOf(path, 32, "bin"), path, "content")
		x.Publish(binOf(path, 32, "bin"), "targets")
		x.downloads(true, path, string(binOf(path, 32, "bin")))
	}})
	playAll(t, rows)
}

// binOf is the bin of a path, as TAP 15 defines it.
func binOf(path string, bits int, prefix string) model.RoleName {
	sum := sha256.Sum256([]byte(path))
	number := uint64(sum[0])<<24 | uint64(sum[1])<<16 | uint64(sum[2])<<8 | uint64(sum[3])
	digits := len(fmt.Sprintf("%x", uint64(1)<<bits-1))
	return model.RoleName(fmt.Sprintf("%s-%0*x", prefix, digits, number>>(32-bits)))
}

// downloads fails unless a target is found or not, and these roles are visited for it.
func (x *trial) downloads(found bool, path, visited string) {
	x.Helper()
	if found {
		x.download(0, path)
		x.has("content")
	} else {
		x.download(1, path)
		x.has()
	}
	x.visits(visited)
}
