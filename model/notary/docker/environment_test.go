package docker_test

import (
	"strings"
	"testing"

	"trustdeck/model"
	"trustdeck/model/notary/docker"
	"trustdeck/model/report"
)

// surroundings are those of a machine on which trustdeck uses what docker uses.
func surroundings(version string, env map[string]string) docker.Environment {
	e := docker.Environment{
		Getenv: func(name string) string { return env[name] }, Version: version,
		Config: "/home/ada/.docker", Trust: "/home/ada/.docker/trust",
		GUNs: []model.GUN{"reg.example.org/a", "docker.io/acme/app", "reg.example.org/b"},
	}
	e.Here.Config, e.Here.Trust = e.Config, e.Trust
	e.Server = func(model.GUN) string { return "https://notary.example.org" }
	return e
}

func row(t *testing.T, e report.Environment, name string) report.EnvironmentSetting {
	t.Helper()
	for _, s := range e.Settings {
		if s.Name == name {
			return s
		}
	}
	t.Fatalf("there is no %q in %+v", name, e.Settings)
	return report.EnvironmentSetting{}
}

func TestEnvironment(t *testing.T) {
	const server = "https://notary.example.org"
	for name, c := range map[string]struct {
		version  string
		env      map[string]string
		verifies bool
		summary  string
	}{
		"not set":        {"28.2.2", nil, false, "DOCKER_CONTENT_TRUST is not set"},
		"on":             {"28.2.2", map[string]string{"DOCKER_CONTENT_TRUST": "1"}, true, "verifies each tag"},
		"any other word": {"27.5.1-rc.1", map[string]string{"DOCKER_CONTENT_TRUST": "nope"}, true, "verifies each tag"},
		"off":            {"28.2.2", map[string]string{"DOCKER_CONTENT_TRUST": "false"}, false, "DOCKER_CONTENT_TRUST is false"},
		"no https":       {"28.2.2", map[string]string{"DOCKER_CONTENT_TRUST": "1", "DOCKER_CONTENT_TRUST_SERVER": "http://n"}, true, "is not an https URL"},
		"docker 29":      {"29.1.3", map[string]string{"DOCKER_CONTENT_TRUST": "1"}, false, "docker 29 has no content trust"},
		"docker 30":      {"30.0.0", map[string]string{"DOCKER_CONTENT_TRUST": "1"}, false, "docker 30 has no content trust"},
		"odd version":    {"dev", map[string]string{"DOCKER_CONTENT_TRUST": "1"}, true, "verifies each tag"},
		"none":           {"", map[string]string{"DOCKER_CONTENT_TRUST": "1"}, false, "was not found"},
	} {
		e := surroundings(c.version, c.env).Report()
		if e.Verifies != c.verifies || !strings.Contains(e.Summary, c.summary) || e.ClientVersion != c.version {
			t.Errorf("%s: %t, %q", name, e.Verifies, e.Summary)
		}
	}
	e := surroundings("28.2.2", map[string]string{"DOCKER_CONTENT_TRUST_SERVER": server + "/"}).Report()
	if s := row(t, e, "server of reg.example.org"); s.Value != server+"/" || s.Here != "" {
		t.Errorf("the same server differs: %+v", s)
	}
	e = surroundings("28.2.2", nil).Report()
	for host, want := range map[string]string{"reg.example.org": "https://reg.example.org", "docker.io": "https://notary.docker.io"} {
		if s := row(t, e, "server of "+host); s.Value != want || s.Here != server {
			t.Errorf("%s: %+v", host, s)
		}
	}
}

// Of a secret it is said only whether it is set.
func TestEnvironmentHidesSecrets(t *testing.T) {
	env := map[string]string{"DOCKER_CONTENT_TRUST_SERVER": "https://ada:s3cret@notary.example.org"}
	for _, name := range []string{"DOCKER_CONTENT_TRUST_ROOT_PASSPHRASE", "NOTARY_TARGETS_PASSPHRASE", "NOTARY_AUTH"} {
		env[name] = "s3cret"
	}
	e := surroundings("28.2.2", env).Report()
	for _, s := range e.Settings {
		if strings.Contains(s.Value+s.Effect+s.Here, "s3cret") {
			t.Errorf("%s shows a secret: %+v", s.Name, s)
		}
		if want := env[s.Name] == "s3cret"; want && (!s.Set || s.Value != "") {
			t.Errorf("%+v", s)
		}
	}
}
