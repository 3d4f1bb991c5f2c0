package screen

import (
	"slices"
	"strings"
	"testing"

	"trustdeck/e2e/peer"
)

// An administrator walks by keys alone through what notary and docker have put
// on a server, and finds all of it: the server is open to everybody, or gives
// tokens to those whom docker has logged in.
func TestWalk(t *testing.T) {
	peer.Need(t, "tmux")
	for name, opts := range map[string][]peer.Option{"open": nil, "with tokens": {peer.TokenAuth()}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := peer.MemoryServer(t, opts...)
			filled := peer.Fill(t, server)
			term := peer.Tmux(t, 100, 30)
			term.Start(deck(t, filled.Docker))

			list := shows(t, term, "4 repositories", "online")
			for _, r := range filled.Repositories {
				if !strings.Contains(list, named(r.GUN)) {
					t.Errorf("%s is not listed:\n%s", r.GUN, list)
				}
			}
			app := filled.Repository(t, peer.App)
			choose(t, term, named(app.GUN))
			enter(t, term, "Role tree", "[1 Roles]")
			walkRoles(t, term, app)
			walkTags(t, term, app)
			walkTabs(t, term, app)
			term.Keys("Escape")
			term.WaitFor("NEXT EXPIRY")
			walkPlaces(t, term, filled.Repository(t, peer.Image))
			quit(t, term)

			if server.Tokens != nil && !slices.ContainsFunc(server.Tokens.Requests(), func(r peer.TokenRequest) bool {
				return r.Account == peer.Administrator.Name
			}) {
				t.Errorf("nobody has asked for a token as %s", peer.Administrator.Name)
			}
		})
	}
}

// walkRoles goes from the role tree to each delegated role, and back.
func walkRoles(t *testing.T, term *peer.Terminal, r peer.Repository) {
	t.Helper()
	shows(t, term, "Role tree", "[1 Roles]")
	for _, d := range r.Delegations {
		base := d.Role[strings.LastIndex(d.Role, "/")+1:]
		choose(t, term, base)
		term.WaitFor("Role       " + d.Role)
		term.Keys("Enter")
		term.WaitFor("acme/app > " + d.Role)
		term.Keys("End") // where the IDs are
		for _, id := range d.KeyIDs {
			term.WaitFor(grouped(id))
		}
		term.Keys("Escape")
		term.WaitFor("[1 Roles]")
	}

	// In the other pane the same keys scroll what is said of the role.
	choose(t, term, "root")
	const first = "Role       root"
	term.WaitFor(first)
	row := selected(term.Screen())
	term.Keys("Tab", "Down")
	if screen := term.WaitGone(first); selected(screen) != row {
		t.Errorf("scrolling the detail has moved the selection to %q", selected(screen))
	}
	term.Keys("Up", "BTab")
	term.WaitFor(first)
}

// walkTags opens every tag and compares its digest with what was signed.
func walkTags(t *testing.T, term *peer.Terminal, r peer.Repository) {
	t.Helper()
	term.Keys("4")
	term.WaitFor("[4 Tags (5)]")
	for _, tag := range r.Tags {
		choose(t, term, " "+tag.Name+" ")
		term.Keys("Enter")
		term.WaitFor("acme/app > " + tag.Name)
		digest := "sha256:" + tag.SHA256
		term.WaitUntil("the digest "+digest, func(screen string) bool {
			return strings.Contains(unwrapped(screen), digest)
		})
		term.WaitFor(tag.Role)
		term.Keys("Escape")
		term.WaitFor("[4 Tags (5)]")
	}

	// What is copied is the whole digest.
	last := r.Tags[len(r.Tags)-1]
	term.Keys("Enter")
	term.WaitFor("acme/app > " + last.Name)
	term.Type("y")
	term.WaitFor("> digest")
	term.Keys("Enter")
	term.WaitFor("Copied the digest.")
	term.WaitClipboard("sha256:" + last.SHA256)
	term.Keys("Escape")
	term.WaitFor("[4 Tags (5)]")
}

// walkTabs looks at the other tabs of a repository.
func walkTabs(t *testing.T, term *peer.Terminal, r peer.Repository) {
	t.Helper()
	term.Keys("2")
	term.WaitFor("[2 Keys (6)]")
	for _, d := range r.Delegations {
		term.Keys("End") // where the IDs are
		for _, id := range d.KeyIDs {
			term.WaitFor(grouped(id))
		}
	}
	term.Keys("3")
	shows(t, term, "[3 Signers (1)]", "> alice")
	term.Keys("5")
	term.WaitFor("[5 History ")
	shows(t, term, "WHAT CHANGED", "Publish ", "FILES")
	term.Keys("6")
	shows(t, term, "[6 Raw]", "root.json", `"_type": "Root"`)
}

// walkPlaces looks at the places that are about everything. The docker client
// has the keys of image.
func walkPlaces(t *testing.T, term *peer.Terminal, image peer.Repository) {
	t.Helper()
	back := func() {
		term.Keys("Escape")
		shows(t, term, "NEXT EXPIRY", "4 repositories")
	}
	term.Type("K")
	shows(t, term, "Repositories > Keys", "PASSPHRASE", "carol", "dave")
	for _, d := range image.Delegations {
		term.WaitFor(grouped(d.KeyIDs[0]))
	}
	back()
	term.Type("D")
	shows(t, term, "Repositories > Doctor", "4 repositories examined", "belongs to no")
	back()
	term.Type("L")
	shows(t, term, "Repositories > Log", "/_trust/tuf/")
	back()
}

// grouped is how the program writes a short key ID.
func grouped(id string) string { return id[:4] + " " + id[4:8] }
