package flow

import (
	"fmt"
	"slices"
	"strings"

	"trustdeck/model"
	"trustdeck/model/admin"
	"trustdeck/model/plan"
)

// Section is a part of a review page: a heading and lines. A line may hold names
// that came from outside; it is cleaned where it is shown.
type Section struct {
	Head  string
	Lines []string
}

// The first words of the lines of a review that must not be overlooked.
const (
	warning  = "Warning"
	final    = "Cannot be undone"
	added    = "+ "
	replaced = "- "
)

// Weight says how much a line of a review wants to be seen.
type Weight int

// The weights.
const (
	// Plain is a fact, Gained and Lost are what the change adds and takes away.
	Plain Weight = iota
	Gained
	Lost
	// Grave is a warning, or what cannot be undone.
	Grave
)

// WeightOf tells the weight of a line of a review.
func WeightOf(line string) Weight {
	switch {
	case strings.HasPrefix(line, warning), strings.HasPrefix(line, final):
		return Grave
	case strings.HasPrefix(line, added):
		return Gained
	case strings.HasPrefix(line, replaced):
		return Lost
	default:
		return Plain
	}
}

// Review says what a plan would do, for whoever has to accept it: whether it can be
// done, what to beware of, what changes, what others will see of it, and the actions
// one by one.
func Review(p *plan.Plan) []Section {
	v := p.Verdict()
	out := []Section{{Head: "VERDICT", Lines: []string{sentence(string(v.State) + ": " + v.Text), "Nothing has been changed yet."}}}
	if beware := warnings(p); len(beware) > 0 {
		out = append(out, Section{Head: "BEFORE YOU ACCEPT", Lines: beware})
	}
	for i := range p.Parts {
		out = append(out, reviewPart(&p.Parts[i])...)
	}
	if v.State != plan.Ready {
		return out
	}
	steps := Section{Head: "ACTIONS"}
	for i, s := range admin.Steps(p) {
		steps.Lines = append(steps.Lines, fmt.Sprintf("%d. %s", i+1, s.Text))
	}
	return append(out, steps)
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
			out = append(out, warning+where+stopped(text))
		}
		for _, text := range slices.Concat(part.Impact.Irreversible, part.Local.Irreversible) {
			out = append(out, final+where+stopped(text))
		}
	}
	return out
}

func reviewPart(p *plan.Part) []Section {
	base := "There is no trust data yet."
	if len(p.Base) > 0 {
		var files []string
		for _, f := range p.Base {
			files = append(files, fmt.Sprintf("%s %d", f.Role, f.Version))
		}
		base = "Computed from " + strings.Join(files, ", ") + "."
	}
	out := []Section{{Head: string(p.GUN), Lines: []string{base}}}
	if p.Verdict.State == plan.Nothing {
		out[0].Lines = append(out[0].Lines, sentence(p.Verdict.Text))
		return out
	}
	if len(p.Grants) > 0 {
		out = append(out, grants(p))
	}
	for _, r := range p.Rewrites {
		out = append(out, Section{Head: rewriteHead(r), Lines: rewriteLines(r)})
	}
	return append(out, impact(p.Impact, p.Local.Others))
}

