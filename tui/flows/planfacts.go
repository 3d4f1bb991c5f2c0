package flows

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"trustdeck/model"
	"trustdeck/model/dialect"
	"trustdeck/model/plan"
	"trustdeck/tui/flow"
	"trustdeck/tui/text"
)

// mostFacts is how many facts of a kind a review of several repositories begins with: it must
// fit on a screen however many there are. The details have all of them.
const mostFacts = 4

// facts are what decides about a plan: what cannot be undone, what to beware of, who gets
// power, what clients see, and who must sign. What is true of several repositories is
// there once.
func facts(p *plan.Plan, words dialect.Words) []flow.Fact {
	if p.Verdict().State == plan.Nothing {
		return nil
	}
	said := func(label string, of func(*plan.Part) []string) []flow.Fact { return merged(p, label, of) }
	return slices.Concat(
		said(flow.Final, func(p *plan.Part) []string { return slices.Concat(p.Impact.Irreversible, p.Local.Irreversible) }),
		said(flow.Warning, func(p *plan.Part) []string { return slices.Concat(p.Impact.Warnings, p.Local.Warnings) }),
		said("New key", grantedKeys),
		said("Quorum", quorums),
		said(puller(words), func(p *plan.Part) []string { return []string{p.Impact.Pull} }),
		said(text.Capital(words.Target), func(p *plan.Part) []string { return shortened(pullLines(p.Impact.Pulls, false)) }),
		said("Up-to-date client", currentClient),
		said("New client", newClient),
		signing(p),
	)
}

// puller is the client that finds targets for people, where a line is about it.
func puller(words dialect.Words) string { return strings.TrimPrefix(words.Pull, "a ") }

// merged are facts of one kind. A fact that is not about all repositories names those
// that it is about.
func merged(p *plan.Plan, label string, of func(*plan.Part) []string) []flow.Fact {
	var lines []string
	about, parts := map[string][]string{}, 0
	for i := range p.Parts {
		part := &p.Parts[i]
		if part.Verdict.State == plan.Nothing {
			continue
		}
		parts++
		for _, line := range of(part) {
			if about[line] == nil {
				lines = append(lines, line)
			}
			about[line] = append(about[line], text.Repo(part.GUN))
		}
	}
	var out []flow.Fact
	for i, line := range lines {
		if len(p.Parts) > 1 && i == mostFacts-1 && len(lines) > mostFacts {
			return append(out, flow.Fact{Label: label, Text: fmt.Sprintf("%d more of this kind are in the details.", len(lines)-i)})
		}
		if len(about[line]) < parts {
			line = few(about[line]) + ": " + line
		}
		out = append(out, flow.Fact{Label: label, Text: stopped(line)})
	}
	return out
}

// few names the first of many.
func few(names []string) string {
	const most = 3
	if len(names) > most {
		return fmt.Sprintf("%s and %d more", strings.Join(names[:most], ", "), len(names)-most)
	}
	return text.List(names)
}

// grantedKeys are the keys that exist already and get power, in full: they are compared
// with what their owners say.
func grantedKeys(p *plan.Part) []string {
	var out []string
	for _, g := range p.Grants {
		out = append(out, fmt.Sprintf("%s for %s", g.ID, text.List(model.Retype[string](g.Roles))))
	}
	return out
}

// quorums say what it takes to sign roles, and how many keys can be lost, before and after.
func quorums(p *plan.Part) []string {
	var out []string
	for _, q := range p.Quorums {
		line := fmt.Sprintf("%s: %d of %d must sign", q.Role, q.After.Threshold, q.After.Keys)
		if q.Before.Keys > 0 {
			line += fmt.Sprintf(" (was %d of %d)", q.Before.Threshold, q.Before.Keys)
		}
		line += "; " + spare(q.After)
		if q.Before.Keys > 0 && q.Before.Spare != q.After.Spare {
			line += " (was: " + spare(q.Before) + ")"
		}
		out = append(out, line)
	}
	return out
}

// spare says how many keys can be lost.
func spare(q plan.QuorumState) string {
	switch q.Spare {
	case 0:
		return "if a key is lost, no one can sign it"
	case 1:
		return "any one key can be lost"
	default:
		return fmt.Sprintf("any %d keys can be lost", q.Spare)
	}
}

// currentClient is what a client sees that is up to date; nobody is in a new repository.
func currentClient(p *plan.Part) []string {
	if len(p.Base) == 0 {
		return nil
	}
	return []string{p.Impact.Current}
}

// newClient is what a new client sees, where it has to trust another root.
func newClient(p *plan.Part) []string {
	root := slices.ContainsFunc(p.Changes, func(c model.Change) bool {
		r, ok := c.(model.RotateKey)
		return ok && r.Role == model.RoleRoot
	})
	if len(p.Base) > 0 && !root {
		return nil
	}
	return []string{p.Impact.Fresh}
}

