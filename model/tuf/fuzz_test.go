package tuf_test

import (
	"errors"
	"path"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/secure-systems-lab/go-securesystemslib/cjson"

	"trustdeck/model"
	"trustdeck/model/dialect"
	"trustdeck/model/tuf"
)

// Whatever comes, there is a file whose canonical form stays what it is, or an error that
// says why not.
func FuzzParse(f *testing.F) {
	for role, text := range texts() {
		f.Add(string(role), text)
	}
	f.Fuzz(func(t *testing.T, role, text string) {
		file, err := tuf.Parse(model.RoleName(role), []byte(text))
		if err != nil {
			var parse *dialect.ParseError
			if !errors.As(err, &parse) || parse.Text == "" || parse.Code == "" {
				t.Fatalf("%v", err)
			}
			return
		}
		if !strings.Contains(text, string(file.Signed)) || file.Version < 1 || file.Expires.IsZero() && !strings.Contains(text, "0001") {
			t.Fatalf("%+v", file)
		}
		again, err := tuf.Parse(model.RoleName(role), []byte(`{"signatures":[],"signed":`+escape(file.Payload())+`}`))
		if err != nil {
			t.Fatalf("its canonical form is refused: %v", err)
		}
		if string(again.Payload()) != string(file.Payload()) {
			t.Fatalf("%q\n%q", again.Payload(), file.Payload())
		}
	})
}

// escape makes JSON of a canonical form, in which control characters stand for themselves.
func escape(canonical []byte) string {
	var out strings.Builder
	for _, c := range canonical {
		if c < ' ' {
			const digits = "0123456789abcdef"
			out.WriteString(`\u00` + string(digits[c>>4]) + string(digits[c&15]))
		} else {
			out.WriteByte(c)
		}
	}
	return out.String()
}

// A pattern is read as go-tuf reads it, part by part with path.Match, save for what the two
// are known to read differently.
func FuzzMatchPath(f *testing.F) {
	for _, seed := range [][2]string{
		{"a/*", "a/b"}, {"*", "a/b"}, {"a?c", "abc"}, {"[a-c]x", "bx"}, {"*a*b", "xaxb"}, {"", ""}, {"a//b", "a//b"}, {"*.txt", ".txt"}, {"é?", "éé"},
	} {
		f.Add(seed[0], seed[1])
	}
	f.Fuzz(func(t *testing.T, pattern, name string) {
		got := tuf.MatchPath(pattern, name)
		if strings.ContainsAny(pattern, `\[`) || !utf8.ValidString(pattern) || !utf8.ValidString(name) {
			return
		}
		parts, names := strings.Split(pattern, "/"), strings.Split(name, "/")
		want := len(parts) == len(names)
		for i := range parts {
			if want {
				ok, err := path.Match(parts[i], names[i])
				want = ok && err == nil
			}
		}
		if got != want {
			t.Fatalf("%q matches %q: %t, and for go-tuf %t", pattern, name, got, want)
		}
	})
}

// The library's canonical form of values is the one of the bytes.
func TestCanonicalForm(t *testing.T) {
	t.Parallel()
	file, err := tuf.Parse("targets", []byte(texts()["targets"]))
	if err != nil {
		t.Fatal(err)
	}
	var again any
	if again, err = cjson.EncodeCanonical(map[string]any{"b": "é\n\"\\", "a": []any{1, nil, true}}); err != nil || string(again.([]byte)) != "{\"a\":[1,null,true],\"b\":\"é\n\\\"\\\\\"}" {
		t.Errorf("%s %v", again, err)
	}
	if !strings.HasPrefix(string(file.Payload()), `{"_type":"targets","delegations":{"keys":{"k1":{"keytype":`) {
		t.Errorf("%s", file.Payload())
	}
}
