package settings

import (
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"trustdeck/model"
	"trustdeck/tui/screen"
)

func TestCheckRepositoryName(t *testing.T) {
	for name, want := range map[string]string{
		"acme": "", "Acme-2_x": "", "7": "", strings.Repeat("z", 64): "",
		"":                      "is empty",
		"-acme":                 "looks like a flag",
		".":                     "looks like a path",
		"..":                    "looks like a path",
		".acme":                 "looks like a path",
		"https://acme":          "a URL is not a name",
		"acme/app":              "looks like a path or an image",
		`C:\acme`:               "looks like a path or an image",
		"acme:1":                "looks like an image with a tag or digest",
		"acme@sha256":           "looks like an image with a tag or digest",
		"tuf.example.org":       "looks like a host",
		"LocalHost":             "looks like a host",
		"https":                 "looks like the start of a URL",
		"File":                  "looks like the start of a URL",
		"C":                     "looks like a drive",
		"sha256":                "looks like a digest",
		"_trust":                "has characters other than",
		"a b":                   "has characters other than",
		"a\u202eb":              "has characters other than",
		"ａcme":                  "has characters other than",
		"acme\n":                "has characters other than",
		strings.Repeat("a", 65): "longer than 64 characters",
		strings.Repeat("f", 64): "looks like a digest",
	} {
		err := CheckRepositoryName(name)
		switch {
		case want == "" && err != nil, want != "" && (err == nil || !strings.Contains(err.Error(), want)):
			t.Errorf("%q: %v, want %q", name, err, want)
		case err != nil && (model.KindOf(err) != model.FaultUsage || model.HintOf(err) == ""):
			t.Errorf("%q: %v has no way out", name, err)
		}
	}
}

// Paths are relative to the file, and URLs stay.
func TestRepositoriesOfTheFile(t *testing.T) {
	s, err := Resolve(Flags{}, world(nil, map[string]string{ownAt: "[repositories]\nacme = \"../tuf\"\nhomely = '~/tuf/'\nvendor = 'https://tuf.example.org/metadata/'\n"}))
	want := map[string]string{"acme": filepath.Join(filepath.Dir(ownAt), "../tuf"), "homely": home + "/tuf", "vendor": "https://tuf.example.org/metadata/"}
	if err != nil || !maps.Equal(s.Repositories, want) {
		t.Fatalf("%v, %v", s.Repositories, err)
	}
	got := row(t, s.resolved(), "repository 3")
	if got.Value != "vendor = https://tuf.example.org/metadata/" || got.From != (screen.Origin{Kind: screen.OriginFile, Name: ownAt}) {
		t.Errorf("%+v", got)
	}
	for text, want := range map[string]string{
		"[repositories]\n'a.b' = '/x'":                           `repositories: a.b: the name looks like a host`,
		"[repositories]\nacme = '/x'\nAcme = '/y'":               "repositories: Acme and acme differ only in capitals",
		"[repositories]\nacme = ''":                              "the location of the repository is empty",
		"[repositories]\nacme = 'https://ann:s3cret@n'":          "contains credentials",
		"[repositories]\nacme = 7":                               "",
		"[repositories]\nacme = '/x'\nacme = '/y'":               "",
		"repositories = '/x'":                                    "",
		"[repositories]\n\"\\u001b[2J\" = '/x'\nacme = 's3cret'": `repositories: "\x1b[2J": the name has characters other than`,
	} {
		_, err := Resolve(Flags{}, world(nil, map[string]string{ownAt: text}))
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "s3cret") || !strings.Contains(err.Error(), ownAt) {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
}

// A name is put in and taken out, and nothing else of the file changes.
func TestEditTable(t *testing.T) {
	for _, test := range []struct{ name, before, key, value, after string }{
		{"no file", "", "acme", "/x", "[repositories]\nacme = \"/x\"\n"},
		{"behind a mark", "\ufeff", "acme", "/x", "\ufeff[repositories]\nacme = \"/x\"\n"},
		{"no table", "theme = 'dark' # night", "acme", "/x", "theme = 'dark' # night\n\n[repositories]\nacme = \"/x\"\n"},
		{"line ends of Windows", "theme = 'dark'\r\n", "acme", "/x", "theme = 'dark'\r\n\r\n[repositories]\r\nacme = \"/x\"\r\n"},
		{"an empty table", "[repositories] # mine\n\n[pins]\n", "acme", "/x", "[repositories] # mine\nacme = \"/x\"\n\n[pins]\n"},
		{"a table without an end", "[repositories]", "acme", "/x", "[repositories]\nacme = \"/x\"\n"},
		{"behind the last", "[pins]\nacme = []\n[ \"repositories\" ]\n# first\none = '/1' # 1\n\n# pins\n[pin_cas]\n", "acme", "/x", "[pins]\nacme = []\n[ \"repositories\" ]\n# first\none = '/1' # 1\nacme = \"/x\"\n\n# pins\n[pin_cas]\n"},
		{"another value", "[repositories]\nacme   = '/1' # old\n", "acme", "/x", "[repositories]\nacme   = '/x' # old\n"},
		{"out", "[repositories]\nacme = '/1'\nother = '/2'\n", "acme", "", "[repositories]\nother = '/2'\n"},
		{"out, and the comment stays", "[repositories]\nacme = '/1' # mine\n", "acme", "", "[repositories]\n# mine\n"},
		{"out where it is not", "[pins]\nacme = []\n", "acme", "", "[pins]\nacme = []\n"},
		{"no such table in a string", "log_file = '''\n[repositories]\n'''\n", "acme", "/x", "log_file = '''\n[repositories]\n'''\n\n[repositories]\nacme = \"/x\"\n"},
		{"what is written otherwise", "repositories = { one = '/1' }\n", "acme", "/x", "repositories = { one = '/1' }\n"},
		{"what is written otherwise", "repositories.one = '/1'\n", "one", "", "repositories.one = '/1'\n"},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := editTable(test.before, keyRepositories, test.key, test.value); got != test.after {
				t.Errorf("got\n%q, want\n%q", got, test.after)
			}
		})
	}
}

