package image

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/distribution/reference"

	"trustdeck/model"
)

// Name is a repository that a user named, perhaps with a tag.
type Name struct {
	// Arg as it was written.
	Arg string
	GUN model.GUN
	// Tag is empty where none was named.
	Tag string
	// Digest is the digest that was named; empty where none was. Docker then
	// ignores the tag.
	Digest string
}

// Parse reads an image name the way docker does: "alpine" is
// docker.io/library/alpine. Errors are *model.Fault of kind FaultUsage; their
// Err is docker's own text.
func Parse(arg string) (Name, error) {
	ref, err := reference.ParseNormalizedNamed(arg)
	if err == nil && isDigest(arg) {
		// Docker takes "sha256:…" for a repository called sha256.
		err = reference.ErrReferenceInvalidFormat
	}
	if err != nil {
		return Name{}, explain(arg, err)
	}
	gun, err := model.ParseGUN(ref.Name())
	if err != nil {
		return Name{}, explain(arg, err)
	}
	name := Name{Arg: arg, GUN: gun}
	if digested, ok := ref.(reference.Digested); ok {
		name.Digest = digested.Digest().String()
	} else if tagged, ok := ref.(reference.Tagged); ok {
		name.Tag = tagged.Tag()
	}
	return name, nil
}

// ParseGUN takes the argument for a GUN, whatever docker would make of it.
func ParseGUN(arg string) (Name, error) {
	gun, err := model.ParseGUN(arg)
	if err != nil {
		return Name{}, explain(arg, err)
	}
	return Name{Arg: arg, GUN: gun}, nil
}

// Verbatim lists what the argument may mean where a server knows GUNs that are
// no image names: the whole of it, and what stands before a tag.
func Verbatim(arg string) []Name {
	var names []Name
	if gun, err := model.ParseGUN(arg); err == nil {
		names = append(names, Name{Arg: arg, GUN: gun})
	}
	colon := strings.LastIndexByte(arg, ':')
	if colon > strings.LastIndexByte(arg, '/') && colon < len(arg)-1 {
		if gun, err := model.ParseGUN(arg[:colon]); err == nil {
			names = append(names, Name{Arg: arg, GUN: gun, Tag: arg[colon+1:]})
		}
	}
	return names
}

// explain finds the most helpful words for an argument that is no name.
func explain(arg string, err error) error {
	f := &model.Fault{Kind: model.FaultUsage, Subject: quoted(arg), Err: err}
	_, never := model.ParseGUN(arg)
	switch {
	case arg == "":
		f.Text, f.Hint = "the repository name is empty", "Give a repository, for example registry.example.org/acme/app."
	case strings.Contains(arg, "://"):
		f.Text, f.Hint = "a URL is not a repository name", "Leave out the scheme: HOST/PATH."
	case strings.ContainsFunc(arg, func(r rune) bool { return r <= ' ' || r == 0x7f }):
		f.Text, f.Hint = "a repository name has no spaces or control characters", "Leave them out."
	case hasPart(arg, ".."):
		f.Text, f.Hint = `".." is not part of a repository name`, "Give the full name, as in the registry."
	case lowerCaseHelps(arg):
		f.Text, f.Hint = "docker's image names are lower case", "If the server uses exactly this name, give --gun."
	case hasPart(arg, "_trust"):
		f.Text, f.Hint = `no part of a repository name can be "_trust"`, "Leave it out: the server uses it for trust data."
	case errors.Is(err, reference.ErrNameTooLong), len(arg) > model.MaxNameLength:
		f.Text, f.Hint = fmt.Sprintf("the name is longer than %d characters", model.MaxNameLength), "Give a shorter name: no server accepts this one."
	case isDigest(arg):
		f.Text, f.Hint = "a digest alone is not a repository name", "Trust data is found by repository. List the digests with: trustdeck tags REPO"
	case strings.HasSuffix(arg, ":"):
		f.Text, f.Hint = "no tag follows the colon", "Leave out the colon, or add a tag."
	case never != nil:
		f.Text, f.Hint = never.Error(), "Give the full name, as in the registry."
	default:
		f.Text, f.Hint = err.Error(), "If the server uses exactly this name, give --gun."
	}
	return f
}

// lowerCaseHelps reports whether capitals are all that is wrong.
func lowerCaseHelps(arg string) bool {
	lower := strings.ToLower(arg)
	_, err := reference.ParseNormalizedNamed(lower)
	return lower != arg && err == nil
}

func hasPart(arg, part string) bool { return slices.Contains(strings.Split(arg, "/"), part) }

// mostQuoted is how many bytes of an argument a message repeats.
const mostQuoted = 100

func quoted(arg string) string {
	if len(arg) > mostQuoted {
		return fmt.Sprintf("%q...", arg[:mostQuoted])
	}
	return fmt.Sprintf("%q", arg)
}

// isDigest reports whether arg is a digest, with or without the name of its
// algorithm.
func isDigest(arg string) bool {
	_, err := model.ParseKeyID(strings.TrimPrefix(arg, "sha256:"))
	return err == nil
}
