package settings

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"trustdeck/model"
)

const (
	home   = "/home/ann"
	cwd    = "/work"
	idA    = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	idB    = "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
	ownAt  = home + "/.config/trustdeck/config.toml"
	theirs = home + "/.notary/config.json"
	caPEM  = `-----BEGIN CERTIFICATE-----
MIIBkzCCATmgAwIBAgIUKXP6IfZy74qT+BJnKrGVuSaPFfQwCgYIKoZIzj0EAwIw
HjEcMBoGA1UEAwwTYXV0aG9yaXR5IG9mIGEgdGVzdDAgFw0yNjExMjgxNjE2Mzla
GA8yMTI2MTEwNDE2MTYzOVowHjEcMBoGA1UEAwwTYXV0aG9yaXR5IG9mIGEgdGVz
dDBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABM7COUHIjWyG4IB5YfshIoKyxBUs
3/e4FunFRzr9VQOcglckoEdd6YmkJNs5afCn56osXa2tIox3HLW9hmntTbOjUzBR
MB0GA1UdDgQWBBSSQLvCPingSQaZIpsd9SUn1o/jbDAfBgNVHSMEGDAWgBSSQLvC
PingSQaZIpsd9SUn1o/jbDAPBgNVHRMBAf8EBTADAQH/MAoGCCqGSM49BAMCA0gA
MEUCIEZPyEmlAbxid8OUVvUPNszeVoky1meKJVDMcfuSFpt3AiEA4bV6XrjqLW4z
ThHA8LbnC1g1fttbSHEjgXRa5nycp94=
-----END CERTIFICATE-----
`
)

// world is a machine with these variables and files, and nothing else.
func world(env, files map[string]string) World {
	return World{
		Getenv: func(name string) string { return env[name] },
		ReadFile: func(path string) ([]byte, error) {
			content, ok := files[path]
			if !ok {
				return nil, &fs.PathError{Op: "open", Path: path, Err: fs.ErrNotExist}
			}
			if content == "denied" {
				return nil, &fs.PathError{Op: "open", Path: path, Err: fs.ErrPermission}
			}
			return []byte(content), nil
		},
		Home: home, WorkDir: cwd, OS: "linux",
	}
}

// show is what the tests compare, in words.
func show(s Settings) map[string]string {
	out := map[string]string{
		"server": s.Server, "from": s.ServerFrom, "docker": s.DockerConfig, "trust": s.TrustDir,
		"ca": s.TLS.CACert, "cert": s.TLS.Cert, "key": s.TLS.Key, "cache": s.CacheDir, "theme": s.Theme,
	}
	if s.KeyDir != home+"/.local/share/trustdeck/keys" {
		out["keys"] = s.KeyDir
	}
	for k, v := range out {
		if v == "" {
			delete(out, k)
		}
	}
	return out
}

