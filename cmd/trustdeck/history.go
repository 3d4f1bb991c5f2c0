package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"trustdeck/model"
	"trustdeck/model/dialect"
	"trustdeck/model/history"
	"trustdeck/model/report"
	"trustdeck/tui/text"
)

// pastAsked is what is asked for of a past.
type pastAsked struct {
	key, signer, since string
	limit              int
	details            bool
}

func newHistory(a *app) *cobra.Command {
	asked := &pastAsked{limit: history.DefaultLimit}
	cmd := &cobra.Command{
		Use:   "history REPO",
		Short: "Show publish by publish what changed, and who could sign",
		Long: `Shows the past of a repository as a timeline, newest publish first: when it was published,
how the people and keys that could sign changed, which files came with it, who signed
each of them, and which tags were added, changed or removed.

  + alice 7c1f 9a02 may sign targets/releases
  - bob 2b90 41ce may no longer sign targets/releases
  ~ threshold of targets/releases is 2 of 2 keys (was 1)
  ~ key of targets is f03d 77a1 (was 2b90 41ce)

Every version is verified by the keys of its time: one that does not verify is shown as
such. The times are those of the server's list of changes where it has one, else those of
its files; no signature proves them. Versions that the server no longer keeps are named.

--key and --signer keep the publishes that a key or a person has to do with: something is
signed with the key, or what it may sign changed. --details adds everyone who could sign
at each publish, and every changed tag. -o json exports all of it.

-o csv exports the same publishes with a row per change: who could sign (grant), a file
(file), a tag in it (target), a problem (problem), or the deletion of everything
(deletion). The first row names the columns, mostly as -o json does; "names" are the
people who have had the signing keys. A cell that a spreadsheet would take for a formula
begins with an apostrophe. What the timeline lacks goes to standard error.

The exit code is 1 if a publish doesn't verify.`,
		Example: `  trustdeck history registry.example.org/acme/app
  # since when can bob sign, and what has he signed?
  trustdeck history registry.example.org/acme/app --signer bob
  # who could sign releases at each publish?
  trustdeck history registry.example.org/acme/app -o json |
    jq -r '.publishes[] | .time as $t | .grants[] | select(.role == "targets/releases") |
      "\($t) \(.threshold) of \(.keys | join(" "))"'
  # for a spreadsheet
  trustdeck history registry.example.org/acme/app --signer bob -o csv > bob.csv`,
		Args:              arguments("one repository", 1, 1),
		ValidArgsFunction: a.completeFirstRepository,
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.history(cmd.Context(), args[0], asked)
		},
	}
	f := cmd.Flags()
	f.StringVar(&asked.key, "key", "", "show only what the key with this `ID` has to do with; its first 4 digits or more")
	f.StringVar(&asked.signer, "signer", "", "show only what the signer called `NAME` has to do with")
	f.IntVar(&asked.limit, "limit", asked.limit, "read up to `N` publishes")
	f.StringVar(&asked.since, "since", "", "leave out what was published before `DATE`, a date or RFC 3339")
	f.BoolVar(&asked.details, "details", false, "show everyone who could sign at each publish, and every changed tag")
	a.addOutput(cmd, "csv")
	a.addGUN(cmd)
	return cmd
}

