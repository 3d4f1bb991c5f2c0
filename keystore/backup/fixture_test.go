package backup

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"filippo.io/age"

	"trustdeck/model"
	"trustdeck/model/admin/backup"
	"trustdeck/model/dialect"
	"trustdeck/model/port"
)

var made = time.Date(2026, 11, 21, 10, 0, 0, 0, time.UTC)

const (
	idOne = "8dd36646ac74bdcfc9d06a8a17a0a235daad2f645028e76e96af62ffc0747e2d"
	idTwo = "d73554eb3ed62a4e3a787c4853547a502e4ba33e18982254efc44af8c0ed855a"
	gun   = "registry.example.com/acme/app"
)

// sample is a backup of two keys and the metadata of a repository. What is in the files
// does not matter to this package.
func sample() backup.Content {
	return backup.Content{
		Created: made, Version: "v1.2.3", Repositories: []model.GUN{gun},
		Keys: []backup.Key{
			{ID: idOne, Label: "root", Encrypted: true, Path: "private/" + idOne + ".key"},
			{ID: idTwo, Label: "targets", GUN: gun, Fingerprint: strings.Repeat("ab", 32), Path: "private/" + idTwo + ".key"},
		},
		Pins: dialect.Pins{Certs: map[string][]model.KeyID{"acme/*": {idOne}}, CAs: map[string][]byte{"acme/": []byte("PEM")}, NoFirstUse: true},
		Files: []port.TrustFile{
			{Path: "private/" + idOne + ".key", Bytes: []byte("-----BEGIN ENCRYPTED PRIVATE KEY-----\n")},
			{Path: "private/" + idTwo + ".key", Bytes: bytes.Repeat([]byte("two\n"), 500)},
			{Path: "tuf/" + gun + "/metadata/root.json", Bytes: []byte(`{"signed":{}}`)},
			{Path: "tuf/" + gun + "/metadata/targets/alice.json", Bytes: bytes.Repeat([]byte("a"), 70_000)},
		},
	}
}

// archives makes backups of a folder, with passphrases that cost nothing.
func archives(t testing.TB) (*Archives, string) {
	t.Helper()
	dir := t.TempDir()
	trust := filepath.Join(dir, "trust")
	if err := os.MkdirAll(filepath.Join(trust, "private"), 0o700); err != nil {
		t.Fatal(err)
	}
	a := New(trust)
	a.cost = 1
	return a, dir
}

// passphrase answers once.
func passphrase(text string) backup.Decryption {
	return backup.Decryption{Passphrase: func(wrong error) ([]byte, error) {
		if wrong != nil {
			return nil, &model.Fault{Kind: model.FaultSecret, Text: "asked again", Err: wrong}
		}
		return []byte(text), nil
	}}
}

// written is the bytes of an archive of the sample.
func written(t testing.TB, lock backup.Encryption) []byte {
	t.Helper()
	a, dir := archives(t)
	path := filepath.Join(dir, "a")
	if _, err := a.Write(t.Context(), path, sample(), lock); err != nil {
		t.Fatal(err)
	}
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// readBytes reads an archive from memory.
func readBytes(raw []byte, key backup.Decryption) (backup.Content, error) {
	return read(context.Background(), bytes.NewReader(raw), key)
}

// item is an entry of an archive that a test makes up.
type item struct {
	name string
	kind byte
	body string
	link string
	// size is stated instead of the length of body, where it is not 0.
	size int64
}

// archiveOf makes an archive of any entries, without looking at them.
func archiveOf(t testing.TB, items ...item) []byte {
	t.Helper()
	var out bytes.Buffer
	packed := gzip.NewWriter(&out)
	w := tar.NewWriter(packed)
	for _, i := range items {
		head := &tar.Header{Name: i.name, Typeflag: i.kind, Linkname: i.link, Mode: 0o600, Size: int64(len(i.body))}
		if i.kind == 0 {
			head.Typeflag = tar.TypeReg
		}
		if i.size != 0 {
			head.Size = i.size
		}
		if err := w.WriteHeader(head); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(i.body)); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Flush(); err == nil {
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if err := packed.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// manifestOf is the manifest of the sample, with some of its text replaced.
func manifestOf(t testing.TB, oldNew ...string) item {
	t.Helper()
	b := sample()
	text, err := encodeManifest(&b)
	if err != nil {
		t.Fatal(err)
	}
	return item{name: manifestName, body: strings.NewReplacer(oldNew...).Replace(string(text))}
}

// contents are the entries of the sample after its manifest.
func contents() []item {
	var out []item
	for _, f := range sample().Files {
		out = append(out, item{name: f.Path, body: string(f.Bytes)})
	}
	return out
}

// lockFor is a new identity, its file, and the lock for it.
func lockFor(t testing.TB, hybrid bool) (backup.Encryption, string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "identity")
	var secret, public string
	if hybrid {
		id, err := age.GenerateHybridIdentity()
		if err != nil {
			t.Fatal(err)
		}
		secret, public = id.String(), id.Recipient().String()
	} else {
		id, err := age.GenerateX25519Identity()
		if err != nil {
			t.Fatal(err)
		}
		secret, public = id.String(), id.Recipient().String()
	}
	if err := os.WriteFile(path, []byte("# made for a test\n"+secret+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return backup.Encryption{Recipients: []string{public}}, path
}

// refusal is the text of a fault, as people see it.
func refusal(t testing.TB, err error) string {
	t.Helper()
	var f *model.Fault
	if !errors.As(fault("FILE", err), &f) {
		t.Fatalf("it was not refused: %v", err)
	}
	if f.Hint == "" {
		t.Errorf("%q has no way out", f.Error())
	}
	return f.Error() + "\n    " + f.Hint + "\n"
}
