package inspect

import (
	"cmp"
	"encoding/csv"
	"fmt"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"trustdeck/e2e/peer"
	"trustdeck/model/report"
	"trustdeck/remote/sandbox"
)

// live has real clients lead a repository through a life: two signers come, one signs, the
// targets key is rotated, a role is witnessed, and a signer leaves.
func live(t *testing.T, server *peer.Server) (deck, notary *peer.Client) {
	t.Helper()
	docker := peer.Docker(t, server, t.TempDir())
	notary = peer.Notary(t, server, filepath.Join(docker.Home, "trust")).With(
		"NOTARY_TARGETS_PASSPHRASE="+peer.RepositoryPassphrase, "NOTARY_DELEGATION_PASSPHRASE="+peer.RepositoryPassphrase)
	keys := t.TempDir()
	for _, name := range []string{"alice", "bob"} {
		docker.Run(t, "trust", "key", "generate", name, "--dir", keys)
		docker.Run(t, "trust", "signer", "add", "--key", filepath.Join(keys, name+".pub"), name, peer.Image)
	}
	notary.Run(t, "addhash", "-p", peer.Image, "1.0", "10", "--sha256", sum, "-r", "targets/releases")
	docker.Run(t, "trust", "sign", peer.Image+":1.0")
	notary.Run(t, "key", "rotate", peer.Image, "targets")
	notary.Run(t, "witness", "-p", peer.Image, "targets/releases")
	notary.Run(t, "delegation", "remove", peer.Image, "targets/releases", peer.PublicKeyID(t, filepath.Join(keys, "bob.pub")))
	notary.Run(t, "delegation", "remove", "-y", peer.Image, "targets/bob")
	notary.Run(t, "publish", peer.Image)
	return peer.Trustdeck(t).With(docker.Env...), notary
}

const sum = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

