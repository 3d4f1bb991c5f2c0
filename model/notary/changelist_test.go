package notary_test

import (
	"encoding/base64"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"trustdeck/model"
	"trustdeck/model/notary"
)

// change writes a file of a changelist as Notary does.
func change(t testing.TB, action, role, kind, path, data string) []byte {
	t.Helper()
	var content []byte
	if data != "" {
		content = []byte(data)
	}
	raw, err := json.Marshal(map[string]any{"action": action, "role": role, "type": kind, "path": path, "data": content})
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// What notary 0.7 staged, one file after the other, in words.
func TestParseRealChanges(t *testing.T) {
	want := []string{
		"add key d3d2 dec7 to targets/new",
		`let targets/new sign tags that start with "a/", "b/"`,
		"let targets/new sign all tags",
		`no longer let targets/alice sign tags that start with "v1"`,
		"remove all paths from targets/alice",
		"remove key 2536 15a8 from targets/releases",
		"remove delegation targets/alice",
		"remove key d3d2 dec7 from every delegation below targets",
		"add tag n<1> (sha256:d92d326ad2c5..) to targets/releases",
		"add tag n<1> (sha256:d92d326ad2c5..) to targets",
		"remove tag v1.0 from targets/releases",
		"re-sign targets unchanged (witness)",
		"re-sign targets/releases unchanged (witness)",
	}
	files, err := filepath.Glob("testdata/changelist/*.change")
	if err != nil || len(files) != len(want) {
		t.Fatalf("%d files, %v", len(files), err)
	}
	for i, file := range files {
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		c, err := notary.ParseChange(raw)
		if err != nil || c.Refused != "" {
			t.Errorf("%s: %v, %q", file, err, c.Refused)
		}
		if got := c.Words(); got != want[i] {
			t.Errorf("%s: %s; want %s", file, got, want[i])
		}
		if i == 0 && (len(c.AddKeys) != 1 || c.AddKeys[0].Algorithm != "ECDSA P-256" || c.Threshold != 1) {
			t.Errorf("added keys: %+v, threshold %d", c.AddKeys, c.Threshold)
		}
		if i == 8 && (c.Target == nil || c.Target.Length != 18 || len(c.Target.Hashes.SHA512) != 64 || !strings.Contains(string(c.Target.Custom), "build")) {
			t.Errorf("added target: %+v", c.Target)
		}
	}
}

// A change that no repository can take is read, and refused for the reason for
// which notary publish stops.
func TestRefusedChanges(t *testing.T) {
	target := `{"length":3,"hashes":{"sha256":"AAAA"}}`
	tests := []struct {
		name, action, role, kind, path, data string
		refused                              string
	}{
		{"a target", "create", "targets", "target", "v1", target, ""},
		{"in a nested delegation", "create", "targets/a/b", "target", "v1", target, ""},
		{"a witness with any action", "whatever", "targets", "witness", "", "", ""},
		{"keys of a top-level role", "create", "root", "role", "targets", `{"role":"targets","keys":[]}`, ""},

		{"another role", "create", "snapshot", "target", "v1", target, `changes of the role "snapshot" cannot be published`},
		{"no role", "create", "", "target", "v1", target, `changes of the role "" cannot be published`},
		{"a role that cannot be", "create", "targets/Alice", "delegation", "", "{}", `changes of the role "targets/Alice" cannot be published`},
		{"another type", "create", "targets", "tag", "v1", target, `changes of the type "tag" are unknown`},
		{"another action on a target", "update", "targets", "target", "v1", target, `the action "update" on a target is unknown`},
		{"a target without data", "create", "targets", "target", "v1", "", "its content for the target cannot be read"},
		{"targets as a delegation", "create", "targets", "delegation", "", "{}", "targets is not a delegation"},
		{"another action on a delegation", "rename", "targets/a", "delegation", "", "{}", `the action "rename" on a delegation is unknown`},
		{"a delegation without data", "create", "targets/a", "delegation", "", "", "its content for the delegation cannot be read"},
		{"several roles and a target", "create", "targets/*", "target", "v1", target, "only removing keys from it is possible"},
		{"several roles and new keys", "create", "targets/*", "delegation", "", "{}", "only removing keys from it is possible"},
		{"half a wildcard", "update", "targets/a*", "delegation", "", "{}", `changes of the role "targets/a*" cannot be published`},
		{"root and a target", "create", "root", "target", "v1", target, `"create" of the type "target" is unknown for root`},
		{"root without data", "create", "root", "role", "targets", "", "its content for the role cannot be read"},
		{"root and no role", "create", "root", "role", "x", `{"role":"targets/a"}`, `the keys of "targets/a" are not listed by root`},
		{"too many keys", "create", "targets/a", "delegation", "", `{"add_keys":[` + strings.Repeat("{},", notary.MaxKeyIDs) + `{}]}`, "the limit is 1024"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c, err := notary.ParseChange(change(t, tt.action, tt.role, tt.kind, tt.path, tt.data))
			if err != nil {
				t.Fatal(err)
			}
			if tt.refused == "" && c.Refused != "" || !strings.Contains(c.Refused, tt.refused) {
				t.Errorf("refused %q; want %q", c.Refused, tt.refused)
			}
			if c.Words() == "" {
				t.Error("it has no words")
			}
		})
	}
}

