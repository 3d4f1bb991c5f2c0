package trustdir

import (
	"context"
	"encoding/pem"
	"fmt"
	"testing"
)

// One bounded read per file: a thousand keys take some tens of milliseconds.
func BenchmarkKeys(b *testing.B) {
	block, _ := pem.Decode(sample(b, "repoA/private/8dd36646ac74bdcfc9d06a8a17a0a235daad2f645028e76e96af62ffc0747e2d.key"))
	files := map[string][]byte{}
	for i := range 1000 {
		block.Headers = map[string]string{"role": "targets", "gun": fmt.Sprintf("registry.example.com/team/app%d", i)}
		files[fmt.Sprintf("private/%064x.key", i)] = pem.EncodeToMemory(block)
	}
	store := Open(folderWith(b, files))
	b.ReportAllocs()
	for b.Loop() {
		if keys, err := store.Keys(context.Background()); len(keys) != 1000 || err != nil {
			b.Fatalf("%d keys, %v", len(keys), err)
		}
	}
}

func BenchmarkRepositories(b *testing.B) {
	files := map[string][]byte{}
	for i := range 1000 {
		files[fmt.Sprintf("tuf/registry.example.com/team%d/app%d/metadata/root.json", i%20, i)] = []byte("{}")
	}
	store := Open(folderWith(b, files))
	for b.Loop() {
		if listed, err := store.Repositories(context.Background()); len(listed) != 1000 || err != nil {
			b.Fatalf("%d repositories, %v", len(listed), err)
		}
	}
}

// What a wrong passphrase costs with a file that Notary wrote.
func BenchmarkUnlock(b *testing.B) {
	store := Open(trustFolder(b, "repoA"))
	k := list(b, store)[0]
	for b.Loop() {
		key, err := store.Unlock(context.Background(), k, passphrase("repoA", k))
		if err != nil {
			b.Fatal(err)
		}
		_ = key.Close()
	}
}
