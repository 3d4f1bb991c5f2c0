package change

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"trustdeck/e2e/peer"
	"trustdeck/model"
	"trustdeck/model/admin/change"
	"trustdeck/model/plan"
	"trustdeck/remote/sandbox"
)

// notary signs with key files that others may read, or even change; so does trustdeck,
// and the review says so.
func TestKeyFilesOpenToOthers(t *testing.T) {
	server := peer.Sandbox(t, sandbox.Config{})
	l := live(t, server, "docker.io/acme/open")
	files, err := filepath.Glob(filepath.Join(l.folder, "trust", "private", "*.key"))
	if err != nil || len(files) < 3 {
		t.Fatalf("%v, %v", files, err)
	}
	for mode, says := range map[os.FileMode]string{
		0o644: "can be read by other users (mode 0644)", 0o640: "can be read by other users (mode 0640)", 0o666: "can be changed by other users (mode 0666)",
	} {
		for _, path := range files {
			if err := os.Chmod(path, mode); err != nil {
				t.Fatal(err)
			}
		}
		l.notary.Run(t, "witness", "-p", string(l.gun), "targets")
		renew := model.Renew{Roles: []model.RoleName{model.RoleRoot, model.RoleTargets}}
		p, err := l.service.Prepare(t.Context(), []change.Request{{GUN: l.gun, Changes: []model.Change{renew}}})
		if err != nil {
			t.Fatal(err)
		}
		warnings := p.Parts[0].Local.Warnings
		if p.Verdict().State != plan.Ready || len(warnings) != 3 || !strings.Contains(warnings[0], says) {
			t.Errorf("mode %04o: %s, warnings %q", mode, p.Verdict().State, warnings)
		}
		l.do(l.gun, renew)
	}
	l.listed("1.0")
}
