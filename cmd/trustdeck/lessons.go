package main

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"trustdeck/cmd/trustdeck/internal/table"
	"trustdeck/cmd/trustdeck/internal/wiring"
	"trustdeck/model"
	"trustdeck/model/admin"
	"trustdeck/model/lesson"
	"trustdeck/model/report"
	"trustdeck/tui/text"
)

func newLessons(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "lessons [LESSON]",
		Short: "List the lessons of the practice world, and your progress",
		Long: `Lists the lessons of this shell's practice world, or shows one of them. A step is done
when the repository reaches the goal, whichever client changed it. If the change is
undone, the step is open again.

Steps that only ask you to look at something are untracked here. The UI of trustdeck
demo tracks them; press P there.`,
		Example: `  trustdeck lessons
  trustdeck lessons expiring
  # what is left to do
  trustdeck lessons -o json | jq -r '.lessons[] | select(.state == "open") | .name'`,
		Args:              arguments("at most one lesson", 0, 1),
		ValidArgsFunction: completeLessons,
		RunE:              func(cmd *cobra.Command, args []string) error { return a.tellLessons(cmd.Context(), args) },
	}
	a.addOutput(cmd)
	return cmd
}

// tellLessons answers for the lesson that is named, or for all.
func (a *app) tellLessons(ctx context.Context, named []string) error {
	if a.world.Getenv(wiring.PracticeVariable) == "" {
		return usageError("this shell is not in a practice world",
			"Run trustdeck demo for the lessons in the UI, or trustdeck sandbox --lessons, and read its environment file here.")
	}
	all, err := wiring.Lessons()
	if err != nil {
		return err
	}
	chosen, err := chosenLessons(all, named)
	if err != nil {
		return err
	}
	s, err := a.looking()
	if err != nil {
		return err
	}
	done, failed := a.judgeLessons(ctx, s, chosen)
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	answer := report.NewLessons(chosen, done)
	write := func() error { return a.writeLessons(answer) }
	if len(named) > 0 {
		write = func() error { return a.writeLesson(answer.Lessons[0]) }
	}
	return errors.Join(a.answer(answer, write), faults(failed, true))
}

// chosenLessons are the lessons that are named, or all.
func chosenLessons(all []lesson.Lesson, named []string) ([]lesson.Lesson, error) {
	if len(named) == 0 {
		return all, nil
	}
	i := slices.IndexFunc(all, func(l lesson.Lesson) bool { return l.Slug == named[0] })
	if i < 0 {
		return nil, usageError(fmt.Sprintf("there is no lesson %q", named[0]), "See trustdeck lessons.")
	}
	return all[i : i+1], nil
}

// judgeLessons looks at what the steps are about, and returns the repositories that could
// not be read beside.
func (a *app) judgeLessons(ctx context.Context, s *session, lessons []lesson.Lesson) (done *lesson.Progress, failed []admin.Look) {
	looks := map[model.GUN]admin.Look{}
	for _, l := range lessons {
		if !slices.ContainsFunc(l.Steps, func(s lesson.Step) bool { return !s.Watched() }) {
			continue
		}
		look := s.Service.Open(ctx, a.lessonAt(l))
		if look.Fault != nil && look.Fault.Kind != model.FaultNotFound {
			failed = append(failed, look)
		}
		looks[l.GUN] = look
	}
	keys, err := s.Service.Keys(ctx, nil)
	if err != nil {
		keys = nil // steps about keys stay open
	}
	done = lesson.NewProgress(lessons)
	done.Update(lesson.World{
		Now: s.Clock(), Keys: keys, DialectOf: s.DialectOf,
		Look: func(gun model.GUN) (admin.Look, bool) { l, ok := looks[gun]; return l, ok },
	})
	return done, failed
}

// lessonAt is what the repository of a lesson is called in a shell of the practice world: its
// name, or for one in a folder the path there.
func (a *app) lessonAt(l lesson.Lesson) model.GUN {
	path, ok := wiring.LessonFolder(l, a.world.Getenv(wiring.PracticeVariable))
	if !ok {
		return l.GUN
	}
	place, err := wiring.FindPlace(path, nil, a.world)
	if err != nil {
		return l.GUN // which cannot be found there
	}
	return place.GUN
}

// lessonStates are the states of lessons, for people.
var lessonStates = map[string]string{report.LessonDone: "done", report.LessonOpen: "open", report.LessonUnwatched: "untracked"}

func (a *app) writeLessons(answer report.Lessons) error {
	t := table.New(table.Column{Title: "LESSON"}, table.Column{Title: "STATE"}, table.Column{Title: "TITLE", Flex: true}, table.Column{Title: "REPOSITORY", KeepEnd: true})
	next, watched := "", 0
	for _, l := range answer.Lessons {
		t.Row(l.Name, lessonStates[l.State], l.Title, l.Repository)
		switch {
		case l.State == report.LessonUnwatched:
			watched++
		case l.State == report.LessonOpen && next == "":
			next = l.Name
		}
	}
	if err := t.Write(a.out, a.width); err != nil {
		return err
	}
	last := fmt.Sprintf("\n%d of %d done. trustdeck demo also tracks the other %d.", answer.Done, len(answer.Lessons)-watched, watched)
	if next != "" {
		last += " Next: trustdeck lessons " + next
	}
	_, err := fmt.Fprintln(a.out, last)
	return err
}

func (a *app) writeLesson(l report.Lesson) error {
	lines := []string{l.Title, l.Repository, "", l.Story, "", "Steps:"}
	for _, s := range l.Steps {
		words := s.Text
		if s.Optional {
			words += " Optional."
		}
		lines = append(lines, fmt.Sprintf("  %-10s  %s", lessonStates[s.State], words))
	}
	list := func(title string, sentences []string) {
		lines = append(lines, "", title)
		for _, s := range sentences {
			lines = append(lines, "  "+s)
		}
	}
	list("Look:", l.Look)
	list("Try:", l.Try)
	for _, line := range lines {
		if _, err := fmt.Fprintln(a.out, text.Clean(line)); err != nil {
			return err
		}
	}
	return nil
}

// completeLessons completes the names of lessons.
func completeLessons(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
	all, err := wiring.Lessons()
	if err != nil || len(args) > 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	var out []string
	for _, l := range all {
		out = append(out, cobra.CompletionWithDesc(l.Slug, l.Title))
	}
	return out, cobra.ShellCompDirectiveNoFileComp
}
