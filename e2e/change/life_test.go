package change

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"trustdeck/e2e/peer"
	"trustdeck/model"
	"trustdeck/model/admin/change"
	"trustdeck/model/notary"
	"trustdeck/model/notary/docker"
	"trustdeck/model/plan"
	"trustdeck/model/port"
	"trustdeck/remote/sandbox"
)

// A lived is a repository that notary has made, with the clients that look at it:
// one whose trust folder has seen the first root, and new ones.
type lived struct {
	*administrator
	server *peer.Server
	gun    model.GUN
	// folder is Docker's of the administrator, whose trust folder is in it.
	folder string
	// notary works with the keys of the administrator, cached has none.
	notary, cached *peer.Client
}

func live(t *testing.T, server *peer.Server, gun model.GUN) *lived {
	t.Helper()
	folder := t.TempDir()
	trust := filepath.Join(folder, "trust")
	l := &lived{
		administrator: at(t, server, trust), server: server, gun: gun, folder: folder,
		notary: peer.Notary(t, server, trust), cached: peer.Notary(t, server, t.TempDir()),
	}
	l.notary.Run(t, "init", "-p", string(gun))
	l.notary.Run(t, "addhash", "-p", string(gun), "1.0", "10", "--sha256", digest)
	l.listed("1.0")
	return l
}

// listed has a cached and a new client find a tag.
func (l *lived) listed(tag string) {
	l.t.Helper()
	for who, client := range map[string]*peer.Client{"cached": l.cached, "new": peer.Notary(l.t, l.server, l.t.TempDir())} {
		if list := client.Run(l.t, "list", string(l.gun)); !strings.Contains(list, tag) {
			l.t.Errorf("notary list of a %s client lacks %s:\n%s", who, tag, list)
		}
	}
}

// key makes a key of a signer in the administrator's trust folder.
func (l *lived) key(role model.RoleName) model.PublicKey {
	l.t.Helper()
	signer, err := l.service.Stores[0].Generate(l.t.Context(), port.NewKey{Role: role}, []byte(peer.DelegationPassphrase))
	if err != nil {
		l.t.Fatal(err)
	}
	key, err := notary.Bare(signer.Public())
	if err := errors.Join(err, signer.Close()); err != nil {
		l.t.Fatal(err)
	}
	return key
}

// sign adds two signers, of whom the first alone has signed a tag, and returns the key
// of the other.
func (l *lived) sign(first, second string) model.KeyID {
	l.t.Helper()
	l.do(l.gun, model.AddSigner{Name: first, Keys: []model.PublicKey{l.key(model.RoleName("targets/" + first))}})
	l.notary.Run(l.t, "addhash", "-p", string(l.gun), "2.0", "10", "--sha256", digest, "-r", "targets/releases,targets/"+first)
	key := l.key(model.RoleName("targets/" + second))
	l.do(l.gun, model.AddSigner{Name: second, Keys: []model.PublicKey{key}})
	l.listed("2.0")
	return key.ID
}

// move has another administrator hold a key, and bring takes it back.
func (l *lived) move(id model.KeyID, folder string) {
	l.t.Helper()
	l.carry(id, filepath.Join(l.folder, "trust"), folder)
}

func (l *lived) bring(id model.KeyID, folder string) {
	l.t.Helper()
	l.carry(id, folder, filepath.Join(l.folder, "trust"))
}

// carry moves the file of a key from one trust folder to another.
func (l *lived) carry(id model.KeyID, from, to string) {
	l.t.Helper()
	to = filepath.Join(to, "private")
	if err := os.MkdirAll(to, 0o700); err != nil {
		l.t.Fatal(err)
	}
	name := string(id) + ".key"
	if err := os.Rename(filepath.Join(from, "private", name), filepath.Join(to, name)); err != nil {
		l.t.Fatal(err)
	}
}

