package archive

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"trustdeck/model"
)

const someSum = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

// soundManifest is what the hostile ones are made from.
const soundManifest = `{
 "schema": "trustdeck-archive/v1",
 "created": "2026-11-21T12:00:00Z",
 "updated": "2026-11-21T12:00:00Z",
 "repositories": [
  {
   "gun": "registry.test/acme/app",
   "folder": "repositories/registry.test/acme/app/_trust",
   "server": "https://notary.test",
   "read": "2026-11-21T12:00:00Z",
   "changed": "2026-11-21T11:00:00Z",
   "complete": true,
   "roles": [
    {
     "role": "root",
     "current": "` + someSum + `",
     "absent": [
      [
       1,
       2
      ]
     ],
     "versions": [
      {
       "version": 3,
       "file": "tuf/3.root.json",
       "length": 2334,
       "sha256": "` + someSum + `",
       "modified": "2026-11-21T11:00:00Z"
      }
     ]
    }
   ],
   "certificates": [
    {
     "file": "certificates/` + someSum + `.pem",
     "length": 700,
     "sha256": "` + someSum + `"
    }
   ],
   "changefeed": [
    {
     "file": "changefeed/1.json",
     "length": 70,
     "sha256": "` + someSum + `"
    }
   ]
  }
 ]
}
`

// TestSoundManifest is read, and written again byte for byte.
func TestSoundManifest(t *testing.T) {
	m, err := parseManifest([]byte(soundManifest))
	if err != nil {
		t.Fatal(err)
	}
	again, err := m.encode()
	if err != nil || string(again) != soundManifest {
		t.Errorf("got %v\n%s", err, again)
	}
}

// TestHostileManifests: each is refused, and the message names what is wrong.
func TestHostileManifests(t *testing.T) {
	otherSum := strings.Repeat("b", 64)
	for name, c := range map[string]struct{ old, new, want string }{
		"newer format":          {`archive/v1"`, `archive/v2"`, `its format is "trustdeck-archive/v2", but this version reads "trustdeck-archive/v1"`},
		"other format":          {`trustdeck-archive/v1`, `something`, `its schema is "something"`},
		"no format":             {`"schema": "trustdeck-archive/v1",`, ``, `its schema is ""`},
		"cut off":               {soundManifest[200:], ``, `damaged`},
		"text after the end":    {"\n ]\n}\n", "\n ]\n}\n{}", `damaged`},
		"unknown member":        {`"complete": true`, `"complete": true, "run": "rm"`, `unknown field "run"`},
		"member twice":          {`"server": "https://notary.test"`, `"server": "a", "server": "b"`, `two members "server"`},
		"member in capitals":    {`"server": "https://notary.test"`, `"server": "a", "SERVER": "b"`, `two members "server"`},
		"deep":                  {`"server": "https://notary.test"`, `"server": ` + strings.Repeat("[", 100) + strings.Repeat("]", 100), `nested more than 16 levels`},
		"null repository":       {"\n  {\n   \"gun\"", "null, {\"gun\"", `a repository is null`},
		"repository name":       {`"gun": "registry.test/acme/app"`, `"gun": "../../etc"`, `not a clean relative path`},
		"folder up":             {`"folder": "repositories/registry.test/acme/app/_trust"`, `"folder": "../../etc"`, `its folder is given as "../../etc"`},
		"folder of another":     {`"folder": "repositories/registry.test/acme/app/_trust"`, `"folder": "repositories/registry.test/acme/other/_trust"`, `its folder is given as`},
		"long server name":      {`https://notary.test`, strings.Repeat("x", 5000), `the name of its server has 5000 bytes`},
		"role up":               {`"role": "root"`, `"role": "targets/../x"`, `must be "tuf/targets/%2e%2e/3.x.json"`},
		"role without a name":   {`"role": "root"`, `"role": ""`, `a role has no name`},
		"long role name":        {`"role": "root"`, `"role": "` + strings.Repeat("x", 300) + `"`, `the name of a role has 300 bytes`},
		"file up":               {`"tuf/3.root.json"`, `"../../../etc/passwd"`, `version 3 is given as file "../../../etc/passwd" but must be "tuf/3.root.json"`},
		"absolute file":         {`"tuf/3.root.json"`, `"/etc/passwd"`, `"/etc/passwd"`},
		"back slashes":          {`"tuf/3.root.json"`, `"tuf\\3.root.json"`, `must be "tuf/3.root.json"`},
		"file of another":       {`"tuf/3.root.json"`, `"tuf/4.root.json"`, `must be "tuf/3.root.json"`},
		"negative version":      {`"version": 3`, `"version": -3`, `version -3`},
		"fraction as version":   {`"version": 3`, `"version": 3.5`, `damaged`},
		"absurd length":         {`"length": 2334`, `"length": 999999999999`, `a listed length of 999999999999 bytes, outside 0 to 104857600`},
		"negative length":       {`"length": 2334`, `"length": -1`, `a listed length of -1 bytes`},
		"absurd certificate":    {`"length": 700`, `"length": 999999999`, `a listed length of 999999999 bytes`},
		"digest in capitals":    {`"sha256": "` + someSum + `",` + "\n       \"mod", `"sha256": "` + strings.ToUpper(someSum) + `",` + "\n       \"mod", `the SHA-256 of the file`},
		"short digest":          {`"sha256": "` + someSum + `",` + "\n       \"mod", `"sha256": "aa",` + "\n       \"mod", `the SHA-256 of the file "tuf/3.root.json" is given as "aa"`},
		"current is not there":  {`"current": "` + someSum, `"current": "` + otherSum, `no version has the SHA-256`},
		"absent out of order":   {"1,\n       2", "2,\n       1", `the ranges of absent versions are not in order at [2, 1]`},
		"absent below 1":        {"1,\n       2", "0,\n       2", `not in order at [0, 2]`},
		"certificate elsewhere": {`"certificates/` + someSum + `.pem"`, `"../../id_rsa"`, `"../../id_rsa" is not the path of a certificate`},
		"certificate, bad ID":   {`"certificates/` + someSum, `"certificates/` + strings.ToUpper(someSum), `is not the path of a certificate`},
		"changefeed elsewhere":  {`"changefeed/1.json"`, `"changefeed/../1.json"`, `is not the path of a changefeed file`},
		"changefeed zero":       {`"changefeed/1.json"`, `"changefeed/01.json"`, `is not the path of a changefeed file`},
	} {
		t.Run(name, func(t *testing.T) {
			if !strings.Contains(soundManifest, c.old) {
				t.Fatalf("the sound manifest has no %q", c.old)
			}
			hostile := strings.Replace(soundManifest, c.old, c.new, 1)
			_, err := parseManifest([]byte(hostile))
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Fatalf("got %v, want %q", err, c.want)
			}

			dir := t.TempDir()
			if err := os.WriteFile(filepath.Join(dir, manifestName), []byte(hostile), 0o600); err != nil {
				t.Fatal(err)
			}
			_, read := Open(dir)
			_, written := Create(dir, clock)
			for _, err := range []error{read, written} {
				var fault *model.Fault
				if !errors.As(err, &fault) || fault.Kind != model.FaultBadData || !strings.HasSuffix(fault.Subject, "/manifest.json") || fault.Hint == "" {
					t.Errorf("got %#v", err)
				}
			}
			if now, _ := os.ReadFile(filepath.Join(dir, manifestName)); string(now) != hostile {
				t.Error("a writer that was refused has changed the manifest")
			}
		})
	}
}

