package notary_test

import (
	"bytes"
	"reflect"
	"strings"
	"testing"
	"time"

	"trustdeck/model"
	"trustdeck/model/dialect"
	"trustdeck/model/notary"
	"trustdeck/model/notary/notarytest"
)

// What is to be signed is what Notary would sign, byte for byte: no one else's member, and no
// private key, is signed unseen.
func TestPayloadsThatNotaryWouldNotSign(t *testing.T) {
	t.Parallel()
	repo := notarytest.New("registry.example.org/acme/app", time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC))
	raw := repo.Wire()[model.RoleRoot]
	f, err := notary.Parse(model.RoleRoot, raw)
	if err != nil {
		t.Fatal(err)
	}
	root := string(f.Payload())
	read, err := notary.ParsePayload(model.RoleRoot, []byte(root))
	if err != nil || !bytes.Equal(read.Payload(), []byte(root)) {
		t.Fatalf("%v", err)
	}
	for why, edit := range map[string][2]string{
		"an unknown member":          {`"version":1}`, `"version":1,"x":1}`},
		"a private key":              {`"private":null`, `"private":"AAAA"`},
		"white space":                {`{"_type"`, `{ "_type"`},
		"members in disorder":        {`{"_type":"Root","consistent_snapshot":false`, `{"consistent_snapshot":false,"_type":"Root"`},
		"the type of another file":   {`"_type":"Root"`, `"_type":"Targets"`},
		"an end, and more after it":  {`"version":1}`, `"version":1},"x":{}`},
		"an end, and own signatures": {`"version":1}`, `"version":1},"signatures":[{"keyid":"","method":"","sig":""}]`},
		"nothing":                    {root, ``},
	} {
		edited := strings.Replace(root, edit[0], edit[1], 1)
		if edited == root {
			t.Errorf("%s: nothing changes", why)
		}
		if _, err := notary.ParsePayload(model.RoleRoot, []byte(edited)); err == nil {
			t.Errorf("%s: it is read", why)
		}
	}
}

// Whatever is taken for a payload is what its file says once it is signed, and what Notary would
// write.
func FuzzParsePayload(f *testing.F) {
	repo := notarytest.New("registry.example.org/acme/app", time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC))
	repo.Tag(model.RoleTargets, "weird <a>&b", "x")
	repo.Seal(model.RoleTargets)
	roles := model.TopLevelRoles()
	for i, role := range roles {
		f.Add(i, repo.Files[role].Canonical())
	}
	f.Fuzz(func(t *testing.T, n int, payload []byte) {
		role := roles[uint(n)%uint(len(roles))]
		read, err := notary.ParsePayload(role, payload)
		if err != nil {
			return
		}
		wire, err := notary.Format{}.Join(role, payload, []dialect.Signature{{KeyID: "x", Method: "ecdsa", Sig: []byte("x")}}, nil)
		if err != nil {
			t.Fatal(err)
		}
		signed, err := notary.Parse(role, wire)
		if err != nil {
			t.Fatalf("%s: %v", wire, err)
		}
		if text := signed.Deviation(wire); text != "" || !bytes.Equal(signed.Payload(), payload) || !reflect.DeepEqual(signed.Metadata, read.Metadata) {
			t.Errorf("%s is signed as %s: %s", payload, signed.Payload(), text)
		}
	})
}
