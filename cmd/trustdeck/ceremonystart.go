package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"trustdeck/cmd/trustdeck/internal/wiring"
	"trustdeck/model"
	"trustdeck/model/admin"
	"trustdeck/model/admin/ceremony"
	changing "trustdeck/model/admin/change"
	"trustdeck/model/bundle"
	"trustdeck/model/report"
	"trustdeck/tui/text"
)

// beginning holds the flags of "ceremony start".
type beginning struct {
	plan, title, to                  string
	join, leave, people, makers      []string
	threshold                        int
	rehearsal                        bool
	earlier                          string
	opens, target, lastSafe, expires string
}

func newCeremonyStart(a *app) *cobra.Command {
	var flags beginning
	cmd := &cobra.Command{
		Use:   "start [REPO] --to FILE",
		Short: "Prepare a ceremony",
		Long: `Reads a repository, plans what is to be signed, and writes the file of the ceremony, which
goes to everyone. It publishes nothing.

With --plan, it prepares what a plan asks for that another command has saved with -f. Else
it is about the root of REPO: --add takes the request of a key that joins, --remove the ID
of a key that leaves, and --threshold sets how many must sign. A repository without trust
data is created, and needs a request for each role that no server signs. Without any of
them, the root is renewed.

People act in the order in which they are named: first those whose keys are listed already,
by --people and --person, and then those of requests. With --people, --remove takes the name
of a person too. The dates default to now, one week, two weeks and three weeks from now.
In a rehearsal, nothing that is signed can be published; its keys are made for it.`,
		Example: `  trustdeck ceremony start --add ada.request --add ben.request --add cleo.request \
    --add targets.request --threshold 2 --to root.ceremony registry.example.org/acme/app
  trustdeck ceremony start --people root.ceremony --add dan.request --remove Cleo --to replace.ceremony \
    registry.example.org/acme/app
  trustdeck ceremony start --plan plan.json --title "New signer" --to signer.ceremony`,
		Args: arguments("one repository, or --plan", 0, 1),
		RunE: func(cmd *cobra.Command, args []string) error { return a.startCeremony(cmd.Context(), args, &flags) },
	}
	f := cmd.Flags()
	f.StringVar(&flags.to, "to", "", "the new `FILE` of the ceremony")
	f.StringVar(&flags.plan, "plan", "", "prepare the plan in `FILE`, which was saved with -f")
	f.StringVar(&flags.title, "title", "", "what the ceremony is for: `TEXT`")
	f.StringArrayVar(&flags.join, "add", nil, "list the key of the request in `FILE`; may be repeated")
	f.StringArrayVar(&flags.leave, "remove", nil, "no longer list the root key with this `ID`; may be repeated")
	f.IntVar(&flags.threshold, "threshold", 0, "`N` root keys must sign")
	f.StringVar(&flags.earlier, "people", "", "people whose keys are listed already, from the `FILE` of an earlier ceremony")
	f.StringArrayVar(&flags.people, "person", nil, "who has a key that is listed already: `NAME=ID`; may be repeated")
	f.StringArrayVar(&flags.makers, "roots", nil, "trust the root certificates of tokens in `FILE`; may be repeated")
	f.BoolVar(&flags.rehearsal, "rehearsal", false, "only practise: nothing can be published")
	f.StringVar(&flags.opens, "opens", "", "no one signs before this `DATE`")
	f.StringVar(&flags.target, "target", "", "the `DATE` on which all should have signed")
	f.StringVar(&flags.lastSafe, "last-safe", "", "the last `DATE` on which there is time for one who did not come")
	f.StringVar(&flags.expires, "expires", "", "the `DATE` from which no signature is taken")
	a.addDetails(cmd)
	a.addOutput(cmd)
	a.addGUN(cmd)
	return cmd
}

// startCeremony prepares the file of a ceremony.
func (a *app) startCeremony(ctx context.Context, args []string, flags *beginning) error {
	s, err := a.session()
	if err != nil {
		return err
	}
	publishing, err := a.writable(s)
	if err != nil {
		return err
	}
	switch {
	case flags.to == "":
		return usageError("the ceremony needs a file", "Give --to.")
	case (flags.plan == "") == (len(args) == 0):
		return usageError("there is no repository and no plan, or both", "Name the repository, or give --plan.")
	}
	service := s.Ceremonies(a.now)
	if service.Makers, err = wiring.TokenRoots(a.paths(flags.makers)); err != nil {
		return err
	}
	w := ceremony.Starting{Title: flags.title, Rehearsal: flags.rehearsal, To: a.world.Path(flags.to)}
	var requests []*bundle.Asked
	if flags.plan != "" {
		if err = a.startFromPlan(ctx, publishing, &w, flags); err != nil {
			return err
		}
	} else {
		guns, err := a.repositories(ctx, s, args)
		if err != nil {
			return err
		}
		w.Repository = guns[0]
		if requests, err = a.startFromRequests(ctx, publishing, service, &w, flags); err != nil {
			return err
		}
	}
	if w.Dates, err = flags.dates(a.now()); err != nil {
		return err
	}
	named, err := flags.participants()
	if err != nil {
		return err
	}
	w.People = slices.Concat(w.People, named, ceremony.People(requests))
	if w.Title == "" {
		w.Title = "Ceremony of " + text.Repo(w.Repository)
	}
	file, err := service.Start(ctx, wiring.Preparing{Service: publishing}, w, ceremony.Run{Watch: a.lines().Watch(func([]admin.Step) {})})
	if err != nil {
		return err
	}
	return a.answer(report.NewCeremony(file, a.now()), func() error {
		a.tell("The ceremony is in " + w.To + ". Nothing was published. Hand a copy to everyone, and compare the fingerprint in words.")
		return a.writeCeremony(file)
	})
}

