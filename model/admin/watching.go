package admin

import (
	"context"

	"trustdeck/model"
	"trustdeck/model/port"
	"trustdeck/model/watch"
)

// Place names where a repository is read from; the empty name stands for the place of all
// that have none of their own. It is quick, and asks nobody.
func (d *Service) Place(gun model.GUN) string {
	if gun == "" {
		return d.Remote.Source().Name
	}
	return d.SourceOf(gun).Name
}

// Watched asks whether something has changed. What it answers is not verified: it only says
// which repositories are worth reading.
func (d *Service) Watched(ctx context.Context, ask watch.Ask) watch.Answer {
	if ask.Feed {
		return d.watchedFeed(ctx, ask)
	}
	ref := port.Ref{Role: model.RoleTimestamp, Limit: d.DialectOf(ask.GUN).Limit(model.RoleTimestamp)}
	file, err := d.Remote.Read(ctx, ask.GUN, ref)
	if err != nil {
		return watch.Answer{Fault: model.FaultOf(err, model.RoleTimestamp)}
	}
	return watch.Answer{Stamp: hexSum(file.Bytes)}
}

func (d *Service) watchedFeed(ctx context.Context, ask watch.Ask) watch.Answer {
	feed, ok := d.Remote.(port.Feed)
	if !ok {
		return watch.Answer{Fault: &model.Fault{Kind: model.FaultNotFound, Subject: ask.Place, Text: "it does not list what has changed"}}
	}
	news, err := feed.Since(ctx, ask.GUN, ask.After)
	if err != nil {
		return watch.Answer{Fault: model.FaultOf(err, "")}
	}
	return watch.Answer{Changes: news.Changes, Broken: news.Broken}
}
