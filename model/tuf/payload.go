package tuf

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"trustdeck/model"
	"trustdeck/model/dialect"
)

// ParsePayload reads what is to be signed of a file: its signed part in canonical form.
func ParsePayload(role model.RoleName, payload []byte) (*File, error) {
	tree, err := canonicalTree(role, payload)
	if err != nil {
		return nil, err
	}
	p := &parser{file: &File{Metadata: model.Metadata{Role: role}, Signed: payload, payload: payload}}
	if p.at("signed", tree, p.signed); p.err != nil {
		return nil, p.err
	}
	return p.file, nil
}

// canonicalTree reads canonical JSON into plain values. In its texts, quotes and backslashes are
// escaped and nothing else, so that they hold line breaks as they are, which JSON does not allow.
func canonicalTree(role model.RoleName, payload []byte) (any, error) {
	d := newDecoder(role, escapeControls(payload))
	d.path = []string{"signed"}
	if limit := limitOf(role); int64(len(payload)) > limit {
		return nil, d.fail(model.ProblemLimit, "has %d bytes; the limit is %d", len(payload), limit)
	}
	if !utf8.Valid(payload) {
		return nil, d.fail(model.ProblemMalformed, "is not text in UTF-8")
	}
	v, err := d.value()
	if err != nil {
		return nil, err
	}
	if d.next(); d.pos < len(d.raw) || !bytes.Equal(appendCanonical(make([]byte, 0, len(payload)), v), payload) {
		return nil, d.fail(model.ProblemMalformed, "is not in canonical form")
	}
	return v, nil
}

// escapeControls writes control characters as JSON escapes them. Outside of texts there are none.
func escapeControls(payload []byte) []byte {
	control := func(r rune) bool { return r < ' ' }
	if bytes.IndexFunc(payload, control) < 0 {
		return payload
	}
	out := make([]byte, 0, len(payload)+len(payload)/8)
	for _, c := range payload {
		if c < ' ' {
			out = fmt.Appendf(out, `\u%04x`, c)
			continue
		}
		out = append(out, c)
	}
	return out
}

// ParsePayload is the function ParsePayload.
func (Dialect) ParsePayload(role model.RoleName, payload []byte) (*dialect.File, error) {
	f, err := ParsePayload(role, payload)
	if err != nil {
		return nil, err
	}
	return f.parsed(), nil
}

// Join spells the file as it is indented that it is to be like.
func (Dialect) Join(role model.RoleName, payload []byte, signatures []dialect.Signature, like []byte) ([]byte, error) {
	tree, err := canonicalTree(role, payload)
	if err != nil {
		return nil, err
	}
	if _, err := ParsePayload(role, payload); err != nil {
		return nil, err
	}
	f := newForm
	if like != nil {
		f = formOf(like)
	}
	all := make([]any, len(signatures))
	for i, sig := range signatures {
		all[i] = spelled(sig)
	}
	return f.write(map[string]any{"signatures": all, "signed": tree}), nil
}

// Beyond lists what is left of the signed part without what Metadata holds: the versions that it
// states of the specification and of consistent snapshots, and all that this package knows only
// in part, or not at all.
func (Dialect) Beyond(f *dialect.File) []string {
	own := ownFile(f)
	v, err := canonicalTree(own.Role, own.payload)
	tree, ok := v.(map[string]any)
	if err != nil || !ok {
		return nil // cannot be: it was read before
	}
	own.strike(tree)
	out := leaves(nil, "", tree)
	slices.Sort(out)
	return out
}

