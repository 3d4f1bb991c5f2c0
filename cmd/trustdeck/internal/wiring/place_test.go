package wiring

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"trustdeck/cmd/trustdeck/internal/image"
	"trustdeck/cmd/trustdeck/internal/settings"
	"trustdeck/model"
)

var (
	placeNames = map[string]string{
		"acme": "/srv/tuf/acme", "vendor": "https://tuf.example.org/metadata", "odd": "/srv/with space", "Alpine": "/srv/alpine", "plain": "http://tuf.example.org",
	}
	placeWorld = settings.World{Home: "/home/ann", WorkDir: "/here"}
)

func TestFindPlace(t *testing.T) {
	folder := func(gun, path string) Place { return Place{InFolder, model.GUN(gun), path, ""} }
	web := func(gun, url string) Place { return Place{OnWeb, model.GUN(gun), url, ""} }
	for arg, want := range map[string]Place{
		"acme":         folder("acme", "/srv/tuf/acme"),
		"vendor":       web("vendor", "https://tuf.example.org/metadata"),
		"Alpine":       folder("Alpine", "/srv/alpine"),
		"odd":          folder("odd", "/srv/with space"),
		"acme:a/b:1":   {InFolder, "acme", "/srv/tuf/acme", "a/b:1"},
		"vendor:v1":    {OnWeb, "vendor", "https://tuf.example.org/metadata", "v1"},
		"./tuf":        folder("file:/here/tuf", "/here/tuf"),
		"../tuf/":      folder("file:/tuf", "/tuf"),
		".":            folder("file:/here", "/here"),
		"..":           {},
		"~/tuf":        folder("file:/home/ann/tuf", "/home/ann/tuf"),
		"/srv//tuf/x/": folder("file:/srv/tuf/x", "/srv/tuf/x"),
		// What has a name is known by it.
		"/srv/tuf/acme":                     folder("acme", "/srv/tuf/acme"),
		"../srv/tuf/acme":                   folder("acme", "/srv/tuf/acme"),
		"/srv/with space":                   folder("odd", "/srv/with space"),
		"https://TUF.example.org/metadata/": web("vendor", "https://tuf.example.org/metadata"),
		"https://tuf.example.org":           web("https:/tuf.example.org", "https://tuf.example.org"),
		"HTTPS://tuf.example.org:8443/a/b":  web("https:/tuf.example.org:8443/a/b", "https://tuf.example.org:8443/a/b"),
		"http://127.0.0.1:8001/metadata":    web("http:/127.0.0.1:8001/metadata", "http://127.0.0.1:8001/metadata"),
		// What people are shown can be typed.
		"file:/srv/tuf/x":                 folder("file:/srv/tuf/x", "/srv/tuf/x"),
		"file:/srv/tuf/acme":              folder("acme", "/srv/tuf/acme"),
		"https:/tuf.example.org/metadata": web("vendor", "https://tuf.example.org/metadata"),
		// All else is docker's.
		"alpine": {}, "alpine:3.20": {}, "ACME": {}, "acme/app": {}, "docker.io/library/acme": {}, "acme2": {}, "acme@sha256:0": {},
		"registry.example.org:5000/acme": {}, "file:5000/acme": {}, "https:8443/acme": {}, "": {}, ".hidden": {}, "...": {}, "~ann/tuf": {}, "tuf/": {},
		"docker://alpine": {}, "file:///srv/tuf": {}, "oci://x": {}, "tuf.example.org/metadata": {}, ":acme": {},
	} {
		got, err := FindPlace(arg, placeNames, placeWorld)
		if arg == ".." {
			if err == nil {
				t.Errorf("the root folder has the name %q", got.GUN)
			}
			continue
		}
		if err != nil || got != want {
			t.Errorf("%q: %+v, %v, want %+v", arg, got, err, want)
		}
	}
}

func TestFindPlaceRefuses(t *testing.T) {
	for arg, want := range map[string]string{
		"acme:":                        "no target follows the colon",
		"plain":                        "doesn't use https",
		"http://tuf.example.org":       "doesn't use https",
		"https://ann:s3cret@n/x":       "contains credentials",
		"https://n/x?token=s3cret":     "more than a host and a path",
		"https://":                     "not the URL of a web server",
		"./with space":                 "cannot be used as a repository name",
		"/a%41":                        "cannot be used as a repository name",
		"/":                            "cannot be used as a repository name",
		"/_trust":                      "cannot be used as a repository name",
		"/a\u202eb":                    "cannot be used as a repository name",
		"/" + strings.Repeat("a", 300): "cannot be used as a repository name",
		"https://n/a%20b":              "cannot be used as a repository name",
	} {
		_, err := FindPlace(arg, placeNames, placeWorld)
		var fault *model.Fault
		if !errors.As(err, &fault) || fault.Kind != model.FaultUsage || !strings.Contains(fault.Text, want) || fault.Hint == "" {
			t.Errorf("%q: %v, want %q", arg, err, want)
			continue
		}
		if strings.Contains(fault.Error()+fault.Hint, "s3cret") {
			t.Errorf("%q: a secret gets out: %v", arg, fault)
		}
	}
}

// A name in the program leads back to its place.
func TestPlaceOf(t *testing.T) {
	for gun, want := range map[model.GUN]string{
		"acme": "/srv/tuf/acme", "file:/x/y": "/x/y", "https:/h/p": "https://h/p", "http:/127.0.0.1:1": "http://127.0.0.1:1",
		"docker.io/library/acme": "", "other": "", "file:x": "", "https:/": "", "http:/h/p": "", "plain": "",
	} {
		got, ok := PlaceOf(gun, placeNames)
		if got.Location != want || ok != (want != "") || ok && got.GUN != gun {
			t.Errorf("%s: %+v, %v", gun, got, ok)
		}
	}
}

func TestCheckPlace(t *testing.T) {
	dir := t.TempDir()
	place := Place{Kind: InFolder, GUN: "acme", Location: dir}
	if err := CheckPlace(t.Context(), place); model.KindOf(err) != model.FaultLocal {
		t.Errorf("an empty folder: %v", err)
	}
	if err := os.WriteFile(filepath.Join(dir, "timestamp.json"), []byte("{}"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := CheckPlace(t.Context(), place); err != nil {
		t.Error(err)
	}
	if err := CheckPlace(t.Context(), Place{Kind: OnWeb, Location: "https://127.0.0.1:1"}); err != nil {
		t.Error(err)
	}
}

// Whatever is typed: a place has a name that the program takes, that leads back, and that no
// image has.
func FuzzFindPlace(f *testing.F) {
	for _, seed := range []string{"acme", "acme:1", "./a", "/srv/tuf", "https://h/p", "http://[::1]:1/", "file:/a", "https:/h", "~/x", "alpine", "C:/x", "a\x00b", "https://h//p/../q", "https://h/%2e%2e"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, arg string) {
		place, err := FindPlace(arg, placeNames, placeWorld)
		if err != nil || place.Kind == OnServer {
			return
		}
		if gun, err := model.ParseGUN(string(place.GUN)); err != nil || gun != place.GUN {
			t.Errorf("%q: the name %q: %v", arg, place.GUN, err)
		}
		back, ok := PlaceOf(place.GUN, placeNames)
		if !ok || back.Location != place.Location || back.Kind != place.Kind {
			t.Errorf("%q: %q leads to %+v and not to %+v", arg, place.GUN, back, place)
		}
		if docker, err := image.Parse(string(place.GUN)); err == nil && docker.GUN == place.GUN {
			t.Errorf("%q: %q is the name of an image", arg, place.GUN)
		}
	})
}