// signing says who must sign. Of several repositories it counts the keys, and names those
// that are missing.
func signing(p *plan.Plan) []flow.Fact {
	if len(p.Parts) == 1 {
		if groups := keyGroups(&p.Parts[0]); len(groups) > 0 {
			return []flow.Fact{{Label: "Must sign", Text: stopped(strings.Join(groups, "; "))}}
		}
		return nil
	}
	places := map[string]int{}
	seen := map[string]bool{}
	missing := merged(p, "Missing", func(part *plan.Part) []string {
		var out []string
		for _, r := range part.Rewrites {
			for _, n := range r.Needs {
				if lacks := lacking(n); !n.Optional && len(lacks) > 0 && n.Threshold > len(signers(n)) {
					out = append(out, fmt.Sprintf("%s: %s", r.Role, strings.Join(lacks, " or ")))
				}
				for _, k := range signers(n) {
					if key := string(part.GUN) + " " + string(k.Listed); !n.Optional && !seen[key] {
						seen[key] = true
						places[place(k)]++
					}
				}
			}
		}
		return deduplicated(out)
	})
	if len(seen) == 0 {
		return missing
	}
	line := model.Count(len(seen), "key") + " present: " + counted(places)
	if len(missing) == 0 {
		line += "; none is missing"
	}
	return append([]flow.Fact{{Label: "Must sign", Text: stopped(line)}}, missing...)
}

// counted says how many keys are in which place.
func counted(places map[string]int) string {
	var out []string
	if n := places[keyFile]; n > 0 {
		out = append(out, model.Count(n, keyFile))
	}
	for _, name := range []string{serverHeld, toBeMade} {
		if n := places[name]; n > 0 {
			out = append(out, fmt.Sprintf("%d %s", n, name))
		}
	}
	for _, name := range slices.Sorted(maps.Keys(places)) {
		if name != keyFile && name != serverHeld && name != toBeMade {
			out = append(out, fmt.Sprintf("%d on %s", places[name], name))
		}
	}
	return strings.Join(out, ", ")
}

// keyGroups are the groups of keys that must sign, each with what it signs.
func keyGroups(p *plan.Part) []string {
	var groups []string
	roles := map[string][]string{}
	for _, r := range p.Rewrites {
		for _, n := range r.Needs {
			if n.Optional {
				continue
			}
			group := keyGroup(n)
			if roles[group] == nil {
				groups = append(groups, group)
			}
			if !slices.Contains(roles[group], string(r.Role)) {
				roles[group] = append(roles[group], string(r.Role))
			}
		}
	}
	for i, group := range groups {
		groups[i] = text.List(roles[group]) + ": " + group
	}
	return groups
}

// keyGroup says which keys of a group sign, where they are, and which are missing.
func keyGroup(n plan.Quorum) string {
	var names []string
	for _, k := range signers(n) {
		names = append(names, k.Name+" ("+place(k)+")")
	}
	out := fmt.Sprintf("%d of %d, %s", n.Threshold, len(n.Keys), strings.Join(names, " and "))
	signed := signedBefore(n)
	if len(signed) > 0 {
		out = strings.TrimSuffix(out, ", ") + ", signed before by " + strings.Join(signed, " and ")
	}
	if lacks := lacking(n); n.Threshold > len(names)+len(signed) && len(lacks) > 0 {
		out = strings.TrimSuffix(out, ", ") + ", missing " + strings.Join(lacks, " or ")
	}
	return strings.TrimSuffix(out, ", ")
}

// signers are the keys of a group that sign.
func signers(n plan.Quorum) []plan.Key {
	return slices.DeleteFunc(slices.Clone(n.Keys), func(k plan.Key) bool { return !k.Sign })
}

// signedBefore are the keys of a group that have signed already.
func signedBefore(n plan.Quorum) []string {
	var out []string
	for _, k := range n.Keys {
		if k.Signed {
			out = append(out, k.Name)
		}
	}
	return out
}

// lacking are the keys of a group that are somewhere else, and have not signed.
func lacking(n plan.Quorum) []string {
	var out []string
	for _, k := range n.Keys {
		if k.Place == plan.PlaceUnknown && !k.Signed {
			out = append(out, k.Name)
		}
	}
	return out
}

// The places of keys that sign.
const (
	keyFile    = "key file"
	serverHeld = "server-held"
	toBeMade   = "to be made"
)

// place says where a key that signs is.
func place(k plan.Key) string {
	switch {
	case k.Place == plan.PlaceServer:
		return serverHeld
	case k.ID == "":
		return toBeMade
	case k.Token != "":
		return k.Token
	default:
		return keyFile
	}
}
