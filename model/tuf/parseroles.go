package tuf

import (
	"cmp"
	"encoding/hex"
	"encoding/json"
	"slices"
	"strings"

	"trustdeck/model"
)

func (p *parser) root(o map[string]any) {
	f := p.file
	p.at("keys", o["keys"], p.keys)
	if v, ok := o["consistent_snapshot"]; ok {
		p.at("consistent_snapshot", v, func(v any) { f.ConsistentSnapshot = p.boolean(v) })
	}
	p.at("roles", o["roles"], func(v any) {
		roles := p.object(v)
		for _, name := range model.TopLevelRoles() {
			p.at(string(name), roles[string(name)], func(v any) {
				edge := model.Delegation{Name: name}
				p.quorum(p.object(v), &edge.KeyIDs, &edge.Threshold)
				if o := p.object(v); o != nil && name != model.RoleRoot && name != model.RoleTargets {
					p.period(name, o)
				}
				f.Roles = append(f.Roles, edge)
			})
		}
		for name := range roles {
			if !model.RoleName(name).TopLevel() {
				p.remark(model.ProblemMalformed, model.Notice, "root lists the role %q, which is not a top-level role", clip(name))
			}
		}
	})
	slices.SortFunc(f.Roles, func(a, b model.Delegation) int { return cmp.Compare(a.Name, b.Name) })
}

// quorum reads which keys may sign a role, and how many must.
func (p *parser) quorum(o map[string]any, ids *[]model.KeyID, threshold *int64) {
	*ids = []model.KeyID{}
	seen := map[model.KeyID]bool{}
	p.at("keyids", o["keyids"], func(v any) {
		p.list(v, MaxKeyIDs, func(v any) {
			id := model.KeyID(p.text(v))
			if seen[id] {
				p.remark(model.ProblemClients, model.Warning, "%s is listed with the key %s twice; it counts once", place(p.path[1:len(p.path)-2]), clip(id.Short()))
				return
			}
			seen[id] = true
			*ids = append(*ids, id)
		})
	})
	p.at("threshold", o["threshold"], func(v any) { *threshold = p.integer(v, 1) })
}

func (p *parser) keys(v any) {
	if len(p.object(v)) > MaxKeys {
		p.fail(model.ProblemLimit, "has more than the limit of %d keys", MaxKeys)
		return
	}
	p.each(v, func(id string, v any) {
		k := &keyObject{PublicKey: model.PublicKey{ID: model.KeyID(id)}}
		o := p.object(v)
		p.at("keytype", o["keytype"], func(v any) { k.Type = model.KeyType(p.text(v)) })
		if v, ok := o["scheme"]; ok {
			p.at("scheme", v, func(v any) { k.Scheme = p.text(v) })
		}
		p.at("keyval", o["keyval"], func(v any) {
			// Keys of other types have other members: only one that is verified with needs this.
			public, _ := p.object(v)["public"].(string)
			k.Public = []byte(public)
		})
		k.Holder, k.Online = holder(o)
		if p.err == nil {
			k.ids = version1.keyIDs(o)
		}
		p.file.keys = append(p.file.keys, k)
		p.file.Keys = append(p.file.Keys, k.PublicKey)
	})
}

// holder is who has the private key, as tuf-on-ci and Repository Service for TUF note it on
// the key, and whether a service has it.
func holder(o map[string]any) (name string, online bool) {
	uri, _ := o["x-tuf-on-ci-online-uri"].(string)
	for _, member := range []string{"x-tuf-on-ci-keyowner", "name", "x-rstuf-key-name"} {
		if name, _ = o[member].(string); name != "" {
			break
		}
	}
	rstuf, _ := o["x-rstuf-online-key-uri"].(string)
	return name, uri != "" || rstuf != ""
}

func (p *parser) targets(o map[string]any) {
	p.at("targets", o["targets"], func(v any) {
		p.file.Targets = make([]model.Target, 0, len(p.object(v)))
		p.each(v, func(name string, v any) {
			t := model.Target{Name: p.short(name, MaxTargetName)}
			o := p.object(v)
			p.at("length", o["length"], func(v any) { t.Length = p.integer(v, 0) })
			p.at("hashes", o["hashes"], func(v any) { t.Hashes = p.hashes(v) })
			t.Custom = custom(o)
			p.file.Targets = append(p.file.Targets, t)
		})
	})
	if v := o["delegations"]; v != nil {
		p.at("delegations", v, p.delegations)
	}
}

// custom is the custom member; nil where there is none.
func custom(o map[string]any) []byte {
	v, ok := o["custom"]
	if !ok {
		return nil
	}
	var out strings.Builder
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	if enc.Encode(v) != nil {
		return nil // cannot be: it was read as JSON
	}
	return []byte(strings.TrimSuffix(out.String(), "\n"))
}

