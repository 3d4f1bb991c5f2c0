package bundle_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"

	"trustdeck/model"
	"trustdeck/model/bundle"
	"trustdeck/model/dialect"
	"trustdeck/model/dialect/dialecttest"
)

// A place is a value in a JSON document that can be replaced.
type place struct {
	value any
	set   func(any)
}

// places are all values of a document, those that hold others too.
func places(v any, set func(any)) []place {
	out := []place{{v, set}}
	switch v := v.(type) {
	case map[string]any:
		for _, name := range sortedKeys(v) {
			out = append(out, places(v[name], func(x any) { v[name] = x })...)
		}
	case []any:
		for i := range v {
			out = append(out, places(v[i], func(x any) { v[i] = x })...)
		}
	}
	return out
}

func sortedKeys(m map[string]any) []string {
	var out []string
	for name := range m {
		out = append(out, name)
	}
	slices.Sort(out)
	return out
}

// mutate changes one thing in a document, as someone would who hopes that it is overlooked.
func mutate(r *rand.Rand, doc any) any {
	all := places(doc, func(x any) { doc = x })
	at := all[r.IntN(len(all))]
	switch v := at.value.(type) {
	case map[string]any:
		names := sortedKeys(v)
		switch r.IntN(3) {
		case 0:
			v["x"+string(rune('a'+r.IntN(26)))] = copied(all[r.IntN(len(all))].value)
		case 1:
			if len(names) > 0 {
				delete(v, names[r.IntN(len(names))])
			}
		default:
			if len(names) > 0 {
				v[names[r.IntN(len(names))]+"x"] = copied(v[names[r.IntN(len(names))]])
			}
		}
	case []any:
		switch n := len(v); {
		case n > 0 && r.IntN(3) == 0:
			at.set(append(slices.Clone(v), copied(v[r.IntN(n)])))
		case n > 0 && r.IntN(2) == 0:
			i := r.IntN(n)
			at.set(slices.Delete(slices.Clone(v), i, i+1))
		case n > 1:
			slices.Reverse(v)
		default:
			at.set(append(slices.Clone(v), "x"))
		}
	case string:
		if other, ok := all[r.IntN(len(all))].value.(string); ok && r.IntN(2) == 0 {
			at.set(other)
		} else {
			at.set(v + "x")
		}
	case float64:
		at.set(v + float64(r.IntN(3)))
	case bool:
		at.set(!v)
	default:
		at.set(true)
	}
	return doc
}

// copied is a value with nothing shared.
func copied(v any) (out any) {
	if err := json.Unmarshal(must(json.Marshal(v)), &out); err != nil {
		panic(err)
	}
	return out
}

// canonical writes a document as both dialects sign it.
func canonical(doc any) []byte {
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(doc); err != nil {
		panic(err)
	}
	return bytes.ReplaceAll(bytes.TrimSpace(out.Bytes()), []byte(`\n`), []byte("\n"))
}

// spelledOnly reports whether two payloads say the same: that a delegation is not terminating need
// not be stated, and the keys of a role have no order.
func spelledOnly(d dialect.Writable, role model.RoleName, a, b []byte) bool {
	x, y := must(d.ParsePayload(role, a)), must(d.ParsePayload(role, b))
	for _, f := range []*dialect.File{x, y} {
		for i := range f.Roles {
			slices.Sort(f.Roles[i].KeyIDs)
		}
	}
	return reflect.DeepEqual(x.Metadata, y.Metadata) && slices.Equal(d.Beyond(x), d.Beyond(y))
}

// apart shows where two payloads begin to differ.
func apart(a, b []byte) string {
	i := 0
	for i < min(len(a), len(b)) && a[i] == b[i] {
		i++
	}
	around := func(text []byte) string { return string(text[max(0, i-60):min(len(text), i+80)]) }
	return fmt.Sprintf("\n%s\ninstead of\n%s", around(a), around(b))
}

// The author of a payload can add, drop, repeat and move things in it as they like: what can be
// read is refused, or is said.
func TestNothingUnsaidInTrees(t *testing.T) {
	t.Parallel()
	rounds := 1200
	if testing.Short() {
		rounds = 30
	}
	for _, name := range []string{"notary", "tuf"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			subject := subjects[name]
			s := newScene(subject, 2, 3)
			key := must(s.NewKey(model.RoleTargets))
			s.Keys[model.RoleName(subject.Signer)] = []dialecttest.Key{key}
			b := s.bundle(
				s.rootOf(2, "Ada", "Ben", "Dan"),
				model.AddSigner{Name: subject.Signer, Keys: []model.PublicKey{key.Listed}},
				model.NewAddTarget(model.RoleTargets, model.Target{Name: subject.Prefix + "a", Length: 4, Hashes: model.Hashes{SHA256: make([]byte, 32)}, Custom: []byte(`{"x":1}`)}),
				model.NewAddTarget(model.RoleTargets, model.Target{Name: subject.Prefix + "b", Length: 4, Hashes: model.Hashes{SHA256: make([]byte, 32)}}),
			)
			said := shownOf(open(t, b))
			r, opened := rand.New(rand.NewPCG(1, 2)), 0
			for range rounds {
				n := r.IntN(2)
				payload := b.Payloads[n].Bytes
				var doc any
				if err := json.Unmarshal(bytes.ReplaceAll(payload, []byte("\n"), []byte(`\n`)), &doc); err != nil {
					t.Fatal(err)
				}
				for range 1 + r.IntN(2) {
					doc = mutate(r, doc)
				}
				edited := canonical(doc)
				b.Payloads[n].Bytes = edited
				if o, err := bundle.Open(b, known, now); err == nil && !bytes.Equal(edited, payload) {
					opened++
					if shownOf(o) == said && !spelledOnly(subject.Dialect, b.Payloads[n].Role, edited, payload) {
						t.Errorf("nothing is said of %s", apart(edited, payload))
					}
				}
				b.Payloads[n].Bytes = payload
			}
			if opened < rounds/20 {
				t.Errorf("only %d of %d could be opened", opened, rounds)
			}
		})
	}
}
