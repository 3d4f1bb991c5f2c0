package history

import (
	"fmt"
	"strings"

	"trustdeck/model"
)

// NamerOf names keys by the signers who have had them and the beginning of their IDs, and roles
// as a function says.
func (t *Timeline) NamerOf(role func(model.RoleName) string) Namer {
	return Namer{Role: role, Key: func(id model.KeyID) string {
		if names := t.Names[id]; len(names) > 0 {
			return strings.Join(names, "/") + " " + id.Short()
		}
		return id.Short()
	}}
}

// FullNames names roles as the metadata does.
func FullNames(name model.RoleName) string { return string(name) }

// Name is what a publish is called.
func (p *Publish) Name() string {
	switch p.Kind {
	case RootOnly:
		return fmt.Sprintf("root %d", p.Root)
	case Deletion:
		return "deletion"
	case Snapshot:
		return fmt.Sprintf("publish %d", p.Snapshot)
	default:
		return string(p.Kind)
	}
}

// Lines says in words how who could sign has changed.
func (p *Publish) Lines(n Namer) []Line {
	var out []Line
	for i := range p.Differences {
		out = append(out, p.Differences[i].Lines(n)...)
	}
	return out
}

// Summary says what a publish did in a few words: who could sign first, then targets. Target is
// what people call a target.
func (p *Publish) Summary(n Namer, target string) string {
	switch {
	case p.Kind == Deletion:
		return "all trust data deleted"
	case p.First:
		return "first publish" + p.tail(target)
	}
	var words []string
	for _, l := range p.Lines(n) {
		words = append(words, l.String())
	}
	if tail := p.targets(target); tail != "" {
		words = append(words, tail)
	}
	if len(words) == 0 {
		return p.resigned(n)
	}
	return strings.Join(words, "; ")
}

func (p *Publish) tail(target string) string {
	if words := p.targets(target); words != "" {
		return ", " + words
	}
	return ""
}

// targets counts the targets that differ, each once: signers sign the same in several roles.
func (p *Publish) targets(target string) string {
	seen := map[string]bool{}
	var all Targets
	for i := range p.Revisions {
		t := &p.Revisions[i].Targets
		if t.Total() > len(t.List) {
			return t.Count(target) + " in " + string(p.Revisions[i].Role)
		}
		for _, c := range t.List {
			if key := string(c.Change) + "\x00" + c.Name; !seen[key] {
				seen[key] = true
				all.List = append(all.List, c)
			}
		}
	}
	for _, c := range all.List {
		switch c.Change {
		case Added:
			all.Added++
		case Removed:
			all.Removed++
		case Changed:
			all.Changed++
		}
	}
	if all.Total() == 1 {
		return fmt.Sprintf("%s %q %s", target, all.List[0].Name, all.List[0].Change)
	}
	return all.Count(target)
}

// resigned names the roles that were signed again with nothing else changed.
func (p *Publish) resigned(n Namer) string {
	var roles []string
	for i := range p.Revisions {
		if r := &p.Revisions[i]; r.Unchanged {
			roles = append(roles, n.Role(r.Role))
		}
	}
	switch {
	case len(roles) > 0:
		return "re-signed unchanged: " + strings.Join(roles, ", ")
	case len(p.Revisions) == 1 && p.Revisions[0].Role == model.RoleSnapshot:
		return "snapshot re-signed"
	default:
		return "no change to compare"
	}
}

// What says what became of a file: what changed in it, or that nothing did.
func (r *Revision) What(target string) string {
	switch {
	case r.Role == model.RoleSnapshot || r.Role == model.RoleTimestamp:
		return ""
	case r.Compared && r.Targets.Total() > 0:
		return r.Targets.Count(target)
	case r.Unchanged:
		return "contents unchanged"
	case r.Compared || r.Was == 0:
		return ""
	default:
		return "not compared"
	}
}

// String is the gap in words.
func (g Gap) String() string {
	switch g.First {
	case 0:
		return fmt.Sprintf("%s v%d and older", g.Role, g.Last)
	case g.Last:
		return fmt.Sprintf("%s v%d", g.Role, g.Last)
	default:
		return fmt.Sprintf("%s v%d to v%d", g.Role, g.First, g.Last)
	}
}

// String says whose word a time is.
func (c Clock) String() string {
	switch c {
	case ClockFeed:
		return "by the server's list of changes"
	case ClockFile:
		return "time of the file"
	case ClockNone:
		return "time not known"
	default:
		return string(c)
	}
}
