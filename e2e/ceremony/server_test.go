package ceremony

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"trustdeck/e2e/peer"
	"trustdeck/keystore/trustdir"
	"trustdeck/model"
	"trustdeck/model/admin/change"
	"trustdeck/model/bundle"
	"trustdeck/model/dialect"
	"trustdeck/model/notary/docker"
	"trustdeck/model/port"
	"trustdeck/model/tuf"
	"trustdeck/remote/directory"
	"trustdeck/remote/notaryserver"
	"trustdeck/remote/transport"
)

// A root of two of three, whose keys no machine has together, is published to a real server; later
// one custodian is replaced. notary and docker read both, and one that has the first root follows.
func TestRootOfThreeOnServer(t *testing.T) {
	peer.Need(t, "notary", "notary-server", "docker trust")
	server := peer.MemoryServer(t)
	client, err := notaryserver.New(notaryserver.Config{URL: server.URL, TLS: transport.TLSFiles{CA: server.PKI.CAFile()}.For})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	w := newWorld(t, docker.Dialect{}, "docker.io/acme/three", client, trustdir.NewKeeper(trustdir.Open(t.TempDir())), model.RoleTargets)
	w.roots = func(t *testing.T) [][]byte {
		t.Helper()
		var out [][]byte
		for n := int64(1); ; n++ {
			f, err := client.Read(t.Context(), w.gun, port.Ref{Role: model.RoleRoot, Version: n, Limit: 1 << 20})
			if model.KindOf(err) == model.FaultNotFound {
				return out
			}
			if err != nil {
				t.Fatal(err)
			}
			out = append(out, f.Bytes)
		}
	}
	w.invite(t, "Ada", "Ben", "Cleo", "Dan")
	held := model.RoleKeys{Threshold: 1, Keys: []model.KeyChoice{{Source: model.KeyServer}}}
	w.publish(t, w.signed(t, w.start(t, model.InitRepository{
		Root: w.keys(2, "Ada", "Ben", "Cleo"), Targets: w.mine(t, model.RoleTargets), Snapshot: held, Timestamp: held,
	}), "Ada", "Cleo"))

	old := peer.Notary(t, server, t.TempDir())
	old.Run(t, "list", string(w.gun))
	replace := w.start(t, model.RotateKey{Role: model.RoleRoot, Keys: w.keys(2, "Ada", "Ben", "Dan")})
	rehearsed := *replace
	rehearsed.Rehearsal = true
	practised := w.signed(t, &rehearsed, "Ada", "Dan", "Cleo")
	var signatures []dialect.Signature
	for _, s := range practised.Bundle().Signatures {
		signatures = append(signatures, s.Signature)
	}
	wire, err := w.dialect.Join(model.RoleRoot, replace.Payloads[0].Bytes, signatures, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := client.Publish(t.Context(), w.gun, map[model.RoleName][]byte{model.RoleRoot: wire}); err == nil {
		t.Error("the server takes a rehearsed root")
	}
	w.publish(t, w.signed(t, replace, "Cleo", "Ada", "Dan"))

	folder := t.TempDir()
	fresh, other := peer.Notary(t, server, filepath.Join(folder, "trust")), peer.Docker(t, server, folder)
	for name, reader := range map[string]*peer.Client{"a client that has the first root": old, "a new client": fresh} {
		if list := reader.Run(t, "list", string(w.gun)); !strings.Contains(list, "No targets") {
			t.Errorf("%s lists\n%s", name, list)
		}
	}
	inspect := other.Run(t, "trust", "inspect", strings.TrimPrefix(string(w.gun), "docker.io/"))
	for _, name := range []string{"Ada", "Ben", "Dan"} {
		if !strings.Contains(inspect, string(w.listed[name].ID)) {
			t.Errorf("docker doesn't list the root key of %s:\n%s", name, inspect)
		}
	}
	if strings.Contains(inspect, string(w.listed["Cleo"].ID)) {
		t.Errorf("docker still lists the root key of Cleo:\n%s", inspect)
	}
}

// A root of three of five, of which two are replaced, is published into a folder: go-tuf follows
// from each older root, while targets are published in the meantime.
func TestRootOfFiveInFolder(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	gun := model.GUN("file:" + dir)
	place := directory.NewFolder(dir, gun)
	w := newWorld(t, tuf.Dialect{}, gun, place, peer.OwnKeys(t.TempDir()), model.RoleTargets, model.RoleSnapshot, model.RoleTimestamp)
	folder := peer.ServeFolder(t, dir)
	w.roots = func(t *testing.T) [][]byte { t.Helper(); return folder.Roots(t) }
	w.invite(t, "Ada", "Ben", "Cleo", "Dan", "Eve", "Finn", "Gus")
	w.publish(t, w.signed(t, w.start(t, model.InitRepository{
		Root: w.keys(3, "Ada", "Ben", "Cleo", "Dan", "Eve"), Targets: w.mine(t, model.RoleTargets),
		Snapshot: w.mine(t, model.RoleSnapshot), Timestamp: w.mine(t, model.RoleTimestamp),
	}), "Ada", "Cleo", "Eve"))
	replace := w.start(t, model.RotateKey{Role: model.RoleRoot, Keys: w.keys(3, "Ada", "Ben", "Cleo", "Finn", "Gus")})
	signed := w.signed(t, replace, "Dan", "Ada", "Eve", "Gus", "Finn")
	w.meanwhile = func() {
		w.meanwhile = nil
		w.publish(t, w.signed(t, w.start(t, model.NewAddTarget(model.RoleTargets, model.Target{Name: "while", Length: 1, Hashes: model.Hashes{SHA256: make([]byte, 32)}}))))
	}
	if proof := w.publish(t, signed); proof.Known == nil {
		t.Error("no client that knew the root has read it")
	}

	roots := folder.Roots(t)
	if len(roots) != 2 {
		t.Fatalf("there are %d roots", len(roots))
	}
	for i, root := range roots {
		if found, err := peer.Finds(folder.Updater(t, root), "while"); err != nil || !found {
			t.Errorf("go-tuf from root %d: found %t: %v", i+1, found, err)
		}
	}
	w.publish(t, w.signed(t, w.start(t, model.RotateKey{Role: model.RoleRoot, Keys: w.keys(3, "Ada", "Ben", "Cleo", "Dan", "Gus")}), "Ada", "Ben", "Gus"))
	proof := w.publish(t, w.signed(t, w.start(t, model.Renew{Roles: []model.RoleName{model.RoleRoot}}), "Ada", "Ben", "Dan"))
	if !slices.Equal(proof.Older, []int64{2, 1}) {
		t.Errorf("clients of roots %d have read it", proof.Older)
	}
	p, err := w.service.Prepare(t.Context(), []change.Request{{GUN: w.gun, Changes: replace.Changes}})
	if err != nil {
		t.Fatal(err)
	}
	_, err = w.service.Execute(t.Context(), change.Execution{Plan: p, Secrets: w, Collected: &change.Collected{Seal: signed.Seal}})
	if bundle.ReasonOf(err) != bundle.BaseMoved || !strings.Contains(err.Error(), "root") {
		t.Errorf("what was published already: %v", err)
	}
}

// A plan whose own keys are elsewhere is refused before anything is asked, though the others have
// signed; and so is one for which nothing was collected.
func TestNotHere(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	gun := model.GUN("file:" + dir)
	w := newWorld(t, tuf.Dialect{}, gun, directory.NewFolder(dir, gun), peer.OwnKeys(t.TempDir()), model.RoleTargets, model.RoleSnapshot, model.RoleTimestamp)
	w.roots = func(*testing.T) [][]byte { return nil }
	w.invite(t, "Ada", "Ben")
	signed := w.signed(t, w.start(t, model.InitRepository{
		Root: w.keys(2, "Ada", "Ben"), Targets: w.mine(t, model.RoleTargets), Snapshot: w.mine(t, model.RoleSnapshot), Timestamp: w.mine(t, model.RoleTimestamp),
	}), "Ada", "Ben")
	p, err := w.service.Prepare(t.Context(), []change.Request{{GUN: gun, Changes: signed.Bundle().Changes}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.service.Execute(t.Context(), change.Execution{Plan: p, Secrets: w}); model.KindOf(err) != model.FaultUsage {
		t.Errorf("without signatures from elsewhere: %v", err)
	}
	w.service.Stores = port.KeyStores{peer.OwnKeys(t.TempDir())}
	if p, err = w.service.Prepare(t.Context(), []change.Request{{GUN: gun, Changes: signed.Bundle().Changes}}); err != nil {
		t.Fatal(err)
	}
	_, err = w.service.Execute(t.Context(), change.Execution{Plan: p, Secrets: w, Collected: &change.Collected{Seal: signed.Seal}})
	if err == nil || !strings.Contains(err.Error(), "the snapshot needs 1 signature more") {
		t.Errorf("without the key of the snapshot: %v", err)
	}
	if open, _ := w.Open(t.Context()); len(open) > 0 {
		t.Error("something was begun")
	}
}
