package wiring

import (
	"context"
	"testing"

	"trustdeck/model"
	"trustdeck/model/port"
	"trustdeck/model/watch"
)

// lookout is a service that is only watched: it keeps what it was asked.
type lookout struct {
	Service
	place string
	asked *watch.Ask
}

func (l lookout) Place(model.GUN) string { return l.place }

func (l lookout) Watched(_ context.Context, ask watch.Ask) watch.Answer {
	*l.asked = ask
	return watch.Answer{Changes: []port.Change{{ID: "8", GUN: "acme/app"}}}
}

// Each context is asked about its repositories by the names that they have there, and one
// server that two contexts ask is two places.
func TestJoinedIsWatched(t *testing.T) {
	var prod, test watch.Ask
	j := joined{
		{"prod", &Session{Service: lookout{place: "notary.example.org", asked: &prod}}},
		{"test", &Session{Service: lookout{place: "notary.example.org", asked: &test}}},
	}
	if a, b := j.Place("prod:acme/app"), j.Place("test:acme/app"); a == b || a != "prod: notary.example.org" {
		t.Errorf("places %q and %q", a, b)
	}
	answer := j.Watched(context.Background(), watch.Ask{Feed: true, GUN: "test:acme/web", After: port.Change{ID: "7", GUN: "test:acme/app"}})
	if test.GUN != "acme/web" || test.After.GUN != "acme/app" || test.After.ID != "7" || prod.GUN != "" {
		t.Errorf("asked %+v and %+v", test, prod)
	}
	if len(answer.Changes) != 1 || answer.Changes[0].GUN != "test:acme/app" {
		t.Errorf("answered %+v", answer)
	}
	if answer = j.Watched(context.Background(), watch.Ask{Feed: true}); answer.Fault == nil || answer.Fault.Retryable() {
		t.Errorf("the place of all contexts answers %+v", answer)
	}
}
