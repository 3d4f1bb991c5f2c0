package change

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"

	"trustdeck/e2e/peer"
)

// ownPrivate is where trustdeck keeps the keys that it makes for repositories in folders, in the
// home of the administrator.
var ownPrivate = filepath.Join(".local", "share", "trustdeck", "keys", "private")

// withFolder gives a scene a repository in a folder instead: FOLDER, with the delegation qa
// and the target app. In rows, HERE is a link to it, and EMPTY a folder without metadata.
func withFolder(s *scene) {
	s.folder = filepath.Join(s.home, "repository")
	s.keys["FOLDER"], s.keys["HERE"], s.keys["EMPTY"] = s.folder, filepath.Join(s.home, "here"), filepath.Join(s.home, "empty")
	s.program = s.program.With("DOCKER_CONTENT_TRUST_REPOSITORY_PASSPHRASE=" + peer.RepositoryPassphrase)
	err := errors.Join(os.Mkdir(s.folder, 0o755), os.Mkdir(s.keys["EMPTY"], 0o755), os.Symlink(s.folder, s.keys["HERE"]))
	if err != nil {
		s.t.Fatal(err)
	}
	for _, args := range [][]string{
		{"init", "FOLDER"},
		{"key", "import", "--role", "qa", "./alice.key"},
		{"delegation", "add", "--key", "./alice.pub", "--path", "qa/*", "FOLDER", "qa"},
		{"target", "add", "--size", "10", "--sha256", digest, "--role", "targets", "FOLDER", "app"},
	} {
		if r := s.run(append(args, "--yes")...); r.Code != 0 {
			s.t.Fatalf("%q: %s", args, r.Stderr)
		}
	}
}

// put has a file of the repository hold something else until the row is over, which nobody
// may change in the meantime.
func put(name string, text func(was []byte) []byte) func(*scene) {
	return func(s *scene) {
		path := filepath.Join(s.folder, name)
		was, err := os.ReadFile(path)
		if err != nil {
			s.t.Fatal(err)
		}
		is := text(was)
		if err := os.WriteFile(path, is, 0o600); err != nil {
			s.t.Fatal(err)
		}
		s.undo = append(s.undo, func() {
			if now, err := os.ReadFile(path); err != nil || !bytes.Equal(now, is) {
				s.t.Errorf("%s was changed: %v", name, err)
			}
			if err := os.WriteFile(path, was, 0o644); err != nil {
				s.t.Fatal(err)
			}
		})
	}
}

// instead has something else be where a file or folder is until the row is over.
func instead(path func(*scene) string, put func(at string) error) func(*scene) {
	return func(s *scene) {
		at := path(s)
		aside := at + ".aside"
		if err := errors.Join(os.Rename(at, aside), put(at)); err != nil {
			s.t.Fatal(err)
		}
		s.undo = append(s.undo, func() {
			if err := errors.Join(os.RemoveAll(at), os.Rename(aside, at)); err != nil {
				s.t.Fatal(err)
			}
		})
	}
}

// aFile puts a file somewhere.
func aFile(at string) error { return os.WriteFile(at, []byte("a file"), 0o600) }

// The changes that meet what is wrong with a folder.
var (
	toTarget = toTargetOf("FOLDER")
	toRotate = []string{"rotate", "--yes", "FOLDER", "root"}
)

// toTargetOf is a change of the repository elsewhere.
func toTargetOf(repository string) []string {
	return []string{"target", "add", "--yes", "--size", "10", "--sha256", digest, "--role", "targets", repository, "next"}
}

func badRepositories() []misuse {
	row := func(name string, args ...string) misuse {
		return misuse{name: "repository in a folder: " + name, args: args}
	}
	const web = "http://127.0.0.1:1/metadata"
	return []misuse{
		row("none there", toTargetOf("./nowhere")...),
		row("none there, to begin with", "init", "--yes", "./nowhere/below"),
		row("a file", toTargetOf("./alice.pub")...),
		row("a file, to begin with", "init", "--yes", "./alice.pub"),
		row("no metadata", toTargetOf("EMPTY")...),
		row("initialised already", "init", "--yes", "FOLDER"),
		row("initialised already, by another path", "init", "--yes", "HERE"),
		row("a URL", toTargetOf(web)...),
		row("a URL, to begin with", "init", "--yes", web),
		row("a server for the snapshot", "rotate", "--yes", "--server-managed", "FOLDER", "snapshot"),
		row("tags", "sign", "--yes", "--digest", digest, "--size", "10", "FOLDER:1.0"),
		row("with one on a server", "renew", "--yes", "FOLDER", initialised, "targets"),
	}
}

