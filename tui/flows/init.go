package flows

import (
	"trustdeck/model"
	"trustdeck/model/admin"
	"trustdeck/tui/flow"
)

// Init makes trust data for repositories that have none.
func Init() *flow.Flow {
	// Those that are known are no help here: they have trust data already.
	first := repositoriesStep("Which repositories shall be initialised?")
	first.Suggest = nil
	return &flow.Flow{
		ID: "init", Title: "Initialise a repository", Verb: "Initialise", Grade: flow.Accept,
		Steps: append([]flow.Step{first}, rootSteps(nil)...),
		Changes: func(_ flow.Facts, a flow.Answers) ([]admin.Asked, error) {
			change, err := initialise(a)
			if err != nil {
				return nil, err
			}
			var out []admin.Asked
			for _, name := range a.Values[repositories] {
				out = append(out, admin.Asked{GUN: model.GUN(name), Changes: []model.Change{change}})
			}
			return out, nil
		},
	}
}
