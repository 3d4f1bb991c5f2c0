package change

import (
	"path/filepath"
	"strings"
	"testing"

	"trustdeck/e2e/peer"
)

func badNames() []misuse {
	signer := func(name, signer string) misuse {
		return misuse{name: "signer of a folder: " + name, args: add("--key", "./p384.pub", "--", signer, "FOLDER")}
	}
	delegation := func(name, role string, flags ...string) misuse {
		args := append([]string{"delegation", "add", "--yes", "--path", "x/*", "--key", "./p384.pub"}, flags...)
		return misuse{name: "delegation in a folder: " + name, args: append(args, "--", "FOLDER", role)}
	}
	return []misuse{
		signer("empty", ""),
		signer("control characters", "a\x1b[31mb"),
		signer("a line break", "a\nb"),
		signer("the name of a top-level role", "snapshot"),
		signer("no UTF-8", "a\xff"),
		signer("5000 characters", strings.Repeat("a", 5000)),
		signer("a key that is not here to sign the first file", "carol"),
		delegation("control characters", "a\x1b[31mb"),
		delegation("the name of a top-level role", "timestamp"),
		delegation("from nobody", "ci", "--from", "nobody"),
		delegation("from the root", "ci", "--from", "root"),
		delegation("from itself", "qa", "--from", "qa"),
		delegation("threshold above the keys", "ci", "--threshold", "2"),
		delegation("no key file", "ci", "--key", "./nobody.pub"),
		delegation("a weak key", "ci", "--key", "./rsa1024.pub"),
	}
}

func badEdges() []misuse {
	row := func(name string, flags ...string) misuse {
		args := append([]string{"delegation", "add", "--yes", "--key", "./alice.pub"}, flags...)
		return misuse{name: "paths in a folder: " + name, args: append(args, "FOLDER", "ci")}
	}
	edit := func(name string, flags ...string) misuse {
		return misuse{name: "edit in a folder: " + name, args: append(append([]string{"delegation", "edit", "--yes"}, flags...), "FOLDER", "qa")}
	}
	threshold := func(name string, args ...string) misuse {
		return misuse{name: "threshold in a folder: " + name, args: append([]string{"threshold", "--yes", "FOLDER"}, args...)}
	}
	return []misuse{
		row("none"),
		row("an empty one", "--path", ""),
		row("control characters", "--path", "a\x1b[31m/*"),
		row("2000 characters", "--path", strings.Repeat("a", 2000)),
		row("all paths", "--all-paths"),
		row("a hash prefix that is none", "--hash-prefix", "xyz"),
		row("a hash prefix of 65 digits", "--hash-prefix", strings.Repeat("a", 65)),
		row("a path and a hash prefix", "--path", "a", "--hash-prefix", "0a"),
		row("no bins", "--bins", "0"),
		row("bins of 15 bits", "--bins", "15"),
		row("bins in words", "--bins", "two"),
		row("bins beside other delegations", "--bins", "2"),
		edit("nothing"),
		edit("a path that it has", "--path", "qa/*"),
		edit("a path that it lacks", "--remove-path", "x"),
		edit("terminating and not", "--terminating", "--not-terminating"),
		threshold("above the keys", "targets", "2"),
		threshold("above the keys of the root", "root", "3"),
		threshold("0", "qa", "0"),
		threshold("of no role", "nobody", "1"),
	}
}

func badTargets() []misuse {
	row := func(name string, args ...string) misuse {
		return misuse{name: "target in a folder: " + name, args: append([]string{"target", "add", "--yes", "FOLDER"}, args...)}
	}
	return []misuse{
		row("no file", "next", "./none.txt"),
		row("a folder", "next", "./folder"),
		row("a device without end", "next", "/dev/zero"),
		row("no name", "", "./alice.pub"),
		row("5000 characters", strings.Repeat("a", 5000), "./alice.pub"),
		row("outside the paths of the role", "--role", "qa", "elsewhere", "./alice.pub"),
		row("a role that is not there", "--role", "nobody", "next", "./alice.pub"),
		row("a role that lists none", "--role", "snapshot", "next", "./alice.pub"),
		row("custom data that is no JSON", "--custom", "./alice.pub", "next", "./alice.pub"),
		{name: "target in a folder: removed, and not there", args: []string{"target", "remove", "--yes", "FOLDER", "nothing"}},
	}
}

// oddNames are names that are no file's everywhere: a role can have any.
func oddNames() []misuse {
	row := func(name, role string, served bool) misuse {
		return misuse{
			name: "role in a folder: " + name, args: []string{"delegation", "add", "--yes", "--key", "./alice.pub", "--path", "x/*", "FOLDER", role}, stored: true,
			then: func(t *testing.T, s *scene) {
				for name := range s.filesBelow(s.folder) {
					if name != "." && (filepath.Dir(name) != "." || !strings.HasSuffix(name, ".json")) {
						t.Errorf("%s was written", name)
					}
				}
				folder := peer.ServeFolder(t, s.folder)
				if found, err := peer.Finds(folder.Updater(t, folder.Roots(t)[0]), "x/y"); served && (found || err != nil) {
					t.Errorf("go-tuf: %v, %v", found, err)
				}
			},
		}
	}
	return []misuse{
		row("white space", "team a", true),
		row("signs", "a@b&c=+$", true),
		row("no letter of ASCII", "команда", true),
		row("two dots and slashes", "a/../../x", false),
	}
}

func folderRivals() []misuse {
	saved := misuse{
		name: "rival in a folder: it has published since the plan", args: []string{"apply", "--yes", "PLAN"},
		wrong: func(s *scene) {
			for _, args := range [][]string{append([]string{"-f", "PLAN"}, toTarget...), {"renew", "--yes", "FOLDER", "targets"}} {
				if r := s.run(append([]string{}, args...)...); r.Code != 0 {
					s.t.Fatalf("%q: %s", args, r.Stderr)
				}
			}
		},
		others: true,
	}
	return []misuse{saved}
}
