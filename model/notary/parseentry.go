package notary

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"

	"trustdeck/model"
)

func (p *parser) targets() error {
	_, err := p.object(func(name []byte) error {
		if len(p.file.Targets) >= MaxTargets {
			return p.fail(model.ProblemLimit, "the file has more than %d targets", MaxTargets)
		}
		if err := p.hold(sizeTarget + len(name)); err != nil {
			return err
		}
		t := model.Target{Name: string(name)}
		if err := p.fileMeta(&t.Length, &t.Hashes, &t.Custom, t.Name); err != nil {
			return err
		}
		p.file.Targets = append(p.file.Targets, t)
		return nil
	})
	if !slices.IsSortedFunc(p.file.Targets, targetOrder) {
		slices.SortFunc(p.file.Targets, targetOrder)
	}
	return err
}

func targetOrder(a, b model.Target) int { return strings.Compare(a.Name, b.Name) }

func (p *parser) meta() error {
	_, err := p.object(func(name []byte) error {
		if len(p.file.Meta) >= MaxRoles {
			return p.fail(model.ProblemLimit, "the file lists more than %d files", MaxRoles)
		}
		if err := p.hold(sizeEntry + len(name)); err != nil {
			return err
		}
		m := model.MetaEntry{Role: model.RoleName(name)}
		if err := p.fileMeta(&m.Length, &m.Hashes, &m.Custom, string(name)); err != nil {
			return err
		}
		p.file.Meta = append(p.file.Meta, m)
		return nil
	})
	slices.SortFunc(p.file.Meta, func(a, b model.MetaEntry) int { return strings.Compare(string(a.Role), string(b.Role)) })
	return err
}

func (p *parser) fileMeta(length *int64, hashes *model.Hashes, custom *[]byte, name string) error {
	_, err := p.object(func(key []byte) (err error) {
		switch string(key) {
		case "length":
			*length, err = p.integer()
		case "hashes":
			err = p.hashes(hashes)
		case "custom":
			*custom, err = p.custom(name)
		default:
			err = p.unknown("an entry", key, "length", "hashes", "custom")
		}
		return err
	})
	if err == nil && *length < 0 {
		return p.fail(model.ProblemMalformed, "the entry %q has the negative length %d", clip(name), *length)
	}
	return err
}

func (p *parser) hashes(h *model.Hashes) error {
	_, err := p.object(func(key []byte) error {
		// Hash names are the keys of a map for Notary: another case is another
		// hash, and is kept.
		sum, err := p.binary()
		switch name := string(key); {
		case err != nil:
			return err
		case name == nameSHA256 && sum != nil:
			h.SHA256 = sum
		case name == nameSHA512 && sum != nil:
			h.SHA512 = sum
		case len(h.Other) >= MaxHashes:
			return p.fail(model.ProblemLimit, "an entry has more than %d unknown hashes", MaxHashes)
		default:
			if h.Other == nil {
				h.Other = map[string][]byte{}
			}
			h.Other[name] = sum
			return p.hold(sizeHash + len(name))
		}
		return nil
	})
	return err
}

// The names of the hashes that clients check.
const (
	nameSHA256 = "sha256"
	nameSHA512 = "sha512"
)

// stated returns what is stated under the name of a known hash, and whether
// anything is: a null is stated, and matches nothing.
func stated(h model.Hashes, name string) (sum []byte, ok bool) {
	known := map[string][]byte{nameSHA256: h.SHA256, nameSHA512: h.SHA512}
	if sum = known[name]; sum != nil {
		return sum, true
	}
	_, null := h.Other[name]
	return nil, null
}

// custom keeps the value as Notary writes it again: without white space, and otherwise
// as it came. Notary signs it so, without sorting or escaping it anew, and verifies it
// canonically: only a value that is canonical already can be signed again by Notary's
// clients (notary-v1, 1.2).
func (p *parser) custom(name string) ([]byte, error) {
	p.space()
	from, outFrom := p.pos, len(p.out)
	if err := p.skip(); err != nil {
		return nil, err
	}
	raw := p.in[from:p.pos]
	if bytes.Equal(raw, []byte("null")) {
		return nil, nil
	}
	if bytes.ContainsAny(raw, " \t\r\n") {
		var compact bytes.Buffer
		if err := json.Compact(&compact, raw); err != nil {
			return nil, p.errorf("a custom value is not JSON")
		}
		raw = compact.Bytes()
	}
	if !bytes.Equal(raw, p.out[outFrom:]) || bytes.ContainsAny(raw, "<>&\u2028\u2029") {
		p.file.unsafe = append(p.file.unsafe, name)
	}
	return raw, nil
}
