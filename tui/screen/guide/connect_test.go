package guide_test

import (
	"context"
	"testing"

	"trustdeck/tui/flows"
	"trustdeck/tui/keymap"
	"trustdeck/tui/nav"
	"trustdeck/tui/screen"
	"trustdeck/tui/screen/guide"
	"trustdeck/tui/tuitest"
)

// connect begins the flow that connects to a server.
func connect(t *testing.T, complete screen.Completer) *walker {
	t.Helper()
	return walk(t, tuitest.NewGuideBackend(), func(env *screen.Env) *guide.Screen {
		env.Complete, env.Flows = complete, flows.All(flows.Ports{Connections: &tuitest.Connections{}})
		return guide.New(env, nav.Flow("connect", nil))
	})
}

func TestConnectPictures(t *testing.T) {
	connect(t, nil).sees("Which trust server").answer(tuitest.DownServer).sees("the connection was refused", "Check that the server runs and that the port is right.").pictures("connect-down")
	connect(t, nil).sees("Which trust server").answer(tuitest.ClosedServer).sees("Log in first: login closed.example.org.").pictures("connect-login")
	w := connect(t, nil).sees("Which trust server").answer(tuitest.OpenServer).sees("Under which name").do(keymap.FlowNext).sees("Found:", "It lists 3 repositories").pictures("connect-review")
	w.do(keymap.FlowSwitch, keymap.FlowNext).sees("Switch to open").pictures("connect-done")
}

// Tab completes a path as far as one file fits, and lists those that do; what is typed
// meanwhile stays.
func TestCompletion(t *testing.T) {
	gate := make(chan struct{}, 4)
	w := connect(t, func(_ context.Context, typed string) (screen.Completion, error) {
		<-gate
		out := screen.Completion{Typed: typed, Text: typed}
		if typed == "/etc/s" {
			out.Text, out.Paths = "/etc/ssl/", []string{"/etc/ssl/certs/", tuitest.CAFile}
		}
		return out, nil
	}).sees("Which trust server")
	w.answer(tuitest.PrivateServer).sees("Which file has the server")
	w.write("/etc/s")
	gate <- struct{}{}
	w.do(keymap.FlowSwitch).sees("> /etc/ssl/", "/etc/ssl/certs/", tuitest.CAFile).pictures("connect-complete")
	w.do(keymap.Down, keymap.Down, keymap.FlowNext).sees("Under which name")

	w = connect(t, func(_ context.Context, typed string) (screen.Completion, error) {
		<-gate
		return screen.Completion{Typed: typed, Text: typed + "gone"}, nil
	}).sees("Which trust server")
	w.answer(tuitest.PrivateServer).sees("Which file has the server")
	w.write("/a")
	w.do(keymap.FlowSwitch).write("b")
	gate <- struct{}{}
	w.sees("> /ab")
}
