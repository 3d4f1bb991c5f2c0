package inspect

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"trustdeck/e2e/peer"
	"trustdeck/model"
	"trustdeck/model/notary/docker"
	"trustdeck/model/report"
)

// What real notary and docker have made is told rightly in JSON: repositories,
// roles, thresholds, signers, tags, digests and expiries; by a server alone, and
// by one with database, signer and token authentication.
func TestJSONIsRight(t *testing.T) {
	for name, start := range map[string]func(t *testing.T) *peer.Server{
		"memory":     func(t *testing.T) *peer.Server { t.Helper(); return peer.MemoryServer(t) },
		"production": func(t *testing.T) *peer.Server { t.Helper(); return peer.ProductionServer(t, peer.TokenAuth()) },
	} {
		t.Run(name, func(t *testing.T) {
			server := start(t)
			filled := peer.Fill(t, server)
			docker := peer.Docker(t, server, t.TempDir())
			deck := peer.Trustdeck(t).With(docker.Env...)

			var repos report.Repos
			ask(t, deck, &repos, "repos")
			var got, want []string
			for _, r := range repos.Repositories {
				got = append(got, r.Name+" "+r.Level)
			}
			for _, r := range filled.Repositories {
				want = append(want, r.GUN+" "+level(r))
			}
			if !slices.Equal(got, want) {
				t.Errorf("repositories %q, want %q", got, want)
			}
			for _, r := range filled.Repositories {
				t.Run(filepath.Base(r.GUN), func(t *testing.T) {
					var answer report.Inspect
					ask(t, deck, &answer, "inspect", r.GUN)
					checkRepository(t, answer.Repositories[0], r)
				})
			}
		})
	}
}

func ask(t *testing.T, deck *peer.Client, answer any, args ...string) {
	t.Helper()
	out := deck.Run(t, append(args, "-o", "json")...)
	if err := json.Unmarshal([]byte(out), answer); err != nil {
		t.Fatalf("%v: %v\n%s", args, err, out)
	}
}

// level is what trustdeck makes of a repository: in App a key may sign releases
// that belongs to no signer, as after an off-boarding that stopped half way.
func level(r peer.Repository) string {
	if r.GUN == peer.App {
		return "soon"
	}
	return "ok"
}

func checkRepository(t *testing.T, got report.Repository, want peer.Repository) {
	t.Helper()
	if got.Level != level(want) || !got.Verified || got.Stale || len(got.Problems) > 0 {
		t.Errorf("level %s (%s), verified %t, stale %t, problems %+v", got.Level, got.Reason, got.Verified, got.Stale, got.Problems)
	}
	roles := map[string]report.Role{}
	for _, r := range got.Roles {
		roles[r.Name] = r
		if r.State != "verified" && r.State != "unpublished" || r.Expired || r.Threshold != 1 {
			t.Errorf("%s is %s, expired %t, threshold %d", r.Name, r.State, r.Expired, r.Threshold)
		}
	}
	if v := roles["root"].Version; v != int64(want.RootVersion) {
		t.Errorf("root is version %d, want %d", v, want.RootVersion)
	}
	// Notary gives these lifetimes, in days of 24 hours.
	for role, days := range map[string]int{"root": 3650, "targets": 3 * 365, "snapshot": 3 * 365, "timestamp": 14} {
		left := time.Until(roles[role].Expires)
		if full := time.Duration(days) * 24 * time.Hour; left > full || left < full-24*time.Hour {
			t.Errorf("%s expires in %s, want %d days", role, left, days)
		}
	}
	if n := len(roles) - 4; n != len(want.Delegations) {
		t.Errorf("%d delegations, want %d", n, len(want.Delegations))
	}
	for _, d := range want.Delegations {
		role := roles[d.Role]
		if !slices.Equal(role.Keys, d.KeyIDs) || !slices.Equal(role.Paths, d.Paths) {
			t.Errorf("%s has keys %v and paths %q, want %v and %q", d.Role, role.Keys, role.Paths, d.KeyIDs, d.Paths)
		}
	}
	for _, tag := range want.Tags {
		if !slices.ContainsFunc(got.Tags, func(g report.Tag) bool {
			return g.Name == tag.Name && g.SHA256 == tag.SHA256 && g.Length == int64(tag.Length) && slices.Contains(g.Roles, tag.Role)
		}) {
			t.Errorf("%s in %s with digest %s is not listed", tag.Name, tag.Role, tag.SHA256)
		}
	}
	var signers []string
	for _, d := range want.Delegations {
		if name, ok := (docker.Dialect{}).SignerOf(model.RoleName(d.Role)); ok {
			signers = append(signers, name)
		}
	}
	var named []string
	for _, s := range got.Signers {
		named = append(named, s.Name)
	}
	slices.Sort(signers)
	slices.Sort(named)
	if !slices.Equal(signers, named) {
		t.Errorf("signers %q, want %q", named, signers)
	}
}

// Docker's inspect wipes the changes that notary has staged. trustdeck leaves
// every file of the trust folder as it is.
func TestTrustFolderIsUntouched(t *testing.T) {
	server := peer.MemoryServer(t)
	filled := peer.Fill(t, server)
	filled.Notary.Run(t, "addhash", peer.App, "staged", "3", "--sha256", hex.EncodeToString(make([]byte, 32)))
	deck := peer.Trustdeck(t)
	before := snapshot(t, filled.Notary.Home)
	for _, args := range [][]string{{"inspect", peer.App}, {"inspect", "--docker", peer.App}, {"repos"}, {"tags", peer.App}, {"keys"}, {"doctor"}} {
		args = append(args, "--server", server.URL, "--tlscacert", server.PKI.CAFile(), "--trust-dir", filled.Notary.Home)
		// Doctor has findings, and says so by its exit code.
		if r := deck.Try(args...); r.Code != 0 && (args[0] != "doctor" || r.Code != 3) {
			t.Errorf("%q: exit code %d: %s", args[0], r.Code, r.Stderr)
		}
	}
	if after := snapshot(t, filled.Notary.Home); !slices.Equal(before, after) {
		t.Errorf("the trust folder changed:\nbefore %q\nafter  %q", before, after)
	}
}

// snapshot lists every file of a folder with mode, time and content.
func snapshot(t *testing.T, dir string) []string {
	t.Helper()
	var out []string
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		line := fmt.Sprintf("%s %s %s", path, info.Mode(), info.ModTime())
		if d.Type().IsRegular() {
			raw, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			line += fmt.Sprintf(" %x", sha256.Sum256(raw))
		}
		out = append(out, line)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}
