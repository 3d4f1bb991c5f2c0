package claims

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"trustdeck/e2e/peer"
	"trustdeck/model/report"
)

// environment is what trustdeck says of an environment.
func environment(t *testing.T, env []string, repositories ...string) report.Environment {
	t.Helper()
	said := peer.Trustdeck(t).With(env...).Run(t, append([]string{"env", "-o", "json"}, repositories...)...)
	var out report.Environment
	if err := json.Unmarshal([]byte(said), &out); err != nil {
		t.Fatalf("%v:\n%s", err, said)
	}
	return out
}

// setting is one of the settings.
func setting(t *testing.T, e report.Environment, name string) report.EnvironmentSetting {
	t.Helper()
	for _, s := range e.Settings {
		if s.Name == name {
			return s
		}
	}
	t.Fatalf("%q is not among %+v", name, e.Settings)
	return report.EnvironmentSetting{}
}

// What trustdeck says of the variables of docker is what docker does.
func TestEnvironmentOfDocker(t *testing.T) {
	server := peer.MemoryServer(t)
	const gun = "docker.io/acme/environment"
	config := t.TempDir()
	notary := peer.Notary(t, server, filepath.Join(config, "trust"))
	notary.Run(t, "init", gun, "-p")
	notary.Run(t, "addhash", "-p", gun, "1.0", "10", "--sha256", digest)
	docker := peer.Docker(t, server, config)
	asks := func(env []string, tag string) string {
		r := docker.With(append(env, "DOCKER_HOST=tcp://127.0.0.1:1")...).Try("pull", tag)
		return r.Stdout + r.Stderr
	}
	const noDaemon = "Cannot connect to the Docker daemon"
	for _, value := range []string{"", "0", "false", "F", "1", "true", "T", "no", "off", "anything"} {
		env := []string{"DOCKER_CONTENT_TRUST=" + value, "DOCKER_CONTENT_TRUST_SERVER=" + server.URL, "DOCKER_CONFIG=" + config}
		said := environment(t, env, gun)
		refused := !strings.Contains(asks(env, gun+":unsigned"), noDaemon)
		if said.Verifies != refused {
			t.Errorf("%q: trustdeck says that docker verifies: %t; it refuses what is not signed: %t", value, said.Verifies, refused)
		}
		if out := asks(env, gun+":1.0"); !strings.Contains(out, noDaemon) {
			t.Errorf("%q: docker refuses what is signed: %s", value, out)
		}
		if s := setting(t, said, "server of docker.io"); s.Value != server.URL || s.Here != "" {
			t.Errorf("the server is %+v", s)
		}
	}
	// Without a server of its own, a registry is asked.
	const registry = "127.0.0.1:1"
	env := []string{"DOCKER_CONTENT_TRUST=1", "DOCKER_CONTENT_TRUST_SERVER=", "DOCKER_CONFIG=" + config}
	said := environment(t, env, registry+"/acme/app")
	if s := setting(t, said, "server of "+registry); s.Value != "https://"+registry {
		t.Errorf("the server is %+v", s)
	}
	if out := asks(env, registry+"/acme/app:1"); !strings.Contains(out, "notary server: dial tcp "+registry) {
		t.Errorf("docker asks elsewhere: %s", out)
	}
	folder := setting(t, said, "trust folder").Value
	if _, err := os.Stat(filepath.Join(folder, "tuf", registry, "acme", "app")); err != nil {
		t.Errorf("docker's trust folder is not %s: %v", folder, err)
	}
	// Nothing but https is taken.
	env[1] = "DOCKER_CONTENT_TRUST_SERVER=http://127.0.0.1:1"
	if out := asks(env, registry+"/acme/app:1"); !strings.Contains(out, "valid https URL required") {
		t.Errorf("docker takes another URL: %s", out)
	}
}
