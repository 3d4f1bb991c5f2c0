package settings

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"trustdeck/model"
	"trustdeck/model/display"
	"trustdeck/tui/screen"
)

// holderConfig is what config.toml says of people.
type holderConfig struct {
	// Holders maps keys to the names of their holders, Organisations those names to the
	// names of organisations.
	Holders, Organisations map[string]string
}

// setHolders checks who is said to hold which key. What the keys are, nobody knows yet: a
// name without a key of any repository does no harm.
func (s *Settings) setHolders(_ Flags, _ World, own ownConfig, _ notaryConfig) error {
	for _, key := range slices.Sorted(maps.Keys(own.People.Holders)) {
		if _, err := model.ParseKeyID(key); err != nil {
			return usage(own.File, "holders: "+err.Error(), "Use the key ID or the fingerprint that trustdeck quorum REPO -o json shows.")
		}
		if err := checkName(own.File, "holders", "the key "+key, own.People.Holders[key]); err != nil {
			return err
		}
	}
	for _, holder := range slices.Sorted(maps.Keys(own.People.Organisations)) {
		if err := checkName(own.File, "organisations", "a holder", holder); err != nil {
			return err
		}
		if err := checkName(own.File, "organisations", holder, own.People.Organisations[holder]); err != nil {
			return err
		}
	}
	s.Holders, s.Organisations = own.People.Holders, own.People.Organisations
	return nil
}

// checkName says what is wrong with a name for something.
func checkName(file, table, of, name string) error {
	switch {
	case name == "" || strings.TrimSpace(name) != name:
		return usage(file, fmt.Sprintf("%s: the name %q for %s is empty, or starts or ends with a space", table, name, of), "Write, for example, \"alice\".")
	case strings.ContainsFunc(name, func(r rune) bool { return !display.Visible(r) }):
		return usage(file, fmt.Sprintf("%s: the name %q for %s has an unprintable character", table, name, of), "Leave it out.")
	}
	return nil
}

// listHolders lists who is said to hold keys.
func (s Settings) listHolders() []screen.Setting {
	out := s.listNames("holder", "The holder of a key, if the metadata names none. Quorums count holders.", s.Holders)
	return append(out, s.listNames("organisation", "The organisation of a holder. Quorums count organisations.", s.Organisations)...)
}

func (s Settings) listNames(name, help string, names map[string]string) []screen.Setting {
	if len(names) == 0 {
		return []screen.Setting{{Name: name + "s", Value: "none", From: byDefault("", "").from, Help: help}}
	}
	var out []screen.Setting
	for i, key := range slices.Sorted(maps.Keys(names)) {
		out = append(out, screen.Setting{
			Name: fmt.Sprintf("%s %d", name, i+1), Value: key + " = " + names[key], Help: help,
			From: screen.Origin{Kind: screen.OriginFile, Name: s.told.file},
		})
	}
	return out
}
