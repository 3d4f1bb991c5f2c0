package guide_test

import (
	"slices"
	"strings"
	"testing"

	"trustdeck/model/admin/change"
	"trustdeck/tui/flow"
	"trustdeck/tui/flows"
	"trustdeck/tui/keymap"
	"trustdeck/tui/screen"
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
		"all":           {[]keymap.ID{keymap.Mark}, []string{"[x] alice, all", "[x] alice, key 1", "[ ] bob", "[x] alice, key 2"}, []string{"alice@1", "alice@2"}},
		"all but one":   {[]keymap.ID{keymap.Mark, keymap.Down, keymap.Mark}, []string{"[-] alice, all", "[ ] alice, key 1", "[x] alice, key 2"}, []string{"alice@2"}},
		"one, then all": {[]keymap.ID{keymap.Down, keymap.Mark, keymap.Up, keymap.Mark}, []string{"[x] alice, all", "[x] alice, key 1", "[x] alice, key 2"}, []string{"alice@1", "alice@2"}},
	} {
		t.Run(name, func(t *testing.T) {
			invent(t, tuitest.NewGuideBackend(), f).sees("Who is leaving?").do(row.keys...).sees(row.sees...).do(keymap.FlowNext)
			if !slices.Equal(answered, row.want) {
				t.Errorf("the answer is %s", strings.Join(answered, ", "))
			}
		})
	}
}

// choices is a flow that asks for some of many, and keeps the answer.
func choices(answered *[]string, kind flow.Kind, options ...flow.Option) *flow.Flow {
	return flows.Planned(tuitest.NewGuideBackend(), &flow.Flow{ID: "marks", Title: "Marks", Verb: "Go", Steps: []flow.Step{{
		ID: "which", Label: "Which", Question: "Which do you want?", Kind: kind,
		Options: func(flow.Facts, flow.Answers) []flow.Option { return options },
		Default: func(flow.Facts, flow.Answers) []string { return []string{options[0].Value} },
	}}}, func(_ flow.Facts, a flow.Answers) ([]change.Request, error) {
		*answered = a.Values["which"]
		return nil, unreachable
	})
}

// Every question whose answer is several of some is answered with space, v and *, and every
// choice is filtered.
func TestEveryChoiceMarks(t *testing.T) {
	options := []flow.Option{{Value: "ann", Label: "Ann"}, {Value: "bea", Label: "Bea"}, {Value: "cleo", Label: "Cleo"}}
	several := 0
	for _, f := range flows.All(flows.Ports{}) {
		for i := range f.Steps {
			step := f.Steps[i]
			if !step.Kind.Picked() {
				continue
			}
			t.Run(f.ID+"/"+step.ID, func(t *testing.T) {
				var answered []string
				one := choices(&answered, step.Kind, options...)
				one.Steps[0].Default = nil
				w := invent(t, tuitest.NewGuideBackend(), one).sees("Which do you want?")
				w.SetFilter("cle")
				if w.sees("Cleo"); strings.Contains(w.View(), "Ann") {
					t.Errorf("the filter leaves all:\n%s", w.View())
				}
				w.SetFilter("")
				if step.Kind == flow.Choice {
					return
				}
				several++
				w.do(keymap.MarkAll).sees("[x] Ann", "[x] Bea", "[x] Cleo").do(keymap.MarkAll).sees("[ ] Ann", "[ ] Bea", "[ ] Cleo").do(keymap.Mark).sees("[x]", "[ ]")
				w.do(keymap.Top, keymap.MarkRange, keymap.Down, keymap.Down, keymap.MarkRange).sees("[x] Ann", "[x] Bea", "[x] Cleo").do(keymap.FlowNext)
				if !slices.Equal(answered, []string{"ann", "bea", "cleo"}) {
					t.Errorf("the answer is %v", answered)
				}
			})
		}
	}
	if several < 8 {
		t.Errorf("only %d questions have several answers", several)
	}
}