// Which place wins: flags, environment, config.toml, config.json, defaults.
func TestPrecedence(t *testing.T) {
	notaryJSON := `{"trust_dir": "~/.notary", "remote_server": {"url": "https://from-notary:4443", "root_ca": "ca.crt", "tls_client_cert": "me.crt", "tls_client_key": "/keys/me.key"}}`
	for _, test := range []struct {
		name  string
		flags Flags
		env   map[string]string
		files map[string]string
		// want holds the settings that differ from the defaults; "-" is unset.
		want map[string]string
	}{
		{name: "nothing is set"},
		{
			name: "docker's variables",
			env:  map[string]string{"DOCKER_CONFIG": "conf", "DOCKER_CONTENT_TRUST_SERVER": "https://dct:4443/"},
			want: map[string]string{"docker": cwd + "/conf", "trust": cwd + "/conf/trust", "server": "https://dct:4443", "from": "DOCKER_CONTENT_TRUST_SERVER"},
		},
		{
			name:  "the command line wins over everything",
			flags: Flags{Server: "http://127.0.0.1:1", DockerConfig: "/d", TrustDir: "t", TLSCACert: "c.crt", TLSCert: "m.crt", TLSKey: "m.key", CacheDir: "~/c", Theme: "mono", NotaryConfig: theirs, KeyDir: "/k"},
			env:   map[string]string{"DOCKER_CONFIG": "/e", "DOCKER_CONTENT_TRUST_SERVER": "https://dct", "TRUSTDECK_KEY_DIR": "/e"},
			files: map[string]string{ownAt: "server='https://own'\ntrust_dir='/o'\ntheme='dark'\ncache_dir='/oc'\n", theirs: notaryJSON},
			want: map[string]string{
				"server": "http://127.0.0.1:1", "from": "--server", "docker": "/d", "trust": cwd + "/t", "cache": home + "/c",
				"ca": cwd + "/c.crt", "cert": cwd + "/m.crt", "key": cwd + "/m.key", "theme": "mono", "keys": "/k",
			},
		},
		{
			name:  "the environment wins over config.toml",
			env:   map[string]string{"DOCKER_CONTENT_TRUST_SERVER": "https://dct", "DOCKER_CONFIG": "/e", "TRUSTDECK_KEY_DIR": "k"},
			files: map[string]string{ownAt: "server='https://own'\ndocker_config='/o'\ntrust_dir='trust'\nkey_dir='keys'\n"},
			want: map[string]string{
				"server": "https://dct", "from": "DOCKER_CONTENT_TRUST_SERVER", "docker": "/e", "keys": cwd + "/k",
				"trust": home + "/.config/trustdeck/trust",
			},
		},
		{
			name:  "notary's file serves whoever set up nothing else",
			files: map[string]string{theirs: notaryJSON},
			want: map[string]string{
				"server": "https://from-notary:4443", "from": theirs, "trust": home + "/.notary",
				"ca": home + "/.notary/ca.crt", "cert": home + "/.notary/me.crt", "key": "/keys/me.key",
			},
		},
		{
			name:  "docker's server keeps notary's file out of use",
			env:   map[string]string{"DOCKER_CONTENT_TRUST_SERVER": "https://dct"},
			files: map[string]string{theirs: notaryJSON},
			want:  map[string]string{"server": "https://dct", "from": "DOCKER_CONTENT_TRUST_SERVER"},
		},
		{
			name:  "so does a server of config.toml",
			files: map[string]string{theirs: notaryJSON, ownAt: "server='https://own'"},
			want:  map[string]string{"server": "https://own", "from": ownAt},
		},
		{
			name:  "other settings of config.toml do not",
			files: map[string]string{theirs: notaryJSON, ownAt: "theme='dark'\ntls_ca_cert='own.crt'"},
			want: map[string]string{
				"server": "https://from-notary:4443", "from": theirs, "trust": home + "/.notary", "theme": "dark",
				"ca": home + "/.config/trustdeck/own.crt", "cert": home + "/.notary/me.crt", "key": "/keys/me.key",
			},
		},
		{
			name:  "a named file is in use, below the environment",
			flags: Flags{NotaryConfig: "n.json"},
			env:   map[string]string{"DOCKER_CONTENT_TRUST_SERVER": "https://dct"},
			files: map[string]string{cwd + "/n.json": notaryJSON},
			want: map[string]string{
				"server": "https://dct", "from": "DOCKER_CONTENT_TRUST_SERVER", "trust": home + "/.notary",
				"ca": cwd + "/ca.crt", "cert": cwd + "/me.crt", "key": "/keys/me.key",
			},
		},
		{
			name:  "config.toml can name it too",
			files: map[string]string{ownAt: "notary_config='n.json'", home + "/.config/trustdeck/n.json": `{"Trust_Dir": "store", "REMOTE_SERVER": {"URL": "http://n"}}`},
			want:  map[string]string{"server": "http://n", "from": home + "/.config/trustdeck/n.json", "trust": cwd + "/store"},
		},
		{
			name:  "another config.toml",
			flags: Flags{Config: "my.toml"},
			files: map[string]string{cwd + "/my.toml": "trust_dir='here'", ownAt: "trust_dir='/not/here'"},
			want:  map[string]string{"trust": cwd + "/here"},
		},
		{
			name: "XDG folders, where absolute",
			env:  map[string]string{"XDG_CACHE_HOME": "/xc", "XDG_CONFIG_HOME": "relative"},
			want: map[string]string{"cache": "/xc/trustdeck"},
		},
		{name: "no cache by flag", flags: Flags{NoCache: true, CacheDir: "/c"}, want: map[string]string{"cache": "-"}},
		{name: "no cache by file", files: map[string]string{ownAt: "cache=false"}, want: map[string]string{"cache": "-"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			s, err := Resolve(test.flags, world(test.env, test.files))
			if err != nil {
				t.Fatal(err)
			}
			want := map[string]string{
				"docker": home + "/.docker", "trust": home + "/.docker/trust",
				"cache": home + "/.cache/trustdeck", "theme": "auto",
			}
			for k, v := range test.want {
				want[k] = v
				if v == "-" {
					delete(want, k)
				}
			}
			if got := show(s); !reflect.DeepEqual(got, want) {
				t.Errorf("settings\n got %v\nwant %v", got, want)
			}
		})
	}
}

