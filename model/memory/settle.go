package memory

import (
	"slices"
	"time"

	"trustdeck/model"
)

// AcceptRoot returns the record after the user has accepted the root of a look that
// does not descend from what is known. Versions are remembered anew from there. The
// remembered root, and those that contradict the new one elsewhere, anchor no more.
func (r Record) AcceptRoot(l Look, contradicting []Superseded, at time.Time) Record {
	was := r.Roles[model.RoleRoot]
	given := slices.Concat(r.Superseded, contradicting)
	if old, ok := r.RootDigest(); ok {
		given = append(given, Superseded{Digest: old, Version: was.Version})
	}
	out := Begin(l)
	for _, s := range given {
		if s.Digest != l.Digest && out.Anchors(s.Digest) {
			out.Superseded = append(out.Superseded, s)
		}
	}
	out.Settled = append(slices.Clone(r.Settled), Settlement{Role: model.RoleRoot, From: was.Version, To: l.Version, Digest: l.Digest, At: at})
	return out
}

// Supersede returns the record after the user has given up roots elsewhere that
// contradict the remembered root. What is remembered of the roles stays.
func (r Record) Supersede(l Look, contradicting []Superseded, at time.Time) Record {
	out := r.Merge(l)
	for _, s := range contradicting {
		if out.Anchors(s.Digest) {
			out.Superseded = append(out.Superseded, s)
		}
	}
	out.Settled = append(out.Settled, Settlement{Role: model.RoleRoot, From: r.Roles[model.RoleRoot].Version, To: l.Version, Digest: l.Digest, At: at})
	return out
}

// AcceptRollback returns the record after the user has accepted what a look has found
// of a role: an older version, other content of the same one, or, where now is nil,
// that the snapshot of version snapshot does not list it any more.
func (r Record) AcceptRollback(role model.RoleName, now *Seen, snapshot int64, at time.Time) Record {
	out := r.clone()
	was := out.Roles[role]
	settled := Settlement{Role: role, From: was.Version, To: was.Version, At: at}
	if now == nil {
		was.Removed = max(was.Removed, was.Listed, snapshot)
		out.Roles[role] = was
		if len(was.Digests) > 0 {
			settled.Digest = was.Digests[0]
		}
	} else {
		out.Roles[role] = *now
		settled.To, settled.Digest = now.Version, now.Digests[0]
		if role == model.RoleSnapshot {
			out.recount(now.Version)
		}
	}
	out.Settled = append(out.Settled, settled)
	return out
}

// recount moves what counts in versions of the snapshot below the one from which they
// count on. Which roles were dropped stays as it was.
func (r *Record) recount(snapshot int64) {
	for name, seen := range r.Roles {
		dropped := seen.Dropped()
		seen.Listed, seen.Removed = min(seen.Listed, snapshot), min(seen.Removed, snapshot)
		if dropped {
			seen.Removed = min(seen.Removed, seen.Listed-1)
		}
		r.Roles[name] = seen
	}
}
