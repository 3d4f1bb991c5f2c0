package repo_test

import (
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"

	"trustdeck/model"
	"trustdeck/model/admin"
	"trustdeck/tui/nav"
	"trustdeck/tui/screen"
	"trustdeck/tui/tuitest"
)

// What waits in the trust folder is told, also of a repository that the server
// does not have.
func TestStagedHint(t *testing.T) {
	source := tuitest.NewSource()
	source.Waiting = []admin.Staged{
		{GUN: tuitest.NoTrust, Unpublished: true},
		{GUN: tuitest.Expiring, Changes: make([]admin.StagedChange, 2)},
	}
	for gun, want := range map[model.GUN]string{tuitest.NoTrust: "1 staged", tuitest.Expiring: "   2 staged", tuitest.Healthy: ""} {
		stage := open(t, source, gun, nav.TabRoles)
		left, _ := stage.Screen.(screen.Statuser).Status()
		left = ansi.Strip(left)
		if !strings.HasSuffix(left, want) || want == "" && strings.Contains(left, "staged") {
			t.Errorf("%s: status %q; want %q", gun, left, want)
		}
	}
}
