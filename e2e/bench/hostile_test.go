package bench

import (
	"cmp"
	"crypto/rsa"
	"errors"
	"fmt"
	"math/big"
	"net/http"
	"os/exec"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"trustdeck/e2e/peer"
	"trustdeck/model"
	"trustdeck/model/dialect"
	"trustdeck/model/notary"
	"trustdeck/model/notary/notarytest"
)

// What a hostile repository may cost, at most.
const (
	mostMemory = 1 << 30
	mostWork   = 60 * time.Second
)

const hostile model.GUN = "registry.example.org/hostile"

// BenchmarkHostileRepository shows what repositories cost that were made to cost much:
// the peak of resident memory and the processor time of a whole inspect, against the
// bounds. More than the bounds, or any other end than that of a repository whose trust
// is broken, fails.
func BenchmarkHostileRepository(b *testing.B) {
	rows := []struct {
		name string
		make func(r *notarytest.Repo) map[model.RoleName][]byte
	}{
		{"4095 files of 100 MiB", largeFiles},
		{"1024 signatures by RSA-16384 on each of 30 files", largeKeys},
		{"10000 paths below 10000 others, 900 times", manyPaths},
	}
	for _, row := range rows {
		b.Run(row.name, func(b *testing.B) {
			r := notarytest.New(hostile, time.Now().Add(-time.Hour))
			server := peer.Serve(b, files(row.make(r)))
			deck := peer.Trustdeck(b)
			for b.Loop() {
				memory, work := inspect(b, deck, server)
				b.ReportMetric(0, "ns/op")
				b.ReportMetric(float64(memory)/mostMemory, "memory/bound")
				b.ReportMetric(work.Seconds()/mostWork.Seconds(), "work/bound")
				if memory > mostMemory || work > mostWork {
					b.Errorf("%d MiB, %s", memory>>20, work)
				}
			}
		})
	}
}

// inspect runs trustdeck to its end and says what it took.
func inspect(b *testing.B, deck *peer.Client, server *peer.Server) (memory int64, work time.Duration) {
	b.Helper()
	cmd := exec.Command(deck.Program, "inspect", string(hostile), "--server", server.URL, "--tlscacert", server.PKI.CAFile(), "--timeout", "10m")
	cmd.Env = deck.Env
	out, err := cmd.Output()
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.ExitCode() != 4 || !strings.Contains(string(out), "exceeds the limits for one repository") {
		b.Fatalf("%v\n%.2000s", err, out)
	}
	usage, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage)
	if !ok {
		b.Fatal("no resource usage on this system")
	}
	return usage.Maxrss << 10, cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
}

// files is the part of a Notary server that gives files by name and by hash.
func files(of map[model.RoleName][]byte) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		_, name, _ := strings.Cut(req.URL.Path, "/_trust/tuf/")
		name = strings.TrimSuffix(name, ".json")
		if i := strings.IndexByte(name, '.'); i > 0 {
			name = name[:i] // the hash is that of the one file that there is
		}
		switch raw, ok := of[model.RoleName(name)]; {
		case req.URL.Path == "/v2/":
			_, _ = w.Write([]byte("{}"))
		case !ok:
			http.NotFound(w, req)
		default:
			_, _ = w.Write(raw)
		}
	})
}

// largeFiles delegates to as many roles as are read, and each file is as large as one
// may be and full of small things: the same bytes for all of them.
func largeFiles(r *notarytest.Repo) map[model.RoleName][]byte {
	k := notarytest.NewKey()
	for i := range notary.MaxRoles - 1 {
		r.Delegate(model.RoleName(fmt.Sprintf("targets/d%04d", i)), 1, []string{""}, k)
	}
	r.Seal(model.RoleTargets)
	one := &notary.File{Metadata: model.Metadata{Role: "targets/d0000", Roles: []model.Delegation{}, Version: 1, Expires: r.Files[model.RoleTargets].Expires}}
	sum := make([]byte, 8)
	for i := range 1_500_000 {
		one.Targets = append(one.Targets, model.Target{Name: fmt.Sprintf("%07d", i), Hashes: model.Hashes{SHA256: sum}})
	}
	notarytest.SignFile(one, k)
	wire := one.Wire()
	entry := notary.Entry(one.Role, wire)
	served := r.Wire()
	snapshot := r.Files[model.RoleSnapshot]
	for name := range r.Files {
		if name.Delegation() {
			served[name] = wire
			snapshot.Meta = append(snapshot.Meta, model.MetaEntry{Role: name, Length: entry.Length, Hashes: entry.Hashes})
		}
	}
	slices.SortFunc(snapshot.Meta, func(a, b model.MetaEntry) int { return cmp.Compare(a.Role, b.Role) })
	notarytest.SignFile(snapshot, r.Keys[model.RoleSnapshot]...)
	r.SealTimestamp()
	for _, name := range []model.RoleName{model.RoleSnapshot, model.RoleTimestamp} {
		served[name] = r.Files[name].Wire()
	}
	return served
}

// largeKeys lists keys that take long to check a signature with, and has each of them
// sign, in vain: that takes as long.
func largeKeys(r *notarytest.Repo) map[model.RoleName][]byte {
	n := new(big.Int).Lsh(big.NewInt(1), 16384)
	n.Sub(n, big.NewInt(1))
	var keys []notarytest.Key
	for range notary.MaxSignatures {
		n.Sub(n, big.NewInt(2))
		k, err := notary.Bare(&rsa.PublicKey{N: n, E: 1<<31 - 1})
		if err != nil {
			panic(err)
		}
		keys = append(keys, notarytest.Key{PublicKey: k})
	}
	for i := range 30 {
		name := model.RoleName(fmt.Sprintf("targets/d%04d", i))
		r.Delegate(name, 1, []string{""}, keys...)
		f := r.Files[name]
		f.Version, f.Expires = 1, r.Files[model.RoleTargets].Expires
		for _, k := range keys {
			f.Signatures = append(f.Signatures, dialect.Signature{KeyID: k.ID, Method: "rsapss", Sig: make([]byte, 2048)})
		}
	}
	r.Seal(model.RoleTargets)
	return r.Wire()
}

// manyPaths delegates below a role with many paths, and each child has as many, none
// of them below any of its parent's. The last file is too much.
func manyPaths(r *notarytest.Repo) map[model.RoleName][]byte {
	var paths [2][]string
	for i := range notary.MaxPaths {
		for j, side := range []string{"a", "b"} {
			paths[j] = append(paths[j], fmt.Sprintf("%s%07d", side, i))
		}
	}
	r.Delegate("targets/p", 1, paths[0], notarytest.NewKey())
	for i := range 900 {
		r.Delegate(model.RoleName(fmt.Sprintf("targets/p/c%04d", i)), 1, paths[1], notarytest.NewKey())
	}
	r.Seal(model.RoleTargets, "targets/p")
	return r.Wire()
}
