package practice

import (
	"crypto"
	"crypto/sha256"
	"crypto/sha512"
	"fmt"
	"slices"
	"strings"
	"time"

	"trustdeck/model"
	"trustdeck/model/notary"
	"trustdeck/model/notary/docker"
	"trustdeck/remote/sandbox"
)

const day = 24 * time.Hour

// The roles that lessons speak of.
const (
	root      = model.RoleRoot
	targets   = model.RoleTargets
	snapshot  = model.RoleSnapshot
	timestamp = model.RoleTimestamp
	releases  = docker.Releases
)

// everything is the path of a delegation that may hold any tag.
var everything = []string{""}

// A repo is a repository that is being lived through, publish by publish.
type repo struct {
	gun model.GUN
	// now is the moment of the next publish.
	now   time.Time
	files map[model.RoleName]*notary.File
	keys  map[model.RoleName][]key
	// serverSnapshot is true where the server signs the snapshot.
	serverSnapshot bool
	published      []sandbox.Publish
	images         []Image
}

// newRepo begins a repository at a moment, as docker does: the server holds the
// keys of snapshot and timestamp. Nothing is published yet.
func newRepo(name string, at time.Time) *repo {
	r := &repo{
		gun: model.GUN(host + name), now: at,
		files: map[model.RoleName]*notary.File{}, keys: map[model.RoleName][]key{}, serverSnapshot: true,
	}
	for _, role := range model.TopLevelRoles() {
		r.files[role] = &notary.File{Metadata: model.Metadata{Role: role, Roles: []model.Delegation{}}}
	}
	r.keys[root] = []key{newKey("root").certified(r.gun, at)}
	r.keys[targets] = []key{newKey(name + " targets")}
	r.keys[snapshot] = []key{newServerKey(name + " snapshot")}
	r.keys[timestamp] = []key{newServerKey(name + " timestamp")}
	r.name(map[model.RoleName]int64{})
	return r
}

// name writes the keys of the top-level roles into the root.
func (r *repo) name(thresholds map[model.RoleName]int64) {
	f := r.files[root]
	f.Roles = nil
	for _, role := range []model.RoleName{root, snapshot, targets, timestamp} {
		spec := model.Delegation{Name: role, Threshold: max(1, thresholds[role])}
		for _, k := range r.keys[role] {
			spec.KeyIDs = append(spec.KeyIDs, k.ID)
			addKey(f, k)
		}
		f.Roles = append(f.Roles, spec)
	}
}

func addKey(f *notary.File, k key) {
	i, found := slices.BinarySearchFunc(f.Keys, k.ID, func(have notary.PublicKey, id model.KeyID) int {
		return strings.Compare(string(have.ID), string(id))
	})
	if !found {
		f.Keys = slices.Insert(f.Keys, i, k.PublicKey)
	}
}

// delegate lets keys sign a delegation, with those that may already.
func (r *repo) delegate(role model.RoleName, paths []string, keys ...key) {
	parent := r.files[notary.Parent(role)]
	i := slices.IndexFunc(parent.Roles, func(s model.Delegation) bool { return s.Name == role })
	if i < 0 {
		parent.Roles = append(parent.Roles, model.Delegation{Name: role, Threshold: 1, Paths: paths})
		i = len(parent.Roles) - 1
	}
	for _, k := range keys {
		parent.Roles[i].KeyIDs = append(parent.Roles[i].KeyIDs, k.ID)
		addKey(parent, k)
		r.keys[role] = append(r.keys[role], k)
	}
}

// signer adds a signer as docker does, and returns the key.
func (r *repo) signer(name string) key {
	k := newKey(string(r.gun) + " " + name)
	r.delegate(model.RoleName("targets/"+name), everything, k)
	r.delegate(releases, everything, k)
	return k
}

// undelegate removes a delegation from its parent.
func (r *repo) undelegate(role model.RoleName) {
	parent := r.files[notary.Parent(role)]
	parent.Roles = slices.DeleteFunc(parent.Roles, func(s model.Delegation) bool { return s.Name == role })
	delete(r.files, role)
	delete(r.keys, role)
}

// revoke takes a key from a delegation.
func (r *repo) revoke(role model.RoleName, k key) {
	parent := r.files[notary.Parent(role)]
	for i := range parent.Roles {
		if parent.Roles[i].Name == role {
			parent.Roles[i].KeyIDs = slices.DeleteFunc(parent.Roles[i].KeyIDs, func(id model.KeyID) bool { return id == k.ID })
		}
	}
	r.keys[role] = slices.DeleteFunc(r.keys[role], func(have key) bool { return have.ID == k.ID })
}