// leave executes a change after which others have something to sign.
func (l *lived) leave(changes ...model.Change) {
	l.t.Helper()
	p, err := l.service.Prepare(l.t.Context(), []change.Request{{GUN: l.gun, Changes: changes}})
	if err != nil {
		l.t.Fatal(err)
	}
	if len(p.Parts[0].Pending) == 0 || len(p.Parts[0].Impact.Warnings) == 0 {
		l.t.Errorf("the plan does not say what is left: %+v", p.Parts[0])
	}
	out, err := l.service.Execute(l.t.Context(), change.Execution{Plan: p, Secrets: l.secrets})
	if err != nil || !out.Parts[0].Proof.Holds() {
		l.t.Fatal(err, out)
	}
}

// role is a role as it is published.
func (l *lived) role(name model.RoleName) *model.Role {
	l.t.Helper()
	view := l.service.Open(l.t.Context(), l.gun)
	if view.Fault != nil {
		l.t.Fatal(view.Fault)
	}
	return view.Repository.Role(name)
}

// expireSoon publishes a role that expires in a moment, and waits until clients
// refuse it.
func (l *lived) expireSoon(role model.RoleName, passphrase string) {
	l.t.Helper()
	ctx := l.t.Context()
	repo := l.service.Open(ctx, l.gun).Repository
	signer, err := l.service.Stores[0].Unlock(ctx, repo.Role(role).Keys[0], []byte(passphrase))
	if err != nil {
		l.t.Fatal(err)
	}
	defer func() { _ = signer.Close() }()
	draft := notary.DraftOf(repo, false)
	draft.Bump(role)
	now := time.Now()
	sig, err := notary.Sign(repo.Role(role).Listed[0], signer, draft.Seal(role, now.Add(3*time.Second-notary.Lifetime(role))))
	if err != nil {
		l.t.Fatal(err)
	}
	draft.Sign(role, sig)
	wire, err := draft.Check(role, now)
	if err != nil {
		l.t.Fatal(err)
	}
	if err := l.service.Publisher.Publish(ctx, l.gun, map[model.RoleName][]byte{role: wire}); err != nil {
		l.t.Fatal(err, model.HintOf(err))
	}
	for deadline := time.Now().Add(30 * time.Second); ; {
		if got := peer.Notary(l.t, l.server, l.t.TempDir()).Try("list", string(l.gun)); got.Code != 0 {
			return
		}
		if time.Now().After(deadline) {
			l.t.Fatalf("%s does not expire", role)
		}
	}
}

// Targets and root that have expired stop every client; renewed, everything goes on.
func TestRenewWhatExpired(t *testing.T) {
	for name, start := range servers {
		t.Run(name, func(t *testing.T) {
			t.Parallel() // most of it waits until something expires
			server := start(t)
			for role, passphrase := range map[model.RoleName]string{model.RoleTargets: peer.TargetsPassphrase, model.RoleRoot: peer.RootPassphrase} {
				t.Run(string(role), func(t *testing.T) {
					l := live(t, server, model.GUN("docker.io/acme/expired-"+string(role)))
					l.do(l.gun, model.RotateKey{Role: model.RoleSnapshot, Keys: one(model.KeyServer)})
					l.expireSoon(role, passphrase)
					if got := l.notary.Try("addhash", "-p", string(l.gun), "2.0", "10", "--sha256", digest); got.Code == 0 && role == model.RoleTargets {
						t.Error("notary publishes on expired targets")
					}
					l.do(l.gun, model.Renew{Roles: []model.RoleName{role}})
					l.listed("1.0")
					l.notary.Run(t, "addhash", "-p", string(l.gun), "3.0", "10", "--sha256", digest)
					l.listed("3.0")
					if inspect := peer.Docker(t, server, l.folder).Run(t, "trust", "inspect", strings.TrimPrefix(string(l.gun), "docker.io/")); !strings.Contains(inspect, `"3.0"`) {
						t.Errorf("docker trust inspect:\n%s", inspect)
					}
				})
			}
		})
	}
}

