package flows

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"trustdeck/model"
	"trustdeck/model/plan"
	"trustdeck/tui/flow"
	"trustdeck/tui/text"
)

// summaryTable has a row for each role that a plan changes; of several repositories, a row
// for each of them.
func summaryTable(p *plan.Plan) flow.Table {
	if len(p.Parts) == 1 {
		out := flow.Table{Columns: []flow.Column{{Title: "ROLE"}, {Title: "VERSION", Word: "version"}, {Title: "THRESHOLD"}, {Title: "EXPIRES", Word: "expires"}}}
		for i := range p.Parts[0].Summary {
			out.Rows = append(out.Rows, roleRow(&p.Parts[0].Summary[i], relisted(&p.Parts[0])))
		}
		return out
	}
	out := flow.Table{Columns: []flow.Column{{Title: "REPOSITORY"}, {Title: "CHANGES"}}}
	names := shortNames(p)
	for i := range p.Parts {
		out.Rows = append(out.Rows, flow.Row{Cells: []string{names[i], strings.Join(partChanges(&p.Parts[i]), ", ")}})
	}
	return out
}

// shortNames are the names of the repositories, without a registry that all of them have.
func shortNames(p *plan.Plan) []string {
	var full, short []string
	registries := map[string]bool{}
	for i := range p.Parts {
		name := string(p.Parts[i].GUN)
		full, short = append(full, name), append(short, text.Repo(p.Parts[i].GUN))
		registries[strings.TrimSuffix(text.Clean(name), short[i])] = true
	}
	if len(registries) > 1 {
		return full
	}
	return short
}

// relisted says how a part lists keys that stay under other IDs.
func relisted(p *plan.Part) string {
	if slices.ContainsFunc(p.Changes, func(c model.Change) bool { _, ok := c.(model.RestateKeys); return ok }) {
		return "under a new key ID"
	}
	return "with a new certificate"
}

// roleRow is a role with what it was.
func roleRow(r *plan.RoleSummary, relisted string) flow.Row {
	row := flow.Row{Cells: []string{string(r.Role), versionOf(r), thresholdOf(r), expiryOf(r)}}
	if r.Difference == plan.Removed {
		row.More = append(row.More, "- role removed")
	}
	for i := range r.Edges {
		e := &r.Edges[i]
		if len(r.Edges) > 1 && e.Difference != plan.Kept {
			row.More = append(row.More, fmt.Sprintf("by %s: %s", e.From, edgeThreshold(e)))
		}
		row.More = append(row.More, keyChanges(r.Role, e.Keys, relisted)...)
		if e.Difference == plan.Changed {
			row.More = append(row.More, pathChanges(e)...)
		}
	}
	row.More = deduplicated(row.More)
	return row
}

// was adds what something was before, where it was something else.
func was[T comparable](now string, before, after T, then string) string {
	var none T
	if before == after || before == none {
		return now
	}
	return now + " (was " + then + ")"
}

func versionOf(r *plan.RoleSummary) string {
	before := fmt.Sprint(r.VersionBefore)
	switch {
	case r.VersionAfter == 0:
		return was("none", r.VersionBefore, 0, before)
	case r.VersionBefore == 0:
		return fmt.Sprint(r.VersionAfter) + " (new)"
	default:
		return was(fmt.Sprint(r.VersionAfter), r.VersionBefore, r.VersionAfter, before)
	}
}

// thresholdOf is that of the first delegation to a role which stays.
func thresholdOf(r *plan.RoleSummary) string {
	for i := range r.Edges {
		if r.Edges[i].Difference != plan.Removed {
			return edgeThreshold(&r.Edges[i])
		}
	}
	return ""
}

func edgeThreshold(e *plan.EdgeSummary) string {
	before, after := fmt.Sprintf("%d of %d", e.ThresholdBefore, e.Before()), fmt.Sprintf("%d of %d", e.ThresholdAfter, e.After())
	switch e.Difference {
	case plan.Removed:
		return "none (was " + before + ")"
	case plan.Added:
		return after
	default:
		return was(after, before, after, before)
	}
}

