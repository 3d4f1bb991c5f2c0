package bundle_test

import (
	"bytes"
	"encoding/json"
	"slices"
	"testing"

	"trustdeck/model"
	"trustdeck/model/bundle"
	"trustdeck/model/dialect/dialecttest"
)

// corrupted says of each member of the file for what reasons it is refused where bytes of it were changed,
// beside NotBundle and Altered, which say that no program has written it so. Where there is no reason,
// another text is as good, and the fingerprint tells.
var corrupted = map[string][]bundle.Reason{
	"schema":       {bundle.Newer},
	"repository":   {bundle.BadRoots, bundle.OtherRepository},
	"dialect":      {bundle.UnknownDialect},
	"title":        {},
	"rehearsal":    {},
	"dates":        {bundle.Expired, bundle.BadPayload},
	"participants": {},
	"roots":        {bundle.BadRoots},
	"base":         {bundle.BadBase, bundle.BadPayload, bundle.WrongVersion},
	"changes":      {},
	"keys":         {},
	"payloads":     {bundle.BadPayload, bundle.CannotBeSigned, bundle.WrongPayload, bundle.WrongVersion, bundle.ForeignKey, bundle.Expired, bundle.BadBase},
	"signatures":   {bundle.ForeignKey, bundle.WrongPayload},
}

// Where a range of bytes is corrupted, the reason is the one of the part that has it; or the fingerprint is
// another one.
func TestCorruptedRanges(t *testing.T) {
	t.Parallel()
	every := stride(97, 997)
	each(t, func(t *testing.T, subject dialecttest.Subject) {
		s := newScene(subject, 2, 3)
		b := s.sign(t, rotated(s), "Ada", "Dan")
		text, digest := b.Encode(), b.Digest()
		var members map[string]json.RawMessage
		if err := json.Unmarshal(text, &members); err != nil {
			t.Fatal(err)
		}
		if len(members) != len(corrupted) {
			t.Errorf("the file has %d members, the table %d", len(members), len(corrupted))
		}
		for name, value := range members {
			begin := bytes.Index(text, value)
			if value[0] != '{' && value[0] != '[' {
				begin = bytes.Index(text, []byte(`"`+name+`": `)) + len(name) + 4
			}
			for _, length := range []int{2, 16, 256} {
				for i := begin; i < begin+len(value); i += every {
					altered := bytes.Clone(text)
					for n := i; n < min(i+length, begin+len(value)); n++ {
						altered[n] ^= 1
					}
					got, err := bundle.Decode(altered)
					if err == nil {
						_, err = bundle.Open(got, known, now)
					}
					reason := bundle.ReasonOf(err)
					switch {
					case err == nil && got.Digest() == digest:
						t.Errorf("%s: %d bytes from %d are other ones, and nobody notices", name, length, i-begin)
					case err == nil || reason == bundle.NotBundle || reason == bundle.Altered:
					case !slices.Contains(corrupted[name], reason) || model.HintOf(err) == "":
						t.Errorf("%s: %d bytes from %d are other ones: %s: %v", name, length, i-begin, reason, err)
					}
				}
			}
		}
	})
}
