package wiring

import (
	"context"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"trustdeck/cmd/trustdeck/internal/settings"
	"trustdeck/model"
	"trustdeck/model/display"
	"trustdeck/remote/directory"
)

// PlaceKind says where a repository is that a user has named.
type PlaceKind int

// The kinds of place.
const (
	// OnServer: on a Notary server, by a name as docker reads it.
	OnServer PlaceKind = iota
	// InFolder: a TUF 1.0 repository in a folder.
	InFolder
	// OnWeb: a TUF 1.0 repository below a URL.
	OnWeb
)

// Place is what REPO on the command line means.
//
// The name of a TUF 1.0 repository in the program, its GUN, is the name that the user has
// given it, else its location: "file:/srv/tuf" or "https:/tuf.example.org/metadata". None is
// the GUN of an image: docker's full names have a slash, which a given name has not, and
// their host does not end in a colon.
type Place struct {
	Kind PlaceKind
	// GUN is the name in the program, which people are shown; empty for OnServer.
	GUN model.GUN
	// Location is an absolute path or a URL; empty for OnServer.
	Location string
	// Target is what follows a given name and a colon; empty where nothing does.
	Target string
}

// FindPlace reads REPO: the name of a repository in names, which are those of the settings;
// else a path that begins as one, or a URL; else it is OnServer, and docker's reading
// counts. What Place says of a GUN is read, too. Errors are *model.Fault of kind FaultUsage.
func FindPlace(arg string, names map[string]string, w settings.World) (Place, error) {
	name, target, colon := strings.Cut(arg, ":")
	if location, ok := names[name]; ok {
		if colon && target == "" {
			return Place{}, usage(arg, "no target follows the colon", "leave out the colon, or add a target")
		}
		place, err := placeAt(location)
		place.GUN, place.Target = model.GUN(name), target
		return place, err
	}
	if !isLocation(arg) {
		return Place{}, nil
	}
	place, err := ReadLocation(arg, w)
	if err != nil {
		return Place{}, err
	}
	for _, name := range slices.Sorted(maps.Keys(names)) {
		if named, err := placeAt(names[name]); err == nil && named == place {
			place.GUN = model.GUN(name)
			return place, nil
		}
	}
	place.GUN, err = gunOf(place)
	return place, err
}

// ReadLocation reads a location, which is a URL or else a path, however it begins. The place
// has no name. Errors are *model.Fault of kind FaultUsage.
func ReadLocation(text string, w settings.World) (Place, error) {
	if location, ok := fromGUN(text); ok {
		text = location
	}
	location, err := w.Location("the location of the repository", text, w.WorkDir)
	if err != nil {
		return Place{}, err
	}
	return placeAt(location)
}

// PlaceOf is where a TUF 1.0 repository is, by the name that FindPlace has given it; ok is
// false for all other names.
func PlaceOf(gun model.GUN, names map[string]string) (place Place, ok bool) {
	location, ok := locationOf(gun, names)
	if !ok {
		return Place{}, false
	}
	place, err := placeAt(location)
	place.GUN = gun
	return place, err == nil
}

// locationOf is where the name in the program of a TUF 1.0 repository leads, whether or not
// that can be opened; ok is false for all other names.
func locationOf(gun model.GUN, names map[string]string) (location string, ok bool) {
	if location, ok = names[string(gun)]; ok {
		return location, true
	}
	return fromGUN(string(gun))
}

// CheckPlace says why there is no repository in a folder. Nobody is asked about a URL.
func CheckPlace(ctx context.Context, p Place) error {
	if p.Kind != InFolder {
		return nil
	}
	return directory.NewFolder(p.Location, p.GUN).Ping(ctx)
}

// isLocation reports whether an argument begins as a path or a URL does.
func isLocation(arg string) bool {
	lower := strings.ToLower(arg)
	if _, ok := fromGUN(arg); ok || strings.HasPrefix(lower, "https://") || strings.HasPrefix(lower, "http://") {
		return true
	}
	for _, start := range []string{".", "..", "~"} {
		if rest, ok := strings.CutPrefix(arg, start); ok && (rest == "" || rest[0] == '/' || rest[0] == filepath.Separator) {
			return true
		}
	}
	return filepath.IsAbs(arg)
}

// placeAt is the place at an absolute path or a URL.
func placeAt(location string) (Place, error) {
	if !strings.Contains(location, "://") {
		return Place{Kind: InFolder, Location: location}, nil
	}
	base, err := directory.ParseURL(location)
	if err != nil {
		return Place{}, err
	}
	return Place{Kind: OnWeb, Location: base.String()}, nil
}

// folderScheme begins the GUN of a folder, and webSchemes those of addresses.
const folderScheme = "file:"

var webSchemes = []string{"https:", "http:"}

// gunOf is the GUN of a place that has no name.
func gunOf(p Place) (model.GUN, error) {
	text := strings.Replace(p.Location, "://", ":/", 1)
	if p.Kind == InFolder {
		text = folderScheme + "/" + strings.TrimPrefix(filepath.ToSlash(p.Location), "/")
	}
	gun, err := model.ParseGUN(text)
	if err != nil || !reversible(gun, p) {
		return "", usage(p.Location, "this location cannot be used as a repository name because of its length or a character in it",
			"give it a name: trustdeck repos add NAME LOCATION")
	}
	return gun, nil
}

// reversible reports whether a GUN leads back to the place.
func reversible(gun model.GUN, p Place) bool {
	back, ok := PlaceOf(gun, nil)
	return ok && back.Location == p.Location
}

// fromGUN is the location in a GUN; ok is false where it is none of a place.
func fromGUN(gun string) (location string, ok bool) {
	single := func(rest string) bool { return strings.HasPrefix(rest, "/") && !strings.HasPrefix(rest, "//") }
	if rest, ok := strings.CutPrefix(gun, folderScheme); ok && single(rest) {
		if filepath.VolumeName(filepath.FromSlash(rest[1:])) != "" {
			rest = rest[1:] // a drive of Windows
		}
		return filepath.Clean(filepath.FromSlash(rest)), true
	}
	for _, scheme := range webSchemes {
		if rest, ok := strings.CutPrefix(gun, scheme); ok && single(rest) {
			return scheme + "/" + rest, true
		}
	}
	return "", false
}

func usage(subject, text, hint string) *model.Fault {
	return &model.Fault{Kind: model.FaultUsage, Subject: fmt.Sprintf("%q", display.Cut(subject, 200)), Text: text, Hint: hint}
}
