// Package notarytest authors Notary v1 repositories in memory, for tests and
// benchmarks: healthy ones and, on request, broken ones that no client could publish. It
// uses the writer of package notary, so a test of its files with real servers also tests
// that writer.
//
// It makes its keys when needed, and never writes them anywhere.
package notarytest

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
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"maps"
	"math/big"
	"slices"
	"strings"
	"time"

	"trustdeck/model"
	"trustdeck/model/dialect"
	"trustdeck/model/notary"
	"trustdeck/model/notary/docker"
)

// Key is a key pair as metadata lists it.
type Key struct {
	notary.PublicKey
	Private crypto.Signer
}

// NewKey makes an ECDSA P-256 key.
func NewKey() Key { return must(Wrap(must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader)))) }

// NewEd25519Key makes a key of the kind that servers use.
func NewEd25519Key() Key {
	_, private := must2(ed25519.GenerateKey(rand.Reader))
	return must(Wrap(private))
}

// NewRSAKey makes an RSA key.
func NewRSAKey(bits int) Key { return must(Wrap(must(rsa.GenerateKey(rand.Reader, bits)))) }

// Wrap lists a private key as a bare key.
func Wrap(private crypto.Signer) (Key, error) {
	p, err := notary.Bare(private.Public())
	return Key{p, private}, err
}

// Certified lists a key as a self-signed certificate for a common name.
func Certified(k Key, commonName string, from, until time.Time) Key {
	template := &x509.Certificate{
		SerialNumber:          must(rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 128))),
		Subject:               pkix.Name{CommonName: commonName},
		NotBefore:             from,
		NotAfter:              until,
		KeyUsage:              x509.KeyUsageDigitalSignature | x509.KeyUsageKeyEncipherment,
		ExtKeyUsage:           []x509.ExtKeyUsage{x509.ExtKeyUsageCodeSigning},
		BasicConstraintsValid: true,
	}
	der := must(x509.CreateCertificate(rand.Reader, template, template, k.Private.Public(), k.Private))
	return Key{must(notary.Certified(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))), k.Private}
}

// StoredID is the ID under which a trust folder keeps the private half of a public key, as a key
// store answers for it; empty where Notary knows no such keys.
func StoredID(spki []byte) model.KeyID {
	public, err := x509.ParsePKIXPublicKey(spki)
	if err != nil {
		return ""
	}
	bare, err := notary.Bare(public)
	if err != nil {
		return ""
	}
	return bare.ID
}

// Sign signs a payload as Notary does (notary-v1, 1.8).
func (k Key) Sign(payload []byte) dialect.Signature {
	return must(notary.Sign(k.ID, k.Private, payload))
}

// SignFile signs f anew with the keys, in place of the signatures it has.
func SignFile(f *notary.File, keys ...Key) {
	f.Signatures = nil
	payload := f.Canonical()
	for _, k := range keys {
		f.Signatures = append(f.Signatures, k.Sign(payload))
	}
}

// Repo is a repository with all of its private keys.
type Repo struct {
	GUN model.GUN
	// Now is the moment of the next change; expiries count from it.
	Now time.Time
	// Files by role. Change them freely, then Seal.
	Files map[model.RoleName]*notary.File
	// Keys that sign each role.
	Keys map[model.RoleName][]Key
	// Past holds the wire form of every version that was sealed, by
	// "N.role".
	Past map[string][]byte
	// Hidden are files that the server has and the snapshot does not list: those of
	// delegations that were removed.
	Hidden map[model.RoleName][]byte
}

