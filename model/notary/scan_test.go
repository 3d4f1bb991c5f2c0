package notary

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"

	"trustdeck/model"
)

func TestCanonicalForm(t *testing.T) {
	tests := []struct{ name, in, want string }{
		{"white space goes", " { \"a\" : [ 1 , 2 ]\n} ", `{"a":[1,2]}`},
		{"keys are sorted by bytes", `{"b":1,"a":2,"B":3,"é":4,"z":5}`, `{"B":3,"a":2,"b":1,"z":5,"é":4}`},
		{"inner objects are sorted too", `{"b":{"d":1,"c":{"y":1,"x":2}},"a":[{"f":1,"e":2}]}`, `{"a":[{"e":2,"f":1}],"b":{"c":{"x":2,"y":1},"d":1}}`},
		{"only quote and backslash are escaped", `{"a":"\"\\\/\u003c\u003e\u0026\u00e9\u2028\b"}`, "{\"a\":\"\\\"\\\\/<>&é\u2028\b\"}"},
		{"surrogate pairs join", `{"a":"\ud83d\ude00"}`, `{"a":"😀"}`},
		{"a lone surrogate is U+FFFD", `{"a":"\ud83dx"}`, "{\"a\":\"\uFFFDx\"}"},
		{"each byte that is not UTF-8 is U+FFFD", "{\"a\":\"\xff\xfe\"}", "{\"a\":\"\uFFFD\uFFFD\"}"},
		{"integral floats become integers", `{"a":[1.0,2e2,-0,25e-1e]}`, ""},
		{"exponents", `{"a":[1.0,2e2,-0.0,-5]}`, `{"a":[1,200,0,-5]}`},
		{"beyond 2^53 digits are lost", `{"a":9007199254740993}`, `{"a":9007199254740992}`},
		{"fractions have no form", `{"a":2.5}`, ""},
		{"beyond int64 there is none", `{"a":1e19}`, ""},
		{"literals", `{"a":[true,false,null]}`, `{"a":[true,false,null]}`},
		{"empty", `{"a":{},"b":[]}`, `{"a":{},"b":[]}`},
		{"duplicate keys are refused", `{"a":1,"a":2}`, ""},
		{"duplicate keys apart are refused", `{"a":1,"b":2,"a":3}`, ""},
		{"duplicate keys by escape are refused", `{"a":1,"\u0061":2}`, ""},
		{"raw control characters are refused", "{\"a\":\"\n\"}", ""},
		{"a leading zero is refused", `{"a":01}`, ""},
		{"a trailing comma is refused", `{"a":1,}`, ""},
		{"an open string is refused", `{"a":"`, ""},
		{"an open object is refused", `{"a":1`, ""},
		{"a second document is refused", `{} {}`, ""},
		{"too deep is refused", strings.Repeat("[", maxDepth+1) + strings.Repeat("]", maxDepth+1), ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := canonical([]byte(tt.in))
			if tt.want == "" {
				if err == nil {
					t.Fatalf("accepted as %s", got)
				}
				return
			}
			if err != nil || string(got) != tt.want {
				t.Errorf("got %s, %v\nwant %s", got, err, tt.want)
			}
		})
	}
}

func canonical(in []byte) ([]byte, error) {
	s := newScanner(in)
	if err := s.skip(); err != nil {
		return nil, err
	}
	return s.out, s.end()
}

// What the scanner accepts, encoding/json accepts with the same meaning, and
// the canonical form is a fixed point.
func FuzzCanonical(f *testing.F) {
	for _, seed := range []string{`{"b":[1,2.0,{"x":null}],"a":"\u00e9\"\\"}`, `[[[]]]`, `"\ud83d\ude00"`, `-0`, `1e3`, "\"\xff\"", `{"a":1,"a":2}`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		got, err := canonical(in)
		if err != nil {
			return
		}
		var want any
		if err := json.Unmarshal(in, &want); err != nil {
			t.Fatalf("accepted %q, which encoding/json refuses: %v", in, err)
		}
		// The canonical form keeps control characters raw, so it is JSON only
		// where there are none.
		if bytes.ContainsFunc(got, func(r rune) bool { return r < ' ' }) || !utf8.Valid(got) {
			return
		}
		var have any
		if err := json.Unmarshal(got, &have); err != nil {
			t.Fatalf("%q became %q, which is not JSON: %v", in, got, err)
		}
		again, err := canonical(got)
		if err != nil || !bytes.Equal(again, got) {
			t.Fatalf("%q is not a fixed point: %q, %v", got, again, err)
		}
		a, _ := json.Marshal(want)
		b, _ := json.Marshal(have)
		// Numbers may lose their spelling, and beyond 2^53 their digits.
		if !bytes.ContainsAny(in, ".eE-9") && !bytes.Equal(a, b) {
			t.Fatalf("%q means %s, its canonical form %s", in, a, b)
		}
	})
}

// No bytes make the parser panic, and what it reads it can write and read
// again with the same payload.
func FuzzParse(f *testing.F) {
	roles := []model.RoleName{model.RoleRoot, model.RoleTargets, model.RoleSnapshot, model.RoleTimestamp, "targets/a"}
	f.Add(uint8(1), []byte(`{"signed":{"_type":"Targets","delegations":{"keys":{},"roles":[{"keyids":null,"name":"targets/a","paths":[""],"threshold":1}]},"expires":"2029-11-20T02:31:38Z","targets":{"1.0":{"hashes":{"sha256":"AAAA"},"length":1}},"version":4},"signatures":[{"keyid":"a","method":"ecdsa","sig":"AAAA"}]}`))
	f.Add(uint8(2), []byte(`{"signed":{"_type":"Snapshot","expires":"2029-11-20T02:31:38+01:00","meta":{"root":{"hashes":{"sha512":"AAAA"},"length":3}},"version":4},"signatures":[{"keyid":"a","method":"ecdsa","sig":"AAAA"}]}`))
	f.Fuzz(func(t *testing.T, pick uint8, raw []byte) {
		role := roles[int(pick)%len(roles)]
		file, err := Parse(role, raw)
		if err != nil {
			return
		}
		if file.Deviation(raw) != "" {
			return
		}
		again, err := Parse(role, file.Wire())
		if err != nil || !bytes.Equal(again.payload, file.payload) {
			t.Fatalf("%q was written as %q, which reads differently: %v", raw, file.Wire(), err)
		}
	})
}
