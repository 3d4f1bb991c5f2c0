package trustdir

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"

	"trustdeck/e2e/peer"
	"trustdeck/keystore/trustdir"
	"trustdeck/model"
	"trustdeck/model/notary"
	"trustdeck/model/port"
)

// writerEnv names the trust folder to which the test binary, started anew, adds
// keys until it is killed.
const writerEnv = "TRUSTDECK_TEST_WRITER"

var killed = []byte("killed in the end")

// writeKeys adds keys, and says of each that it is kept.
func writeKeys(dir string) int {
	keeper := trustdir.NewKeeper(trustdir.Open(dir))
	for {
		key, err := keeper.Generate(context.Background(), port.NewKey{Role: model.RoleTargets, GUN: gun}, killed)
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		bare, err := notary.Bare(key.Public())
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		fmt.Println(bare.ID)
	}
}

// However often writers are killed, every key that they said they keep is whole,
// nothing is torn, no lock is left, and the next writer sweeps up.
func TestKilled(t *testing.T) {
	dir := t.TempDir()
	store := trustdir.Open(dir)
	kept := map[model.KeyID]bool{}
	for round := range 20 {
		for _, id := range killAfter(t, dir, 1+round%3) {
			kept[id] = true
		}
		keys, err := store.Keys(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		whole := map[model.KeyID]bool{}
		for _, key := range keys {
			if key.Fault != nil {
				t.Fatal(key.Fault)
			}
			opens(t, store, key.ID, killed)
			whole[key.ID] = true
		}
		for id := range kept {
			if !whole[id] {
				t.Fatalf("the key %s was kept and is lost", id)
			}
		}
	}
	if _, err := store.Generate(t.Context(), "alice", "", killed); err != nil {
		t.Fatal(err)
	}
	names, err := os.ReadDir(filepath.Join(dir, "private"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		if !strings.HasSuffix(name.Name(), ".key") {
			t.Errorf("%s was left behind", name.Name())
		}
	}
}

// killAfter kills a writer as soon as it has kept so many keys, and returns all
// that it says it kept.
func killAfter(t *testing.T, dir string, n int) []model.KeyID {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), writerEnv+"="+dir)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var ids []model.KeyID
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		id, err := model.ParseKeyID(lines.Text())
		if err != nil {
			t.Fatal(err)
		}
		if ids = append(ids, id); len(ids) == n {
			if err := cmd.Process.Kill(); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := cmd.Wait(); err == nil || len(ids) < n {
		t.Fatalf("the writer has kept %d keys, want %d or more: %v", len(ids), n, err)
	}
	return ids
}

// notary takes no lock. Beside it, and beside other trustdecks, no key is lost.
func TestSideBySide(t *testing.T) {
	server := peer.MemoryServer(t)
	dir := t.TempDir()
	keys := t.TempDir()
	const each = 6
	var group sync.WaitGroup
	for i := range each {
		alice := peer.BareKey(t, keys, "alice"+strconv.Itoa(i))
		notary := peer.Notary(t, server, dir)
		group.Go(func() {
			if r := notary.Try("key", "import", "--role", "alice", alice.PrivateFile); r.Code != 0 {
				t.Error(r.Stderr)
			}
		})
		group.Go(func() {
			if _, err := trustdir.Open(dir).Generate(t.Context(), "bob", "", killed); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	list, err := trustdir.Open(dir).Keys(t.Context())
	if err != nil || len(list) != 2*each {
		t.Errorf("%d keys, want %d; %v", len(list), 2*each, err)
	}
	for _, key := range list {
		if key.Fault != nil {
			t.Error(key.Fault)
		}
	}
}