// history answers about one repository.
func (a *app) history(ctx context.Context, repo string, asked *pastAsked) error {
	if asked.limit < 1 || asked.limit > history.MaxLimit {
		return usageError(fmt.Sprintf("--limit %d is out of range", asked.limit), fmt.Sprintf("Give a number from 1 to %d.", history.MaxLimit))
	}
	since, err := sinceTime(asked.since)
	if err != nil {
		return err
	}
	s, err := a.looking()
	if err != nil {
		return err
	}
	name, err := a.name(ctx, s, repo)
	if err != nil {
		return err
	}
	line, err := s.Service.History(ctx, name.GUN, history.Window{Limit: asked.limit, Since: since})
	if err != nil {
		return err
	}
	filters, err := historyFilters(&line, asked.key, asked.signer)
	if err != nil {
		return err
	}
	shown := line.Filtered(filters...)
	words := s.DialectOf(name.GUN).Words()
	w := historyWriter{out: a.out, line: &line, shown: shown, words: words, details: asked.details, namer: line.NamerOf(history.FullNames)}
	if a.output == "csv" {
		err = report.WriteHistoryCSV(a.out, line, shown, words.Target)
		for _, note := range w.lacks() {
			a.say(strings.TrimSuffix(note, "."), "")
		}
	} else {
		err = a.answer(report.NewHistory(line, shown, words.Target), w.write)
	}
	if slices.ContainsFunc(shown, func(p history.Publish) bool { return p.Failed() || !p.Verified }) {
		return errors.Join(err, errMismatch)
	}
	return err
}

// sinceTime reads a date, or a moment.
func sinceTime(s string) (time.Time, error) {
	if s == "" {
		return time.Time{}, nil
	}
	for _, layout := range []string{time.DateOnly, time.RFC3339} {
		if at, err := time.Parse(layout, s); err == nil {
			return at.UTC(), nil
		}
	}
	return time.Time{}, usageError(fmt.Sprintf("--since %q is not a time", s), "Write it as 2026-11-22 or 2026-11-22T10:00:00Z.")
}

// historyFilters finds the key and the signer that were named.
func historyFilters(line *history.Timeline, key, signer string) ([]history.Filter, error) {
	var out []history.Filter
	if key != "" {
		keys := line.Keys(key)
		switch len(keys) {
		case 0:
			return nil, usageError(fmt.Sprintf("no key with the ID %q was listed in the publishes that were read", key), "Check the ID, or read more publishes with --limit.")
		case 1:
		default:
			return nil, usageError(fmt.Sprintf("%s have IDs that begin with %q", model.Count(len(keys), "key"), key), "Give more digits of the ID.")
		}
		out = append(out, history.Filter{Keys: keys})
	}
	if signer != "" {
		keys, ok := line.Signer(signer)
		if !ok {
			return nil, usageError(fmt.Sprintf("there was no signer called %q in the publishes that were read", signer), "Check the name, or read more publishes with --limit.")
		}
		out = append(out, history.Filter{Keys: keys, Signer: signer})
	}
	return out, nil
}

// A historyWriter writes a timeline for people.
type historyWriter struct {
	out     io.Writer
	line    *history.Timeline
	shown   []history.Publish
	words   dialect.Words
	namer   history.Namer
	details bool
	err     error
}

func (w *historyWriter) say(format string, args ...any) {
	if w.err == nil {
		_, w.err = fmt.Fprintln(w.out, text.Clean(fmt.Sprintf(format, args...)))
	}
}

func (w *historyWriter) write() error {
	head := fmt.Sprintf("%s: %s, newest first", w.line.GUN, publishes(len(w.line.Publishes)))
	if len(w.shown) < len(w.line.Publishes) {
		head = fmt.Sprintf("%s: %d of %s, newest first", w.line.GUN, len(w.shown), publishes(len(w.line.Publishes)))
	}
	w.say("%s", head)
	for i := range w.shown {
		w.say("")
		w.publish(&w.shown[i])
	}
	w.notes()
	return w.err
}

// publishes counts them.
func publishes(n int) string {
	if n == 1 {
		return "1 publish"
	}
	return text.Number(n) + " publishes"
}

