package guide_test

import (
	"slices"
	"strings"
	"testing"

	"trustdeck/model/admin/change"
	"trustdeck/tui/flow"
	"trustdeck/tui/flows"
	"trustdeck/tui/keymap"
	"trustdeck/tui/tuitest"
)

// An option that stands for others marks them all, and unmarks them where all are
// marked; it is no answer of its own.
func TestMarkStandsForOthers(t *testing.T) {
	var answered []string
	f := flows.Planned(tuitest.NewGuideBackend(), &flow.Flow{ID: "marks", Title: "Marks", Verb: "Go", Steps: []flow.Step{{
		ID: "who", Label: "Who", Question: "Who is leaving?", Kind: flow.Several,
		Options: func(flow.Facts, flow.Answers) []flow.Option {
			return []flow.Option{
				{Value: "alice", Label: "alice, all 2 keys", Marks: []string{"alice@1", "alice@2"}},
				{Value: "alice@1", Label: "alice, key 1"},
				{Value: "bob@3", Label: "bob, key 3"},
				{Value: "alice@2", Label: "alice, key 2"},
			}
		},
	}}}, func(_ flow.Facts, a flow.Answers) ([]change.Request, error) {
		answered = a.Values["who"]
		return nil, unreachable
	})
	for name, row := range map[string]struct {
		keys []keymap.ID
		sees []string
		want []string
	}{
		"all":           {[]keymap.ID{keymap.FlowMark}, []string{"[x] alice, all", "[x] alice, key 1", "[ ] bob", "[x] alice, key 2"}, []string{"alice@1", "alice@2"}},
		"all but one":   {[]keymap.ID{keymap.FlowMark, keymap.Down, keymap.FlowMark}, []string{"[ ] alice, all", "[ ] alice, key 1", "[x] alice, key 2"}, []string{"alice@2"}},
		"one, then all": {[]keymap.ID{keymap.Down, keymap.FlowMark, keymap.Up, keymap.FlowMark}, []string{"[x] alice, all", "[x] alice, key 1", "[x] alice, key 2"}, []string{"alice@1", "alice@2"}},
	} {
		t.Run(name, func(t *testing.T) {
			invent(t, tuitest.NewGuideBackend(), f).sees("Who is leaving?").do(row.keys...).sees(row.sees...).do(keymap.FlowNext)
			if !slices.Equal(answered, row.want) {
				t.Errorf("the answer is %s", strings.Join(answered, ", "))
			}
		})
	}
}
