package tag_test

import (
	"encoding/hex"
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"trustdeck/model"
	"trustdeck/model/notary/docker"
	"trustdeck/tui/keymap"
	"trustdeck/tui/screen"
	"trustdeck/tui/tuitest"
)

// serving is a registry that has some content under the tag.
func serving(content string, state model.ServedState) model.Served {
	served := model.Served{State: state}
	if content != "" {
		served.Manifest = model.Manifest{
			Digest: "sha256:" + hex.EncodeToString(tuitest.Digest(content)), Size: 1583, MediaType: "application/vnd.oci.image.manifest.v1+json",
		}
	}
	return served
}

// answers are those of a registry that ask for a picture of their own.
func answers() map[string]model.Served {
	differs := serving("tampered", model.ServedDiffers)
	differs.Held = model.DigestYes
	gone := serving("", model.ServedAbsent)
	gone.Held = model.DigestNo
	unknown := model.Served{State: model.ServedUnknown, Fault: &model.Fault{
		Kind: model.FaultUnreachable, Subject: "registry.example.org", Text: "the name could not be resolved", Hint: "check the spelling and the network",
	}}
	return map[string]model.Served{"differs": differs, "gone": gone, "unknown": unknown}
}

// What the registry says is told in a word, in sentences, and where it is bad in
// the status line.
func TestRegistry(t *testing.T) {
	size := serving("new", model.ServedSame)
	size.Manifest.Size = 1600
	lost := serving("tampered", model.ServedDiffers)
	lost.Held = model.DigestNo
	digest := hex.EncodeToString(tuitest.Digest("tampered"))
	tests := []struct {
		name   string
		tag    string
		served model.Served
		row    string
		want   []string
		status string
	}{
		{"same", "v1", serving("new", model.ServedSame), "● serves the same digest", nil, "● docker pull accepts it"},
		{"same, of another size", "v1", size, "▲ serves the same digest with another size", []string{"notary verify", "Sign the tag again"}, "▲ registry serves the same digest with another size"},
		{
			"differs", "v1", answers()["differs"], "▲ differs: sha256:" + digest[:12] + "..",
			[]string{"sha256:" + digest, "still gets the signed image.", "Without content trust, docker pull gets what the registry serves", "Find out who pushed it"},
			"▲ registry differs: sha256:" + digest[:12] + "..",
		},
		{"differs, and the signed one is gone", "v1", lost, "✗ differs: ", []string{"✗ docker pull fails: the registry does not have it", "so it fails."}, "✗ registry differs: sha256:" + digest[:12] + ".."},
		{"gone", "v1", answers()["gone"], "✗ has no such tag", []string{"so it fails.", "Push the signed image again"}, "✗ registry has no such tag"},
		{"unsigned", "v9", serving("new", model.ServedUnsigned), "▲ serves it, but nothing is signed", []string{"With content trust, docker pull refuses the tag."}, "○ docker pull doesn't find it"},
		{"nowhere", "v9", serving("", model.ServedAbsent), "○ has no such tag", nil, "○ docker pull doesn't find it"},
		{"no answer", "v1", answers()["unknown"], "? could not be read", []string{"registry.example.org: the name could not be resolved.", "Check the spelling and the network."}, "● docker pull accepts it"},
		{"not asked", "v1", model.Served{}, "○ not read (offline)", nil, "● docker pull accepts it"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			stage := open(t, conflicting(), tt.tag, tt.served)
			stage.Resize(180, 60)
			view := ansi.Strip(stage.View())
			if _, ok := tuitest.Line(view, "Registry   "+tt.row); !ok {
				t.Errorf("%q is missing:\n%s", tt.row, view)
			}
			for _, want := range tt.want {
				if !strings.Contains(view, want) {
					t.Errorf("%q is missing:\n%s", want, view)
				}
			}
			if has := strings.Contains(view, "IN THE REGISTRY"); has != (len(tt.want) > 0) {
				t.Errorf("a section of its own: %v\n%s", has, view)
			}
			if left, _ := stage.Screen.(screen.Statuser).Status(); ansi.Strip(left) != tt.status {
				t.Errorf("status %q, want %q", left, tt.status)
			}
		})
	}
}

// asked counts how often the registry was asked.
func asked(stage *tuitest.Stage) int {
	return strings.Count(stage.Env.Source.(*tuitest.Source).Calls(), "Served ")
}

