package tuitest

import (
	"context"
	"strings"
	"sync"
	"time"

	"trustdeck/model"
	"trustdeck/model/admin"
	"trustdeck/model/forecast"
	"trustdeck/model/health"
	"trustdeck/model/history"
	"trustdeck/model/port"
	"trustdeck/model/watch"
)

// Source answers from what it is given. The zero value knows nothing. Its fields
// are set before use; it satisfies screen.Source.
type Source struct {
	// Views are the fresh answers, Saved those of the cache.
	Views []admin.Look
	Saved []admin.Look
	// Past, KeyUses, Waiting, Findings and Known are the answers of History,
	// Keys, Staged, Doctor and List.
	Past     history.Timeline
	KeyUses  []admin.KeyUse
	Waiting  []admin.Staged
	Findings []health.Finding
	Known    []port.Listed
	// Plugged are the answers of Tokens, with NoToken, and Plug what WatchTokens returns.
	Plugged []admin.TokenUse
	NoToken *model.Fault
	Plug    chan struct{}
	// Others is the answer of OtherTokens.
	Others []admin.OtherToken
	// OlderRoots are those that clients may have, and Ends when the certificates of a root
	// end, by version.
	OlderRoots []int64
	Ends       map[int64]time.Time
	// Chain is the answer of Roots.
	Chain admin.RootChain
	// Registry holds what the registry serves, by tag; a tag that is not here
	// was not asked for.
	Registry map[string]model.Served
	// Told answers for places that are watched; nil answers that they keep no list of changes
	// and have no timestamps.
	Told func(watch.Ask) watch.Answer
	// Err is returned by whatever can return an error.
	Err error
	// Gate holds answers back until it is closed, where it is not nil.
	Gate chan struct{}
	// Panic makes every method panic with this value.
	Panic any

	mu    sync.Mutex
	calls []string
}

// NewSource is a source in the test world.
func NewSource() *Source {
	d := &Source{Views: World(), Past: Past(), KeyUses: LocalKeys()}
	for _, v := range d.Views {
		d.Findings = append(d.Findings, v.Assessment.Findings...)
		d.Known = append(d.Known, port.Listed{GUN: v.GUN, Changed: v.Changed})
	}
	return d
}

// Calls lists the methods that were called, with the repository.
func (d *Source) Calls() string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return strings.Join(d.calls, " ")
}