func expiryOf(r *plan.RoleSummary) string {
	if r.ExpiresAfter.IsZero() || r.Difference == plan.Removed {
		return ""
	}
	before, after := r.ExpiresBefore.Format(time.DateOnly), r.ExpiresAfter.Format(time.DateOnly)
	if r.ExpiresBefore.IsZero() {
		return after
	}
	return was(after, before, after, before)
}

// pathChanges are the paths that a role gets and loses.
func pathChanges(e *plan.EdgeSummary) []string {
	var out []string
	tell := func(sign string, paths, others []string) {
		for _, path := range paths {
			if !slices.Contains(others, path) {
				out = append(out, fmt.Sprintf("%s path %q", sign, path))
			}
		}
	}
	tell("-", e.PathsBefore, e.PathsAfter)
	tell("+", e.PathsAfter, e.PathsBefore)
	return out
}

// keyChanges are the keys that a role gets and loses, and those that are listed anew.
func keyChanges(role model.RoleName, keys []plan.KeySummary, relisted string) []string {
	var out []string
	for _, k := range keys {
		switch name := summaryKey(role, k); k.Difference {
		case plan.Removed:
			out = append(out, "- "+name)
		case plan.Added:
			out = append(out, "+ "+name)
		case plan.Changed:
			out = append(out, "+ "+name+" "+relisted)
		case plan.Kept:
		}
	}
	return out
}

// summaryKey names a key by who has it, or what it signs, and by its ID.
func summaryKey(role model.RoleName, k plan.KeySummary) string {
	switch {
	case k.ID == "":
		return k.Name
	case k.Name == "" && role.TopLevel():
		return string(role) + " key " + k.ID.Short()
	default:
		return cmp.Or(k.Name, "key") + " " + k.ID.Short()
	}
}

// partChanges says in short what a part of several changes: keys that go and come, then roles.
func partChanges(p *plan.Part) []string {
	if p.Verdict.State == plan.Nothing {
		why, _, _ := strings.Cut(p.Verdict.Text, ";")
		return []string{"unchanged: " + why}
	}
	var out, gone, come []string
	if p.Verdict.State != plan.Ready {
		out = append(out, string(p.Verdict.State))
	}
	if len(p.Base) == 0 {
		out = append(out, "new repository")
	}
	for i := range p.Summary {
		r := &p.Summary[i]
		for _, e := range r.Edges {
			for _, line := range keyChanges(r.Role, e.Keys, relisted(p)) {
				switch {
				case flow.WeightOf(line) == flow.Lost:
					gone = append(gone, line)
				case len(p.Base) > 0: // in a new repository all keys are new
					come = append(come, line)
				}
			}
		}
	}
	return slices.Concat(out, deduplicated(gone), deduplicated(come), roleChanges(p))
}

// roleChanges names the roles that come, go, and are signed here.
func roleChanges(p *plan.Part) []string {
	var out, signed []string
	for i := range p.Summary {
		switch r := &p.Summary[i]; {
		case r.Difference == plan.Removed:
			out = append(out, fmt.Sprintf("%s removed", r.Role))
		case r.Signer != plan.SignedHere || r.Role == model.RoleSnapshot:
		case r.ExpiresAfter.Format(time.DateOnly) == r.ExpiresBefore.Format(time.DateOnly):
			signed = append(signed, fmt.Sprintf("%s %d", r.Role, r.VersionAfter))
		default:
			signed = append(signed, fmt.Sprintf("%s %d expires %s", r.Role, r.VersionAfter, expiryOf(r)))
		}
	}
	return append(out, signed...)
}

// deduplicated leaves out lines that are there already.
func deduplicated(lines []string) []string {
	var out []string
	for _, line := range lines {
		if !slices.Contains(out, line) {
			out = append(out, line)
		}
	}
	return out
}