// Private keys of trustdeck's own are in the folder of data, unless the command line or the file
// names another; named key files come from one of the two, and never from both.
func TestKeyPlaces(t *testing.T) {
	own := map[string]string{ownAt: "key_dir='mine'\nkey_files=['a.pem']\n"}
	for _, row := range []struct {
		flags Flags
		env   map[string]string
		files map[string]string
		dir   string
		keys  []string
	}{
		{dir: home + "/.local/share/trustdeck/keys"},
		{env: map[string]string{"XDG_DATA_HOME": "/data"}, dir: "/data/trustdeck/keys"},
		{files: own, env: map[string]string{"XDG_DATA_HOME": "/data"}, dir: home + "/.config/trustdeck/mine", keys: []string{home + "/.config/trustdeck/a.pem"}},
		{files: own, flags: Flags{KeyDir: "k", KeyFiles: []string{"b.pem", "/c.pem"}}, dir: cwd + "/k", keys: []string{cwd + "/b.pem", "/c.pem"}},
	} {
		s, err := Resolve(row.flags, world(row.env, row.files))
		if err != nil || s.KeyDir != row.dir || !slices.Equal(s.KeyFiles, row.keys) {
			t.Errorf("%+v: %s, %v, %v", row.flags, s.KeyDir, s.KeyFiles, err)
		}
	}
}

// Modules are code: none is named by anything but the command line and the user's own file, and
// each once.
func TestModules(t *testing.T) {
	own := map[string]string{ownAt: "pkcs11_modules=['a.so', '/usr/lib/b.so', '/usr/lib/b.so']\n", contextAt("prod"): "pkcs11_modules=['/c.so']\n"}
	for _, row := range []struct {
		flags Flags
		files map[string]string
		want  []string
	}{
		{},
		{files: own, want: []string{home + "/.config/trustdeck/a.so", "/usr/lib/b.so"}},
		{files: own, flags: Flags{PKCS11: []string{"c.so", "/d.so", "/d.so"}}, want: []string{cwd + "/c.so", "/d.so"}},
	} {
		s, err := Resolve(row.flags, world(nil, row.files))
		if err != nil || !slices.Equal(s.PKCS11, row.want) {
			t.Errorf("%+v: %v, %v", row.flags, s.PKCS11, err)
		}
	}
	if _, err := Resolve(Flags{Context: "prod"}, world(nil, own)); err == nil {
		t.Error("a context names a module")
	}
}