// TestTwins: the same thing twice is refused wherever it can stand twice.
func TestTwins(t *testing.T) {
	for _, c := range []struct {
		what string
		twin func(*manifest)
		want string
	}{
		{"repository", func(m *manifest) { m.Repositories = append(m.Repositories, m.Repositories[0]) }, `it lists the repository "registry.test/acme/app" twice`},
		{"role", func(m *manifest) {
			m.Repositories[0].Roles = append(m.Repositories[0].Roles, m.Repositories[0].Roles[0])
		}, `it lists the role root twice`},
		{"version", func(m *manifest) {
			r := m.Repositories[0].Roles[0]
			r.Versions = append(r.Versions, r.Versions[0])
		}, `it lists the file "tuf/3.root.json" twice`},
		{"bytes under one version", func(m *manifest) {
			r := m.Repositories[0].Roles[0]
			v := r.Versions[0]
			v.File = fileOf("root", 3, v.sum(), true)
			r.Versions = append(r.Versions, v)
		}, `it lists version 3 with the same SHA-256 twice`},
		{"certificate", func(m *manifest) {
			r := m.Repositories[0]
			r.Certificates = append(r.Certificates, r.Certificates[0])
		}, `it lists the file "certificates/aaa`},
	} {
		m, err := parseManifest([]byte(soundManifest))
		if err != nil {
			t.Fatal(err)
		}
		c.twin(m)
		data, err := json.Marshal(m)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := parseManifest(data); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want %q", c.what, err, c.want)
		}
	}
}

// FuzzManifest: whatever is accepted is safe to follow, and what was written
// from it is read as the same.
func FuzzManifest(f *testing.F) {
	f.Add([]byte(soundManifest))
	f.Add([]byte(`{"schema":"trustdeck-archive/v1","created":"2026-11-21T12:00:00Z","updated":"2026-11-21T12:00:00Z","repositories":[]}`))
	f.Add([]byte(`{"schema":"trustdeck-archive/v2"}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		m, err := parseManifest(data)
		if err != nil {
			t.Skip()
		}
		for _, r := range m.Repositories {
			checkParts(t, r.Folder)
			for _, role := range r.Roles {
				for _, v := range role.Versions {
					checkParts(t, v.File)
				}
			}
			for _, d := range append(r.Certificates, r.Changefeed...) {
				checkParts(t, d.File)
			}
		}
		once, err := m.encode()
		if err != nil {
			t.Fatal(err)
		}
		again, err := parseManifest(once)
		if err != nil {
			t.Fatalf("what was written is not accepted: %v", err)
		}
		if twice, err := again.encode(); err != nil || !bytes.Equal(once, twice) {
			t.Errorf("not the same twice: %v", err)
		}
	})
}

// FuzzJournal: a journal never makes a sound manifest unsound.
func FuzzJournal(f *testing.F) {
	sum := strings.Repeat("b", 64)
	f.Add([]byte(`{"gun":"x/y","role":"root","saved":{"version":1,"file":"tuf/1.root.json","length":1,"sha256":"` + sum + `"}}` + "\n"))
	f.Add([]byte(`{"gun":"registry.test/acme/app","role":"root","saved":{"version":3,"file":"tuf/3.root.` + sum + `.json","length":1,"sha256":"` + sum + `"}}` + "\n{"))
	f.Add([]byte(`{"repository":{"gun":"x/y","folder":"repositories/x/y/_trust","server":"","complete":false,"roles":[],"certificates":[],"changefeed":[]}}` + "\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		m, err := parseManifest([]byte(soundManifest))
		if err != nil {
			t.Fatal(err)
		}
		m.replay(data)
		if err := m.check(); err != nil {
			t.Errorf("after the journal: %v", err)
		}
	})
}
