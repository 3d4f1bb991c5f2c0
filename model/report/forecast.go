package report

import (
	"time"

	"trustdeck/model/admin"
	"trustdeck/model/forecast"
)

// Forecast is the answer of "trustdeck forecast".
type Forecast struct {
	Answer
	Look
	// Clients: new, up to date, then those with older roots, the newest first.
	Clients []ForecastClient `json:"clients"`
	// Delegations that have a file, in the order of Repository.
	Delegations []ForecastRole `json:"delegations"`
	// Unread are versions of older roots that could not be read.
	Unread []int64 `json:"unread"`
}

// NewForecast makes the answer.
func NewForecast(v admin.Look, f forecast.Forecast) Forecast {
	fails := func(f forecast.Failure, at time.Time) Fails {
		return Fails{At: utc(f.At), Failing: f.By(at), Role: string(f.Role), Reason: f.Reason}
	}
	return Forecast{
		Answer: answer("forecast"), Look: newLook(v),
		Clients: each(f.Clients, func(l forecast.Line) ForecastClient {
			return ForecastClient{Client: l.Client.Kind.String(), Root: l.Client.Root, Fails: fails(l.Fails, f.At)}
		}),
		Delegations: each(f.Delegations, func(d forecast.Delegation) ForecastRole {
			return ForecastRole{Name: string(d.Role), Fails: fails(d.Fails, f.At)}
		}),
		Unread: append([]int64{}, f.Unread...),
	}
}

// ForecastClient is when a client fails if nothing is published any more.
type ForecastClient struct {
	// Client is "new", "current" or "older".
	Client string `json:"client"`
	// Root is the version of the root that it has; absent for "new".
	Root int64 `json:"root,omitempty"`
	Fails
}

// ForecastRole is when clients do not find any more what a delegation lists.
type ForecastRole struct {
	Name string `json:"name"`
	Fails
}

// Fails is when and why something fails.
type Fails struct {
	// At is absent where it does not.
	At time.Time `json:"fails,omitzero"`
	// Failing is true where it fails at the moment of the forecast already.
	Failing bool `json:"failing"`
	// Role whose file it fails at, and Reason; absent where it does not.
	Role   string `json:"role,omitempty"`
	Reason string `json:"reason,omitempty"`
}