// A root that expired long ago keeps the server from signing the timestamp, so that
// nothing but root and targets can be read: that is enough to renew it.
func TestRenewRootThatExpiredLongAgo(t *testing.T) {
	var later atomic.Int64
	clock := func() time.Time { return time.Now().Add(time.Duration(later.Load())) }
	server := peer.Sandbox(t, sandbox.Config{Clock: clock})
	l := live(t, server, "docker.io/acme/long-ago")
	l.service.Clock = clock
	l.do(l.gun, model.RotateKey{Role: model.RoleSnapshot, Keys: one(model.KeyServer)})
	l.expireSoon(model.RoleRoot, peer.RootPassphrase)
	later.Store(int64(20 * 24 * time.Hour))
	if role := l.role(model.RoleTimestamp); role.State != model.RoleUnavailable {
		t.Fatalf("the timestamp is %s", role.State)
	}
	l.do(l.gun, model.Renew{Roles: []model.RoleName{model.RoleRoot}})
	l.listed("1.0")
}

// What is renewed before it expires gets a new version, and so do files that only
// the server signs.
func TestRenew(t *testing.T) {
	for name, start := range servers {
		t.Run(name, func(t *testing.T) {
			l := live(t, start(t), "docker.io/acme/renewed")
			for _, role := range []model.RoleName{model.RoleRoot, model.RoleTargets, model.RoleSnapshot, model.RoleTimestamp} {
				before := l.role(role).Version
				l.do(l.gun, model.Renew{Roles: []model.RoleName{role}})
				if now := l.role(role).Version; now != before+1 {
					t.Errorf("%s went from %d to %d", role, before, now)
				}
				l.listed("1.0")
			}
			l.do(l.gun, model.RotateKey{Role: model.RoleSnapshot, Keys: one(model.KeyServer)})
			l.secrets.asked = nil
			before := l.role(model.RoleSnapshot).Version
			l.do(l.gun, model.Renew{Roles: []model.RoleName{model.RoleSnapshot}})
			if now := l.role(model.RoleSnapshot).Version; now != before+1 || len(l.secrets.asked) > 0 {
				t.Errorf("the server's snapshot went from %d to %d, after %d questions", before, now, len(l.secrets.asked))
			}
			l.listed("1.0")
		})
	}
}

// Whatever is rotated, clients that know the first root and new ones go on, and
// notary publishes with the keys that are here.
func TestRotate(t *testing.T) {
	for name, start := range servers {
		t.Run(name, func(t *testing.T) {
			l := live(t, start(t), "docker.io/acme/rotated")
			three := model.RoleKeys{Keys: []model.KeyChoice{{Source: model.KeyNew}, {Source: model.KeyNew}, {Source: model.KeyNew}}, Threshold: 2}
			for i, change := range []model.RotateKey{
				{Role: model.RoleRoot, Keys: one(model.KeyNew)},
				{Role: model.RoleTargets, Keys: one(model.KeyNew)},
				{Role: model.RoleSnapshot, Keys: one(model.KeyServer)},
				{Role: model.RoleTimestamp, Keys: one(model.KeyServer)},
				{Role: model.RoleSnapshot, Keys: one(model.KeyNew)},
				{Role: model.RoleSnapshot, Keys: one(model.KeyServer)},
				{Role: model.RoleRoot, Keys: three},
			} {
				before := l.role(change.Role).Keys
				l.do(l.gun, change)
				if after := l.role(change.Role).Keys; slices.ContainsFunc(after, func(id model.KeyID) bool { return slices.Contains(before, id) }) {
					t.Errorf("%s is signed with %v after %v", change.Role, after, before)
				}
				tag := "2." + string(rune('0'+i))
				l.notary.Run(t, "addhash", "-p", string(l.gun), tag, "10", "--sha256", digest)
				l.listed(tag)
			}
			root := l.role(model.RoleRoot)
			keep := one(model.KeyHere)
			keep.Keys[0].ID = root.Keys[0]
			l.do(l.gun, model.RotateKey{Role: model.RoleRoot, Keys: keep, CosignRoots: -1})
			if now := l.role(model.RoleRoot); len(now.Signatures) != 5 || now.Listed[0] == root.Listed[0] {
				t.Errorf("the root has %d signatures: that of its key, and of the two, three and the first before", len(now.Signatures))
			}
			l.notary.Run(t, "addhash", "-p", string(l.gun), "3.0", "10", "--sha256", digest)
			l.listed("3.0")
			if inspect := peer.Docker(t, l.server, l.folder).Run(t, "trust", "inspect", "acme/rotated"); !strings.Contains(inspect, `"3.0"`) {
				t.Errorf("docker trust inspect:\n%s", inspect)
			}
		})
	}
}

