package flows

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"trustdeck/model"
	"trustdeck/model/admin"
	changing "trustdeck/model/admin/change"
	"trustdeck/model/port"
	"trustdeck/tui/flow"
)

// The IDs of what Renew asks first, and the answers.
const (
	renewScope  = "scope"
	scopeNamed  = "named"
	scopeAll    = "all"
	expiringIn  = "expiring"
	lifetime    = "lifetime"
	day         = 24 * time.Hour
	maxExpiring = 3650 // days: as long as a root lives
)

// Renew re-signs roles unchanged, so that they expire later: those that are named, or all
// that expire soon.
func Renew(d Backend) *flow.Flow {
	f := Planned(d, &flow.Flow{
		ID: "renew", Title: "Renew signatures", Verb: "Renew", Grade: flow.Accept,
		Command: command("renew", repositories, roles),
		Steps:   []flow.Step{renewScopeStep(), renewedRepositories(), expiringStep(d), renewedRoles(), lifetimeStep()},
	}, func(f flow.Facts, a flow.Answers) ([]changing.Request, error) { return renewals(f, a), nil })
	survey, outcome := f.Survey, f.Outcome
	f.Survey = func(facts flow.Facts, a flow.Answers) (flow.Inquiry, error) {
		if len(renewals(facts, a)) == 0 {
			return nil, nil
		}
		return survey(facts, a)
	}
	f.Outcome = func(facts flow.Facts, a flow.Answers) flow.Outcome {
		left := leftOut(facts, a)
		if len(renewals(facts, a)) == 0 {
			return idle{why: "nothing that can be renewed here expires within " + model.Count(days(a, expiringIn), "day"), left: left}
		}
		out := outcome(facts, a)
		if p, ok := out.(*planned); ok {
			p.left = left
		}
		return out
	}
	return f
}

func renewScopeStep() flow.Step {
	return flow.Step{
		ID: renewScope, Label: "Scope", Question: "What do you want to renew?", Kind: flow.Choice,
		Help: "Renewing re-signs roles unchanged: a new version, a new expiry and new signatures.",
		Options: func(flow.Facts, flow.Answers) []flow.Option {
			return []flow.Option{
				{Value: scopeNamed, Label: "Roles that I choose", Help: "Choose them in one or several repositories."},
				{Value: scopeAll, Label: "Everything that expires soon", Help: "In all repositories known here. You see the list before anything is signed."},
			}
		},
		Default: func(flow.Facts, flow.Answers) []string { return []string{scopeNamed} },
		When: func(_ flow.Facts, a flow.Answers) bool {
			return a.Values[renewScope] != nil || a.Values[repositories] == nil && a.Values[expiringIn] == nil
		},
	}
}

func renewedRepositories() flow.Step {
	step := existingStep("In which repositories?")
	step.When = func(_ flow.Facts, a flow.Answers) bool { return !renewsAll(a) || a.Values[repositories] != nil }
	return step
}

// RenewsAll is the answer that has everything renewed that expires soon.
func RenewsAll() (id, answer string) { return renewScope, scopeAll }

// renewsAll reports whether everything is renewed that expires within some days.
func renewsAll(a flow.Answers) bool {
	return a.First(renewScope) == scopeAll || a.Values[renewScope] == nil && a.Values[expiringIn] != nil
}

func expiringStep(d Backend) flow.Step {
	return flow.Step{
		ID: expiringIn, Flag: "expiring", Implies: true, Label: "Within", Question: "Within how many days do the roles expire?", Example: "30d", Kind: flow.Text,
		Help: "A number of days. Roles that have expired already are included.",
		When: func(_ flow.Facts, a flow.Answers) bool { return renewsAll(a) },
		Default: func(f flow.Facts, _ flow.Answers) []string {
			return []string{strconv.Itoa(int(soon(f)/day)) + "d"}
		},
		Check: func(_ flow.Facts, a flow.Answers) error {
			return number(strings.TrimSuffix(a.First(expiringIn), "d"), 1, maxExpiring)
		},
		Inquire: func(f flow.Facts, a flow.Answers) flow.Inquiry {
			if a.Values[repositories] != nil || flow.Known[*lookedAt](f) != nil {
				return nil
			}
			return func(ctx context.Context, _ port.Interaction) (func(*flow.Facts), error) {
				found, err := d.LookAll(ctx, f.Names)
				if ctx.Err() != nil {
					return nil, err
				}
				return func(f *flow.Facts) {
					for name, r := range found {
						f.Saw(name, r)
					}
					flow.Learn(f, &lookedAt{names: slices.Sorted(maps.Keys(found)), err: err})
				}, nil
			}
		},
	}
}

// lookedAt are the repositories that were found, and why others could not be read.
type lookedAt struct {
	names []string
	err   error
}

// days are those of an answer; 0 where it is not given.
func days(a flow.Answers, id string) int {
	n, _ := strconv.Atoi(strings.TrimSuffix(a.First(id), "d")) // it was checked before
	return n
}

// renewedNames are the repositories that are renewed in.
func renewedNames(f flow.Facts, a flow.Answers) []string {
	if known := flow.Known[*lookedAt](f); known != nil && a.Values[repositories] == nil {
		return known.names
	}
	return a.Values[repositories]
}

