package tuf_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"trustdeck/model"
	"trustdeck/model/dialect"
	"trustdeck/model/tuf"
	"trustdeck/model/tuf/tuftest"
)

// texts are files of every kind, spelled so that a test can change them.
func texts() map[model.RoleName]string {
	key := `"k1":{"keytype":"ed25519","scheme":"ed25519","keyval":{"public":"00"}}`
	role := `{"keyids":["k1"],"threshold":1}`
	file := func(signed string) string {
		return `{"signatures":[{"keyid":"k1","sig":"00ff"}],"signed":{` + signed + `,"expires":"2027-01-01T00:00:00Z","spec_version":"1.0.31","version":7}}`
	}
	return map[model.RoleName]string{
		"root":      file(`"_type":"root","consistent_snapshot":true,"keys":{` + key + `},"roles":{"root":` + role + `,"targets":` + role + `,"snapshot":` + role + `,"timestamp":` + role + `}`),
		"timestamp": file(`"_type":"timestamp","meta":{"snapshot.json":{"version":3}}`),
		"snapshot":  file(`"_type":"snapshot","meta":{"targets.json":{"version":3,"length":9,"hashes":{"sha256":"00"}}}`),
		"targets": file(`"_type":"targets","targets":{"a/b":{"length":1,"hashes":{"sha256":"00ff"},"custom":{"x":[1,"<"]}}},` +
			`"delegations":{"keys":{` + key + `},"roles":[{"name":"d","keyids":["k1"],"threshold":1,"terminating":true,"paths":["a/*"]}]}`),
		"bins": file(`"_type":"targets","targets":{},"delegations":{"keys":{` + key + `},"succinct_roles":{"keyids":["k1"],"threshold":1,"bit_length":2,"name_prefix":"bin"}}`),
	}
}

func TestParse(t *testing.T) {
	t.Parallel()
	for role, text := range texts() {
		f, err := tuf.Parse(role, []byte(text))
		if err != nil {
			t.Errorf("%s: %v", role, err)
			continue
		}
		if f.Version != 7 || !f.Expires.Equal(time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC)) || len(f.Signatures) != 1 || string(f.Signatures[0].Sig) != "\x00\xff" {
			t.Errorf("%s: %+v", role, f)
		}
	}
	targets, err := tuf.Parse("targets", []byte(texts()["targets"]))
	if err != nil {
		t.Fatal(err)
	}
	if got := targets.Targets[0]; got.Name != "a/b" || got.Length != 1 || string(got.Custom) != `{"x":[1,"<"]}` {
		t.Errorf("%+v", got)
	}
	if d := targets.Delegation("d"); d == nil || !d.Terminating || d.Threshold != 1 || fmt.Sprint(d.Paths) != "[a/*]" {
		t.Errorf("%+v", d)
	}
	bins, err := tuf.Parse("bins", []byte(texts()["bins"]))
	if err != nil {
		t.Fatal(err)
	}
	if len(bins.Roles) != 4 || bins.Roles[3].Name != "bin-3" || bins.Roles[3].Bins.Bits != 2 {
		t.Errorf("%+v", bins.Roles)
	}
}

