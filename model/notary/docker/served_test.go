package docker_test

import (
	"strings"
	"testing"

	"trustdeck/model"
	"trustdeck/model/notary/docker"
)

const (
	signedDigest = "sha256:aaaa"
	otherDigest  = "sha256:bbbb"
)

// Whoever reads it learns what each kind of pull does, and what to do next.
func TestExplain(t *testing.T) {
	there := model.Manifest{Digest: otherDigest, Size: 5}
	tests := []struct {
		name     string
		served   model.Served
		severity model.Severity
		want     []string
	}{
		{
			"same",
			model.Served{State: model.ServedSame, Signed: signedDigest, SignedSize: 5, Manifest: model.Manifest{Digest: signedDigest, Size: 5}},
			model.Notice,
			[]string{"serves the signed digest", "with or without content trust, docker pull gets"},
		},
		{
			"same, of another size",
			model.Served{State: model.ServedSame, Signed: signedDigest, SignedSize: 7, Manifest: model.Manifest{Digest: signedDigest, Size: 5}},
			model.Warning,
			[]string{"of 5 bytes; the signed size is 7", "notary verify refuses it", "sign the tag again"},
		},
		{
			"differs, held",
			model.Served{State: model.ServedDiffers, Signed: signedDigest, Manifest: there, Held: model.DigestYes},
			model.Warning,
			[]string{otherDigest, "not the signed digest", "still gets the signed image", "without content trust, docker pull gets what the registry serves", "find out who pushed it", "push the signed image again"},
		},
		{
			"differs, gone",
			model.Served{State: model.ServedDiffers, Signed: signedDigest, Manifest: there, Held: model.DigestNo},
			model.Failure,
			[]string{"no longer has, so it fails", "find out who pushed it"},
		},
		{
			"differs, not known whether held",
			model.Served{State: model.ServedDiffers, Signed: signedDigest, Manifest: there},
			model.Warning,
			[]string{"asks for the signed digest, not the tag", "find out who pushed it"},
		},
		{
			"unsigned",
			model.Served{State: model.ServedUnsigned, Manifest: there},
			model.Warning,
			[]string{otherDigest, "no signed tag", "refuses the tag", "gets the image unverified", "sign the tag"},
		},
		{
			"absent, held",
			model.Served{State: model.ServedAbsent, Signed: signedDigest, Held: model.DigestYes},
			model.Warning,
			[]string{"no such tag", "still has, so it works", "doesn't find it", "push the signed image again"},
		},
		{
			"absent, gone",
			model.Served{State: model.ServedAbsent, Signed: signedDigest, Held: model.DigestNo},
			model.Failure,
			[]string{"no such tag", "so it fails", "push the signed image again"},
		},
		{
			"absent, not known whether held",
			model.Served{State: model.ServedAbsent, Signed: signedDigest},
			model.Warning,
			[]string{"no such tag", "asks for the signed digest", "push the signed image again"},
		},
		{"absent and unsigned", model.Served{State: model.ServedAbsent}, model.Notice, []string{"no signed tag has this name", "either", "check the name"}},
		{
			"no answer",
			model.Served{State: model.ServedUnknown, Fault: &model.Fault{Subject: "there", Text: "no route", Hint: "wait"}},
			model.Notice,
			[]string{"could not be read: there: no route", "wait"},
		},
		{"not asked", model.Served{}, model.Notice, []string{"was not asked"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := docker.Dialect{}.Explain(tt.served)
			text := strings.Join([]string{p.Verdict, p.WithTrust, p.WithoutTrust, p.Remedy}, "\n")
			for _, want := range tt.want {
				if !strings.Contains(text, want) {
					t.Errorf("%q is missing:\n%s", want, text)
				}
			}
			if p.Severity != tt.severity {
				t.Errorf("severity %s", p.Severity)
			}
			if p.Severity > model.Notice && (p.Remedy == "" || p.WithTrust == "") {
				t.Errorf("no way out: %+v", p)
			}
		})
	}
}
