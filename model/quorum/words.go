package quorum

import (
	"fmt"
	"strings"

	"trustdeck/model"
)

// Needs is what the groups of a role ask for: "2 of 3", and "2 of 3 and 1 of 2" where they
// are two. It is empty where nothing is known of them.
func (r *Role) Needs() string {
	words := make([]string, len(r.Groups))
	for i := range r.Groups {
		words[i] = fmt.Sprintf("%d of %d", r.Groups[i].Threshold, len(r.Groups[i].Keys))
	}
	return strings.Join(words, " and ")
}

// Loss is how many keys may be lost, in a word or two.
func (r *Role) Loss() string {
	switch {
	case r.Unreachable != "":
		return ""
	case r.Spare > 0:
		return "any " + fmt.Sprint(r.Spare)
	case len(r.Indispensable()) < len(r.Keys):
		return "some"
	default:
		return "none"
	}
}

// Summary is Names, after how many members there must be where that is not known:
// "1 to 3: alice, 2 unknown".
func (c *Coalition) Summary() string {
	if c.Least == c.Most {
		return c.Names()
	}
	return fmt.Sprintf("%d to %d: %s", c.Least, c.Most, c.Names())
}

// Names lists the members: "alice, bob, 2 unknown".
func (c *Coalition) Names() string {
	var words []string
	unknown := 0
	for _, m := range c.Members {
		if m.Name == "" {
			unknown++
			continue
		}
		words = append(words, m.Name)
	}
	switch {
	case unknown == 1:
		words = append(words, "unknown")
	case unknown > 1:
		words = append(words, fmt.Sprintf("%d unknown", unknown))
	}
	return strings.Join(words, ", ")
}

// Explain says in sentences what it takes to publish the role, and what may be lost. Names
// come from metadata and settings as they are.
func (r *Role) Explain() []string {
	if r.Unreachable != "" {
		return append([]string{"No one can publish this role: " + r.Unreachable + "."}, r.oddities()...)
	}
	var out []string
	for i := range r.Groups {
		out = append(out, r.Groups[i].explain())
	}
	if r.Name == model.RoleRoot {
		out = append(out, "A root that lists other root keys also needs a quorum of those.")
	}
	out = append(out, r.Holders.explain("holder"))
	if known := len(r.Organisations.Unknown) < len(r.Keys); known || r.Holders.One() != Yes {
		out = append(out, r.Organisations.explain("organisation"))
	}
	out = append(out, r.explainWeakest())
	out = append(out, r.explainLoss()...)
	return append(out, r.oddities()...)
}

func (g *Group) explain() string {
	from := roleList(g.From)
	if len(g.Keys) == 1 && g.Threshold == 1 {
		return fmt.Sprintf("The one key that %s lists must sign.", from)
	}
	return fmt.Sprintf("%d of the %s that %s lists must sign.", g.Threshold, model.Count(len(g.Keys), "key"), from)
}

// explain says who a smallest coalition is, and how far that is known.
func (c *Coalition) explain(what string) string {
	known := len(c.Members) > 0 && c.Members[0].Name != ""
	bounds := fmt.Sprintf("At least %d and at most %s must sign", c.Least, model.Count(c.Most, what))
	if known {
		bounds += ", for example " + c.Names()
	}
	switch {
	case c.Unfinished:
		return bounds + ". The search for a smaller number stopped early."
	case c.Most == 1 && known:
		return fmt.Sprintf("One %s is enough: %s.", what, c.Names())
	case c.Most == 1:
		return fmt.Sprintf("One %s is enough. The name is unknown.", what)
	case c.Least == c.Most:
		return fmt.Sprintf("%s must sign, for example %s.", model.Count(c.Most, what), c.Names())
	case len(c.Unknown) == 0:
		return bounds + ". It depends on how clients count a key that has several IDs."
	default:
		return fmt.Sprintf("%s. The %s of %s is unknown.", bounds, what, model.Count(len(c.Unknown), "key"))
	}
}

func (r *Role) explainWeakest() string {
	w := r.Weakest
	strength := "of unknown strength"
	if w.Bits > 0 {
		strength = fmt.Sprintf("about %d bits", w.Bits)
	}
	return fmt.Sprintf("The weakest algorithm in any of the smallest coalitions is %s, %s, of %s.", w.Name, strength, keyList(r.WeakestKeys))
}

func (r *Role) explainLoss() []string {
	needed := r.Indispensable()
	switch {
	case r.Spare > 0:
		spare := "one key"
		if r.Spare > 1 {
			spare = model.Count(r.Spare, "key")
		}
		out := []string{"Any " + spare + " can be lost, and the role can still be published."}
		if pairs := len(r.SparePairs()); r.Spare == 1 && pairs > 0 {
			out = append(out, fmt.Sprintf("%s can be lost as well.", model.Count(pairs, "pair of keys")))
		}
		return out
	case len(needed) < len(r.Keys):
		return []string{"These keys cannot be lost: " + keyList(needed) + ". Each of the others can."}
	case len(needed) == 1:
		return []string{"If the key is lost, no one can publish the role."}
	default:
		return []string{"If any one of the keys is lost, no one can publish the role."}
	}
}

// oddities are what is left to say of keys that do not count as listed.
func (r *Role) oddities() []string {
	var out []string
	if n := len(r.Unusable); n > 0 {
		out = append(out, fmt.Sprintf("%s cannot be used and does not count.", model.Count(n, "listed key")))
		if n > 1 {
			out[len(out)-1] = fmt.Sprintf("%s cannot be used and do not count.", model.Count(n, "listed key"))
		}
	}
	if len(r.Repeated) > 0 {
		out = append(out, "Listed under several IDs: "+keyList(r.Repeated)+". It counts once here; a client that counts IDs counts it more often.")
	}
	return out
}

func roleList(roles []model.RoleName) string {
	words := make([]string, len(roles))
	for i, r := range roles {
		words[i] = string(r)
	}
	return strings.Join(words, " and ")
}

// keyList names keys, and how many more there are of a long list.
func keyList(keys []*Key) string {
	const most = 4
	var words []string
	for i, k := range keys {
		if i == most {
			words = append(words, fmt.Sprintf("%d more", len(keys)-most))
			break
		}
		word := "key " + k.ID().Short()
		if k.Holder.Kind != HolderUnknown {
			word += " (" + k.Holder.String() + ")"
		}
		words = append(words, word)
	}
	return strings.Join(words, ", ")
}
