package roots_test

import (
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"

	"trustdeck/model"
	"trustdeck/model/admin"
	"trustdeck/tui/keymap"
	"trustdeck/tui/nav"
	"trustdeck/tui/screen"
	"trustdeck/tui/screen/roots"
	"trustdeck/tui/tuitest"
)

// key is one of a quorum.
func key(name string, state admin.RootKeyState) admin.RootKey {
	return admin.RootKey{ID: tuitest.Key(name), Listed: tuitest.Key(name), State: state}
}

// chain has a root that follows, one that does not, one that cannot be read and one that is
// the first, with two older ones that are not kept.
func chain() admin.RootChain {
	const signed, unsigned, pending = admin.RootKeySigned, admin.RootKeyUnsigned, admin.RootKeyPending
	quorum := func(version, threshold int64, keys ...admin.RootKey) *admin.RootQuorum {
		q := &admin.RootQuorum{Version: version, Threshold: threshold, Keys: keys}
		for _, k := range keys {
			if k.State == signed {
				q.Signed++
			}
		}
		q.Met = int64(q.Signed) >= threshold
		return q
	}
	holder := func(name, who string) model.Key {
		return model.Key{ID: tuitest.Key(name), ListedAs: []model.KeyID{tuitest.Key(name)}, SPKI: []byte(name), Holder: who}
	}
	return admin.RootChain{
		Absent: 2,
		Links: []admin.RootLink{
			{
				Version: 6, Expires: tuitest.Years(1), Published: tuitest.Days(-3), SHA256: [32]byte(tuitest.Digest("6")),
				Old:   quorum(5, 2, key("a", signed), key("b", signed), key("c", unsigned)),
				Own:   quorum(6, 2, key("a", signed), key("b", signed), key("d", pending)),
				Added: []model.KeyID{tuitest.Key("d")}, Removed: []model.KeyID{tuitest.Key("c")},
				Changes: []string{"key d added to root", "key c removed from root"},
			},
			{
				Version: 5, Expires: tuitest.Days(-10), SHA256: [32]byte(tuitest.Digest("5")),
				Own:     quorum(5, 2, key("a", signed), key("b", signed), key("c", signed)),
				Refused: &model.Problem{Code: model.ProblemMissing, Severity: model.Failure, Text: "the root before it is missing"},
			},
			{Version: 4, Problem: &model.Problem{Code: model.ProblemMalformed, Severity: model.Failure, Text: "it is no JSON \x1b[2J"}},
			{
				Version: 3, Expires: tuitest.Days(-400), SHA256: [32]byte(tuitest.Digest("3")),
				Own: quorum(3, 1, key("a", signed)),
			},
		},
		Keys: []model.Key{holder("a", "@alice"), holder("b", "\x1b[31m@bob"), holder("c", ""), holder("d", "@dana")},
	}
}

func open(t *testing.T, c admin.RootChain, gun model.GUN) *tuitest.Stage {
	t.Helper()
	source := tuitest.NewSource()
	source.Chain = c
	return tuitest.NewStage(t, source, func(e *screen.Env) screen.Screen { return roots.New(e, gun) }, 100, 25)
}

func TestPictures(t *testing.T) {
	stage := open(t, chain(), tuitest.Healthy)
	stage.Picture("newest", tuitest.Small, tuitest.Wide, tuitest.Dark, tuitest.ASCII)
	stage.Do(keymap.Down)
	stage.Picture("refused")
	stage.Do(keymap.Down)
	stage.Picture("unreadable")
	stage.Do(keymap.Bottom)
	stage.Picture("older")
	open(t, admin.RootChain{}, tuitest.NoTrust).Picture("none")
}

func TestARootIsExplained(t *testing.T) {
	stage := open(t, chain(), tuitest.Healthy)
	stage.Resize(160, 60)
	view := ansi.Strip(stage.View())
	for _, want := range []string{
		"met: 2 of the 3 keys that root 5 lists have signed; 2 must", "@alice  signed", "○ 2ec4 a629  @dana  pending, new", "not signed, removed",
		"root keys: 1 added, 1 removed", "key d added to root",
	} {
		if !strings.Contains(view, want) {
			t.Errorf("%q is missing:\n%s", want, view)
		}
	}
	if left, _ := stage.Screen.(screen.Statuser).Status(); !strings.Contains(ansi.Strip(left), "2 of 4 roots cannot be followed") {
		t.Errorf("the status is %q", left)
	}
	stage.Do(keymap.Open)
	if len(stage.Pushed) != 1 || stage.Pushed[0] != nav.Role(tuitest.Healthy, model.RoleRoot) {
		t.Errorf("went to %v", stage.Pushed)
	}
}

func TestFilterByHolder(t *testing.T) {
	stage := open(t, chain(), tuitest.Healthy)
	s := stage.Screen.(*roots.Screen)
	s.SetFilter("@dana")
	if shown, total := s.FilterCount(); shown != 1 || total != 5 {
		t.Errorf("%d of %d roots are shown", shown, total)
	}
}

// What is read again asks for the chain again.
func TestNews(t *testing.T) {
	stage := open(t, chain(), tuitest.Healthy)
	source := stage.Env.Source.(*tuitest.Source)
	source.Chain = admin.RootChain{Links: source.Chain.Links[3:]}
	stage.Run(stage.Screen.(*roots.Screen).Refresh())
	if left, _ := stage.Screen.(screen.Statuser).Status(); !strings.Contains(ansi.Strip(left), "1 root, each follows") {
		t.Errorf("the status is %q", left)
	}
}