// It is asked once on arrival, again when that is wanted, and when something else
// is signed; not whenever the repository is read again.
func TestWhenTheRegistryIsAsked(t *testing.T) {
	stage := open(t, conflicting(), "v1")
	source := stage.Env.Source.(*tuitest.Source)
	if asked(stage) != 1 || !strings.Contains(source.Calls(), "Served "+gun.String()+":v1") {
		t.Errorf("on arrival: %s", source.Calls())
	}
	reread := func(r *model.Repository) {
		source.Views[0].Repository = r
		stage.Run(stage.Env.Board.Open(gun))
	}
	reread(conflicting())
	if asked(stage) != 1 {
		t.Errorf("read again: %s", source.Calls())
	}
	stage.Do(keymap.TagRegistry)
	if asked(stage) != 2 {
		t.Errorf("verify: %s", source.Calls())
	}
	changed := conflicting()
	changed.Role(docker.Releases).Targets[0].Hashes.SHA256 = tuitest.Digest("newer")
	reread(changed)
	if asked(stage) != 3 {
		t.Errorf("something else is signed: %s", source.Calls())
	}
	stage.Run(stage.Screen.(screen.Refresher).Refresh())
	if asked(stage) != 4 {
		t.Errorf("refresh: %s", source.Calls())
	}
}

// Until there is an answer the screen says so, and an answer about what was signed
// before is not shown as one about what is signed now.
func TestAskingTheRegistry(t *testing.T) {
	stage := open(t, conflicting(), "v1")
	row := func() string {
		line, _ := tuitest.Line(ansi.Strip(stage.View()), "Registry   ")
		return line
	}
	again := stage.Screen.Update(screen.ActionMsg{ID: keymap.TagRegistry})
	if !strings.Contains(row(), "● serves the same digest; asking again..") {
		t.Errorf("while it is asked again: %q", row())
	}
	stage.Run(again)
	if !strings.Contains(row(), "● serves the same digest ") || strings.Contains(row(), "asking") {
		t.Errorf("afterwards: %q", row())
	}
	changed := conflicting()
	changed.Role(docker.Releases).Targets[0].Hashes.SHA256 = tuitest.Digest("newer")
	stage.Env.Source.(*tuitest.Source).Views[0].Repository = changed
	var question tea.Cmd
	tuitest.Settle(stage.Env.Board.Open(gun)(), func(msg tea.Msg) tea.Cmd {
		news, cmd := stage.Env.Board.Update(msg)
		if news == nil {
			return cmd
		}
		if look := stage.Screen.Update(*news); look != nil {
			question = stage.Screen.Update(look())
		}
		return cmd
	})
	if question == nil || !strings.Contains(row(), "◌ asking..") {
		t.Errorf("when something else is signed: %q", row())
	}
	late := question()
	stage.Do(keymap.TagRegistry)
	stage.Env.Source.(*tuitest.Source).Registry["v1"] = answers()["gone"]
	stage.Do(keymap.TagRegistry)
	stage.Screen.Update(late)
	if !strings.Contains(row(), "✗ has no such tag") {
		t.Errorf("a late answer is shown: %q", row())
	}
}

// A mistake of the program in the background is shown as what it is.
func TestAskingTheRegistryFails(t *testing.T) {
	stage := open(t, conflicting(), "v1")
	stage.Env.Source.(*tuitest.Source).Panic = "\x1b[2Jboom"
	stage.Do(keymap.TagRegistry)
	stage.Resize(180, 60)
	if view := ansi.Strip(stage.View()); !strings.Contains(view, "? could not be read") || !strings.Contains(view, `\x1b[2Jboom`) {
		t.Errorf("got:\n%s", view)
	}
}

// What the registry says of the type of the content is shown harmless.
func TestHostileRegistry(t *testing.T) {
	served := serving("tampered", model.ServedDiffers)
	served.Manifest.MediaType = "\x1b[2J\u202e"
	stage := open(t, conflicting(), "v1", served)
	stage.Resize(180, 60)
	stage.View() // which finds what a terminal would obey
}

func TestCopiesWhatTheRegistryServes(t *testing.T) {
	for _, served := range []model.Served{serving("new", model.ServedSame), answers()["differs"], answers()["gone"]} {
		want := ""
		if served.State == model.ServedDiffers {
			want = served.Manifest.Digest
		}
		got := ""
		for _, item := range open(t, conflicting(), "v1", served).Screen.(screen.Copier).CopyItems() {
			if item.Label == "digest in the registry" {
				got = item.Text
			}
		}
		if got != want {
			t.Errorf("%s: copies %q", served.State, got)
		}
	}
}

// The answer to a question that was asked before the screen was left is not shown.
func TestLeavingStopsAsking(t *testing.T) {
	stage := open(t, conflicting(), "v1")
	question := stage.Screen.Update(screen.ActionMsg{ID: keymap.TagRegistry})
	stage.Env.Source.(*tuitest.Source).Registry["v1"] = answers()["gone"]
	stage.Screen.(screen.Closer).Close()
	stage.Screen.Update(question())
	if view := ansi.Strip(stage.View()); strings.Contains(view, "has no such tag") {
		t.Errorf("got:\n%s", view)
	}
}
