package keyfile_test

import (
	"encoding/pem"
	"strings"
	"testing"

	"trustdeck/model"
	"trustdeck/model/admin/keyfile"
	"trustdeck/model/notary/docker"
)

// A key is made under the passphrase that was chosen, and its public half is in a file that
// never takes the place of another one.
func TestGenerate(t *testing.T) {
	d := newDrawer()
	for label, want := range map[string]string{"alice": "alice", "root": "root"} {
		made, err := service(d).Generate(t.Context(), keyfile.NewKey{Label: label, Public: "/" + label + ".pub"}, keyfile.Run{Secrets: &person{answers: []string{"bad\n", "a good phrase"}}})
		if err != nil || made.Public != "/"+label+".pub" || d.under[made.Key.ID] != "a good phrase" || !strings.Contains(made.Path, string(made.Key.ID)) {
			t.Fatalf("%s: %+v, %v", label, made, err)
		}
		block, _ := pem.Decode(d.files[made.Public])
		if block == nil || block.Headers["role"] != want {
			t.Errorf("%s: its public file is %s", label, d.files[made.Public])
		}
		if listed, err := (docker.Dialect{}).ParsePublicFile(d.files[made.Public]); err != nil || listed.ID != made.Key.ID {
			t.Errorf("%s: its public file holds %s, %v", label, listed.ID, err)
		}
	}
	if made, err := service(d).Generate(t.Context(), keyfile.NewKey{Label: "alice", Public: "/alice.pub"}, keyfile.Run{Secrets: &person{}}); made != nil || model.KindOf(err) != model.FaultUsage {
		t.Errorf("a file that is there: %+v, %v", made, err)
	}
	made, err := service(d).Generate(t.Context(), keyfile.NewKey{Label: "bob", Public: "/full"}, keyfile.Run{Secrets: &person{answers: []string{"a good phrase"}}})
	if made == nil || made.Public != "" || model.KindOf(err) != model.FaultLocal {
		t.Errorf("a public key that cannot be written: %+v, %v", made, err)
	}
	if made, err := service(d).Generate(t.Context(), keyfile.NewKey{Label: "carol", Public: "/carol.pub"}, keyfile.Run{Secrets: &person{}}); made != nil || model.KindOf(err) != model.FaultCanceled {
		t.Errorf("nobody chooses a passphrase: %+v, %v", made, err)
	}
}

// What is exported is read back; a key without a passphrase never leaves the folder.
func TestExport(t *testing.T) {
	d := newDrawer()
	d.here = []model.PrivateKey{{ID: "aa", Label: "root", Encrypted: true}, {ID: "bb", Label: "alice", Encrypted: true}, {ID: "cc", Label: "bare"}}
	written, err := service(d).Export(t.Context(), []model.KeyID{"aa", "bb"}, "/out", keyfile.Run{})
	if err != nil || len(written) != 2 || string(d.files["/out"]) != "aabb" {
		t.Errorf("%d keys were exported as %s, %v", len(written), d.files["/out"], err)
	}
	for name, ids := range map[string][]model.KeyID{"no passphrase": {"aa", "cc"}, "gone": {"dd"}} {
		if written, err := service(d).Export(t.Context(), ids, "/other", keyfile.Run{}); len(written) > 0 || model.KindOf(err) != model.FaultUsage || d.files["/other"] != nil {
			t.Errorf("%s: %d keys were exported, %v", name, len(written), err)
		}
	}
	if written, err := service(d).Export(t.Context(), []model.KeyID{"aa"}, "/full", keyfile.Run{}); len(written) > 0 || err == nil {
		t.Errorf("a file that cannot be written: %d keys, %v", len(written), err)
	}
}
