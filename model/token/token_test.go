package token

import (
	"strings"
	"testing"

	"trustdeck/model"
)

func TestParseVersion(t *testing.T) {
	for in, want := range map[string]Version{
		"5.4.3": {5, 4, 3}, "4.3.255": {4, 3, 255},
		"": {}, "5.4": {}, "5.4.3.1": {}, "5.4.256": {}, "-1.0.0": {}, "5.x.3": {},
	} {
		if got := ParseVersion(in); got != want {
			t.Errorf("%q is %v, want %v", in, got, want)
		}
		if got := ParseVersion(in).String(); got != "" && got != in {
			t.Errorf("%q becomes %q", in, got)
		}
	}
}

// Each advisory concerns the keys and the firmware that the maker names, and no other.
func TestAdvisories(t *testing.T) {
	for _, test := range []struct {
		firmware, algorithm string
		origin              model.KeyOrigin
		want                string
	}{
		{"5.6.9", "ECDSA P-256", model.OriginToken, "YSA-2024-03"},
		{"5.6.9", "ECDSA P-384", model.OriginImported, "YSA-2024-03"},
		{"4.3.7", "ECDSA P-256", model.OriginUnknown, "YSA-2024-03"},
		{"5.7.0", "ECDSA P-256", model.OriginToken, ""},
		{"5.7.1", "Ed25519", model.OriginToken, ""},
		{"5.4.3", "RSA 2048", model.OriginToken, ""},
		{"4.2.5", "RSA 2048", model.OriginToken, ""},
		{"4.2.6", "RSA 2048", model.OriginToken, "YSA-2017-01"},
		{"4.3.4", "RSA 2048", model.OriginUnknown, "YSA-2017-01"},
		{"4.3.4", "RSA 2048", model.OriginImported, ""},
		{"4.3.5", "RSA 2048", model.OriginToken, ""},
		{"", "ECDSA P-256", model.OriginToken, ""},
		{"", "RSA 2048", model.OriginToken, ""},
	} {
		var ids []string
		for _, a := range Advisories(ParseVersion(test.firmware), test.algorithm, test.origin) {
			ids = append(ids, a.ID)
		}
		if got := strings.Join(ids, " "); got != test.want {
			t.Errorf("%s on %q: %q, want %q", test.algorithm, test.firmware, got, test.want)
		}
	}
}
