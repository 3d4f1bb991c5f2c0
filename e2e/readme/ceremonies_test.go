package readme

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"trustdeck/e2e/peer"
)

// Every command of docs/ceremonies.md runs as shown, each on the machine of its person: they share
// nothing but the folder. Where trustdeck asks, flags answer. Only Olga's machine has the server.
func TestCeremoniesRun(t *testing.T) {
	raw, err := os.ReadFile(filepath.Join(root, "docs", "ceremonies.md"))
	if err != nil {
		t.Fatal(err)
	}
	r := newReader(t)
	config := t.TempDir() // without the keys of the practice world
	if err := os.CopyFS(filepath.Join(config, "tls"), os.DirFS(filepath.Join(r.world.DockerConfig, "tls"))); err != nil {
		t.Fatal(err)
	}
	machines := map[string]*peer.Client{"olga": r.client.With("DOCKER_CONFIG=" + config)}
	known := ""
	for _, m := range regexp.MustCompile(`(?m)^    ([a-z]+)\$ (.+)$`).FindAllStringSubmatch(string(raw), -1) {
		name, line := m[1], m[2]
		if machines[name] == nil {
			machines[name] = peer.Trustdeck(t).With("TRUSTDECK_DIR=" + filepath.Dir(r.client.Program))
		}
		on := *r
		on.client = machines[name].With(
			"NOTARY_ROOT_PASSPHRASE="+peer.RootPassphrase, "NOTARY_TARGETS_PASSPHRASE="+peer.TargetsPassphrase,
			"DOCKER_CONTENT_TRUST_ROOT_PASSPHRASE=", "DOCKER_CONTENT_TRUST_REPOSITORY_PASSPHRASE=")
		switch {
		case strings.HasPrefix(line, "trustdeck ceremony sign"):
			flags := fmt.Sprintf(" --yes --time %s", time.Now().UTC().Format(time.RFC3339))
			if name == "dan" {
				flags += " --root " + known
			}
			line = strings.Replace(line, "ceremony sign", "ceremony sign"+flags, 1)
		case strings.HasPrefix(line, "trustdeck key generate"), strings.HasPrefix(line, "trustdeck ceremony publish"):
			line += " --yes"
		}
		output, code := on.run(line)
		if code != 0 {
			t.Fatalf("%s: %s: exit code %d\n%s", name, line, code, output)
		}
		if strings.Contains(line, "ceremony start --people") {
			shown, _ := on.run("trustdeck ceremony show -o json replace.ceremony")
			hash := regexp.MustCompile(`"sha256": "([0-9a-f]{64})"`).FindStringSubmatch(shown)
			if hash == nil {
				t.Fatalf("there is no root in\n%s", shown)
			}
			known = hash[1]
		}
	}
	if names := slices.Sorted(maps.Keys(machines)); !slices.Equal(names, []string{"ada", "ben", "cleo", "dan", "olga"}) {
		t.Errorf("the machines are %q", names)
	}
	if output, code := r.run("trustdeck inspect registry.example.org/acme/app"); code != 0 || !strings.Contains(output, "2 of 3") {
		t.Errorf("exit code %d\n%s", code, output)
	}
}
