package tuf_test

import (
	"bytes"
	"reflect"
	"slices"
	"strings"
	"testing"

	"trustdeck/model"
	"trustdeck/model/dialect"
	"trustdeck/model/tuf"
	"trustdeck/model/tuf/tuftest"
)

// What files of the wild say beside what the model knows is shown, a line each; and what is only
// spelled in canonical JSON is read.
func TestBeyond(t *testing.T) {
	t.Parallel()
	root := `{"_type":"root","consistent_snapshot":true,"expires":"2027-01-01T00:00:00Z",` +
		`"keys":{"k":{"keytype":"ed25519","keyval":{"other":1,"public":"00"},"name":"a` + "\n" + `b","scheme":"ed25519"}},` +
		`"roles":{"mirrors":{"keyids":[],"threshold":1},"root":{"keyids":["k","k"],"threshold":1},"snapshot":{"keyids":["k"],"threshold":1,"x-tuf-on-ci-expiry-period":365},` +
		`"targets":{"keyids":["k"],"threshold":1},"timestamp":{"keyids":["k"],"threshold":1}},"spec_version":"1.0","version":3,"x.y":{"a":[true,null,[],{}]}}`
	targets := `{"_type":"Targets","delegations":{"keys":{},"roles":[{"keyids":[],"name":"a","paths":["*"],"terminating":true,"threshold":1},{"keyids":[],"name":"b","paths":[],"threshold":1,"x":2}]},` +
		`"expires":"2027-01-01T00:00:00+01:00","spec_version":"1.0","targets":{"f":{"custom":{"a":1},"hashes":{"sha256":"AB"},"length":1,"more":0}},"version":1}`
	for role, c := range map[model.RoleName]struct {
		payload string
		want    []string
	}{
		model.RoleRoot: {root, []string{
			`"x.y".a[0]: true`, `"x.y".a[1]: null`, `"x.y".a[2]: []`, `"x.y".a[3]: {}`,
			`consistent_snapshot: true`, `keys.k.keyval.other: 1`, `keys.k.name: "a\nb"`,
			`roles.mirrors.keyids: []`, `roles.mirrors.threshold: 1`, `roles.root.keyids[0]: "k"`, `roles.root.keyids[1]: "k"`,
			`roles.snapshot.x-tuf-on-ci-expiry-period: 365`, `spec_version: "1.0"`,
		}},
		model.RoleTargets: {targets, []string{
			`_type: "Targets"`, `delegations.roles.1.x: 2`, `expires: "2027-01-01T00:00:00+01:00"`, `spec_version: "1.0"`,
			`targets.f.hashes.sha256: "AB"`, `targets.f.more: 0`,
		}},
		model.RoleSnapshot: {
			`{"_type":"snapshot","expires":"2027-01-01T00:00:00Z","meta":{"odd":{"version":1},"targets.json":{"length":2,"version":1,"x":3}},"spec_version":"1.0","version":1}`,
			[]string{`meta."targets.json".x: 3`, `meta.odd.version: 1`, `spec_version: "1.0"`},
		},
	} {
		f, err := tuf.Dialect{}.ParsePayload(role, []byte(c.payload))
		if err != nil {
			t.Errorf("%s: %v", role, err)
			continue
		}
		if got := (tuf.Dialect{}).Beyond(f); !slices.Equal(got, c.want) {
			t.Errorf("%s: beyond its metadata it says\n%s\nwant\n%s", role, strings.Join(got, "\n"), strings.Join(c.want, "\n"))
		}
	}
}

// Only canonical JSON is what anyone signs.
func TestPayloadsThatNobodySigns(t *testing.T) {
	t.Parallel()
	const snapshot = `{"_type":"snapshot","expires":"2027-01-01T00:00:00Z","meta":{"a.json":{"version":1}},"spec_version":"1.0","version":1}`
	if _, err := tuf.ParsePayload(model.RoleSnapshot, []byte(snapshot)); err != nil {
		t.Fatal(err)
	}
	for why, edit := range map[string][2]string{
		"white space":         {`{"_type"`, `{ "_type"`},
		"members in disorder": {`"spec_version":"1.0","version":1}`, `"version":1,"spec_version":"1.0"}`},
		"a member twice":      {`"version":1}`, `"version":1,"version":1}`},
		"an escape":           {`snapshot`, `\u0073napshot`},
		"an escaped line":     {`1.0"`, `1.0\n"`},
		"an escaped slash":    {`1.0"`, `1.0\/"`},
		"another number":      {`"version":1}`, `"version":1.0}`},
		"a control character": {`{"_type"`, "{\n\"_type\""},
		"not UTF-8":           {`1.0"`, "1.0\xff\""},
		"not an object":       {snapshot, `"text"`},
		"nothing":             {snapshot, ``},
	} {
		if _, err := tuf.ParsePayload(model.RoleSnapshot, []byte(strings.Replace(snapshot, edit[0], edit[1], 1))); err == nil {
			t.Errorf("%s: it is read", why)
		}
	}
}

// Whatever is taken for a payload is what its file says once it is signed, however that is spelled.
func FuzzParsePayload(f *testing.F) {
	roles := model.TopLevelRoles()
	files := current(tuftest.New())
	for i, role := range roles {
		parsed, err := tuf.Parse(role, files[role])
		if err != nil {
			f.Fatal(err)
		}
		f.Add(i, parsed.Payload())
	}
	f.Fuzz(func(t *testing.T, n int, payload []byte) {
		role := roles[uint(n)%uint(len(roles))]
		read, err := tuf.ParsePayload(role, payload)
		if err != nil {
			return
		}
		for _, like := range [][]byte{nil, files[role], []byte("{}")} {
			wire, err := tuf.Dialect{}.Join(role, payload, []dialect.Signature{{KeyID: "x", Sig: []byte("x")}}, like)
			if err != nil {
				t.Fatal(err)
			}
			signed, err := tuf.Parse(role, wire)
			if err != nil {
				t.Fatalf("%s: %v", wire, err)
			}
			if !bytes.Equal(signed.Payload(), payload) || !reflect.DeepEqual(signed.Metadata, read.Metadata) {
				t.Errorf("%s is signed as %s", payload, signed.Payload())
			}
		}
	})
}