// hashes reads an object of at least one hash, in hexadecimal.
func (p *parser) hashes(v any) (out model.Hashes) {
	if len(p.object(v)) == 0 {
		p.fail(model.ProblemMalformed, "has no hash")
	}
	p.each(v, func(name string, v any) {
		raw, err := hex.DecodeString(p.text(v))
		if err != nil {
			p.fail(model.ProblemMalformed, "is not in hexadecimal")
		}
		switch name {
		case "sha256":
			out.SHA256 = raw
		case "sha512":
			out.SHA512 = raw
		default:
			if out.Other == nil {
				out.Other = map[string][]byte{}
			}
			out.Other[name] = raw
		}
	})
	return out
}

func (p *parser) meta(v any) {
	p.each(v, func(name string, v any) {
		role, ok := strings.CutSuffix(name, ".json")
		if !ok || role == "" {
			p.remark(model.ProblemMalformed, model.Notice, "%s lists %q, which is not the name of a metadata file", p.file.Role, clip(name))
			return
		}
		m := model.MetaEntry{Role: model.RoleName(role)}
		o := p.object(v)
		p.at("version", o["version"], func(v any) { m.Version = p.integer(v, 1) })
		if v, ok := o["length"]; ok {
			p.at("length", v, func(v any) { m.Length = p.integer(v, 1) })
		}
		if v, ok := o["hashes"]; ok {
			p.at("hashes", v, func(v any) { m.Hashes = p.hashes(v) })
		}
		m.Custom = custom(o)
		p.file.Meta = append(p.file.Meta, m)
	})
	slices.SortFunc(p.file.Meta, func(a, b model.MetaEntry) int { return cmp.Compare(a.Role, b.Role) })
	if p.file.Role == model.RoleTimestamp && p.err == nil && p.file.Entry(model.RoleSnapshot) == nil {
		p.fail(model.ProblemMalformed, "does not list snapshot.json")
	}
}

func (p *parser) delegations(v any) {
	o := p.object(v)
	p.at("keys", o["keys"], p.keys)
	roles, succinct := o["roles"], o["succinct_roles"]
	switch {
	case roles != nil && succinct != nil:
		p.fail(model.ProblemDelegation, "has both roles and succinct_roles but must have only one")
	case succinct != nil:
		p.at("succinct_roles", succinct, p.succinct)
	default:
		p.at("roles", roles, p.delegatedRoles)
	}
}

func (p *parser) delegatedRoles(v any) {
	p.list(v, MaxRoles, func(v any) {
		edge, o := model.Delegation{}, p.object(v)
		p.at("name", o["name"], func(v any) { edge.Name = p.delegatedName(p.text(v)) })
		p.quorum(o, &edge.KeyIDs, &edge.Threshold)
		if v, ok := o["terminating"]; ok {
			p.at("terminating", v, func(v any) { edge.Terminating = p.boolean(v) })
		}
		paths, prefixes := o["paths"], o["path_hash_prefixes"]
		switch {
		case paths != nil && prefixes != nil:
			p.fail(model.ProblemDelegation, "has both paths and path_hash_prefixes but must have only one")
		case prefixes != nil:
			p.at("path_hash_prefixes", prefixes, func(v any) {
				p.list(v, MaxPaths, func(v any) {
					edge.PathHashPrefixes = append(edge.PathHashPrefixes, p.short(p.text(v), MaxPattern))
				})
			})
		case paths != nil:
			p.at("paths", paths, func(v any) {
				p.list(v, MaxPaths, func(v any) { edge.Paths = append(edge.Paths, p.short(p.text(v), MaxPattern)) })
			})
		default:
			p.remark(model.ProblemDelegation, model.Warning, "the delegation to %q has neither paths nor hash prefixes, so it covers no target", clip(string(edge.Name)))
		}
		p.file.Roles = append(p.file.Roles, edge)
	})
}

// delegatedName checks that a delegation can be called so.
func (p *parser) delegatedName(name string) model.RoleName {
	role, err := ParseRole(name)
	switch {
	case p.err != nil:
	case err != nil:
		p.fail(model.ProblemDelegation, "cannot be: %v", err)
	case role.TopLevel():
		p.fail(model.ProblemDelegation, "is %q, which is the name of a top-level role", name)
	}
	return role
}

// succinct reads a delegation to hash bins (TAP 15).
func (p *parser) succinct(v any) {
	o := p.object(v)
	b := &bins{}
	p.quorum(o, &b.keyIDs, &b.threshold)
	p.at("bit_length", o["bit_length"], func(v any) {
		if b.Bits = int(p.integer(v, 1)); b.Bits > 32 {
			p.fail(model.ProblemMalformed, "is %d but must be at most 32", b.Bits)
		}
	})
	p.at("name_prefix", o["name_prefix"], func(v any) { b.Prefix = string(p.delegatedName(p.text(v))) })
	p.file.bins = b
	if p.err == nil && b.Bits <= MaxListedBins {
		for i := range uint32(1) << b.Bits {
			p.file.Roles = append(p.file.Roles, b.edge(b.name(i)))
		}
	}
}
