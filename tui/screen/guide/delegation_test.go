package guide_test

import (
	"testing"

	"trustdeck/model"
	"trustdeck/model/admin"
	"trustdeck/tui/keymap"
	"trustdeck/tui/tuitest"
)

// nested is a backend with a repository that has delegations below delegations.
func nested() *tuitest.GuideBackend {
	d := tuitest.NewGuideBackend()
	for _, look := range tuitest.World() {
		if look.GUN == tuitest.Nested {
			d.Repositories = map[string]*model.Repository{string(tuitest.Nested): look.Repository}
		}
	}
	return d
}

func TestDelegationPictures(t *testing.T) {
	name := string(tuitest.Nested)
	in := map[string][]string{"repositories": {name}}
	begin(t, nested(), "delegation-add", in).sees("What is the name of the delegation").answer("QA").sees("✗").pictures("delegation-add-refused")
	on := map[string][]string{"repositories": {name}, "selected-role": {"targets/team"}}
	begin(t, nested(), "delegation-edit", on).sees("Which delegation do you").do(keymap.FlowNext).sees("What do you want to change").pictures("delegation-edit")
	begin(t, nested(), "delegation-remove", on).sees("Which delegations").pictures("delegation-remove")
	begin(t, nested(), "delegation-purge", in).sees("Which keys").pictures("delegation-purge")
	begin(t, nested(), "threshold", in).sees("Which role's threshold").pictures("threshold-role")
}

func TestDeletePictures(t *testing.T) {
	name := string(tuitest.Nested)
	in := map[string][]string{"repositories": {name}, "delete": {"remote"}}
	begin(t, nested(), "delete", map[string][]string{"repositories": {name}}).sees("What do you want to delete").pictures("delete-what")
	w := begin(t, nested(), "delete", in).sees("archive the trust data first").pictures("delete-archive")
	w.do(keymap.FlowNext).sees("Which folder").do(keymap.FlowNext).sees("Ready:").pictures("delete-review")
	w.write(name).do(keymap.FlowSwitch, keymap.FlowSwitch, keymap.FlowNext).sees("WHAT IS LEFT").pictures("deleted")
}

func TestStagedPictures(t *testing.T) {
	d := nested()
	d.Staged = map[string]*admin.Staged{string(tuitest.Nested): tuitest.StagedTags(tuitest.Nested, model.RoleTargets)}
	in := map[string][]string{"repositories": {string(tuitest.Nested)}}
	w := begin(t, d, "publish", in).sees("leave out").pictures("publish-drop")
	w.do(keymap.Down, keymap.Down, keymap.Mark, keymap.FlowNext).sees("In which order").pictures("publish-order")
	begin(t, d, "reset", in).sees("Which staged changes").pictures("reset")
}
