package tuftest

import (
	"crypto/sha256"
	"crypto/sha512"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/secure-systems-lab/go-securesystemslib/cjson"

	"trustdeck/model"
	"trustdeck/model/dialect"
)

// At is the moment at which repositories are made.
var At = time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC)

// Object is an object of JSON, to be edited before it is published.
type Object = map[string]any

// Quorum is who signs a role.
type Quorum struct {
	Threshold int
	Keys      []*Key
}

// By is a quorum of all the keys.
func By(keys ...*Key) Quorum { return Quorum{len(keys), keys} }

// Repository is a repository, as its owners have it and as it is published.
type Repository struct {
	// Signers are who signs each role when it is published. Who may sign it is what Signed
	// says.
	Signers map[model.RoleName][]*Key
	// Signed are the signed parts of the next versions.
	Signed map[model.RoleName]Object
	// Wire are the published files, by name: "1.root.json", "timestamp.json".
	Wire map[string][]byte
	// Plain leaves the hashes and lengths out of snapshot and timestamp.
	Plain bool
	// Compact writes files without white space.
	Compact bool
}

// New makes a sound repository with consistent snapshots: root 2 of 2, the other roles by
// one key of their own.
func New() *Repository {
	r := &Repository{Signers: map[model.RoleName][]*Key{}, Signed: map[model.RoleName]Object{}, Wire: map[string][]byte{}}
	keys := Object{}
	roles := Object{}
	for _, name := range model.TopLevelRoles() {
		r.Signers[name] = []*Key{Ed25519()}
		if name == model.RoleRoot {
			r.Signers[name] = append(r.Signers[name], Ed25519())
		}
		roles[string(name)] = Object{"keyids": ids(r.Signers[name]), "threshold": len(r.Signers[name])}
		for _, k := range r.Signers[name] {
			keys[string(k.ID)] = k.Object
		}
	}
	r.Signed[model.RoleRoot] = begin(model.RoleRoot, 365, Object{"consistent_snapshot": true, "keys": keys, "roles": roles})
	r.Signed[model.RoleTargets] = begin(model.RoleTargets, 90, Object{"targets": Object{}})
	r.Signed[model.RoleSnapshot] = begin(model.RoleSnapshot, 7, Object{"meta": Object{}})
	r.Signed[model.RoleTimestamp] = begin(model.RoleTimestamp, 1, Object{"meta": Object{}})
	r.Publish(model.RoleRoot, model.RoleTargets)
	return r
}

func begin(role model.RoleName, days int, members Object) Object {
	out := Object{"_type": string(role), "spec_version": "1.0.31", "version": 0, "expires": At.AddDate(0, 0, days).Format(time.RFC3339)}
	maps.Copy(out, members)
	return out
}

func ids(keys []*Key) []string {
	out := []string{}
	for _, k := range keys {
		out = append(out, string(k.ID))
	}
	return out
}

// SetRole names the keys of a top-level role in the next root. Who signs is changed too; a
// root is signed by the keys of before as well.
func (r *Repository) SetRole(role model.RoleName, q Quorum) {
	root := r.Signed[model.RoleRoot]
	for _, k := range q.Keys {
		root["keys"].(Object)[string(k.ID)] = k.Object
	}
	root["roles"].(Object)[string(role)] = Object{"keyids": ids(q.Keys), "threshold": q.Threshold}
	if role == model.RoleRoot {
		for _, k := range r.Signers[role] {
			if !slices.ContainsFunc(q.Keys, func(have *Key) bool { return have.ID == k.ID }) {
				q.Keys = append(q.Keys, k)
			}
		}
	}
	r.Signers[role] = q.Keys
}

// Delegate adds a delegation to the file of a role. edge holds the members of the
// delegation beside name, keyids and threshold: paths, terminating.
func (r *Repository) Delegate(from, to model.RoleName, q Quorum, edge Object) {
	d := r.delegations(from, q)
	entry := Object{"name": string(to), "keyids": ids(q.Keys), "threshold": q.Threshold, "terminating": false}
	maps.Copy(entry, edge)
	roles, _ := d["roles"].([]any)
	d["roles"] = append(roles, entry)
	r.begin(to, q)
}

// DelegateBins has a role delegate to hash bins, and returns their names.
func (r *Repository) DelegateBins(from model.RoleName, bits int, prefix string, q Quorum) []model.RoleName {
	d := r.delegations(from, q)
	d["succinct_roles"] = Object{"keyids": ids(q.Keys), "threshold": q.Threshold, "bit_length": bits, "name_prefix": prefix}
	delete(d, "roles")
	var out []model.RoleName
	digits := len(fmt.Sprintf("%x", 1<<bits-1))
	for i := range 1 << bits {
		name := model.RoleName(fmt.Sprintf("%s-%0*x", prefix, digits, i))
		r.begin(name, q)
		out = append(out, name)
	}
	return out
}

func (r *Repository) delegations(from model.RoleName, q Quorum) Object {
	d, ok := r.Signed[from]["delegations"].(Object)
	if !ok {
		d = Object{"keys": Object{}, "roles": []any{}}
		r.Signed[from]["delegations"] = d
	}
	for _, k := range q.Keys {
		d["keys"].(Object)[string(k.ID)] = k.Object
	}
	return d
}

