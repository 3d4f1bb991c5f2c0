package change

import (
	"os"
	"path/filepath"
	"strings"

	"trustdeck/e2e/peer"
)

// withDelegation gives a scene targets/qa, which alice signs and whose tags begin with "qa-".
func withDelegation(s *scene) {
	if r := s.run("delegation", "add", "--yes", "--key", "./alice.pub", "--path", "qa-", initialised, "targets/qa"); r.Code != 0 {
		s.t.Fatalf("no delegation: %s", r.Stderr)
	}
}

// withStaged has notary stage three changes for the repository of a scene, the second of
// which can't be applied.
func withStaged(s *scene) {
	withDelegation(s)
	notary := peer.Notary(s.t, s.server, s.trust)
	notary.Run(s.t, "addhash", initialised, "1.0", "10", "--sha256", digest)
	notary.Run(s.t, "witness", initialised, "targets/qa")
	notary.Run(s.t, "addhash", initialised, "2.0", "10", "--sha256", digest)
}

func delegationsAdded() []misuse {
	key := []string{"--key", "./p384.pub"}
	row := func(name, role string, flags ...string) misuse {
		args := append([]string{"delegation", "add", "--yes"}, flags...)
		return misuse{name: "delegation add: " + name, args: append(args, "--", initialised, role)}
	}
	named := func(name, role string) misuse { return row(name, role, append(key, "--all-paths")...) }
	return []misuse{
		named("a role without its delegator", "ci"),
		named("targets", "targets"),
		named("root", "root"),
		named("no name behind the slash", "targets/"),
		named("upper case", "targets/CI"),
		named("a space", "targets/c i"),
		named("two dots", "targets/../ci"),
		named("control characters", "targets/c\x1b[31mi"),
		named("300 characters", "targets/"+strings.Repeat("a", 300)),
		named("a delegator that is not there", "targets/none/ci"),
		named("a delegator whose key is not here", "targets/qa/night"),
		row("no key", "targets/ci", "--all-paths"),
		row("a weak key", "targets/ci", "--key", "./rsa1024.pub", "--all-paths"),
		row("no path", "targets/ci", key...),
		row("an empty path", "targets/ci", append(key, "--path", "")...),
		row("a path with control characters", "targets/ci", append(key, "--path", "a\x1b[31m")...),
		row("a path outside those of the delegator", "targets/qa/night", append(key, "--path", "night-")...),
		row("all paths below one that has a few", "targets/qa/night", append(key, "--all-paths")...),
		row("threshold 0", "targets/ci", append(key, "--all-paths", "--threshold", "0")...),
		row("threshold above the keys", "targets/ci", append(key, "--all-paths", "--threshold", "2")...),
		row("threshold in words", "targets/ci", append(key, "--all-paths", "--threshold", "two")...),
		row("the key it has", "targets/qa", "--key", "./alice.pub", "--path", "qa-"),
	}
}

func delegationsEdited() []misuse {
	edit := func(name string, flags ...string) misuse {
		return misuse{name: "delegation edit: " + name, args: append(append([]string{"delegation", "edit", "--yes"}, flags...), initialised, "targets/qa")}
	}
	command := func(subject, name string, args ...string) misuse {
		return misuse{name: "delegation " + subject + ": " + name, args: append([]string{"delegation", subject, "--yes"}, args...)}
	}
	return []misuse{
		edit("nothing"),
		edit("an unknown key", "--remove-key", strings.Repeat("0123456789abcdef", 4)),
		edit("a key of another role", "--remove-key", "TARGETS-KEY"),
		edit("the last key", "--remove-key", "ALICE-KEY"),
		edit("a key that it has", "--key", "./alice.pub"),
		edit("a path that it has", "--path", "qa-"),
		edit("a path that it lacks", "--remove-path", "v"),
		edit("a threshold above the keys", "--threshold", "2"),
		edit("the threshold that it has", "--threshold", "1"),
		edit("all paths and no longer all", "--all-paths", "--not-all-paths"),
		command("edit", "a role that is not there", "--threshold", "1", initialised, "targets/ci"),
		command("edit", "a repository without trust data", "--threshold", "1", fresh, "targets/ci"),
		command("remove", "a role that is not there", initialised, "targets/ci"),
		command("remove", "targets", initialised, "targets"),
		command("remove", "no role", initialised),
		command("purge", "an unknown key", strings.Repeat("0123456789abcdef", 4), initialised),
		command("purge", "a key of targets", "TARGETS-KEY", initialised),
		command("purge", "no key", initialised),
	}
}

