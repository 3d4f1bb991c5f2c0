package admin_test

import (
	"context"
	"crypto"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"trustdeck/model"
	"trustdeck/model/admin"
	"trustdeck/model/admin/change"
	"trustdeck/model/dialect"
	"trustdeck/model/notary"
	"trustdeck/model/notary/docker"
	"trustdeck/model/notary/notarytest"
	"trustdeck/model/port"
)

// A workshop is everything that a change touches, in memory: a server that signs
// snapshot and timestamp, a key store, a journal, and who knows the passphrases. It
// writes down what happens, in order.
type workshop struct {
	*memory
	t       testing.TB
	service *change.Service
	repo    *notarytest.Repo
	// keys are those of this machine.
	keys map[model.KeyID]notarytest.Key
	log  []string
	// pending are keys that the server has made and no root names yet.
	pending map[model.RoleName]notarytest.Key
	// refuse is what an upload gets; deaf has the server say yes and store nothing;
	// stuck has it send the key that it has when asked for another.
	refuse      error
	deaf, stuck bool
	open        map[string]port.Entry
	// unsaved are keys without a backup; all others have one that was checked.
	unsaved map[model.KeyID]bool
	// unchecked has no backup have been tried, and rewritten is when key files were.
	unchecked bool
	rewritten time.Time
	// named are the repositories that key files name.
	named map[model.KeyID]model.GUN
	// files are the key files of keys that were made here.
	files map[model.KeyID]model.PrivateKey
	// closed are entries that have ended.
	closed []port.Entry
	// before runs before the upload.
	before func()
	// once are keys that were backed up here, and are here no more.
	once map[model.KeyID]bool
	// elsewhere has the snapshot key be with somebody else.
	elsewhere bool
	// unlisted has the server not say which repositories it has.
	unlisted bool
}

func newWorkshop(t testing.TB) *workshop {
	repo := notarytest.New(gun, now)
	alice, bob := notarytest.NewKey(), notarytest.NewKey()
	repo.Delegate("targets/alice", 1, []string{""}, alice)
	repo.Delegate("targets/bob", 1, []string{""}, bob)
	repo.Delegate(docker.Releases, 1, []string{""}, alice, bob)
	repo.Keys[docker.Releases] = []notarytest.Key{alice}
	repo.Tag(docker.Releases, "1.0", "one")
	repo.Seal(model.RoleTargets, docker.Releases)
	w := &workshop{
		memory: newMemory(repo), t: t, repo: repo,
		keys: map[model.KeyID]notarytest.Key{}, pending: map[model.RoleName]notarytest.Key{}, open: map[string]port.Entry{},
		files: map[model.KeyID]model.PrivateKey{},
	}
	for _, k := range []notarytest.Key{repo.Keys[model.RoleRoot][0], repo.Keys[model.RoleTargets][0], alice, bob} {
		w.keys[notary.CanonicalID(k.PublicKey)] = k
	}
	w.service = &change.Service{
		Service: &admin.Service{
			DialectOf: dialect.Only(docker.Dialect{}), Remote: w, Stores: port.KeyStores{store{w}}, Backups: record{w}, Clock: func() time.Time { return now },
		},
		Publisher: w, Journal: w,
	}
	return w
}

func (w *workshop) Repositories(ctx context.Context) ([]port.Listed, error) {
	if w.unlisted {
		return nil, &model.Fault{Kind: model.FaultUnauthorized, Text: "the catalogue is for administrators"}
	}
	return w.memory.Repositories(ctx)
}

// Read finds earlier versions by their hashes too, as a server does.
func (w *workshop) Read(ctx context.Context, gun model.GUN, ref port.Ref) (port.File, error) {
	f, err := w.memory.Read(ctx, gun, ref)
	if err == nil || ref.SHA256 == "" {
		return f, err
	}
	for name, raw := range w.repos[gun] {
		if sum := sha256.Sum256(raw); hex.EncodeToString(sum[:]) == ref.SHA256 && strings.HasSuffix(name, "."+string(ref.Role)) {
			return port.File{Bytes: raw}, nil
		}
	}
	return f, err
}

// record is the record of backups of a workshop.
type record struct{ *workshop }

func (r record) Marks(context.Context) (map[model.KeyID]port.BackupMark, error) {
	out := map[model.KeyID]port.BackupMark{}
	for id := range r.once {
		out[id] = port.BackupMark{BackedUp: now}
	}
	for id := range r.keys {
		if !r.unsaved[id] {
			out[id] = port.BackupMark{BackedUp: now, File: "/media/usb/trust.tar.gz"}
			if mark := out[id]; !r.unchecked {
				mark.Checked = now
				out[id] = mark
			}
		}
	}
	return out, nil
}

func (record) Note(context.Context, map[model.KeyID]port.BackupMark) error { return nil }

func (record) Roots(context.Context) (map[string]port.RestoredRoot, error) { return nil, nil }

func (record) NoteRoots(context.Context, map[string]port.RestoredRoot) error { return nil }

// all are the keys that are here.
func (w *workshop) all() map[model.KeyID]bool {
	out := map[model.KeyID]bool{}
	for id := range w.keys {
		out[id] = true
	}
	return out
}

func (w *workshop) did(what string, args ...any) { w.log = append(w.log, fmt.Sprintf(what, args...)) }

