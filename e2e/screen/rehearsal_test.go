package screen

import (
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"trustdeck/e2e/peer"
)

// The lesson about ceremonies is done by someone who knows nothing but what the screens say: which
// keys do what, what to type, which words to compare. Three custodians sign on one machine, one of them
// with the practice token, and go-tuf follows from the old root.
func TestRehearsalLesson(t *testing.T) {
	t.Parallel()
	peer.Need(t, "tmux")
	term, temporary := practice(t, 80, 24)
	p := &pupil{Terminal: term, t: t}
	p.WaitFor("online")
	p.Follow("Repositories > Lessons", p.key("lessons"))
	p.Keys(p.key("filter"))
	p.Type("rehearse")
	p.Keys("Enter")
	p.WaitFor("1 of 20")
	p.lesson = p.pane()

	p.Follow("[1 Roles]", p.key("open"))
	p.Follow("Root chain of", p.told(`In the repository, (\S) lists the published roots`))
	p.root = p.find(`In words ([a-z ]+)`, p.pane())

	p.command("As Dan, ask for a place for your key: type :([a-z ]+)", map[string]string{
		"For which repository": p.told(`The repository is (\w+), your name`),
		"Who has the key":      p.told(`your name is (\w+)`),
		"Which key asks":       p.told(`the key is the one on (YubiKey \d+)`),
	})
	p.command("prepare the ceremony: type :([a-z ]+)", map[string]string{
		"For which repository": p.told(`The repository is (\w+), the request`),
		"Which requests":       p.told(`the request that you add is ([\w.]+),`),
		"Whose keys leave":     p.told(`the key that leaves is (\w+)'s`),
	})
	p.Keys(":")
	p.WaitFor("Commands, places, repositories")
	p.Type(p.told(`Open it: type :([a-z ]+),`))
	p.Follow("No ceremony is open.", "Enter")
	p.Keys(p.find(`Press (\S) to open the file`, flat(p.Screen())))
	p.WaitFor("Which file has the ceremony?")
	p.Enter(p.told(`and type ([\w.]+)\. The first line`))
	p.WaitFor("Now: ")

	signers := regexp.MustCompile(`with (\w+)'s key, with (\w+)'s, and with (\w+)'s`).FindStringSubmatch(p.lesson)[1:]
	for _, who := range signers {
		p.WaitFor("signs root.")
		p.goOn(map[string]string{
			"Which key do you want": who,
			"Which serial number":   p.told(`YubiKey (\d+)`),
			"Which of the":          writtenDown,
		})
	}
	p.WaitFor("Now: Everything is signed.")
	p.goOn(nil)
	p.WaitFor("Lesson done: A ceremony with three custodians")
	if len(strings.Fields(p.fingerprint)) != 12 {
		t.Errorf("the fingerprint is %q", p.fingerprint)
	}

	folders, err := filepath.Glob(filepath.Join(temporary, "trustdeck-practice-*", "tuf", "charter"))
	if err != nil || len(folders) != 1 {
		t.Fatal(folders, err)
	}
	folder := peer.ServeFolder(t, folders[0])
	if roots := folder.Roots(t); len(roots) != 2 {
		t.Errorf("%d roots are published", len(roots))
	} else if found, err := peer.Finds(folder.Updater(t, roots[0]), "charter-2026.pdf"); err != nil || !found {
		t.Errorf("go-tuf, from the old root: %v, %v", found, err)
	}
	transcript := filepath.Join(filepath.Dir(filepath.Dir(folders[0])), "files", "charter.ceremony.transcript")
	peer.Trustdeck(t).Run(t, "ceremony", "verify-transcript", transcript)
	quit(t, term)
	leaves(t, temporary)
}