// grants lists in full the keys that get power: whoever accepts the plan compares them
// with what their owners say.
func grants(p *plan.Part) Section {
	out := Section{Head: "KEYS THAT MAY SIGN FROM NOW ON"}
	for _, g := range p.Grants {
		var roles []string
		for _, role := range g.Roles {
			roles = append(roles, string(role))
		}
		out.Lines = append(out.Lines, added+strings.Join(roles, " and ")+": key ID "+string(g.ID))
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
		line := fmt.Sprintf("needs %d of %d keys of %s: signed with %s", n.Threshold, len(n.Keys), n.Authority, orNone(signing))
		if n.Optional {
			line = fmt.Sprintf("also signed, as far as they are here, with the keys of %s: %s", n.Authority, orNone(signing))
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
func impact(i plan.Impact, here []string) Section {
	out := Section{Head: "WHAT OTHERS WILL SEE", Lines: []string{
		"A new client: " + i.Fresh + ".",
		"A client that is up to date: " + i.Current + ".",
		"A client that is out of date: " + i.Outdated + ".",
		"docker pull: " + i.Pull + ".",
	}}
	for _, more := range slices.Concat(i.Others, here) {
		out.Lines = append(out.Lines, sentence(more))
	}
	return out
}

// AskedFor is the question for a secret, in words: which key, where, what for, and
// which one of how many.
func AskedFor(ask admin.SecretAsk) string {
	switch {
	case ask.Archive != "" && ask.New:
		return "A new passphrase for the backup " + ask.Archive
	case ask.Archive != "":
		return "Passphrase of the backup " + ask.Archive
	default:
		skip := ""
		if ask.MaySkip {
			skip = "; nothing skips it"
		}
		return fmt.Sprintf("%d of %d. %s%s", ask.Step, ask.Of, wanted(ask, ask.Key.Path), skip)
	}
}

// Wanted is AskedFor without the number and the file of a key, for a front end that
// shows those elsewhere.
func Wanted(ask admin.SecretAsk) string {
	if ask.Archive != "" {
		return AskedFor(ask)
	}
	return wanted(ask, "")
}

func wanted(ask admin.SecretAsk, path string) string {
	name := ask.Key.Label + " key"
	if ask.Key.ID != "" {
		name += " " + ask.Key.ID.Short()
	}
	if ask.Key.GUN != "" {
		name += " of " + string(ask.Key.GUN)
	}
	if path != "" {
		name += " in " + path
	}
	verb := "Passphrase of the "
	if ask.New {
		verb = "A new passphrase for the new "
	}
	return verb + name + ", to " + ask.Purpose
}

// VariablesFor are the names of the environment variables that hold what is asked for.
func VariablesFor(ask admin.SecretAsk) []string {
	if ask.Archive != "" {
		return []string{"TRUSTDECK_BACKUP_PASSPHRASE"}
	}
	return Variables(ask.Key.Label)
}

// About says what must be known of a key whose passphrase is asked for, and where
// it will be; none where there is nothing to say. In the practice world it tells the
// passphrase.
func (m *Machine) About(ask admin.SecretAsk) []string {
	if !ask.New {
		if m.facts.Practice == "" || ask.Archive != "" {
			return nil
		}
		return []string{fmt.Sprintf("Keys that came with the practice world have the passphrase %q.", m.facts.Practice)}
	}
	if ask.Archive != "" {
		return []string{"Whoever wants to use the backup must know this passphrase, and those of the keys in it. Nobody can recover it: keep a copy, and not with the backup."}
	}
	var out []string
	if m.facts.Practice != "" {
		out = append(out, fmt.Sprintf("In the practice world choose %q, which other clients know there.", m.facts.Practice))
	}
	if ask.Key.Label == string(model.RoleRoot) {
		out = append(out, "Whoever has this key and its passphrase decides who may sign. If it is lost, nobody can change that any more.")
	}
	kept := "The key is kept encrypted under this passphrase"
	if m.facts.Folder != "" {
		kept += " in " + m.facts.Folder
	}
	return append(out, kept+". Nobody can recover the passphrase: keep a copy of both, elsewhere.")
}

// Variables are the names of the environment variables that hold the passphrase
// of a key with this label: those of Notary and of Docker.
func Variables(label string) []string {
	switch model.RoleName(label) {
	case model.RoleRoot:
		return []string{"NOTARY_ROOT_PASSPHRASE", "DOCKER_CONTENT_TRUST_ROOT_PASSPHRASE"}
	case model.RoleTargets:
		return []string{"NOTARY_TARGETS_PASSPHRASE", "DOCKER_CONTENT_TRUST_REPOSITORY_PASSPHRASE"}
	case model.RoleSnapshot:
		return []string{"NOTARY_SNAPSHOT_PASSPHRASE", "DOCKER_CONTENT_TRUST_REPOSITORY_PASSPHRASE"}
	default:
		return []string{"NOTARY_DELEGATION_PASSPHRASE", "DOCKER_CONTENT_TRUST_REPOSITORY_PASSPHRASE"}
	}
}
