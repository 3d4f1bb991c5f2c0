package peer

import (
	"context"
	"encoding/json"
	"os/exec"
	"testing"

	"trustdeck/model/report"
)

// Practice serves the practice world with its lessons by "trustdeck sandbox", with more
// flags where they are given, until the end of the test, and returns what that says of
// it. Everything of the world is in a temporary folder of the test.
func Practice(tb testing.TB, flags ...string) report.Sandbox {
	tb.Helper()
	trustdeck := Trustdeck(tb)
	cmd := exec.Command(trustdeck.Program, append([]string{"sandbox", "--lessons", "-o", "json"}, flags...)...)
	cmd.Env = append(trustdeck.Env, "TMPDIR="+tb.TempDir())
	p, err := startProcess(tb.TempDir(), "trustdeck sandbox", cmd)
	if err != nil {
		tb.Fatalf("peer: %v", err)
	}
	p.endWith(tb)
	var world report.Sandbox
	// It answers once, when all of it is served.
	said := func(context.Context) error { return json.Unmarshal([]byte(p.Output()), &world) }
	if err := p.awaitHealthy(said); err != nil {
		tb.Fatalf("peer: %v", err)
	}
	return world
}

// In returns a copy of a client in the practice world, with the environment that
// "trustdeck sandbox" asks for.
func (c *Client) In(world report.Sandbox) *Client {
	var env []string
	for _, v := range world.Environment {
		env = append(env, v.Name+"="+v.Value)
	}
	return c.With(env...)
}