// Choices are filtered, marked in ranges, and all that are shown at once; what is hidden
// stays as it was.
func TestChoicesAreFilteredAndMarked(t *testing.T) {
	options := []flow.Option{
		{Value: "ann", Label: "Ann"},
		{Value: "bea", Label: "Bea", Help: "In web/shop."},
		{Value: "cleo", Label: "Cleo"},
		{Value: "dora", Label: "Dora", Help: "In web/api."},
		{Value: "eve", Label: "Eve", Marks: []string{"eve@1", "eve@2"}},
		{Value: "eve@1", Label: "key 1", Part: true},
		{Value: "eve@2", Label: "key 2", Part: true},
	}
	for name, row := range map[string]struct {
		filter string
		keys   []keymap.ID
		sees   []string
		want   []string
	}{
		"a range":             {"", []keymap.ID{keymap.Down, keymap.MarkRange, keymap.Down, keymap.Down, keymap.MarkRange}, []string{"4 marked", "[x] Bea", "[x] Cleo", "[x] Dora", "[ ] Eve"}, []string{"ann", "bea", "cleo", "dora"}},
		"a range upwards":     {"", []keymap.ID{keymap.Bottom, keymap.MarkRange, keymap.Up, keymap.Mark}, []string{"[x] Dora", "[x] Eve"}, []string{"ann", "dora", "eve@1", "eve@2"}},
		"an open range":       {"", []keymap.ID{keymap.Down, keymap.MarkRange, keymap.Down}, []string{"[x] Bea", "[x] Cleo", "Range: v marks it, esc drops it"}, []string{"ann", "bea", "cleo"}},
		"all":                 {"", []keymap.ID{keymap.MarkAll}, []string{"5 marked"}, []string{"ann", "bea", "cleo", "dora", "eve@1", "eve@2"}},
		"all, and none again": {"", []keymap.ID{keymap.MarkAll, keymap.MarkAll, keymap.Mark}, []string{"1 marked"}, []string{"ann"}},
		"all of the filter":   {"web", []keymap.ID{keymap.MarkAll}, []string{"3 marked, 1 of them hidden by the filter"}, []string{"ann", "bea", "dora"}},
		"a part":              {"", []keymap.ID{keymap.Bottom, keymap.Right, keymap.Down, keymap.Mark}, []string{"[-] Eve", "[x] key 1", "[ ] key 2"}, []string{"ann", "eve@1"}},
		"closed from a part":  {"", []keymap.ID{keymap.Bottom, keymap.Right, keymap.Down, keymap.Left, keymap.Mark}, []string{"> [x] Eve"}, []string{"ann", "eve@1", "eve@2"}},
		"a part is found":     {"key 2", []keymap.ID{keymap.MarkAll}, []string{"[x] key 2"}, []string{"ann", "eve@2"}},
	} {
		t.Run(name, func(t *testing.T) {
			var answered []string
			w := invent(t, tuitest.NewGuideBackend(), choices(&answered, flow.Several, options...)).sees("Which do you want?")
			if w.SetFilter(row.filter); w.Filter() != row.filter {
				t.Errorf("the filter is %q", w.Filter())
			}
			w.do(row.keys...)
			view := w.view()
			said, _ := w.Status()
			for _, words := range row.sees {
				if !strings.Contains(view, words) && !strings.Contains(said, words) {
					t.Errorf("%q is not in\n%s\n%s", words, view, said)
				}
			}
			if w.do(keymap.FlowNext); !slices.Equal(answered, row.want) {
				t.Errorf("the answer is %s", strings.Join(answered, ", "))
			}
		})
	}
}

// Esc drops a range before it goes back, and a filter that hides every choice leaves
// nothing that enter could take.
func TestFilterHidesEveryChoice(t *testing.T) {
	var answered []string
	w := invent(t, tuitest.NewGuideBackend(), choices(&answered, flow.Choice, flow.Option{Value: "ann", Label: "Ann"}, flow.Option{Value: "bea", Label: "Bea"})).sees("Which do you want?")
	w.SetFilter("zoe")
	w.sees("No choice matches zoe.").do(keymap.FlowNext).sees("This question needs an answer.")
	w.SetFilter("bea")
	if shown, total := w.FilterCount(); shown != 1 || total != 2 {
		t.Errorf("%d of %d are shown", shown, total)
	}
	if w.do(keymap.FlowNext); !slices.Equal(answered, []string{"bea"}) {
		t.Errorf("the answer is %s", strings.Join(answered, ", "))
	}
	w = invent(t, tuitest.NewGuideBackend(), choices(&answered, flow.Several, flow.Option{Value: "ann", Label: "Ann"}, flow.Option{Value: "bea", Label: "Bea"})).sees("Which do you want?")
	w.do(keymap.MarkRange, keymap.Down)
	if !w.StepBack() || strings.Contains(w.view(), "[x] Bea") {
		t.Errorf("the range is still there:\n%s", w.view())
	}
	if w.StepBack() {
		t.Error("it goes back once more, from the first question")
	}
}

// A question without choices has nothing to filter.
func TestNothingToFilter(t *testing.T) {
	w := begin(t, tuitest.NewGuideBackend(), "init", nil).sees("Which repositories")
	if screen.Filterable(w).Filterable() || w.Filter() != "" {
		t.Error("it can be filtered")
	}
}
