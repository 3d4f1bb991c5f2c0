package differential

import (
	"crypto"
	"crypto/elliptic"
	"crypto/x509"
	"encoding/base64"
	"fmt"
	"math/rand/v2"
	"strings"

	"github.com/theupdateframework/notary/tuf/data"
)

// semantic changes something that has a meaning, in the signed part of a file.
func semantic(r *rand.Rand, file string, n *node) string {
	switch r.IntN(4) {
	case 0:
		return changeCommon(r, n)
	case 1:
		if file == "snapshot" || file == "timestamp" {
			return changeMeta(r, n.get("meta"))
		}
		return changeKey(r, n)
	case 2:
		if meta := n.get("meta"); meta != nil {
			return changeMeta(r, meta)
		}
		return changeRole(r, n)
	default:
		if targets := n.get("targets"); targets != nil {
			return changeTarget(r, targets)
		}
		if meta := n.get("meta"); meta != nil {
			return changeMeta(r, meta)
		}
		return changeRole(r, n)
	}
}

func pick[T any](r *rand.Rand, of []T) T { return of[r.IntN(len(of))] }

var (
	times = []string{
		"2006-01-02T15:04:05Z", "0001-01-01T00:00:00Z", "%d-01-02T15:04:05+01:00", "%d-01-02T15:04:05.5-05:30", "%d-01-02T15:04:05.500Z",
		"%d-01-02T15:04:05.123456789Z", "%d-01-02T15:04:05.1234567891Z", "%d-01-02T15:04:05+00:00", "%d-01-02T15:04:05-00:00", "%d-01-02t15:04:05z",
		"%d-01-02 15:04:05Z", "%d-02-30T15:04:05Z", "9999-12-31T23:59:59Z", "10000-01-01T00:00:00Z", "%d-01-02T15:04:05,5Z", "%d-01-02T15:04:05+24:00", "%d-01-02T5:04:05Z",
		"%d-01-02T15:04:60Z", "%d-01-02T15:04:05+01:60", "",
	}
	numbers = []string{"0", "1", "2", "-1", "3", "4", "5", "100", "2147483648", "9007199254740992", "9007199254740993", "9223372036854775807", "1.0", "1e1"}
)

func changeCommon(r *rand.Rand, n *node) string {
	switch r.IntN(3) {
	case 0:
		text := pick(r, times)
		if strings.Contains(text, "%d") {
			text = fmt.Sprintf(text, far().Year())
		}
		n.set("expires", str(text))
		return "expires " + text
	case 1:
		text := pick(r, numbers)
		n.set("version", literal(text))
		return "version " + text
	default:
		text := pick(r, []string{"Root", "Targets", "targets", "Snapshot", "Timestamp", ""})
		n.set("_type", str(text))
		return "type " + text
	}
}

// keysOf is where a root or a targets file lists its keys.
func keysOf(n *node) *node {
	if n.get("roles") != nil {
		return n.get("keys")
	}
	return n.get("delegations", "keys")
}

// changeKey puts another form of a key, or another key, in the place of one, under
// the ID that Notary gives it; now and then under the old one.
func changeKey(r *rand.Rand, n *node) string {
	keys := keysOf(n)
	if keys == nil || len(keys.members) == 0 {
		return "nothing"
	}
	// Root keys come first where there are some: they have the most rules.
	old := keys.members[r.IntN(len(keys.members))].key
	if listed := n.get("roles", "root", "keyids"); listed != nil && len(listed.items) > 0 && r.IntN(2) == 0 {
		old = listed.items[0].text
	}
	private := privateOf(publicOf(keys.get(old)))
	if private == nil {
		return "nothing"
	}
	name, kind, public := anotherKey(r, private)
	id := data.NewPublicKey(kind, public).ID()
	if r.IntN(12) == 0 {
		id = old
	}
	keys.rename(old, id)
	for i := range keys.members {
		if keys.members[i].key == id {
			keys.members[i].value = keyNode(kind, public)
		}
	}
	keys.order()
	n.rename(old, id)
	return fmt.Sprintf("key %s as %s", name, kind)
}

