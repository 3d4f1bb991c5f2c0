package trustdir

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"trustdeck/internal/disk"
	"trustdeck/model"
	"trustdeck/model/port"
)

// Every form that another program writes is kept in that of Notary, under the passphrase that
// it had; one that has it already is kept byte for byte.
func TestAddForeignKeys(t *testing.T) {
	files, err := filepath.Glob("testdata/*/*.pem")
	if err != nil || len(files) < 30 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	for _, path := range files {
		t.Run(strings.TrimPrefix(path, "testdata/"), func(t *testing.T) {
			content, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			store := NewKeeper(Open(t.TempDir()))
			read, err := store.ReadKeys(path, content)
			if strings.Contains(path, "unsupported") && !strings.Contains(path, "parameters") {
				if !errors.Is(err, Unsupported) || model.KindOf(err) != model.FaultUsage || model.HintOf(err) == "" {
					t.Errorf("it is refused with %v, %q", err, model.HintOf(err))
				}
				return
			}
			if err != nil || len(read.Keys) != 1 {
				t.Fatalf("it holds %d keys, %v", len(read.Keys), err)
			}
			foreign := read.Keys[0]
			opens := []byte("passw0rd-openssl")
			switch {
			case strings.HasSuffix(path, "alice-key.pem"):
				opens = []byte("passw0rd-deleg")
			case strings.Contains(path, "loose"):
				opens = []byte("passw0rd-root")
			}
			if foreign.Key.Encrypted {
				if _, err := store.OpenKey(foreign, []byte("guess")); model.KindOf(err) != model.FaultSecret {
					t.Errorf("another passphrase: %v", err)
				}
			}
			opened, err := store.OpenKey(foreign, opens)
			if err != nil {
				t.Fatal(err)
			}
			foreign.Key.ID, foreign.Key.Label = opened.(*Key).ID(), "alice"
			keep := opens
			if foreign.Native {
				keep = nil
			}
			kept, err := store.AddKey(t.Context(), foreign, opens, keep)
			if err != nil {
				t.Fatal(err, model.HintOf(err))
			}
			found, err := store.Find(t.Context(), foreign.Key.ID)
			if err != nil || found.Fault != nil || found.Encoding != sealForm || found.Label != "alice" || kept.Path != found.Path || !found.Modified.Equal(kept.Modified) {
				t.Errorf("it is listed as %+v, %v; it was kept as %+v", found, err, kept)
			}
			if _, err := store.Unlock(t.Context(), foreign.Key.ID, opens); err != nil {
				t.Error(err)
			}
			if info, err := os.Stat(found.Path); err != nil || disk.Exposed(info.Mode()) {
				t.Errorf("others can read it: %v, %v", info.Mode(), err)
			}
			if _, err := store.AddKey(t.Context(), foreign, opens, keep); !errors.Is(err, Present) {
				t.Errorf("it is added twice: %v", err)
			}
		})
	}
}

// What an export of notary states of its keys is kept without their passphrases.
func TestAddSealedKeys(t *testing.T) {
	from := NewKeeper(Open("testdata/repoA"))
	keys, err := from.Keys(t.Context())
	if err != nil || len(keys) != 5 {
		t.Fatalf("%d keys, %v", len(keys), err)
	}
	var bundle []byte
	for _, k := range keys {
		file, err := from.KeyFile(t.Context(), k)
		if err != nil {
			t.Fatal(err)
		}
		head, rest, _ := bytes.Cut(file.Bytes, []byte("\n"))
		bundle = slices.Concat(bundle, head, []byte("\npath: "+string(k.ID)+"\n"), rest)
	}
	to := NewKeeper(Open(t.TempDir()))
	read, err := to.ReadKeys("exported.pem", bundle)
	if err != nil || len(read.Keys) != len(keys) {
		t.Fatalf("%d keys, %v", len(read.Keys), err)
	}
	for i, foreign := range read.Keys {
		if !foreign.Key.Encrypted { // bob's, which no passphrase protects
			if _, err := to.AddKey(t.Context(), foreign, nil, nil); err == nil {
				t.Error("a key without a passphrase is kept as it is")
			}
			continue
		}
		want := keys[i]
		kept, err := to.AddKey(t.Context(), foreign, nil, nil)
		if err != nil || kept.ID != want.ID || kept.Label != want.Label || kept.GUN != want.GUN {
			t.Fatalf("%+v was kept as %+v, %v", want, kept, err)
		}
		was, err := from.KeyFile(t.Context(), want)
		if err != nil {
			t.Fatal(err)
		}
		if is, err := to.KeyFile(t.Context(), kept); err != nil || !bytes.Equal(is.Bytes, was.Bytes) {
			t.Errorf("%s %s is another file: %v", want.Label, want.ID, err)
		}
	}
}

