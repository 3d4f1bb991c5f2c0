package secrets

import (
	"cmp"
	"fmt"
	"strings"

	"trustdeck/model"
	"trustdeck/model/port"
	"trustdeck/tui/text"
)

// AskedFor is the question for a secret, in words: which key, where, what for, and
// which one of how many.
func AskedFor(ask port.SecretAsk) string {
	switch {
	case ask.Archive != "" && ask.New:
		return "A new passphrase for the backup " + ask.Archive
	case ask.Archive != "":
		return "Passphrase of the backup " + ask.Archive
	default:
		skip := ""
		if ask.Skip != "" {
			skip = "; leave it empty to skip the key"
		}
		return fmt.Sprintf("%d of %d. %s%s", ask.Step, ask.Of, wanted(ask, Where(ask.Key)), skip)
	}
}

// Wanted is AskedFor without the number and the file of a key, for a front end that
// shows those elsewhere.
func Wanted(ask port.SecretAsk) string {
	if ask.Archive != "" {
		return AskedFor(ask)
	}
	return wanted(ask, "")
}

func wanted(ask port.SecretAsk, path string) string {
	if ask.Token != "" {
		if ask.New {
			return "A new PIN for " + ask.Token
		}
		return text.Capital(Noun(ask)) + " of " + ask.Token + ", to " + ask.Purpose
	}
	if ask.Again {
		return "A new passphrase for " + ask.Purpose
	}
	name := ask.Key.Label + " key"
	if id := cmp.Or(ask.As, ask.Key.ID); id != "" {
		name += " " + id.Short()
	}
	if ask.Key.GUN != "" {
		name += " of " + string(ask.Key.GUN)
	}
	switch {
	case path == "":
	case ask.Key.Place == model.PlaceToken:
		name += " on " + path
	default:
		name += " in " + path
	}
	verb := "Passphrase of the "
	if ask.Kind == port.PIN {
		verb = "PIN of the "
	}
	if ask.New {
		verb = "A new passphrase for the new "
	}
	return verb + name + ", to " + ask.Purpose
}

// Where is the place of a key: its file, or its token and the place there, because several tokens may
// be plugged in, each with a PIN of its own.
func Where(key model.PrivateKey) string {
	if key.Place != model.PlaceToken || strings.HasPrefix(key.Path, key.Store) {
		return key.Path
	}
	return key.Store + ", " + key.Path
}

// VariablesFor are the names of the environment variables that hold what is asked for.
func VariablesFor(ask port.SecretAsk) []string {
	switch {
	case ask.Archive != "":
		return []string{"TRUSTDECK_BACKUP_PASSPHRASE"}
	case ask.Again: // those of other clients have the old one
		return []string{"TRUSTDECK_NEW_PASSPHRASE"}
	case ask.Kind != port.Passphrase: // a wrong PIN costs a try, so none is taken from there
		return nil
	}
	return Variables(ask.Key.Label)
}

// Subject is what is opened.
func Subject(ask port.SecretAsk) string {
	switch {
	case ask.Archive != "":
		return "the backup"
	case ask.Again:
		return ask.Purpose
	case ask.Token != "":
		return ask.Token
	}
	return "the " + ask.Key.Label + " key"
}

// Noun is what is asked for, in a word.
func Noun(ask port.SecretAsk) string {
	switch ask.Kind {
	case port.PIN:
		return "PIN"
	case port.ManagementKey:
		return "management key"
	case port.Passphrase, port.Touch:
	}
	return "passphrase"
}

// Title says which of the passphrases this is.
func Title(ask port.SecretAsk) string {
	if ask.Archive != "" {
		return "Passphrase of the backup"
	}
	return fmt.Sprintf("%s %d of %d", text.Capital(Noun(ask)), ask.Step, ask.Of)
}

// TriesLeft says how many wrong answers the store still takes, in a sentence; empty where it
// doesn't count them, or nothing was answered yet.
func TriesLeft(ask port.SecretAsk) string {
	switch ask.TriesLeft {
	case 0:
		return ""
	case 1:
		return "1 try is left; after that the PIN is blocked."
	default:
		return fmt.Sprintf("%d tries are left.", ask.TriesLeft)
	}
}

// LastTry is what somebody types who gives the last answer that a store takes.
const LastTry = "last try"

// AskedLastTry asks for that.
func AskedLastTry(ask port.SecretAsk) string {
	return "This is the last try: if the PIN is wrong, " + cmp.Or(ask.Key.Store, ask.Token) + " takes none any more. To go on, type " + LastTry
}

// About says what must be known of a key whose passphrase is asked for, and where
// it will be; none where there is nothing to say. In the practice world it tells what opens
// it; folder is where keys are kept whose store is not known.
func About(ask port.SecretAsk, practice Practice, folder string) []string {
	if ask.Kind == port.PIN && ask.New {
		return []string{"A PIN has 6 to 8 characters; digits work with every program. If you forget it, the PUK sets another one."}
	}
	if ask.Kind == port.PIN {
		return practice.pinned()
	}
	if ask.Kind == port.ManagementKey {
		return []string{"Hexadecimal digits: 48 for 3DES and AES-192, 32 for AES-128, 64 for AES-256. A wrong one costs no try."}
	}
	if !ask.New {
		if practice.Passphrase == "" || ask.Archive != "" {
			return nil
		}
		return []string{fmt.Sprintf("The practice world's own keys have the passphrase %q.", practice.Passphrase)}
	}
	if ask.Archive != "" {
		return []string{"To use the backup, you need this passphrase and those of the keys in it. No one can recover it. Keep a copy, but not with the backup."}
	}
	if ask.Again {
		return append(practice.practised(), "trustdeck keeps the keys encrypted with it. No one can recover it. Backups made before need the old passphrases; keep those with them.")
	}
	out := practice.practised()
	if ask.Key.Label == string(model.RoleRoot) {
		out = append(out, "The holder of this key and its passphrase decides who may sign. If it is lost, no one can change that again.")
	}
	kept := "trustdeck keeps the key encrypted with this passphrase"
	if folder = cmp.Or(ask.Key.Store, folder); folder != "" {
		kept += " in " + folder
	}
	return append(out, kept+". No one can recover the passphrase. Keep a copy of both elsewhere.")
}

// Practice is what opens the keys of the practice world, which is no secret there. It is empty
// everywhere else.
type Practice struct{ Passphrase, PIN string }

// pinned says what opens the practice token.
func (p Practice) pinned() []string {
	if p.PIN == "" {
		return nil
	}
	return []string{fmt.Sprintf("The practice token has the PIN %q.", p.PIN)}
}

// practised says which new passphrase to choose in the practice world.
func (p Practice) practised() []string {
	if p.Passphrase == "" {
		return nil
	}
	return []string{fmt.Sprintf("In the practice world, choose %q: other clients use it there.", p.Passphrase)}
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