func (r *Repository) begin(role model.RoleName, q Quorum) {
	if r.Signed[role] == nil {
		r.Signed[role] = begin(model.RoleTargets, 90, Object{"targets": Object{}})
		r.Signers[role] = q.Keys
	}
}

// AddTarget has a role list a target.
func (r *Repository) AddTarget(role model.RoleName, path, content string) {
	sum := sha256.Sum256([]byte(content))
	r.Signed[role]["targets"].(Object)[path] = Object{"length": len(content), "hashes": Object{"sha256": hex.EncodeToString(sum[:])}}
}

// Publish signs the next version of each role, in that order, then snapshot and timestamp.
func (r *Repository) Publish(roles ...model.RoleName) {
	for _, role := range append(slices.Clone(roles), model.RoleSnapshot, model.RoleTimestamp) {
		r.PublishOnly(role)
	}
}

// PublishOnly signs the next version of a role, and has the file list it that must: the
// timestamp the snapshot, and the snapshot any other but the root.
func (r *Repository) PublishOnly(role model.RoleName) {
	signed := r.Signed[role]
	signed["version"] = Version(signed) + 1
	r.Put(role, r.Sign(signed, r.Signers[role]...))
}

// Version is that of a signed part.
func Version(signed Object) int {
	v, _ := signed["version"].(int)
	return v
}

// Put publishes bytes as the current version of a role, and lists them.
func (r *Repository) Put(role model.RoleName, wire []byte) {
	version := Version(r.Signed[role])
	if role != model.RoleTimestamp {
		r.Wire[fmt.Sprintf("%d.%s.json", version, role)] = wire
	}
	r.Wire[string(role)+".json"] = wire
	listing := model.RoleSnapshot
	if role == model.RoleSnapshot {
		listing = model.RoleTimestamp
	} else if !role.HoldsTargets() {
		return
	}
	r.Signed[listing]["meta"].(Object)[string(role)+".json"] = r.entry(version, wire)
}

func (r *Repository) entry(version int, wire []byte) Object {
	if r.Plain {
		return Object{"version": version}
	}
	short, long := sha256.Sum256(wire), sha512.Sum512(wire)
	return Object{"version": version, "length": len(wire), "hashes": Object{"sha256": hex.EncodeToString(short[:]), "sha512": hex.EncodeToString(long[:])}}
}

// Sign makes a file.
func (r *Repository) Sign(signed Object, keys ...*Key) []byte {
	payload := must(cjson.EncodeCanonical(signed))
	signatures := []any{}
	for _, k := range keys {
		signatures = append(signatures, Object{"keyid": string(k.ID), "sig": hex.EncodeToString(k.Sign(payload))})
	}
	return r.File(signed, signatures...)
}

// File spells a file with any signatures.
func (r *Repository) File(signed Object, signatures ...any) []byte {
	if signatures == nil {
		signatures = []any{}
	}
	file := Object{"signed": signed, "signatures": signatures}
	if r.Compact {
		return must(json.Marshal(file))
	}
	return append(must(json.MarshalIndent(file, "", " ")), '\n')
}

// Read answers a want as a server does that has the published layout: each time with new bytes.
func (r *Repository) Read(w dialect.Want) ([]byte, *model.Fault) {
	name := string(w.Role) + ".json"
	if w.Version != 0 {
		name = fmt.Sprintf("%d.%s", w.Version, name)
	}
	raw, ok := r.Wire[name]
	switch {
	case !ok:
		return nil, &model.Fault{Kind: model.FaultNotFound, Subject: name, Text: "it does not exist"}
	case int64(len(raw)) > w.Limit:
		return nil, &model.Fault{Kind: model.FaultBadData, Subject: name, Text: "it is larger than its limit"}
	}
	return slices.Clone(raw), nil
}

// Drive answers all wants of a Load.
func (r *Repository) Drive(l dialect.Load) dialect.Load {
	for wants := l.Wants(); len(wants) > 0; wants = l.Wants() {
		for _, w := range wants {
			raw, fault := r.Read(w)
			l.Give(w, raw, time.Time{}, fault)
		}
	}
	return l
}

// Edit changes the text of a published file, under all its names. The snapshot and the
// timestamp list what they listed.
func (r *Repository) Edit(role model.RoleName, was, is string) {
	for name, wire := range r.Wire {
		if name == string(role)+".json" || strings.HasSuffix(name, "."+string(role)+".json") {
			r.Wire[name] = []byte(strings.Replace(string(wire), was, is, 1))
		}
	}
}

// Clone copies a repository, so that a test can change it.
func (r *Repository) Clone() *Repository {
	out := *r
	out.Wire = maps.Clone(r.Wire)
	out.Signers = maps.Clone(r.Signers)
	out.Signed = map[model.RoleName]Object{}
	for role, signed := range r.Signed {
		out.Signed[role] = clone(signed).(Object)
	}
	return &out
}

func clone(v any) any {
	switch v := v.(type) {
	case Object:
		out := Object{}
		for name, of := range v {
			out[name] = clone(of)
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i := range v {
			out[i] = clone(v[i])
		}
		return out
	default:
		return v
	}
}