func (w *historyWriter) publish(p *history.Publish) {
	when := p.Clock.String()
	if !p.Time.IsZero() {
		when = text.UTC(p.Time)
		if p.Clock != history.ClockFeed {
			when += " (" + p.Clock.String() + ")"
		}
	}
	head := text.Capital(p.Name()) + "   " + when
	if !p.Verified {
		head += "   NOT VERIFIED"
	}
	w.say("%s", head)
	if p.Kind == history.Deletion {
		w.say("  all trust data was deleted; nothing from before is kept")
		return
	}
	if !p.Compared {
		w.say("  the publish before is not known, so this is not compared with it")
	}
	for _, l := range p.Lines(w.namer) {
		w.say("  %s", l)
	}
	for i := range p.Revisions {
		w.revision(&p.Revisions[i])
	}
	w.stamps(p)
	for _, problem := range p.Problems {
		w.say("  %s: %s", problem.Severity, problem.Text)
	}
	if w.details {
		w.say("  who could sign:")
		grants := p.Grants()
		for i := range grants {
			w.say("    %s: %s", grants[i].Role, grants[i].Line(w.namer))
		}
	}
}

func (w *historyWriter) revision(r *history.Revision) {
	parts := []string{fmt.Sprintf("%s v%d", r.Role, r.Version)}
	if r.Version == 0 {
		parts[0] = string(r.Role)
	}
	if what := r.What(w.words.Target); what != "" {
		parts = append(parts, what)
	}
	if len(r.Signers) > 0 {
		var by []string
		for _, id := range r.Signers {
			by = append(by, w.namer.Key(id))
		}
		parts = append(parts, "signed by "+strings.Join(by, ", "))
	}
	w.say("  %s", strings.Join(parts, ", "))
	for _, problem := range r.Problems {
		w.say("    %s: %s", problem.Severity, problem.Text)
	}
	list := r.Targets.List
	if most := 3; !w.details && r.Targets.Total() > most+1 {
		list = list[:most]
	}
	for i := range list {
		w.say("    %s %q %s%s", w.words.Target, list[i].Name, list[i].Change, digests(&list[i], w.details))
	}
	if more := r.Targets.Total() - len(list); more > 0 {
		w.say("    and %d more", more)
	}
}

// digests are those of a target, before and after.
func digests(c *history.TargetChange, details bool) string {
	if !details {
		return ""
	}
	out := ""
	if d := digestOf(fmt.Sprintf("%x", c.Hashes.SHA256), fmt.Sprintf("%x", c.Hashes.SHA512)); d != "" {
		out += ": " + d
	}
	if d := digestOf(fmt.Sprintf("%x", c.HashesWas.SHA256), fmt.Sprintf("%x", c.HashesWas.SHA512)); d != "" {
		out += " (was " + d + ")"
	}
	return out
}

// stamps names the timestamps, which say little.
func (w *historyWriter) stamps(p *history.Publish) {
	if len(p.Timestamps) == 0 {
		return
	}
	first := &p.Timestamps[0]
	words := fmt.Sprintf("timestamp v%d", first.Version)
	if n := len(p.Timestamps) - 1; n > 0 {
		last := &p.Timestamps[n]
		words += fmt.Sprintf(", re-signed %s, last as v%d", text.Count(n, "time"), last.Version)
		if !last.Time.IsZero() {
			words += " on " + text.Date(last.Time)
		}
	}
	w.say("  %s", words)
}

// lacks are sentences about what the timeline lacks.
func (w *historyWriter) lacks() []string {
	var notes []string
	if w.line.More {
		notes = append(notes, "There are older publishes: --limit reads more.")
	}
	if len(w.line.Missing) > 0 {
		var gaps []string
		for i, gap := range w.line.Missing {
			if i == 5 {
				gaps = append(gaps, fmt.Sprintf("and %d more", len(w.line.Missing)-i))
				break
			}
			gaps = append(gaps, gap.String())
		}
		notes = append(notes, "Not kept: "+strings.Join(gaps, ", ")+".")
	}
	for _, p := range w.line.Problems {
		notes = append(notes, text.Sentence(p.Severity.String()+": "+p.Text))
	}
	return notes
}

func (w *historyWriter) notes() {
	notes := w.lacks()
	if len(notes) > 0 {
		w.say("")
	}
	for _, note := range notes {
		w.say("%s", note)
	}
}
