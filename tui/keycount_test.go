package tui_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"trustdeck/model"
	"trustdeck/model/admin"
	"trustdeck/model/health"
	"trustdeck/model/notary"
	"trustdeck/model/notary/docker"
	"trustdeck/model/notary/notarytest"
	"trustdeck/tui/flows"
	"trustdeck/tui/nav"
	"trustdeck/tui/tuitest"
)

// counted is a user at the first screen who changes something, key by key. Text that is
// typed and passphrases do not count.
type counted struct {
	*change
	pressed []string
}

func (c *counted) press(names ...string) *counted {
	c.t.Helper()
	for _, name := range names {
		c.pressed = append(c.pressed, name)
		c.keys(name)
		c.now = c.now.Add(time.Second)
	}
	return c
}

func (c *counted) until(words ...string) *counted {
	c.t.Helper()
	c.wait(words...)
	return c
}

func (c *counted) text(s string) *counted {
	c.types(s)
	return c
}

const (
	shop  = "registry.example.org/acme/shop"
	store = "registry.example.org/acme/store"
)

// atTheList starts the UI at the list of two repositories, both of alice and bob, whose
// targets expire soon.
func atTheList(t *testing.T) *counted {
	t.Helper()
	source, backend := tuitest.NewSource(), tuitest.NewGuideBackend()
	source.Views, backend.Repositories, backend.Known.Names = nil, map[string]*model.Repository{}, nil
	alice, bob := notarytest.NewKey(), notarytest.NewKey()
	for _, name := range []string{shop, store} {
		repo := notarytest.New(model.GUN(name), tuitest.Now.AddDate(-3, 0, 20)) // targets live for three years
		repo.Delegate(docker.Releases, 1, []string{""}, alice, bob)
		repo.Delegate("targets/alice", 1, []string{""}, alice)
		repo.Delegate("targets/bob", 1, []string{""}, bob)
		repo.Tag(docker.Releases, "v1", name)
		repo.Seal(model.RoleTargets, docker.Releases, "targets/alice", "targets/bob")
		repo.Now = tuitest.Now
		r := repo.Read()
		source.Views = append(source.Views, admin.Look{GUN: r.GUN, Repository: r, Assessment: health.Assess(r, health.DefaultOptions())})
		backend.Repositories[name], backend.Known.Names = r, append(backend.Known.Names, name)
		for role, keys := range repo.Keys {
			if role != model.RoleTimestamp && role != docker.Releases {
				backend.Known.Keys = append(backend.Known.Keys, model.PrivateKey{
					ID: notary.CanonicalID(keys[0].PublicKey), Label: notary.Base(role), GUN: model.GUN(name), Place: "file", Encrypted: true,
				})
			}
		}
	}
	c := &change{source: backend, log: &admin.Log{}, now: tuitest.Now}
	o := options(source)
	o.Flows, o.Log, o.Start = flows.All(flows.Ports{Backend: backend, Backups: tuitest.NewBackupBackend()}), c.log, nav.Place(nav.KindRepos)
	o.Clock = func() time.Time { return c.now }
	return (&counted{change: c.open(t, o)}).until("acme/shop", "acme/store", "2 repositories")
}

// Each change takes at most so many keys from the first screen to its last key, which
// applies what is reviewed.
func TestKeysOfEachFlow(t *testing.T) {
	rows := []struct {
		name string
		most int
		walk func(c *counted)
	}{
		{"off-board a person from two repositories", 12, func(c *counted) {
			c.press("S").until("bob").press("/").text("alice").press("enter", "O").until("[x] alice").press("enter").
				until("To apply, type the number of repositories: 2").text("2").press("tab", "tab", "enter")
		}},
		{"renew everything that expires soon", 6, func(c *counted) {
			c.press("X").until("Within how many days").press("enter").until("Which roles do you want to renew?").press("enter").
				until("Ready:", "[ Renew ]").press("tab", "enter")
		}},
		{"renew one repository", 4, func(c *counted) {
			c.press("E").until("Which roles do you want to renew?").press("enter").until("Ready:", "[ Renew ]").press("tab", "enter")
		}},
		{"witness one repository", 4, func(c *counted) {
			c.press("w").until("Which roles do you want to witness?").press("enter").until("Ready:", "[ Witness ]").press("tab", "enter")
		}},
		{"witness all that are marked", 5, func(c *counted) {
			c.press("*", "w").until("Which roles do you want to witness?", "acme/store").press("enter").until("Ready:", "[ Witness ]").press("tab", "enter")
		}},
		{"initialise a repository", 8, func(c *counted) {
			c.press("i").until("Which repositories").text("registry.example.org/acme/new").press("enter").until("Enter goes on").press("enter").
				until("> Root key").press("enter").until("Is there a certificate").press("enter").until("> On the server").press("enter").
				until("Ready:").press("tab", "enter")
		}},
		{"rotate the targets key", 8, func(c *counted) {
			c.press("R").until("The key of which role").press("down", "enter").until("Which key shall sign instead").press("enter").until("> Keep it").press("enter").
				until("To apply, type").text(shop).press("tab", "tab", "enter")
		}},
		{"remove a signer", 5, func(c *counted) {
			c.press("d").until("> alice").press("enter").until("To apply, type").text(shop).press("tab", "tab", "enter")
		}},
	}
	var table strings.Builder
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			c := atTheList(t)
			row.walk(c)
			c.pump.Until("the execution", func() bool { n, _ := c.source.Executed(); return n == 1 }, c.screen)
			if len(c.pressed) > row.most {
				t.Errorf("it takes %d keys, at most %d: %s", len(c.pressed), row.most, strings.Join(c.pressed, " "))
			}
			fmt.Fprintf(&table, "%3d of %2d  %-42s %s\n", len(c.pressed), row.most, row.name, strings.Join(c.pressed, " "))
		})
	}
	t.Logf("keys:\n%s", table.String())
}
