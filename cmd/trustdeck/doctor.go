package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"trustdeck/model"
	"trustdeck/model/report"
	"trustdeck/tui/text"
)

// severities are the words of --fail-on, gravest first.
func severities() []string {
	return []string{model.Failure.String(), model.Warning.String(), model.Notice.String(), "never"}
}

func newDoctor(a *app) *cobra.Command {
	var failOn string
	cmd := &cobra.Command{
		Use:   "doctor [REPO…]",
		Short: "Find problems, and how to fix them",
		Long: `Checks the server, the key files on this machine and all known repositories, or those
you name. It lists the findings, worst first, each with its fix.

A failure is something that a client refuses. A warning works today, but not for ever
or not for everyone. A notice is worth knowing. The exit code is 3 if there is a
finding at or above --fail-on.`,
		Example: `  trustdeck doctor
  # every night: mail what a client refuses
  trustdeck doctor --fail-on failure >found || mail -s trust ops@example.org <found`,
		Args:              arguments("any number of repositories", 0, -1),
		ValidArgsFunction: a.completeRepositories,
		RunE: func(cmd *cobra.Command, args []string) error {
			limit, err := parseSeverity(failOn)
			if err != nil {
				return err
			}
			s, err := a.looking()
			if err != nil {
				return err
			}
			guns, err := a.repositories(cmd.Context(), s, args)
			if err != nil {
				return err
			}
			views, err := a.views(cmd.Context(), s, guns)
			if cmd.Context().Err() != nil {
				return err
			}
			a.warnAll(err)
			findings := s.Service.Doctor(cmd.Context(), views)
			if cmd.Context().Err() != nil {
				return context.Cause(cmd.Context())
			}
			answer := report.NewDoctor(len(views), findings, limit)
			err = a.answer(answer, func() error { return a.writeDoctor(answer) })
			if answer.Failed {
				err = errors.Join(err, errFindings)
			}
			return err
		},
	}
	cmd.Flags().StringVar(&failOn, "fail-on", model.Warning.String(), "exit with 3 at or above this `SEVERITY`: "+strings.Join(severities(), ", "))
	_ = cmd.RegisterFlagCompletionFunc("fail-on", cobra.FixedCompletions(severities(), cobra.ShellCompDirectiveNoFileComp))
	a.addOutput(cmd)
	a.addGUN(cmd)
	return cmd
}

// parseSeverity reads --fail-on; nil is never.
func parseSeverity(word string) (*model.Severity, error) {
	if word == "never" {
		return nil, nil
	}
	for _, s := range []model.Severity{model.Notice, model.Warning, model.Failure} {
		if word == s.String() {
			return &s, nil
		}
	}
	return nil, usageError(fmt.Sprintf("%q is not a severity", word), "Choose "+strings.Join(severities(), ", ")+".")
}

func (a *app) writeDoctor(answer report.Doctor) error {
	if len(answer.Findings) == 0 {
		_, err := fmt.Fprintf(a.out, "nothing found in %s\n", text.Count(answer.Repositories, "repository"))
		return err
	}
	for i, f := range answer.Findings {
		if i > 0 {
			if err := a.blankLine(); err != nil {
				return err
			}
		}
		if err := a.writeFinding(f); err != nil {
			return err
		}
	}
	return nil
}

func (a *app) writeFinding(f report.Finding) error {
	where := strings.TrimSpace(f.Repository + " " + f.Role)
	if where != "" {
		where = " " + where
	}
	out := fmt.Sprintf("%s%s: %s [%s]\n", strings.ToUpper(f.Severity), text.Clean(where), text.Clean(f.Text), text.Clean(f.Code))
	if f.Remedy != "" {
		out += "    " + text.Clean(text.Sentence(f.Remedy)) + "\n"
	}
	if f.Command != "" {
		out += "    " + text.Clean(f.Command) + "\n"
	}
	_, err := fmt.Fprint(a.out, out)
	return err
}
