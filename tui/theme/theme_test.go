package theme_test

import (
	"strings"
	"testing"

	"github.com/charmbracelet/colorprofile"

	"trustdeck/model"
	"trustdeck/model/health"
	"trustdeck/tui/theme"
)

func TestModes(t *testing.T) {
	for in, want := range map[string]theme.Mode{"": theme.Auto, "auto": theme.Auto, "light": theme.Light, "dark": theme.Dark, "mono": theme.Mono} {
		if got, err := theme.ParseMode(in); err != nil || got != want {
			t.Errorf("ParseMode(%q) = %q, %v", in, got, err)
		}
	}
	if _, err := theme.ParseMode("neon"); err == nil || !strings.Contains(err.Error(), "auto, light, dark or mono") {
		t.Errorf("got %v", err)
	}
}

func TestAChoiceBeatsTheTerminal(t *testing.T) {
	render := func(o theme.Options) string {
		s := theme.New(o)
		return s.Tone(theme.Warn).Render("x") + s.Selected(theme.Warn).Render("x")
	}
	dark := theme.Options{Profile: colorprofile.TrueColor, Background: theme.BackgroundDark}
	light := theme.Options{Profile: colorprofile.TrueColor, Background: theme.BackgroundLight}
	if render(dark) == render(light) {
		t.Error("dark and light look the same")
	}
	forced := light
	forced.Mode = theme.Dark
	if render(forced) != render(dark) {
		t.Error("the chosen mode does not win over the terminal's background")
	}
	for _, o := range []theme.Options{
		{Mode: theme.Mono, Profile: colorprofile.TrueColor}, {Profile: colorprofile.ASCII, Mode: theme.Dark},
	} {
		if got := render(o); strings.Contains(got, "[3") || strings.Contains(got, "[9") || strings.Contains(got, "[4") {
			t.Errorf("%+v uses colour: %q", o, got)
		}
	}
}

// A selected row keeps the colours of what it says, whatever is known of the terminal.
func TestSelectionKeepsStatusColours(t *testing.T) {
	for _, o := range []theme.Options{
		{Profile: colorprofile.ANSI},
		{Profile: colorprofile.TrueColor},
		{Profile: colorprofile.ANSI, Background: theme.BackgroundDark},
		{Profile: colorprofile.TrueColor, Background: theme.BackgroundLight},
	} {
		s := theme.New(o)
		seen := map[string]theme.Tone{}
		for _, tone := range []theme.Tone{theme.Plain, theme.OK, theme.Warn, theme.Bad} {
			look := s.Selected(tone).Render("x")
			if other, taken := seen[look]; taken || look == s.Tone(tone).Render("x") {
				t.Errorf("%+v: tone %d selected is %q, as tone %d", o, tone, look, other)
			}
			seen[look] = tone
		}
	}
}

// Out of focus, what a colour says stays as it was, and the rest is dim, in every look.
func TestOutOfFocus(t *testing.T) {
	for _, o := range []theme.Options{
		{Mode: theme.Mono},
		{Mode: theme.Mono, ASCII: true},
		{Profile: colorprofile.ANSI},
		{Profile: colorprofile.TrueColor, Background: theme.BackgroundDark},
		{Profile: colorprofile.TrueColor, Background: theme.BackgroundLight},
	} {
		there, away := theme.New(o), theme.New(theme.Options{
			Mode: o.Mode, ASCII: o.ASCII, Profile: o.Profile, Background: o.Background, Unfocused: true,
		})
		for _, tone := range []theme.Tone{theme.Plain, theme.Dim, theme.OK, theme.Warn, theme.Bad, theme.Strong} {
			if there.Tone(tone).Render("x") != away.Tone(tone).Render("x") {
				t.Errorf("%+v: tone %d changes", o, tone)
			}
		}
		if there.Glyphs != away.Glyphs || there.Brand.Render("x") == away.Brand.Render("x") || there.Focus.Render("x") == away.Focus.Render("x") ||
			there.Selected(theme.OK).Render("x") == away.Selected(theme.OK).Render("x") {
			t.Errorf("%+v: glyphs change, or the look does not", o)
		}
	}
}

// Every verdict has a mark, and no two levels share one.
func TestVerdictsHaveMarks(t *testing.T) {
	for _, ascii := range []bool{false, true} {
		s := theme.New(theme.Options{ASCII: ascii})
		seen := map[string]health.Level{}
		for l := health.Broken; l <= health.Loading; l++ {
			m := s.ForLevel(l)
			if other, taken := seen[m.Glyph]; taken || m.Glyph == "" {
				t.Errorf("%v and %v are both marked %q", l, other, m.Glyph)
			}
			seen[m.Glyph] = l
		}
		if s.ForLevel(health.Loading+1) != s.ForLevel(health.Loading) {
			t.Error("an unknown level must not look healthy")
		}
	}
}

func TestMarksOfRoles(t *testing.T) {
	s := theme.New(theme.Options{})
	tests := []struct {
		role   model.Role
		warned bool
		want   health.Level
	}{
		{model.Role{State: model.RoleVerified}, false, health.OK},
		{model.Role{State: model.RoleVerified}, true, health.Soon},
		{model.Role{State: model.RoleVerified, Problems: []model.Problem{{Severity: model.Warning}}}, false, health.Soon},
		{model.Role{State: model.RoleVerified, Problems: []model.Problem{{Severity: model.Notice}}}, false, health.OK},
		{model.Role{State: model.RoleVerified, Expired: true}, true, health.Broken},
		{model.Role{State: model.RoleBroken}, false, health.Broken},
		{model.Role{State: model.RoleMissing}, false, health.Broken},
		{model.Role{State: model.RoleUnreadable}, false, health.Broken},
		{model.Role{State: model.RoleUnavailable}, false, health.Stale},
		{model.Role{State: model.RoleUnpublished}, false, health.None},
	}
	for _, test := range tests {
		if got := s.ForRole(&test.role, test.warned); got != s.ForLevel(test.want) {
			t.Errorf("%v, expired %v, warned %v: %+v, want that of %v", test.role.State, test.role.Expired, test.warned, got, test.want)
		}
	}
}

// Only a signature that counts looks like one.
func TestMarksOfSignatures(t *testing.T) {
	s := theme.New(theme.Options{})
	for state := model.SignatureUnchecked; state <= model.SignaturePending; state++ {
		counts := state == model.SignatureValid || state == model.SignaturePreviousKey
		if ok := s.ForSignature(state) == s.ForLevel(health.OK); ok != counts {
			t.Errorf("%v looks valid: %v", state, ok)
		}
	}
	if s.ForSeverity(model.Failure) != s.ForLevel(health.Broken) || s.ForSeverity(model.Warning) != s.ForLevel(health.Soon) {
		t.Error("severities and levels differ in their marks")
	}
}
