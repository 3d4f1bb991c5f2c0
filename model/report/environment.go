package report

// Environment is the answer of "trustdeck env": what decides in this environment where
// other clients look for trust data, and whether they verify it.
type Environment struct {
	Answer
	// Client is the program that gets targets for people, ClientVersion what it says of
	// itself; empty where none was found.
	Client        string `json:"client"`
	ClientVersion string `json:"clientVersion,omitempty"`
	// Verifies tells whether it verifies what it gets, unless it is told otherwise.
	Verifies bool `json:"verifies"`
	// Summary is that in a sentence, with the reason.
	Summary string `json:"summary"`
	// Settings are in the order in which they matter.
	Settings []EnvironmentSetting `json:"settings"`
}

// EnvironmentSetting is something that decides how other clients behave.
type EnvironmentSetting struct {
	// Name is a variable of the environment, or says in words what is set.
	Name string `json:"name"`
	// Value is absent where nothing is set, and for secrets.
	Value string `json:"value,omitempty"`
	Set   bool   `json:"set"`
	// Effect says in a sentence what follows for the clients.
	Effect string `json:"effect"`
	// Here is what trustdeck itself uses instead; absent where that is the same.
	Here string `json:"here,omitempty"`
}

// NewEnvironment completes e.
func NewEnvironment(e Environment) Environment {
	e.Answer = answer("env")
	if e.Settings == nil {
		e.Settings = []EnvironmentSetting{}
	}
	return e
}