func TestAllOfConfigTOML(t *testing.T) {
	s, err := Resolve(Flags{}, world(nil, map[string]string{
		ownAt: `
server = "https://notary.example.org:4443/prefix/"
tls_cert = "me.crt"
tls_key = "~/me.key"
key_dir = "~/keys"
key_files = ["release.pem", "/media/usb/root.json"]
pkcs11_modules = ["/usr/lib/softhsm/libsofthsm2.so"]
timeout = "12s"
parallel = 4
expiry_warning = "60d"
ascii = true
mouse = false
notifications = false
log_file = "log"
first_use = false
[pins]
"registry.example.org/acme/app" = ["` + idA + `"]
"registry.example.org/*" = ["` + idB + `", "` + idA + `"]
[pin_cas]
"docker.io/" = "ca.pem"
[holders]
"` + idA + `" = "alice"
[organisations]
alice = "Acme"
server = "Example Hosting"
`,
		home + "/.config/trustdeck/ca.pem": caPEM,
	}))
	if err != nil {
		t.Fatal(err)
	}
	s.told = origins{} // see TestWhereSettingsComeFrom
	want := Settings{
		Context: DefaultContext,
		Server:  "https://notary.example.org:4443/prefix", ServerFrom: ownAt,
		DockerConfig: home + "/.docker", TrustDir: home + "/.docker/trust",
		KeyDir: home + "/keys", KeyFiles: []string{home + "/.config/trustdeck/release.pem", "/media/usb/root.json"},
		PKCS11:   []string{"/usr/lib/softhsm/libsofthsm2.so"},
		TLS:      TLS{Cert: home + "/.config/trustdeck/me.crt", Key: home + "/me.key"},
		CacheDir: home + "/.cache/trustdeck", JournalDir: home + "/.local/state/trustdeck/journal",
		BackupRecord: home + "/.local/state/trustdeck/backups.json", MemoryDir: home + "/.local/state/trustdeck/memory",
		Timeout: 12 * time.Second, Parallel: 4, Soon: 60 * 24 * time.Hour,
		Theme: "auto", ASCII: true, LogFile: home + "/.config/trustdeck/log",
		Holders: map[string]string{idA: "alice"}, Organisations: map[string]string{"alice": "Acme", "server": "Example Hosting"},
	}
	want.Pins.NoFirstUse = true
	want.Pins.Certs = map[string][]model.KeyID{"registry.example.org/acme/app": {idA}, "registry.example.org/*": {idB, idA}}
	want.Pins.CAs = map[string][]byte{"docker.io/": []byte(caPEM)}
	if !reflect.DeepEqual(s, want) {
		t.Errorf("settings\n got %+v\nwant %+v", s, want)
	}
}

// What Notary's file says of its one server is not for that of every registry.
func TestNotarysServerIsOne(t *testing.T) {
	const file = `{"remote_server": {%s "skipTLSVerify": true, "root_ca": "/ca", "tls_client_cert": "/c", "tls_client_key": "/k"}}`
	for server, want := range map[string]TLS{
		`"url": "https://n",`: {CACert: "/ca", Cert: "/c", Key: "/k", SkipVerify: true},
		"":                    {CACert: "/ca"},
	} {
		s, err := Resolve(Flags{}, world(nil, map[string]string{theirs: fmt.Sprintf(file, server)}))
		if err != nil || s.TLS != want {
			t.Errorf("%s: %+v, %v", server, s.TLS, err)
		}
	}
}

func TestServerFor(t *testing.T) {
	for gun, want := range map[model.GUN]string{
		"docker.io/library/alpine":          "https://notary.docker.io",
		"registry.example.org/acme/app":     "https://registry.example.org",
		"registry.example.org:5000/acme":    "https://registry.example.org:5000",
		"index.docker.io/library/something": "https://notary.docker.io",
	} {
		if got := (Settings{}).ServerFor(gun); got != want {
			t.Errorf("%s: %s, want %s", gun, got, want)
		}
		if got := (Settings{Server: "https://one"}).ServerFor(gun); got != "https://one" {
			t.Errorf("%s: %s, although one server is set", gun, got)
		}
	}
}

func TestFoldersOfWindows(t *testing.T) {
	abs := func(p string) string { return filepath.Join(string(filepath.Separator), p) }
	w := world(map[string]string{"AppData": abs("roaming"), "LocalAppData": abs("local")}, nil)
	w.OS = "windows"
	if got, want := w.configFile(), filepath.Join(abs("roaming"), "trustdeck", "config.toml"); got != want {
		t.Errorf("config %s, want %s", got, want)
	}
	if got, want := w.cacheDir(), filepath.Join(abs("local"), "trustdeck"); got != want {
		t.Errorf("cache %s, want %s", got, want)
	}
}

func TestLocale(t *testing.T) {
	for _, test := range []struct {
		env   map[string]string
		ascii bool
	}{
		{nil, false},
		{map[string]string{"LANG": "en_US.UTF-8"}, false},
		{map[string]string{"LANG": "de_DE.utf8@euro"}, false},
		{map[string]string{"LANG": "C"}, true},
		{map[string]string{"LANG": "de_DE.ISO-8859-15"}, true},
		{map[string]string{"LANG": "C", "LC_CTYPE": "C.UTF-8"}, false},
		{map[string]string{"LC_ALL": "POSIX", "LANG": "C.UTF-8"}, true},
	} {
		if s, err := Resolve(Flags{}, world(test.env, nil)); err != nil || s.ASCII != test.ascii {
			t.Errorf("%v: ASCII %v, %v", test.env, s.ASCII, err)
		}
	}
	if s, err := Resolve(Flags{ASCII: true}, world(map[string]string{"LANG": "C.UTF-8"}, nil)); err != nil || !s.ASCII {
		t.Error("the flag counts for nothing")
	}
}

