package flows

import (
	"fmt"
	"slices"
	"strings"

	"trustdeck/model"
	"trustdeck/model/admin/change"
	"trustdeck/model/dialect"
	"trustdeck/model/plan"
	"trustdeck/tui/flow"
)

// Review says what a plan would do, in the words of its dialect, for the person who has to
// accept it: whether it can be done, what changes, what cannot be undone, what others will
// see, who must sign; and in the details each file and step.
func Review(p *plan.Plan, words dialect.Words) flow.Review {
	v := p.Verdict()
	state := string(v.State)
	if v.State == plan.Nothing {
		state = "nothing to do"
	}
	out := flow.Review{Verdict: sentence(state + ": " + v.Text), About: string(p.Parts[0].GUN), Table: summaryTable(p), Facts: facts(p, words)}
	if len(p.Parts) > 1 {
		out.About = fmt.Sprintf("%d repositories", len(p.Parts))
	}
	for i := range p.Parts {
		out.Details = append(out.Details, partDetails(&p.Parts[i], words)...)
	}
	if v.State == plan.Ready {
		out.Details = append(out.Details, inOrder(change.Steps(p)))
	}
	return out
}

// partDetails says of one repository what the review does not begin with.
func partDetails(p *plan.Part, words dialect.Words) []flow.Section {
	base := "There is no trust data yet."
	if len(p.Base) > 0 {
		var files []string
		for _, f := range p.Base {
			files = append(files, fmt.Sprintf("%s %d", f.Role, f.Version))
		}
		base = "Computed from " + strings.Join(files, ", ") + "."
	}
	out := []flow.Section{{Head: string(p.GUN), Lines: []string{base}}}
	if p.Verdict.State == plan.Nothing {
		out[0].Lines = append(out[0].Lines, sentence(p.Verdict.Text))
		return out
	}
	out[0].Lines = append(out[0].Lines, warnings(p)...)
	if len(p.Grants) > 0 {
		out = append(out, granted(p))
	}
	for _, r := range p.Rewrites {
		out = append(out, flow.Section{Head: rewriteHead(r), Lines: rewriteLines(r)})
	}
	return append(out, impact(p.Impact, p.Local.Others, words))
}

// warnings are those of a part, and what of it cannot be undone.
func warnings(p *plan.Part) []string {
	var out []string
	for _, text := range slices.Concat(p.Impact.Irreversible, p.Local.Irreversible) {
		out = append(out, flow.Fact{Label: flow.Final, Text: stopped(text)}.String())
	}
	for _, text := range slices.Concat(p.Impact.Warnings, p.Local.Warnings) {
		out = append(out, flow.Fact{Label: flow.Warning, Text: stopped(text)}.String())
	}
	return out
}

// granted lists in full the keys that get power: whoever accepts the plan compares them
// with what their owners say.
func granted(p *plan.Part) flow.Section {
	out := flow.Section{Head: "NEWLY AUTHORISED KEYS"}
	for _, g := range p.Grants {
		out.Lines = append(out.Lines, "+ "+strings.Join(model.Retype[string](g.Roles), " and ")+": key ID "+string(g.ID))
		if g.Algorithm != "" {
			out.Lines = append(out.Lines, "  "+g.Algorithm)
		}
		if c := g.Certificate; c != nil {
			out.Lines = append(out.Lines, "  certificate ID "+string(c.ID), "  certificate of "+c.Subject+", valid until "+c.NotAfter.Format("2006-01-02"))
		}
		for _, from := range []string{g.File, p.Local.Paths[g.ID]} {
			if from != "" {
				out.Lines = append(out.Lines, "  from "+from)
			}
		}
	}
	return out
}

func rewriteHead(r plan.Rewrite) string {
	if r.From == 0 {
		return fmt.Sprintf("%s, version %d", r.Role, r.To)
	}
	return fmt.Sprintf("%s, version %d to %d", r.Role, r.From, r.To)
}

func rewriteLines(r plan.Rewrite) []string {
	var out []string
	out = append(out, r.Why...)
	out = append(out, r.Diff...)
	before, after := "", r.ExpiresAfter.Format("2006-01-02")
	if !r.ExpiresBefore.IsZero() {
		before = r.ExpiresBefore.Format("2006-01-02")
	}
	out = append(out, "expires "+was(after, before, after, before))
	switch r.Signer {
	case plan.SignedByServer:
		return append(out, "signed by the server")
	case plan.SignedByRobot:
		return append(out, "signed by a robot, the next time it runs")
	case plan.SignedHere:
	}
	for _, n := range r.Needs {
		var signing, signed, others []string
		for _, k := range n.Keys {
			switch {
			case k.Signed:
				signed = append(signed, k.Name)
			case k.Sign:
				signing = append(signing, k.Name)
			case k.Place == plan.PlaceHere:
				others = append(others, k.Name+" (here)")
			default:
				others = append(others, k.Name+" (not on this machine)")
			}
		}
		line := fmt.Sprintf("needs %d of %d keys of %s: signed with %s", n.Threshold, len(n.Keys), n.GrantedBy, orNone(signing))
		switch {
		case n.Bridges:
			line = fmt.Sprintf("also signed with keys of %s: %s", n.GrantedBy, orNone(signing))
		case n.Optional:
			line = fmt.Sprintf("also signed with the keys of %s that are on this machine: %s", n.GrantedBy, orNone(signing))
		}
		if len(signed) > 0 {
			line += "; " + strings.Join(signed, " and ") + " signed before"
		}
		if len(others) > 0 {
			line += "; not with " + strings.Join(others, ", ")
		}
		out = append(out, line)
	}
	return out
}

func orNone(words []string) string {
	if len(words) == 0 {
		return "none"
	}
	return strings.Join(words, " and ")
}

// impact says what others will see.
func impact(i plan.Impact, here []string, words dialect.Words) flow.Section {
	out := flow.Section{Head: "WHAT OTHERS WILL SEE", Lines: []string{
		"A new client: " + i.Fresh + ".",
		"An up-to-date client: " + i.Current + ".",
		"An out-of-date client: " + i.Outdated + ".",
		puller(words) + ": " + i.Pull + ".",
	}}
	for _, line := range pullLines(i.Pulls, true) {
		out.Lines = append(out.Lines, line+".")
	}
	for _, more := range slices.Concat(i.Others, here) {
		out.Lines = append(out.Lines, sentence(more))
	}
	return out
}
