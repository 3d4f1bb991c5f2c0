package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"trustdeck/cmd/trustdeck/internal/wiring"
	"trustdeck/model/lesson"
	"trustdeck/model/report"
)

// roads are what is typed in plain mode to do each lesson. FILE is a file that can be
// written.
var roads = map[string][]string{
	"healthy":         {"go repo/registry.example.org/base/alpine/roles", "go repo/registry.example.org/base/alpine/tag/latest"},
	"expiring":        {"go flow/renew?repositories=registry.example.org/web/frontend&roles=targets/ci-bot", "yes"},
	"expired":         {"go flow/renew?repositories=registry.example.org/pay/api&roles=targets", "yes"},
	"unsigned":        {"go flow/witness?repositories=registry.example.org/pay/ledger&roles=targets/releases&content=unchanged", "yes"},
	"half-signer":     {"go flow/signer-add?repositories=registry.example.org/web/gateway&name=carol", "", "yes"},
	"off-boarding":    {"go flow/off-board?repositories=registry.example.org/web/landing&who=102fe786", "registry.example.org/web/landing"},
	"rotated":         {"go repo/registry.example.org/ops/vault/history", "go flow/rotate?repositories=registry.example.org/ops/vault&role=root&next-root=new&root-keys=1&legacy=0&old-key=keep", "registry.example.org/ops/vault"},
	"two-of-three":    {"go flow/rotate?repositories=registry.example.org/ops/ceremony&role=targets&next-key=new&old-key=keep"},
	"paths":           {"go repo/registry.example.org/data/platform/tag/weekly-7"},
	"tampered":        {"go repo/registry.example.org/tools/lint/tags", "f 2.0", "1"},
	"not-initialised": {"go flow/init?repositories=registry.example.org/data/scratch&root=new&root-keys=1&snapshot=server", "yes", "go flow/backup-create?what=all&encryption=none&file=FILE", "yes"},
	"many":            {"go repo/registry.example.org/base/everything/tags", "f 04217", "1"},
	"own-snapshot":    {"go flow/rotate?repositories=registry.example.org/ops/backup&role=snapshot&snapshot=server&old-key=keep", "registry.example.org/ops/backup"},
	"staged":          {"go staged"},
	"never-published": {"go repo/registry.example.org/data/kafka/roles"},
	"fleet": {
		"go repo/fleet/quorum", "go flow/rotate?repositories=fleet&role=root&replaced=499dc406&root-keys=1&algorithm=ed25519", "", "", "fleet",
		"go flow/rotate?repositories=fleet&role=targets&replaced=499dc406&next-key=none", "fleet",
	},
	"feed":  {"go repo/feed/forecast", "go flow/renew?repositories=feed&roles=timestamp", "", "yes"},
	"token": {"go tokens", "go flow/rotate?repositories=keyring&role=root&next-root=new&root-keys=1&algorithm=ed25519&old-key=keep", "keyring", "go flow/rotate?repositories=keyring&role=targets&next-key=new&algorithm=ed25519&old-key=keep", "keyring"},
	"rehearsal": {
		"go flow/ceremony-request?repository=charter&kind=tuf-1&role=root&name=Dan&real=real&key=f8238000&request=dan.request", "yes",
		"go flow/ceremony-start?repositories=charter&plan=&real=real&add=dan.request&remove=eafa1b82&threshold=2&title=Dan&to=charter.ceremony", "", "", "", "", "1", "yes",
		"go ceremony/charter.ceremony",
		"go flow/ceremony-sign?ceremony=charter.ceremony&key=3bb32032&back=file", "1", "sign",
		"go flow/ceremony-sign?ceremony=charter.ceremony&key=eafa1b82&back=file", "1", "sign",
		"go flow/ceremony-sign?ceremony=charter.ceremony&back=file", "1", "1", "2", "sign",
		"go flow/ceremony-publish?ceremony=charter.ceremony", "publish",
	},
	"catalog": {"go repo/catalog/explain/lib/zip/1.0", "go flow/delegation-add?repositories=catalog&role=archive&from=libraries&paths=some&path=lib/zip/1.*&ending=on", "", "yes"},
}

