package tui_test

import (
	"testing"

	"trustdeck/tui/flows"
	"trustdeck/tui/nav"
	"trustdeck/tui/tuitest"
)

// searched starts an app whose flows can all be walked through, at a place, and types into
// the palette.
func searched(t *testing.T, opener, word string) *app {
	t.Helper()
	source := tuitest.NewSource()
	o := options(source)
	o.Flows = flows.All(flows.Ports{Backend: tuitest.NewGuideBackend(), Backups: tuitest.NewBackupBackend()})
	return startWith(t, o, source).press(opener).write(word)
}

// Whatever somebody is used to typing, the first hit is what is meant.
func TestPaletteKnowsTheWordsOfOthers(t *testing.T) {
	for word, want := range map[string]string{
		// Commands of clients that sign.
		"init": "Initialise repository", "key rotate": "Rotate key", "delegation add": "Add delegation", "delegation": "Add delegation",
		"delegation remove": "Remove delegation", "delegation purge": "Purge key", "witness": "Witness role",
		"status": "Staged changes", "publish": "Publish staged changes", "key list": "Private keys", "key export": "Export keys",
		"key import": "Import keys", "key load": "Import keys", "signer add": "Add signer", "signer remove": "Remove signer", "inspect": "Repositories",
		"key generate": "Generate key", "key show": "Private keys", "threshold": "Change threshold", "thresh": "Change threshold", "list": "Repositories", "server-managed": "Rotate key",
		// Of terminal programs.
		"repos": "Repositories", "logs": "Log", "q": "Quit", "q!": "Quit", "quit": "Quit", "pulses": "Doctor", "describe": "Open",
		"help": "Show help", "reload": "Refresh", "config": "Settings", "jobs": "Tasks", "sort": "Sort rows", "yank": "Copy value",
		// What people call it.
		"offboard": "Off-board person", "off-board": "Off-board person", "leaving": "Off-board person", "revoke": "Revoke tag", "trust revoke": "Revoke tag", "untag": "Revoke tag",
		"remove": "Remove signer", "expiring": "Renew signatures", "renew": "Renew signatures", "sign": "Sign tag", "trust sign": "Sign tag", "retag": "Retag signature", "addhash": "Add target", "vouch": "Witness role",
		"lost key": "Rotate key", "rotate": "Rotate key", "backup": "Back up keys", "export": "Export keys", "import": "Import keys",
		"restore": "Restore backup", "test backup": "Check backup", "add signer": "Add signer", "add": "Add signer", "people": "Signers",
		"keys": "Private keys", "doctor": "Doctor", "findings": "Doctor", "problems": "Show problems only", "mouse": "Switch mouse",
		"accept": "Accept a root", "rollback": "Accept a rollback", "protect": "Protect key files",
		"docker": "Other clients", "content trust": "Other clients", "docker pull": "Other clients",
		// Settings, by name and by value.
		"theme": "Setting theme", "dark": "Setting theme", "ascii": "Setting ascii", "trust folder": "Setting trust folder",
		// Places by a part of their names.
		"sett": "Settings", "sign ad": "Add signer", "frontend": frontend, "wf": frontend, "wefr": frontend,
		"web/frontend": frontend, "REGISTRY.example.org/web/frontend": frontend,
	} {
		a := searched(t, ":", word)
		if _, ok := tuitest.Line(a.screen(), "> "+want); !ok {
			first, _ := tuitest.Line(a.screen(), "│ >")
			t.Errorf("%q finds %q first, want %q", word, first, want)
		}
	}
}

// Inside a repository its own places come first, but not before the change that is called so.
func TestPaletteInARepository(t *testing.T) {
	for _, c := range []struct {
		place      nav.Route
		word, want string
	}{
		{nav.Repo(frontend, nav.TabRoles), "threshold", "> Change threshold"},
		{nav.Repo(frontend, nav.TabSigners), "threshold", "> Change threshold"},
		{nav.Repo(frontend, nav.TabRoles), "thresh", "> Change threshold"},
		{nav.Repo(frontend, nav.TabRoles), "who must sign", "> Show quorum"},
		{nav.Repo(frontend, nav.TabRoles), "quorum", "> Show quorum"},
		{nav.Route{}, "threshold", "> Change threshold"},
		{nav.Route{}, "explain", "nothing matches"},
		{nav.Route{}, "wfro", "> " + frontend},
	} {
		source := tuitest.NewSource()
		o := options(source)
		o.Flows = flows.All(flows.Ports{Backend: tuitest.NewGuideBackend()})
		o.Start = c.place
		a := startWith(t, o, source).press(":").write(c.word)
		if _, ok := tuitest.Line(a.screen(), c.want); !ok {
			t.Errorf("%q at %s doesn't find %q first:\n%s", c.word, c.place, c.want, a.screen())
		}
	}
}

// A repository is found by its exact name, whatever else is called so.
func TestAnExactRepositoryNameWins(t *testing.T) {
	source := tuitest.NewSource()
	view := source.Views[0]
	view.GUN = "registry.example.org/keys"
	view.Repository = nil
	source.Views = append(source.Views, view)
	a := startWith(t, options(source), source).press("ctrl+p").write("keys")
	if _, ok := tuitest.Line(a.screen(), "> registry.example.org/keys"); !ok {
		t.Errorf("got:\n%s", a.screen())
	}
	a.press("enter").at("repo/registry.example.org/keys/roles")
	a.press("esc", "ctrl+p").write("key").press("enter").at("keys")
}

// A setting leads to its row, also where the screen is there already and filtered.
func TestASettingLeadsToItsRow(t *testing.T) {
	a := searched(t, "ctrl+p", "dark").press("enter").at("settings")
	if _, ok := tuitest.Line(a.screen(), "> ", "theme"); !ok {
		t.Errorf("got:\n%s", a.screen())
	}
	a.press("/").write("trust").press("enter", "ctrl+p").write("mouse setting").press("enter").at("settings")
	if _, ok := tuitest.Line(a.screen(), "> ", "mouse"); !ok {
		t.Errorf("got:\n%s", a.screen())
	}
}

// What cannot be done here says why, where it is selected, and does nothing.
func TestPaletteSaysWhyNot(t *testing.T) {
	a := start(t, "log").press("ctrl+p").write("copy").sees("not now", "Not available here: The selection has nothing to copy.")
	a.press("enter").sees("Commands, places")
}
