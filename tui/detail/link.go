package detail

import (
	"fmt"
	"strings"

	"trustdeck/model"
	"trustdeck/model/admin"
	"trustdeck/model/quorum"
	"trustdeck/tui/text"
)

// Group says how many of a quorum have signed, and how many must.
func Group(q *admin.RootQuorum) string {
	if q == nil {
		return ""
	}
	return fmt.Sprintf("%d of %d, needs %d", q.Signed, len(q.Keys), q.Threshold)
}

// SignedBy names who has signed a root: of its own keys, then of those that the root before
// alone lists. It is clean.
func SignedBy(l *admin.RootLink, holders map[model.KeyID]quorum.Holder) string {
	var names []string
	seen := map[model.KeyID]bool{}
	for _, q := range []*admin.RootQuorum{l.Own, l.Old} {
		if q == nil {
			continue
		}
		for _, k := range q.Keys {
			if k.State == admin.RootKeySigned && !seen[k.ID] {
				seen[k.ID] = true
				names = append(names, KeyHolder(k.ID, holders))
			}
		}
	}
	return strings.Join(names, ", ")
}

// KeyHolder names the holder of a key, or the key where that is unknown. It is clean.
func KeyHolder(id model.KeyID, holders map[model.KeyID]quorum.Holder) string {
	if h := holders[id]; h.Kind != quorum.HolderUnknown {
		return text.Clean(h.String())
	}
	return "key " + text.Clean(id.Short())
}

// Follows says in a word or two whether a root follows from the one before.
func Follows(l *admin.RootLink) string {
	switch {
	case l.Problem != nil:
		return "unreadable"
	case l.Refused != nil:
		return "refused"
	case l.Old == nil:
		return "first"
	default:
		return "follows"
	}
}

// Rotated says what is different of the root keys, in few words; empty where nothing is.
func Rotated(l *admin.RootLink) string {
	var words []string
	for _, c := range []struct {
		n    int
		what string
	}{{len(l.Added), "added"}, {len(l.Removed), "removed"}, {len(l.Relisted), "with new IDs"}} {
		if c.n > 0 {
			words = append(words, fmt.Sprintf("%d %s", c.n, c.what))
		}
	}
	if l.Old != nil && l.Old.Threshold != l.Own.Threshold {
		words = append(words, fmt.Sprintf("threshold %d (was %d)", l.Own.Threshold, l.Old.Threshold))
	}
	return strings.Join(words, ", ")
}
