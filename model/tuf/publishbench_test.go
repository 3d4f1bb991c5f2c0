package tuf_test

import (
	"encoding/hex"
	"fmt"
	"testing"
	"time"

	"github.com/secure-systems-lab/go-securesystemslib/cjson"
	"github.com/theupdateframework/go-tuf/v2/metadata"

	"trustdeck/model"
	"trustdeck/model/dialect"
	"trustdeck/model/tuf"
	"trustdeck/model/tuf/tuftest"
)

// targets is how many the file of targets lists in the repository that is published into.
const targets = 100_000

// added is the target that is published.
var added = model.Target{Name: "app", Length: 7, Hashes: model.Hashes{SHA256: make([]byte, 32)}}

// sealed has trustdeck write and sign the files that change when one target is added.
func sealed(b *testing.B, r *tuftest.Repository, repo *model.Repository) map[model.RoleName][]byte {
	b.Helper()
	d := (tuf.Dialect{}).Draft("", repo, true)
	d.AddTarget(model.RoleTargets, added)
	out := map[model.RoleName][]byte{}
	for _, role := range d.Rewritten() {
		payload := d.Seal(role, tuftest.At)
		for _, k := range r.Signers[role] {
			d.Sign(role, dialect.Signature{KeyID: k.ID, Sig: k.Sign(payload)})
		}
		wire, err := d.Check(role, tuftest.At)
		if err != nil {
			b.Fatal(err)
		}
		out[role] = wire
	}
	return out
}

// byGoTUF has go-tuf change, sign and write one of the files that it has read, and returns how
// long that takes.
func byGoTUF[T metadata.Roles](b *testing.B, r *tuftest.Repository, role model.RoleName, change func(*T)) time.Duration {
	b.Helper()
	file, err := (&metadata.Metadata[T]{}).FromBytes(r.Wire[string(role)+".json"])
	if err != nil {
		b.Fatal(err)
	}
	start := time.Now()
	change(&file.Signed)
	file.ClearSignatures()
	payload, err := cjson.EncodeCanonical(file.Signed)
	if err != nil {
		b.Fatal(err)
	}
	for _, k := range r.Signers[role] {
		file.Signatures = append(file.Signatures, metadata.Signature{KeyID: string(k.ID), Signature: k.Sign(payload)})
	}
	if _, err := file.ToBytes(true); err != nil {
		b.Fatal(err)
	}
	return time.Since(start)
}

// BenchmarkPublish adds one target to 100,000 in a repository of 10,000 delegations: trustdeck
// reads the files that change as a draft, writes and signs targets, snapshot and timestamp, and
// verifies what it has written. go-tuf, in turns, only signs and writes the same files, which it
// has read before.
func BenchmarkPublish(b *testing.B) {
	r := large()
	for i := range targets {
		r.AddTarget(model.RoleTargets, fmt.Sprintf("target-%06d", i), hex.EncodeToString([]byte{byte(i), byte(i >> 8)}))
	}
	r.Publish(model.RoleTargets)
	repo := open(r)
	const most = 1.3
	var ours, theirs time.Duration
	for b.Loop() {
		start := time.Now()
		if files := sealed(b, r, repo); len(files) != 3 {
			b.Fatalf("%d files", len(files))
		}
		ours += time.Since(start)
		theirs += byGoTUF(b, r, model.RoleTargets, func(t *metadata.TargetsType) {
			t.Version++
			t.Targets[added.Name] = &metadata.TargetFiles{Length: added.Length, Hashes: metadata.Hashes{"sha256": added.Hashes.SHA256}}
		})
		theirs += byGoTUF(b, r, model.RoleSnapshot, func(s *metadata.SnapshotType) { s.Version++ })
		theirs += byGoTUF(b, r, model.RoleTimestamp, func(t *metadata.TimestampType) { t.Version++ })
	}
	ratio := ours.Seconds() / theirs.Seconds()
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(ratio, "time/go-tuf")
	b.Logf("%.2f times what go-tuf takes; at most %.1f is expected", ratio, most)
	if ratio > most {
		b.Error("it takes too much")
	}
}
