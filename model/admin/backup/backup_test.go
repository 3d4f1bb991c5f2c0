package backup_test

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"trustdeck/model"
	"trustdeck/model/admin/backup"
	"trustdeck/model/notary"
	"trustdeck/model/notary/docker"
	"trustdeck/model/notary/notarytest"
	"trustdeck/model/port"
)

// A drawer is a trust folder in memory. The content of a key file is its passphrase.
type drawer struct {
	port.KeyStore
	keys    []model.PrivateKey
	secrets map[string]*ecdsa.PrivateKey
	files   map[string][]byte
}

func newDrawer(t *testing.T, passphrases ...string) *drawer {
	t.Helper()
	d := &drawer{secrets: map[string]*ecdsa.PrivateKey{}, files: map[string][]byte{}}
	for i, passphrase := range passphrases {
		key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		bare, err := notary.Bare(&key.PublicKey)
		if err != nil {
			t.Fatal(err)
		}
		path := "private/" + string(bare.ID) + ".key"
		d.keys = append(d.keys, model.PrivateKey{ID: bare.ID, Label: []string{"root", "targets", "alice"}[i%3], Encrypted: passphrase != "", Path: path})
		d.secrets[path], d.files[path] = key, []byte(passphrase)
	}
	return d
}

func (*drawer) Dir() string                                         { return "/trust" }
func (d *drawer) Keys(context.Context) ([]model.PrivateKey, error)  { return d.keys, nil }
func (*drawer) Repositories(context.Context) ([]port.Listed, error) { return nil, nil }
func (*drawer) RepositoryFiles(context.Context, model.GUN) ([]port.TrustFile, error) {
	return nil, nil
}

func (d *drawer) KeyFile(_ context.Context, key model.PrivateKey) (port.TrustFile, error) {
	return port.TrustFile{Path: key.Path, Bytes: bytes.Clone(d.files[key.Path])}, nil
}

func (d *drawer) Describe(file port.TrustFile) model.PrivateKey {
	i := slices.IndexFunc(d.keys, func(k model.PrivateKey) bool { return k.Path == file.Path })
	if i < 0 {
		return model.PrivateKey{}
	}
	return d.keys[i]
}

func (*drawer) StoredAs(_ string, spki []byte) model.KeyID { return notarytest.StoredID(spki) }

func (d *drawer) OpenFile(file port.TrustFile, passphrase []byte) (port.Signer, error) {
	if d.secrets[file.Path] == nil {
		return nil, &model.Fault{Kind: model.FaultLocal, Subject: file.Path, Text: "holds no key"}
	}
	if !bytes.Equal(file.Bytes, passphrase) {
		return nil, &model.Fault{Kind: model.FaultSecret, Subject: file.Path, Text: "wrong passphrase"}
	}
	return unlocked{d.secrets[file.Path]}, nil
}

type unlocked struct{ crypto.Signer }

// SignMessage leaves it to the key, which hashes.
func (u unlocked) SignMessage(rand io.Reader, message []byte, opts crypto.SignerOpts) ([]byte, error) {
	return crypto.SignMessage(u.Signer, rand, message, opts)
}

func (unlocked) Close() error { return nil }

func (d *drawer) ReadFile(_ context.Context, path string) (port.TrustFile, bool, error) {
	content, ok := d.files[path]
	return port.TrustFile{Path: path, Bytes: bytes.Clone(content)}, ok, nil
}

func (d *drawer) RestoreFiles(_ context.Context, files []port.RestoreFile, _ time.Time) ([]port.RestoredFile, error) {
	var placed []port.RestoredFile
	for _, f := range files {
		d.files[f.Path] = bytes.Clone(f.Bytes)
		placed = append(placed, port.RestoredFile{Path: f.Path})
	}
	return placed, nil
}

func (d *drawer) Protect(_ context.Context, key model.PrivateKey) error {
	for i := range d.keys {
		if d.keys[i].Path == key.Path {
			d.keys[i].Exposed = false
		}
	}
	return nil
}

// A pen signs with a key.
// A shelf keeps archives in memory. spoil changes what is read back.
type backupShelf struct {
	kept  map[string]backup.Content
	spoil func(*backup.Content)
}

func (s *backupShelf) Ready(path string, _ backup.Encryption) error {
	if _, ok := s.kept[path]; ok {
		return &model.Fault{Kind: model.FaultUsage, Subject: path, Text: "is there already"}
	}
	return nil
}

