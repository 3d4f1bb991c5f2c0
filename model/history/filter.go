package history

import (
	"slices"
	"strings"

	"trustdeck/model"
)

// minDigits is the fewest digits of a key ID that name a key.
const minDigits = 4

// Keys are the canonical IDs of the keys that a text names: by the beginning of an ID, in any
// form under which a file lists the key, with or without spaces.
func (t *Timeline) Keys(text string) []model.KeyID {
	digits := strings.ToLower(strings.ReplaceAll(text, " ", ""))
	if len(digits) < minDigits {
		return nil
	}
	var out []model.KeyID
	add := func(id, key model.KeyID) {
		if strings.HasPrefix(string(id), digits) && !slices.Contains(out, key) {
			out = append(out, key)
		}
	}
	for listed, key := range t.Listed {
		add(listed, key)
		add(key, key)
	}
	slices.Sort(out)
	return out
}

// Signer returns the keys that a signer has had, and whether there was such a signer.
func (t *Timeline) Signer(name string) ([]model.KeyID, bool) {
	var out []model.KeyID
	for id, names := range t.Names {
		if slices.Contains(names, name) {
			out = append(out, id)
		}
	}
	slices.Sort(out)
	if len(out) > 0 {
		return out, true
	}
	for i := range t.Publishes {
		if slices.ContainsFunc(t.Publishes[i].Differences, func(d Difference) bool { return d.Signer == name }) {
			return nil, true
		}
	}
	return nil, false
}

// Filter keeps the publishes that a key or a signer has to do with.
type Filter struct {
	// Keys are canonical IDs, Signer a name; empty ones keep nothing.
	Keys   []model.KeyID
	Signer string
}

// Keep reports whether a publish has to do with one of the keys or the signer: a key has
// signed a file of it, or what it may sign has changed.
func (f Filter) Keep(p *Publish) bool {
	for i := range p.Revisions {
		if f.has(p.Revisions[i].Signers) {
			return true
		}
	}
	for i := range p.Timestamps {
		if f.has(p.Timestamps[i].Signers) {
			return true
		}
	}
	for i := range p.Differences {
		d := &p.Differences[i]
		if f.Signer != "" && d.Signer == f.Signer || f.has(d.KeysAdded) || f.has(d.KeysRemoved) || f.has(d.Relisted) {
			return true
		}
	}
	return false
}

func (f Filter) has(keys []model.KeyID) bool {
	return slices.ContainsFunc(keys, func(id model.KeyID) bool { return slices.Contains(f.Keys, id) })
}

// Filtered are the publishes that are kept by all filters.
func (t *Timeline) Filtered(all ...Filter) []Publish {
	var out []Publish
	for i := range t.Publishes {
		if !slices.ContainsFunc(all, func(f Filter) bool { return !f.Keep(&t.Publishes[i]) }) {
			out = append(out, t.Publishes[i])
		}
	}
	return out
}