func (a *app) paths(typed []string) []string {
	var out []string
	for _, path := range typed {
		out = append(out, a.world.Path(path))
	}
	return out
}

// startFromPlan takes what a plan file asks for, if it still comes to the same.
func (a *app) startFromPlan(ctx context.Context, publishing *changing.Service, w *ceremony.Starting, flags *beginning) error {
	if len(flags.join)+len(flags.leave)+flags.threshold > 0 {
		return usageError("a plan says already what is to be signed", "Leave out --add, --remove and --threshold.")
	}
	saved, err := readPlan(a.world.Path(flags.plan))
	if err != nil {
		return err
	}
	if len(saved.Requests) != 1 {
		return usageError("the plan is about several repositories, and a ceremony about one", "Save a plan for each.")
	}
	w.Repository, w.Changes = saved.Requests[0].GUN, saved.Requests[0].Changes
	_, err = publishing.PrepareSaved(ctx, saved)
	return err
}

// startFromRequests works out what is asked of the root.
func (a *app) startFromRequests(ctx context.Context, publishing *changing.Service, service *ceremony.Service, w *ceremony.Starting, flags *beginning) ([]*bundle.Asked, error) {
	asking := ceremony.Asking{Threshold: flags.threshold}
	for _, path := range a.paths(flags.join) {
		asked, err := service.ReadRequest(path, w.Repository, w.Rehearsal)
		if err != nil {
			return nil, err
		}
		asking.Join = append(asking.Join, asked)
	}
	d, err := publishing.Writable(w.Repository)
	if err != nil {
		return nil, err
	}
	look := publishing.Open(ctx, w.Repository)
	if look.Fault != nil && look.Fault.Kind != model.FaultNotFound {
		return nil, look.Fault
	}
	var root *model.Role
	if look.Repository != nil {
		root = look.Repository.Role(model.RoleRoot)
	}
	if flags.earlier != "" {
		if w.People, err = service.Earlier(a.world.Path(flags.earlier), root); err != nil {
			return nil, err
		}
	}
	if asking.Leave, err = leaving(flags.leave, w.People, root); err != nil {
		return nil, err
	}
	w.Changes, err = asking.Changes(d, w.Repository, look.Repository)
	return asking.Join, err
}

// leaving are the root keys that were named: by the person who has them, or by their IDs.
func leaving(typed []string, people []bundle.Participant, root *model.Role) ([]model.KeyID, error) {
	var out []model.KeyID
	for _, name := range typed {
		i := slices.IndexFunc(people, func(p bundle.Participant) bool { return strings.EqualFold(p.Name, name) })
		if i < 0 {
			var known []model.KeyID
			if root != nil {
				known = root.Keys
			}
			ids, err := model.MatchKeys(known, []string{name}, "in the root")
			if err != nil {
				return nil, err
			}
			out = append(out, ids...)
			continue
		}
		for _, held := range people[i].Keys {
			out = append(out, root.Keys[slices.Index(root.Listed, held.ID)])
		}
	}
	return out, nil
}

// dates are those that were given, and the others a week apart.
func (b *beginning) dates(now time.Time) (bundle.Dates, error) {
	const week = 7 * 24 * time.Hour
	out := bundle.Dates{Opens: now.UTC().Truncate(time.Second)}
	at := out.Opens
	for _, date := range []struct {
		flag, typed string
		into        *time.Time
		after       time.Duration
	}{{"opens", b.opens, &out.Opens, 0}, {"target", b.target, &out.Target, week}, {"last-safe", b.lastSafe, &out.LastSafe, week}, {"expires", b.expires, &out.Expires, week}} {
		at = at.Add(date.after)
		if date.typed != "" {
			var err error
			if at, err = time.Parse(time.DateOnly, date.typed); err != nil {
				if at, err = time.Parse(time.RFC3339, date.typed); err != nil {
					return out, usageError(fmt.Sprintf("--%s is not a date: %q", date.flag, date.typed), "Give a date such as 2026-11-30, or a time such as 2026-11-30T10:00:00Z.")
				}
			}
		}
		*date.into = at.UTC()
	}
	return out, nil
}

// participants are those who were named with a key that is listed already.
func (b *beginning) participants() ([]bundle.Participant, error) {
	var out []bundle.Participant
	for _, typed := range b.people {
		name, id, ok := strings.Cut(typed, "=")
		key, err := model.ParseKeyID(id)
		if !ok || err != nil || name == "" {
			return nil, usageError(fmt.Sprintf("--person is not NAME=ID: %q", typed), "Give the whole ID under which the root lists the key: trustdeck roots")
		}
		out = append(out, bundle.Participant{Name: name, Does: "custodian", Keys: []bundle.Held{{ID: key}}})
	}
	return out, nil
}
