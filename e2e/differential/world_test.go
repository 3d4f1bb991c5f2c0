package differential

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	canonical "github.com/docker/go/canonical/json"

	"trustdeck/model"
	"trustdeck/model/notary"
	"trustdeck/model/notary/docker"
)

const gun model.GUN = "registry.example.org/acme/app"

// begin is when all certificates begin: the same moment all year, so that a case
// that a fuzzer kept stays the same case.
var begin = time.Date(time.Now().Year()-1, 1, 1, 0, 0, 0, 0, time.UTC)

// ring holds every private key that a test knows, a crypto.Signer by the digest of its public
// half. Cases that run at once add to it.
var ring sync.Map

// ringed is the private key with such a digest; nil where there is none.
func ringed(digest [32]byte) crypto.Signer {
	if k, ok := ring.Load(digest); ok {
		return k.(crypto.Signer)
	}
	return nil
}

func remember(k crypto.Signer) crypto.Signer {
	ring.Store(fingerprint(k.Public()), k)
	return k
}

func fingerprint(pub crypto.PublicKey) [32]byte {
	der, err := x509.MarshalPKIXPublicKey(pub)
	if err != nil {
		panic(err)
	}
	return sha256.Sum256(der)
}

// ecdsaKey is the same key for the same name in every run.
func ecdsaKey(name string, curve elliptic.Curve) crypto.Signer {
	scalar := sha512.Sum512([]byte(name))
	size := (curve.Params().BitSize + 7) / 8
	raw := make([]byte, size)
	copy(raw[size-min(size-1, 28):], scalar[:])
	k, err := ecdsa.ParseRawPrivateKey(curve, raw)
	if err != nil {
		panic(err)
	}
	return remember(k)
}

func edKey(name string) crypto.Signer {
	seed := sha256.Sum256([]byte(name))
	return remember(ed25519.NewKeyFromSeed(seed[:]))
}

// rsaKey differs from run to run, but is made only once in one.
var rsaKey = sync.OnceValue(func() crypto.Signer {
	k, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	return remember(k)
})

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// certified lists a key as the certificate that Notary would make for it.
func certified(k crypto.Signer) notary.PublicKey {
	return must(notary.Certified(must(notary.NewCertificate(gun, k, [16]byte{1}, begin))))
}

func bare(k crypto.Signer) notary.PublicKey { return must(notary.Bare(k.Public())) }

// A world is the signed parts of a repository before anything is changed: three
// roots, of which each signs the next, two signers with releases, a delegation
// below another, and one without content.
type world struct {
	roots []*node
	// roles in the order in which they are signed, parents first.
	roles []model.RoleName
	files map[model.RoleName]*node
}

var base = sync.OnceValue(func() *world {
	w := &world{files: map[model.RoleName]*node{}}
	var former []notary.PublicKey // stay in the list, as Notary leaves them
	root := func(version int64, k crypto.Signer) {
		f := &notary.File{Metadata: model.Metadata{Role: model.RoleRoot, Version: version, Expires: far(), Keys: slices.Clone(former)}}
		former = append(former, certified(k))
		name := func(role model.RoleName, keys ...notary.PublicKey) {
			spec := model.Delegation{Name: role, Threshold: 1}
			for _, key := range keys {
				spec.KeyIDs = append(spec.KeyIDs, key.ID)
				f.Keys = append(f.Keys, key)
			}
			f.Roles = append(f.Roles, spec)
		}
		name(model.RoleRoot, certified(k))
		name(model.RoleSnapshot, bare(ecdsaKey("snapshot", elliptic.P256())))
		name(model.RoleTargets, bare(ecdsaKey("targets", elliptic.P256())))
		name(model.RoleTimestamp, bare(edKey("timestamp")))
		w.roots = append(w.roots, sorted(f))
	}
	for i, name := range []string{"root one", "root two", "root three"} {
		root(int64(i+1), ecdsaKey(name, elliptic.P256()))
	}
	alice, bob := bare(ecdsaKey("alice", elliptic.P256())), certified(ecdsaKey("bob", elliptic.P256()))
	ci := bare(ecdsaKey("ci", elliptic.P256()))
	w.add(model.RoleTargets, []string{"old", "shared"},
		edge{"targets/alice", []string{""}, []notary.PublicKey{alice}},
		edge{"targets/bob", []string{"b", "shared"}, []notary.PublicKey{bob}},
		edge{docker.Releases, []string{""}, []notary.PublicKey{alice, bob}},
		edge{"targets/carol", []string{""}, []notary.PublicKey{ci}})
	w.add("targets/alice", []string{"1.0", "shared"}, edge{"targets/alice/ci", []string{"ci/"}, []notary.PublicKey{ci}})
	w.add("targets/bob", []string{"b1", "shared"})
	w.add(docker.Releases, []string{"1.0", "shared", "weird <a>&b"})
	w.add("targets/alice/ci", []string{"ci/1"})
	return w
})

