package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"trustdeck/model"
	"trustdeck/model/admin/ceremony"
	changing "trustdeck/model/admin/change"
	"trustdeck/model/plan"
	"trustdeck/model/port"
	"trustdeck/tui/text"
)

func newResume(a *app) *cobra.Command {
	var opts resumption
	cmd := &cobra.Command{
		Use:   "resume",
		Short: "Finish a change that was cut off",
		Long: `Shows, for each change that a crash or a lost connection cut off, what was done and what
was not. It shows the rest as a plan, and applies it when you accept it. If the change is
already published, trustdeck reads it back as a new client, then removes old keys if you
asked for that. It reuses keys that the change made. It trusts the journal only where the
trust folder and the repository confirm it.

If a publish into a folder was cut off between two files, trustdeck lists those that are
still the old ones, and puts the new ones in their place.

If a change of the passphrases of several keys was cut off, trustdeck shows which keys have
the new one, and gives it to the others. It needs no passphrase for that.

With --dismiss, trustdeck leaves the change as it is: it undoes nothing, and doesn't
mention the change again. It offers to remove keys that the change made and no repository
lists; --remove-keys removes them without asking.`,
		Example: "  trustdeck resume",
		Args:    arguments("", 0, 0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			s, err := a.session()
			if err != nil {
				return err
			}
			settled, err := a.settlePassphrases(cmd.Context(), s, opts)
			if err != nil {
				return err
			}
			service, err := a.writable(s)
			if err != nil {
				return err
			}
			finished, err := a.finishPublishes(cmd.Context(), service, opts)
			if err != nil {
				return err
			}
			all, err := service.Interrupted(cmd.Context())
			if err != nil {
				return err
			}
			if len(all) == 0 && !settled && !finished {
				a.say("no change was cut off", "")
			}
			for _, one := range all {
				if err := a.resume(cmd.Context(), service, one, opts); err != nil {
					return err
				}
			}
			return nil
		},
	}
	cmd.Flags().BoolVar(&opts.yes, "yes", false, "apply the rest without asking")
	cmd.Flags().BoolVar(&opts.dismiss, "dismiss", false, "leave everything as it is")
	cmd.Flags().BoolVar(&opts.removeKeys, "remove-keys", false, "with --dismiss: remove keys that the change made and nothing uses")
	return cmd
}

// settlePassphrases explains a change of passphrases that was cut off, and finishes or dismisses
// it. It reports whether there was one.
func (a *app) settlePassphrases(ctx context.Context, s *session, opts resumption) (bool, error) {
	files := s.KeyFiles().Files
	cut, err := files.CutOffPassphrases(ctx)
	if err != nil || cut == nil {
		return false, err
	}
	fmt.Fprintf(a.err, "A change of passphrases of %s was cut off:\n", text.UTC(cut.Begun))
	old := 0
	for _, k := range cut.Keys {
		if k.State == port.OldPassphrase {
			old++
		}
		fmt.Fprintln(a.err, "  "+text.Sentence(text.Clean(passphraseNow(k))))
	}
	if !opts.dismiss && old > 0 {
		agreed, err := a.agreeTo(ctx, opts.yes, "Give "+text.Count(old, "key")+" the new passphrase?")
		if err != nil {
			return true, err
		}
		if !agreed {
			return true, &model.Fault{Kind: model.FaultCanceled, Text: "nothing was changed: you did not accept it", Hint: "To leave each key with the passphrase that it has, give --dismiss."}
		}
	}
	cut, err = files.SettlePassphrases(ctx, !opts.dismiss)
	if err == nil {
		for _, k := range cut.Keys {
			fmt.Fprintln(a.err, text.Sentence("Settled: "+text.Clean(passphraseNow(k))))
		}
	}
	return true, err
}

// passphraseNow says which passphrase a key has.
func passphraseNow(k port.CutOffPassphrase) string {
	name := "the " + k.Key.Label + " key " + k.Key.ID.Short()
	switch k.State {
	case port.NewPassphrase:
		return name + " has the new passphrase"
	case port.OtherFile:
		return name + " was changed or removed by another program since"
	default:
		return name + " has the passphrase that it had before"
	}
}

// finishPublishes shows publishes that were cut off between two files, and finishes them. It
// reports whether there were any.
func (a *app) finishPublishes(ctx context.Context, service *changing.Service, opts resumption) (bool, error) {
	all, err := service.Unfinished(ctx)
	if err != nil || opts.dismiss {
		return false, err
	}
	for _, one := range all {
		fmt.Fprintf(a.err, "A publish of %s was cut off. Not yet changed:\n", text.Clean(string(one.GUN)))
		for _, file := range one.Files {
			fmt.Fprintln(a.err, "  "+text.Clean(file))
		}
		agreed, err := a.agreeTo(ctx, opts.yes, "Change "+text.Count(len(one.Files), "file")+" too?")
		if err != nil {
			return true, err
		}
		if !agreed {
			return true, &model.Fault{Kind: model.FaultCanceled, Text: "nothing was changed: you did not accept it", Hint: "Until the publish is finished, the folder has files from before and after it."}
		}
		if err := service.FinishPublish(ctx, one); err != nil {
			return true, err
		}
		fmt.Fprintf(a.err, "The publish of %s is finished.\n", text.Clean(string(one.GUN)))
	}
	return len(all) > 0, nil
}

