package dialect

import (
	"trustdeck/model"
	"trustdeck/model/memory"
)

// Remember makes a record of files that were verified when they were saved, by a trustdeck
// that had no memory yet. ok is false where they hold no root that can be read.
func Remember(d Reader, files map[model.RoleName]Stored) (r memory.Record, ok bool) {
	look := memory.Look{Roles: map[model.RoleName]memory.Seen{}}
	for name, stored := range files {
		f, err := d.Parse(name, stored.Raw)
		if err != nil {
			continue
		}
		digest := memory.DigestOf(f.Payload)
		look.Roles[name] = memory.Seen{Version: f.Version, Digests: []memory.Digest{digest}}
		if name == model.RoleRoot {
			look.Root, look.Version, look.Digest = stored.Raw, f.Version, digest
		}
	}
	if look.Root == nil {
		return r, false
	}
	for name, seen := range look.Roles {
		if name.Delegation() {
			seen.Listed = look.Roles[model.RoleSnapshot].Version
			look.Roles[name] = seen
		}
	}
	return memory.Begin(look), true
}