// tag puts an image under a name into roles, and into the registry.
func (r *repo) tag(name string, roles ...model.RoleName) {
	raw := manifest(r.gun, name, "")
	r.images = append(r.images, Image{Name: r.path(), Tag: name, Raw: raw})
	r.list(name, raw, roles...)
}

// list puts a manifest under a name into roles only.
func (r *repo) list(name string, raw []byte, roles ...model.RoleName) {
	short, long := sha256.Sum256(raw), sha512.Sum512(raw)
	target := model.Target{Name: name, Length: int64(len(raw)), Hashes: model.Hashes{SHA256: short[:], SHA512: long[:]}}
	for _, role := range roles {
		f := r.file(role)
		i, found := slices.BinarySearchFunc(f.Targets, name, func(have model.Target, name string) int { return strings.Compare(have.Name, name) })
		if found {
			f.Targets[i] = target
			continue
		}
		f.Targets = slices.Insert(f.Targets, i, target)
	}
}

func (r *repo) file(role model.RoleName) *notary.File {
	f := r.files[role]
	if f == nil {
		f = &notary.File{Metadata: model.Metadata{Role: role, Roles: []model.Delegation{}}}
		r.files[role] = f
	}
	return f
}

// path is the name without the host.
func (r *repo) path() string { return strings.TrimPrefix(string(r.gun), host) }

// after lets time pass.
func (r *repo) after(d time.Duration) { r.now = r.now.Add(d) }

// publish gives the roles a new version, signs them with their keys, and publishes
// them with snapshot and timestamp.
func (r *repo) publish(roles ...model.RoleName) {
	set := map[model.RoleName][]byte{}
	for _, role := range roles {
		keys := r.keys[role]
		if role == releases {
			keys = r.releasers(roles)
		}
		r.seal(role, keys...)
		set[role] = r.files[role].Wire()
	}
	r.release(set)
}

// releasers are the keys that sign targets/releases beside other roles: docker
// signs both with the one key of the signer.
func (r *repo) releasers(roles []model.RoleName) []key {
	for _, role := range roles {
		if role != releases && role.Delegation() {
			return r.keys[role][:1]
		}
	}
	return r.keys[releases]
}

// release publishes files with a new snapshot and timestamp.
func (r *repo) release(set map[model.RoleName][]byte) {
	f := r.files[snapshot]
	for role, wire := range set {
		f.Meta = slices.DeleteFunc(f.Meta, func(m model.MetaEntry) bool { return m.Role == role })
		f.Meta = append(f.Meta, notary.Entry(role, wire))
	}
	slices.SortFunc(f.Meta, func(a, b model.MetaEntry) int { return strings.Compare(string(a.Role), string(b.Role)) })
	r.seal(snapshot, r.keys[snapshot]...)
	r.files[timestamp].Meta = []model.MetaEntry{notary.Entry(snapshot, f.Wire())}
	r.seal(timestamp, r.keys[timestamp]...)
	set[snapshot], set[timestamp] = f.Wire(), r.files[timestamp].Wire()
	r.published = append(r.published, sandbox.Publish{At: r.now, Files: set})
}

// seal gives a file a new version and expiry, and signs it.
func (r *repo) seal(role model.RoleName, keys ...key) {
	f := r.file(role)
	f.Version++
	f.Expires = r.now.UTC().Add(notary.Lifetime(role))
	r.sign(f, keys...)
}

func (r *repo) sign(f *notary.File, keys ...key) {
	f.Signatures = nil
	payload := f.Canonical()
	for _, k := range keys {
		f.Signatures = append(f.Signatures, must(notary.Sign(k.ID, k.private, payload)))
	}
}

// seed is the repository as the server shall have it.
func (r *repo) seed() sandbox.Seed {
	held := map[model.RoleName]crypto.Signer{timestamp: r.keys[timestamp][0].private}
	if r.serverSnapshot {
		held[snapshot] = r.keys[snapshot][0].private
	}
	return sandbox.Seed{GUN: r.gun, Publishes: r.published, Keys: held}
}

// manifest is a small OCI image manifest; variant tells images of one tag apart.
func manifest(gun model.GUN, tag, variant string) []byte {
	return fmt.Appendf(nil, `{"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json",`+
		`"config":{"mediaType":"application/vnd.oci.empty.v1+json","digest":"sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a","size":2},`+
		`"layers":[],"annotations":{"org.opencontainers.image.ref.name":"%s:%s","org.opencontainers.image.description":"a practice image%s"}}`, gun, tag, variant)
}
