package screen

import (
	"testing"

	"trustdeck/e2e/peer"
)

// The lessons on repositories of TUF 1.0 are solved on the screen, as they say.
func TestTUFLessons(t *testing.T) {
	peer.Need(t, "tmux")
	for name, lesson := range map[string]struct {
		begin func(*peer.Terminal)
		// sees are the places that are looked at first.
		sees  []page
		walks [][]page
		named bool
		// review is what the last review says.
		review string
	}{
		"fleet": {
			begin: func(term *peer.Terminal) { term.Keys("R") },
			sees:  []page{{"[1 Roles]", "7"}, {"ONE?", "Escape"}, {"[1 Roles]"}},
			walks: [][]page{
				{
					{"Which role's key do you want to replace?", "Enter"},
					{"Which keys should sign the root?", "Down", "Down", "Down", "Down", "Down"},
					{"> [x] Root key 499d c406 of @eve", "Space"},
					{"5 marked", "Enter"},
					{"How many new root keys", "Enter"},
					{"How many of them must sign?", "Enter"},
					{"Which kind of key do you want to make?", "Enter"},
				},
				{
					{"Which role's key do you want to replace?", "Down"},
					{"> targets", "Enter"},
					{"Which of its keys do you want to replace?", "End"},
					{"> [ ] targets key 499d c406 of @eve", "Space"},
					{"1 marked", "Enter"},
					{"Which key should sign instead?", "Down"},
					{"> None", "Enter"},
				},
			},
			named: true, review: "- @eve 499d c406",
		},
		"feed": {
			begin:  func(term *peer.Terminal) { begin(term, "renew", "Renew") },
			sees:   []page{{"[1 Roles]"}},
			walks:  [][]page{{{"For how many days should each version", "Enter"}}},
			review: "sees 2 additional targets",
		},
		"catalog": {
			begin: func(term *peer.Terminal) { begin(term, "delegate", "Add delegation") },
			sees:  []page{{"[1 Roles]"}},
			walks: [][]page{{
				{"What is the name of the delegation?", "=archive", "Enter"},
				{"Which role delegates to it?", "Down", "Down"},
				{"> libraries", "Enter"},
				{"Which public keys may sign it?", "Enter"},
				{"What may the role list?", "Enter"},
				{"Which paths may it list?", "=lib/zip/1.*", "Enter"},
				{"• lib/zip/1.*", "Enter"},
				{"Does a search for a target of it end there?", "Enter"},
			}},
			review: "sees 1 additional target: lib/zip/1.0",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			term, temporary := practice(t, 100, 30, "repo/"+name+"/roles")
			through(term, lesson.sees...)
			for _, walk := range lesson.walks {
				term.WaitFor("read ")
				lesson.begin(term)
				through(term, walk...)
				shows(t, term, "Ready:", lesson.review)
				if lesson.named {
					writeName(t, term, name)
				}
				accept(t, term)
				unlock(t, term)
				follows(t, term, "[1 Roles]", "Enter")
			}
			switch name {
			case "feed":
				term.Keys(":")
				through(term, page{"Commands, places", "=repo/feed/forecast", "Enter"})
			case "catalog":
				term.Keys("x")
				through(term, page{"Name of the target", "=lib/zip/1.0", "Enter"})
			}
			// The notice that the lesson is done passes in seconds.
			follows(t, term, "1 of 20 done", "P")
			quit(t, term)
			leaves(t, temporary)
		})
	}
}

// Dan was asked to sign the root of fleet: he finds it, and signs it as it is. From the page of
// the repository to the passphrase it takes ctrl+p, three times enter, and tab.
func TestCountersign(t *testing.T) {
	peer.Need(t, "tmux")
	term, _ := practice(t, 100, 30, "repo/fleet/roles")
	through(term, page{"asked, not"})
	term.WaitFor("read ")
	begin(term, "countersign", "Countersign")
	through(term, page{"Asked and not signed: @dan and @eve.", "Enter"})
	shows(t, term, "Ready:", "of @dan (key file), signed before by", "of @cleo")
	accept(t, term)
	unlock(t, term)
	follows(t, term, "[1 Roles]", "Enter")
	shows(t, term, "4 valid, 1 other")
}