// New makes a repository with a root certificate, targets and snapshot keys,
// and an Ed25519 timestamp key, sealed as version 1.
func New(gun model.GUN, now time.Time) *Repo {
	r := &Repo{
		GUN: gun, Now: now,
		Files: map[model.RoleName]*notary.File{},
		Keys:  map[model.RoleName][]Key{},
		Past:  map[string][]byte{}, Hidden: map[model.RoleName][]byte{},
	}
	r.Keys[model.RoleRoot] = []Key{Certified(NewKey(), string(gun), now.Add(-time.Hour), now.Add(notary.Lifetime(model.RoleRoot)))}
	r.Keys[model.RoleTargets] = []Key{NewKey()}
	r.Keys[model.RoleSnapshot] = []Key{NewKey()}
	r.Keys[model.RoleTimestamp] = []Key{NewEd25519Key()}
	r.Files[model.RoleRoot] = &notary.File{Metadata: model.Metadata{Role: model.RoleRoot}}
	r.Files[model.RoleTargets] = &notary.File{Metadata: model.Metadata{Role: model.RoleTargets, Roles: []model.Delegation{}}}
	r.Files[model.RoleSnapshot] = &notary.File{Metadata: model.Metadata{Role: model.RoleSnapshot}}
	r.Files[model.RoleTimestamp] = &notary.File{Metadata: model.Metadata{Role: model.RoleTimestamp}}
	r.NameKeys()
	r.Seal(model.RoleRoot, model.RoleTargets)
	return r
}

// NameKeys writes the keys of the top-level roles into the root, all with the
// thresholds they have, or 1.
func (r *Repo) NameKeys() {
	root := r.Files[model.RoleRoot]
	old := root.Roles
	root.Roles = nil
	for _, name := range model.TopLevelRoles() {
		spec := model.Delegation{Name: name, Threshold: 1}
		for _, was := range old {
			if was.Name == name {
				spec.Threshold = was.Threshold
			}
		}
		for _, k := range r.Keys[name] {
			spec.KeyIDs = append(spec.KeyIDs, k.ID)
			root.Keys = mergeKey(root.Keys, k.PublicKey)
		}
		root.Roles = append(root.Roles, spec)
	}
	slices.SortFunc(root.Roles, func(a, b model.Delegation) int { return strings.Compare(string(a.Name), string(b.Name)) })
}

func mergeKey(keys []notary.PublicKey, k notary.PublicKey) []notary.PublicKey {
	for _, have := range keys {
		if have.ID == k.ID {
			return keys
		}
	}
	keys = append(keys, k)
	slices.SortFunc(keys, func(a, b notary.PublicKey) int { return strings.Compare(string(a.ID), string(b.ID)) })
	return keys
}

// Delegate adds a delegation with its keys, signed by all of them. Its parent
// must exist; Seal both afterwards.
func (r *Repo) Delegate(name model.RoleName, threshold int64, paths []string, keys ...Key) {
	parent := r.Files[notary.Parent(name)]
	spec := model.Delegation{Name: name, Threshold: threshold, Paths: paths}
	for _, k := range keys {
		spec.KeyIDs = append(spec.KeyIDs, k.ID)
		parent.Keys = mergeKey(parent.Keys, k.PublicKey)
	}
	parent.Roles = append(parent.Roles, spec)
	r.Keys[name] = keys
	r.Files[name] = &notary.File{Metadata: model.Metadata{Role: name, Roles: []model.Delegation{}}}
}

// Target is one with some content.
func Target(name, content string) model.Target {
	sum, long := sha256.Sum256([]byte(content)), sha512.Sum512([]byte(content))
	return model.Target{Name: name, Length: int64(len(content)), Hashes: model.Hashes{SHA256: sum[:], SHA512: long[:]}}
}

// Tag puts a target into a role's file.
func (r *Repo) Tag(role model.RoleName, name, content string) {
	f := r.Files[role]
	f.Targets = slices.DeleteFunc(f.Targets, func(t model.Target) bool { return t.Name == name })
	f.Targets = append(f.Targets, Target(name, content))
	slices.SortFunc(f.Targets, func(a, b model.Target) int { return strings.Compare(a.Name, b.Name) })
}

// Seal gives the named roles a new version and expiry and signs them, and then
// snapshot and timestamp, as a publish does.
func (r *Repo) Seal(roles ...model.RoleName) {
	for _, name := range roles {
		r.advance(name)
		r.sign(name)
	}
	r.SealSnapshot()
}

