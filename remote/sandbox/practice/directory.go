package practice

import (
	"crypto/ed25519"
	"crypto/sha256"
	"fmt"
	"time"

	"github.com/secure-systems-lab/go-securesystemslib/cjson"
	"github.com/theupdateframework/go-tuf/v2/metadata"

	"trustdeck/model"
)

// A directory is a repository of TUF 1.0 in a folder. What it says is written with
// go-tuf's types. It is signed here, for go-tuf lists a key with the name of its holder
// under another ID than it signs with.
type directory struct {
	gun model.GUN
	// now is when the next file is signed.
	now   time.Time
	root  *metadata.Metadata[metadata.RootType]
	files map[string][]byte
	// listed are the versions and hashes that the next snapshot states.
	listed map[string]*metadata.MetaFiles
	// timestamps and snapshots count versions.
	timestamp, snapshot int64
}

// A holder has a key, and signs a role with it.
type holder struct {
	role    model.RoleName
	private ed25519.PrivateKey
	key     *metadata.Key
	id      string
}

// newHolder makes the key that somebody has for one repository. The metadata names its
// holder.
func newHolder(gun model.GUN, name string, role model.RoleName) holder {
	private := ed25519.NewKeyFromSeed(derive(string(gun) + " " + name))
	key := must(metadata.KeyFromPublicKey(private.Public()))
	key.UnrecognizedFields = map[string]any{"x-tuf-on-ci-keyowner": "@" + name}
	return holder{role, private, key, must(key.ID())}
}

// newDirectory begins a repository with its first root, which asks for a number of its
// custodians; a job signs snapshot and timestamp with a key of its own.
func newDirectory(gun model.GUN, at time.Time, threshold int, custodians ...holder) *directory {
	d := &directory{gun: gun, now: at, files: map[string][]byte{}, listed: map[string]*metadata.MetaFiles{}, root: metadata.Root(at)}
	d.root.Signed.Version = 0
	for _, role := range []string{metadata.ROOT, metadata.TARGETS} {
		d.root.Signed.Roles[role].Threshold = threshold
		for _, h := range custodians {
			check(d.root.Signed.AddKey(h.key, role))
		}
	}
	for role, days := range map[string]struct{ expiry, signing int }{metadata.SNAPSHOT: {21, 7}, metadata.TIMESTAMP: {7, 2}} {
		check(d.root.Signed.AddKey(d.robot().key, role))
		d.root.Signed.Roles[role].UnrecognizedFields = map[string]any{
			"x-tuf-on-ci-expiry-period": days.expiry, "x-tuf-on-ci-signing-period": days.signing,
		}
	}
	return d
}

// robot is the job that signs what changes every day.
func (d *directory) robot() holder { return newHolder(d.gun, "robot", timestamp) }

// signRoot signs the next root. Of those who are only asked, it has empty signatures.
func (d *directory) signRoot(asked []holder, by ...holder) {
	d.root.Signed.Version++
	d.root.Signed.Expires = d.now.Add(365 * day)
	d.root.Signatures = nil
	d.put(fmt.Sprintf("%d.root.json", d.root.Signed.Version), sign(d.root, asked, by...))
}

// targets signs a file of targets: the top-level one, or that of a delegation.
func (d *directory) targets(role string, lifetime time.Duration, paths []string, delegations *metadata.Delegations, by ...holder) {
	file := metadata.Targets(d.now.Add(lifetime))
	file.Signed.Version = 1
	if have := d.listed[role+".json"]; have != nil {
		file.Signed.Version = have.Version + 1
	}
	file.Signed.Delegations = delegations
	for _, path := range paths {
		content := []byte("practice: " + path + "\n")
		sum := sha256.Sum256(content)
		file.Signed.Targets[path] = &metadata.TargetFiles{Length: int64(len(content)), Hashes: metadata.Hashes{"sha256": sum[:]}}
	}
	raw := sign(file, nil, by...)
	d.put(fmt.Sprintf("%d.%s.json", file.Signed.Version, role), raw)
	d.listed[role+".json"] = listing(file.Signed.Version, raw)
}

// publish has the robot sign snapshot and timestamp.
func (d *directory) publish() {
	snapshot := metadata.Snapshot(d.now.Add(21 * day))
	d.snapshot++
	snapshot.Signed.Version, snapshot.Signed.Meta = d.snapshot, d.listed
	raw := sign(snapshot, nil, d.robot())
	d.put(fmt.Sprintf("%d.snapshot.json", d.snapshot), raw)
	timestamp := metadata.Timestamp(d.now.Add(7 * day))
	d.timestamp++
	timestamp.Signed.Version = d.timestamp
	timestamp.Signed.Meta["snapshot.json"] = listing(d.snapshot, raw)
	d.put("timestamp.json", sign(timestamp, nil, d.robot()))
}

func listing(version int64, raw []byte) *metadata.MetaFiles {
	sum := sha256.Sum256(raw)
	return &metadata.MetaFiles{Version: version, Length: int64(len(raw)), Hashes: metadata.Hashes{"sha256": sum[:]}}
}

func (d *directory) put(name string, raw []byte) { d.files[name] = raw }

// sign writes a file with the signatures of some, and empty ones of those who are asked.
func sign[T metadata.Roles](file *metadata.Metadata[T], asked []holder, by ...holder) []byte {
	payload := must(cjson.EncodeCanonical(file.Signed))
	for _, h := range by {
		file.Signatures = append(file.Signatures, metadata.Signature{KeyID: h.id, Signature: ed25519.Sign(h.private, payload)})
	}
	for _, h := range asked {
		file.Signatures = append(file.Signatures, metadata.Signature{KeyID: h.id, Signature: metadata.HexBytes{}})
	}
	return must(file.ToBytes(true))
}

// delegations are none yet; see may.
func delegations() *metadata.Delegations {
	return &metadata.Delegations{Keys: map[string]*metadata.Key{}}
}

// may lets a holder sign for a delegation.
func may(d *metadata.Delegations, name string, h holder, terminating bool, paths ...string) {
	d.Keys[h.id] = h.key
	d.Roles = append(d.Roles, metadata.DelegatedRole{Name: name, KeyIDs: []string{h.id}, Threshold: 1, Terminating: terminating, Paths: paths})
}

// check is must for what returns nothing.
func check(err error) { _ = must(struct{}{}, err) }