func delegationsTaken() []misuse {
	row := func(name string, args ...string) misuse {
		return misuse{name: "delegation taken: " + name, args: append([]string{"delegation"}, args...), stored: true}
	}
	return []misuse{
		row("a key twice", "add", "--yes", "--key", "./alice.pub", "--key", "./alice.pub", "--all-paths", initialised, "targets/ci"),
		row("a path twice", "add", "--yes", "--key", "./alice.pub", "--path", "a", "--path", "a", initialised, "targets/ci"),
		row("a role removed twice", "remove", "--yes", initialised, "targets/qa", "targets/qa"),
	}
}

func thresholds() []misuse {
	row := func(name string, args ...string) misuse {
		return misuse{name: "threshold: " + name, args: append([]string{"threshold", "--yes", initialised}, args...)}
	}
	return []misuse{
		row("none", "targets"),
		row("0", "targets", "0"),
		row("below 0", "--", "targets", "-1"),
		row("in words", "targets", "two"),
		row("above the keys", "targets", "2"),
		row("as it is", "targets", "1"),
		row("of a role that is not there", "targets/ci", "1"),
		row("of a role that the server signs", "timestamp", "1"),
		row("of no role", "1"),
	}
}

func stagedChanges() []misuse {
	row := func(name string, args ...string) misuse { return misuse{name: name, args: args} }
	publish := func(name string, args ...string) misuse {
		return row("publish: "+name, append([]string{"publish", "--yes", initialised}, args...)...)
	}
	reset := func(name string, args ...string) misuse {
		return row("reset: "+name, append([]string{"reset", "--yes", initialised}, args...)...)
	}
	damaged := publish("a damaged entry", "--drop", "1")
	damaged.wrong = func(s *scene) { s.stage("{half") }
	other := publish("an entry of another version", "--drop", "1")
	other.wrong = func(s *scene) { s.stage(`{"action":"move","role":"targets","type":"target","path":"x","data":null}`) }
	return []misuse{
		publish("an entry that cannot be applied"),
		publish("an entry that is not there", "--drop", "7"),
		publish("entries in words", "--drop", "first"),
		publish("all left out", "--drop", "0", "--drop", "1", "--drop", "2"),
		publish("an order without an entry", "--drop", "1", "--order", "2"),
		publish("an order with an entry left out", "--drop", "1", "--order", "2,1,0"),
		damaged, other,
		row("publish: nothing staged", "publish", "--yes", fresh),
		reset("an entry that is not there", "--entry", "7"),
		reset("entries in words", "--entry", "first"),
		reset("no entry"),
		row("delete: no repository", "delete", "--yes"),
		row("delete: two repositories", "delete", "--yes", initialised, fresh),
		row("delete: a tag", "delete", "--yes", initialised+":1.0"),
		row("delete: not accepted", "delete", "--remote", "--no-archive", initialised),
		row("delete: an archive and none", "delete", "--yes", "--remote", "--no-archive", "--archive-to", "x", initialised),
		row("delete: an archive without the server", "delete", "--yes", "--archive-to", "x", initialised),
		row("delete: an archive where a file is", "delete", "--yes", "--remote", "--archive-to", "/dev/null", initialised),
		row("delete: nothing there", "delete", "--yes", "docker.io/acme/never"),
		row("delete: nothing anywhere", "delete", "--yes", "--remote", "docker.io/acme/never"),
		row("reset: nothing staged", "reset", "--yes", "--entry", "all", fresh),
	}
}

// stage puts a file beside what notary has staged until the row is over.
func (s *scene) stage(text string) {
	path := filepath.Join(s.trust, "tuf", filepath.FromSlash(initialised), "changelist", "99999999999999999999_x.change")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		s.t.Fatal(err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.undo = append(s.undo, func() {
		if err := os.Remove(path); err != nil {
			s.t.Error(err)
		}
	})
}
