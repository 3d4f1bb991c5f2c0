package report_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"maps"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"trustdeck/model"
	"trustdeck/model/admin"
	"trustdeck/model/notary/docker"
	"trustdeck/model/notary/notarytest"
	"trustdeck/model/quorum"
	"trustdeck/model/report"
)

// reference is an answer as encoding/json writes it.
func reference(t *testing.T, v any) string {
	t.Helper()
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(v); err != nil {
		t.Fatal(err)
	}
	return string(report.EscapeJSON(buf.Bytes()))
}

// Answers of every type, filled at random, are written as encoding/json writes them.
func TestEncodeIsEncodingJSON(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	rounds := 200
	if testing.Short() {
		rounds = 40
	}
	for _, answer := range answers {
		for round := range rounds {
			v := reflect.New(reflect.TypeOf(answer)).Elem()
			if round > 0 { // the first is the zero value
				fill(t, random, v)
			}
			var got strings.Builder
			if err := report.Encode(&got, v.Interface()); err != nil {
				t.Fatal(err)
			}
			if want := reference(t, v.Interface()); got.String() != want {
				t.Fatalf("%s is written as\n%s\nand by encoding/json as\n%s", v.Type(), got.String(), want)
			}
		}
	}
}

// words are what strings are made of.
var words = []string{
	"", "plain", "two words", `"`, `\`, "/", "<&>", "\n", "\t\r\b\f", "\x00\x1b[31m", "\x7f", "\u009b", "\u00a0", "\u2028", "\u202e",
	"\xff", "\xed\xa0\x80", "日本", "🚀", "\U000e0001", "\ufffd",
}

// fill gives a value contents at random: nil, empty and short lists, times with and
// without fractions, hostile texts.
func fill(t *testing.T, random *rand.Rand, v reflect.Value) {
	t.Helper()
	if v.Type() == reflect.TypeFor[time.Time]() {
		if random.IntN(3) > 0 {
			v.Set(reflect.ValueOf(time.Unix(random.Int64N(1<<36), random.Int64N(2)).UTC()))
		}
		return
	}
	switch v.Kind() {
	case reflect.String:
		v.SetString(words[random.IntN(len(words))] + words[random.IntN(len(words))])
	case reflect.Bool:
		v.SetBool(random.IntN(2) == 0)
	case reflect.Int, reflect.Int64:
		v.SetInt(random.Int64N(3) * (random.Int64() - 1<<62))
	case reflect.Pointer:
		if random.IntN(2) == 0 {
			v.Set(reflect.New(v.Type().Elem()))
			fill(t, random, v.Elem())
		}
	case reflect.Slice:
		if n := random.IntN(4) - 1; n >= 0 {
			v.Set(reflect.MakeSlice(v.Type(), n, n))
		}
		for i := range v.Len() {
			fill(t, random, v.Index(i))
		}
	case reflect.Struct:
		for i := range v.NumField() {
			fill(t, random, v.Field(i))
		}
	default:
		t.Fatalf("%s is of a kind that no answer has had", v.Type())
	}
}

// The same for repositories: healthy, empty, with hostile names, and under-signed.
func TestEncodeRepositories(t *testing.T) {
	now := time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
	signed := func(r *notarytest.Repo, tags ...string) {
		r.Delegate("targets/alice", 1, []string{""}, notarytest.NewKey())
		for _, tag := range tags {
			r.Tag("targets/alice", tag, tag)
			r.Tag(model.RoleTargets, tag, "another content")
		}
	}
	for name, change := range map[string]func(r *notarytest.Repo){
		"empty":   func(*notarytest.Repo) {},
		"healthy": func(r *notarytest.Repo) { signed(r, "1.0", "1.1") },
		"hostile": func(r *notarytest.Repo) { signed(r, words...) },
		"broken": func(r *notarytest.Repo) {
			signed(r, "1.0")
			r.Delegate("targets/bob", 2, []string{"b"}, notarytest.NewKey())
			r.Tag("targets/bob", "1.0", "out of its paths")
		},
	} {
		r := notarytest.New("docker.io/acme/app", now)
		change(r)
		r.Seal(slices.DeleteFunc(slices.Sorted(maps.Keys(r.Files)), func(role model.RoleName) bool {
			return role == model.RoleSnapshot || role == model.RoleTimestamp
		})...)
		repository := r.Read()
		view := admin.Look{GUN: r.GUN, Repository: repository, Changed: now, Fault: &model.Fault{Kind: model.FaultServer, Text: "busy"}}
		tags := docker.Tags(repository)
		for _, answer := range []any{report.NewTags(view, tags), report.NewInspect([]report.Repository{report.NewRepository(view, tags, nil, quorum.Known{}), report.NewRepository(admin.Look{}, nil, nil, quorum.Known{})})} {
			var got strings.Builder
			if err := report.Encode(&got, answer); err != nil || got.String() != reference(t, answer) {
				t.Errorf("%s: %v\n%s", name, err, got.String())
			}
		}
	}
}

// What only encoding/json can write is written by it, on its level.
func TestEncodeForeign(t *testing.T) {
	v := struct {
		List []any `json:"list"`
		Text text  `json:"text"`
	}{[]any{map[string]any{"a": []byte{1, 2}, "b": []float64{0.5}}, nil, uint8(3)}, "x"}
	var got strings.Builder
	if err := report.Encode(&got, v); err != nil || got.String() != reference(t, v) {
		t.Errorf("%s\n%v\n%s", got.String(), err, reference(t, v))
	}
	if err := report.Encode(&got, []any{make(chan int)}); err == nil {
		t.Error("a channel is written")
	}
}

type text string

func (s text) MarshalText() ([]byte, error) { return []byte("<" + s + ">"), nil }

// A large answer is written while it is made, and no further than its reader reads.
func TestEncodeStreams(t *testing.T) {
	answer := report.Tags{Tags: make([]report.Tag, 10_000)}
	w := &reader{limit: 3}
	if err := report.Encode(w, answer); !errors.Is(err, errGone) {
		t.Errorf("the reader is gone: %v", err)
	}
	if w.writes != w.limit+1 || w.most > 128<<10 {
		t.Errorf("%d writes of up to %d bytes", w.writes, w.most)
	}
}

var errGone = errors.New("gone")

// A reader goes away after a number of writes.
type reader struct{ limit, writes, most int }

func (r *reader) Write(p []byte) (int, error) {
	r.writes++
	r.most = max(r.most, len(p))
	if r.writes > r.limit {
		return 0, errGone
	}
	return len(p), nil
}
