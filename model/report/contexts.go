package report

// Contexts is the answer of trustdeck context list.
type Contexts struct {
	Answer
	// From is the kind of place that names those in use: "flag", "environment",
	// "config.toml" or "default".
	From string `json:"from"`
	// Contexts begin with "default", the settings without a context.
	Contexts []Context `json:"contexts"`
}

// NewContexts makes the answer from its lines.
func NewContexts(from string, lines []Context) Contexts {
	return Contexts{Answer: answer("contexts"), From: from, Contexts: lines}
}

// Context is one line of Contexts.
type Context struct {
	Name    string `json:"name"`
	Current bool   `json:"current"`
	// File is where it is kept; absent for "default".
	File string `json:"file,omitempty"`
	// Server is a URL; absent where there is none.
	Server string `json:"server,omitempty"`
	// TrustFolder is absent where the context does not state it.
	TrustFolder string `json:"trustFolder,omitempty"`
	// Repositories are the names of its TUF 1.0 repositories.
	Repositories []string `json:"repositories"`
	// Fault is why it cannot be used; absent where it can.
	Fault string `json:"fault,omitempty"`
}

// ContextSettings is the answer of trustdeck context show.
type ContextSettings struct {
	Answer
	Name     string    `json:"name"`
	Settings []Setting `json:"settings"`
}

// NewContextSettings makes the answer from its lines.
func NewContextSettings(name string, lines []Setting) ContextSettings {
	return ContextSettings{Answer: answer("context"), Name: name, Settings: lines}
}

// Setting is one setting of a run.
type Setting struct {
	Name  string `json:"name"`
	Value string `json:"value"`
	// From is the kind of place that states it: "flag", "environment", "context",
	// "config.toml", "notary", "docker" or "default". Place is the flag, variable or file.
	From  string `json:"from"`
	Place string `json:"place,omitempty"`
}
