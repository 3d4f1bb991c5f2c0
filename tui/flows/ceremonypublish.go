package flows

import (
	"cmp"
	"context"

	"trustdeck/model"
	"trustdeck/model/admin"
	"trustdeck/model/admin/ceremony"
	"trustdeck/model/admin/change"
	"trustdeck/model/bundle"
	"trustdeck/model/plan"
	"trustdeck/model/port"
	"trustdeck/tui/flow"
)

// ceremonyBase is what is found out before a ceremony is published.
type ceremonyBase struct {
	plan *plan.Plan
	// done tells that it is published already.
	done bool
}

// CeremonyPublish publishes what everyone has signed.
func CeremonyPublish(d Backend, c Ceremonies) *flow.Flow {
	f := &flow.Flow{
		ID: "ceremony-publish", Title: "Publish ceremony", Verb: "Publish", Grade: flow.TypeName,
		Command: command("ceremony publish", CeremonyFile),
		Steps:   []flow.Step{ceremonyStep(c, "Which ceremony do you want to publish?", false)},
		Survey: func(f flow.Facts, _ flow.Answers) (flow.Inquiry, error) {
			file := foundCeremony(f).file
			return func(ctx context.Context, _ port.Interaction) (func(*flow.Facts), error) {
				base, err := readBase(ctx, d, file)
				return func(f *flow.Facts) { flow.Learn(f, base) }, err
			}, nil
		},
		Outcome: func(f flow.Facts, _ flow.Answers) flow.Outcome {
			out := &collected{ceremonies: c, facts: f, file: foundCeremony(f).file, base: flow.Known[ceremonyBase](f)}
			out.done = planned{backend: d, words: f.Dialect.Words(), plan: out.base.plan}
			if out.file != nil {
				out.done.collected = &change.Collected{From: out.file.Path, Seal: out.file.Seal}
			}
			return out
		},
		Words: flow.Words{
			Surveying: "reading the repository", Executing: "publishing a ceremony", Preparing: "Reading the repository again. Nothing is written.",
			Review: "Review what is published", Apply: "Publish", Accept: "to publish it", Unready: "Collect the signatures that are missing: trustdeck ceremony show",
		},
	}
	if d != nil && c != nil {
		f.Source = d
	}
	return f
}

// readBase reads the repository as it is now, and refuses a ceremony that no longer follows from it. One
// that is published already may lack signatures here: they were in another copy.
func readBase(ctx context.Context, d Backend, file *ceremony.File) (ceremonyBase, error) {
	var out ceremonyBase
	_, unready := file.Files()
	if unready != nil && bundle.ReasonOf(unready) != bundle.Incomplete {
		return out, unready
	}
	gun := file.Bundle().Repository
	now, err := d.Look(ctx, string(gun))
	if out.done = err == nil && file.Published(now); out.done {
		out.plan = &plan.Plan{Parts: []plan.Part{{GUN: gun}}}
		return out, nil
	}
	if err := cmp.Or(unready, err); err != nil {
		return out, err
	}
	if err := file.CheckBase(now); err != nil {
		return out, err
	}
	out.plan, err = d.Prepare(ctx, []change.Request{{GUN: gun, Changes: file.Bundle().Changes}})
	return out, err
}

// collected publishes a plan with the signatures of a ceremony.
type collected struct {
	// done executes the plan. It is no plan that could be saved: the signatures are in the file.
	done       planned
	ceremonies Ceremonies
	facts      flow.Facts
	file       *ceremony.File
	base       ceremonyBase
}

var (
	_ flow.Outcome = (*collected)(nil)
	_ flow.Idle    = (*collected)(nil)
	_ flow.Named   = (*collected)(nil)
	_ flow.About   = (*collected)(nil)
)

// Review is that of the ceremony.
func (c *collected) Review() flow.Review {
	if c.file == nil {
		return flow.Review{}
	}
	out := CeremonyReview(c.file.Opened, c.facts.Now)
	if c.base.done {
		out.Verdict = "It is published already."
	}
	return out
}

// Ready reports that it can be tried: that all signatures are there has been verified.
func (c *collected) Ready() (ok bool, why string) {
	if v := c.base.plan.Verdict(); v.State == plan.Impossible {
		return false, v.Text
	}
	return true, ""
}

// Idle reports that it is published already.
func (c *collected) Idle() bool { return c.base.done }

// Challenge is a word: the ceremony was reviewed by everyone who has signed.
func (*collected) Challenge() flow.Challenge {
	return flow.Challenge{Word: "publish", What: flow.OneWord, Why: "This changes who can sign."}
}

// GUNs is the repository.
func (c *collected) GUNs() []model.GUN { return c.done.GUNs() }

// Steps lists what is done.
func (c *collected) Steps() []admin.Step { return c.done.Steps() }

// Do publishes it, and notes that in the transcript. That it can't be noted changes nothing about it.
func (c *collected) Do(ctx context.Context, run flow.Run) (*flow.Report, error) {
	out, err := c.done.Do(ctx, run)
	if err != nil {
		return out, err
	}
	if wrong := c.ceremonies.Published(c.file, []string{out.Usable}); wrong != nil {
		out.Next = append(out.Next, "It is not in the transcript: "+wrong.Error())
	}
	return out, nil
}
