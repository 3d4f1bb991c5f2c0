package plan_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"trustdeck/model"
	"trustdeck/model/notary/docker"
	"trustdeck/model/notary/notarytest"
	"trustdeck/model/plan"
)

// written is a plan with a bit of everything that can be in a file, and what it was
// compiled from.
func written(t testing.TB) (requests []plan.Request, text []byte) {
	repo, alice, _ := signed()
	retiring := model.RotateKey{Role: model.RoleTargets, Keys: initialise().Targets, Retire: true}
	requests = []plan.Request{
		{Dialect: docker.Dialect{}, GUN: gun, Repository: repo.Read(), Changes: []model.Change{model.RemoveSigner{Name: "alice"}, retiring, *pending(docker.Releases)}},
		returning(),
		{Dialect: docker.Dialect{}, GUN: "registry.example.org/acme/new", Changes: []model.Change{initialise(), model.AddSigner{Name: "alice", Keys: []model.PublicKey{alice.PublicKey}}}},
	}
	keys := append(here("root", repo.Keys[model.RoleRoot]...), here("targets", repo.Keys[model.RoleTargets]...)...)
	p, err := plan.Compile(requests, keys, now)
	if err != nil {
		t.Fatal(err)
	}
	return requests, plan.Encode(p)
}

// returning has a signer come back whose file the server still has, and a key of this
// machine join.
func returning() plan.Request {
	repo, alice := droppedOf(gun+"2", true)
	r := row{repo: repo, change: model.AddSigner{Name: "alice", Keys: []model.PublicKey{alice.PublicKey}}}.request()
	r.GUN = repo.GUN
	r.Changes = append(r.Changes, model.AllowUnsigned{Pending: []model.RoleName{"targets/alice"}, KeepTags: []string{"1.0"}})
	return r
}

// refused reports whether a file is refused because of what it says.
func refused(t *testing.T, requests []plan.Request, text []byte) bool {
	t.Helper()
	saved, err := plan.Decode(text)
	if err != nil {
		return true
	}
	for i, r := range saved.Requests {
		if i >= len(requests) || r.GUN != requests[i].GUN {
			return true
		}
		requests[i].Changes = r.Changes
	}
	err = saved.Altered(requests)
	var fault *model.Fault
	if err != nil && (!errors.As(err, &fault) || fault.Hint == "") {
		t.Errorf("refused without a way out: %v", err)
	}
	return err != nil
}

// Whatever is changed in a plan file, by one word, number or answer at a time, is
// noticed: nobody reads what is not applied.
func TestEveryEditIsNoticed(t *testing.T) {
	requests, text := written(t)
	if refused(t, requests, text) {
		t.Fatal("the file is refused as it was written")
	}
	var whole any
	if err := json.Unmarshal(text, &whole); err != nil {
		t.Fatal(err)
	}
	edits := 0
	var visit func(path string, at any, put func(any))
	try := func(path string, put func(any), old, edited any) {
		put(edited)
		defer put(old)
		changed, err := json.Marshal(whole)
		if err != nil {
			t.Fatal(err)
		}
		edits++
		if testing.Short() && edits%48 != 0 {
			return
		}
		if !refused(t, slices.Clone(requests), ordered(t, text, changed)) {
			t.Errorf("%s: %v was changed to %v, and is not noticed", path, old, edited)
		}
	}
	visit = func(path string, at any, put func(any)) {
		switch at := at.(type) {
		case map[string]any:
			for _, name := range slices.Sorted(maps.Keys(at)) {
				visit(path+"."+name, at[name], func(v any) { at[name] = v })
			}
		case []any:
			for i, value := range at {
				visit(fmt.Sprint(path, "[", i, "]"), value, func(v any) { at[i] = v })
			}
			if len(at) > 0 {
				try(path, put, at, at[1:])
				try(path, put, at, append(append([]any{}, at...), at[0]))
			}
		case string:
			try(path, put, at, at+"x")
			if at != "" {
				try(path, put, at, "")
			}
		case float64:
			try(path, put, at, 2*at+1)
		case bool:
			try(path, put, at, !at)
		}
	}
	visit("", whole, func(any) {})
	if edits < 300 {
		t.Errorf("only %d edits", edits)
	}
}

// ordered spells edited JSON with its members in the order of the file, so that it is
// the edit that is noticed and not the order.
func ordered(t *testing.T, like, edited []byte) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := spell(&out, json.RawMessage(like), json.RawMessage(edited)); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func spell(out *bytes.Buffer, like, edited json.RawMessage) error {
	var list, likes []json.RawMessage
	if json.Unmarshal(edited, &list) == nil && list != nil {
		_ = json.Unmarshal(like, &likes)
		out.WriteByte('[')
		for i, e := range list {
			if i > 0 {
				out.WriteByte(',')
			}
			l := e
			if len(likes) > 0 {
				l = likes[min(i+max(0, len(likes)-len(list)), len(likes)-1)]
			}
			if err := spell(out, l, e); err != nil {
				return err
			}
		}
		out.WriteByte(']')
		return nil
	}
	var members map[string]json.RawMessage
	if json.Unmarshal(edited, &members) != nil || members == nil {
		out.Write(edited)
		return nil
	}
	out.WriteByte('{')
	d := json.NewDecoder(bytes.NewReader(like))
	first := true
	put := func(name string, l json.RawMessage) error {
		if !first {
			out.WriteByte(',')
		}
		first = false
		fmt.Fprintf(out, "%q:", name)
		defer delete(members, name)
		return spell(out, l, members[name])
	}
	if token, err := d.Token(); err != nil || token != json.Delim('{') {
		return err
	}
	for d.More() {
		name, err := d.Token()
		if err != nil {
			return err
		}
		var l json.RawMessage
		if err := d.Decode(&l); err != nil {
			return err
		}
		if _, ok := members[name.(string)]; ok {
			if err := put(name.(string), l); err != nil {
				return err
			}
		}
	}
	for name, m := range members {
		if err := put(name, m); err != nil {
			return err
		}
	}
	out.WriteByte('}')
	return nil
}

