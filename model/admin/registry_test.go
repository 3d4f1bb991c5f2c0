package admin_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"trustdeck/model"
	"trustdeck/model/admin"
)

// A warehouse is a registry: manifests, or an error, by reference.
type warehouse struct {
	digests map[string]string
	errs    map[string]error
	asked   []string
}

func (s *warehouse) Resolve(_ context.Context, _ model.GUN, reference string) (model.Manifest, error) {
	s.asked = append(s.asked, reference)
	if err := s.errs[reference]; err != nil {
		return model.Manifest{}, err
	}
	if digest, ok := s.digests[reference]; ok {
		return model.Manifest{Digest: digest, Size: 5, MediaType: "x"}, nil
	}
	return model.Manifest{}, &model.Fault{Kind: model.FaultNotFound, Text: "not here"}
}

// The registry is asked for the tag, and for the signed digest only where the tag
// does not lead to it.
func TestServed(t *testing.T) {
	hash := []byte(strings.Repeat("\xaa", 32))
	signed := model.Resolution{Tag: "1.0", OK: true, Target: model.Target{Length: 5, Hashes: model.Hashes{SHA256: hash}}}
	own, other := "sha256:"+strings.Repeat("aa", 32), "sha256:"+strings.Repeat("bb", 32)
	down := &model.Fault{Kind: model.FaultUnreachable, Text: "no route", Hint: "wait"}
	tests := []struct {
		name   string
		signed model.Resolution
		shelf  *warehouse
		state  model.ServedState
		held   model.DigestAvailable
		fault  string
		asked  []string
	}{
		{"same", signed, &warehouse{digests: map[string]string{"1.0": own}}, model.ServedSame, model.DigestUnknown, "", []string{"1.0"}},
		{"differs, and the signed one is there", signed, &warehouse{digests: map[string]string{"1.0": other, own: own}}, model.ServedDiffers, model.DigestYes, "", []string{"1.0", own}},
		{"differs, and the signed one is gone", signed, &warehouse{digests: map[string]string{"1.0": other}}, model.ServedDiffers, model.DigestNo, "", []string{"1.0", own}},
		{"differs, and then no answer", signed, &warehouse{digests: map[string]string{"1.0": other}, errs: map[string]error{own: down}}, model.ServedDiffers, model.DigestUnknown, "", []string{"1.0", own}},
		{"a registry that mistakes the digest", signed, &warehouse{digests: map[string]string{"1.0": other, own: other}}, model.ServedDiffers, model.DigestUnknown, "", []string{"1.0", own}},
		{"the tag is gone, the content is not", signed, &warehouse{digests: map[string]string{own: own}}, model.ServedAbsent, model.DigestYes, "", []string{"1.0", own}},
		{"all is gone", signed, &warehouse{}, model.ServedAbsent, model.DigestNo, "", []string{"1.0", own}},
		{"nothing signed", model.Resolution{Tag: "1.0"}, &warehouse{digests: map[string]string{"1.0": own}}, model.ServedUnsigned, model.DigestUnknown, "", []string{"1.0"}},
		{"nothing anywhere", model.Resolution{Tag: "1.0"}, &warehouse{}, model.ServedAbsent, model.DigestUnknown, "", []string{"1.0"}},
		{"no answer", signed, &warehouse{errs: map[string]error{"1.0": down}}, model.ServedUnknown, model.DigestUnknown, "no route", []string{"1.0"}},
		{"an error that is no fault", signed, &warehouse{errs: map[string]error{"1.0": errors.New("boom")}}, model.ServedUnknown, model.DigestUnknown, "could not be read: boom", []string{"1.0"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := (&admin.Service{Registry: tt.shelf}).Served(t.Context(), gun, tt.signed)
			if got.State != tt.state || got.Held != tt.held || !slices.Equal(tt.shelf.asked, tt.asked) {
				t.Errorf("%s, held %d, asked %q", got.State, got.Held, tt.shelf.asked)
			}
			if (got.Fault == nil) != (tt.fault == "") || got.Fault != nil && (!strings.Contains(got.Fault.Error(), tt.fault) || got.Fault.Hint == "") {
				t.Errorf("fault %v", got.Fault)
			}
		})
	}
	if got := (&admin.Service{}).Served(t.Context(), gun, signed); got.State != model.ServedNotAsked || got.Signed != own {
		t.Errorf("without a registry: %+v", got)
	}
}