func (d *Source) enter(ctx context.Context, call string) error {
	d.mu.Lock()
	d.calls = append(d.calls, call)
	d.mu.Unlock()
	if d.Panic != nil {
		panic(d.Panic)
	}
	if d.Gate != nil {
		select {
		case <-d.Gate:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return d.Err
}

// Survey reports the saved views, then the fresh ones.
func (d *Source) Survey(ctx context.Context, each func(admin.Look)) error {
	for _, v := range d.Saved {
		each(v)
	}
	if err := d.enter(ctx, "Survey"); err != nil {
		return err
	}
	for _, v := range d.Views {
		each(v)
	}
	return nil
}

// Refresh reports the fresh views of some repositories, as Open does.
func (d *Source) Refresh(ctx context.Context, listed []port.Listed, each func(admin.Look)) error {
	for _, l := range listed {
		each(d.Open(ctx, l.GUN))
	}
	return ctx.Err()
}

// Watched answers with Told.
func (d *Source) Watched(_ context.Context, ask watch.Ask) watch.Answer {
	if d.Told == nil {
		return watch.Answer{Fault: &model.Fault{Kind: model.FaultNotFound, Text: "the server does not have it"}}
	}
	return d.Told(ask)
}

// Place is the same for all repositories.
func (d *Source) Place(model.GUN) string { return "notary.example.org" }

// Cached returns a saved view.
func (d *Source) Cached(_ context.Context, gun model.GUN) (admin.Look, bool) {
	for _, v := range d.Saved {
		if v.GUN == gun {
			return v, true
		}
	}
	return admin.Look{}, false
}

// Open returns a fresh view, or a fault.
func (d *Source) Open(ctx context.Context, gun model.GUN) admin.Look {
	if err := d.enter(ctx, "Open "+string(gun)); err != nil {
		return admin.Look{GUN: gun, Fault: &model.Fault{Kind: model.FaultUnreachable, Subject: string(gun), Text: err.Error()}}
	}
	for _, v := range d.Views {
		if v.GUN == gun {
			return v
		}
	}
	return admin.Look{
		GUN: gun, Assessment: health.Assessment{Level: health.None},
		Fault: &model.Fault{Kind: model.FaultNotFound, Subject: string(gun), Text: "the server has no such repository", Hint: "Check the name."},
	}
}

// History returns the past.
func (d *Source) History(ctx context.Context, gun model.GUN, window history.Window) (history.Timeline, error) {
	err := d.enter(ctx, "History "+string(gun))
	out := d.Past
	out.GUN = gun
	if most := window.Most(); most < len(out.Publishes) {
		out.Publishes, out.More = out.Publishes[:most], true
	}
	return out, err
}

// Forecast looks ahead with OlderRoots, all of which are accepted until Ends.
func (d *Source) Forecast(ctx context.Context, r *model.Repository) (forecast.Forecast, error) {
	err := d.enter(ctx, "Forecast "+string(r.GUN))
	ends := make([]time.Time, 0, len(d.Ends))
	for _, at := range d.Ends {
		ends = append(ends, at)
	}
	return forecast.Make(r, d.OlderRoots, ends, func(c forecast.Client, at time.Time) (string, bool) {
		end, ends := d.Ends[c.Root]
		return "root has no usable certificate", !ends || at.Before(end)
	}), err
}

// Roots returns the chain.
func (d *Source) Roots(ctx context.Context, r *model.Repository) (admin.RootChain, error) {
	err := d.enter(ctx, "Roots "+string(r.GUN))
	return d.Chain, err
}

// Keys returns the private keys.
func (d *Source) Keys(ctx context.Context, _ []admin.Look) ([]admin.KeyUse, error) {
	err := d.enter(ctx, "Keys")
	return d.KeyUses, err
}

// Tokens returns what is plugged in.
func (d *Source) Tokens(ctx context.Context, _ []admin.Look) ([]admin.TokenUse, *model.Fault) {
	if err := d.enter(ctx, "Tokens"); err != nil {
		return nil, model.FaultOf(err, "")
	}
	return d.Plugged, d.NoToken
}

// OtherTokens returns Others.
func (d *Source) OtherTokens(context.Context) []admin.OtherToken { return d.Others }

// WatchTokens returns Plug.
func (d *Source) WatchTokens(context.Context) <-chan struct{} {
	if d.Plug == nil {
		never := make(chan struct{})
		close(never)
		return never
	}
	return d.Plug
}

// Staged returns what waits.
func (d *Source) Staged(ctx context.Context, _ []admin.Look) ([]admin.Staged, error) {
	err := d.enter(ctx, "Staged")
	return d.Waiting, err
}

// Doctor returns the findings.
func (d *Source) Doctor(ctx context.Context, _ []admin.Look) []health.Finding {
	if d.enter(ctx, "Doctor") != nil {
		return nil
	}
	return d.Findings
}

// List returns what is known.
func (d *Source) List(ctx context.Context) ([]port.Listed, error) {
	err := d.enter(ctx, "List")
	return d.Known, err
}

// Served returns what the registry serves.
func (d *Source) Served(ctx context.Context, gun model.GUN, signed model.Resolution) model.Served {
	served := model.NewServed(signed)
	if err := d.enter(ctx, "Served "+string(gun)+":"+signed.Tag); err != nil {
		served.State, served.Fault = model.ServedUnknown, &model.Fault{Kind: model.FaultUnreachable, Text: err.Error()}
		return served
	}
	if known, ok := d.Registry[signed.Tag]; ok {
		known.Tag, known.Signed, known.SignedSize = served.Tag, served.Signed, served.SignedSize
		return known
	}
	return served
}
