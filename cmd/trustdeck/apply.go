package main

import (
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"trustdeck/model/admin"
	"trustdeck/model/plan"
	"trustdeck/tui/plain"
)

func newApply(a *app) *cobra.Command {
	var yes bool
	cmd := &cobra.Command{
		Use:   "apply FILE",
		Short: "Execute a plan that was saved",
		Long: `Reads a plan that another command has saved with -f, computes it again on the
repositories as they are now, and executes it where it is still the same plan.
Where somebody else has published meanwhile, nothing is done, and the exit code is 8.`,
		Example: `  trustdeck signer add --key alice.pub alice acme/app -f plan.json
  trustdeck apply plan.json`,
		Args: arguments("a plan file", 1, 1),
		RunE: func(cmd *cobra.Command, args []string) error {
			saved, err := readPlan(args[0])
			if err != nil {
				return err
			}
			s, err := a.session()
			if err != nil {
				return err
			}
			desk, err := a.writable(s)
			if err != nil {
				return err
			}
			p, err := desk.PrepareSaved(cmd.Context(), saved)
			if err != nil {
				return err
			}
			a.review(p)
			if v := p.Verdict(); v.State == plan.Nothing {
				return nil
			}
			agreed, err := a.agree(cmd.Context(), yes, p)
			if err != nil {
				return err
			}
			if !agreed {
				return plain.ErrDeclined
			}
			_, err = desk.Execute(cmd.Context(), admin.Execution{Plan: p, Secrets: &secrets{app: a, silent: yes}, Watch: a.lines().Watch(func([]admin.Step) {})})
			if err == nil {
				fmt.Fprintln(a.err, "\nThe change is published, and was read back as a new client and as one that knew the repository before.")
			}
			return err
		},
	}
	cmd.Flags().BoolVar(&yes, "yes", false, "accept the plan, and ask nothing at all")
	return cmd
}

func readPlan(path string) (*plan.Saved, error) {
	file, err := os.Open(path)
	var raw []byte
	if err == nil {
		raw, err = io.ReadAll(io.LimitReader(file, plan.MaxFile+1))
		err = errors.Join(err, file.Close())
	}
	if err != nil {
		return nil, usageError("the plan "+path+" cannot be read: "+reason(err), "Give the path of a file that was written with -f.")
	}
	saved, err := plan.Decode(raw)
	if err != nil {
		return nil, usageError(path+": "+err.Error(), "Make the plan again with the command that saved it.")
	}
	return saved, nil
}
