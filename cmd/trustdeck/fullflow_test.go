package main

import (
	"errors"
	"testing"
	"time"

	"trustdeck/cmd/trustdeck/internal/settings"
	"trustdeck/model"
	"trustdeck/model/admin"
	"trustdeck/model/notary/docker"
	"trustdeck/model/plan"
	"trustdeck/tui/flow"
	"trustdeck/tui/flows"
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
			c := &change{app: a, flow: flows.Init()}
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
		m, _ := flow.New(flows.Init(), flow.Facts{Dialect: docker.Dialect{}}, flow.Answers{})
		return m
	}
	signal := errors.New("signal")
	for name, row := range map[string]struct {
		m      *flow.Machine
		seen   *witness
		signal error
		want   model.FaultKind
		err    error
	}{
		"never begun": {seen: &witness{}, want: model.FaultCanceled},
		"left":        {m: begun(), seen: &witness{}, want: model.FaultCanceled},
		"terminated":  {m: begun(), seen: &witness{}, signal: signal, err: signal},
		"saved":       {m: begun(), seen: &witness{saved: "plan.json"}},
		"unused":      {m: begun(), seen: &witness{out: &admin.Outcome{}}, want: model.FaultCanceled},
	} {
		t.Run(name, func(t *testing.T) {
			c := &change{app: &app{console: console{err: t.Output()}}, flow: flows.Init()}
			err := c.conclude(row.m, row.seen, row.signal)
			switch {
			case row.err != nil && !errors.Is(err, row.err), row.want != "" && model.KindOf(err) != row.want, row.err == nil && row.want == "" && err != nil:
				t.Errorf("got %v", err)
			}
		})
	}
}

// A plan that went stale and was not accepted again ends as it does on lines.
func TestConcludeStale(t *testing.T) {
	c := &change{app: &app{console: console{err: t.Output()}}, flow: flows.Init()}
	var moved *admin.StalePlan
	if err := c.conclude(stale(t), &witness{out: &admin.Outcome{}}, nil); !errors.As(err, &moved) || len(moved.Moved) != 1 {
		t.Errorf("got %v", err)
	}
}

// stale is a flow whose plan has gone stale, and that is reviewed again.
func stale(t *testing.T) *flow.Machine {
	t.Helper()
	m, effect := flow.New(flows.Init(), flow.Facts{Dialect: docker.Dialect{}}, flow.Answers{Values: map[string][]string{
		"repositories": {"registry.example.org/a"}, "root": {"new"}, "root-keys": {"1"}, "snapshot": {"server"},
	}})
	if effect != flow.Look || m.Looked("registry.example.org/a", nil, nil) != flow.Prepare {
		t.Fatal(m.Problem())
	}
	asked := m.Asked()[0]
	m.Prepared(plan.Compile([]plan.Request{{Dialect: docker.Dialect{}, GUN: asked.GUN, Changes: asked.Changes}}, nil, time.Now()))
	m.Accept()
	m.Executed(&admin.Outcome{}, &admin.StalePlan{Now: m.Plan(), Moved: []admin.Moved{{GUN: asked.GUN, Role: model.RoleRoot, To: 1}}})
	return m
}