// What is refused names the place and what is wrong there.
func TestParseRefuses(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		role     model.RoleName
		was, is  string
		code     model.ProblemCode
		sentence string
	}{
		{"root", "{", "[", model.ProblemMalformed, "the file doesn't start with a JSON object"},
		{"root", "}}", "}", model.ProblemMalformed, "the file ends before it is complete, after"},
		{"root", "}}", "}}x", model.ProblemMalformed, "the file has 1 byte after its end"},
		{"root", "k1", "\xff", model.ProblemMalformed, "the file is not text in UTF-8"},
		{"root", `"version":7`, `"version":7,"version":7`, model.ProblemMalformed, "signed.version appears twice"},
		{"root", `"version":7`, `"version":7.0`, model.ProblemMalformed, "signed.version is 7.0: numbers with a fraction"},
		{"root", `"version":7`, `"version":7e0`, model.ProblemMalformed, "signed.version is 7e0: numbers with a fraction"},
		{"root", `"version":7`, `"version":-0`, model.ProblemMalformed, "signed.version is -0"},
		{"root", `"version":7`, `"version":9223372036854775808`, model.ProblemMalformed, "which is not a 64-bit whole number"},
		{"root", `"version":7`, `"version":0`, model.ProblemMalformed, "signed.version is 0 but must be at least 1"},
		{"root", `"version":7`, `"version":"7"`, model.ProblemMalformed, "signed.version is a text but must be a whole number"},
		{"root", `"version":7`, `"x":` + strings.Repeat("[", 70) + strings.Repeat("]", 70), model.ProblemLimit, "nested more than 64 levels deep"},
		{"root", `"version":7`, `"x":1.5`, model.ProblemMalformed, "signed.x is 1.5"},
		{"root", `"_type":"root"`, `"_type":"timestamp"`, model.ProblemWrongType, `signed._type is "timestamp", but a file of root must be of type "root"`},
		{"root", `"_type":"root",`, ``, model.ProblemMalformed, "signed._type is missing or null"},
		{"root", `"1.0.31"`, `"2.0.0"`, model.ProblemMalformed, `signed.spec_version is "2.0.0", but only version 1 of the specification is supported`},
		{"root", `"1.0.31"`, `"one"`, model.ProblemMalformed, `signed.spec_version is "one", which is not a version`},
		{"root", `"2027-01-01T00:00:00Z"`, `"2027-01-01"`, model.ProblemMalformed, `signed.expires is "2027-01-01" but must be a time`},
		{"root", `"timestamp":{"keyids"`, `"other":{"keyids"`, model.ProblemMalformed, "signed.roles.timestamp is missing or null"},
		{"root", `"threshold":1`, `"threshold":0`, model.ProblemMalformed, "signed.roles.root.threshold is 0 but must be at least 1"},
		{"root", `"signatures"`, `"signature"`, model.ProblemMalformed, "signatures is missing or null but must be a list"},
		{"root", `"signed"`, `"Signed"`, model.ProblemMalformed, "signed is missing or null but must be an object"},
		{"root", `"keyid":"k1",`, ``, model.ProblemMalformed, "signatures.0.keyid is missing or null"},
		{"timestamp", "snapshot.json", "targets.json", model.ProblemMalformed, "signed.meta does not list snapshot.json"},
		{"snapshot", `"sha256":"00"`, ``, model.ProblemMalformed, "signed.meta.targets.json.hashes has no hash"},
		{"snapshot", `"sha256":"00"`, `"sha256":"0"`, model.ProblemMalformed, "signed.meta.targets.json.hashes.sha256 is not in hexadecimal"},
		{"snapshot", `"version":3,`, ``, model.ProblemMalformed, "signed.meta.targets.json.version is missing or null"},
		{"targets", `"length":1`, `"length":-1`, model.ProblemMalformed, "signed.targets.a/b.length is -1"},
		{"targets", `"paths":["a/*"]`, `"paths":[],"path_hash_prefixes":["00"]`, model.ProblemDelegation, "signed.delegations.roles.0 has both paths and path_hash_prefixes"},
		{"targets", `"a/*"`, `"` + strings.Repeat("*a", 600) + `"`, model.ProblemLimit, "signed.delegations.roles.0.paths.0 is 1200 bytes long; the limit is 1024"},
		{"targets", `"a/b"`, `"` + strings.Repeat("a", 5000) + `"`, model.ProblemLimit, "is 5000 bytes long; the limit is 4096"},
		{"targets", `"name":"d"`, `"name":"root"`, model.ProblemDelegation, `signed.delegations.roles.0.name is "root", which is the name of a top-level role`},
		{"targets", `"name":"d"`, `"name":""`, model.ProblemDelegation, "signed.delegations.roles.0.name cannot be: the name of a role is empty"},
		{"targets", `"name":"d"`, `"name":"a\u0007b"`, model.ProblemDelegation, "contains the control character U+0007"},
		{"bins", `"bit_length":2`, `"bit_length":33`, model.ProblemMalformed, "signed.delegations.succinct_roles.bit_length is 33 but must be at most 32"},
		{"bins", `"succinct_roles"`, `"roles":[],"succinct_roles"`, model.ProblemDelegation, "signed.delegations has both roles and succinct_roles"},
	} {
		text := texts()[c.role]
		if !strings.Contains(text, c.was) {
			t.Fatalf("%s does not hold %q", c.role, c.was)
		}
		at := strings.LastIndex(text, c.was)
		if c.was == `"threshold":1` || c.was == "{" {
			at = strings.Index(text, c.was)
		}
		text = text[:at] + c.is + text[at+len(c.was):]
		_, err := tuf.Parse(c.role, []byte(text))
		var parse *dialect.ParseError
		if !errors.As(err, &parse) || parse.Code != c.code || parse.Role != c.role || !strings.Contains(parse.Text, c.sentence) {
			t.Errorf("%s with %s for %s: %v", c.role, c.is, c.was, err)
		}
	}
}

// What is odd and in use is read.
func TestParseTolerates(t *testing.T) {
	t.Parallel()
	for was, is := range map[string]string{
		`"_type":"root"`:              `"_type":"Root"`,
		`"spec_version":"1.0.31"`:     `"x-other":{"any":["thing",null,true]}`,
		`"2027-01-01T00:00:00Z"`:      `"2027-01-01T01:00:00.123+01:00"`,
		`"00ff"`:                      `"AP8="`,
		`"scheme":"ed25519",`:         ``,
		`"consistent_snapshot":true,`: ``,
		`"signed"`:                    ` "extra" : 1 , "signed"`,
	} {
		text := strings.Replace(texts()["root"], was, is, 1)
		if text == texts()["root"] {
			t.Fatalf("the root does not hold %q", was)
		}
		if _, err := tuf.Parse("root", []byte(text)); err != nil {
			t.Errorf("%s for %s: %v", is, was, err)
		}
	}
}

func TestTooLarge(t *testing.T) {
	t.Parallel()
	for role, limit := range map[model.RoleName]int{"root": tuf.MaxRoot, "timestamp": tuf.MaxTimestamp} {
		text := texts()[role]
		padded := text + strings.Repeat(" ", limit-len(text))
		if _, err := tuf.Parse(role, []byte(padded)); err != nil {
			t.Errorf("%s at its limit: %v", role, err)
		}
		var parse *dialect.ParseError
		if _, err := tuf.Parse(role, []byte(padded+" ")); !errors.As(err, &parse) || parse.Code != model.ProblemLimit {
			t.Errorf("%s above its limit: %v", role, err)
		}
	}
}

// Unknown members stay, and count as signed.
func TestUnknownMembers(t *testing.T) {
	t.Parallel()
	r := tuftest.New()
	r.Signed["targets"]["x-anything"] = tuftest.Object{"deep": []any{"a\nb", true, nil, 12}}
	r.Publish("targets")
	got := open(r)
	sound(t, got)
	r.Edit("targets", `"deep"`, `"Deep"`)
	if role := open(r).Role("targets"); role.State != model.RoleBroken || role.Valid != 0 {
		t.Errorf("with another name of an unknown member, targets is %s", role.State)
	}
}
