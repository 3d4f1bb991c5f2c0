package settings

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"trustdeck/cmd/trustdeck/internal/image"
	"trustdeck/model"
	"trustdeck/model/notary"
	"trustdeck/tui/screen"
)

// pinConfig is what one place says about pins. A pattern is a repository, or a
// prefix with a final "*".
type pinConfig struct {
	// Certs maps patterns to certificate IDs.
	Certs map[string][]string
	// CAs maps prefixes, without a "*", to absolute paths of PEM files.
	CAs map[string]string
	// NoFirstUse refuses what is neither pinned nor cached.
	NoFirstUse bool
}

// setPins joins the pins of all places. Where two state the same pattern, the
// earlier place wins.
func (s *Settings) setPins(f Flags, w World, own ownConfig, theirs notaryConfig) error {
	in := s.told.context
	flags, err := parsePinFlags(f.Pins)
	if err != nil {
		return err
	}
	s.Pins.Certs = map[string][]model.KeyID{}
	s.Pins.CAs = map[string][]byte{}
	s.Pins.NoFirstUse = choose(s, "first_use", inContext(in, in.named, in.Pins.NoFirstUse), inFile(own, own.Pins.NoFirstUse), inNotary(theirs, theirs.Pins.NoFirstUse))
	for _, from := range []struct {
		name string
		pins pinConfig
		from screen.Origin
	}{
		{theirs.File, theirs.Pins, inNotary(theirs, "").from},
		{own.File, own.Pins, inFile(own, "").from},
		{in.File, in.Pins, in.from()},
		{"--pin", flags, flag("--pin", "").from},
	} {
		for _, pattern := range slices.Sorted(maps.Keys(from.pins.Certs)) {
			ids, err := parsePin(from.name, pattern, from.pins.Certs[pattern])
			if err != nil {
				return err
			}
			s.Pins.Certs[pattern] = ids
			s.told.pin(pattern, joined(ids), from.from)
		}
		for _, prefix := range slices.Sorted(maps.Keys(from.pins.CAs)) {
			content, err := readAuthorities(from.name, prefix, from.pins.CAs[prefix], w)
			if err != nil {
				return err
			}
			s.Pins.CAs[prefix] = content
			s.told.pin(prefix+"*", "authorities in "+from.pins.CAs[prefix], from.from)
		}
	}
	s.pinAsDocker(flags)
	return nil
}

// pinAsDocker pins what docker would take the name of a --pin for, as commands do with
// their arguments: "alpine" is docker.io/library/alpine. What is pinned by its own name
// stays so.
func (s *Settings) pinAsDocker(flags pinConfig) {
	for _, pattern := range slices.Sorted(maps.Keys(flags.Certs)) {
		full, ok := dockerPattern(strings.ToLower(pattern))
		if ok && s.Pins.For(model.GUN(full)).Pattern == "" {
			s.Pins.Certs[full] = s.Pins.Certs[pattern]
			s.told.pin(full, joined(s.Pins.Certs[full]), flag("--pin", "").from)
		}
	}
}

// dockerPattern is the pattern that docker would read; a name without a slash is no
// beginning of one.
func dockerPattern(pattern string) (string, bool) {
	prefix, wild := strings.CutSuffix(pattern, "*")
	if wild && !strings.Contains(prefix, "/") {
		return "", false
	}
	if wild {
		// Something that a name can go on with.
		prefix += "x"
	}
	name, err := image.Parse(prefix)
	if err != nil || name.Tag != "" || name.Digest != "" {
		return "", false
	}
	if !wild {
		return string(name.GUN), true
	}
	return strings.TrimSuffix(string(name.GUN), "x") + "*", true
}

// readAuthorities returns the PEM file that is pinned for a prefix.
func readAuthorities(from, prefix, file string, w World) ([]byte, error) {
	if err := notary.ParsePinPrefix(prefix); err != nil {
		return nil, usage(from, fmt.Sprintf("the pinned CAs in %s: %v", file, err), "Give the start of a repository name, such as docker.io/.")
	}
	content, _, err := w.read(file, true)
	if err != nil {
		return nil, err
	}
	if err := notary.CheckAuthorities(content); err != nil {
		return nil, usage(file, fmt.Sprintf("the file is pinned for %s* and cannot be used: %v", prefix, err), "Give a PEM file that contains only certificates.")
	}
	return content, nil
}

func parsePin(from, pattern string, texts []string) ([]model.KeyID, error) {
	if err := notary.ParsePinPattern(pattern); err != nil {
		return nil, usage(from, "pin: "+err.Error(), "Pin a repository, or a prefix that ends in *.")
	}
	if len(texts) == 0 {
		return nil, usage(from, fmt.Sprintf("the pin of %s names no certificate", pattern), "Give at least one ID, or remove the pin.")
	}
	ids := make([]model.KeyID, 0, len(texts))
	for _, text := range texts {
		id, err := model.ParseKeyID(text)
		if err != nil {
			return nil, usage(from, fmt.Sprintf("the pin of %s: %v", pattern, err),
				"Use the ID of the root certificate that trustdeck inspect shows under listedAs.")
		}
		ids = append(ids, id)
	}
	return ids, nil
}

// parsePinFlags reads REPOSITORY=ID; several for one repository add up.
func parsePinFlags(args []string) (pinConfig, error) {
	pins := pinConfig{Certs: map[string][]string{}}
	for _, arg := range args {
		i := strings.LastIndexByte(arg, '=')
		if i < 0 {
			return pinConfig{}, usage("--pin", fmt.Sprintf("%q is not REPOSITORY=ID", arg),
				"Write for example registry.example.org/acme/app=1a2b… with all 64 digits.")
		}
		pins.Certs[arg[:i]] = append(pins.Certs[arg[:i]], arg[i+1:])
	}
	return pins, nil
}
