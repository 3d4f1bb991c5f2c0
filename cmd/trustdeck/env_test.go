package main

import (
	"strings"
	"testing"
)

// What docker does here, and where trustdeck uses something else. No request is made, and no
// secret is shown.
func TestEnv(t *testing.T) {
	r := newRig(t)
	r.env = map[string]string{"NOTARY_ROOT_PASSPHRASE": "s3cret-words", "DOCKER_CONFIG": "/etc/docker"}
	o := r.run("env", "--server", "https://notary.example.org", "--trust-dir", "/srv/trust", "acme/app", "reg.example.org/acme/app")
	for _, want := range []string{
		"\nDOCKER_CONTENT_TRUST: not set\n    docker pull and docker push verify and sign nothing.\n",
		"\nserver of docker.io: https://notary.docker.io\n", "\nserver of reg.example.org: https://reg.example.org\n",
		"\n    trustdeck uses https://notary.example.org\n",
		"\ntrust folder: /etc/docker/trust\n", "\n    trustdeck uses /srv/trust\n",
		"\nNOTARY_ROOT_PASSPHRASE: set, not shown\n",
	} {
		if !strings.Contains(o.stdout, want) {
			t.Errorf("%q is missing:\n%s", want, o.stdout)
		}
	}
	if o.code != 0 || o.stderr != "" || strings.Contains(o.stdout, "s3cret") || r.asked.Load() != 0 {
		t.Errorf("exit code %d, %d requests:\n%s%s", o.code, r.asked.Load(), o.stdout, o.stderr)
	}
	if o = r.run("env", "-o", "json", "acme/app"); o.code != 0 || !strings.Contains(o.stdout, `"kind": "env"`) || r.asked.Load() != 0 {
		t.Errorf("exit code %d, %d requests:\n%s", o.code, r.asked.Load(), o.stdout)
	}
}
