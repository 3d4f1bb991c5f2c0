package settings

import (
	"encoding/pem"
	"fmt"
	"maps"
	"slices"
	"strings"

	"trustdeck/model"
	"trustdeck/tui/screen"
)

// pinConfig is what one place says about pins. A pattern is a repository, or a
// prefix with a final "*".
type pinConfig struct {
	// Certs maps patterns to certificate IDs.
	Certs map[string][]string
	// CAs maps prefixes to absolute paths of PEM files.
	CAs map[string]string
	// NoFirstUse refuses what is neither pinned nor cached.
	NoFirstUse bool
}

// setPins joins the pins of all places. Where two state the same pattern, the
// earlier place wins.
func (s *Settings) setPins(f Flags, w World, own ownConfig, theirs notaryConfig) error {
	flags, err := parsePinFlags(f.Pins)
	if err != nil {
		return err
	}
	s.Pins.Certs = map[string][]model.KeyID{}
	s.Pins.CAs = map[string][]byte{}
	s.Pins.NoFirstUse = choose(s, "first_use", inFile(own, own.Pins.NoFirstUse), inNotary(theirs, theirs.Pins.NoFirstUse))
	for _, from := range []struct {
		name string
		pins pinConfig
		from screen.Origin
	}{
		{theirs.File, theirs.Pins, inNotary(theirs, "").from},
		{own.File, own.Pins, inFile(own, "").from},
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
			content, _, err := w.read(from.pins.CAs[prefix], true)
			if err != nil {
				return err
			}
			if block, _ := pem.Decode(content); block == nil || block.Type != "CERTIFICATE" {
				return usage(from.pins.CAs[prefix], fmt.Sprintf("the file pinned for %s holds no certificate in PEM form", prefix), "")
			}
			s.Pins.CAs[strings.TrimSuffix(prefix, "*")] = content
			s.told.pin(strings.TrimSuffix(prefix, "*")+"*", "authorities in "+from.pins.CAs[prefix], from.from)
		}
	}
	return nil
}

func parsePin(from, pattern string, texts []string) ([]model.KeyID, error) {
	if _, err := model.ParseGUN(pattern); err != nil && !strings.HasSuffix(pattern, "*") {
		return nil, usage(from, "pin: "+err.Error(), "Pin a repository, or a prefix that ends in *.")
	}
	if len(texts) == 0 {
		return nil, usage(from, fmt.Sprintf("the pin of %s names no certificate", pattern), "Name at least one ID, or leave the pin out.")
	}
	ids := make([]model.KeyID, 0, len(texts))
	for _, text := range texts {
		id, err := model.ParseKeyID(text)
		if err != nil {
			return nil, usage(from, fmt.Sprintf("the pin of %s: %v", pattern, err),
				"Use the ID of the root certificate as trustdeck inspect shows it under listedAs.")
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
