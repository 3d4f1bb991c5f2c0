package change

import (
	"regexp"
	"strings"
	"testing"

	"trustdeck/e2e/peer"
	"trustdeck/model"
)

// word is the passphrase of every key of a kept repository.
const word = "one passphrase for all 2718"

// kept is an administrator of two repositories, with alice and bob as signers whose
// keys are here too, and a tag that alice has released in both.
func kept(t *testing.T, server watched) *trouble {
	t.Helper()
	x := newTrouble(t, server.Server)
	env := []string{"NOTARY_ROOT_PASSPHRASE=" + word, "NOTARY_TARGETS_PASSPHRASE=" + word, "NOTARY_SNAPSHOT_PASSPHRASE=" + word, "NOTARY_DELEGATION_PASSPHRASE=" + word}
	x.program, x.notary = x.program.With(env...), x.notary.With(env...)
	x.do("init", first, second)
	x.do("signer", "add", "--key", x.signer("alice", true).PublicFile, "alice", first, second)
	for _, gun := range []string{first, second} {
		x.notary.Run(t, "addhash", "-p", gun, "1.0", "10", "--sha256", digest, "-r", "targets/releases")
	}
	x.do("signer", "add", "--key", x.signer("bob", true).PublicFile, "bob", first, second)
	return x
}

// bare is trustdeck without any passphrase in its environment.
func (x *trouble) bare() *peer.Client {
	return peer.Trustdeck(x.t).With("XDG_STATE_HOME="+x.home, "XDG_CACHE_HOME="+x.home)
}

// unlocks gives one passphrase to every question for one, until the change is done.
func (s onScreen) unlocks(passphrase string) {
	s.t.Helper()
	answered := ""
	s.WaitUntil("the end of the change", func(screen string) bool {
		asked := regexp.MustCompile(`Passphrase \d of \d|Type the passphrase again`).FindAllString(screen, -1)
		if now := strings.Join(asked, ", "); len(asked) > 0 && now != answered {
			answered = now
			s.Type(passphrase)
			s.Keys("Enter")
		}
		return strings.Contains(screen, "─ Done ─")
	})
}

// confirm types a wrong name, which does nothing, and then the right one.
func (s onScreen) confirm(server watched, button string, name string) {
	s.t.Helper()
	before := len(server.writes())
	s.WaitFor("Ready:")
	s.WaitFor("To apply, type ")
	s.Name("not/this-one")
	s.Press(button, "field first")
	s.Keys("Tab")
	s.Keys("C-u")
	s.WaitGone("> not/this-one")
	s.Name(name)
	if after := len(server.writes()); after != before {
		s.t.Errorf("the server saw %d writes before the review was accepted", after-before)
	}
	s.Press(button, "Passphrase 1 of")
}

// What keeps a repository alive, on the full screen: nothing is written before the
// review was accepted, the name must be typed for what cannot be undone, and real
// clients read the outcome.
func TestUpkeepOnScreen(t *testing.T) {
	peer.Need(t, "tmux")
	for name, start := range watchedServers {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			t.Run("rotation and removal", func(t *testing.T) {
				server := start(t)
				x := kept(t, server)
				for _, role := range []model.RoleName{model.RoleTargets, model.RoleRoot} {
					old := at(t, server.Server, t.TempDir()).service.Open(t.Context(), first).Repository.Role(role).Keys
					s := begin(t, server, x.home, 80, 24, "rotate", first, string(role))
					if role == model.RoleRoot {
						s.answer("Which keys should sign the root?", "")
						s.answer("How many new root keys do you want?", "1")
						s.answer("How many earlier roots' keys should also sign?", "")
					} else {
						s.answer("Which key should sign instead?", "")
					}
					s.answer("What should happen to the old private key", "")
					s.confirm(server, "Rotate the key", first)
					s.unlocks(word)
					s.ends(0, "trustdeck read it back")
					now := at(t, server.Server, t.TempDir()).service.Open(t.Context(), first).Repository.Role(role)
					if !now.Usable() || len(now.Keys) != 1 || now.Keys[0] == old[0] {
						t.Errorf("%s is signed with %v after %v", role, now.Keys, old)
					}
				}
				s := begin(t, server, x.home, 80, 24, "signer", "remove", "alice")
				for _, gun := range []string{first, second} {
					s.answer("From which repositories", gun)
					s.WaitFor("• " + gun)
				}
				s.Keys("Enter")
				s.confirm(server, "Remove the signer", "2") // so many repositories
				s.unlocks(word)
				s.ends(0, "trustdeck read it back")
				for _, gun := range []string{first, second} {
					inspect := peer.Docker(t, server.Server, t.TempDir()).Run(t, "trust", "inspect", strings.TrimPrefix(gun, "docker.io/"))
					if strings.Contains(inspect, `"alice"`) {
						t.Errorf("alice is still a signer:\n%s", inspect)
					}
					hasAll(t, inspect, `"bob"`, `"1.0"`)
				}
				x.notary.Run(t, "addhash", "-p", first, "2.0", "10", "--sha256", digest)
				hasAll(t, peer.Notary(t, server.Server, t.TempDir()).Run(t, "list", first), "1.0", "2.0")
			})
			t.Run("repair", func(t *testing.T) {
				server := start(t)
				x := newTrouble(t, server.Server)
				x.expired(model.RoleTargets)
				before := len(server.writes())
				term := peer.Tmux(t, 80, 24)
				s := onScreen{term, t}
				term.Start(x.bare(), "--server", server.URL, "--tlscacert", server.PKI.CAFile(), "--trust-dir", x.trust)
				s.WaitFor("acme/app")
				s.Keys("D")
				s.WaitFor("targets expired at")
				s.WaitFor("enter fix..")
				s.Keys("Enter")
				s.WaitFor("Ready:")
				if after := len(server.writes()); after != before {
					t.Errorf("the server saw %d writes before the review was accepted", after-before)
				}
				s.Press("Renew", "Passphrase 1 of")
				s.unlocks(peer.TargetsPassphrase)
				s.Keys("C-c")
				s.WaitExit()
				s.CheckRestored()
				hasAll(t, x.fresh(), "1.0")
			})
		})
	}
}
