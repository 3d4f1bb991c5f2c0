package bundle

import (
	"strings"
	"time"
	"unicode/utf8"

	"trustdeck/model"
	"trustdeck/model/display"
)

// maxID is the most characters of a key ID: a hash in hexadecimal has 64.
const maxID = 128

// check refuses a bundle that says nothing that makes sense, whatever its bytes hold.
func (b *Bundle) check() error {
	if _, err := model.ParseGUN(string(b.Repository)); err != nil {
		return refuse(Altered, "the ceremony file names no repository: %v", err)
	}
	if err := shown(Altered, "title", b.Title, MaxTitle); err != nil {
		return err
	}
	if err := b.Dates.check(); err != nil {
		return err
	}
	size := 0
	for _, raw := range b.Roots {
		size += len(raw)
	}
	for _, limit := range []struct {
		what    string
		n, most int
	}{
		{"roots", len(b.Roots), MaxRoots},
		{"bytes of roots", size, MaxRootBytes},
		{"published files", len(b.Base), MaxFiles},
		{"payloads", len(b.Payloads), MaxFiles},
		{"participants", len(b.Participants), MaxPeople},
		{"signatures", len(b.Signatures), MaxSignatures},
	} {
		if limit.n > limit.most {
			return refuse(TooLarge, "the ceremony file has %d %s; the limit is %d", limit.n, limit.what, limit.most)
		}
	}
	if err := b.checkPeople(); err != nil {
		return err
	}
	return b.checkFiles()
}

// shown refuses a text for people that is empty, too long, or that they could not read.
func shown(reason Reason, what, text string, most int) error {
	switch {
	case text == "":
		return refuse(reason, "a %s is empty", what)
	case utf8.RuneCountInString(text) > most:
		return refuse(reason, "a %s has more than %d characters: %s", what, most, display.Strip(text, most))
	case !display.Shown(text) || strings.TrimSpace(text) != text:
		return refuse(reason, "a %s has characters that can't be shown: %s", what, display.Quote(text))
	}
	return nil
}

func (d *Dates) check() error {
	all := []struct {
		name string
		at   time.Time
	}{{"opening", d.Opens}, {"target date", d.Target}, {"last safe day", d.LastSafe}, {"expiry", d.Expires}}
	before := all[0]
	for _, date := range all {
		switch {
		case date.at.IsZero() || !date.at.Equal(date.at.Truncate(time.Second)):
			return refuse(Altered, "the %s of the ceremony is not a moment in whole seconds", date.name)
		case date.at.Before(before.at):
			return refuse(Altered, "the %s of the ceremony is before its %s", date.name, before.name)
		}
		before = date
	}
	return nil
}

func (b *Bundle) checkPeople() error {
	names, owners := map[string]bool{}, map[model.KeyID]string{}
	for _, p := range b.Participants {
		if err := shown(Altered, "participant's name", p.Name, MaxText); err != nil {
			return err
		}
		if err := shown(Altered, "participant's task", p.Does, MaxText); err != nil {
			return err
		}
		folded := strings.ToLower(p.Name)
		if names[folded] {
			return refuse(Altered, "two participants are called %s", p.Name)
		}
		names[folded] = true
		if len(p.Keys) > MaxKeys {
			return refuse(TooLarge, "%s has %d keys; the limit is %d", p.Name, len(p.Keys), MaxKeys)
		}
		for _, k := range p.Keys {
			if err := shown(Altered, "key ID", string(k.ID), maxID); err != nil {
				return err
			}
			if k.Serial != "" {
				if err := shown(Altered, "token serial", k.Serial, MaxText); err != nil {
					return err
				}
			}
			if other, taken := owners[k.ID]; taken {
				return refuse(Altered, "key %s belongs to %s, and to %s too", k.ID.Short(), other, p.Name)
			}
			owners[k.ID] = p.Name
		}
	}
	return nil
}

// checkFiles refuses files that are there twice, and signatures of what is not there.
func (b *Bundle) checkFiles() error {
	based, signed := map[model.RoleName]bool{}, map[model.RoleName]bool{}
	for _, f := range b.Base {
		if based[f.Role] || f.Role == model.RoleRoot || f.Role.ListsFiles() {
			return refuse(BadBase, "the ceremony file has a file of %s that has no place there", display.Inline(string(f.Role)))
		}
		based[f.Role] = true
	}
	if len(b.Payloads) == 0 {
		return refuse(BadPayload, "the ceremony file has nothing to sign")
	}
	for _, p := range b.Payloads {
		switch {
		case signed[p.Role]:
			return refuse(BadPayload, "the ceremony file has two payloads of %s", display.Inline(string(p.Role)))
		case p.Role.ListsFiles():
			return refuse(BadPayload, "%s is signed when the others are published, and not in a ceremony", p.Role)
		}
		signed[p.Role] = true
	}
	type once struct {
		role model.RoleName
		key  model.KeyID
	}
	have := map[once]bool{}
	for _, s := range b.Signatures {
		if err := shown(Altered, "key ID", string(s.KeyID), maxID); err != nil {
			return err
		}
		switch id := (once{s.Role, s.KeyID}); {
		case !signed[s.Role]:
			return refuse(WrongPayload, "a signature is of %s, which is not signed in this ceremony", display.Inline(string(s.Role)))
		case have[id]:
			return refuse(Altered, "key %s has two signatures of %s", s.KeyID.Short(), s.Role)
		default:
			have[id] = true
		}
	}
	return nil
}
