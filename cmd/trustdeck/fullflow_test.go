package main

import (
	"context"
	"errors"
	"testing"
	"time"

	"trustdeck/cmd/trustdeck/internal/settings"
	"trustdeck/model"
	changing "trustdeck/model/admin/change"
	"trustdeck/model/notary/docker"
	"trustdeck/model/plan"
	"trustdeck/tui/flow"
	"trustdeck/tui/flows"
	"trustdeck/tui/plain"
)

// Open questions are asked on the full screen where there is one, and nobody has
// asked for less.
func TestFullScreen(t *testing.T) {
	for name, row := range map[string]struct {
		adjust func(*change)
		env    map[string]string
		want   bool
	}{
		"terminal":     {want: true},
		"no terminal":  {adjust: func(c *change) { c.app.interactive = false }},
		"--yes":        {adjust: func(c *change) { c.yes = true }},
		"-f":           {adjust: func(c *change) { c.file = "plan.json" }},
		"--plain":      {adjust: func(c *change) { c.app.flags.Plain = true }},
		"TERM=dumb":    {env: map[string]string{"TERM": "dumb"}},
		"ACCESSIBLE=1": {env: map[string]string{"ACCESSIBLE": "1"}},
	} {
		t.Run(name, func(t *testing.T) {
			a := &app{console: console{interactive: true}, world: settings.World{Getenv: func(name string) string { return row.env[name] }}}
			c := &change{app: a, flow: flows.Init(nil)}
			if row.adjust != nil {
				row.adjust(c)
			}
			if got := c.fullScreen(); got != row.want {
				t.Errorf("full screen: %v, want %v", got, row.want)
			}
		})
	}
}

// How a change has ended decides the exit code, also where the screen was gone
// before it could be told.
func TestConclude(t *testing.T) {
	begun := func() *flow.Machine {
		m, _ := flow.New(flows.Init(nil), flow.Facts{Dialect: docker.Dialect{}}, flow.Answers{})
		return m
	}
	signal := errors.New("signal")
	for name, row := range map[string]struct {
		m      *flow.Machine
		saved  string
		signal error
		want   model.FaultKind
		err    error
	}{
		"never begun": {want: model.FaultCanceled},
		"left":        {m: begun(), want: model.FaultCanceled},
		"terminated":  {m: begun(), signal: signal, err: signal},
		"saved":       {m: begun(), saved: "plan.json"},
	} {
		t.Run(name, func(t *testing.T) {
			c := &change{app: &app{console: console{err: t.Output()}}, flow: flows.Init(nil)}
			err := c.conclude(row.m, row.saved, row.signal)
			switch {
			case row.err != nil && !errors.Is(err, row.err), row.want != "" && model.KindOf(err) != row.want, row.err == nil && row.want == "" && err != nil:
				t.Errorf("got %v", err)
			}
		})
	}
}

// A plan that went stale and was not accepted again ends as it does on lines.
func TestConcludeStale(t *testing.T) {
	c := &change{app: &app{console: console{err: t.Output()}}, flow: flows.Init(nil)}
	var moved *changing.StalePlan
	if err := c.conclude(stale(t), "", nil); !errors.As(err, &moved) || len(moved.Moved) != 1 {
		t.Errorf("got %v", err)
	}
}

// overtaken is a service whose plans are stale by the time that they are executed.
type overtaken struct{ flows.Backend }

func (overtaken) Look(context.Context, string) (*model.Repository, error) { return nil, nil }

func (overtaken) Prepare(_ context.Context, asked []changing.Request) (*plan.Plan, error) {
	return plan.Compile([]plan.Request{{Dialect: docker.Dialect{}, GUN: asked[0].GUN, Changes: asked[0].Changes}}, nil, time.Now())
}

func (overtaken) Execute(_ context.Context, e changing.Execution) (*changing.Outcome, error) {
	return &changing.Outcome{}, &changing.StalePlan{Now: e.Plan, Moved: []changing.Moved{{GUN: e.Plan.Parts[0].GUN, Role: model.RoleRoot, To: 1}}}
}

// stale is a flow whose plan has gone stale, and that is reviewed again.
func stale(t *testing.T) *flow.Machine {
	t.Helper()
	m, effect := flow.New(flows.Init(overtaken{}), flow.Facts{Dialect: docker.Dialect{}}, flow.Answers{Values: map[string][]string{
		"repositories": {"registry.example.org/a"}, "root": {"new"}, "root-keys": {"1"}, "snapshot": {"server"},
	}})
	plain.Settle(t.Context(), nil, m, effect)
	m.Accept()
	m.Take(m.Work().Do(t.Context(), flow.Run{Watch: m.Progress}))
	return m
}
