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

// Review says what a plan would do, in the words of its dialect, for whoever has to accept it: whether it can be
// done, what to beware of, what changes, what others will see of it, and the actions
// one by one.
func Review(p *plan.Plan, words dialect.Words) []flow.Section {
	v := p.Verdict()
	out := []flow.Section{{Head: "VERDICT", Lines: []string{sentence(string(v.State) + ": " + v.Text), "Nothing has been changed yet."}}}
	if beware := warnings(p); len(beware) > 0 {
		out = append(out, flow.Section{Head: "BEFORE YOU ACCEPT", Lines: beware})
	}
	for i := range p.Parts {
		out = append(out, reviewPart(&p.Parts[i], words)...)
	}
	if v.State != plan.Ready {
		return out
	}
	return append(out, inOrder(change.Steps(p)))
}

// warnings are those of all parts. Where there are several, each names its
// repository.
func warnings(p *plan.Plan) []string {
	var out []string
	for _, part := range p.Parts {
		if part.Verdict.State == plan.Nothing {
			continue
		}
		where := ": "
		if len(p.Parts) > 1 {
			where = ", " + string(part.GUN) + ": "
		}
		for _, text := range slices.Concat(part.Impact.Warnings, part.Local.Warnings) {
			out = append(out, flow.Warning+where+stopped(text))
		}
		for _, text := range slices.Concat(part.Impact.Irreversible, part.Local.Irreversible) {
			out = append(out, flow.Final+where+stopped(text))
		}
	}
	return out
}

func reviewPart(p *plan.Part, words dialect.Words) []flow.Section {
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
	if len(p.Grants) > 0 {
		out = append(out, granted(p))
	}
	for _, r := range p.Rewrites {
		out = append(out, flow.Section{Head: rewriteHead(r), Lines: rewriteLines(r)})
	}
	return append(out, impact(p.Impact, p.Local.Others, words))
}

// granted lists in full the keys that get power: whoever accepts the plan compares them
// with what their owners say.
func granted(p *plan.Part) flow.Section {
	out := flow.Section{Head: "KEYS THAT MAY SIGN FROM NOW ON"}
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
	for _, why := range r.Why {
		out = append(out, "because "+why)
	}
	out = append(out, r.Diff...)
	expiry := "expires " + r.ExpiresAfter.Format("2006-01-02")
	if !r.ExpiresBefore.IsZero() {
		expiry += ", before " + r.ExpiresBefore.Format("2006-01-02")
	}
	out = append(out, expiry)
	if r.Signer == plan.SignedByServer {
		return append(out, "signed by the server")
	}
	for _, n := range r.Needs {
		var signing, others []string
		for _, k := range n.Keys {
			switch {
			case k.Sign:
				signing = append(signing, k.Name)
			case k.Place == plan.PlaceHere:
				others = append(others, k.Name+" (here)")
			default:
				others = append(others, k.Name+" (not here)")
			}
		}
		line := fmt.Sprintf("needs %d of %d keys of %s: signed with %s", n.Threshold, len(n.Keys), n.GrantedBy, orNone(signing))
		if n.Optional {
			line = fmt.Sprintf("also signed, as far as they are here, with the keys of %s: %s", n.GrantedBy, orNone(signing))
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
		"A client that is up to date: " + i.Current + ".",
		"A client that is out of date: " + i.Outdated + ".",
		words.Pull + ": " + i.Pull + ".",
	}}
	for _, more := range slices.Concat(i.Others, here) {
		out.Lines = append(out.Lines, sentence(more))
	}
	return out
}
