package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"trustdeck/internal/disk"
	"trustdeck/model"
	"trustdeck/model/admin"
	changing "trustdeck/model/admin/change"
	"trustdeck/model/plan"
	"trustdeck/model/report"
	"trustdeck/tui/flows"
	"trustdeck/tui/plain"
)

func newApply(a *app) *cobra.Command {
	var yes bool
	var digest string
	cmd := &cobra.Command{
		Use:   "apply FILE",
		Short: "Apply a saved plan",
		Long: `Reads a plan that another command saved with -f, and computes it again from the current
repositories. trustdeck applies it only if the result is the same plan. If someone else
has published in the meantime, it changes nothing and ends with exit code 8.

trustdeck applies what people read in the file: if the plan doesn't match its changes, it
does nothing and ends with exit code 1. Anyone who can write to the file could still
replace it with another plan. With --digest, trustdeck applies only the plan with that
digest, which you see when you save it; pass the digest on over another channel.`,
		Example: `  trustdeck signer add --key alice.pub alice acme/app -f plan.json
  trustdeck apply plan.json
  trustdeck apply --digest 8b1f…c07a plan.json`,
		Args: arguments("a plan file", 1, 1),
		RunE: func(cmd *cobra.Command, args []string) error {
			saved, err := readPlan(args[0])
			if err == nil && cmd.Flags().Changed("digest") {
				err = pinned(args[0], saved, digest)
			}
			if err != nil {
				return err
			}
			s, err := a.session()
			if err != nil {
				return err
			}
			service, err := a.writable(s)
			if err != nil {
				return err
			}
			p, err := service.PrepareSaved(cmd.Context(), saved)
			var altered *model.Fault
			if errors.As(err, &altered) && altered.Kind == model.FaultBadData && altered.Subject == "" {
				return of(args[0], altered)
			}
			if err != nil {
				return err
			}
			a.review(service, p)
			if v := p.Verdict(); v.State == plan.Nothing {
				return a.idle(p)
			}
			agreed, err := a.agree(cmd.Context(), service, yes, p)
			if err != nil {
				return err
			}
			if !agreed {
				return plain.ErrDeclined
			}
			if err = a.execute(cmd.Context(), service, yes, changing.Execution{Plan: p}); err == nil {
				fmt.Fprintln(a.err, "\n"+flows.Published(p))
			}
			return err
		},
	}
	cmd.Flags().BoolVar(&yes, "yes", false, "apply the plan without asking")
	a.addDetails(cmd)
	a.addOutput(cmd)
	cmd.Flags().StringVar(&digest, "digest", "", "apply only the plan with this digest, in `HEX`")
	return cmd
}

// execute executes a plan that was accepted, and says what became of each of several
// repositories, and which keys were to be removed and stay.
func (a *app) execute(ctx context.Context, service *changing.Service, silent bool, e changing.Execution) error {
	_, err := a.executed(ctx, service, silent, e)
	return err
}

// executed is execute, and returns what came of it.
func (a *app) executed(ctx context.Context, service *changing.Service, silent bool, e changing.Execution) (*changing.Outcome, error) {
	ask := a.secrets(silent)
	defer ask.Wipe()
	e.Secrets, e.Watch = ask, a.lines().Watch(func([]admin.Step) {})
	out, err := service.Execute(ctx, e)
	a.lines().Results(flows.Results(e.Plan, out))
	err = errors.Join(err, a.lines().Flush())
	for _, line := range slices.Concat(flows.Kept(out), flows.Unopened(out)) {
		a.tell(line)
	}
	return out, errors.Join(err, a.answer(report.NewChange(e.Plan, out, err), func() error { return nil }))
}

// pinned refuses a plan with another digest than the one that is wanted.
func pinned(path string, saved *plan.Saved, digest string) error {
	want := strings.ToLower(digest)
	if _, err := model.ParseKeyID(want); err != nil { // a SHA-256 too
		return usageError(fmt.Sprintf("--digest: %q is not a digest of 64 hexadecimal digits", digest), "Give the full digest, as trustdeck showed it when you saved the plan.")
	}
	if saved.Digest == want {
		return nil
	}
	return &model.Fault{
		Kind: model.FaultBadData, Subject: path, Text: "its digest is " + saved.Digest + ", not the one in --digest: this is a different plan",
		Hint: "Don't apply it. Get the file again from the person who made it, and compare the digest with theirs.",
	}
}

// of names the file that a fault is about.
func of(path string, fault *model.Fault) error {
	named := *fault
	named.Subject = path
	return &named
}

func readPlan(path string) (*plan.Saved, error) {
	raw, err := disk.Head(path, plan.MaxFile+1)
	if err != nil {
		return nil, usageError("the plan "+path+" cannot be read: "+disk.Reason(err), "Give the path of a file that was written with -f.")
	}
	saved, err := plan.Decode(raw)
	if altered, ok := errors.AsType[*model.Fault](err); ok {
		return nil, of(path, altered)
	}
	if err != nil {
		return nil, usageError(path+": "+err.Error(), "Make the plan again with the command that saved it.")
	}
	return saved, nil
}
