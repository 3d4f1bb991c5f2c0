package keymap_test

import (
	"slices"
	"strings"
	"testing"

	"trustdeck/tui/keymap"
)

func TestEveryActionExplainsItself(t *testing.T) {
	seen := map[keymap.ID]bool{}
	for _, a := range keymap.Table {
		if seen[a.ID] {
			t.Errorf("%s is in the table twice", a.ID)
		}
		seen[a.ID] = true
		if !slices.Contains(keymap.Scopes, a.Scope) {
			t.Errorf("%s has the unknown scope %q", a.ID, a.Scope)
		}
		if a.Label == "" || len(a.Label) > 14 {
			t.Errorf("%s: label %q does not suit a footer", a.ID, a.Label)
		}
		if !strings.HasSuffix(a.Help, ".") || len(a.Help) > 90 {
			t.Errorf("%s: help %q is not a short sentence", a.ID, a.Help)
		}
	}
}

// A list of commands shows one to three words for an action, and aliases add to them.
func TestTitlesAndAliases(t *testing.T) {
	titles := map[string]keymap.ID{}
	for _, a := range keymap.Table {
		if a.Scope.Overlay() || a.Scope == keymap.Move && a.ID != keymap.Open {
			continue
		}
		if n := len(strings.Fields(a.Title)); n < 1 || n > 3 || strings.ContainsAny(a.Title, ".,:") {
			t.Errorf("%s has the title %q", a.ID, a.Title)
		}
		if other, taken := titles[a.Title]; taken {
			t.Errorf("%s and %s are both %q", a.ID, other, a.Title)
		}
		titles[a.Title] = a.ID
		for _, alias := range a.Aliases() {
			if alias != strings.ToLower(alias) || alias == strings.ToLower(a.Title) || alias == a.Typed() {
				t.Errorf("%s: %q adds nothing", a.ID, alias)
			}
		}
	}
}

func TestNoTwoActionsShareAKey(t *testing.T) {
	for _, scope := range keymap.Scopes {
		together := keymap.Scoped(scope)
		if !scope.Overlay() && scope != keymap.Global {
			together = append(together, keymap.Scoped(keymap.Global)...)
		}
		owner := map[string]keymap.ID{}
		for _, a := range together {
			for _, key := range a.Keys {
				if other, taken := owner[key]; taken {
					t.Errorf("in %s, %q is both %s and %s", scope, key, other, a.ID)
				}
				owner[key] = a.ID
			}
		}
	}
}

// Keys that hands press without thinking, that terminals cannot tell apart, or
// that other programs own.
func TestKeysThatMustNotBeUsed(t *testing.T) {
	for _, a := range keymap.Table {
		for _, key := range a.Keys {
			switch key {
			case "ctrl+m", "ctrl+i", "ctrl+enter", "shift+enter", "ctrl+b", "ctrl+s", "ctrl+q":
				t.Errorf("%s uses %s, which not every terminal can send", a.ID, key)
			case "enter", "space", "backspace", "ctrl+d", "ctrl+k":
				if a.Danger != keymap.Harmless {
					t.Errorf("%s can do harm and is on %s", a.ID, key)
				}
			}
		}
	}
}

func TestConditionsTravelWithTheAction(t *testing.T) {
	a := keymap.One(keymap.Copy)
	if ok, _ := a.Available(); !ok {
		t.Error("an action without a condition is always possible")
	}
	off := a.Given(func() (bool, string) { return false, "nothing is selected" })
	if ok, why := off.Available(); ok || why != "nothing is selected" {
		t.Errorf("got %v, %q", ok, why)
	}
	if ok, _ := keymap.One(keymap.Copy).Available(); !ok {
		t.Error("a condition must not reach the table")
	}
	if got, ok := keymap.Match([]keymap.Action{off}, "y"); !ok || got.ID != keymap.Copy {
		t.Errorf("got %v, %v", got.ID, ok)
	}
	if _, ok := keymap.Match([]keymap.Action{off}, "x"); ok {
		t.Error("matched a key that nobody has")
	}
}
