package change

import "strings"

// withTags gives a scene targets/qa and the tag qa-1 in it, and 1.0 in targets.
func withTags(s *scene) {
	withDelegation(s)
	for _, args := range [][]string{
		{"sign", "--yes", "--role", "targets", "--digest", digest, "--size", "10", initialised + ":1.0"},
	} {
		if r := s.run(args...); r.Code != 0 {
			s.t.Fatalf("%q: %s", args, r.Stderr)
		}
	}
}

// nowhere is a repository whose registry does not answer, and which has no trust data.
const nowhere = "127.0.0.1:1/acme/app"

func signRows() []misuse {
	row := func(name string, args ...string) misuse {
		return misuse{name: "sign: " + name, args: append([]string{"sign", "--yes"}, args...)}
	}
	given := func(name, tag string, more ...string) misuse {
		return row(name, append(append([]string{"--role", "targets", "--digest", digest, "--size", "10"}, more...), initialised+":"+tag)...)
	}
	return []misuse{
		row("no tag", initialised),
		row("a digest in the name", initialised+"@sha256:"+digest),
		row("no trust data", "--digest", digest, "--size", "10", nowhere+":1.0"),
		row("no key here that may sign", "--digest", digest, "--size", "10", initialised+":1.0"),
		row("a short digest", "--role", "targets", "--digest", "sha256:12", "--size", "10", initialised+":1.0"),
		row("no size", "--role", "targets", "--digest", digest, initialised+":1.0"),
		row("a size in words", "--role", "targets", "--digest", digest, "--size", "ten", initialised+":1.0"),
		row("a size of 0", "--role", "targets", "--digest", digest, "--size", "0", initialised+":1.0"),
		row("a digest for two tags", "--role", "targets", "--digest", digest, "--size", "10", initialised+":1.0", initialised+":1.1"),
		given("a tag twice", "1.0", initialised+":1.0"),
		given("a tag with a dash at the beginning", "-1"),
		given("a tag with control characters", "1\x1b[31m"),
		given("129 characters", strings.Repeat("a", 129)),
		given("custom data that is not there", "1.1", "--custom", "./none.json"),
		given("custom data that is no JSON", "1.1", "--custom", "./alice.pub"),
		row("a role that is not there", "--role", "targets/none", "--digest", digest, "--size", "10", initialised+":1.0"),
		row("a role that holds no tags", "--role", "root", "--digest", digest, "--size", "10", initialised+":1.0"),
		row("a tag outside the paths of the role", "--role", "targets/qa", "--digest", digest, "--size", "10", initialised+":1.0"),
		row("a role whose key is not here", "--role", "targets/qa", "--digest", digest, "--size", "10", initialised+":qa-1"),
	}
}

func revocations() []misuse {
	row := func(name string, args ...string) misuse {
		return misuse{name: name, args: append(args, "--yes")}
	}
	return []misuse{
		row("revoke: a tag that is not signed", "revoke", initialised+":9.9"),
		row("revoke: no tag", "revoke", initialised),
		row("revoke: a role that does not list it", "revoke", "--role", "targets/qa", initialised+":1.0"),
		row("copy: a tag that is not signed", "copy", initialised+":9.9", "1.1"),
		row("copy: no other tag", "copy", initialised+":1.0"),
		row("copy: a name that is no tag", "copy", initialised+":1.0", "a/b"),
		row("copy: no key here that may sign", "copy", initialised+":1.0", "1.1"),
		row("target add: no file", "target", "add", initialised, "notes", "./none.txt"),
		row("target add: a folder", "target", "add", initialised, "notes", "."),
		row("target add: no hash", "target", "add", "--size", "1", initialised, "notes"),
		row("target add: a short hash", "target", "add", "--size", "1", "--sha512", digest, initialised, "notes"),
		row("target add: a file and a hash", "target", "add", "--sha256", digest, initialised, "notes", "./alice.pub"),
		row("target add: no name", "target", "add", initialised, "", "./alice.pub"),
		row("target remove: not there", "target", "remove", initialised, "notes"),
	}
}
