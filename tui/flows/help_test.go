package flows_test

import (
	"strings"
	"testing"

	"trustdeck/tui/flows"
)

// Every question says what is at stake, and shows an answer where it is typed.
func TestEveryQuestionHasHelp(t *testing.T) {
	for _, f := range flows.All(flows.Ports{}) {
		for i := range f.Steps {
			s := &f.Steps[i]
			if s.Help == "" && s.HelpIn == nil || !strings.HasSuffix(s.Question, "?") {
				t.Errorf("%s: %q is no question with help", f.ID, s.Question)
			}
			if !s.Kind.Picked() && s.Example == "" {
				t.Errorf("%s: %q has no example", f.ID, s.Question)
			}
		}
	}
}
