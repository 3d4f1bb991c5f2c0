package token

import (
	"fmt"
	"strings"
	"testing"
	"time"

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

// Each state of a token that an administrator should know has a finding, and a sound token none.
func TestFindings(t *testing.T) {
	now := time.Date(2026, 11, 30, 0, 0, 0, 0, time.UTC)
	secret := func(left int) model.TokenSecret {
		return model.TokenSecret{TriesLeft: left, Tries: 3, Default: model.No}
	}
	sound := func() model.Token {
		return model.Token{
			Serial: "7", Product: "YubiKey 5", Firmware: "5.7.1", PIN: secret(3), PUK: secret(3),
			Slots: []model.TokenSlot{{ID: "9c", SPKI: []byte{1}, Algorithm: "ECDSA P-256", Origin: model.OriginToken, Certificate: []byte{1}, Expires: now.AddDate(5, 0, 0)}},
		}
	}
	for name, test := range map[string]struct {
		edit func(*model.Token)
		want string
	}{
		"sound":                          {func(*model.Token) {}, ""},
		"little is told":                 {func(k *model.Token) { *k = model.Token{PIN: model.TokenSecret{TriesLeft: -1, Tries: -1}} }, ""},
		"not read":                       {func(k *model.Token) { k.Fault = &model.Fault{Text: "busy"} }, "warning token-unread"},
		"factory PIN":                    {func(k *model.Token) { k.PIN.Default = model.Yes }, "warning token-pin-default"},
		"factory PIN, no key":            {func(k *model.Token) { k.PIN.Default, k.Slots = model.Yes, nil }, "notice token-pin-default"},
		"factory PUK":                    {func(k *model.Token) { k.PUK.Default = model.Yes }, "warning token-pin-default"},
		"factory management key":         {func(k *model.Token) { k.Management.Default = model.Yes }, "notice token-pin-default"},
		"one try":                        {func(k *model.Token) { k.PIN.TriesLeft = 1 }, "warning token-pin-tries"},
		"blocked":                        {func(k *model.Token) { k.PIN.TriesLeft = 0 }, "warning token-pin-tries"},
		"blocked for ever":               {func(k *model.Token) { k.PIN.TriesLeft, k.PUK.TriesLeft = 0, 0 }, "warning token-pin-tries"},
		"no certificate":                 {func(k *model.Token) { k.Slots[0].State = model.SlotKeyOnly }, "notice token-slot"},
		"no key":                         {func(k *model.Token) { k.Slots[0].State = model.SlotCertificateOnly }, "warning token-slot"},
		"another key's":                  {func(k *model.Token) { k.Slots[0].State = model.SlotMismatch }, "warning token-slot"},
		"not told":                       {func(k *model.Token) { k.Slots[0].State = model.SlotUnproved }, ""},
		"slot with a fault":              {func(k *model.Token) { k.Slots[0].Fault = &model.Fault{Text: "no key"} }, "warning token-slot"},
		"certificate expires":            {func(k *model.Token) { k.Slots[0].Expires = now.Add(24 * time.Hour) }, "notice token-certificate"},
		"certificate has expired":        {func(k *model.Token) { k.Slots[0].Expires = now }, "warning token-certificate"},
		"expired, without its key":       {func(k *model.Token) { k.Slots[0].Expires, k.Slots[0].State = now, model.SlotCertificateOnly }, "warning token-slot"},
		"old firmware":                   {func(k *model.Token) { k.Firmware = "5.4.3" }, "notice token-firmware"},
		"old firmware, weak RSA":         {func(k *model.Token) { k.Firmware, k.Slots[0].Algorithm = "4.3.1", "RSA 2048" }, "failure token-firmware"},
		"old firmware, certificate only": {func(k *model.Token) { k.Firmware, k.Slots[0].State = "5.4.3", model.SlotCertificateOnly }, "warning token-slot"},
	} {
		t.Run(name, func(t *testing.T) {
			k := sound()
			test.edit(&k)
			var got []string
			for _, f := range Findings(&k, func(*model.TokenSlot) bool { return true }, now, 30*24*time.Hour) {
				got = append(got, fmt.Sprint(f.Severity, " ", f.Code))
				if !strings.HasPrefix(f.Text, k.Name()+": ") {
					t.Errorf("%q doesn't name the token", f.Text)
				}
			}
			if text := strings.Join(got, ", "); text != test.want {
				t.Errorf("%q, want %q", text, test.want)
			}
		})
	}
}

// A weak key that no repository lists is worth a notice.
func TestUnusedKey(t *testing.T) {
	k := model.Token{Firmware: "4.3.1", PIN: model.TokenSecret{TriesLeft: 3}, Slots: []model.TokenSlot{{ID: "9a", SPKI: []byte{1}, Algorithm: "RSA 2048"}}}
	if f := Findings(&k, func(*model.TokenSlot) bool { return false }, time.Time{}, 0); len(f) != 1 || f[0].Severity != model.Notice {
		t.Errorf("%+v", f)
	}
}
