package main

import (
	"errors"
	"fmt"
	"io"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"trustdeck/cmd/trustdeck/internal/table"
	"trustdeck/model"
	"trustdeck/model/admin"
	"trustdeck/model/report"
	"trustdeck/tui/text"
)

func newRepos(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "repos",
		Short: "List the repositories with their state",
		Long: `Lists every known repository: those that the server lists, and those in the trust folder
and in trustdeck's cache. Each line has the state, the signers, the thresholds of root
and of the role that clients read, the next expiry and the last publish. Below them are
the names that you gave to TUF 1.0 repositories.

Many servers list their repositories only for administrators.`,
		Example: `  trustdeck repos
  # the repositories that a client refuses
  trustdeck repos -o json | jq -r '.repositories[] | select(.level == "broken") | .name'
  # a short name for a TUF 1.0 repository
  trustdeck repos add vendor https://tuf.example.org/metadata`,
		Args: arguments("", 0, 0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			s, err := a.looking()
			if err != nil {
				return err
			}
			// Of each repository its line is kept and nothing else: there may
			// be thousands.
			var lines []report.Summary
			var failed []admin.Look
			err = a.everything(cmd.Context(), s, func(v admin.Look) {
				line := report.NewSummary(v)
				line.Context, _ = s.Unqualified(v.GUN)
				lines = append(lines, line)
				if v.Fault != nil {
					failed = append(failed, admin.Look{GUN: v.GUN, Fault: v.Fault})
				}
			})
			names := s.Names()
			// Where nothing else is known, the failure is the answer; names of the settings
			// are listed all the same.
			nothing := err != nil && len(lines) == 0 && model.KindOf(err) != model.FaultNotFound
			if cmd.Context().Err() != nil || nothing && len(names) == 0 {
				return err
			}
			if !nothing {
				a.warnAll(err)
				err = nil
			}
			answer := report.NewRepos(s.Source, lines, names)
			writing := a.answer(answer, func() error { return a.writeRepos(answer, s.Clock()) })
			return errors.Join(err, writing, faults(failed, false))
		},
	}
	a.addOutput(cmd)
	cmd.AddCommand(newReposAdd(a), newReposRemove(a))
	return cmd
}

func (a *app) writeRepos(answer report.Repos, now time.Time) error {
	if len(answer.Repositories)+len(answer.Configured) == 0 {
		a.say("no repositories are known", "Name one: trustdeck inspect REPO.")
		return nil
	}
	if err := a.writeSummaries(answer.Repositories, now); err != nil || len(answer.Configured) == 0 {
		return err
	}
	t := table.New(table.Column{Title: "NAME"}, table.Column{Title: "LOCATION", Flex: true, KeepEnd: true})
	for _, c := range answer.Configured {
		t.Row(c.Name, c.Location)
	}
	if len(answer.Repositories) > 0 {
		if _, err := io.WriteString(a.out, "\n"); err != nil {
			return err
		}
	}
	return t.Write(a.out, a.width)
}

// writeSummaries writes a line for each repository; nothing where there is none.
func (a *app) writeSummaries(lines []report.Summary, now time.Time) error {
	if len(lines) == 0 {
		return nil
	}
	several := slices.ContainsFunc(lines, func(r report.Summary) bool { return r.Context != "" })
	columns := []table.Column{{Title: "STATE"}}
	if several {
		columns = append(columns, table.Column{Title: "CONTEXT"})
	}
	t := table.New(append(columns, table.Column{Title: "REPOSITORY", Flex: true, KeepEnd: true},
		table.Column{Title: "SIGNERS", Right: true}, table.Column{Title: "THRESHOLD", Flex: true},
		table.Column{Title: "NEXT EXPIRY"}, table.Column{Title: "FIRST"}, table.Column{Title: "CHANGED"},
		table.Column{Title: "REASON", Flex: true, Optional: true},
	)...)
	for _, r := range lines {
		signers, threshold, expiry, first := "", "", "", ""
		if r.Keys > 0 || r.Threshold > 0 {
			signers, threshold = strconv.Itoa(r.Signers), thresholds(r)
		}
		if r.NextExpiry != nil {
			expiry, first = text.Expiry(r.NextExpiry.Expires, now), r.NextExpiry.Role
		}
		cells := []string{stateOf(r.Health, r.Stale)}
		if several {
			cells = append(cells, r.Context)
		}
		t.Row(append(cells, strings.TrimPrefix(r.Name, r.Context+":"), signers, threshold, expiry, first, text.Age(r.Changed, now), r.Reason)...)
	}
	return t.Write(a.out, a.width)
}

// thresholds says how many signatures of how many keys the roles need that decide what
// clients trust. A delegation goes by the end of its name: there is little room.
func thresholds(r report.Summary) string {
	words := make([]string, len(r.Thresholds))
	for i, t := range r.Thresholds {
		words[i] = fmt.Sprintf("%s %d/%d", path.Base(t.Role), t.Threshold, t.Keys)
	}
	return strings.Join(words, ", ")
}

// stateOf is the health in words. That data is not current goes before
// everything else that is not worse.
func stateOf(health string, stale bool) string {
	if stale && health != "stale" {
		return health + ", stale"
	}
	return health
}

// warnAll tells of errors that did not keep the command from answering.
func (a *app) warnAll(err error) {
	a.sayFaults("warning", faultsIn(err))
}