func publicOf(key *node) []byte {
	public, _ := base64.StdEncoding.DecodeString(textOf(key.get("keyval", "public")))
	return public
}

func anotherKey(r *rand.Rand, k crypto.Signer) (name, kind string, public []byte) {
	switch r.IntN(8) {
	case 0:
		return otherKeys(r)
	case 1:
		return "bare", pick(r, []string{"ecdsa", "rsa", "ecdsa-x509"}), must(x509.MarshalPKIXPublicKey(k.Public()))
	default:
		c := pick(r, certificates)
		public := c.text(k)
		kind := "ecdsa-x509"
		if strings.Contains(c.name, "RSA") {
			kind = "rsa-x509"
		}
		if r.IntN(10) == 0 {
			kind = pick(r, []string{"ecdsa", "rsa", "rsa-x509", "ecdsa-x509", "ed25519", "x"})
		}
		return c.name, kind, public
	}
}

func otherKeys(r *rand.Rand) (name, kind string, public []byte) {
	spki := func(k crypto.Signer) []byte { return must(x509.MarshalPKIXPublicKey(k.Public())) }
	switch r.IntN(9) {
	case 0:
		return "P-224", "ecdsa", spki(ecdsaKey("p224", elliptic.P224()))
	case 1:
		return "P-384", "ecdsa", spki(ecdsaKey("p384", elliptic.P384()))
	case 2:
		return "RSA", "rsa", spki(rsaKey())
	case 3:
		return "RSA in PEM form", "rsa", publicBlock(rsaKey())
	case 4:
		return "a short RSA", "rsa", spki(shortKey())
	case 5:
		return "Ed25519", "ed25519", spki(edKey("other"))[12:]
	case 6:
		return "Ed25519 too long", "ed25519", spki(edKey("other"))
	case 7:
		return "bytes behind", "ecdsa", append(spki(ecdsaKey("p384", elliptic.P384())), 0)
	default:
		return "of an unknown type", "dilithium", []byte("key")
	}
}

// order sorts the members by key, as Notary writes them.
func (n *node) order() {
	list := n.members
	n.members = nil
	for _, m := range list {
		n.set(m.key, m.value)
	}
}

// changeRole changes what a root or a targets file says of a role.
func changeRole(r *rand.Rand, n *node) string {
	var spec *node
	delegation := false
	if roles := n.get("roles"); roles != nil && roles.kind == '{' && len(roles.members) > 0 {
		spec = roles.members[r.IntN(len(roles.members))].value
	} else if roles := n.get("delegations", "roles"); roles != nil && len(roles.items) > 0 {
		spec, delegation = pick(r, roles.items), true
		if r.IntN(8) == 0 {
			roles.items = append(roles.items, spec.clone())
			return "delegation twice"
		}
	}
	if spec == nil || spec.kind != '{' {
		return "nothing"
	}
	ids := spec.get("keyids")
	switch k := r.IntN(8); {
	case k == 0:
		text := pick(r, numbers)
		spec.set("threshold", literal(text))
		return "threshold " + text
	case k == 1 && ids != nil && len(ids.items) > 0:
		ids.items = append(ids.items, ids.items[0].clone())
		spec.set("threshold", literal(pick(r, []string{"1", "2"})))
		return "key ID twice"
	case k == 2:
		spec.set("keyids", pick(r, []*node{array(), literal("null")}))
		return "no key IDs"
	case k == 3:
		return addKey(r, n, spec)
	case k == 4 && delegation:
		text := pick(r, []string{
			"targets", "targets/", "targets/alice", "targets/Alice", "targets/a b", "targets/../x", "targets/x/y", "targets/-", "root", "targets//x", "",
			"targets/" + strings.Repeat("x", 247), "targets/" + strings.Repeat("x", 248), "targets/releases", "targets/alice/ci",
		})
		spec.set("name", str(text))
		return "name " + text
	case delegation:
		paths := literal(pick(r, []string{`[]`, `null`, `["1","b"]`, `["x/"]`, `["sh",""]`, `[""]`, `["shared","shared"]`}))
		spec.set("paths", paths)
		return "paths " + string(paths.bytes())
	default:
		return addKey(r, n, spec)
	}
}