func badMetadata() []misuse {
	row := func(name string, args []string, wrong func(*scene)) misuse {
		return misuse{name: "metadata in a folder: " + name, args: args, wrong: wrong}
	}
	text := func(text string) func([]byte) []byte { return func([]byte) []byte { return []byte(text) } }
	half := func(was []byte) []byte { return was[:len(was)/2] }
	in := func(name string) func(*scene) string {
		return func(s *scene) string { return filepath.Join(s.folder, name) }
	}
	return []misuse{
		row("a truncated timestamp", toTarget, put("timestamp.json", half)),
		row("a truncated root", toTarget, put("1.root.json", half)),
		row("an empty file of targets", toTarget, put("3.targets.json", text(""))),
		row("another file", toTarget, put("timestamp.json", text("<html><title>Welcome</title></html>"))),
		row("metadata of another role", toTarget, func(s *scene) {
			root, err := os.ReadFile(filepath.Join(s.folder, "1.root.json"))
			if err != nil {
				s.t.Fatal(err)
			}
			put("timestamp.json", text(string(root)))(s)
		}),
		row("2 MiB of timestamp", toTarget, put("timestamp.json", text(strings.Repeat(" ", 2<<20)))),
		row("brackets without end", toTarget, put("timestamp.json", text(strings.Repeat("[", 100_000)))),
		row("control characters", toTarget, put("timestamp.json", func(was []byte) []byte {
			return bytes.Replace(was, []byte(`"timestamp"`), []byte(`"timestamp\u001b[31m"`), 1)
		})),
		row("an edited version", toTarget, put("timestamp.json", func(was []byte) []byte {
			return bytes.Replace(was, []byte(`"version": 3`), []byte(`"version": 9`), 1)
		})),
		row("a link for the timestamp", toTarget, instead(in("timestamp.json"), func(at string) error { return os.Symlink("/etc/hostname", at) })),
		row("a folder for the timestamp", toTarget, instead(in("timestamp.json"), func(at string) error { return os.Mkdir(at, 0o700) })),
		row("a file where the next version goes", toTarget, func(s *scene) {
			path := filepath.Join(s.folder, "4.targets.json")
			if err := os.WriteFile(path, []byte("a file"), 0o600); err != nil {
				s.t.Fatal(err)
			}
			s.undo = append(s.undo, func() {
				if text, err := os.ReadFile(path); err != nil || string(text) != "a file" || os.Remove(path) != nil {
					s.t.Errorf("the file is no longer what it was: %q, %v", text, err)
				}
			})
		}),
		row("no root", toTarget, instead(in("1.root.json"), func(string) error { return nil })),
		row("no snapshot", toTarget, instead(in("3.snapshot.json"), func(string) error { return nil })),
	}
}

func badFolderKeys() []misuse {
	row := func(name string, args []string, env string, wrong func(*scene)) misuse {
		return misuse{name: "keys of a folder: " + name, args: args, env: []string{env}, wrong: wrong}
	}
	private := func(s *scene) string { return filepath.Join(s.home, ownPrivate) }
	const other = "DOCKER_CONTENT_TRUST_REPOSITORY_PASSPHRASE="
	return []misuse{
		row("a wrong passphrase for targets", toTarget, targetsVariable+"passw0rd", nil),
		row("a wrong passphrase for root", toRotate, rootVariable+"passw0rd", nil),
		row("a wrong passphrase for the timestamp", toTarget, other+"passw0rd", nil),
		row("none for the timestamp", toTarget, other, nil),
		row("none for a new root", []string{"init", "--yes", "EMPTY"}, rootVariable, nil),
		row("all keys elsewhere", toTarget, other+peer.RepositoryPassphrase, instead(private, func(at string) error { return os.Mkdir(at, 0o700) })),
		row("a file for the folder of the keys", []string{"init", "--yes", "EMPTY"}, other+peer.RepositoryPassphrase,
			instead(private, aFile)),
	}
}