// taught are the lessons that the program ships.
func taught(t *testing.T) []lesson.Lesson {
	t.Helper()
	all, err := wiring.Lessons()
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// inDemo types lines in plain mode on a practice world, and returns what it says.
func inDemo(t *testing.T, lines ...string) string {
	t.Helper()
	ownTemp(t)
	r := newRig(t)
	r.env = map[string]string{}
	for _, role := range []string{"ROOT", "TARGETS", "SNAPSHOT", "DELEGATION"} {
		r.env["NOTARY_"+role+"_PASSPHRASE"] = wiring.PracticePassphrase
	}
	file := filepath.Join(t.TempDir(), "keys.tar")
	r.in = strings.ReplaceAll(strings.Join(lines, "\n"), "FILE", file) + "\n"
	a := r.app()
	a.ui, a.now = showUI, time.Now
	var stdout, stderr bytes.Buffer
	a.out, a.err = &stdout, &stderr
	if code := run([]string{"demo", "--plain"}, a); code != codeDone || stderr.Len() > 0 {
		t.Fatalf("exit code %d, standard error %q\n%s", code, stderr.String(), stdout.String())
	}
	return stdout.String()
}

// The road of each lesson does that lesson and none other, whatever has been done before,
// and in the end all are done.
func TestEveryLessonCanBeDone(t *testing.T) {
	long(t)
	all := taught(t)
	var lines, want []string
	for i, l := range all {
		road := roads[l.Slug]
		if road == nil {
			t.Fatalf("nobody does the lesson %s", l.Slug)
		}
		lines = append(lines, road...)
		next := "Every lesson is done."
		if i+1 < len(all) {
			next = "Next: " + all[i+1].Title
		}
		want = append(want, "Lesson done: "+l.Title+". "+next)
	}
	said := inDemo(t, append(lines, "go lessons")...)
	var got []string
	for line := range strings.Lines(said) {
		if i := strings.Index(line, "Lesson done: "); i >= 0 {
			got = append(got, line[i:])
		}
	}
	if len(got) != len(want) {
		t.Errorf("%d of %d lessons are done:\n%s\n%s", len(got), len(want), strings.Join(got, ""), said)
	}
	for i := range min(len(got), len(want)) {
		if !strings.HasPrefix(got[i], want[i]) {
			t.Errorf("said %q, want %q", got[i], want[i])
		}
	}
	if !strings.Contains(said, "20 of 20 done\n") || strings.Count(said, ". state done, lesson ") != len(all) {
		t.Errorf("the list says\n%s", said[strings.LastIndex(said, "Repositories, Lessons"):])
	}
}

// Nothing is done in a practice world in which nobody has done anything, though all of it
// has been read.
func TestFreshLessonsAreOpen(t *testing.T) {
	said := inDemo(t, "go keys", "go doctor", "go lessons")
	if !strings.Contains(said, "\n0 of 20 done\n") || strings.Contains(said, " done: ") || strings.Count(said, ". state open, lesson ") != len(taught(t)) {
		t.Error(said)
	}
}

// What is undone is open again, and is said to be done once more.
func TestUndoneLessonIsOpen(t *testing.T) {
	add := roads["half-signer"]
	said := inDemo(t, slices.Concat(add, []string{
		"go lessons", "go flow/signer-remove?repositories=registry.example.org/web/gateway&name=carol", "registry.example.org/web/gateway", "go lessons",
	})...)
	if strings.Contains(said, ", changed, ") {
		t.Errorf("what is done here is news:\n%s", said)
	}
	first, rest, _ := strings.Cut(said, "\n1 of 20 done\n")
	if !strings.Contains(first, "Lesson done: A signer who cannot release.") || !strings.Contains(rest, "\n0 of 20 done\n") {
		t.Error(said)
	}
}

// The command tells the same of the world of a shell, and of what is looked at that it does
// not know.
func TestLessonsOnTheCommandLine(t *testing.T) {
	long(t)
	r := newRig(t)
	if o := r.run("lessons"); o.code != codeUsage || !strings.Contains(o.stderr, "not in a practice world") || !strings.Contains(o.stderr, "sandbox --lessons") {
		t.Errorf("elsewhere: %+v", o)
	}
	ownTemp(t)
	p := filledPractice(t, wiring.PracticeOptions{Lessons: true})
	command := func(args ...string) (string, int) {
		t.Helper()
		r.env = map[string]string{}
		for _, v := range p.Describe().Environment {
			r.env[v.Name] = v.Value
		}
		a := r.app()
		a.open, a.now = openSession, time.Now
		var out bytes.Buffer
		a.out, a.err = &out, &out
		code := run(args, a)
		return out.String(), code
	}
	state := func() (done int, states map[string]string) {
		t.Helper()
		out, code := command("lessons", "-o", "json")
		var answer report.Lessons
		if err := json.Unmarshal([]byte(out), &answer); err != nil || code != codeDone {
			t.Fatalf("exit code %d, %v\n%s", code, err, out)
		}
		states = map[string]string{}
		for _, l := range answer.Lessons {
			states[l.Name] = l.State
		}
		return answer.Done, states
	}
	if done, states := state(); done != 0 || states["expiring"] != "open" || states["rotated"] != "open" || states["healthy"] != "unwatched" || states["staged"] != "unwatched" {
		t.Errorf("in a new world %d are done: %v", done, states)
	}
	if out, code := command("renew", "registry.example.org/web/frontend", "targets/ci-bot", "--yes"); code != codeDone {
		t.Fatal(out)
	}
	if done, states := state(); done != 1 || states["expiring"] != "done" {
		t.Errorf("after one %d are done: %v", done, states)
	}
	tuf := func(name string) string { return filepath.Join(r.env[wiring.PracticeVariable], name) }
	for _, line := range [][]string{
		{"rotate", tuf("fleet"), "root", "--replace", "499dc406"},
		{"rotate", tuf("fleet"), "targets", "--replace", "499dc406"},
		{"renew", tuf("feed"), "timestamp"},
		{"rotate", tuf("keyring"), "root"},
		{"rotate", tuf("keyring"), "targets"},
		{"renew", "--expiring", "3d", tuf("feed")},
		{"delegation", "add", tuf("catalog"), "archive", "--from", "libraries", "--path", "lib/zip/1.*"},
	} {
		if out, code := command(append(line, "--yes")...); code != codeDone {
			t.Fatalf("%q: exit code %d\n%s", line, code, out)
		}
	}
	if done, states := state(); done != 5 || states["token"] != "done" || states["fleet"] != "done" || states["feed"] != "done" || states["catalog"] != "done" {
		t.Errorf("after those in folders %d are done: %v", done, states)
	}
	for _, row := range []struct {
		args []string
		says []string
	}{
		{[]string{"lessons"}, []string{"expiring         done ", "healthy          untracked ", "\n5 of 13 done. trustdeck demo also tracks the other 7.", "Next: trustdeck lessons expired\n"}},
		{[]string{"lessons", "rotated"}, []string{"A root that was rotated five times\n", "  untracked   Look at all six roots", "  open        Replace the root key.\n"}},
	} {
		out, code := command(row.args...)
		if code != codeDone {
			t.Errorf("%v: exit code %d", row.args, code)
		}
		for _, want := range row.says {
			if !strings.Contains(out, want) {
				t.Errorf("%v does not say %q:\n%s", row.args, want, out)
			}
		}
	}
	if out, code := command("lessons", "nothing"); code != codeUsage || !strings.Contains(out, fmt.Sprintf("no lesson %q", "nothing")) {
		t.Errorf("exit code %d, %s", code, out)
	}
}