// strike takes out what Metadata holds.
func (f *File) strike(tree map[string]any) {
	drop(tree, "version")
	if !f.looseType {
		drop(tree, "_type")
	}
	if !f.looseExpiry {
		drop(tree, "expires")
	}
	switch {
	case f.Role == model.RoleRoot:
		within(tree, "roles", func(roles map[string]any) {
			for _, name := range model.TopLevelRoles() {
				within(roles, string(name), strikeQuorum)
			}
		})
		strikeKeys(tree)
	case f.Role.HoldsTargets():
		within(tree, "targets", func(targets map[string]any) {
			eachIn(targets, func(t map[string]any) { strikeFile(t) })
		})
		within(tree, "delegations", f.strikeDelegations)
	default:
		within(tree, "meta", func(meta map[string]any) {
			for name := range meta {
				if role, ok := strings.CutSuffix(name, ".json"); ok && role != "" {
					within(meta, name, func(m map[string]any) { drop(m, "version"); strikeFile(m) })
				}
			}
		})
	}
}

func (f *File) strikeDelegations(o map[string]any) {
	strikeKeys(o)
	if f.bins != nil && f.bins.Bits <= MaxListedBins {
		within(o, "succinct_roles", func(spec map[string]any) {
			strikeQuorum(spec)
			drop(spec, "bit_length", "name_prefix")
		})
	}
	roles, ok := o["roles"].([]any)
	if !ok {
		return
	}
	left := map[string]any{}
	for i, v := range roles {
		if spec, ok := v.(map[string]any); ok {
			strikeQuorum(spec)
			drop(spec, "name", "paths", "path_hash_prefixes", "terminating")
			if len(spec) > 0 {
				left[strconv.Itoa(i)] = spec
			}
		}
	}
	if delete(o, "roles"); len(left) > 0 {
		o["roles"] = left
	}
}

// strikeQuorum leaves a list of keys that has one twice, which Metadata holds once.
func strikeQuorum(spec map[string]any) {
	drop(spec, "threshold")
	ids, _ := spec["keyids"].([]any)
	seen := map[any]bool{}
	for _, id := range ids {
		seen[id] = true
	}
	if len(seen) == len(ids) {
		drop(spec, "keyids")
	}
}

func strikeKeys(in map[string]any) {
	within(in, "keys", func(keys map[string]any) {
		eachIn(keys, func(key map[string]any) {
			drop(key, "keytype", "scheme")
			within(key, "keyval", func(val map[string]any) {
				if _, ok := val["public"].(string); ok {
					drop(val, "public")
				}
			})
		})
	})
}

// strikeFile leaves hashes that are spelled with capitals.
func strikeFile(o map[string]any) {
	drop(o, "length", "custom")
	within(o, "hashes", func(hashes map[string]any) {
		maps.DeleteFunc(hashes, func(_ string, v any) bool { s, ok := v.(string); return ok && s == strings.ToLower(s) })
	})
}

func drop(o map[string]any, names ...string) {
	for _, name := range names {
		delete(o, name)
	}
}

// within strikes in an object that is a member of another, and takes the member out where nothing
// is left of it.
func within(o map[string]any, name string, strike func(map[string]any)) {
	if inner, ok := o[name].(map[string]any); ok {
		if strike(inner); len(inner) == 0 {
			delete(o, name)
		}
	}
}

func eachIn(o map[string]any, strike func(map[string]any)) {
	for name := range o {
		within(o, name, strike)
	}
}

// leaves writes what is in a value, one line for each that holds no other.
func leaves(out []string, at string, v any) []string {
	switch v := v.(type) {
	case map[string]any:
		if len(v) == 0 {
			return append(out, at+": {}")
		}
		for name, inner := range v {
			out = leaves(out, joined(at, name), inner)
		}
		return out
	case []any:
		if len(v) == 0 {
			return append(out, at+": []")
		}
		for i, inner := range v {
			out = leaves(out, at+"["+strconv.Itoa(i)+"]", inner)
		}
		return out
	case string:
		return append(out, at+": "+string(appendText(nil, v)))
	case json.Number:
		return append(out, at+": "+string(v))
	default:
		return append(out, at+": "+string(appendCanonical(nil, v)))
	}
}

// joined is the place of a member; a name that could be taken for another place is quoted.
func joined(at, name string) string {
	if name == "" || strings.ContainsAny(name, ".[]\": ") {
		name = string(appendText(nil, name))
	}
	if at == "" {
		return name
	}
	return at + "." + name
}
