package main

import (
	"encoding/base64"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"

	"trustdeck/model"
	"trustdeck/model/port"
	"trustdeck/model/report"
)

// stagedFiles are changes to one repository, and one that notary cannot read.
func stagedFiles() map[model.GUN][]port.StagedFile {
	file := func(name, content string) port.StagedFile {
		return port.StagedFile{Name: name, Path: "/t/changelist/" + name, Bytes: []byte(content)}
	}
	target := base64.StdEncoding.EncodeToString([]byte(`{"length":812,"hashes":{"sha256":"2S0yatLFicjst489uq6q+O3tD65UBnuM7DkwKdAbKNc="}}`))
	return map[model.GUN][]port.StagedFile{"docker.io/acme/signers": {
		file("01795229493419250730_a.change", `{"action":"create","role":"targets/releases","type":"target","path":"2.0\u001b[31m","data":"`+target+`"}`),
		file("01795229493427873177_b.change", `{"action":"delete","role":"targets/alice","type":"delegation","path":"","data":null}`),
		file("01795229493455806341_c.change", `{"action":"create","role":"targets/relea`),
	}}
}

// keyOf is the canonical ID of the first key of a role in the corpus.
func keyOf(t *testing.T, role string) model.KeyID {
	t.Helper()
	o := newRig(t).run("inspect", "acme/signers", "-o", "json")
	var answer report.Inspect
	if err := json.Unmarshal([]byte(o.stdout), &answer); err != nil {
		t.Fatal(err, o.stderr)
	}
	for _, r := range answer.Repositories[0].Roles {
		if r.Name == role {
			return model.KeyID(r.Keys[0])
		}
	}
	t.Fatalf("no role %s", role)
	return ""
}

// The whole corpus through the command line: arguments in, docker's bytes out.
func TestInspectAsDocker(t *testing.T) {
	cases, err := os.ReadDir(filepath.Join(corpus, "cases"))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range cases {
		t.Run(c.Name(), func(t *testing.T) {
			dir := filepath.Join(corpus, "cases", c.Name())
			args := strings.Split(strings.TrimSuffix(read(t, filepath.Join(dir, "args")), "\n"), "\n")
			r := newRig(t)
			if strings.HasPrefix(c.Name(), "unreachable") {
				r.shelf.dir = t.TempDir()
			}
			o := r.run(append([]string{"inspect", "--docker"}, args...)...)
			if want := read(t, filepath.Join(dir, "stdout")); o.stdout != want {
				t.Errorf("standard output\n%s\nwant\n%s", o.stdout, want)
			}
			var said strings.Builder
			for line := range strings.Lines(read(t, filepath.Join(dir, "stderr"))) {
				if !strings.HasPrefix(line, "time=") {
					said.WriteString(line)
				}
			}
			if o.stderr != said.String() {
				t.Errorf("standard error %q, want %q", o.stderr, said.String())
			}
			if want := strings.TrimSpace(read(t, filepath.Join(dir, "exit"))); want != string(rune('0'+o.code)) {
				t.Errorf("exit code %d, want %s", o.code, want)
			}
		})
	}
}

// Each kind of fault is told apart by its exit code, and the answer is still
// given where there is one.
func TestFaultsOfServers(t *testing.T) {
	for kind, code := range map[model.FaultKind]int{
		model.FaultUnreachable: 5, model.FaultTLS: 5, model.FaultServer: 5, model.FaultUnauthorized: 6, model.FaultBadData: 1,
	} {
		gun := "fails.example.org/" + string(kind)
		for _, args := range []string{"inspect", "tags"} {
			o := newRig(t).run(args, gun)
			if o.code != code || !strings.Contains(o.stderr, "trustdeck: error: https://notary.example.org: it failed") || !strings.Contains(o.stderr, "    Do something about it.") {
				t.Errorf("%s %s: exit code %d, want %d; standard error:\n%s", args, gun, o.code, code, o.stderr)
			}
			if kind == model.FaultUnauthorized && !strings.Contains(o.stderr, "repository:"+gun+":pull") {
				t.Errorf("the scope is not told:\n%s", o.stderr)
			}
		}
		o := newRig(t).run("inspect", "acme/undersigned", gun)
		if o.code != 4 || !strings.Contains(o.stdout, "docker.io/acme/undersigned") {
			t.Errorf("beside %s, broken trust gives exit code %d, want 4", gun, o.code)
		}
		r := newRig(t)
		r.shelf.extra = []model.GUN{model.GUN(gun)}
		if o := r.run("repos"); o.code != code || !strings.Contains(o.stdout, gun) || !strings.Contains(o.stdout, "docker.io/acme/signers") {
			t.Errorf("repos with %s: exit code %d, want %d:\n%s", gun, o.code, code, o.stdout)
		}
	}
}

