package detail_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"trustdeck/model"
	"trustdeck/model/admin"
	"trustdeck/model/notary/docker"
	"trustdeck/model/notary/notarytest"
	"trustdeck/model/quorum"
	"trustdeck/tui/detail"
	"trustdeck/tui/screen"
	"trustdeck/tui/tuitest"
)

// about lays out a role of the test world.
func about(t *testing.T, gun model.GUN, name model.RoleName, width int) string {
	t.Helper()
	env := tuitest.NewEnv(t, tuitest.NewSource())
	settle(env, env.Board.Survey())
	settle(env, env.Board.Keys())
	view, ok := env.Board.View(gun)
	if !ok || view.Repository.Role(name) == nil {
		t.Fatalf("there is no %s in %s", name, gun)
	}
	lines := detail.Role(env, view, view.Repository.Role(name), width)
	out := strings.Join(lines, "\n")
	tuitest.CheckView(t, out, width, len(lines))
	return ansi.Strip(out)
}

func settle(env *screen.Env, cmd tea.Cmd) {
	tuitest.Settle(cmd(), func(msg tea.Msg) tea.Cmd {
		_, next := env.Board.Update(msg)
		return next
	})
}

func TestWhatIsSaidOfARole(t *testing.T) {
	tests := []struct {
		gun  model.GUN
		role model.RoleName
		want []string
	}{
		{tuitest.Expiring, "targets/ci-bot", []string{
			"▲ verified, version 54", "2026-12-03 09:41 UTC  in 12 d", "80% left", "1 signature needed of 1 key",
			"PROBLEMS", "▲ targets/ci-bot expires 2026-12-03", "Witness targets/ci-bot: sign it again with its key.",
			"here, file", "/home/ada/.docker/trust/private/", `all tags (path "")`,
		}},
		{tuitest.Broken, "targets/bob", []string{
			"✗ broken", "2 signatures needed of 1 key", "0 valid, 2 other", "0 of 2 needed signatures are valid.",
			"invalid", "the signature does not fit the content", "unknown key",
		}},
		{tuitest.Broken, model.RoleTargets, []string{"✗ verified, expired", "2 d ago", "0% left"}},
		{tuitest.Nested, "targets/team/ci", []string{"tags release-nightly-* and other*", "within its parents: tags release-nightly-*"}},
		{tuitest.Nested, "targets/team/new", []string{"○ unpublished", "This delegation never had content.", "not signed"}},
		{tuitest.Expiring, docker.Releases, []string{"not here  alice  valid", "not signed", "9 tags"}},
		{tuitest.Expiring, model.RoleTimestamp, []string{"server  valid"}},
		{tuitest.Hostile, docker.Releases, []string{`custom of \x1b[5mx\u202e is unsafe`, `ecdsa\x1b[1m`}},
		{tuitest.Hostile, model.RoleRoot, []string{"ABOUT THE REPOSITORY", `anchors \x1b[7m disagree`}},
	}
	for _, test := range tests {
		got := strings.ToLower(about(t, test.gun, test.role, 90))
		for _, want := range test.want {
			if !strings.Contains(got, strings.ToLower(want)) {
				t.Errorf("%s of %s: %q is missing:\n%s", test.role, test.gun, want, got)
			}
		}
	}
}

// A problem that is also a finding is told once.
func TestNothingIsToldTwice(t *testing.T) {
	got := about(t, tuitest.Broken, "targets/bob", 90)
	if n := strings.Count(got, "0 of 2 needed"); n != 1 {
		t.Errorf("told %d times:\n%s", n, got)
	}
}

func TestAnyWidth(t *testing.T) {
	for _, width := range []int{10, 24, 46, 120} {
		about(t, tuitest.Hostile, docker.Releases, width)
		about(t, tuitest.Broken, "targets/bob", width)
	}
}

func TestWhatIsCopiedOfARole(t *testing.T) {
	role := tuitest.RoleOf("targets/a", 1, tuitest.Days(9), 1, "x", "y")
	var labels []string
	for _, item := range detail.CopyRole(&role) {
		labels = append(labels, item.Label)
	}
	want := []string{"role name", "key ID 1 of 2", "key ID 2 of 2", "file digest"}
	if !slices.Equal(labels, want) {
		t.Errorf("got %q", labels)
	}
}

// A key that is listed as a certificate has two IDs: each stands in full under its name,
// and its signature says both.
func TestBothIDsAreLabelled(t *testing.T) {
	repo := notarytest.New(tuitest.Healthy, tuitest.Now)
	read := repo.Read()
	view := admin.Look{GUN: tuitest.Healthy, Repository: read}
	root := read.Role(model.RoleRoot)
	env := tuitest.NewEnv(t, tuitest.NewSource())
	out := ansi.Strip(strings.Join(detail.Role(env, view, root, 100), "\n"))
	for what, id := range map[string]model.KeyID{"key ID": root.Keys[0], "certificate ID": root.Listed[0]} {
		_, after, ok := strings.Cut(out, "  "+what+"\n")
		if digits := strings.Join(strings.Fields(after), ""); !ok || !strings.HasPrefix(digits, string(id)) {
			t.Errorf("%s %s is not in\n%s", what, id, out)
		}
	}
	if want := root.Keys[0].Short() + ", certificate " + root.Listed[0].Short(); !strings.Contains(out, want) {
		t.Errorf("%q is not in\n%s", want, out)
	}
}

// Keys name their holders as metadata and settings do, and the IDs under which they are
// listed; a signature that was asked for reads so.
func TestHoldersOfKeys(t *testing.T) {
	role := tuitest.RoleOf(model.RoleTargets, 7, tuitest.Days(90), 2, "ann", "ben", "service", "unknown")
	role.SigningOpens, role.Lifetime = tuitest.Days(30), 90*24*time.Hour
	role.Listed = slices.Clone(role.Listed)
	role.Listed[0] = tuitest.Key("ann in another form")
	role.Signatures = []model.Signature{
		{KeyID: role.Listed[0], Key: role.Keys[0], Method: "ecdsa", State: model.SignaturePending, Detail: "its holder has been asked"},
		{KeyID: role.Keys[1], Key: role.Keys[1], Method: "ecdsa", State: model.SignatureValid},
	}
	r := tuitest.RepositoryOf("acme", role)
	for i := range r.Keys {
		switch k := &r.Keys[i]; k.ID {
		case role.Keys[0]:
			k.Holder, k.ListedAs = "@ann\x1b[1m", []model.KeyID{role.Listed[0]}
		case role.Keys[2]:
			k.Online = true
		}
	}
	env := tuitest.NewEnv(t, tuitest.NewSource())
	settle(env, env.Board.Keys())
	env.Holders = quorum.Known{Holders: map[string]string{string(role.Keys[1]): "Ben", string(role.Keys[0]): "nobody"}}
	out := ansi.Strip(strings.Join(detail.Role(env, admin.Look{GUN: "acme", Repository: r}, &role, 100), "\n"))
	for _, want := range []string{
		`@ann\x1b[1m  asked, not signed yet`, "Ben  valid", "server  not signed", "not here  not signed",
		"opens 2026-12-21  in 30 d", "90 days for each version", "listed as\n", role.Keys[0].Short() + ", listed as " + role.Listed[0].Short() + "  ecdsa  asked, not signed yet",
	} {
		if !strings.Contains(out, want) {
			t.Errorf("%q is missing:\n%s", want, out)
		}
	}
	if strings.Contains(out, "certificate") || strings.Contains(out, "its holder has been asked") {
		t.Error(out)
	}
}
