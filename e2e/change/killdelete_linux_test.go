//go:build amd64 || arm64

package change

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"trustdeck/model"
)

// However a deletion ends, at whatever point of it: no key is lost, the server has all or
// nothing, and the same command finishes it.
func TestDeleteKilledAtEveryPoint(t *testing.T) {
	f := &killed{
		name: "delete", before: onlyMade, guns: oneGUN,
		only: regexp.MustCompile(`^DELETE|^GET|/tuf/|/archive`),
	}
	args := func(p *place) []string {
		return []string{"delete", "--remote", "--archive-to", filepath.Join(p.home, "archive"), first}
	}
	l := newLane(t, f)
	undisturbed := func() []string {
		p := l.open(t, f)
		defer p.close()
		var w watch
		if r := p.trace(t, &w, args(p)...); r.Code != 0 {
			t.Fatalf("exit code %d: %s", r.Code, r.Stderr)
		}
		p.gone(t)
		return w.log
	}
	log := undisturbed()
	kills, met := f.kills(log), 0
	for _, k := range kills {
		t.Run(strings.ReplaceAll(k.String(), "/", "|"), func(t *testing.T) {
			p := l.open(t, f)
			defer p.close()
			before := p.keys(t)
			w := watch{kill: &k}
			if r := p.trace(t, &w, args(p)...); !w.met {
				t.Fatalf("the point was not met; exit code %d: %s", r.Code, r.Stderr)
			}
			met++
			before.keptIn(t, p.keys(t), nil)
			if entries := p.entries(t); len(entries) != 0 {
				t.Errorf("the journal has %d entries", len(entries))
			}
			if r := p.try(t, args(p)...); r.Code != 0 {
				t.Fatalf("the command once more: exit code %d: %s", r.Code, r.Stderr)
			}
			p.gone(t)
			before.keptIn(t, p.keys(t), nil)
			if _, err := os.Stat(filepath.Join(p.home, "archive")); err != nil {
				t.Errorf("the archive: %v", err)
			}
		})
	}
	t.Logf("%d points, %d kills, %d met", len(log), len(kills), met)
	if met != len(kills) || met == 0 {
		t.Errorf("%d of %d kills met their point", met, len(kills))
	}
}

// gone fails where a repository is still on the server or in the trust folder.
func (p *place) gone(t *testing.T) {
	t.Helper()
	if r := p.program.Try(append([]string{"inspect", first, "--no-cache"}, p.flags...)...); r.Code == 0 || !strings.Contains(r.Stderr, "does not have trust data") {
		t.Errorf("the server still has it: %d %s%s", r.Code, r.Stdout, r.Stderr)
	}
	if _, err := os.Stat(filepath.Join(p.trust(), "tuf", filepath.FromSlash(string(model.GUN(first))))); !os.IsNotExist(err) {
		t.Errorf("the trust folder still has it: %v", err)
	}
}