// FuzzEditTable: whatever the file, afterwards it has the name and otherwise the same, or it
// is left alone.
func FuzzEditTable(f *testing.F) {
	for _, seed := range []string{
		"", "theme = 'dark'", "# a\n[repositories]\nacme='/x'#y\n[pins]\n", "[pins]\n'a'=['" + idA + "']\n\n[ 'repositories' ]", "\ufeff[repositories]\r\n\"b\"='/b'",
		"repositories.x = '/x'", "repositories = {}", "log_file = '''\n[repositories]'''\n",
	} {
		f.Add(seed, "/srv/tuf", true)
		f.Add(seed, "/a'b\"c\\d\n", false)
	}
	f.Fuzz(func(t *testing.T, text, location string, out bool) {
		w := world(nil, nil)
		before, err := parseOwn(ownAt, []byte(text), w)
		if err != nil || strings.ToValidUTF8(location, "") != location {
			return
		}
		location, err = w.Location("", location, "/")
		if err != nil || twinOf("acme", before.Repositories) != "" {
			return
		}
		want := map[string]string{}
		maps.Copy(want, before.Repositories)
		if want["acme"] = location; out {
			location = ""
			delete(want, "acme")
		}
		edited := editTable(text, keyRepositories, "acme", location)
		if edited == text {
			return
		}
		after, err := parseOwn(ownAt, []byte(edited), w)
		if err != nil {
			if strings.Contains(text, "repositories") {
				return // written in a way that is not known: the check before writing refuses it
			}
			t.Fatalf("%q becomes %q: %v", text, edited, err)
		}
		delete(before.Says, keyRepositories)
		delete(after.Says, keyRepositories)
		if !maps.Equal(after.Repositories, want) || !maps.Equal(before.Says, after.Says) {
			t.Errorf("%q becomes %q: %v, want %v", text, edited, after.Repositories, want)
		}
	})
}

// What is previewed is what is written; a file in which the table can't safely change
// stays as it is.
func TestPreviewName(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "config.toml")
	w := world(nil, nil)
	w.ReadFile = os.ReadFile
	e := NewEditor(Settings{}, Flags{Config: path}, w, "")
	write := func(content string) {
		t.Helper()
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("theme = 'dark'\n")
	edit, err := e.PreviewName(t.Context(), "acme", "/srv/tuf")
	if err != nil {
		t.Fatal(err)
	}
	if err := e.Write(t.Context(), edit); err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(path)
	if want := "theme = 'dark'\n\n[repositories]\nacme = \"/srv/tuf\"\n"; string(got) != want || err != nil {
		t.Errorf("%q, %v, want %q", got, err, want)
	}
	for content, c := range map[string]struct{ name, location, want string }{
		"":                                  {"a.b", "/x", "looks like a host"},
		"repositories = { one = '/1' }\n":   {"acme", "/x", "can't safely change"},
		"repositories.one = '/1'\n":         {"one", "", "can't safely change"},
		"[repositories]\nAcme = '/1'\n":     {"acme", "/x", "differ only in capitals"},
		"[repositories]\nacme = 7\n":        {"acme", "/x", "repositories"},
		"theme = 'pink'\n":                  {"acme", "/x", "not a theme"},
		"server = 'https://ann:s3cret@n'\n": {"acme", "/x", "credentials"},
	} {
		write(content)
		_, err := e.PreviewName(t.Context(), c.name, c.location)
		if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "s3cret") {
			t.Errorf("%q: %v, want %q", content, err, c.want)
		}
		if got, _ := os.ReadFile(path); string(got) != content {
			t.Errorf("%q was changed to %q", content, got)
		}
	}
}
