package model_test

import (
	"encoding/hex"
	"strings"
	"testing"

	"trustdeck/model"
)

// signed is what a dialect makes of a tag that stands for the content "aa…".
func signed(ok bool) model.Resolution {
	hash, err := hex.DecodeString(strings.Repeat("aa", 32))
	if err != nil {
		panic(err)
	}
	return model.Resolution{Tag: "1.0", OK: ok, Target: model.Target{Name: "1.0", Length: 528, Hashes: model.Hashes{SHA256: hash}}}
}

// Only the digest decides, and only one that a client would pull counts as signed.
func TestServed(t *testing.T) {
	same, other := "sha256:"+strings.Repeat("aa", 32), "sha256:"+strings.Repeat("bb", 32)
	tests := []struct {
		name   string
		signed model.Resolution
		served model.Manifest
		state  model.ServedState
		size   bool
	}{
		{"the signed digest", signed(true), model.Manifest{Digest: same, Size: 528}, model.ServedSame, false},
		{"the signed digest of another size", signed(true), model.Manifest{Digest: same, Size: 529}, model.ServedSame, true},
		{"another digest of the same size", signed(true), model.Manifest{Digest: other, Size: 528}, model.ServedDiffers, false},
		{"an upper-case digest is another text", signed(true), model.Manifest{Digest: strings.ToUpper(same)}, model.ServedDiffers, false},
		{"nothing that would be pulled", signed(false), model.Manifest{Digest: same, Size: 528}, model.ServedUnsigned, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			before := model.NewServed(tt.signed)
			if before.State != model.ServedNotAsked || before.Tag != "1.0" || (before.Signed == same) != tt.signed.OK {
				t.Errorf("before: %+v", before)
			}
			after := before.Compare(tt.served)
			if after.State != tt.state || after.Manifest != tt.served || after.SizeDiffers() != tt.size {
				t.Errorf("after: %+v", after)
			}
		})
	}
}

func TestServedStatesHaveNames(t *testing.T) {
	seen := map[string]bool{}
	for s := model.ServedNotAsked; s <= model.ServedUnknown; s++ {
		if name := s.String(); name == "invalid" || seen[name] {
			t.Errorf("%d is called %q", s, name)
		} else {
			seen[name] = true
		}
	}
	if model.ServedState(99).String() != "invalid" {
		t.Error("a state that does not exist has a name")
	}
}