// SealSnapshot makes a new snapshot of the files as they are, and a timestamp
// of it.
func (r *Repo) SealSnapshot() {
	snapshot := r.Files[model.RoleSnapshot]
	snapshot.Meta = nil
	for name, f := range r.Files {
		if name != model.RoleSnapshot && name != model.RoleTimestamp && f.Version > 0 {
			snapshot.Meta = append(snapshot.Meta, notary.Entry(name, f.Wire()))
		}
	}
	slices.SortFunc(snapshot.Meta, func(a, b model.MetaEntry) int { return strings.Compare(string(a.Role), string(b.Role)) })
	r.advance(model.RoleSnapshot)
	r.sign(model.RoleSnapshot)
	r.SealTimestamp()
}

// SealTimestamp makes a new timestamp of the snapshot as it is.
func (r *Repo) SealTimestamp() {
	stamp := r.Files[model.RoleTimestamp]
	stamp.Meta = []model.MetaEntry{notary.Entry(model.RoleSnapshot, r.Files[model.RoleSnapshot].Wire())}
	r.advance(model.RoleTimestamp)
	r.sign(model.RoleTimestamp)
}

func (r *Repo) advance(name model.RoleName) {
	f := r.Files[name]
	f.Version++
	f.Expires = r.Now.UTC().Add(notary.Lifetime(name))
}

func (r *Repo) sign(name model.RoleName) {
	f := r.Files[name]
	SignFile(f, r.Keys[name]...)
	r.Past[fmt.Sprintf("%d.%s", f.Version, name)] = f.Wire()
}

// Wire returns the current files as a server holds them.
func (r *Repo) Wire() map[model.RoleName][]byte {
	out := map[model.RoleName][]byte{}
	for name, f := range r.Files {
		if f.Version > 0 {
			out[name] = f.Wire()
		}
	}
	return out
}

// Read verifies the repository as a client that meets it for the first time.
func (r *Repo) Read() *model.Repository {
	load := docker.Dialect{}.Load(dialect.Config{GUN: r.GUN, At: r.Now, FirstUse: model.AnchorFirstUse})
	files := maps.Clone(r.Hidden)
	maps.Copy(files, r.Wire())
	for wants := load.Wants(); len(wants) > 0; wants = load.Wants() {
		for _, w := range wants {
			if raw, ok := files[w.Role]; ok {
				load.Give(w, raw, time.Time{}, nil)
			} else {
				load.Give(w, nil, time.Time{}, &model.Fault{Kind: model.FaultNotFound})
			}
		}
	}
	for _, role := range load.Unlisted() {
		if raw, ok := r.Hidden[role]; ok {
			load.Give(dialect.Want{Role: role}, raw, time.Time{}, nil)
		}
	}
	return load.Repository()
}

// Drop takes a delegation out of targets, as removing a signer does. The server keeps its
// file, which the snapshot goes on listing unless it is hidden. Seal targets afterwards.
func (r *Repo) Drop(role model.RoleName, hidden bool) {
	targets := r.Files[model.RoleTargets]
	targets.Roles = slices.DeleteFunc(targets.Roles, func(s model.Delegation) bool { return s.Name == role })
	if hidden {
		r.Hidden[role] = r.Files[role].Wire()
		delete(r.Files, role)
	}
}

// Leftovers are the files that the server has of delegations that targets does not name.
func (r *Repo) Leftovers() map[model.RoleName][]byte {
	out := maps.Clone(r.Hidden)
	maps.Copy(out, r.Wire())
	maps.DeleteFunc(out, func(role model.RoleName, _ []byte) bool {
		return !role.Delegation() || slices.ContainsFunc(r.Files[model.RoleTargets].Roles, func(s model.Delegation) bool { return s.Name == role })
	})
	return out
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func must2[A, B any](a A, b B, err error) (A, B) {
	if err != nil {
		panic(err)
	}
	return a, b
}
