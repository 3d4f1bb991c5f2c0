package notary_test

import (
	"bytes"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"trustdeck/model"
	"trustdeck/model/dialect"
	"trustdeck/model/notary"
	"trustdeck/model/notary/notarytest"
)

// large gives a repository so many targets that their file is worth to be held.
func large(r *notarytest.Repo) *notarytest.Repo {
	for i := range 1000 {
		r.Files[model.RoleTargets].Targets = append(r.Files[model.RoleTargets].Targets, model.Target{
			Name: fmt.Sprintf("v%04d", i), Length: 7, Hashes: model.Hashes{SHA256: bytes.Repeat([]byte{byte(i)}, 32)},
		})
	}
	r.Seal(model.RoleTargets)
	return r
}

// What is said of a repository doesn't depend on whether its files were parsed before, and
// neither does what it costs of the budget.
func TestSharedFilesGiveTheSameVerdict(t *testing.T) {
	for name, change := range map[string]func(raw []byte) []byte{
		"as it was published":   func(raw []byte) []byte { return raw },
		"not in Notary's form":  func(raw []byte) []byte { return append([]byte(" "), raw...) },
		"with other signatures": func(raw []byte) []byte { return bytes.Replace(raw, []byte(`"sig":"`), []byte(`"sig":"AAAA`), 1) },
		"unreadable":            func(raw []byte) []byte { return raw[:len(raw)-1] },
	} {
		t.Run(name, func(t *testing.T) {
			s := publish(large(healthy()))
			for file, raw := range s {
				if strings.HasPrefix(file, "targets") && !strings.Contains(file, "/") {
					s[file] = change(raw)
				}
			}
			read := func(parsed *notary.ParsedFiles) (*model.Repository, [3]int64) {
				l := notary.LoadSharing(dialect.Config{GUN: gun, At: during, FirstUse: model.AnchorFirstUse}, parsed)
				s.answer(l)
				r := l.Repository()
				given, held, work := l.Spent()
				return r, [3]int64{given, held, work}
			}
			want, cost := read(nil)
			parsed := &notary.ParsedFiles{}
			for i := range 3 {
				if got, spent := read(parsed); !reflect.DeepEqual(got, want) || spent != cost {
					t.Errorf("look %d: %v spent, not %v\n%+v\n%+v", i, spent, cost, got.AllProblems(), want.AllProblems())
				}
			}
		})
	}
}

// A file that was parsed before is too much for a budget where it would be when it is parsed.
func TestSharedFilesKeepToTheBudget(t *testing.T) {
	s, parsed := publish(large(healthy())), &notary.ParsedFiles{}
	for i, held := range []int64{0, notary.MaxHeld - 300<<10} {
		l := notary.LoadSharing(dialect.Config{GUN: gun, At: during, FirstUse: model.AnchorFirstUse}, parsed)
		l.SpendBefore(0, held, 0)
		s.answer(l)
		r := l.Repository()
		if over := found(r, "its files need more than 400 MiB of memory"); over != (i == 1) || r.Role(model.RoleTargets).Usable() == over {
			t.Errorf("%d: %+v", i, r.AllProblems())
		}
	}
}

// One file is parsed once, for one role; another one of its length is another file.
func TestSharedFiles(t *testing.T) {
	raw := publish(large(notarytest.New(gun, during)))["targets.json"]
	parsed := &notary.ParsedFiles{}
	read := func(role model.RoleName, raw []byte) *notary.File {
		t.Helper()
		f, err := parsed.Read(role, raw)
		if err != nil {
			t.Fatal(err)
		}
		return f
	}
	first := read(model.RoleTargets, raw)
	if read(model.RoleTargets, raw) != first || read(model.RoleTargets, slices.Clone(raw)) != first {
		t.Error("the same bytes were parsed again")
	}
	if other := read("targets/alice", raw); other == first || other.Role != "targets/alice" {
		t.Errorf("for another role: %s", other.Role)
	}
	other := bytes.Replace(raw, []byte(`"v0001"`), []byte(`"w0001"`), 1)
	if len(other) != len(raw) || bytes.Equal(other, raw) || read(model.RoleTargets, other) == first {
		t.Error("another file was taken for it")
	}
}

// What is held is bounded: the files that were used longest ago go first, and small ones
// are not held at all.
func TestSharedFilesAreBounded(t *testing.T) {
	if testing.Short() {
		t.Skip("it reads a large file many times")
	}
	parsed := &notary.ParsedFiles{}
	if _, err := parsed.Read(model.RoleTargets, publish(healthy())["targets.json"]); err != nil {
		t.Fatal(err)
	}
	if versions, _ := parsed.Held(); len(versions) != 0 {
		t.Error("a small file is held")
	}
	r := large(healthy())
	for i := range 60_000 {
		r.Files[model.RoleTargets].Targets = append(r.Files[model.RoleTargets].Targets, model.Target{Name: fmt.Sprintf("w%05d", i), Length: 7})
	}
	versions := func() []int64 {
		t.Helper()
		held, size := parsed.Held()
		if size > notary.MostParsed || size < 0 {
			t.Errorf("%d bytes are held", size)
		}
		return held
	}
	var raw [][]byte
	for range 12 {
		r.Seal(model.RoleTargets)
		raw = append(raw, r.Wire()[model.RoleTargets])
		if _, err := parsed.Read(model.RoleTargets, raw[len(raw)-1]); err != nil {
			t.Fatal(err)
		}
	}
	held := versions()
	if n := len(held); n < 3 || n > 11 || !slices.IsSorted(held) || held[n-1] != r.Files[model.RoleTargets].Version {
		t.Fatalf("held are the versions %v", held)
	}
	oldest := raw[len(raw)-len(held)]
	if _, err := parsed.Read(model.RoleTargets, oldest); err != nil {
		t.Fatal(err)
	}
	if now := versions(); !slices.Equal(now, append(slices.Clone(held[1:]), held[0])) {
		t.Errorf("held are the versions %v, before that %v", now, held)
	}
}