func TestFilesThatAreNoChange(t *testing.T) {
	for _, raw := range []string{"", "{", "[]", `"x"`, `{"action":1}`, `{"data":"*"}`, `{} {}`, "\x00"} {
		if c, err := notary.ParseChange([]byte(raw)); err == nil {
			t.Errorf("%q is %+v", raw, c)
		}
	}
}

// Where a delegation is created, what would be removed from it is ignored, and
// from several delegations nothing but keys is removed: that is what Notary does.
func TestWhatNotaryIgnores(t *testing.T) {
	data := `{"threshold":2,"add_paths":["b"],"remove_paths":["a"],"remove_keys":["77"],"clear_paths":true}`
	for role, words := range map[string]string{
		"create targets/a": `let targets/a sign tags that start with "b"`,
		"update targets/a": `remove key 77 from targets/a; let targets/a sign tags that start with "b"; no longer let targets/a sign tags that start with "a"; remove all paths from targets/a`,
		"update targets/*": "remove key 77 from every delegation below targets",
	} {
		action, name, _ := strings.Cut(role, " ")
		c, err := notary.ParseChange(change(t, action, name, "delegation", "", data))
		if err != nil || c.Refused != "" || c.Words() != words {
			t.Errorf("%s: %s, %q, %v", role, c.Words(), c.Refused, err)
		}
	}
}

// A key in a certificate is named by its canonical ID, as everywhere.
func TestAddedCertificate(t *testing.T) {
	pem, err := os.ReadFile("testdata/repoD-yubikey/p9c.crt")
	if err != nil {
		t.Fatal(err)
	}
	want, err := notary.Certified(pem)
	if err != nil {
		t.Fatal(err)
	}
	data := `{"threshold":1,"add_keys":[{"keytype":"ecdsa-x509","keyval":{"public":"` + base64.StdEncoding.EncodeToString(pem) + `","private":null}}]}`
	c, err := notary.ParseChange(change(t, "create", "targets/a", "delegation", "", data))
	if err != nil || len(c.AddKeys) != 1 {
		t.Fatalf("%+v, %v", c, err)
	}
	k := c.AddKeys[0]
	if len(k.ListedAs) != 1 || k.ListedAs[0] != want.ID || k.ID == want.ID || k.Algorithm != "ECDSA P-256" {
		t.Errorf("%+v; want it listed as %s", k, want.ID)
	}
}

// Whatever lies in a changelist, it is read or named, never more.
func FuzzParseChange(f *testing.F) {
	files, _ := filepath.Glob("testdata/changelist/*.change")
	for _, file := range files {
		raw, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(raw)
	}
	f.Add([]byte(`{"role":"targets/*","type":"delegation","action":"update","data":"e30="}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		c, err := notary.ParseChange(raw)
		if err != nil {
			return
		}
		if c.Words() == "" {
			t.Error("it has no words")
		}
		if c.Refused == "" && c.Type == model.StagedTarget && c.Action == model.StagedCreate && c.Target == nil {
			t.Error("a target is added, and it is not said which")
		}
	})
}
