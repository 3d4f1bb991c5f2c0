package flow

import (
	"fmt"
	"strings"

	"trustdeck/model"
	"trustdeck/model/admin"
)

// Section is a part of a review page: a heading and lines. A line may hold names
// that came from outside; it is cleaned where it is shown.
type Section struct {
	Head  string
	Lines []string
}

// The first words of the lines of a review that must not be overlooked.
const (
	Warning = "Warning"
	Final   = "Cannot be undone"
	added   = "+ "
	lost    = "- "
)

// Weight says how much a line of a review wants to be seen.
type Weight int

// The weights.
const (
	// Plain is a fact, Gained and Lost are what is added and taken away.
	Plain Weight = iota
	Gained
	Lost
	// Grave is a warning, or what cannot be undone.
	Grave
)

// WeightOf tells the weight of a line of a review.
func WeightOf(line string) Weight {
	switch {
	case strings.HasPrefix(line, Warning), strings.HasPrefix(line, Final):
		return Grave
	case strings.HasPrefix(line, added):
		return Gained
	case strings.HasPrefix(line, lost):
		return Lost
	default:
		return Plain
	}
}

// AskedFor is the question for a secret, in words: which key, where, what for, and
// which one of how many.
func AskedFor(ask admin.SecretAsk) string {
	switch {
	case ask.Archive != "" && ask.New:
		return "A new passphrase for the backup " + ask.Archive
	case ask.Archive != "":
		return "Passphrase of the backup " + ask.Archive
	default:
		skip := ""
		if ask.MaySkip {
			skip = "; nothing skips it"
		}
		return fmt.Sprintf("%d of %d. %s%s", ask.Step, ask.Of, wanted(ask, ask.Key.Path), skip)
	}
}

// Wanted is AskedFor without the number and the file of a key, for a front end that
// shows those elsewhere.
func Wanted(ask admin.SecretAsk) string {
	if ask.Archive != "" {
		return AskedFor(ask)
	}
	return wanted(ask, "")
}

func wanted(ask admin.SecretAsk, path string) string {
	name := ask.Key.Label + " key"
	if ask.Key.ID != "" {
		name += " " + ask.Key.ID.Short()
	}
	if ask.Key.GUN != "" {
		name += " of " + string(ask.Key.GUN)
	}
	if path != "" {
		name += " in " + path
	}
	verb := "Passphrase of the "
	if ask.New {
		verb = "A new passphrase for the new "
	}
	return verb + name + ", to " + ask.Purpose
}

// VariablesFor are the names of the environment variables that hold what is asked for.
func VariablesFor(ask admin.SecretAsk) []string {
	if ask.Archive != "" {
		return []string{"TRUSTDECK_BACKUP_PASSPHRASE"}
	}
	return Variables(ask.Key.Label)
}

// About says what must be known of a key whose passphrase is asked for, and where
// it will be; none where there is nothing to say. In the practice world it tells the
// passphrase.
func (m *Machine) About(ask admin.SecretAsk) []string {
	if !ask.New {
		if m.facts.Practice == "" || ask.Archive != "" {
			return nil
		}
		return []string{fmt.Sprintf("Keys that came with the practice world have the passphrase %q.", m.facts.Practice)}
	}
	if ask.Archive != "" {
		return []string{"Whoever wants to use the backup must know this passphrase, and those of the keys in it. Nobody can recover it: keep a copy, and not with the backup."}
	}
	var out []string
	if m.facts.Practice != "" {
		out = append(out, fmt.Sprintf("In the practice world choose %q, which other clients know there.", m.facts.Practice))
	}
	if ask.Key.Label == string(model.RoleRoot) {
		out = append(out, "Whoever has this key and its passphrase decides who may sign. If it is lost, nobody can change that any more.")
	}
	kept := "The key is kept encrypted under this passphrase"
	if m.facts.Folder != "" {
		kept += " in " + m.facts.Folder
	}
	return append(out, kept+". Nobody can recover the passphrase: keep a copy of both, elsewhere.")
}

// Variables are the names of the environment variables that hold the passphrase
// of a key with this label: those of Notary and of Docker.
func Variables(label string) []string {
	switch model.RoleName(label) {
	case model.RoleRoot:
		return []string{"NOTARY_ROOT_PASSPHRASE", "DOCKER_CONTENT_TRUST_ROOT_PASSPHRASE"}
	case model.RoleTargets:
		return []string{"NOTARY_TARGETS_PASSPHRASE", "DOCKER_CONTENT_TRUST_REPOSITORY_PASSPHRASE"}
	case model.RoleSnapshot:
		return []string{"NOTARY_SNAPSHOT_PASSPHRASE", "DOCKER_CONTENT_TRUST_REPOSITORY_PASSPHRASE"}
	default:
		return []string{"NOTARY_DELEGATION_PASSPHRASE", "DOCKER_CONTENT_TRUST_REPOSITORY_PASSPHRASE"}
	}
}