func renewedRoles() flow.Step {
	step := rolesStep("Which roles do you want to renew?", "Their contents stay unchanged; each gets a new version, a new expiry and new signatures. Clients then accept an expired role again.",
		renewable, expiring)
	named, suggested := step.Options, step.Default
	step.Options = func(f flow.Facts, a flow.Answers) []flow.Option {
		if !renewsAll(a) {
			return named(f, a)
		}
		return dueOptions(f, a, func(*model.Role) bool { return true })
	}
	step.Default = func(f flow.Facts, a flow.Answers) []string {
		if !renewsAll(a) {
			return suggested(f, a)
		}
		return valuesOf(dueOptions(f, a, func(role *model.Role) bool { return signable(f, role) }))
	}
	step.Resolve = func(f flow.Facts, a flow.Answers) ([]string, error) {
		return resolveRoles(f, a, renewedNames(f, a)), nil
	}
	// Where nothing can be renewed, the review says so.
	step.When = func(f flow.Facts, a flow.Answers) bool { return !renewsAll(a) || len(step.Default(f, a)) > 0 }
	return step
}

// lifetimeStep asks after how long the versions of the roles expire from now on, where metadata
// can say so.
func lifetimeStep() flow.Step {
	return flow.Step{
		ID: lifetime, Flag: lifetime, Label: "Valid for", Question: "For how many days should each version be valid?", Example: "90d", Kind: flow.Text, Optional: true,
		Help:    "The metadata then says so, and each later version of these roles is valid that long as well. For snapshot and timestamp the root says it, and gets a new version too.",
		Without: "Press Enter to leave it as it is.",
		When: func(f flow.Facts, a flow.Answers) bool {
			return len(a.Values[lifetime]) > 0 || !renewsAll(a) && f.Dialect != nil && f.Dialect.Lifetimes()
		},
		Check: func(_ flow.Facts, a flow.Answers) error {
			if a.First(lifetime) == "" {
				return nil
			}
			return number(strings.TrimSuffix(a.First(lifetime), "d"), 1, maxExpiring)
		},
	}
}

// dueOptions are the roles that expire within the days of the answer.
func dueOptions(f flow.Facts, a flow.Answers, may func(*model.Role) bool) []flow.Option {
	return roleOptions(f, a, renewedNames(f, a), func(r *model.Repository, role *model.Role) bool {
		return renewable(role) && may(role) && dueIn(r, role, time.Duration(days(a, expiringIn))*day)
	})
}

// signable reports whether enough of the keys of a role are here.
func signable(f flow.Facts, role *model.Role) bool {
	return len(keysHere(f, role)) >= max(role.Threshold, 1)
}

func renewals(f flow.Facts, a flow.Answers) []changing.Request {
	return ofRoles(a, renewedNames(f, a), func(chosen []model.RoleName) model.Change {
		return model.Renew{Roles: chosen, LifetimeDays: days(a, lifetime)}
	})
}

// leftOut says what expires as well and is no part of the plan, and what could not be read.
func leftOut(f flow.Facts, a flow.Answers) flow.Section {
	out := flow.Section{Head: notInPlan}
	if !renewsAll(a) {
		return out
	}
	for _, o := range dueOptions(f, a, func(*model.Role) bool { return true }) {
		if !slices.Contains(a.Values[roles], o.Value) {
			out.Lines = append(out.Lines, o.Label+" expires as well. "+o.Help)
		}
	}
	if known := flow.Known[*lookedAt](f); known != nil && a.Values[repositories] == nil && known.err != nil {
		for line := range strings.SplitSeq(known.err.Error(), "\n") {
			out.Lines = append(out.Lines, stopped(line))
		}
	}
	return out
}

// idle is an outcome that has nothing to do.
type idle struct {
	why  string
	left flow.Section
}

var _ interface {
	flow.Outcome
	flow.Idle
} = idle{}

// Review says so, and what is left out.
func (i idle) Review() flow.Review {
	return withLeft(flow.Review{Verdict: sentence("nothing to do: " + i.why)}, i.left)
}

// withLeft adds to a review what is not in the plan: some of it at the beginning, all of it
// in the details.
func withLeft(r flow.Review, left flow.Section) flow.Review {
	if len(left.Lines) == 0 {
		return r
	}
	var out []flow.Fact
	for i, line := range left.Lines {
		if i == mostFacts-1 && len(left.Lines) > mostFacts {
			line = fmt.Sprintf("%d more are in the details.", len(left.Lines)-i)
		}
		if i < mostFacts {
			out = append(out, flow.Fact{Label: flow.Warning, Text: "not in this plan: " + line})
		}
	}
	r.Facts, r.Details = append(out, r.Facts...), slices.Insert(r.Details, 0, left)
	return r
}

// Ready reports that nothing can be done.
func (i idle) Ready() (ok bool, why string) { return false, i.why }

// Idle reports that there is nothing to do.
func (idle) Idle() bool { return true }

// Steps lists none.
func (idle) Steps() []admin.Step { return nil }

var errIdle = errors.New("there is nothing to do")

// Do refuses: nothing is ready.
func (idle) Do(context.Context, flow.Run) (*flow.Report, error) { return nil, errIdle }