// backedUp is a record that knows a checked backup of every key.
type backedUp struct{ store port.KeyStore }

func (b backedUp) Marks(ctx context.Context) (map[model.KeyID]port.BackupMark, error) {
	keys, err := b.store.Keys(ctx)
	out := map[model.KeyID]port.BackupMark{}
	for _, k := range keys {
		out[k.ID] = port.BackupMark{BackedUp: time.Now(), Checked: time.Now(), File: "backup.tar.gz"}
	}
	return out, err
}

func (backedUp) Note(context.Context, map[model.KeyID]port.BackupMark) error { return nil }

func (backedUp) Roots(context.Context) (map[string]port.RestoredRoot, error) { return nil, nil }

func (backedUp) NoteRoots(context.Context, map[string]port.RestoredRoot) error { return nil }

// Keys that are replaced stay on the machine until it is asked for, and one that
// another repository needs stays then, too.
func TestRetire(t *testing.T) {
	server := peer.Sandbox(t, sandbox.Config{})
	l := live(t, server, "docker.io/acme/retired")
	l.service.Backups = backedUp{l.service.Stores[0]}
	here := func(id model.KeyID) bool {
		keys, err := l.service.Stores[0].Keys(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return slices.ContainsFunc(keys, func(k model.PrivateKey) bool { return k.ID == id })
	}
	first := l.role(model.RoleTargets).Keys[0]
	l.do(l.gun, model.RotateKey{Role: model.RoleTargets, Keys: one(model.KeyNew)})
	second := l.role(model.RoleTargets).Keys[0]
	out := l.do(l.gun, model.RotateKey{Role: model.RoleTargets, Keys: one(model.KeyNew), Retire: true})
	if !here(first) || here(second) || !slices.Equal(out.Parts[0].Retired, []model.KeyID{second}) {
		t.Errorf("the first key is here: %v, the second: %v; retired %v", here(first), here(second), out.Parts[0].Retired)
	}
	if gone, kept, err := l.service.Retire(t.Context(), []model.KeyID{first}, false); err != nil || len(gone) != 1 || here(first) {
		t.Errorf("retired %v, kept %v, %v", gone, kept, err)
	}
	if _, kept, err := l.service.Retire(t.Context(), []model.KeyID{l.role(model.RoleTargets).Keys[0]}, true); err != nil || len(kept) != 1 || !here(l.role(model.RoleTargets).Keys[0]) {
		t.Errorf("a key that is needed: kept %v, %v", kept, err)
	}

	root := l.role(model.RoleRoot).Keys[0]
	l.notary.Run(t, "init", "-p", "docker.io/acme/other")
	if got := l.service.Open(t.Context(), "docker.io/acme/other").Repository.Role(model.RoleRoot).Keys[0]; got != root {
		t.Fatalf("the repositories have the root keys %s and %s", root, got)
	}
	out = l.do(l.gun, model.RotateKey{Role: model.RoleRoot, Keys: one(model.KeyNew), Retire: true})
	if !here(root) || len(out.Parts[0].Retired) > 0 {
		t.Errorf("the root key of another repository was removed: %v", out.Parts[0].Retired)
	}
}

// A signer who is removed can sign nothing more, and what releases holds is signed
// by who stays, here or elsewhere.
func TestRemoveSigner(t *testing.T) {
	for name, start := range servers {
		t.Run(name, func(t *testing.T) {
			server := start(t)
			t.Run("bob is here", func(t *testing.T) {
				l := live(t, server, "docker.io/acme/left")
				l.sign("alice", "bob")
				l.do(l.gun, model.RemoveSigner{Name: "alice"})
				l.listed("2.0")
				if got := l.notary.Try("addhash", "-p", string(l.gun), "3.0", "10", "--sha256", digest, "-r", "targets/alice"); got.Code == 0 {
					t.Error("alice still signs")
				}
				inspect := peer.Docker(t, server, l.folder).Run(t, "trust", "inspect", "acme/left")
				if strings.Contains(inspect, `"alice"`) || !strings.Contains(inspect, `"bob"`) || !strings.Contains(inspect, `"2.0"`) {
					t.Errorf("docker trust inspect:\n%s", inspect)
				}
				l.do(l.gun, model.RemoveSigner{Name: "bob"})
				l.listed("1.0")
				if l.role(docker.Releases) != nil {
					t.Error("targets/releases is left without a key")
				}
			})
			t.Run("bob is elsewhere", func(t *testing.T) {
				l := live(t, server, "docker.io/acme/waits")
				l.do(l.gun, model.RotateKey{Role: model.RoleSnapshot, Keys: one(model.KeyServer)})
				bob := l.sign("alice", "bob")
				folder := t.TempDir()
				l.move(bob, folder)
				p, err := l.service.Prepare(t.Context(), []change.Request{{GUN: l.gun, Changes: []model.Change{model.RemoveSigner{Name: "alice"}}}})
				if err != nil || p.Verdict().State != plan.Waiting {
					t.Fatalf("%v, %v", p, err)
				}
				l.leave(model.RemoveSigner{Name: "alice"}, model.AllowUnsigned{Pending: []model.RoleName{docker.Releases}})
				if list := l.cached.Run(t, "list", string(l.gun)); strings.Contains(list, "2.0") {
					t.Errorf("a client takes what nobody has signed:\n%s", list)
				}
				at(t, server, folder).do(l.gun, model.Witness{Roles: []model.RoleName{docker.Releases}})
				l.listed("2.0")
			})
		})
	}
}

// A signer's key is replaced with what it has signed: the new one signs with notary,
// the old one no more.
func TestRotateSigner(t *testing.T) {
	for name, start := range servers {
		t.Run(name, func(t *testing.T) {
			l := live(t, start(t), "docker.io/acme/alice")
			l.do(l.gun, model.RotateKey{Role: model.RoleSnapshot, Keys: one(model.KeyServer)})
			l.sign("alice", "bob")
			old := l.role("targets/alice").Keys[0]
			l.do(l.gun, model.RotateKey{Role: "targets/alice", Keys: one(model.KeyNew)})
			l.listed("2.0")
			for _, role := range []model.RoleName{"targets/alice", docker.Releases} {
				if slices.Contains(l.role(role).Keys, old) {
					t.Errorf("%s still lists the key that was replaced", role)
				}
			}
			roles := "targets/releases,targets/alice"
			l.notary.Run(t, "addhash", "-p", string(l.gun), "3.0", "10", "--sha256", digest, "-r", roles)
			l.listed("3.0")
			folder := t.TempDir()
			l.move(old, folder)
			if got := peer.Notary(t, l.server, folder).Try("addhash", "-p", string(l.gun), "4.0", "10", "--sha256", digest, "-r", roles); got.Code == 0 {
				t.Error("the key that was replaced still signs")
			}
			if inspect := peer.Docker(t, l.server, l.folder).Run(t, "trust", "inspect", "acme/alice"); !strings.Contains(inspect, `"alice"`) {
				t.Errorf("docker trust inspect:\n%s", inspect)
			}
		})
	}
}
