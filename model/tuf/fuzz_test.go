package tuf_test

import (
	"encoding/json"
	"errors"
	"path"
	"reflect"
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

// A text is read as encoding/json reads it, or refused where metadata must not be so; and its
// canonical form is that of the library.
func FuzzDecode(f *testing.F) {
	for _, text := range texts() {
		f.Add(text)
	}
	for _, text := range []string{
		`{"b":"é\n\u0041\"\\\ud83d\ude00\ud83d","a":[1,null,true,{}],"":[]}`, ` [ -1 , 0,false ]`, `"a`, `"\x"`, `[1,]`, `{"a":1,}`, `{"a" 1}`, `{1:2}`,
		`01`, `+1`, `-`, `1.0`, `1e3`, `-0`, `nul`, `nulls`, `9223372036854775808`, `{"a":1,"a":2}`, "\"\t\"", `"\`, `"\"`, `[`, ``, `1 1`, strings.Repeat("[", 65),
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got, canonical, err := tuf.Decode([]byte(text))
		dec := json.NewDecoder(strings.NewReader(text))
		dec.UseNumber()
		var want any
		wantErr := dec.Decode(&want)
		if err != nil {
			if wantErr == nil && json.Valid([]byte(text)) && strings.Contains(err.Error(), "is not JSON") {
				t.Fatalf("%v", err)
			}
			return
		}
		if wantErr != nil || !json.Valid([]byte(text)) || !reflect.DeepEqual(got, want) {
			t.Fatalf("%#v\n%#v, %v", got, want, wantErr)
		}
		theirs, err := cjson.EncodeCanonical(json.RawMessage(text))
		if err != nil || string(canonical) != string(theirs) {
			t.Fatalf("%s\n%s, %v", canonical, theirs, err)
		}
	})
}