// A member that appears twice, or in other letters, shows people one thing and a
// program another.
func TestSpelling(t *testing.T) {
	requests, text := written(t)
	for name, edit := range map[string][2]string{
		"twice":            {`"impact": {`, `"impact": {"fresh": "nothing changes", `},
		"in other letters": {`"parts": [`, `"Parts": [], "parts": [`},
		"escaped":          {`"digest"`, `"dige\u0073t"`},
		"in a change":      {`"retire": true`, `"retire": false, "retire": true`},
		"a swapped plan":   {`"verdict": {`, `"verdict": {"state": "nothing", "text": "nothing"}, "verdict": {`},
	} {
		edited := strings.Replace(string(text), edit[0], edit[1], 1)
		if edited == string(text) {
			t.Fatalf("%s: %s is not in the file", name, edit[0])
		}
		if _, err := plan.Decode([]byte(edited)); model.KindOf(err) != model.FaultBadData || model.HintOf(err) == "" {
			t.Errorf("%s: %v (%s)", name, err, model.HintOf(err))
		}
	}
	var compact bytes.Buffer
	if err := json.Compact(&compact, text); err != nil {
		t.Fatal(err)
	}
	if refused(t, requests, compact.Bytes()) {
		t.Error("other white space is refused")
	}
}

// A plan is the same plan after the server has signed its files anew, when something
// has expired, and where other keys are; and its file is not taken for an altered one.
func TestElsewhereAndLater(t *testing.T) {
	repo, _, _ := signed()
	change := []model.Change{model.RemoveSigner{Name: "bob"}}
	request := plan.Request{Dialect: docker.Dialect{}, GUN: gun, Repository: repo.Read(), Changes: change}
	p := compile(t, request, here("targets", repo.Keys[model.RoleTargets]...)...)
	saved, err := plan.Decode(plan.Encode(p))
	if err != nil {
		t.Fatal(err)
	}
	repo.SealTimestamp()
	repo.Files[model.RoleTimestamp].Version++
	repo.Files[model.RoleTimestamp].Expires = now.AddDate(0, 1, 0)
	notarytest.SignFile(repo.Files[model.RoleTimestamp], repo.Keys[model.RoleTimestamp]...)
	request.Repository = repo.Read()
	if err := saved.Altered([]plan.Request{request}); err != nil {
		t.Errorf("after the server has renewed the timestamp: %v", err)
	}
	later, err := plan.Compile([]plan.Request{request}, nil, now.AddDate(20, 0, 0))
	if err != nil {
		t.Fatal(err)
	}
	if later.Digest() != p.Digest() {
		t.Error("after everything has expired it is another plan")
	}
	if !strings.Contains(strings.Join(later.Parts[0].Impact.Warnings, "; "), "has expired") {
		t.Errorf("nothing warns of it: %v", later.Parts[0].Impact.Warnings)
	}
}

// Whatever a file says, it is refused or it is what its changes come to.
func FuzzAltered(f *testing.F) {
	requests, text := written(f)
	f.Add(text)
	f.Add(bytes.Replace(text, []byte(`"retire"`), []byte(`"Retire"`), 1))
	f.Add(bytes.Replace(text, []byte(`"optional": true`), []byte(`"optional": false`), 1))
	f.Add(bytes.Replace(text, []byte(now.Format(time.RFC3339)), []byte(now.AddDate(0, 0, 1).Format(time.RFC3339)), 1))
	f.Fuzz(func(t *testing.T, text []byte) {
		saved, err := plan.Decode(text)
		if err != nil {
			return
		}
		var again []plan.Request
		for i, r := range saved.Requests {
			next := plan.Request{Dialect: docker.Dialect{}, GUN: r.GUN, Changes: r.Changes}
			if i < len(requests) && requests[i].GUN == r.GUN {
				next.Repository = requests[i].Repository
			}
			again = append(again, next)
		}
		if saved.Altered(again) != nil {
			return
		}
		p, err := plan.Compile(again, nil, now)
		if err != nil {
			return // it has expired since, or a key is not valid any more
		}
		for i := range p.Parts {
			if p.Parts[i].OwnSnapshot {
				return // its key is not here
			}
		}
		if p.Digest() != saved.Digest {
			t.Errorf("taken as it is, and it is another plan:\n%s", text)
		}
	})
}
