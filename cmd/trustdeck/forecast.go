package main

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"trustdeck/cmd/trustdeck/internal/table"
	"trustdeck/model"
	"trustdeck/model/forecast"
	"trustdeck/model/report"
	"trustdeck/tui/text"
)

func newForecast(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "forecast REPO",
		Short: "Show when each client fails if no one publishes again",
		Long: `Shows when each client of a repository fails if no one publishes again: a new client, an
up-to-date client, and a client with each older root. For each delegation it shows when
clients stop finding its targets.

A client fails when a file that it needs has expired, except a timestamp that the server
renews. A client with an older root follows the newer roots. Those roots may have
expired, but their certificates, if any, must not have.

--at looks ahead from another time. The exit code is 4 if a role of the repository
doesn't verify or has expired at that time.`,
		Example: `  trustdeck forecast registry.example.org/acme/app
  # what fails on the first of next year?
  trustdeck forecast registry.example.org/acme/app --at 2027-01-01
  # the day on which the first client fails
  trustdeck forecast acme/app -o json | jq -r '[.clients[].fails // empty] | min'`,
		Args:              arguments("one repository", 1, 1),
		ValidArgsFunction: a.completeFirstRepository,
		RunE: func(cmd *cobra.Command, args []string) error {
			s, view, err := a.look(cmd.Context(), args[0])
			if err != nil {
				return err
			}
			var ahead forecast.Forecast
			if view.Repository != nil {
				if ahead, err = s.Service.Forecast(cmd.Context(), view.Repository); err != nil {
					return err
				}
			}
			answer := report.NewForecast(view, ahead)
			err = a.answer(answer, func() error { return a.writeForecast(answer, ahead) })
			return errors.Join(err, a.refused(view))
		},
	}
	a.addOutput(cmd)
	a.addGUN(cmd)
	return cmd
}

func (a *app) writeForecast(answer report.Forecast, ahead forecast.Forecast) error {
	if answer.Source == nil {
		return nil
	}
	columns := func(what string) *table.Table {
		return table.New(table.Column{Title: what, Flex: true}, table.Column{Title: "FAILS"}, table.Column{Title: ""}, table.Column{Title: "WHY", Flex: true})
	}
	t := columns("CLIENT")
	for _, l := range ahead.Clients {
		t.Row(failing(l.Client.String(), l.Fails, ahead.At)...)
	}
	if err := t.Write(a.out, a.width); err != nil {
		return err
	}
	if len(ahead.Delegations) > 0 {
		t = columns("DELEGATION")
		for _, d := range ahead.Delegations {
			t.Row(failing(string(d.Role), d.Fails, ahead.At)...)
		}
		if err := errors.Join(a.blankLine(), t.Write(a.out, a.width)); err != nil {
			return err
		}
	}
	if len(ahead.Unread) > 0 {
		a.say(fmt.Sprintf("%s could not be read: %s", text.Count(len(ahead.Unread), "older root"), versions(ahead.Unread)),
			"trustdeck can't tell when clients that have them fail.")
	}
	return nil
}

// failing are the cells of a row.
func failing(what string, f forecast.Failure, now time.Time) []string {
	if f.Never() {
		return []string{what, "", "", ""}
	}
	return []string{what, text.UTC(f.At), text.Relative(f.At, now), f.Reason}
}

// versions lists a few versions, and how many more there are.
func versions(all []int64) string {
	const most = 5
	words := make([]string, 0, most)
	for i, v := range all {
		if i == most {
			words = append(words, fmt.Sprintf("%d more", len(all)-most))
			break
		}
		words = append(words, fmt.Sprint(v))
	}
	return model.RoleRoot.String() + " " + strings.Join(words, ", ")
}
