package ceremony

import (
	"encoding/json"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"trustdeck/e2e/peer"
	"trustdeck/model/report"
)

// As many custodians as the threshold are to be replaced: trustdeck prepares nothing, and names two
// commands. Run as they are, they lead there, and in each ceremony those who stay sign alone.
func TestReplaceAsManyAsMustSign(t *testing.T) {
	t.Parallel()
	t.Run("folder", func(t *testing.T) {
		work, dir := t.TempDir(), t.TempDir()
		olga := seat(t, "Olga", true, "own", "targets", "snapshot", "timestamp")
		replaceTwo(t, olga, work, dir, "own", []string{"targets", "snapshot", "timestamp"}, nil)
		folder := peer.ServeFolder(t, dir)
		if n := followed(t, folder); n != 3 {
			t.Errorf("there are %d roots", n)
		}
	})
	t.Run("server", func(t *testing.T) {
		peer.Need(t, "notary", "notary-server", "docker trust")
		server := peer.MemoryServer(t)
		work, gun := t.TempDir(), "docker.io/acme/two"
		olga := seat(t, "Olga", true, "trust", "targets")
		old := peer.Notary(t, server, t.TempDir())
		replaceTwo(t, olga, work, gun, "trust", []string{"targets"}, func(step int) {
			if step == 0 {
				old.Run(t, "list", gun) // it knows the first root alone
			}
		}, "--server", server.URL, "--tlscacert", server.PKI.CAFile())
		for name, reader := range map[string]*peer.Client{"a client that has the first root": old, "a new client": peer.Notary(t, server, t.TempDir())} {
			if list := reader.Run(t, "list", gun); !strings.Contains(list, "No targets") {
				t.Errorf("%s lists\n%s", name, list)
			}
		}
	})
}

// replaceTwo makes a repository with a root of two of three, and replaces two of the three. after is called
// after each publish.
func replaceTwo(t *testing.T, olga *desk, work, repository, folder string, own []string, after func(step int), place ...string) {
	t.Helper()
	file := func(name string) string { return filepath.Join(work, name) }
	start := []string{"ceremony", "start", "--threshold", "2", "--to", file("first.ceremony")}
	for _, role := range own {
		olga.ask(role, role, repository, file(role))
		start = append(start, "--add", file(role))
	}
	people := map[string]*desk{}
	for _, name := range []string{"Ada", "Ben", "Cleo", "Dan", "Eve"} {
		people[name] = seat(t, name, false, folder, "root")
		people[name].ask("root", "root", repository, file(name))
		if name < "D" {
			start = append(start, "--add", file(name))
		}
	}
	publish := func(step int, name string, signs ...string) {
		t.Helper()
		known := []string(nil)
		if roots := olga.told(olga.run("ceremony", "show", "-o", "json", file(name))).Roots; len(roots) > 0 {
			known = []string{"--root", roots[len(roots)-1].SHA256}
		}
		for _, who := range signs {
			people[who].sign(file(name), known...)
		}
		if step == 0 {
			olga.sign(file(name))
		}
		said := olga.run(slices.Concat([]string{"ceremony", "publish", "--yes", "-o", "json", file(name)}, place)...)
		var told report.Change
		if err := json.Unmarshal([]byte(said), &told); err != nil || len(told.Repositories) != 1 || len(told.Repositories[0].Older) != max(step-1, 0) {
			t.Errorf("published as %+v, %v", told, err)
		}
		again := olga.run(slices.Concat([]string{"ceremony", "publish", "--yes", "-o", "json", file(name)}, place)...)
		if err := json.Unmarshal([]byte(again), &told); err != nil || !told.Done || told.Repositories[0].State != "unchanged" || told.Repositories[0].Repository == "" {
			t.Errorf("published again as %s, %v", again, err)
		}
		if after != nil {
			after(step)
		}
	}
	olga.run(slices.Concat(start, []string{repository}, place)...)
	publish(0, "first.ceremony", "Ada", "Cleo")

	at := []string{
		"ceremony", "start", "--people", file("first.ceremony"), "--add", file("Dan"), "--add", file("Eve"), "--remove", "Ada", "--remove", "Ben",
		"--title", "It's time", "--last-safe", time.Now().AddDate(0, 1, 0).Format(time.DateOnly), "--to", file("second.ceremony"), repository,
	}
	r := olga.try(slices.Concat(at, place)...)
	if r.Code != 2 || !strings.Contains(r.Stderr, "1 of the 3 root keys would stay, and 2 must sign") {
		t.Fatalf("exit code %d\n%s", r.Code, r.Stderr)
	}
	commands := commandLines(t, r.Stderr)
	if len(commands) != 2 {
		t.Fatalf("%d commands in\n%s", len(commands), r.Stderr)
	}
	if !slices.Contains(commands[0], "--last-safe") || slices.Contains(commands[1], "--last-safe") {
		t.Errorf("the date is not in the first command alone:\n%q", commands)
	}
	// Those who stay in the first are Ben and Cleo, and in the second Cleo and Dan.
	for i, row := range []struct {
		file  string
		signs []string
	}{{"second.ceremony", []string{"Ben", "Cleo"}}, {"second-2.ceremony", []string{"Cleo", "Dan"}}} {
		olga.run(commands[i]...)
		if title := olga.told(olga.run("ceremony", "show", "-o", "json", file(row.file))).Title; title != "It's time" {
			t.Errorf("it is called %q", title)
		}
		publish(i+1, row.file, row.signs...)
	}
	signers := olga.told(olga.run("ceremony", "show", "-o", "json", file("second-2.ceremony"))).Files[0].Quorums[1].Keys
	var names []string
	for _, m := range signers {
		names = append(names, m.Person)
	}
	if slices.Sort(names); !slices.Equal(names, []string{"Cleo", "Dan", "Eve"}) {
		t.Errorf("the root has the keys of %q", names)
	}
	checkNoSecret(t, work)
}

// commandLines are the command lines of trustdeck in a text, as a shell reads them.
func commandLines(t *testing.T, text string) [][]string {
	t.Helper()
	var out [][]string
	for line := range strings.Lines(text) {
		if !strings.HasPrefix(strings.TrimSpace(line), "trustdeck ceremony") && !strings.HasPrefix(strings.TrimSpace(line), "trustdeck --") {
			continue
		}
		words, err := exec.Command("sh", "-c", `trustdeck() { for word; do printf '%s\0' "$word"; done; }; `+line).Output()
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, strings.Split(strings.TrimSuffix(string(words), "\x00"), "\x00"))
	}
	return out
}
