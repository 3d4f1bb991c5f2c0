package image

import (
	"errors"
	"strings"
	"testing"

	"trustdeck/model"
)

const digest = "sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

func TestParseNormalisesAsDockerDoes(t *testing.T) {
	for _, test := range []struct {
		arg  string
		want Name
	}{
		{"alpine", Name{GUN: "docker.io/library/alpine"}},
		{"alpine:3.1", Name{GUN: "docker.io/library/alpine", Tag: "3.1"}},
		{"acme/app", Name{GUN: "docker.io/acme/app"}},
		{"docker.io/acme/app:1", Name{GUN: "docker.io/acme/app", Tag: "1"}},
		{"index.docker.io/alpine", Name{GUN: "docker.io/library/alpine"}},
		{"registry.example.org/acme/app", Name{GUN: "registry.example.org/acme/app"}},
		{"registry.example.org:5000/acme/app:v2", Name{GUN: "registry.example.org:5000/acme/app", Tag: "v2"}},
		{"localhost/app", Name{GUN: "localhost/app"}},
		{"localhost:5000/x", Name{GUN: "localhost:5000/x"}},
		{"alpine@" + digest, Name{GUN: "docker.io/library/alpine", Digest: digest}},
		{"alpine:3.1@" + digest, Name{GUN: "docker.io/library/alpine", Digest: digest}},
	} {
		test.want.Arg = test.arg
		if got, err := Parse(test.arg); err != nil || got != test.want {
			t.Errorf("Parse(%q) = %+v, %v; want %+v", test.arg, got, err, test.want)
		}
	}
}

func TestParseExplainsWhatIsNoName(t *testing.T) {
	for arg, want := range map[string]string{
		"":                                    "empty",
		"https://docker.io/acme/app":          "URL",
		"acme/no app":                         "spaces",
		"acme/app\x1b[31m":                    "control characters",
		"acme/../etc":                         `".."`,
		"../acme":                             `".."`,
		"acme/App":                            "lower case",
		digest:                                "digest alone",
		strings.TrimPrefix(digest, "sha256:"): "digest alone",
		"acme/app:":                           "no tag follows",
		"acme//app":                           "clean relative path",
		"acme/app@sha256:12":                  "invalid",
		"a/" + strings.Repeat("b", 256):       "longer than",
		"acme/_trust":                         "can be \"_trust\"",
	} {
		name, err := Parse(arg)
		if err == nil {
			t.Errorf("Parse(%q) = %+v, want an error", arg, name)
			continue
		}
		var fault *model.Fault
		if !errors.As(err, &fault) || fault.Kind != model.FaultUsage {
			t.Errorf("Parse(%q): %T %v, want a usage fault", arg, err, err)
		}
		if !strings.Contains(err.Error(), want) {
			t.Errorf("Parse(%q): %q does not say %q", arg, err, want)
		}
		if strings.ContainsRune(err.Error(), 0x1b) {
			t.Errorf("Parse(%q): %q repeats a control character", arg, err)
		}
	}
}

func TestParseGUNTakesNamesThatDockerRefuses(t *testing.T) {
	for _, arg := range []string{"Acme/App", "acme/app", "alpine", "acme/app:v1"} {
		name, err := ParseGUN(arg)
		if err != nil || name.GUN != model.GUN(arg) || name.Tag != "" {
			t.Errorf("ParseGUN(%q) = %+v, %v", arg, name, err)
		}
	}
	if name, err := ParseGUN("acme/../etc"); err == nil {
		t.Errorf("ParseGUN accepted a path that leaves its folder: %+v", name)
	}
}

func TestVerbatim(t *testing.T) {
	for _, test := range []struct {
		arg  string
		want []Name
	}{
		{"acme/app", []Name{{GUN: "acme/app"}}},
		{"acme/app:v1", []Name{{GUN: "acme/app:v1"}, {GUN: "acme/app", Tag: "v1"}}},
		{"host:5000/app", []Name{{GUN: "host:5000/app"}}},
		{"acme/app:", []Name{{GUN: "acme/app:"}}},
		{"acme/../app", nil},
	} {
		got := Verbatim(test.arg)
		if len(got) != len(test.want) {
			t.Errorf("Verbatim(%q) = %+v", test.arg, got)
			continue
		}
		for i, want := range test.want {
			want.Arg = test.arg
			if got[i] != want {
				t.Errorf("Verbatim(%q)[%d] = %+v, want %+v", test.arg, i, got[i], want)
			}
		}
	}
}
