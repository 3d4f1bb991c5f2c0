package main

import (
	"context"
	"encoding/json"
	"strings"
	"testing"

	"trustdeck/model"
	"trustdeck/model/port"
	"trustdeck/model/report"
)

// A gallery is a registry: digests by reference, or a fault for everything.
type gallery struct {
	digests map[string]string
	fault   *model.Fault
}

func (g gallery) Resolve(_ context.Context, _ model.GUN, reference string) (model.Manifest, error) {
	if g.fault != nil {
		return model.Manifest{}, g.fault
	}
	if digest, ok := g.digests[reference]; ok {
		return model.Manifest{Digest: digest, Size: 3, MediaType: "application/vnd.oci.image.index.v1+json"}, nil
	}
	return model.Manifest{}, &model.Fault{Kind: model.FaultNotFound, Text: "not here"}
}

// signedDigest is what the corpus signs for a tag.
func signedDigest(t *testing.T, image string) string {
	t.Helper()
	var answer report.Inspect
	o := newRig(t).run("inspect", image, "-o", "json")
	if err := json.Unmarshal([]byte(o.stdout), &answer); err != nil {
		t.Fatal(err, o.stderr)
	}
	return "sha256:" + answer.Repositories[0].Resolution.SHA256
}

// What the registry serves is in the answer in both forms, and the exit code says
// whether it is what was signed.
func TestInspectRegistry(t *testing.T) {
	signed, other := signedDigest(t, "acme/signers:both"), "sha256:"+strings.Repeat("0", 64)
	down := &model.Fault{Kind: model.FaultUnreachable, Subject: "registry-1.docker.io", Text: "no route to host", Hint: "Check the network."}
	for _, test := range []struct {
		name     string
		tag      string
		registry port.Registry
		state    string
		code     int
	}{
		{"same", "both", gallery{digests: map[string]string{"both": signed}}, "same", codeDone},
		{"differs", "both", gallery{digests: map[string]string{"both": other, signed: signed}}, "differs", codeError},
		{"absent", "both", gallery{}, "absent", codeError},
		{"unsigned", "none", gallery{digests: map[string]string{"none": other}}, "unsigned", codeError},
		{"unreachable", "both", gallery{fault: down}, "unknown", codeNetwork},
		{"unauthorized", "both", gallery{fault: &model.Fault{Kind: model.FaultUnauthorized, Text: "who are you", Hint: "Log in."}}, "unknown", codeUnauthorized},
		{"not-asked", "both", nil, "not asked", codeDone},
	} {
		t.Run(test.name, func(t *testing.T) {
			r := newRig(t)
			r.registry = test.registry
			o := r.run("inspect", "--registry", "acme/signers:"+test.tag, "-o", "json")
			var answer report.Inspect
			if err := json.Unmarshal([]byte(o.stdout), &answer); err != nil {
				t.Fatal(err, o.stderr)
			}
			served := answer.Repositories[0].Registry
			if served == nil || served.State != test.state || served.Text == "" || o.code != test.code {
				t.Errorf("exit code %d, %+v; standard error:\n%s", o.code, served, o.stderr)
			}
			if test.name == "differs" || test.name == "unreachable" {
				golden(t, "inspect-registry-"+test.name+".table", r.run("inspect", "--registry", "acme/signers:"+test.tag))
			}
		})
	}
}

// Nobody asks a registry unless told to.
func TestRegistryIsNotAskedUnasked(t *testing.T) {
	r := newRig(t)
	r.registry = gallery{fault: &model.Fault{Kind: model.FaultUnreachable, Text: "asked"}}
	for _, args := range []string{"inspect acme/signers:both -o json", "tags acme/signers", "repos"} {
		if o := r.run(strings.Fields(args)...); o.code != codeDone || strings.Contains(o.stdout+o.stderr, "asked") || strings.Contains(o.stdout, `"registry"`) {
			t.Errorf("%s: %d\n%s%s", args, o.code, o.stdout, o.stderr)
		}
	}
}

func TestRegistryNeedsATag(t *testing.T) {
	for _, args := range []string{"inspect --registry acme/signers", "inspect --registry --docker acme/signers:both"} {
		if o := newRig(t).run(strings.Fields(args)...); o.code != codeUsage || o.stdout != "" || !strings.Contains(o.stderr, "--") {
			t.Errorf("%s: %d\n%s%s", args, o.code, o.stdout, o.stderr)
		}
	}
}