// tabled compares a history as CSV with the same as JSON.
func tabled(t *testing.T, text string, answer report.History) {
	t.Helper()
	records, err := csv.NewReader(strings.NewReader(text)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	column := map[string]int{}
	for i, name := range records[0] {
		column[name] = i
	}
	var got, want []string
	for _, r := range records[1:] {
		row := r[column["snapshot"]]
		for _, name := range []string{"time", "about", "role", "version", "change", "target", "signers", "sha256"} {
			row += "|" + r[column[name]]
		}
		got = append(got, row)
	}
	for _, p := range answer.Publishes {
		at := p.Time.Format(time.RFC3339)
		add := func(at, about, role string, version int64, change, target string, signers []string, sum string) {
			want = append(want, fmt.Sprintf("%d|%s|%s|%s|%d|%s|%s|%s|%s", p.Snapshot, at, about, role, version, change, target, strings.Join(signers, " "), sum))
		}
		for _, d := range p.Differences {
			by := p.Revisions[slices.IndexFunc(p.Revisions, func(r report.Revision) bool { return r.Role == d.From })]
			add(at, "grant", d.Role, by.Version, d.Change, "", by.Signers, "")
		}
		for _, r := range p.Revisions {
			add(at, "file", r.Role, r.Version, "", "", r.Signers, r.SHA256)
			for _, c := range r.Targets {
				add(at, "target", r.Role, r.Version, c.Change, c.Name, r.Signers, c.SHA256)
			}
		}
		for _, s := range p.Timestamps {
			add(s.Time.Format(time.RFC3339), "file", "timestamp", s.Version, "", "", s.Signers, s.SHA256)
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("as CSV\n%s\nas JSON\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// digits are the beginning of a key ID, as people see it.
var digits = regexp.MustCompile(`[0-9a-f]{4} [0-9a-f]{4}`)

// told is a publish in lines: its summary, and each file with the names of who has signed it.
func told(p report.Publish, names map[string]string) string {
	out := fmt.Sprintf("%s %d root %d: %s", p.Kind, p.Snapshot, p.Root, digits.ReplaceAllString(p.Summary, "KEY"))
	for _, r := range p.Revisions {
		var by []string
		for _, id := range r.Signers {
			by = append(by, names[id])
		}
		slices.Sort(by)
		out += fmt.Sprintf("\n  %s v%d by %s", r.Role, r.Version, strings.Join(by, "+"))
		if r.Unchanged {
			out += ", unchanged"
		}
	}
	return out
}

// keyNames names the keys by what they have ever been listed for.
func keyNames(publishes []report.Publish) map[string]string {
	names := map[string]string{}
	for _, p := range publishes {
		for _, g := range p.Grants {
			for _, id := range g.Keys {
				if g.Signer != "" || names[id] == "" {
					names[id] = cmp.Or(g.Signer, g.Role)
				}
			}
		}
	}
	return names
}

// What real clients have done is told publish by publish, at the times of the server's own list
// of changes; from an archive too, after the server is gone.
func TestHistory(t *testing.T) {
	want := []string{
		`publish 7 root 2: - bob KEY may no longer sign targets/releases; - targets/bob removed: bob KEY may no longer sign it
  targets v5 by targets
  snapshot v7 by snapshot`,
		`publish 6 root 2: re-signed unchanged: targets/releases
  targets/releases v2 by alice+bob, unchanged
  snapshot v6 by snapshot`,
		`publish 5 root 2: ~ key of targets is KEY (was KEY)
  root v2 by root
  targets v4 by targets, unchanged
  snapshot v5 by snapshot`,
		`publish 4 root 1: tag "1.0" added
  targets/alice v1 by alice
  targets/bob v1 by bob
  snapshot v4 by snapshot`,
		`publish 3 root 1: tag "1.0" added
  targets/releases v1 by alice+bob
  snapshot v3 by snapshot`,
		`publish 2 root 1: + bob KEY may sign targets/releases; + bob KEY may sign targets/bob
  targets v3 by targets
  snapshot v2 by snapshot`,
		`publish 1 root 1: first publish
  root v1 by root
  targets v2 by targets
  snapshot v1 by snapshot`,
	}
	for name, start := range map[string]func(t *testing.T) *peer.Server{
		"practice":   func(t *testing.T) *peer.Server { t.Helper(); return peer.Sandbox(t, sandbox.Config{}) },
		"memory":     func(t *testing.T) *peer.Server { t.Helper(); return peer.MemoryServer(t) },
		"production": func(t *testing.T) *peer.Server { t.Helper(); return peer.ProductionServer(t) },
	} {
		t.Run(name, func(t *testing.T) {
			deck, notary := live(t, start(t))
			var answer report.History
			ask(t, deck, &answer, "history", peer.Image)
			names := keyNames(answer.Publishes)
			var got []string
			for _, p := range answer.Publishes {
				got = append(got, told(p, names))
				if !p.Verified || !p.Compared || len(p.Problems) > 0 || p.Clock != "changefeed" || p.Timestamps[0].Clock != "changefeed" || !p.Timestamps[0].Verified {
					t.Errorf("publish %d: %+v", p.Snapshot, p)
				}
				for _, r := range p.Revisions {
					if !r.Verified || len(r.Problems) > 0 {
						t.Errorf("publish %d, %s: %+v", p.Snapshot, r.Role, r)
					}
				}
			}
			if text := strings.Join(got, "\n"); text != strings.Join(want, "\n") {
				t.Errorf("told\n%s", text)
			}
			if len(answer.Problems)+len(answer.Missing) > 0 || answer.More {
				t.Errorf("problems %+v, missing %+v, more %v", answer.Problems, answer.Missing, answer.More)
			}

			var bob report.History
			ask(t, deck, &bob, "history", peer.Image, "--signer", "bob")
			var versions []int64
			for _, p := range bob.Publishes {
				versions = append(versions, p.Snapshot)
			}
			if want := []int64{7, 6, 4, 3, 2}; !slices.Equal(versions, want) || bob.Read != 7 {
				t.Errorf("of bob %v, want %v; read %d", versions, want, bob.Read)
			}
			tabled(t, deck.Run(t, "history", peer.Image, "--signer", "bob", "-o", "csv"), bob)

			folder := filepath.Join(t.TempDir(), "archive")
			deck.Run(t, "archive", peer.Image, "--to", folder)
			var saved report.History
			ask(t, peer.Trustdeck(t), &saved, "--archive", folder, "history", peer.Image)
			for i := range saved.Publishes {
				if !reflect.DeepEqual(saved.Publishes[i], answer.Publishes[i]) {
					t.Errorf("the archive tells\n%+v, the server\n%+v", saved.Publishes[i], answer.Publishes[i])
				}
			}
			if len(saved.Publishes) != len(answer.Publishes) || saved.Source.Kind != "archive" {
				t.Errorf("%d publishes from %s", len(saved.Publishes), saved.Source.Kind)
			}

			// Who meets the repository after it was deleted and made again is told that it was.
			notary.Run(t, "delete", "--remote", peer.Image)
			notary.Run(t, "init", "-p", peer.Image)
			var anew report.History
			ask(t, peer.Trustdeck(t).With(deck.Env...).With("XDG_STATE_HOME="+t.TempDir(), "XDG_CACHE_HOME="+t.TempDir()), &anew, "history", peer.Image)
			if len(anew.Publishes) != 2 || anew.Publishes[0].Summary != "first publish" || len(anew.Missing) > 0 || anew.Publishes[1].Kind != "deletion" || anew.Publishes[1].Time.IsZero() {
				t.Errorf("after the deletion: %+v", anew.Publishes)
			}
		})
	}
}