func (s *backupShelf) Form(path string) (backup.Form, error) { return s.kept[path].Form, nil }

func (s *backupShelf) Write(_ context.Context, path string, b backup.Content, lock backup.Encryption) (func(context.Context) (backup.Content, error), error) {
	b.Form = lock.Form()
	s.kept[path] = copyOf(b)
	return func(ctx context.Context) (backup.Content, error) { return s.Read(ctx, path, backup.Decryption{}) }, nil
}

func (s *backupShelf) Read(_ context.Context, path string, _ backup.Decryption) (backup.Content, error) {
	b, ok := s.kept[path]
	if !ok {
		return b, &model.Fault{Kind: model.FaultLocal, Subject: path, Text: "does not exist"}
	}
	b = copyOf(b)
	if s.spoil != nil {
		s.spoil(&b)
	}
	return b, nil
}

func copyOf(b backup.Content) backup.Content {
	b.Keys, b.Files = slices.Clone(b.Keys), slices.Clone(b.Files)
	for i := range b.Files {
		b.Files[i].Bytes = bytes.Clone(b.Files[i].Bytes)
	}
	return b
}

// Marks are a record of backups.
type marks map[model.KeyID]port.BackupMark

func (m marks) Marks(context.Context) (map[model.KeyID]port.BackupMark, error) { return m, nil }

func (m marks) Note(_ context.Context, more map[model.KeyID]port.BackupMark) error {
	for id, mark := range more {
		m[id] = mark
	}
	return nil
}

func (marks) Roots(context.Context) (map[string]port.RestoredRoot, error) { return nil, nil }

func (marks) NoteRoots(context.Context, map[string]port.RestoredRoot) error { return nil }

// A person answers with these passphrases, one after the other.
type person struct {
	answers []string
	asked   []port.SecretAsk
	given   [][]byte
}

func (p *person) Ask(_ context.Context, ask port.SecretAsk) ([]byte, error) {
	p.asked = append(p.asked, ask)
	if len(p.asked) > len(p.answers) {
		return nil, &model.Fault{Kind: model.FaultSecret, Text: "nobody knows it", Hint: "Ask somebody."}
	}
	answer := []byte(p.answers[len(p.asked)-1])
	p.given = append(p.given, answer)
	return answer, nil
}

var backedUpAt = time.Date(2026, 11, 21, 10, 0, 0, 0, time.UTC)

func newBackups(d *drawer) (*backup.Service, *backupShelf, marks) {
	shelf, noted := &backupShelf{kept: map[string]backup.Content{}}, marks{}
	return &backup.Service{Dialect: docker.Dialect{}, Folder: d, Store: d, Archives: shelf, Record: noted, Clock: func() time.Time { return backedUpAt }, Version: "v1"}, shelf, noted
}

func outcomes(r *backup.Report) string {
	var all []string
	for _, k := range r.Keys {
		all = append(all, string(k.Trial))
	}
	return strings.Join(all, ", ")
}

// Keys under one passphrase are asked for once, a wrong one is asked for again, and
// nothing skips a key.
func TestBackupAsksOnceForAGroup(t *testing.T) {
	for _, test := range []struct {
		name        string
		passphrases []string
		answers     []string
		skip        int
		want        string
		asked       int
	}{
		{"one for all", []string{"a", "a", "a"}, []string{"a"}, -1, "usable, usable, usable", 1},
		{"two groups", []string{"a", "b", "a", "b"}, []string{"a", "b"}, -1, "usable, usable, usable, usable", 2},
		{"mistyped", []string{"a", "b"}, []string{"x", "a", "a", "b"}, -1, "usable, usable", 4},
		{"one without", []string{"", "a"}, []string{"a"}, -1, "usable, usable", 1},
		{"nothing skips", []string{"a", "b"}, []string{"", "b"}, -1, "skipped, usable", 2},
		{"skipped by name", []string{"a", "b"}, []string{"b"}, 0, "skipped, usable", 1},
		{"nobody knows", []string{"a", "b"}, []string{"a"}, -1, "usable, not opened", 2},
	} {
		t.Run(test.name, func(t *testing.T) {
			d := newDrawer(t, test.passphrases...)
			b, _, noted := newBackups(d)
			who := &person{answers: test.answers}
			request := backup.Request{File: "f", Secrets: who, Lock: backup.Encryption{Passphrase: []byte("archive")}}
			if test.skip >= 0 {
				request.Skip = []string{string(d.keys[test.skip].ID[:8])}
			}
			r, err := b.Create(t.Context(), request)
			if err != nil {
				t.Fatal(err)
			}
			if got := outcomes(r); got != test.want || len(who.asked) != test.asked {
				t.Errorf("%s after %d questions; want %s after %d", got, len(who.asked), test.want, test.asked)
			}
			for i, given := range who.given {
				if strings.Trim(string(given), "\x00") != "" {
					t.Errorf("passphrase %d was not wiped: %q", i, given)
				}
			}
			for i, k := range r.Keys {
				mark := noted[k.ID]
				if mark.BackedUp != backedUpAt || mark.File != "f" || mark.Checked.IsZero() == (k.Trial == backup.KeyUsable) {
					t.Errorf("key %d is noted as %+v", i, mark)
				}
			}
		})
	}
}