// An edge is a delegation.
type edge struct {
	role  model.RoleName
	paths []string
	keys  []notary.PublicKey
}

func (w *world) add(role model.RoleName, tags []string, edges ...edge) {
	f := &notary.File{Metadata: model.Metadata{Role: role, Version: 4, Expires: far(), Roles: []model.Delegation{}}}
	for _, e := range edges {
		spec := model.Delegation{Name: e.role, Threshold: 1, Paths: e.paths}
		for _, k := range e.keys {
			spec.KeyIDs = append(spec.KeyIDs, k.ID)
			f.Keys = append(f.Keys, k)
		}
		f.Roles = append(f.Roles, spec)
	}
	for _, tag := range tags {
		short, long := sha256.Sum256([]byte(tag)), sha512.Sum512([]byte(tag))
		f.Targets = append(f.Targets, model.Target{Name: tag, Length: int64(len(tag)), Hashes: model.Hashes{SHA256: short[:], SHA512: long[:]}})
	}
	w.roles = append(w.roles, role)
	w.files[role] = sorted(f)
}

// sorted is the signed part of f, its keys in order and each of them once.
func sorted(f *notary.File) *node {
	keys := map[model.KeyID]notary.PublicKey{}
	for _, k := range f.Keys {
		keys[k.ID] = k
	}
	f.Keys = nil
	n := parseNode(f.Canonical())
	list := object()
	for id, k := range keys {
		list.set(string(id), keyNode(string(k.Type), k.Public))
	}
	switch f.Role {
	case model.RoleRoot:
		n.set("keys", list)
	default:
		n.get("delegations").set("keys", list)
	}
	return n
}

func keyNode(kind string, public []byte) *node {
	return object(field("keytype", str(kind)), field("keyval", object(field("private", literal("null")), field("public", base64Node(public)))))
}

// far is an expiry that no run reaches.
func far() time.Time { return time.Date(time.Now().Year()+2, 1, 1, 0, 0, 0, 0, time.UTC) }

// A signer is a private key under the ID by which signatures name it.
type signer struct {
	id  string
	key crypto.Signer
}

// signersOf are the known private keys of the IDs that a role lists.
func signersOf(keys, keyIDs *node) []signer {
	var out []signer
	if keyIDs == nil {
		return nil
	}
	for _, id := range keyIDs.items {
		public, err := base64.StdEncoding.DecodeString(textOf(keys.get(id.text, "keyval", "public")))
		if err != nil {
			continue
		}
		if k := privateOf(public); k != nil {
			out = append(out, signer{id.text, k})
		}
	}
	return out
}

func textOf(n *node) string {
	if n == nil || n.kind != '"' {
		return ""
	}
	return n.text
}

// privateOf finds the private key of what a key object holds.
func privateOf(public []byte) crypto.Signer {
	if len(public) == ed25519.PublicKeySize {
		return ringed(fingerprint(ed25519.PublicKey(public)))
	}
	for block, rest := pem.Decode(public); block != nil; block, rest = pem.Decode(rest) {
		if cert, err := x509.ParseCertificate(block.Bytes); err == nil && !cert.IsCA {
			if k := ringed(fingerprint(cert.PublicKey)); k != nil {
				return k
			}
		} else if err != nil {
			if k := ringed(sha256.Sum256(block.Bytes)); k != nil {
				return k
			}
		} else if k := ringed(fingerprint(cert.PublicKey)); k != nil {
			return k
		}
	}
	return ringed(sha256.Sum256(public))
}

// payload is what Notary's verifier makes of a signed part, or its bytes where that
// has no canonical form.
func payload(raw []byte) []byte {
	var decoded map[string]any
	if canonical.Unmarshal(raw, &decoded) == nil {
		if msg, err := canonical.MarshalCanonical(decoded); err == nil {
			return msg
		}
	}
	return raw
}

// seal wraps and signs a signed part. Files that no change touches are the same in
// every case, and signed only once.
func seal(signed *node, signers []signer) *node {
	raw := signed.bytes()
	name := string(raw)
	for _, s := range signers {
		name += s.id
	}
	if done, ok := sealed.Load(name); ok {
		return done.(*node).clone()
	}
	message := payload(raw)
	list := array()
	for _, s := range signers {
		sig, err := notary.Sign(model.KeyID(s.id), s.key, message)
		if err != nil {
			panic(fmt.Sprintf("sign: %v", err))
		}
		list.items = append(list.items, object(field("keyid", str(s.id)), field("method", str(sig.Method)), field("sig", base64Node(sig.Sig))))
	}
	envelope := object(field("signed", literal(string(raw))), field("signatures", list))
	if kept.Add(1) < 64 {
		sealed.Store(name, envelope.clone())
	}
	return envelope
}

var (
	sealed sync.Map
	kept   atomic.Int32
)

// untouched is the world as it is before any change.
var untouched = sync.OnceValue(func() server { return base().publish(nil) })
