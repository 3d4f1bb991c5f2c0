package screen

import (
	"path/filepath"
	"regexp"
	"testing"

	"trustdeck/e2e/peer"
	lessons "trustdeck/remote/sandbox/practice"
)

type page = peer.Page

// through walks through pages.
func through(term *peer.Terminal, pages ...page) { term.Through(pages...) }

// begin begins a flow by its name among the commands.
func begin(term *peer.Terminal, name, title string) {
	term.Keys("C-p")
	through(term, page{"Commands, places", "=" + name}, page{"> " + title, "Enter"})
}

// Delegations and a threshold are changed from the list of commands, each through all of its
// pages; notary reads what came of each.
func TestDelegationsOfThePracticeWorld(t *testing.T) {
	peer.Need(t, "tmux", "notary")
	t.Parallel()
	const repository = "registry.example.org/ops/vault"
	term, temporary := practice(t, 80, 24, "repo/"+repository)
	term.WaitFor("[1 Roles]")
	notary := peer.Notary(t, world(t, temporary), t.TempDir())
	amy, ben := peer.BareKey(t, t.TempDir(), "amy"), peer.BareKey(t, t.TempDir(), "ben")
	for _, walk := range []struct {
		name, title string
		pages       []page
		// named tells that the name of the repository is typed.
		named bool
		// want is the row of targets/qa that notary lists; empty where there is none.
		want string
	}{
		{"delegate", "Add delegation", []page{
			{"What is the name of the delegation?", "=targets/qa", "Enter"},
			{"Which public keys may sign it?", "=" + amy.PublicFile, "Enter"},
			{amy.ID, "Enter"},
			{"What may the role list?", "Enter"},
		}, false, `"" <all paths> +` + amy.ID + ` +1`},
		{"edit delegation", "Edit delegation", []page{
			{"Which delegation do you want to change?", "/", "=targets/qa", "Enter"},
			{"filter targets/qa", "Enter"},
			{"What do you want to change?", "Space"},
			{"[x] Add keys", "Enter"},
			{"Which public keys", "=" + ben.PublicFile, "Enter"},
			{ben.ID, "Enter"},
		}, true, `"" <all paths> +` + either(amy, ben) + `\s+1\s+` + either(amy, ben)},
		{"change threshold", "Change threshold", []page{
			{"Which role's threshold do you want to change?", "/", "=targets/qa", "Enter"},
			{"filter targets/qa", "Enter"},
			{"How many of the keys must sign?", "Down"},
			{"> 2 of 2", "Enter"},
		}, true, `"" <all paths> +` + either(amy, ben) + `\s+2\s+` + either(amy, ben)},
		{"change threshold", "Change threshold", []page{
			{"Which role's threshold do you want to change?", "/", "=targets/qa", "Enter"},
			{"filter targets/qa", "Enter"},
			{"> 1 of 2", "Enter"},
		}, true, `"" <all paths> +` + either(amy, ben) + `\s+1\s+` + either(amy, ben)},
		{"purge key", "Purge key", []page{
			{"Which keys do you want to remove", "/", "=" + ben.ID[:12], "Enter"}, {"filter " + ben.ID[:12], "Space"}, {"[x] ", "Enter"},
		}, true, `"" <all paths> +` + amy.ID + ` +1`},
		{"undelegate", "Remove delegation", nil, true, ""}, // the selected one is meant
	} {
		begin(term, walk.name, walk.title)
		through(term, walk.pages...)
		term.WaitFor("Ready:")
		if walk.named {
			writeName(t, term, repository)
		}
		accept(t, term)
		unlock(t, term)
		list := notary.Run(t, "delegation", "list", repository)
		if found := regexp.MustCompile(`targets/qa +` + walk.want).MatchString(list); found == (walk.want == "") {
			t.Errorf("after %q:\n%s", walk.title, list)
		}
		follows(t, term, "[1 Roles]", "Enter")
	}
	quit(t, term)
	leaves(t, temporary)
}

// either matches the ID of one of two keys.
func either(a, b peer.Key) string { return "(" + a.ID + "|" + b.ID + ")" }

// A key is generated, gets another name and passphrase, is shown, exported, removed and
// imported on the Keys screen; notary lists it as it then is, and opens it.
func TestKeysOfThePracticeWorld(t *testing.T) {
	peer.Need(t, "tmux", "notary")
	t.Parallel()
	term, temporary := onDemo(t, 80, 24)
	folders, err := filepath.Glob(filepath.Join(temporary, "*", "docker", "trust"))
	if err != nil || len(folders) != 1 {
		t.Fatalf("the trust folder of the demo: %v, %v", folders, err)
	}
	server, dir := world(t, temporary), t.TempDir()
	notary, public, exported := peer.Notary(t, server, folders[0]), filepath.Join(dir, "yan.pub"), filepath.Join(dir, "yan.pem")
	const fresh = "another passphrase"
	id := ""
	term.Keys("K")
	secret := func(question, passphrase string) page { return page{question, "=" + passphrase, "Enter"} }
	marked := page{"[x] ", "Enter"}
	for _, walk := range []struct {
		key   string
		pages []page
		// agrees is what follows the review, and secrets are what is asked for then.
		agrees  string
		secrets []page
		// label is how notary lists the key; empty where it does not.
		label string
	}{
		{
			"N",
			[]page{{"In which folder do you want to keep it?", "Enter"}, {"Whose key do you want to generate?", "=yan", "Enter"}, {"Which file do you want to write the public key to?", "C-u", "=" + public, "Enter"}},
			"Passphrase 1 of 1",
			[]page{secret("A new passphrase", lessons.Passphrase), secret("Type the passphrase again", lessons.Passphrase)},
			"yan",
		},
		{"M", []page{{"> yan key", "Enter"}, {"What do you want to call it?", "=zed", "Enter"}}, "─ Done ─", nil, "zed"},
		{"a", []page{marked}, "Passphrase 1 of 2", []page{secret("Passphrase of the zed key", lessons.Passphrase), secret("A new passphrase", fresh), secret("Type the passphrase again", fresh)}, "zed"},
		{"x", []page{marked, {"Which file do you want to write?", "C-u", "=" + exported, "Enter"}}, "─ Done ─", nil, "zed"},
		{"e", []page{marked, {"No backup holds these keys", "Down"}, {"> Remove them without a backup", "Enter"}}, "─ Done ─", nil, ""},
		{"I", []page{{"In which folder do you want to keep it?", "Enter"}, {"Which key files do you want to import?", "=" + exported, "Enter"}, {"• ", "Enter"}, secret("Passphrase", fresh)}, "─ Done ─", nil, "zed"},
	} {
		through(term, page{"LABEL", walk.key})
		through(term, walk.pages...)
		term.WaitFor("Ready:")
		if walk.key == "e" {
			writeName(t, term, id[:8])
		}
		agree(t, term, walk.agrees)
		through(term, walk.secrets...)
		term.WaitFor("─ Done ─")
		if id == "" {
			id = peer.PublicKeyID(t, public)
		}
		list := notary.Run(t, "key", "list")
		if found := regexp.MustCompile(`(?m)^\s*` + walk.label + ` +` + id).MatchString(list); found == (walk.label == "") {
			t.Errorf("after %s, notary lists\n%s", walk.key, list)
		}
		follows(t, term, "LABEL", "Enter")
		if walk.key == "N" { // what follows is about this key
			term.Keys("/")
			through(term, page{"filter", "=" + id[:12], "Enter"}, page{"1 of 46"})
		}
	}
	quit(t, term)
	leaves(t, temporary)
}
