package screen

import (
	"strings"
	"testing"

	"trustdeck/e2e/peer"
)

// Both tags of a repository are marked and revoked in its list of tags, and one of them is
// signed again with what the registry serves; notary reads what came of each, at every size
// that the program promises.
func TestTagsOfThePracticeWorld(t *testing.T) {
	peer.Need(t, "tmux", "notary")
	const repository = "registry.example.org/web/frontend"
	for _, size := range [][2]int{{60, 15}, {80, 24}, {100, 30}} {
		t.Run(peer.Size(size[0], size[1]), func(t *testing.T) {
			t.Parallel()
			term, temporary := onDemo(t, size[0], size[1])
			notary := peer.Notary(t, world(t, temporary), t.TempDir())
			list := func() string { return notary.Run(t, "list", repository, "-r", "targets/releases") }
			before := list()
			if !strings.Contains(before, "2.0") || !strings.Contains(before, "2.1") {
				t.Fatalf("nothing is signed:\n%s", before)
			}
			term.Keys("/")
			term.Type("web/frontend")
			term.Keys("Enter")
			follows(t, term, "[1 Roles]", "Enter")
			follows(t, term, "[4 Tags", "4")
			term.WaitFor("2.1")

			term.Keys("*", "U")
			term.WaitFor("From which roles")
			follows(t, term, "Ready:", "Enter")
			accept(t, term)
			unlock(t, term)
			if after := list(); strings.Contains(after, "2.0 ") || strings.Contains(after, "2.1 ") {
				t.Errorf("after the tags were revoked:\n%s", after)
			}

			follows(t, term, "[1 Roles]", "Enter")
			term.Keys("t")
			term.WaitFor("Which tags do you want to sign?")
			term.Type("2.0")
			term.Keys("Enter")
			term.WaitFor("• 2.0")
			follows(t, term, "What do you want to set yourself?", "Enter")
			follows(t, term, "Ready:", "Enter")
			accept(t, term)
			unlock(t, term)
			if after := list(); !strings.Contains(after, "2.0 ") || strings.Contains(after, "2.1 ") {
				t.Errorf("after 2.0 was signed:\n%s", after)
			}
			follows(t, term, "[1 Roles]", "Enter")
			quit(t, term)
			leaves(t, temporary)
		})
	}
}
