package flows_test

import (
	"slices"
	"strings"
	"testing"

	"trustdeck/tui/flow"
	"trustdeck/tui/flows"
	"trustdeck/tui/tuitest"
)

// connecting plays the flow that connects to a server.
func connecting(t *testing.T) (*tuitest.Connections, func(typed string) *flow.Machine) {
	t.Helper()
	c := &tuitest.Connections{}
	facts, err := c.Facts(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	m, effect := flow.New(flows.All(flows.Ports{Connections: c}).Find("connect"), facts, flow.Answers{})
	settle := func(effect flow.Effect) {
		for effect != flow.None && m.Work() != nil {
			err := m.Work().Do(t.Context(), flow.Run{})
			effect = m.Take(err)
		}
	}
	settle(effect)
	return c, func(typed string) *flow.Machine {
		if m.State() == flow.Asking {
			settle(m.Answer(typed))
		}
		return m
	}
}

// A server that is trusted and open is asked for its URL and a name, and nothing else.
func TestConnect(t *testing.T) {
	c, answer := connecting(t)
	if m := answer("nonsense"); m.Problem() == nil {
		t.Error("what is no URL is taken")
	}
	m := answer(tuitest.DownServer)
	if m.Step().ID != "server" || m.Problem() == nil || !strings.Contains(m.Problem().Error(), "refused") {
		t.Errorf("a server that is down leads to %q, %v", m.Step().ID, m.Problem())
	}
	if m = answer(tuitest.OpenServer); m.Step().ID != "name" {
		t.Fatalf("then %q is asked, %v", m.Step().ID, m.Problem())
	}
	if m = answer("taken"); m.Problem() == nil {
		t.Error("a name that is taken is taken")
	}
	m = answer("")
	if m.State() != flow.Reviewing || len(c.Saved()) > 0 {
		t.Fatalf("%s, %v, saved %v", m.State(), m.Problem(), c.Saved())
	}
	shown, review := "", m.Review()
	for _, s := range review.Whole() {
		shown += s.Head + "\n" + strings.Join(s.Lines, "\n") + "\n"
	}
	for _, want := range []string{"answers: a trust server", "It lists 3 repositories", "open: server " + tuitest.OpenServer} {
		if !strings.Contains(shown, want) {
			t.Errorf("%q is missing in\n%s", want, shown)
		}
	}
	if effect := m.Accept(); effect == flow.Execute {
		m.Take(m.Work().Do(t.Context(), flow.Run{}))
	}
	if m.State() != flow.Done || m.Report().Context != "open" || !slices.Equal(c.Saved(), []flows.Connection{{Name: "open", Server: tuitest.OpenServer}}) {
		t.Errorf("%s, %+v, saved %v", m.State(), m.Report(), c.Saved())
	}
}

// An authority is asked for where the certificate is not trusted, a login where one is
// missing; each is tried at once.
func TestConnectAsksWhatIsMissing(t *testing.T) {
	_, answer := connecting(t)
	m := answer(tuitest.PrivateServer)
	if m.Step().ID != "authority" {
		t.Fatalf("then %q is asked", m.Step().ID)
	}
	if m = answer("/etc/ssl/other.pem"); m.Step().ID != "authority" || m.Problem() == nil {
		t.Errorf("another authority leads to %q, %v", m.Step().ID, m.Problem())
	}
	if m = answer(tuitest.CAFile); m.Step().ID != "name" {
		t.Errorf("the right one leads to %q, %v", m.Step().ID, m.Problem())
	}

	c, answer := connecting(t)
	m = answer(tuitest.ClosedServer)
	if m.Step().ID != "login" || !strings.Contains(m.Options()[0].Help, "Log in first: login closed.example.org.") {
		t.Fatalf("then %q is asked, with %+v", m.Step().ID, m.Options())
	}
	if m = answer("again"); m.Step().ID != "login" || m.Problem() == nil {
		t.Errorf("without a login %q is asked, %v", m.Step().ID, m.Problem())
	}
	c.LogIn()
	if m = answer("again"); m.Step().ID != "name" {
		t.Errorf("with one %q is asked, %v", m.Step().ID, m.Problem())
	}
}