func TestMomentsAndSecrets(t *testing.T) {
	s, err := Resolve(Flags{At: "2026-12-08"}, world(map[string]string{"NOTARY_AUTH": "s3cret"}, nil))
	if err != nil {
		t.Fatal(err)
	}
	if want := time.Date(2026, 12, 8, 0, 0, 0, 0, time.UTC); !s.At.Equal(want) {
		t.Errorf("at %v, want %v", s.At, want)
	}
	if string(s.NotaryAuth) != "s3cret" {
		t.Error("NOTARY_AUTH was not taken")
	}
	if shown := fmt.Sprintf("%v %+v %#v %s", s, s, s, s.NotaryAuth); strings.Contains(shown, "s3cret") {
		t.Errorf("%s shows a secret", shown)
	}
	if s, err = Resolve(Flags{At: "2026-12-08T01:00:00+01:00"}, world(nil, nil)); err != nil || s.At.Unix() != 1796688000 {
		t.Errorf("at %v, %v", s.At, err)
	}
}

func TestWhatIsWrongIsNamed(t *testing.T) {
	for _, test := range []struct {
		name  string
		flags Flags
		env   map[string]string
		files map[string]string
		kind  model.FaultKind
		// says are parts of subject, text and hint together.
		says []string
	}{
		{name: "server without scheme", flags: Flags{Server: "notary:4443"}, says: []string{"--server", `"notary:4443"`, "URL"}},
		{name: "server by another scheme", flags: Flags{Server: "ftp://n"}, says: []string{"--server", "https"}},
		{name: "docker's server by http", env: map[string]string{"DOCKER_CONTENT_TRUST_SERVER": "http://n"}, says: []string{"DOCKER_CONTENT_TRUST_SERVER", "https"}},
		{name: "server with a query", flags: Flags{Server: "https://n/?a=b"}, says: []string{"host and a path"}},
		{name: "server with credentials", flags: Flags{Server: "https://ann:s3cret@n"}, says: []string{"docker login"}},
		{name: "server with credentials that is no URL", flags: Flags{Server: "https://ann:s3cret%@n"}, says: []string{"docker login"}},
		{name: "server with credentials and no scheme", flags: Flags{Server: "ann:s3cret@n"}, says: []string{"docker login"}},
		{name: "server with credentials in the port", flags: Flags{Server: "https://ann:s3cret@n:x"}, says: []string{"docker login"}},
		{name: "certificate without key", flags: Flags{TLSCert: "c"}, says: []string{"--tlskey"}},
		{name: "key without certificate", files: map[string]string{ownAt: "tls_key='k'"}, says: []string{ownAt, "certificate"}},
		{name: "moment", flags: Flags{At: "yesterday"}, says: []string{"--at", "yesterday", "2026-12-08"}},
		{name: "theme", flags: Flags{Theme: "pink"}, says: []string{"pink", "mono"}},
		{name: "parallel", flags: Flags{Parallel: 1000}, says: []string{"256"}},
		{name: "timeout", flags: Flags{Timeout: -1}, says: []string{"30s"}},
		{name: "pin without ID", flags: Flags{Pins: []string{"a/b"}}, says: []string{"--pin", "REPOSITORY=ID"}},
		{name: "pin with a short ID", flags: Flags{Pins: []string{"a/b=12ab"}}, says: []string{"64", "listedAs"}},
		{name: "pin of no repository", flags: Flags{Pins: []string{"../b=" + idA}}, says: []string{"--pin", "clean"}},
		{name: "pin of nothing", files: map[string]string{ownAt: "[pins]\n'a/b'=[]"}, says: []string{ownAt, "a/b"}},
		{name: "pin of every name and more", flags: Flags{Pins: []string{"a/**=" + idA}}, says: []string{"--pin", "begins with"}},
		{name: "pin of a prefix that no name has", flags: Flags{Pins: []string{"/a*=" + idA}}, says: []string{"--pin", "begins with"}},
		{name: "pin of no name", flags: Flags{Pins: []string{"=" + idA}}, says: []string{"--pin", "empty"}},
		{name: "pin with no ID", flags: Flags{Pins: []string{"a/b="}}, says: []string{"a/b", "64"}},
		{name: "pin with an ID in capitals", flags: Flags{Pins: []string{"a/b=" + strings.ToUpper(idA)}}, says: []string{"a/b", "lower-case"}},
		{name: "notary's pin of no name", files: map[string]string{theirs: `{"trust_pinning": {"certs": {"": ["` + idA + `"]}}}`}, says: []string{theirs, "empty"}},
		{name: "notary's pin of nothing", files: map[string]string{theirs: `{"trust_pinning": {"certs": {"a": []}}}`}, says: []string{theirs, "no certificate"}},
		{name: "notary's pin with a bad ID", files: map[string]string{theirs: `{"trust_pinning": {"certs": {"a": ["` + idA + `00"]}}}`}, says: []string{theirs, "64"}},
		{name: "notary's pins that differ in case alone", files: map[string]string{theirs: `{"trust_pinning": {"certs": {"a/b": ["` + idA + `"], "A/b": ["` + idB + `"]}}}`}, says: []string{theirs, "a/b twice"}},
		{name: "notary's authorities that differ in case alone", files: map[string]string{theirs: `{"trust_pinning": {"ca": {"a": "x", "A": "y"}}}`}, says: []string{theirs, "a twice"}},
		{name: "notary's authorities for a star", files: map[string]string{theirs: `{"trust_pinning": {"ca": {"Acme/*": "x"}}}`}, says: []string{theirs, `"Acme/*" matches nothing`, `"acme/"`}},
		{name: "holder of no key", files: map[string]string{ownAt: "[holders]\nalice='alice'"}, says: []string{ownAt, "holders", "64", "fingerprint"}},
		{name: "holder without a name", files: map[string]string{ownAt: "[holders]\n'" + idA + "'=''"}, says: []string{ownAt, "holders", idA, "empty"}},
		{name: "holder with an escape", files: map[string]string{ownAt: "[holders]\n'" + idA + "'=\"a\\u001b[2J\""}, says: []string{ownAt, "unprintable character"}},
		{name: "holder that is a list", files: map[string]string{ownAt: "\n[holders]\n'" + idA + "'=['a']"}, says: []string{ownAt + ":2", "holders"}},
		{name: "organisation of nobody", files: map[string]string{ownAt: "[organisations]\n''='Acme'"}, says: []string{ownAt, "a holder", "empty"}},
		{name: "organisation without a name", files: map[string]string{ownAt: "[organisations]\nalice=' Acme'"}, says: []string{ownAt, "alice", "space"}},
		{name: "authorities twice", files: map[string]string{ownAt: "[pin_cas]\n'a/'='ca.pem'\n'a/*'='ca.pem'"}, says: []string{ownAt, "twice"}},
		{name: "authorities for no name", files: map[string]string{ownAt: "[pin_cas]\n'a b'='/ca.pem'", "/ca.pem": caPEM}, says: []string{ownAt, "begins with"}},
		{name: "authority that is broken", files: map[string]string{ownAt: "[pin_cas]\n'a/'='/ca.pem'", "/ca.pem": "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"}, says: []string{"/ca.pem", "does not parse"}},
		{name: "authority beside a key", files: map[string]string{ownAt: "[pin_cas]\n'a/'='/ca.pem'", "/ca.pem": caPEM + "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"}, says: []string{"/ca.pem", "PRIVATE KEY", "besides its certificate"}},
		{name: "authority that is not there", files: map[string]string{ownAt: "[pin_cas]\n'a/'='ca.pem'"}, kind: model.FaultLocal, says: []string{"ca.pem", "does not exist"}},
		{name: "authority that is none", files: map[string]string{ownAt: "[pin_cas]\n'a/'='/ca.pem'", "/ca.pem": "x"}, says: []string{"/ca.pem", "PEM"}},
		{name: "named config.toml is not there", flags: Flags{Config: "c.toml"}, kind: model.FaultLocal, says: []string{cwd + "/c.toml", "does not exist"}},
		{name: "unreadable config.toml", files: map[string]string{ownAt: "denied"}, kind: model.FaultLocal, says: []string{ownAt, "permission"}},
		{name: "unknown setting", files: map[string]string{ownAt: "theme='dark'\n\nserwer='https://n'"}, says: []string{ownAt + ":3", "serwer", "Did you mean server?"}},
		{name: "unknown setting in capitals", files: map[string]string{ownAt: "Trust_Dir='t'"}, says: []string{ownAt + ":1", "Did you mean trust_dir?"}},
		{name: "unknown table", files: map[string]string{ownAt: "\n[zebra]\na=1"}, says: []string{ownAt + ":2", "zebra", "The settings are ascii, cache,"}},
		{name: "wrong type", files: map[string]string{ownAt: "\n\n\nparallel='4'"}, says: []string{ownAt + ":4", "parallel"}},
		{name: "pins that are no table", files: map[string]string{ownAt: "pins='x'"}, says: []string{ownAt + ":1", "write it as a table, [pins]"}},
		{name: "authorities that are no table", files: map[string]string{ownAt: "pin_cas=true"}, says: []string{ownAt + ":1", "write it as a table, [pin_cas]"}},
		{name: "holders that are no table", files: map[string]string{ownAt: "holders='x'"}, says: []string{ownAt + ":1", "write it as a table, [holders]"}},
		{name: "a pin of the wrong form in a dotted key", files: map[string]string{ownAt: "pins.'a/b'='x'"}, says: []string{ownAt + ": pins: "}},
		{name: "wrong switch", files: map[string]string{ownAt: "mouse='no'"}, says: []string{ownAt + ":1", "true or false"}},
		{name: "no time at all", files: map[string]string{ownAt: "expiry_warning='0d'"}, says: []string{ownAt + ":1", "30d"}},
		{name: "wrong time", files: map[string]string{ownAt: "timeout='soon'"}, says: []string{ownAt + ":1", "30s"}},
		{name: "no TOML", files: map[string]string{ownAt: "theme='dark'\nserver=\n"}, says: []string{ownAt + ":2"}},
		{name: "named config.json is not there", flags: Flags{NotaryConfig: "n.json"}, kind: model.FaultLocal, says: []string{cwd + "/n.json"}},
		{name: "no JSON", files: map[string]string{theirs: "{"}, says: []string{theirs, "JSON"}},
		{name: "section that is none", files: map[string]string{theirs: `{"remote_server": "https://n"}`}, says: []string{theirs, "remote_server", "object"}},
		{name: "number as URL", files: map[string]string{theirs: `{"remote_server": {"url": 1}}`}, says: []string{"remote_server.url", "string"}},
		{name: "pins as text", files: map[string]string{theirs: `{"trust_pinning": {"certs": {"a": "` + idA + `"}}}`}, says: []string{"trust_pinning.certs.a", "list"}},
		{name: "word as switch", files: map[string]string{theirs: `{"remote_server": {"skiptlsverify": "maybe"}}`}, says: []string{"skipTLSVerify", "true or false"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := Resolve(test.flags, world(test.env, test.files))
			var fault *model.Fault
			if !errors.As(err, &fault) {
				t.Fatalf("error %T %v, want a fault", err, err)
			}
			if test.kind == "" {
				test.kind = model.FaultUsage
			}
			if fault.Kind != test.kind {
				t.Errorf("kind %s, want %s", fault.Kind, test.kind)
			}
			all := fault.Error() + "\n" + fault.Hint
			for _, part := range test.says {
				if !strings.Contains(all, part) {
					t.Errorf("%q does not say %q", all, part)
				}
			}
			if strings.Contains(all, "s3cret") {
				t.Errorf("%q holds a secret", all)
			}
		})
	}
}

func FuzzFiles(f *testing.F) {
	f.Add("server='https://n'\n[pins]\na=['b']", `{"remote_server":{"url":"https://n"}}`)
	f.Add("a.b.c=1\n[[x]]\ny=2", `{"trust_pinning":{"certs":[],"ca":{"a":1}}}`)
	f.Add("timeout='9999999d'", `{"Remote_Server":null}`)
	f.Fuzz(func(t *testing.T, own, json string) {
		s, err := Resolve(Flags{}, world(nil, map[string]string{ownAt: own, theirs: json}))
		var fault *model.Fault
		if err != nil && !errors.As(err, &fault) {
			t.Errorf("error %T %v is not a fault", err, err)
		}
		if err == nil && !filepath.IsAbs(s.TrustDir) {
			t.Errorf("trust folder %q is not absolute", s.TrustDir)
		}
	})
}