// What is no private key is refused by the name of its file, and says what it is instead.
func TestRefusedForeignFiles(t *testing.T) {
	store := NewKeeper(Open(t.TempDir()))
	whole, err := os.ReadFile("testdata/openssl/ec.sec1.pem")
	if err != nil {
		t.Fatal(err)
	}
	named := func(header string) string {
		return strings.Replace(string(sample(t, "loose/alice-key.pem")), "role: alice", header, 1)
	}
	for name, row := range map[string]struct{ content, want string }{
		"nothing":           {"", "is empty"},
		"text":              {"hello", "contains no private key in PEM form"},
		"public key":        {"-----BEGIN PUBLIC KEY-----\nMFkw\n-----END PUBLIC KEY-----\n", "contains a public key, not a private one"},
		"certificate":       {"-----BEGIN CERTIFICATE-----\nMFkw\n-----END CERTIFICATE-----\n", "contains a certificate, not a private key"},
		"SSH public key":    {"ssh-ed25519 AAAA", "contains a public key of SSH, not a private key"},
		"SSH private key":   {"-----BEGIN OPENSSH PRIVATE KEY-----\nMFkw\n-----END OPENSSH PRIVATE KEY-----\n", "starts with a PEM block of type OPENSSH PRIVATE KEY"},
		"something else":    {"-----BEGIN MESSAGE-----\nMFkw\n-----END MESSAGE-----\n", "starts with a PEM block that is not a private key"},
		"cut off":           {string(whole[:len(whole)/2]), "contains no complete PEM block"},
		"second cut off":    {string(whole) + string(whole[:len(whole)/2]), "contains 2 PEM blocks, of which only 1 are complete"},
		"many":              {strings.Repeat("-----BEGIN ", maxForeignKeys+1), "contains more than the limit of 1000 PEM blocks"},
		"role of controls":  {named("role: a\x1b[31m"), "states a role with unprintable characters"},
		"impossible gun":    {named("gun: ../etc\nrole: targets"), "states an invalid repository name"},
		"DER":               {"0\x82\x04", "contains no private key in PEM form"},
		"empty private key": {"-----BEGIN PRIVATE KEY-----\n-----END PRIVATE KEY-----\n", "is not PKCS#8, although its PEM label says so"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := store.ReadKeys("given.pem", []byte(row.content))
			var fault *model.Fault
			if !errors.As(err, &fault) || fault.Kind != model.FaultUsage || fault.Subject != `"given.pem"` && fault.Subject != "given.pem" || fault.Text != row.want || fault.Hint == "" {
				t.Errorf("it is refused with %+v", fault)
			}
		})
	}
}

// A key that is stated to be another one is not kept under that name.
func TestForeignKeyUnderAnotherName(t *testing.T) {
	store := NewKeeper(Open(t.TempDir()))
	text := strings.Replace(string(sample(t, "loose/alice-key.pem")), "role: alice", "path: "+strings.Repeat("ab", 32)+"\nrole: alice", 1)
	read, err := store.ReadKeys("given.pem", []byte(text))
	if err != nil || len(read.Keys) != 1 || !read.Keys[0].Native {
		t.Fatalf("%+v, %v", read, err)
	}
	if _, err := store.OpenKey(read.Keys[0], []byte("passw0rd-deleg")); !errors.Is(err, OtherKey) {
		t.Errorf("it is opened: %v", err)
	}
}

