package wiring

import (
	"context"

	"trustdeck/model"
	"trustdeck/model/watch"
)

// Place names where a repository is read from, and by which context: one server may be asked
// by several, each with its own login.
func (j joined) Place(gun model.GUN) string {
	p, name, err := j.of(gun)
	if err != nil {
		return "several contexts"
	}
	return p.context + contextMark + " " + p.service().Place(name)
}

// Watched asks the place of a context whether something has changed.
func (j joined) Watched(ctx context.Context, ask watch.Ask) watch.Answer {
	p, name, err := j.of(ask.GUN)
	if err != nil {
		return watch.Answer{Fault: model.FaultOf(err, "")}
	}
	ask.GUN = name
	if ask.After.GUN != "" {
		_, ask.After.GUN, err = j.of(ask.After.GUN)
	}
	if err != nil {
		return watch.Answer{Fault: model.FaultOf(err, "")}
	}
	out := p.service().Watched(ctx, ask)
	for i := range out.Changes {
		out.Changes[i].GUN = p.name(out.Changes[i].GUN)
	}
	return out
}