func TestReposWhereTheServerListsNothing(t *testing.T) {
	r := newRig(t)
	r.shelf.listFault = &model.Fault{Kind: model.FaultUnauthorized, Subject: "https://notary.example.org", Text: "it tells administrators only", Hint: "Log in as one.", Scope: "registry:catalog:*"}
	if o := r.run("repos"); o.code != 6 || o.stdout != "" || !strings.Contains(o.stderr, "registry:catalog:*") {
		t.Errorf("nothing is known: %+v", o)
	}
}

// A server that is away is told of once, not once for each repository.
func TestFaultsAreNotRepeated(t *testing.T) {
	r := newRig(t)
	for _, name := range []string{"a", "b", "c"} {
		r.shelf.extra = append(r.shelf.extra, model.GUN("fails.example.org/"+string(model.FaultUnreachable)+"/"+name))
	}
	o := r.run("repos")
	if strings.Count(o.stderr, "it failed") != 1 || !strings.Contains(o.stderr, "(and 2 others like this)") {
		t.Errorf("standard error:\n%s", o.stderr)
	}
}

// No text of a server reaches the terminal as anything but text.
func TestHostileNames(t *testing.T) {
	for _, form := range []string{"table", "json"} {
		r := newRig(t)
		r.shelf.extra = []model.GUN{"fails.example.org/server\x1b[2J\u202e\u009b"}
		o := r.run("repos", "-o", form)
		if strings.ContainsAny(o.stdout+o.stderr, "\x1b\u202e\u009b") || !strings.Contains(o.stdout, "fails.example.org/server") {
			t.Errorf("%s:\n%q\n%q", form, o.stdout, o.stderr)
		}
	}
}

func TestTablesFitTheTerminal(t *testing.T) {
	r := newRig(t)
	r.width = 100
	o := r.run("repos")
	for line := range strings.Lines(o.stdout) {
		if w := ansi.StringWidth(strings.TrimSuffix(line, "\n")); w > r.width {
			t.Errorf("%d wide: %q", w, line)
		}
	}
	r.width = 0
	if wide := r.run("repos"); wide.stdout == o.stdout {
		t.Error("in a pipe the table is cut as on a terminal")
	}
}

func TestVerifyReadsFiles(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, []byte("one"), 0o600); err != nil {
		t.Fatal(err)
	}
	o := newRig(t).run("verify", "acme/signers", "both", file)
	if o.code != 0 || !strings.Contains(o.stdout, "the file matches the tag") {
		t.Errorf("the very file: %+v", o)
	}
	o = newRig(t).run("verify", "acme/signers", "both", filepath.Join(t.TempDir(), "absent"))
	if o.code != 1 || o.stdout != "" || !strings.Contains(o.stderr, "cannot be read: no such file") {
		t.Errorf("a file that is not there: %+v", o)
	}
}

func TestAtMovesTheClock(t *testing.T) {
	o := newRig(t).run("inspect", "acme/signers", "--at", "2040-01-01", "-o", "json")
	var answer report.Inspect
	if err := json.Unmarshal([]byte(o.stdout), &answer); err != nil {
		t.Fatal(err)
	}
	if r := answer.Repositories[0]; o.code != 4 || r.Verified || !r.Roles[0].Expired || r.At.Year() != 2040 {
		t.Errorf("in 2040: exit code %d, %+v", o.code, r)
	}
}

func TestLogFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log")
	r := newRig(t)
	if o := r.run("repos", "--log-file", path); o.code != 0 {
		t.Fatalf("%+v", o)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm()&0o077 != 0 {
		t.Errorf("the log file: %v, %v", info, err)
	}
	if o := newRig(t).run("repos", "--log-file", filepath.Join(path, "x")); o.code != 1 || !strings.Contains(o.stderr, "log file cannot be written") {
		t.Errorf("an impossible log file: %+v", o)
	}
}