// What counts is what is read back.
func TestBackupTriesWhatWasReadBack(t *testing.T) {
	other := newDrawer(t, "a")
	for name, test := range map[string]struct {
		spoil func(*backup.Content)
		want  string
	}{
		"another content": {func(b *backup.Content) { b.Files[0].Bytes = []byte("b") }, "not opened"},
		"no file":         {func(b *backup.Content) { b.Files = nil }, "unusable"},
		"another key":     {func(b *backup.Content) { b.Keys[0].ID = other.keys[0].ID }, "unusable"},
		"fingerprint":     {func(b *backup.Content) { b.Keys[0].Fingerprint = "00" }, "unusable"},
	} {
		d := newDrawer(t, "a")
		b, shelf, _ := newBackups(d)
		shelf.spoil = test.spoil
		r, err := b.Create(t.Context(), backup.Request{File: "f", Secrets: &person{answers: []string{"a"}}})
		if err != nil || outcomes(r) != test.want || r.Keys[0].Fault == nil {
			t.Errorf("%s: %v, %+v", name, err, r)
		}
	}
}

// Whoever stops it at a question has written nothing.
func TestBackupStoppedAtAQuestion(t *testing.T) {
	b, shelf, noted := newBackups(newDrawer(t, "a"))
	stop := stopper{&model.Fault{Kind: model.FaultCanceled, Text: "stopped"}}
	_, err := b.Create(t.Context(), backup.Request{File: "f", Secrets: stop})
	if model.KindOf(err) != model.FaultCanceled || len(shelf.kept) != 0 || len(noted) != 0 {
		t.Errorf("%v, and %d archives", err, len(shelf.kept))
	}
	stop.err = context.Canceled
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = b.Create(ctx, backup.Request{File: "f", Secrets: stop})
	if !errors.Is(err, context.Canceled) || len(shelf.kept) != 0 {
		t.Errorf("%v, and %d archives", err, len(shelf.kept))
	}
}

// A stopper ends every question.
type stopper struct{ err error }

func (s stopper) Ask(context.Context, port.SecretAsk) ([]byte, error) { return nil, s.err }

// A key that anybody can use goes only into an archive that is encrypted.
func TestBackupRefusesOpenKeys(t *testing.T) {
	b, shelf, _ := newBackups(newDrawer(t, "", "a"))
	_, err := b.Create(t.Context(), backup.Request{File: "f", Secrets: &person{answers: []string{"a"}}})
	if model.KindOf(err) != model.FaultUsage || len(shelf.kept) != 0 || model.HintOf(err) == "" {
		t.Errorf("got %v", err)
	}
}

// What is refused is refused before anybody is asked.
func TestBackupRefusesBeforeItAsks(t *testing.T) {
	b, shelf, _ := newBackups(newDrawer(t, "a"))
	shelf.kept["f"] = backup.Content{}
	for name, request := range map[string]backup.Request{
		"file":       {File: "f"},
		"key":        {File: "g", Selection: backup.Selection{Keys: []string{"zz"}}},
		"role":       {File: "g", Selection: backup.Selection{Roles: []string{"nobody"}}},
		"repository": {File: "g", Selection: backup.Selection{Repositories: []model.GUN{"docker.io/acme/none"}}},
	} {
		who := &person{answers: []string{"a"}}
		request.Secrets = who
		if _, err := b.Create(t.Context(), request); model.KindOf(err) != model.FaultUsage || len(who.asked) != 0 || len(shelf.kept) != 1 {
			t.Errorf("%s: %v after %d questions", name, err, len(who.asked))
		}
	}
}
