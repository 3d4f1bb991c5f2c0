package guide_test

import (
	"testing"

	"trustdeck/model"
	"trustdeck/tui/keymap"
	"trustdeck/tui/tuitest"
)

// Every page of the flows that settle something, as it is seen.
func TestAcceptPictures(t *testing.T) {
	repository := func(more map[string][]string) map[string][]string {
		given := map[string][]string{"repositories": {string(tuitest.Healthy)}}
		for id, lines := range more {
			given[id] = lines
		}
		return given
	}
	root := func(t *testing.T, d *tuitest.GuideBackend) *walker {
		t.Helper()
		return begin(t, d, "accept-root", repository(map[string][]string{"fingerprint": {string(tuitest.Key("anew"))}})).sees("Warning:")
	}
	rollback := func(t *testing.T, d *tuitest.GuideBackend) *walker {
		t.Helper()
		return begin(t, d, "accept-rollback", repository(map[string][]string{"roles": {"targets/releases", "targets/bob"}})).sees("Warning:")
	}
	for name, walk := range map[string]func(*testing.T, *tuitest.GuideBackend) *walker{
		"root-repository": func(t *testing.T, d *tuitest.GuideBackend) *walker {
			return begin(t, d, "accept-root", nil).sees("Which repository's root")
		},
		"root-fingerprint": func(t *testing.T, d *tuitest.GuideBackend) *walker {
			return begin(t, d, "accept-root", repository(nil)).sees("What is the fingerprint")
		},
		"root-wrong": func(t *testing.T, d *tuitest.GuideBackend) *walker {
			return begin(t, d, "accept-root", repository(map[string][]string{"fingerprint": {string(tuitest.Key("lost"))}})).sees("certificate ID")
		},
		"root-review": root,
		"root-accepted": func(t *testing.T, d *tuitest.GuideBackend) *walker {
			return root(t, d).do(keymap.FlowSwitch, keymap.FlowNext).sees("It is recorded on this machine")
		},
		"root-moved": func(t *testing.T, d *tuitest.GuideBackend) *walker {
			d.AcceptErr = &model.Fault{Kind: model.FaultStale, Subject: string(tuitest.Healthy), Text: "its record changed after you reviewed it", Hint: "Start again, and review it as it is now."}
			return root(t, d).do(keymap.FlowSwitch, keymap.FlowNext).sees("Start again")
		},
		"root-nothing": func(t *testing.T, d *tuitest.GuideBackend) *walker {
			d.Root.Disputed = false
			return begin(t, d, "accept-root", repository(nil)).sees("nothing to accept")
		},
		"rollback-roles": func(t *testing.T, d *tuitest.GuideBackend) *walker {
			return begin(t, d, "accept-rollback", repository(nil)).sees("Which roles do you want")
		},
		"rollback-review": rollback,
		"rollback-accepted": func(t *testing.T, d *tuitest.GuideBackend) *walker {
			return rollback(t, d).do(keymap.FlowSwitch, keymap.FlowNext).sees("It is recorded on this machine")
		},
	} {
		t.Run(name, func(t *testing.T) {
			source := tuitest.NewGuideBackend()
			source.Root, source.Rollback = tuitest.RootDispute(), tuitest.RollbackDispute()
			walk(t, source).pictures("accept-" + name)
		})
	}
}
