package guide_test

import (
	"testing"

	tea "charm.land/bubbletea/v2"

	"trustdeck/model/admin"
	"trustdeck/tui/flows"
	"trustdeck/tui/keymap"
	"trustdeck/tui/nav"
	"trustdeck/tui/screen"
	"trustdeck/tui/screen/guide"
	"trustdeck/tui/tuitest"
)

// ofKeys goes to a flow about key files.
func ofKeys(t *testing.T, source *tuitest.KeyBackend, id string, given map[string][]string) *walker {
	t.Helper()
	return walk(t, nil, func(env *screen.Env) *guide.Screen {
		env.Flows = flows.All(flows.Ports{Keys: source})
		return guide.New(env, nav.Flow(id, given))
	})
}

func TestKeyImportPictures(t *testing.T) {
	source := tuitest.NewKeyBackend()
	ofKeys(t, source, "key-import", nil).sees("Which key files").answer("public.pem").do(keymap.FlowNext).sees("contains a public key").pictures("key-import-public")
	ofKeys(t, source, "key-import", map[string][]string{"files": {tuitest.SignerKeyFile}}).sees("Passphrase 1 of 1", "bob.pem").pictures("key-import-passphrase")
	ofKeys(t, source, "key-import", map[string][]string{"files": {tuitest.BareKeyFile}}).sees("Which role or signer").pictures("key-import-role").
		answer("timestamp").sees("The server holds every timestamp key")
	ofKeys(t, source, "key-import", map[string][]string{"files": {tuitest.BareKeyFile, tuitest.TargetsKeyFile}, "repository": {string(tuitest.Expiring)}}).sees("Which role or signer").
		answer("dave").sees("states that it is a targets")
	w := ofKeys(t, source, "key-import", map[string][]string{"files": {tuitest.BareKeyFile}, "role": {"dave"}}).sees("[ Import ]").pictures("key-import-review")
	w.do(keymap.FlowSwitch, keymap.FlowNext).sees("A new passphrase for the new dave key").pictures("key-import-new")
}

func TestKeyGeneratePictures(t *testing.T) {
	source := tuitest.NewKeyBackend()
	ofKeys(t, source, "key-generate", map[string][]string{"name": {"carol"}, "public": {tuitest.TakenFile}}).sees("already exists").pictures("key-generate-taken")
	w := ofKeys(t, source, "key-generate", map[string][]string{"name": {"alice"}, "public": {"alice.pub"}}).sees("[ Generate ]", "Already here").pictures("key-generate-review")
	w.do(keymap.FlowSwitch, keymap.FlowNext).sees("A new passphrase for the new alice key")
}

func TestKeyExportPictures(t *testing.T) {
	source := tuitest.NewKeyBackend()
	ofKeys(t, source, "key-export", map[string][]string{"selected-keys": {string(tuitest.Key("third"))}}).sees("Which keys", "[x] alice").pictures("key-export-keys")
	given := map[string][]string{"keys": {string(tuitest.Key("first")), string(tuitest.Key("second"))}, "to": {"/media/usb/keys.pem"}}
	w := ofKeys(t, source, "key-export", given).sees("[ Export ]").pictures("key-export-review")
	w.do(keymap.FlowSwitch, keymap.FlowNext).sees("/media/usb/keys.pem has 2 keys").pictures("key-export-done")
}

// A key that is in several repositories is chosen by where the screens show it.
func TestKeysListedInRepositories(t *testing.T) {
	source := tuitest.NewKeyBackend()
	w := walk(t, nil, func(env *screen.Env) *guide.Screen {
		world := tuitest.NewSource()
		world.KeyUses = nil
		for _, k := range source.Known.Keys {
			use := admin.KeyUse{PrivateKey: k}
			if k.Label == "alice" {
				use.Uses = []admin.Use{{GUN: tuitest.Healthy, Role: "targets/alice"}, {GUN: tuitest.Expiring, Role: "targets/alice"}, {GUN: tuitest.Expiring, Role: "targets/releases"}}
			}
			world.KeyUses = append(world.KeyUses, use)
		}
		*env = *tuitest.NewEnv(t, world)
		pump := tuitest.NewPump(t, func(msg tea.Msg) tea.Cmd {
			_, next := env.Board.Update(msg)
			return next
		})
		pump.Start(env.Board.Survey())
		pump.Until("all repositories", func() bool { return !env.Board.Surveying() }, func() string { return "" })
		env.Flows = flows.All(flows.Ports{Keys: source})
		return guide.New(env, nav.Flow("key-export", nil))
	})
	w.sees("Which keys").pictures("key-export-listed")
}

func TestKeyPassphrasePictures(t *testing.T) {
	source := tuitest.NewKeyBackend()
	ofKeys(t, source, "key-passphrase", map[string][]string{"selected-keys": {string(tuitest.Key("third"))}}).sees("Which keys", "[x] alice").pictures("key-passphrase-keys")
	given := map[string][]string{"keys": {string(tuitest.Key("first")), string(tuitest.Key("second"))}}
	w := ofKeys(t, source, "key-passphrase", given).sees("[ Change ]").pictures("key-passphrase-review")
	w.do(keymap.FlowSwitch, keymap.FlowNext).sees("Passphrase 1 of 3").answer(tuitest.Passphrase)
	w.sees("A new passphrase for 2 keys").pictures("key-passphrase-new").
		answer("short").sees("Too short; use at least 8 characters")
}

func TestKeyRenamePictures(t *testing.T) {
	source := tuitest.NewKeyBackend()
	third := map[string][]string{"selected-keys": {string(tuitest.Key("first")), string(tuitest.Key("third"))}}
	w := ofKeys(t, source, "key-rename", third).sees("Which key", "> alice").do(keymap.FlowNext).sees("What do you want to call it?")
	w.write("targets").do(keymap.FlowNext).sees("not of a signer")
	given := map[string][]string{"keys": {string(tuitest.Key("third"))}, "name": {"dave"}}
	w = ofKeys(t, source, "key-rename", given).sees("[ Rename ]").pictures("key-rename-review")
	w.do(keymap.FlowSwitch, keymap.FlowNext).sees("Renamed: dave key")
}

func TestKeyRemovePictures(t *testing.T) {
	source := tuitest.NewKeyBackend()
	third := map[string][]string{"keys": {string(tuitest.Key("third"))}}
	ofKeys(t, source, "key-remove", third).sees("No backup holds these keys").pictures("key-remove-backup").
		do(keymap.FlowNext).sees("Back up the keys first")
	third["backup"] = []string{"none"}
	w := ofKeys(t, source, "key-remove", third).sees("Cannot be undone", "To apply, type").pictures("key-remove-review")
	w.write(string(tuitest.Key("third")[:8])).do(keymap.FlowSwitch, keymap.FlowSwitch, keymap.FlowNext).sees("Removed: alice key").pictures("key-remove-done")
	ofKeys(t, source, "key-remove", map[string][]string{"keys": {string(tuitest.Key("first"))}}).sees("Cannot be undone", "checked")
}