func (w *workshop) Publish(_ context.Context, _ model.GUN, files map[model.RoleName][]byte) error {
	if w.before != nil {
		w.before()
	}
	if w.refuse != nil {
		return w.refuse
	}
	w.did("publish")
	if w.deaf {
		return nil
	}
	for role, raw := range files {
		f, err := notary.Parse(role, raw)
		if err != nil {
			return err
		}
		w.repo.Files[role] = f
		w.repo.Past[fmt.Sprintf("%d.%s", f.Version, role)] = raw
	}
	for role, k := range w.pending {
		if w.repo.Files[model.RoleRoot].Roles[slices.IndexFunc(w.repo.Files[model.RoleRoot].Roles, func(s model.Delegation) bool { return s.Name == role })].KeyIDs[0] == k.ID {
			w.repo.Keys[role] = []notarytest.Key{k}
		}
	}
	if files[model.RoleSnapshot] == nil {
		w.repo.SealSnapshot()
	} else {
		w.repo.SealTimestamp()
	}
	w.put(w.repo)
	return nil
}

func (w *workshop) SignsSnapshot(context.Context, model.GUN, []byte) (signs, known bool, err error) {
	return !w.elsewhere, true, nil
}

func (w *workshop) ServerKey(context.Context, model.GUN, model.RoleName) (model.PublicKey, error) {
	return model.PublicKey{}, errors.New("a rotation wants another key, not the one that there is")
}

func (w *workshop) NewServerKey(_ context.Context, _ model.GUN, role model.RoleName) (model.PublicKey, error) {
	if w.stuck {
		return w.repo.Keys[role][0].PublicKey, nil
	}
	w.pending[role] = notarytest.NewEd25519Key()
	w.did("server makes %s", role)
	return w.pending[role].PublicKey, nil
}

func (w *workshop) Delete(context.Context, model.GUN) error {
	return errors.New("nothing is deleted here")
}

func (w *workshop) Begin(_ context.Context, at time.Time, text []byte, begun ...port.Note) (string, error) {
	id := strconv.Itoa(len(w.closed) + len(w.open) + 1)
	w.open[id] = port.Entry{ID: id, Begun: at, Plan: text, Notes: begun}
	return id, nil
}

func (w *workshop) Note(_ context.Context, id string, n port.Note) error {
	w.did("note %s", n.Kind)
	e := w.open[id]
	e.Notes = append(e.Notes, n)
	w.open[id] = e
	return nil
}

func (w *workshop) Close(_ context.Context, id string) error {
	w.closed = append(w.closed, w.open[id])
	delete(w.open, id)
	return nil
}

func (w *workshop) Open(context.Context) ([]port.Entry, error) {
	var out []port.Entry
	for _, e := range w.open {
		out = append(out, e)
	}
	return out, nil
}

func (w *workshop) Ask(_ context.Context, ask port.SecretAsk) ([]byte, error) {
	w.did("ask for %s", ask.Key.Label)
	return []byte("passphrase"), nil
}

// store is the key store of a workshop.
type store struct{ *workshop }

func (store) Name() string { return "store" }

// ID is that of Notary.
func (store) ID(spki []byte) model.KeyID { return notarytest.StoredID(spki) }

func (store) Makes(model.Dialect) bool { return true }

func (store) Secret() port.SecretKind { return port.Passphrase }

func (store) Removes() bool { return true }

func (s store) Keys(context.Context) ([]model.PrivateKey, error) {
	var out []model.PrivateKey
	for id := range s.keys {
		k, made := s.files[id]
		if !made {
			k = model.PrivateKey{ID: id, Label: "some", GUN: s.named[id], Encrypted: true, Modified: s.rewritten}
		}
		out = append(out, k)
	}
	return out, nil
}

func (s store) Unlock(_ context.Context, id model.KeyID, _ []byte) (port.Signer, error) {
	return unlocked{s.keys[id].Private}, nil
}

func (s store) Generate(_ context.Context, n port.NewKey, _ []byte) (port.Signer, error) {
	k := notarytest.NewKey()
	s.keys[k.ID] = k
	s.files[k.ID] = model.PrivateKey{ID: k.ID, Label: notary.Base(n.Role), GUN: n.GUN, Encrypted: true, Modified: now}
	s.did("make %s", n.Role)
	return unlocked{k.Private}, nil
}

func (s store) Remove(_ context.Context, id model.KeyID) error {
	delete(s.keys, id)
	s.did("remove")
	return nil
}

type unlocked struct{ crypto.Signer }

// SignMessage leaves it to the key, which hashes.
func (u unlocked) SignMessage(rand io.Reader, message []byte, opts crypto.SignerOpts) ([]byte, error) {
	return crypto.SignMessage(u.Signer, rand, message, opts)
}

func (unlocked) Close() error { return nil }

// try prepares and executes a change.
func (w *workshop) try(c model.Change) (*change.Outcome, error) {
	w.t.Helper()
	w.log = nil
	p, err := w.service.Prepare(w.t.Context(), []change.Request{{GUN: gun, Changes: []model.Change{c}}})
	if err != nil {
		return nil, err
	}
	if len(w.log) > 0 {
		w.t.Errorf("before the plan is accepted: %v", w.log)
	}
	return w.service.Execute(w.t.Context(), change.Execution{Plan: p, Secrets: w})
}

// do is try for what must succeed.
func (w *workshop) do(c model.Change) *change.Outcome {
	w.t.Helper()
	out, err := w.try(c)
	if err != nil {
		w.t.Fatalf("%+v: %v (%s)", c, err, model.HintOf(err))
	}
	return out
}

func rotation(role model.RoleName, source model.KeySource) model.RotateKey {
	return model.RotateKey{Role: role, Keys: model.RoleKeys{Keys: []model.KeyChoice{{Source: source}}, Threshold: 1}}
}

func hexOf(sum [32]byte) string { return hex.EncodeToString(sum[:]) }