// addKey gives a role another key of the file, and perhaps a higher threshold.
func addKey(r *rand.Rand, n, spec *node) string {
	keys, ids := keysOf(n), spec.get("keyids")
	if keys == nil || ids == nil || len(keys.members) == 0 {
		return "nothing"
	}
	ids.items = append(ids.items, str(pick(r, keys.members).key))
	spec.set("threshold", literal(pick(r, []string{"1", "2", "3"})))
	return "another key, threshold " + spec.get("threshold").text
}

func changeMeta(r *rand.Rand, meta *node) string {
	if meta == nil || len(meta.members) == 0 {
		return "nothing"
	}
	i := r.IntN(len(meta.members))
	switch r.IntN(6) {
	case 0:
		name := meta.members[i].key
		meta.members = append(meta.members[:i:i], meta.members[i+1:]...)
		return name + " not listed"
	case 1:
		name := pick(r, []string{"targets/zoe", "targets/carol", "x", "root.json", "targets/alice/x"})
		meta.set(name, meta.members[i].value.clone())
		return name + " listed"
	default:
		return meta.members[i].key + ": " + changeEntry(r, meta.members[i].value)
	}
}

func changeTarget(r *rand.Rand, targets *node) string {
	if len(targets.members) == 0 {
		return "nothing"
	}
	i := r.IntN(len(targets.members))
	if r.IntN(4) == 0 {
		custom := pick(r, []string{`{"a":1}`, `{"b":1,"a":2}`, `"<"`, `null`, `{"a": 1}`, `2.5`, `2.0`, `9007199254740993`, `"\n"`, `"\u00e9"`, `[1,[2,{"x":"y"}]]`, `""`, `{"a":1,"a":2}`, "\"\u2028\"", `-0`, `1e2`})
		targets.members[i].value.set("custom", literal(custom))
		return "custom " + custom
	}
	return targets.members[i].key + ": " + changeEntry(r, targets.members[i].value)
}

// changeEntry changes what is said of one file or target.
func changeEntry(r *rand.Rand, e *node) string {
	hashes := e.get("hashes")
	if hashes == nil || hashes.kind != '{' {
		return "nothing"
	}
	name := pick(r, []string{"sha256", "sha512"})
	sum, _ := base64.StdEncoding.DecodeString(textOf(hashes.get(name)))
	switch r.IntN(10) {
	case 0:
		other := map[string]string{"sha256": "sha512", "sha512": "sha256"}[name]
		if left := hashes.get(other); left != nil {
			e.set("hashes", object(field(other, left.clone())))
		}
		return "only " + other
	case 1:
		hashes.set(name, base64Node(sum[:max(0, len(sum)-1)]))
		return name + " too short"
	case 2:
		hashes.set(name, literal("null"))
		return name + " null"
	case 3:
		hashes.set(name, str(""))
		return name + " empty"
	case 4:
		hashes.set(pick(r, []string{"md5", "SHA256", "sha384", "a"}), pick(r, []*node{str("AAAA"), str("%%"), literal("null"), literal("1"), array(literal("1"))}))
		return "unknown hash"
	case 5:
		e.set("hashes", pick(r, []*node{object(), literal("null"), object(field("md5", str("AAAA")))}))
		e.set("length", literal(pick(r, []string{"0", "1"})))
		return "no hash"
	case 6:
		text := pick(r, []string{"0", "-1", "-2", "1", "1000000", "104857601"})
		e.set("length", literal(text))
		return "length " + text
	case 7:
		hashes.set(name, base64Node(append([]byte("x"), sum[min(1, len(sum)):]...)))
		return "another " + name
	case 8:
		numbers := array()
		for _, b := range sum {
			numbers.items = append(numbers.items, literal(fmt.Sprint(b)))
		}
		hashes.set(name, numbers)
		return name + " as a list"
	default:
		e.set("custom", literal(`{"a":1}`))
		return "custom"
	}
}
