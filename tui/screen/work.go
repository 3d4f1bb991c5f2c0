package screen

import (
	"context"
	"errors"

	"trustdeck/model"
	"trustdeck/model/admin"
	"trustdeck/model/health"
	"trustdeck/model/port"
	"trustdeck/tui/task"
	"trustdeck/tui/text"
)

// surveyWork looks at every repository and tells the list of tasks how far it
// has come.
func surveyWork(ctx context.Context, source Source, report func(admin.Look)) error {
	t := tally{seen: map[model.GUN]bool{}}
	err := source.Survey(ctx, func(v admin.Look) {
		t.take(ctx, v)
		report(v)
	})
	task.Note(ctx, t.String())
	return err
}

// tally counts the answers of a survey.
type tally struct {
	// seen are the names that are known; the value tells whether a fresh
	// answer has come.
	seen                 map[model.GUN]bool
	read, absent, failed int
}

func (t *tally) take(ctx context.Context, v admin.Look) {
	answered := t.seen[v.GUN]
	bare, cached := v.Repository == nil && v.Fault == nil, v.Stale && v.Fault == nil
	t.seen[v.GUN] = answered || !bare && !cached
	if t.seen[v.GUN] && !answered {
		switch {
		case v.Fault == nil:
			t.read++
		case v.Fault.Kind == model.FaultNotFound:
			t.absent++
		default:
			t.failed++
			task.Trouble(ctx, v.Fault)
		}
	}
	task.Progress(ctx, t.read+t.absent+t.failed, len(t.seen))
}

// String says what has been read.
func (t *tally) String() string {
	words := text.Count(t.read, "repository") + " read"
	if t.absent > 0 {
		words += ", " + text.Number(t.absent) + " without trust data"
	}
	if t.failed > 0 {
		words += ", " + text.Number(t.failed) + " not readable"
	}
	return words
}

// rereadWork reads the repositories that are said to have changed.
func rereadWork(ctx context.Context, source Source, listed []port.Listed, report func(admin.Look)) error {
	t := tally{seen: map[model.GUN]bool{}}
	err := source.Refresh(ctx, listed, func(v admin.Look) {
		t.take(ctx, v)
		report(v)
	})
	task.Note(ctx, t.String())
	return err
}

// openWork reads one repository. The fault of its view is the error of the work,
// so that the list of tasks shows it; an answer that was cut off is no answer.
func openWork(ctx context.Context, source Source, gun model.GUN, known bool, report func(admin.Look)) error {
	if !known {
		if cached, ok := source.Cached(ctx, gun); ok {
			task.Note(ctx, "the cache, as of "+text.UTC(cached.Repository.Source.Read))
			report(cached)
		}
	}
	v := source.Open(ctx, gun)
	if err := ctx.Err(); err != nil {
		return err
	}
	report(v)
	switch {
	case v.Fault != nil && v.Fault.Kind != model.FaultNotFound:
		return v.Fault
	case v.Fault != nil:
		task.Note(ctx, v.Fault.Text)
	case v.Repository != nil:
		task.Note(ctx, text.Count(len(v.Repository.Roles), "role")+" from "+v.Repository.Source.Name)
	}
	return nil
}

// opened takes note that reading has ended. What goes wrong in the world is part
// of the view already; a mistake of the program, or that it was stopped, is not.
func (b *Board) opened(gun model.GUN, err error) *BoardMsg {
	var fault *model.Fault
	switch {
	case err == nil:
		return &BoardMsg{}
	case errors.As(err, &fault) && fault.Kind == model.FaultCanceled:
		return &BoardMsg{Changed: b.unread([]model.GUN{gun}, fault)}
	case fault != nil:
		return &BoardMsg{}
	}
	v := b.views[gun]
	v.GUN = gun
	v.Fault = &model.Fault{Kind: model.FaultLocal, Subject: string(gun), Text: err.Error(), Err: err}
	b.put(v)
	return &BoardMsg{Changed: []model.GUN{gun}}
}

// unread gives up those of the repositories of which nothing is known, because
// reading them was stopped: nothing is on its way any more.
func (b *Board) unread(guns []model.GUN, why *model.Fault) []model.GUN {
	var given []admin.Look
	for _, gun := range guns {
		if b.Loading(gun) && !b.Opening(gun) {
			given = append(given, admin.Look{GUN: gun, Fault: why, Assessment: health.Assessment{Level: health.Stale, Reason: why.Text}})
		}
	}
	return b.put(given...)
}

// surveyEnded takes note that the survey has ended.
func (b *Board) surveyEnded(err error) *BoardMsg {
	b.surveyed, b.surveyErr = b.now(), err
	if retryable(err) {
		b.watch.watcher.Suspect(b.now(), b.source.Place(""))
	}
	var fault *model.Fault
	if errors.As(err, &fault) && fault.Kind == model.FaultCanceled {
		return &BoardMsg{Changed: b.unread(b.names, fault)}
	}
	return &BoardMsg{}
}

// Judge puts the limits of judgement in place of those of the source, for all that
// is known and all that comes.
func (b *Board) Judge(limits health.Options) []model.GUN {
	b.limits = &limits
	for gun, v := range b.views {
		b.views[gun] = b.judged(v)
	}
	b.count()
	return b.names
}

// judged is a view by the limits that are in force.
func (b *Board) judged(v admin.Look) admin.Look {
	if b.limits == nil || v.Repository == nil {
		return v
	}
	v.Assessment = health.Assess(v.Repository, *b.limits)
	if v.Stale {
		v.Assessment.Level = min(v.Assessment.Level, health.Stale)
	}
	return v
}
