package main

import (
	"context"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	changing "trustdeck/model/admin/change"
	"trustdeck/model/plan"
	"trustdeck/tui/flow"
	"trustdeck/tui/flows"
	"trustdeck/tui/plain"
	"trustdeck/tui/text"
)

// lines is the conversation on lines of the terminal. There is one for a run, for it
// may have read more than has been asked for.
func (a *app) lines() *plain.Prompter {
	if a.prompter == nil {
		a.prompter = a.newLines(a.err)
	}
	return a.prompter
}

func (a *app) newLines(out io.Writer) *plain.Prompter {
	p := plain.NewPrompter(a.in, out, a.interactive)
	p.ASCII, p.Codes = a.flags.ASCII, a.width > 0 && !a.flags.ASCII
	if a.interactive {
		p.Hide = hideInput
	}
	p.Secrets, p.Details = a.secrets(false), a.details
	return p
}

// tell writes a line for people, cleaned.
func (a *app) tell(line string) { fmt.Fprintln(a.err, text.Clean(line)) }

// agree asks whether a plan that has been shown is to be executed.
func (a *app) agree(ctx context.Context, service *changing.Service, yes bool, p *plan.Plan) (bool, error) {
	if yes {
		return true, nil
	}
	if !a.interactive {
		return false, errNotAccepted
	}
	challenge := flow.Challenge{Word: "yes"}
	if flows.Grade(p) == flow.TypeName {
		challenge = flows.Challenge(p)
	}
	return a.lines().Accepted(ctx, reviewed(service, p), challenge, "to apply the plan")
}

// addDetails adds the flag for a review with its details.
func (a *app) addDetails(cmd *cobra.Command) {
	cmd.Flags().BoolVar(&a.details, "details", false, "show the review with its details: each file and step")
}

// reviewed is the review of a plan, in the words of its repositories.
func reviewed(service *changing.Service, p *plan.Plan) flow.Review {
	return flows.Review(p, service.DialectOf(p.Parts[0].GUN).Words())
}

// review prints a plan.
func (a *app) review(service *changing.Service, p *plan.Plan) {
	a.lines().Show(reviewed(service, p))
	_ = a.lines().Flush() // what cannot be written here cannot be said either
}