func FuzzReadKeys(f *testing.F) {
	for _, path := range []string{"openssl/ec.sec1.pem", "loose/alice-key.pem", "openssl/ec.dek-aes128.pem", "openssl/ec.unsupported-parameters.pem"} {
		content, err := os.ReadFile(filepath.Join("testdata", path))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(content)
	}
	store := NewKeeper(Open(f.TempDir()))
	f.Fuzz(func(t *testing.T, content []byte) {
		read, err := store.ReadKeys("given.pem", content)
		if (err == nil) != (len(read.Keys) > 0) {
			t.Fatalf("%d keys, %v", len(read.Keys), err)
		}
		for _, k := range read.Keys {
			if !k.Key.Encrypted && k.Key.ID == "" {
				t.Fatalf("a key without a passphrase has no ID: %+v", k.Key)
			}
			if _, err := store.OpenKey(port.ForeignKey{Key: k.Key, Block: k.Block}, nil); !k.Key.Encrypted && err != nil {
				t.Fatal(err)
			}
		}
	})
}

// What is exported is read again with its role and repository, in every form and layout, and a
// new file takes the place of none.
func TestExportKey(t *testing.T) {
	for _, dir := range []string{"repoA", "legacy-layout"} {
		store := NewKeeper(Open(filepath.Join("testdata", dir)))
		keys, err := store.Keys(t.Context())
		if err != nil || len(keys) == 0 {
			t.Fatalf("%d keys, %v", len(keys), err)
		}
		for _, k := range keys {
			text, err := store.ExportKey(t.Context(), k)
			if err != nil {
				t.Errorf("%s: %v", k.Path, err)
				continue
			}
			read, err := store.ReadKeys("exported.pem", text)
			if err != nil || len(read.Keys) != 1 {
				t.Fatalf("%s: %v", k.Path, err)
			}
			if got := read.Keys[0].Key; got.ID != k.ID || got.Label != k.Label || got.GUN != k.GUN || !got.Encrypted || got.Encoding != k.Encoding {
				t.Errorf("%+v was exported as %+v", k, got)
			}
		}
	}
	store := NewKeeper(Open(filepath.Join(t.TempDir(), "trust")))
	bare, err := store.ReadKeys("bare.pem", sample(t, "openssl/ec.sec1.pem"))
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(store.Dir(), "private", string(bare.Keys[0].Key.ID)+".key")
	if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o700), os.WriteFile(path, sample(t, "openssl/ec.sec1.pem"), 0o600)); err != nil {
		t.Fatal(err)
	}
	key, err := store.Find(t.Context(), bare.Keys[0].Key.ID)
	if err != nil {
		t.Fatal(err)
	}
	if text, err := store.ExportKey(t.Context(), key); err == nil || len(text) > 0 || model.HintOf(err) == "" {
		t.Errorf("a key without a passphrase is exported: %v", err)
	}
	for _, taken := range []string{path, filepath.Join(store.Dir(), "new"), filepath.Join(t.TempDir(), "no", "folder")} {
		if err := store.WriteNew(taken, []byte("x")); model.KindOf(err) != model.FaultUsage || model.HintOf(err) == "" {
			t.Errorf("%s: %v", taken, err)
		}
	}
	fresh := filepath.Join(t.TempDir(), "keys.pem")
	if err := store.WriteNew(fresh, []byte("x")); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(fresh)
	if err != nil || disk.Exposed(info.Mode()) {
		t.Errorf("others can read it: %v, %v", info.Mode(), err)
	}
	if back, err := store.ReadBack(fresh); err != nil || string(back) != "x" {
		t.Errorf("it reads back as %q, %v", back, err)
	}
	if err := store.WriteNew(fresh, []byte("y")); err == nil {
		t.Error("a file is replaced")
	}
}