// resumption is what the flags of resume ask for.
type resumption struct{ yes, dismiss, removeKeys bool }

// offerRemoval removes the keys that a change has made in vain, where that is wanted.
// Without its entry in the journal nobody knows any more that nothing uses them.
func (a *app) offerRemoval(ctx context.Context, service *changing.Service, one changing.Interrupted, opts resumption) error {
	made := one.MadeInVain()
	if len(made) == 0 {
		return nil
	}
	remove := opts.removeKeys
	if !remove && a.interactive && !opts.yes {
		var err error
		if remove, err = a.agreeTo(ctx, false, "Remove "+text.Count(len(made), "key")+" that the change made and nothing uses?"); err != nil {
			return err
		}
	}
	if !remove {
		for _, id := range made {
			fmt.Fprintf(a.err, "Key %s stays, although nothing uses it. To remove it later: trustdeck key remove %s\n", id.Short(), id)
		}
		return nil
	}
	removed, err := service.RemoveMade(ctx, one)
	for _, id := range removed {
		fmt.Fprintf(a.err, "Key %s is removed; nothing used it.\n", id.Short())
	}
	return err
}

// resume explains one change that was cut off, and finishes or dismisses it.
func (a *app) resume(ctx context.Context, service *changing.Service, one changing.Interrupted, opts resumption) error {
	a.explain(one)
	switch {
	case opts.dismiss:
		if err := a.offerRemoval(ctx, service, one, opts); err != nil {
			return err
		}
		return service.Dismiss(ctx, one.Entry)
	case one.Fault != nil:
		return one.Fault
	}
	nothing := one.Remaining == nil || one.Remaining.Verdict().State == plan.Nothing
	agreed, err := a.agreeToFinish(ctx, service, one, nothing, opts.yes)
	if err != nil {
		return err
	}
	if !agreed {
		return &model.Fault{Kind: model.FaultCanceled, Text: "nothing was changed: you did not accept the rest", Hint: "It is kept for later. To drop it, give --dismiss."}
	}
	var collected *ceremony.File
	if one.Collected != "" && !nothing {
		if collected, err = a.collected(one); err != nil {
			return err
		}
	}
	kept, err := service.Finish(ctx, one)
	for _, k := range kept {
		a.warn("key "+k.ID.Short()+" is not removed from this machine: "+k.Why, "")
	}
	if err != nil {
		return err
	}
	if nothing {
		fmt.Fprintln(a.err, "Nothing is left to do.")
		if one.Collected != "" {
			a.noteFound(one)
		}
		return service.Dismiss(ctx, one.Entry)
	}
	e := changing.Execution{Plan: one.Remaining, Resume: &one}
	if collected != nil {
		return a.executeCollected(ctx, service, opts.yes, collected, e)
	}
	return a.execute(ctx, service, opts.yes, e)
}

// collected is the ceremony whose signatures a change that was cut off was to publish.
func (a *app) collected(one changing.Interrupted) (*ceremony.File, error) {
	service, err := a.ceremonies()
	if err != nil {
		return nil, err
	}
	file, err := service.Open(one.Collected)
	if err != nil {
		a.say("the signatures were in "+one.Collected, "To publish them from another file: trustdeck ceremony publish FILE. To drop the change: trustdeck resume --dismiss")
	}
	return file, err
}

// agreeToFinish shows what is left, and asks whether it shall be done. Where nothing is
// written and no key removed, nobody is asked.
func (a *app) agreeToFinish(ctx context.Context, service *changing.Service, one changing.Interrupted, nothing, yes bool) (bool, error) {
	for _, id := range one.Left() {
		fmt.Fprintf(a.err, "Left to do: read the published data back, then remove key %s from this machine.\n", id.Short())
	}
	if n := one.LeftStaged(); n > 0 {
		fmt.Fprintf(a.err, "Left to do: read the published data back, then remove %s from the changelist.\n", text.Count(n, "published change"))
	}
	if !nothing {
		a.review(service, one.Remaining)
		return a.agree(ctx, service, yes, one.Remaining)
	}
	if len(one.Left()) > 0 {
		return a.agreeTo(ctx, yes, "Remove these keys? Without a copy, a removed key is lost.")
	}
	return true, nil
}

// explain says what became of a change that was cut off.
func (a *app) explain(one changing.Interrupted) {
	fmt.Fprintf(a.err, "A change of %s was cut off:\n", text.UTC(one.Begun))
	for _, part := range one.Parts {
		for _, line := range part.Explain() {
			fmt.Fprintln(a.err, "  "+text.Sentence(text.Clean(line)))
		}
	}
}

// remind says before a new change that an earlier one was cut off.
func (a *app) remind(ctx context.Context, service *changing.Service) {
	entries, err := service.Journal.Open(ctx)
	if err == nil && len(entries) > 0 {
		a.warn(text.Count(len(entries), "change")+" started here but did not finish", "Run: trustdeck resume")
	}
}
