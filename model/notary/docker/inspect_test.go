package docker_test

import (
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/distribution/reference"

	"trustdeck/model"
	"trustdeck/model/notary/docker"
	"trustdeck/model/notary/notarytest"
)

// corpus holds what a notary-server served, and what docker printed of it:
// see capture.sh there.
const corpus = "testdata/docker"

// readAt is a moment at which docker read the corpus.
func readAt(t *testing.T) time.Time {
	t.Helper()
	at, err := time.Parse(time.RFC3339, strings.TrimSpace(file(t, filepath.Join(corpus, "repositories", "read-at"))))
	if err != nil {
		t.Fatal(err)
	}
	return at
}

func file(t *testing.T, path string) string {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

// load verifies the saved files of a repository; it is nil where there are
// none. Alter may change what a role's file holds, or take it away.
func load(t *testing.T, gun model.GUN, alter func(model.RoleName, []byte) []byte) *model.Repository {
	t.Helper()
	return notarytest.Captured(os.DirFS(filepath.Join(corpus, "repositories", strings.TrimPrefix(string(gun), "docker.io/"))), gun, readAt(t), alter)
}

func image(t *testing.T, arg string, reachable bool) docker.Image {
	t.Helper()
	out := docker.Image{Arg: arg}
	ref, err := reference.ParseNormalizedNamed(arg)
	if err != nil {
		out.Err = err
		return out
	}
	if tagged, ok := ref.(reference.Tagged); ok {
		if _, digested := ref.(reference.Digested); !digested {
			out.Tag = tagged.Tag()
		}
	}
	if reachable {
		out.Repository = load(t, model.GUN(ref.Name()), nil)
	}
	return out
}

// Every case of the corpus, byte for byte. Docker also logs what it overlooks
// to standard error, with the time: those lines are not imitated.
func TestDockerByteForByte(t *testing.T) {
	cases, err := os.ReadDir(filepath.Join(corpus, "cases"))
	if err != nil || len(cases) < 40 {
		t.Fatalf("the corpus has %d cases: %v", len(cases), err)
	}
	for _, c := range cases {
		t.Run(c.Name(), func(t *testing.T) {
			dir := filepath.Join(corpus, "cases", c.Name())
			args := strings.Split(strings.TrimSuffix(file(t, filepath.Join(dir, "args")), "\n"), "\n")
			write := docker.Inspect
			if args[0] == "--pretty" {
				write, args = docker.InspectPretty, args[1:]
			}
			var images []docker.Image
			for _, arg := range args {
				images = append(images, image(t, arg, !strings.HasPrefix(c.Name(), "unreachable")))
			}
			var out strings.Builder
			stderr, code := "", 0
			if err := write(&out, images); err != nil {
				stderr, code = err.Error()+"\n", 1
			}
			if want := file(t, filepath.Join(dir, "stdout")); out.String() != want {
				t.Errorf("standard output\n%s\nwant\n%s", out.String(), want)
			}
			var said []string
			for line := range strings.Lines(file(t, filepath.Join(dir, "stderr"))) {
				if !strings.HasPrefix(line, "time=") {
					said = append(said, line)
				}
			}
			if want := strings.Join(said, ""); stderr != want {
				t.Errorf("standard error %q, want %q", stderr, want)
			}
			if want := strings.TrimSpace(file(t, filepath.Join(dir, "exit"))); strconv.Itoa(code) != want {
				t.Errorf("exit code %d, want %s", code, want)
			}
		})
	}
}

// What Docker 28.2.2 did with each of these was seen by serving it such files.
func TestDockerShowsNothingOfWhatItCannotRead(t *testing.T) {
	absent := func([]byte) []byte { return nil }
	cut := func(raw []byte) []byte { return raw[:len(raw)-3] }
	altered := func(raw []byte) []byte {
		return []byte(strings.Replace(string(raw), `"expires":"20`, `"expires":"21`, 1))
	}
	for _, role := range []model.RoleName{model.RoleRoot, model.RoleTargets, model.RoleSnapshot, model.RoleTimestamp, "targets/alice"} {
		for name, change := range map[string]func([]byte) []byte{"absent": absent, "cut": cut, "altered": altered} {
			t.Run(string(role)+" "+name, func(t *testing.T) {
				repo := load(t, "docker.io/acme/signers", func(r model.RoleName, raw []byte) []byte {
					if r == role {
						return change(raw)
					}
					return raw
				})
				var out strings.Builder
				err := docker.Inspect(&out, []docker.Image{{Arg: "acme/signers", Repository: repo}})
				if err == nil || err.Error() != "no signatures or cannot access acme/signers" || out.String() != "[]\n" {
					t.Errorf("got %q, %v", out.String(), err)
				}
			})
		}
	}
}

// Docker leaves the order of two contents of one tag to chance; here it is
// always the same.
func TestDockerTwoContentsOfOneTag(t *testing.T) {
	repo := load(t, "docker.io/acme/signers", nil)
	targets := repo.Role(model.RoleTargets)
	for i := range targets.Targets {
		if targets.Targets[i].Name == "admin" {
			targets.Targets[i].Name = "both"
		}
	}
	var first string
	for range 20 {
		var out strings.Builder
		if err := docker.InspectPretty(&out, []docker.Image{{Arg: "x", Tag: "both", Repository: repo}}); err != nil {
			t.Fatal(err)
		}
		if first == "" {
			first = out.String()
		}
		if out.String() != first || strings.Count(first, "\nboth ") != 2 {
			t.Fatalf("got\n%s\nand before\n%s", out.String(), first)
		}
	}
}

// The one deliberate difference: docker writes these characters as they are.
func TestDockerFormatsAreSafeToLookAt(t *testing.T) {
	repo := load(t, "docker.io/acme/nosigners", nil)
	repo.Role(model.RoleTargets).Targets[0].Name = "evil\x1b[2J\u202e\u009b\n"
	image := docker.Image{Arg: "acme/\x1bx", Repository: repo}
	for name, write := range map[string]func() (string, error){
		"json": func() (string, error) {
			var b strings.Builder
			err := docker.Inspect(&b, []docker.Image{image})
			return b.String(), err
		},
		"pretty": func() (string, error) {
			var b strings.Builder
			err := docker.InspectPretty(&b, []docker.Image{image})
			return b.String(), err
		},
	} {
		text, err := write()
		if err != nil || !strings.Contains(text, "evil") {
			t.Errorf("%s: %v\n%s", name, err, text)
		}
		if strings.ContainsAny(text, "\x1b\u202e\u009b") {
			t.Errorf("%s obeys its input: %q", name, text)
		}
	}
	if err := docker.Inspect(&strings.Builder{}, []docker.Image{{Arg: "x", Err: errors.New("no name")}}); err == nil || err.Error() != "no name" {
		t.Errorf("error %v", err)
	}
}
