package flows

import (
	"trustdeck/model/admin/change"
	"trustdeck/tui/flow"
)

// Init makes trust data for repositories that have none.
func Init(d Backend) *flow.Flow {
	// Those that are known are no help here: they have trust data already.
	first := repositoriesStep("Which repositories do you want to initialise?")
	first.Suggest = nil
	return Planned(d, &flow.Flow{
		ID: "init", Title: "Initialise a repository", Verb: "Initialise", Grade: flow.Accept,
		Command: command("init", repositories),
		Steps:   append([]flow.Step{first}, rootSteps(nil)...),
	}, func(f flow.Facts, a flow.Answers) ([]change.Request, error) {
		change, err := initialise(f, a)
		if err != nil {
			return nil, err
		}
		return asked(a, change), nil
	})
}
